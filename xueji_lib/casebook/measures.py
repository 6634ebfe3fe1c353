"""What to do about a school: suggested from figures in the policy file, with the reasons; a person decides.

Only what people found to be true counts. Source: notice 三(四).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from xueji_lib.casebook.book import Casebook
from xueji_lib.casebook.cases import Case
from xueji_lib.casebook.events import Actor, Event, head_ids, heads
from xueji_lib.casebook.states import CONFLICT, NOTE_LIMIT, RETURNED, STANDING
from xueji_lib.register.policy import Policy
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
    """``reasons``: sentences with the figures. ``waiting``: findings that nobody has decided yet."""

    measure: str
    reasons: tuple[str, ...]
    waiting: int

    @property
    def text(self) -> str:
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
    """Raises UsageError where the policy file lacks a figure."""
    true = [case for case in cases if case.state in STANDING]
    grave = [case for case in true if case.finding["severity"] == "严重"]
    counts = {
        "grave": len(grave),
        "serious": sum(case.finding["severity"] == "较重" for case in true),
        "overdue": sum(case.overdue(today) for case in true),
        "returned": sum(case.state == RETURNED for case in cases),
        "false": sum(case.finding["violation"] in ("2", "3") for case in grave),
    }
    waiting = sum(case.state in ("疑点", "待补证", RETURNED, CONFLICT) for case in cases)
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
    """What holds now."""
    return of_events(book.events(school_id, term, ("measure",)))


def of_events(events: Sequence[Event]) -> Decision:
    last = heads(events)
    if not last:
        return Decision("", "", "", "", "", (), ())
    body = last[-1].body
    measure = body["decision"] if len({event.body["decision"] for event in last}) == 1 else CONFLICT
    at = last[-1].who, last[-1].at
    return Decision(str(measure), str(body["suggested"]), str(body["note"]), *at, head_ids(events), tuple(events))


def decide(
    book: Casebook,
    actor: Actor,
    school_id: str,
    term: str,
    measure: str,
    suggestion: Suggestion,
    note: str = "",
    *,
    seen: Sequence[str] | None = None,
) -> Decision:
    """Decide; another measure than the suggested one needs a note. Raises Conflict, UsageError, StoreError."""
    if actor.role != "director":
        raise UsageError("处理意见由局负责人定")
    if measure not in MEASURES:
        raise UsageError(f"处理意见应是：{'、'.join(MEASURES)}")
    if not isinstance(note, str) or len(note) > NOTE_LIMIT:
        raise UsageError(f"说明最多 {NOTE_LIMIT} 字")
    if measure != suggestion.measure and not note.strip():
        raise UsageError(f"与建议（{suggestion.measure}）不同，要写原因")
    body = {"decision": measure, "suggested": suggestion.text, "note": note.strip()}
    with book.writing() as connection:
        book.put(
            connection, actor, "measure", f"{term}/{school_id}", action=f"处理意见 {measure}", body=body,
            school_id=school_id, term=term, seen=seen,
        )  # fmt: skip
    return decision(book, school_id, term)
