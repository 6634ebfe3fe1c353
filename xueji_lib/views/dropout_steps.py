"""控辍保学: how far every child in the ledger has been brought back, step by step, with the days it took.

Nothing is judged here: the ledger's dates are laid out, and a wait is compared with the county's own figures
(``township_report_days``, ``return_notice_days``). Source: notice 二(五), 二(一).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import pandas as pd

from xueji_lib.register import identity, labels
from xueji_lib.register.calendar import Calendar, MissingHolidays
from xueji_lib.register.policy import Policy
from xueji_lib.register.unknown_cells import UNKNOWN, columns_of

STEPS: Final = {
    "found_date": "发现",
    "last_visit_date": "劝返",
    "reported_date": "上报",
    "notice_date": "通知书",
    "returned_date": "复学",
}
"""Ledger columns and what the county calls the step."""

TO_REPORT: Final = "待上报乡镇"
TO_NOTIFY: Final = "待发通知书"
TO_RETURN: Final = "待复学"
BACK: Final = ("已复学", "送教上门")


@dataclass(frozen=True, slots=True)
class DropoutStep:
    """One step with a child. ``day``: ISO date, "" where none was written. ``days``: from the day of discovery, None
    where either is not there. ``unreadable``: something was written that is no date."""

    name: str
    day: str
    days: int | None
    unreadable: bool = False


@dataclass(frozen=True, slots=True)
class Child:
    """One row of the ledger. ``waiting``: the step that is next, or what it came to; ``waited``: days until now.
    ``due``: the last day for it (ISO), "" where nothing is due or the calendar cannot say; ``late``: longer than the
    county allows; None where the calendar cannot say."""

    school_id: str
    township: str
    name: str
    ref: str
    category: str
    visits: str
    steps: tuple[DropoutStep, ...]
    waiting: str
    waited: int | None
    late: bool | None
    return_by: str
    due: str = ""

    @property
    def is_back(self) -> bool:
        """Whether the child has returned or is taught at home."""
        return self.waiting in BACK


def children(ledger: pd.DataFrame, as_of: dt.date, policy: Policy, calendar: Calendar) -> list[Child]:
    """The ledger's rows (at rest), by township; within one those who have waited longest come first."""
    listed = [_child(row, as_of, policy, calendar) for row in ledger.to_dict("records")]
    return sorted(listed, key=lambda c: (c.township or "～", c.is_back, -(c.waited or 0), c.school_id, c.name))


def _child(row: Mapping[Any, Any], as_of: dt.date, policy: Policy, calendar: Calendar) -> Child:
    days = {column: _day(row[column]) for column in (*STEPS, "return_by_date")}
    found_day = days["found_date"]
    steps = tuple(
        DropoutStep(
            label,
            "" if days[column] is None else str(days[column]),
            (days[column] - found_day).days if days[column] and found_day else None,  # type: ignore[operator]
            days[column] is None and _unknown(row, column),
        )
        for column, label in STEPS.items()
    )
    step = _next(row, days, as_of, policy, calendar)
    return Child(
        str(row["school_id"]), labels.text(row["township"]), labels.text(row["name"]),
        identity.mask_id(labels.text(row["id_number"]) or labels.text(row["register_no"])),
        labels.text(row["category"]), labels.text(row["visits"]), steps, step.waiting,
        max(0, (as_of - step.since).days) if step.since else None, step.late, str(days["return_by_date"] or ""),
        str(step.due or ""),
    )  # fmt: skip


class _Waiting(NamedTuple):
    """What a child waits for, since when, until when, and whether for too long."""

    waiting: str
    since: dt.date | None
    due: dt.date | None
    late: bool | None


def _next(
    row: Mapping[Any, Any], days: Mapping[str, dt.date | None], as_of: dt.date, policy: Policy, calendar: Calendar
) -> _Waiting:
    outcome = labels.text(row["outcome"])
    if days["returned_date"] and days["returned_date"] <= as_of:
        return _Waiting("已复学", days["found_date"], None, False)
    if outcome in BACK:
        return _Waiting(outcome, days["found_date"], None, False)
    for waiting, done, since, figure in (
        (TO_REPORT, "reported_date", days["found_date"], "township_report_days"),
        (TO_NOTIFY, "notice_date", days["reported_date"], "return_notice_days"),
    ):
        if not days[done]:
            limit = policy[figure]
            return _Waiting(waiting, since, _deadline(calendar, since, limit), _past(calendar, as_of, since, limit))
    due = days["return_by_date"]
    return _Waiting(TO_RETURN, days["notice_date"], due, None if due is None else due < as_of)


def _deadline(calendar: Calendar, since: dt.date | None, days: int) -> dt.date | None:
    try:
        return None if since is None else calendar.deadline(since, days)
    except MissingHolidays:
        return None


def _past(calendar: Calendar, as_of: dt.date, since: dt.date | None, days: int) -> bool | None:
    if since is None:
        return None
    try:
        return calendar.is_past(as_of, since, days)
    except MissingHolidays:
        return None


def _day(value: Any) -> dt.date | None:
    return None if labels.is_blank(value) else pd.Timestamp(value).date()


def _unknown(row: Mapping[Any, Any], column: str) -> bool:
    return column in columns_of(str(row[UNKNOWN]))
