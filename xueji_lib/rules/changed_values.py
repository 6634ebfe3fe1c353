"""The ledger of changes, read: what it is about, what 修改后 says in the form of the register, what came when."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from xueji_lib.county.rows import Rows
from xueji_lib.register import identity
from xueji_lib.register.codes import code_sets
from xueji_lib.register.identity import clean_name, clean_numbers
from xueji_lib.register.vocabulary import ChangedField

FIELDS: Final[Mapping[str, str]] = {
    ChangedField.NAME: "name",
    ChangedField.SEX: "sex",
    ChangedField.ETHNICITY: "ethnicity",
    ChangedField.BIRTH_DATE: "birth_date",
    ChangedField.ID_NUMBER: "id_number",
}
"""修改项目 → the register's column."""
_DATE = re.compile(r"^(\d{4})(?:[-/.年]?)(\d{1,2})(?:[-/.月]?)(\d{1,2})日?$")


def change_value(field: str, text: str) -> str | None:
    """The normalised value of one changed field (修改项目); None where it cannot be read."""
    if field == ChangedField.NAME:
        return clean_name(text) or None
    cleaned = str(clean_numbers(pa.array([text]))[0])
    if field == ChangedField.ID_NUMBER:
        return cleaned or None
    if field == ChangedField.BIRTH_DATE:
        return _date(cleaned)
    code_set = code_sets()["sex" if field == ChangedField.SEX else "ethnicity"]
    return code_set.label(cleaned) if cleaned else None


def _date(text: str) -> str | None:
    match = _DATE.match(text.removesuffix("00:00:00"))
    if not match:
        return None
    try:
        return dt.date(*(int(part) for part in match.groups())).isoformat()
    except ValueError:
        return None


def without_suffix(ethnicities: Iterable[str | None]) -> npt.NDArray[np.object_]:
    """回 for 回族, also for those that no code set lists."""
    return np.array([e.removesuffix("族") if e else e for e in ethnicities], dtype=object)


def days(rows: Rows) -> list[int | None]:
    """平台修改日期 as day numbers, None where it is not known: for loops over the few rows of one student."""
    day = rows["platform_date"]
    numbers = day.values.astype("datetime64[D]").astype(np.int64).tolist()
    return [n if known else None for n, known in zip(numbers, day.known.tolist(), strict=True)]


def earlier(day: list[int | None], first: int, second: int) -> bool:
    """Row ``first`` is surely earlier than row ``second``; two days that are not both known are not."""
    a, b = day[first], day[second]
    return a is not None and b is not None and a < b


def shown_value(rows: Rows, column: str, row: int) -> str:
    """A cell for evidence: numbers masked, of a birth date the year."""
    value = rows.frame[column].iloc[row]
    if pd.isna(value):
        return "（空白）"
    if column == "id_number":
        return identity.mask_id(str(value))
    return identity.mask_birth(value) if column == "birth_date" else identity.mask_text(str(value))
