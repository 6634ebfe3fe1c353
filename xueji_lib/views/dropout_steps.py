"""控辍保学: how far every child in the ledger has been brought back, step by step, with the days it took.

Nothing is judged here: the ledger's dates are laid out, and a wait is held against the county's own figures
(``township_report_days``, ``return_notice_days``). Source: notice 二(五), 二(一).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from xueji_lib.register import identity, labels, schema
from xueji_lib.register.calendar import Calendar, MissingHolidays
from xueji_lib.register.policy import Policy

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
class Step:
    """``day``: ISO date, "" where none was written. ``days``: from the day of discovery, None where either is not
    there. ``unreadable``: something was written that is no date."""

    name: str
    day: str
    days: int | None
    unreadable: bool = False


@dataclass(frozen=True, slots=True)
class Child:
    """One row of the ledger. ``waiting``: the step that is next, or what it came to; ``waited``: days until now.
    ``late``: longer than the county allows; None where the calendar cannot say."""

    school_id: str
    township: str
    name: str
    ref: str
    category: str
    visits: str
    steps: tuple[Step, ...]
    waiting: str
    waited: int | None
    late: bool | None
    return_by: str

    @property
    def is_back(self) -> bool:
        return self.waiting in BACK


def children(ledger: pd.DataFrame, as_of: dt.date, policy: Policy, calendar: Calendar) -> list[Child]:
    """The ledger's rows (at rest), by township; within one those who have waited longest come first."""
    listed = [_child(row, as_of, policy, calendar) for row in ledger.to_dict("records")]
    return sorted(
        listed, key=lambda one: (one.township or "～", one.is_back, -(one.waited or 0), one.school_id, one.name)
    )


def _child(row: Mapping[Any, Any], as_of: dt.date, policy: Policy, calendar: Calendar) -> Child:
    days = {column: _day(row[column]) for column in (*STEPS, "return_by_date")}
    found = days["found_date"]
    steps = tuple(
        Step(
            label,
            "" if days[column] is None else str(days[column]),
            (days[column] - found).days if days[column] and found else None,  # type: ignore[operator]
            days[column] is None and _unknown(row, column),
        )
        for column, label in STEPS.items()
    )
    waiting, since, late = _next(row, days, as_of, policy, calendar)
    return Child(
        str(row["school_id"]), labels.text(row["township"]), labels.text(row["name"]),
        identity.mask_id(labels.text(row["id_number"]) or labels.text(row["register_no"])),
        labels.text(row["category"]), labels.text(row["visits"]), steps, waiting,
        max(0, (as_of - since).days) if since else None, late, str(days["return_by_date"] or ""),
    )  # fmt: skip


def _next(
    row: Mapping[Any, Any], days: Mapping[str, dt.date | None], as_of: dt.date, policy: Policy, calendar: Calendar
) -> tuple[str, dt.date | None, bool | None]:
    """What the child waits for, since when, and whether for too long."""
    outcome = labels.text(row["outcome"])
    if days["returned_date"] and days["returned_date"] <= as_of:
        return "已复学", days["found_date"], False
    if outcome in BACK:
        return outcome, days["found_date"], False
    if not days["reported_date"]:
        return TO_REPORT, days["found_date"], _past(calendar, as_of, days["found_date"], policy["township_report_days"])
    if not days["notice_date"]:
        since = days["reported_date"]
        return TO_NOTIFY, since, _past(calendar, as_of, since, policy["return_notice_days"])
    due = days["return_by_date"]
    return TO_RETURN, days["notice_date"], None if due is None else due < as_of


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
    place = schema.DROPOUTS.ordinal(column)
    return bool(int(row[f"_u{place // 64}"]) >> (place % 64) & 1)
