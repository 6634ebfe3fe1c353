"""What 修改后 says, in the form in which the register holds it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from xueji_lib.codes import code_sets
from xueji_lib.identity import clean_name, clean_numbers

_DATE = re.compile(r"^(\d{4})(?:[-/.年]?)(\d{1,2})(?:[-/.月]?)(\d{1,2})日?$")


def change_value(field: str, text: str) -> str | None:
    """The normalised value of one changed field (修改项目); None where it cannot be read."""
    if field == "姓名":
        return clean_name(text) or None
    cleaned = str(clean_numbers(pa.array([text]))[0])
    if field == "身份证件号":
        return cleaned or None
    if field == "出生日期":
        return _date(cleaned)
    code_set = code_sets()["sex" if field == "性别" else "ethnicity"]
    return code_set.label(cleaned) if cleaned else None


def _date(text: str) -> str | None:
    found = _DATE.match(text.removesuffix("00:00:00"))
    if not found:
        return None
    try:
        return dt.date(*(int(part) for part in found.groups())).isoformat()
    except ValueError:
        return None


def without_suffix(ethnicities: Iterable[str | None]) -> npt.NDArray[np.object_]:
    """回 for 回族, also for those that no code set lists."""
    return np.array([e.removesuffix("族") if e else e for e in ethnicities], dtype=object)
