"""A finding and what became of it: what the machine saw and what people decided, told apart and shown together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

from xueji_lib.casebook import signoff, states
from xueji_lib.casebook.book import Casebook, Conflict, stored
from xueji_lib.casebook.events import Actor, Event, head_ids, heads, in_order
from xueji_lib.casebook.sightings import Sighting, sighting, sightings
from xueji_lib.support.errors import UsageError

GONE: Final = "系统复查未再发现"
CHANGED: Final = "证据已变"
EXPIRED: Final = "豁免到期"
MARKS: Final = (GONE, CHANGED, EXPIRED, states.RETURNED)


@dataclass(frozen=True)
class Case:
    """One finding. ``state`` is what holds today; ``body`` what the last decision said (note, due, …); ``seen`` goes
    back with the next decision; ``rivals`` are the decisions that contradict one another, if any do."""

    sighting: Sighting
    state: str
    body: Mapping[str, Any]
    who: str
    at: str
    seen: tuple[str, ...]
    marks: tuple[str, ...]
    rivals: tuple[Event, ...]
    history: tuple[Event, ...]

    @property
    def id(self) -> str:
        return self.sighting.finding_id

    @property
    def finding(self) -> Mapping[str, str]:
        return self.sighting.finding

    @property
    def due(self) -> str:
        """ISO date by which a notified school has to have put it right, or ""."""
        return str(self.body.get("due", "")) if self.state in states.STANDING else ""

    def overdue(self, today: dt.date) -> bool:
        return self.state in ("已通知", "复核不通过") and bool(self.due) and self.due < today.isoformat()


def case_of(seen: Sighting, events: Sequence[Event], today: dt.date) -> Case:
    """What holds of a finding, from what the machine saw and all that people did."""
    last = heads(events)
    marks = [] if seen.present else [GONE]
    if not last:
        return Case(seen, states.OPEN, {}, "", "", (), tuple(marks), (), ())
    newest = last[-1]
    body, state, rivals = dict(newest.body), str(newest.body["to"]), tuple[Event, ...]()
    if len({_essence(event) for event in last}) > 1:
        state, rivals = states.CONFLICT, tuple(last)
    elif len(last) > 1:
        body["note"] = "；".join(dict.fromkeys(str(e.body["note"]) for e in last if e.body.get("note")))
    if state == "豁免" and str(body["until"]) < today.isoformat():
        state = states.OPEN
        marks.append(EXPIRED)
    if state == "复核销号" and _found_again(seen, newest):
        state = states.RETURNED
        marks.append(states.RETURNED)
    if state not in (states.OPEN, states.CONFLICT) and newest.body.get("evidence") not in (None, seen.evidence):
        marks.append(CHANGED)
    ordered = tuple(in_order(events))
    return Case(seen, state, body, newest.who, newest.at, head_ids(events), tuple(marks), rivals, ordered)


def _essence(event: Event) -> tuple[str, ...]:
    return tuple(str(event.body.get(name, "")) for name in ("to", "due", "until"))


def _found_again(seen: Sighting, closed: Event) -> bool:
    """After it was closed, the data changed (or it was gone for a while) and a check finds it."""
    known = closed.body.get("data", ""), closed.body.get("times_gone", 0)
    return seen.present and (seen.data_mark, seen.times_gone) != known


def of_school(book: Casebook, school_id: str, today: dt.date) -> list[Case]:
    """All the school's cases, in the order of findings.csv; also those that no check finds any more."""
    with book.reading() as connection:
        return _cases(
            sightings(connection, school_id), stored(connection, school_id=school_id, kinds=("finding",)), today
        )


def of_county(book: Casebook, today: dt.date) -> list[Case]:
    with book.reading() as connection:
        return _cases(sightings(connection), stored(connection, kinds=("finding",)), today)


def _cases(seen: Iterable[Sighting], events: Iterable[Event], today: dt.date) -> list[Case]:
    about: dict[str, list[Event]] = {}
    for event in events:
        about.setdefault(event.subject, []).append(event)
    return [case_of(one, about.get(one.finding_id, []), today) for one in seen]


def case(book: Casebook, finding_id: str, today: dt.date) -> Case:
    """Raises UsageError where the casebook knows no such finding."""
    with book.reading() as connection:
        return _case(connection, finding_id, today)


def _case(connection: Connection, finding_id: str, today: dt.date) -> Case:
    seen = sighting(connection, finding_id)
    if seen is None:
        raise UsageError("台账里没有这一条疑点")
    return case_of(seen, stored(connection, kinds=("finding",), subject=finding_id), today)


