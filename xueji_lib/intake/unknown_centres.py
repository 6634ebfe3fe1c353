"""所属中心校 that names no school of the directory: reported, and it stands for none.

Source: docs/reading-conditions.md, 11.
"""

from __future__ import annotations

import pandas as pd

from xueji_lib.intake.report import Problem, mask_value
from xueji_lib.register import schema
from xueji_lib.register.school_references import named_schools

_COLUMN = schema.SCHOOLS["central_school"]


def unknown_centres(schools: pd.DataFrame, directory: pd.DataFrame) -> list[Problem]:
    """One D06 a row of ``schools`` (a frame at rest) whose 所属中心校 is no name and no code of ``directory``, or a
    name that two schools have."""
    texts = schools[_COLUMN.id].astype(object)
    ids, names = directory["school_id"].astype(str).tolist(), directory["school_name"].astype(object).tolist()
    unknown = texts.notna().to_numpy(dtype=bool) & (named_schools(texts, ids, names) < 0)
    message = "学校名录里没有这所学校（或有两所同名的），按没有中心校算。请写名录里的学校名称或 10 位学校标识码"
    part = schools.loc[unknown, ["_file", "_sheet", "_row"]]
    places = zip(part["_file"], part["_sheet"], part["_row"], texts[unknown], strict=True)
    return [
        Problem(str(file), str(sheet), int(row), _COLUMN.header, "D06", message, mask_value(_COLUMN, str(text)))
        for file, sheet, row, text in places
    ]
