"""Fields and keys that several tables of results share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd

from xueji_lib.exchange.table_schema import INTEGER, SCHOOL_ID, ForeignKey, Resource, TableField, words
from xueji_lib.register.catalogue import SEVERITIES
from xueji_lib.register.vocabulary import Nature

UNIQUE: Final[Mapping[str, Any]] = {"required": True, "unique": True}
OF_ONE_SCHOOL: Final = TableField("school_id", "学校标识码", constraints={"required": True, "pattern": SCHOOL_ID})
SCHOOL_OR_COUNTY: Final = TableField(
    "school_id", "学校标识码", description="空着：记在县里", constraints={"pattern": SCHOOL_ID}
)
RULE: Final = TableField("rule_id", "检查", constraints={"required": True})
VIOLATION: Final = TableField(
    "violation", "第几种情形", INTEGER, "通知三（四）", {"required": True, "minimum": 1, "maximum": 7}
)
GRADE: Final = TableField("grade", "年级", INTEGER, "1—12", {"minimum": 1, "maximum": 12})
CLASS: Final = TableField("class", "班号", INTEGER, constraints={"minimum": 1})
SEVERITY: Final = words("severity", "严重程度", SEVERITIES, required=True)
NATURE: Final = words("nature", "性质", Nature, "事实由记录本身推出；线索只是要问一问的理由", required=True)
TO_SCHOOL: Final = ForeignKey("school_id", "schools", "school_id")
TO_CHECK: Final = ForeignKey("rule_id", "checks", "rule_id")
TO_VIOLATION: Final = ForeignKey("violation", "violations", "violation")


def made(
    name: str, title: str, description: str, fields: Sequence[TableField], frame: pd.DataFrame, key: Sequence[str],
    foreign: Sequence[ForeignKey] = (),
) -> Resource:  # fmt: skip
    """A resource of these fields of a frame, in their order."""
    ordered = frame[[field.name for field in fields]].reset_index(drop=True)
    return Resource(name, title, description, tuple(fields), ordered, tuple(key), tuple(foreign))