# ---- deciding ----


def decide(
    book: Casebook,
    actor: Actor,
    finding_id: str,
    body: Mapping[str, Any],
    *,
    term: str,
    today: dt.date,
    seen: Sequence[str] | None = None,
) -> Case:
    """Take a step in a finding's life: ``body`` has ``to`` and what the step needs (states.STEPS).

    Raises Conflict where someone decided meanwhile, UsageError where the step is not allowed, StoreError where it
    could not be stored. What is returned is stored.
    """
    with book.writing() as connection:
        _decide(book, connection, actor, finding_id, body, term, today, seen)
        return _case(connection, finding_id, today)


def decide_many(
    book: Casebook,
    actor: Actor,
    chosen: Mapping[str, Sequence[str] | None],
    body: Mapping[str, Any],
    *,
    term: str,
    today: dt.date,
) -> list[Case]:
    """The same step for many (finding_id → heads seen), all or none; only with a note."""
    if not str(body.get("note", "")).strip():
        raise UsageError("批量处理要写说明")
    with book.writing() as connection:
        for finding_id, seen in chosen.items():
            _decide(book, connection, actor, finding_id, body, term, today, seen)
        return [_case(connection, finding_id, today) for finding_id in chosen]


def _decide(
    book: Casebook,
    connection: Connection,
    actor: Actor,
    finding_id: str,
    body: Mapping[str, Any],
    term: str,
    today: dt.date,
    seen: Sequence[str] | None,
) -> Event:
    now = _case(connection, finding_id, today)
    may_touch(actor, now.sighting.school_id)
    if seen is not None and set(seen) != set(now.seen):
        raise Conflict(f"这一条刚被{now.who}改成“{now.state}”，您的修改没有存。请看过再定", now.history)
    cleaned = states.check(actor, now.state, body)
    if cleaned["to"] in states.VERDICTS or cleaned["to"] == states.OPEN:
        signoff.must_be_open(connection, now.sighting.school_id, term)
    mark = {"data": now.sighting.data_mark, "times_gone": now.sighting.times_gone, "evidence": now.sighting.evidence}
    return _put(book, connection, actor, now, cleaned | mark, term, f"{now.state}→{cleaned['to']}")


def _put(
    book: Casebook, connection: Connection, actor: Actor, now: Case, body: Mapping[str, Any], term: str, action: str
) -> Event:
    school = now.sighting.school_id
    whole = {**body, "from": now.state}
    return book.put(connection, actor, "finding", now.id, action=action, body=whole, school_id=school, term=term)


def undo(book: Casebook, actor: Actor, finding_id: str, *, term: str, today: dt.date, seen: Sequence[str]) -> Case:
    """Take the last decision back: a new entry that says again what held before it; nothing is erased.

    Raises UsageError where there is none, it is another's (a director may), or it settled a conflict.
    """
    with book.writing() as connection:
        now = _case(connection, finding_id, today)
        may_touch(actor, now.sighting.school_id)
        if set(seen) != set(now.seen):
            raise Conflict(f"这一条刚被{now.who}改成“{now.state}”，没有撤销。请看过再定", now.history)
        last = heads(now.history)
        if not last:
            raise UsageError("还没有处理过，没有可撤销的")
        if len(last) > 1 or len(last[0].parents) > 1:
            raise UsageError("这一步前后有不同的认定，不能撤销，请重新认定")
        if last[0].who != actor.name and actor.role != "director":
            raise UsageError(f"这一步是{last[0].who}做的，由本人或局领导撤销")
        signoff.must_be_open(connection, now.sighting.school_id, term)
        before = next((event for event in now.history if event.id in last[0].parents), None)
        body = dict(before.body) if before else {"to": states.OPEN}
        _put(book, connection, actor, now, {**body, "undoes": last[0].id}, term, f"撤销“{last[0].body['to']}”")
        return _case(connection, finding_id, today)


def may_touch(actor: Actor, school_id: str) -> None:
    """A principal acts for his own school alone. Raises UsageError."""
    if actor.role == "principal" and (not actor.school_id or actor.school_id != school_id):
        raise UsageError("这一条不是贵校的")


def refused(book: Casebook, actor: Actor, school_id: str, why: str) -> None:
    """Write down that a message from a page was refused."""
    book.log(actor.name, "拒绝", school_id, {"why": why[:200]})
