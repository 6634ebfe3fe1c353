"""What to do about a school: suggested from figures in the policy file, with the reasons; a person decides.

Only what people found to be true counts. Source: notice 三(四).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from xueji_lib.casebook.cases import Case
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log.book import Casebook, Deed
from xueji_lib.casebook.log.events import Event, head_ids, heads
from xueji_lib.casebook.states import NOTE_LIMIT, STANDING
from xueji_lib.register.policy import Policy
from xueji_lib.register.vocabulary import CaseState, Severity
from xueji_lib.support.errors import UsageError

NONE: Final = "暂不处理"
MEASURES: Final = (NONE, "限期整改", "通报批评", "约谈主要负责人", "追究责任")
"""From the mildest to the gravest; a graver one includes the milder."""

_WORDS: Final = {
    "grave": "严重问题属实 {n} 条（达到 {limit} 条）",
    "serious": "较重问题属实 {n} 条（达到 {limit} 条）",
    "overdue": "逾期未整改 {n} 条（达到 {limit} 条）",
    "returned": "销号后又出现 {n} 条（达到 {limit} 条）",
    "false": "弄虚作假、伪造改动的严重问题属实 {n} 条（达到 {limit} 条）",
}
_FIGURES: Final = (
    ("追究责任", "measure_duty_false", "false"),
    ("约谈主要负责人", "measure_talk_grave", "grave"),
    ("约谈主要负责人", "measure_talk_overdue", "overdue"),
    ("约谈主要负责人", "measure_talk_returned", "returned"),
    ("通报批评", "measure_criticise_grave", "grave"),
    ("通报批评", "measure_criticise_serious", "serious"),
    ("通报批评", "measure_criticise_overdue", "overdue"),
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The measure that the figures suggest. ``reasons``: sentences with the figures. ``waiting``: findings that nobody
    has decided yet."""

    measure: str
    reasons: tuple[str, ...]
    waiting: int

    @property
    def text(self) -> str:
        """The measure and its reasons in one Chinese sentence."""
        return f"{self.measure}：{'；'.join(self.reasons)}" if self.reasons else self.measure


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided for a school in a term; ``measure`` is "" where nothing was, 冲突 where two people differ."""

    measure: str
    suggested: str
    note: str
    who: str
    at: str
    seen: tuple[str, ...]
    history: tuple[Event, ...]


def suggest(cases: Sequence[Case], policy: Policy, today: dt.date) -> Suggestion:
    """The gravest measure whose figure is reached, with the reasons. Raises UsageError where the policy file lacks a
    figure. Source: notice 三(四)."""
    true = [case for case in cases if case.state in STANDING]
    grave = [case for case in true if case.finding["severity"] == Severity.GRAVE]
    counts = {
        "grave": len(grave),
        "serious": sum(case.finding["severity"] == Severity.SERIOUS for case in true),
        "overdue": sum(case.overdue(today) for case in true),
        "returned": sum(case.state == CaseState.RETURNED for case in cases),
        "false": sum(case.finding["violation"] in ("2", "3") for case in grave),
    }
    waiting = sum(case.is_waiting for case in cases)
    reached = [
        (measure, _WORDS[what].format(n=counts[what], limit=policy[figure]))
        for measure, figure, what in _FIGURES
        if counts[what] >= policy[figure]
    ]
    if reached:
        first = reached[0][0]
        return Suggestion(first, tuple(reason for measure, reason in reached if measure == first), waiting)
    if true:
        return Suggestion("限期整改", (f"属实 {len(true)} 条，尚未销号",), waiting)
    return Suggestion(NONE, (), waiting)


def decision(book: Casebook, school_id: str, term: str) -> Decision:
    """The decision in force for a school in a term."""
    return of_events(book.events(school_id, term, ("measure",)))


def of_events(events: Sequence[Event]) -> Decision:
    """The decision that a school's events of kind ``measure`` amount to."""
    last = heads(events)
    if not last:
        return Decision("", "", "", "", "", (), ())
    body = last[-1].body
    measure = body["decision"] if len({event.body["decision"] for event in last}) == 1 else CaseState.CONFLICT
    at = last[-1].who, last[-1].at
    return Decision(str(measure), str(body["suggested"]), str(body["note"]), *at, head_ids(events), tuple(events))


@dataclass(frozen=True, slots=True)
class Choice:
    """What a director chooses for a school: one of ``MEASURES``, and why where it is not the suggested one."""

    measure: str
    note: str = ""


def decide(
    desk: Desk, school_id: str, choice: Choice, suggestion: Suggestion, *, seen: Sequence[str] | None = None
) -> Decision:
    """Record the director's choice; returns the decision now in force. A choice other than the suggested one needs a
    note. Raises Conflict, UsageError, StoreError."""
    measure, note = choice.measure, choice.note
    if desk.actor.role != "director":
        raise UsageError("处理意见由局负责人定")
    if measure not in MEASURES:
        raise UsageError(f"处理意见应是：{'、'.join(MEASURES)}")
    if not isinstance(note, str) or len(note) > NOTE_LIMIT:
        raise UsageError(f"说明最多 {NOTE_LIMIT} 字")
    if measure != suggestion.measure and not note.strip():
        raise UsageError(f"与建议（{suggestion.measure}）不同，要写原因")
    body = {"decision": measure, "suggested": suggestion.text, "note": note.strip()}
    deed = Deed("measure", f"{desk.term}/{school_id}", school_id, desk.term, f"处理意见 {measure}", body, seen)
    with desk.book.writing() as connection:
        desk.book.put(connection, desk.actor, deed)
    return decision(desk.book, school_id, desk.term)
