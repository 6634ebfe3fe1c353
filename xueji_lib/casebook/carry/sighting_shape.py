"""Whether a package's sighting has the form of one, and is of a school that the package carries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from xueji_lib.casebook.carry.event_shape import FINDING_ID
from xueji_lib.casebook.carry.value_shape import Check, is_date, like, text, whole_number
from xueji_lib.casebook.log.events import digest
from xueji_lib.casebook.sightings import BY_PEOPLE, MACHINE
from xueji_lib.judge.two_sides import TwoSides
from xueji_lib.register.calendar import TERM_ID
from xueji_lib.rules.findings import FINDINGS

_LONGEST: Final = 20_000
_LATER: Final = frozenset({"nature_reason"})
"""Columns that came after 0.1.0."""


def _is_date_or_blank(value: Any) -> bool:
    return value == "" or is_date(value)


_FIELDS: Final[Mapping[str, Check]] = {
    "finding_id": like(FINDING_ID), "school_id": text(20), "finding": text(200_000), "evidence": text(64),
    "first_term": like(TERM_ID), "first_as_of": is_date, "last_term": like(TERM_ID), "last_as_of": is_date,
    "data_mark": text(64), "present": lambda value: isinstance(value, bool), "times_gone": whole_number(100_000),
    "gone_at": _is_date_or_blank, "origin": lambda value: value in (MACHINE, *BY_PEOPLE),
}  # fmt: skip


def _is_two_sides(value: Any) -> bool:
    """What ``TwoSides.text`` writes, or nothing."""
    if not text(_LONGEST)(value):
        return False
    try:
        sides = TwoSides.of_text(value)
        return sides is None or sides.text() == value
    except (ValueError, TypeError, KeyError, RecursionError):
        return False


_PERHAPS: Final[Mapping[str, Check]] = {
    "found_on": _is_date_or_blank, "waits_until": _is_date_or_blank, "case_id": text(24), "two_sides": _is_two_sides,
}  # fmt: skip


def fault(row: Mapping[str, Any], schools: set[str]) -> str:
    """What is wrong with the sighting, in a few Chinese words; "" where nothing is."""
    fields = {**_FIELDS, **_PERHAPS}
    if not set(_FIELDS) <= set(row) <= set(fields) or not all(fields[name](value) for name, value in row.items()):
        return "写法不对"
    if row["school_id"] not in schools:
        return "不是包里的学校的"
    try:
        finding = json.loads(row["finding"])
    except (ValueError, RecursionError):
        return "写法不对"
    columns = set(FINDINGS)
    if not isinstance(finding, dict) or not columns - _LATER <= set(finding) <= columns:
        return "栏目不对"
    if not all(text(_LONGEST)(value) for value in finding.values()):
        return "写法不对"
    same = (finding["finding_id"], finding["school_id"]) == (row["finding_id"], row["school_id"])
    is_own = (
        finding["rule_id"] == row["finding_id"].partition("-")[0] and digest(finding["evidence"]) == row["evidence"]
    )
    return "" if same and is_own else "前后对不上"
