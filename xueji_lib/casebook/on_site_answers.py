"""The on-site questions (S101 …): what an inspector found at the school."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from xueji_lib.casebook import signoff
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log.book import Casebook, Deed
from xueji_lib.casebook.log.events import Event, head_ids, heads
from xueji_lib.casebook.states import NOTE_LIMIT
from xueji_lib.register.vocabulary import CaseState
from xueji_lib.support.errors import UsageError

NOT_AS_ASKED: Final = "不符合"
VALUES: Final = ("符合", NOT_AS_ASKED, "不适用")
CHECKED: Final = ("相符", "不相符", "没有看到")
"""What an inspector says of one drawn pupil or class (``visit.sample_check``)."""


@dataclass(frozen=True, slots=True)
class OnSiteAnswer:
    """``value`` is one of ``VALUES``, "" where nobody answered, or 冲突."""

    question: str
    value: str
    note: str
    who: str
    at: str
    seen: tuple[str, ...]
    history: tuple[Event, ...]


def of_school(book: Casebook, school_id: str, term: str, questions: Sequence[str]) -> dict[str, OnSiteAnswer]:
    """An answer for every question."""
    about: dict[str, list[Event]] = {question: [] for question in questions}
    for event in book.events(school_id, term, ("answer",)):
        about.setdefault(str(event.body["question"]), []).append(event)
    return {question: _answer(question, events) for question, events in about.items()}


def _answer(question: str, events: Sequence[Event]) -> OnSiteAnswer:
    last = heads(events)
    if not last:
        return OnSiteAnswer(question, "", "", "", "", (), ())
    newest = last[-1]
    value = newest.body["value"] if len({e.body["value"] for e in last}) == 1 else CaseState.CONFLICT
    note = "；".join(dict.fromkeys(str(e.body["note"]) for e in last if e.body["note"]))
    return OnSiteAnswer(question, str(value), note, newest.who, newest.at, head_ids(events), tuple(events))


@dataclass(frozen=True, slots=True)
class Tick:
    """What an inspector ticks for a question: one of ``VALUES``, or "" to take the answer back; and what was seen."""

    question: str
    value: str
    note: str = ""


def answer(
    desk: Desk,
    school_id: str,
    tick: Tick,
    *,
    questions: Mapping[str, object] | Sequence[str],
    seen: Sequence[str] | None = None,
) -> OnSiteAnswer:
    """The answer as it stands after the tick. ``questions``: those that may be answered. Raises Conflict, UsageError,
    StoreError."""
    book, term = desk.book, desk.term
    question, value, note = tick.question, tick.value, tick.note
    if desk.actor.role not in ("inspector", "director"):
        raise UsageError("现场核查由督查人员填")
    if question not in questions:
        raise UsageError(f"没有 {question} 这一问")
    if value not in (*VALUES, ""):
        raise UsageError(f"现场核查只填{'、'.join(VALUES)}")
    if not isinstance(note, str) or len(note) > NOTE_LIMIT:
        raise UsageError(f"说明最多 {NOTE_LIMIT} 字")
    if value == NOT_AS_ASKED and not note.strip():
        raise UsageError("不符合的要写说明")
    with book.writing() as connection:
        signoff.must_be_open(connection, school_id, term)
        subject, action = f"{term}/{school_id}/{question}", f"{question} {value or '撤回'}"
        body = {"question": question, "value": value, "note": note.strip()}
        book.put(connection, desk.actor, Deed("answer", subject, school_id, term, action, body, seen))
    return _answer(question, book.about("answer", subject))
