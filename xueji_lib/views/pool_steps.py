"""What is to be done next for a child whom nobody surely teaches: until when, and by whom.

A child in the ledger of those being brought back goes the steps of 控辍保学 (``dropout_steps``); the others have
first to be looked for, or their papers put in order. Days are the county's own figures. Source: notice 二(一), 二(五).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from xueji_lib.register import labels
from xueji_lib.register.calendar import Calendar, MissingHolidays, Term
from xueji_lib.register.policy import Policy
from xueji_lib.register.vocabulary import Presence
from xueji_lib.views import dropout_steps
from xueji_lib.views.pool_children import Traces
from xueji_lib.views.traced_records import TracedRow

CENTRE: Final = "县学籍管理中心"
_TOWNSHIP: Final = "户籍乡镇"
BY_NAME: Final = "R117"
_SAID_BACK, _TRANSFERRED, _NO_REGISTER = "R213", "R118", "R710"
_VANISHED, CLOSED_SCHOOL = "R119", "R120"
_REPORTED: Final = "上报乡镇"


@dataclass(frozen=True, slots=True)
class NextStep:
    """``due``: the last day, None where there is no day to count from or the calendar lacks it (``why`` says which);
    ``late``: it is past, None where that cannot be said. ``actor``: who has to act."""

    text: str
    actor: str
    due: dt.date | None = None
    late: bool | None = None
    why: str = ""


@dataclass(frozen=True)
class PoolSetting:
    """What all children of a county share. ``name``: school_id → name."""

    as_of: dt.date
    term: Term
    policy: Policy
    calendar: Calendar
    name: Callable[[str], str]

    def after(self, start: dt.date | None, workdays: int) -> tuple[dt.date | None, str]:
        """The last of so many working days after a day, and why there is none."""
        return _last_day(start, lambda day: self.calendar.add_workdays(day, workdays))

    def deadline(self, start: dt.date | None, days: int) -> tuple[dt.date | None, str]:
        """The last of so many days after a day, and why there is none."""
        return _last_day(start, lambda day: self.calendar.deadline(day, days))

    def step(self, text: str, actor: str, until: tuple[dt.date | None, str]) -> NextStep:
        """A step with its last day."""
        due, why = until
        return NextStep(text, actor, due, None if due is None else due < self.as_of, why)


def day_of(record: TracedRow | None, column: str) -> dt.date | None:
    """A date of a row; None where there is none."""
    value: Any = None if record is None else record.row.get(column)
    return None if labels.is_blank(value) else pd.Timestamp(value).date()


def seen(traces: Traces) -> list[TracedRow]:
    """Rows of a headcount that have the child in class, the last seen first."""
    there = [r for r in traces.of("headcount", "rollcalls") if r.row.get("presence") == Presence.PRESENT]
    return sorted(there, key=lambda r: (str(day_of(r, "check_date") or ""), r.school_id), reverse=True)


def away(traces: Traces) -> TracedRow | None:
    """The row of a headcount that says the child is not at school; of several the one checked last."""
    rows = [r for r in traces.of("headcount", "rollcalls") if r.row.get("presence") == Presence.ABSENT]
    return max(rows, key=lambda r: (str(day_of(r, "check_date") or ""), r.school_id), default=None)


def ledger_row(traces: Traces) -> TracedRow | None:
    """The child's row in 疑似失学劝返台账; of several the one found last."""
    return max(traces.of("dropouts"), key=lambda r: str(day_of(r, "found_date") or ""), default=None)


def next_step(traces: Traces, setting: PoolSetting, home: str, township: str) -> NextStep:
    """The child's next step. ``home``: what the school is called that has to answer for the child, "" for none."""
    ledger, rules = ledger_row(traces), traces.rules
    trace, school = setting.policy["pool_trace_workdays"], home or CENTRE
    if ledger is not None:
        child = _in_ledger(ledger, setting)
        if not child.is_back:
            return _brought_back(child, school, township)
        if _SAID_BACK in rules:
            begin = day_of(away(traces), "check_date") or day_of(ledger, "returned_date")
            text = "台账称已复学，核实是否在校，更正台账或继续劝返"
            return setting.step(text, school, setting.after(begin, trace))
    if there := seen(traces):
        by_name = rules == {BY_NAME}
        text = "两校核对是否同一学生，是的办理转学手续，不是的继续查找" if by_name else "办理转学手续，或动员返校"
        begin = day_of(there[0], "check_date") or day_of(away(traces), "check_date")
        schools = "、".join(dict.fromkeys(filter(None, [home, *(setting.name(row.school_id) for row in there)])))
        return setting.step(text, schools, setting.after(begin, setting.policy["pool_settle_workdays"]))
    return _to_look_for(traces, setting, school, township)


def _to_look_for(traces: Traces, setting: PoolSetting, school: str, township: str) -> NextStep:
    rules, trace = traces.rules, setting.policy["pool_trace_workdays"]
    if rules == {_NO_REGISTER}:
        text = "与乡镇核实去向，属失学的劝返入学"
        return setting.step(text, f"{township or _TOWNSHIP}、{CENTRE}", setting.after(None, trace))
    if _TRANSFERRED in rules:
        gone = next(iter(traces.of("transfers")), None)
        given, _ = setting.after(day_of(gone, "centre_date"), setting.policy["moved_workdays"])
        target = "" if gone is None else setting.name(labels.text(gone.row.get("to_school")))
        schools = "、".join(dict.fromkeys(filter(None, [school, target])))
        text = "两校查明去向，未到校的登记劝返台账、上报乡镇"
        return setting.step(text, schools, setting.after(given, trace))
    if rules & {_VANISHED, CLOSED_SCHOOL}:
        text = "查明去向；属失学的登记劝返台账、上报乡镇"
        actor = school if _VANISHED in rules else CENTRE
        return setting.step(text, actor, setting.after(setting.term.start, trace))
    begin = day_of(away(traces), "check_date")
    limit = setting.policy["township_report_days"]
    return setting.step(f"登记劝返台账，{_REPORTED}", school, setting.deadline(begin, limit))


def _in_ledger(ledger: TracedRow, setting: PoolSetting) -> dropout_steps.Child:
    frame = pd.DataFrame([dict(ledger.row)])
    [child] = dropout_steps.children(frame, setting.as_of, setting.policy, setting.calendar)
    return child


def _bring_back(child: dropout_steps.Child) -> str:
    return "劝返复学" if child.due else "限期复学日期没有写，补写；继续劝返"


def _brought_back(child: dropout_steps.Child, school: str, township: str) -> NextStep:
    """The step of 控辍保学 that is next."""
    town = township or _TOWNSHIP
    text, actor = {
        dropout_steps.TO_REPORT: (_REPORTED, school),
        dropout_steps.TO_NOTIFY: ("乡镇发限期复学通知书", town),
        dropout_steps.TO_RETURN: (
            "劝返复学" if child.due else "限期复学日期没有写，补写；继续劝返",
            f"{town}、{school}",
        ),
    }[child.waiting]
    due = dt.date.fromisoformat(child.due) if child.due else None
    return NextStep(text, actor, due, child.late, "" if due else "台账没有写日期，或缺节假日安排")


def _last_day(start: dt.date | None, last_day_from: Callable[[dt.date], dt.date]) -> tuple[dt.date | None, str]:
    """What ``last_day_from`` makes of the day, and why there is no such day."""
    if start is None:
        return None, "没有起算日"
    try:
        return last_day_from(start), ""
    except MissingHolidays as error:
        return None, str(error)
