"""Cases: a finding as the program saw it (a sighting), with every decision that people made about it (events).

More than 250 lines: what a case is and the steps that change it rest on one another.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

from xueji_lib.casebook import proved_apart, signoff, states
from xueji_lib.casebook.date_bounds import check_dates
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log.book import Casebook, Conflict, Deed, stored
from xueji_lib.casebook.log.events import Actor, Event, head_ids, heads, in_order
from xueji_lib.casebook.log.renamed import current_id, current_ids, every_id
from xueji_lib.casebook.sightings import BY_HAND, Sighting, sighting, sightings
from xueji_lib.register.vocabulary import CaseState
from xueji_lib.support.errors import UsageError

GONE: Final = "系统复查未再发现"
WITHDRAWN: Final = "现场记录已撤回"
CHANGED: Final = proved_apart.CHANGED
EXPIRED: Final = "豁免到期"
JOINT: Final = "joint"
"""In an event's body: which decision it is part of, where one decided for the sides of two schools."""
FOR_BOTH: Final = "这一条两所学校各有一条，是局里一起定的：要改，在局里的页面“两校一件”里改"
_BY_DATA: Final = (CaseState.OPEN, CaseState.ON_SITE)
"""States between which the day decides, not a person."""


@dataclass(frozen=True)
class Case:
    """A finding and what became of it. ``state``: what holds today; ``body``: what the last decision said (note,
    due, …); ``seen`` goes back with the next decision; ``rivals``: decisions that contradict one another."""

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
        """The finding_id."""
        return self.sighting.finding_id

    @property
    def finding(self) -> Mapping[str, str]:
        """The row of findings.csv as last seen, masked, all text."""
        return self.sighting.finding

    @property
    def awaits_school(self) -> bool:
        """现场发现，待学校说明: no finding so far."""
        return self.state == CaseState.ON_SITE

    @property
    def by_hand(self) -> bool:
        """An inspector wrote it down at the school."""
        return self.sighting.origin == BY_HAND

    @property
    def withdrawn(self) -> bool:
        """An inspector wrote it down, took it back, and nobody had decided it."""
        return self.by_hand and not self.sighting.present and self.state in _BY_DATA

    @property
    def still_awaits_school(self) -> bool:
        """The same, and the school has not put it right."""
        return self.awaits_school and self.sighting.present

    @property
    def due(self) -> str:
        """ISO date by which a notified school has to have put it right, or ""."""
        return str(self.body.get("due", "")) if self.state in states.STANDING else ""

    @property
    def is_decided(self) -> bool:
        """Somebody decided it, or that its pupils are two (a decision about another finding of theirs)."""
        return bool(self.history) or self.state == CaseState.DIFFERENT

    @property
    def is_waiting(self) -> bool:
        """Somebody still has to decide it: undecided, and the last check still finds it."""
        return self.state in states.UNDECIDED and self.sighting.present

    @property
    def to_close(self) -> bool:
        """复查未再发现，待销号: a person confirmed it, and the last check that looked does not find it any more."""
        return self.state in states.STANDING and not self.sighting.present

    def overdue(self, today: dt.date) -> bool:
        """Whether a school that was notified has let the due date pass; nothing is demanded any more of what is no
        longer found (``to_close``)."""
        demanded = self.state in (CaseState.NOTIFIED, CaseState.NOT_ACCEPTED) and not self.to_close
        return demanded and bool(self.due) and self.due < today.isoformat()


def case_of(seen: Sighting, events: Sequence[Event], today: dt.date) -> Case:
    """A finding's case, computed from its sighting and its events; ``today`` decides whether an exemption has ended."""
    last = heads(events)
    marks = [] if seen.present else [WITHDRAWN if seen.origin == BY_HAND else GONE]
    waits = seen.waits(today)
    if not last:
        undecided = CaseState.ON_SITE if waits else CaseState.OPEN
        return Case(seen, undecided, {}, "", "", (), tuple(marks), (), ())
    newest = last[-1]
    body, state, rivals = dict(newest.body), str(newest.body["to"]), tuple[Event, ...]()
    if differ(last):
        state, rivals = CaseState.CONFLICT, tuple(last)
    elif len(last) > 1:
        body["note"] = "；".join(dict.fromkeys(str(e.body["note"]) for e in last if e.body.get("note")))
    if state == CaseState.EXEMPT and str(body["until"]) < today.isoformat():
        state = CaseState.OPEN
        marks.append(EXPIRED)
    if state == CaseState.CLOSED and _found_again(seen, newest):
        state = CaseState.ON_SITE if waits else CaseState.RETURNED
        marks += [] if waits else [CaseState.RETURNED]
    if state == CaseState.DIFFERENT and not proved_apart.holds(seen, body):
        state = CaseState.OPEN
        marks.append(CHANGED)
    elif state in _BY_DATA:
        state = CaseState.ON_SITE if waits else CaseState.OPEN
    if state not in (*_BY_DATA, CaseState.CONFLICT) and newest.body.get("evidence") not in (
        None,
        seen.evidence,
    ):
        marks.append(CHANGED)
    ordered = tuple(in_order(events))
    return Case(seen, state, body, newest.who, newest.at, head_ids(events), tuple(marks), rivals, ordered)


def differ(last: Iterable[Event]) -> bool:
    """Whether the newest decisions about a finding contradict one another."""
    return len({tuple(str(event.body.get(name, "")) for name in ("to", "due", "until")) for event in last}) > 1


def _found_again(seen: Sighting, closed: Event) -> bool:
    """Whether a check finds it although it was closed, in data that changed since or after it had been gone."""
    known = closed.body.get("data", ""), closed.body.get("times_gone", 0)
    return seen.present and (seen.data_mark, seen.times_gone) != known


def of_school(book: Casebook, school_id: str, today: dt.date) -> list[Case]:
    """All the school's cases, in the order of findings.csv; also those that no check finds any more."""
    with book.reading() as connection:
        events = stored(connection, school_id=school_id, kinds=("finding",))
        return _cases(sightings(connection, school_id), events, current_ids(connection, school_id), today)


def of_county(book: Casebook, today: dt.date) -> list[Case]:
    """The cases of all schools and of the county itself, in the order of findings.csv."""
    with book.reading() as connection:
        return in_transaction(connection, today)


def in_transaction(connection: Connection, today: dt.date) -> list[Case]:
    """``of_county``, as a transaction sees it."""
    events = stored(connection, kinds=("finding",))
    return _cases(sightings(connection), events, current_ids(connection), today)


def _cases(
    all_sightings: Iterable[Sighting], events: Iterable[Event], renamed: Mapping[str, str], today: dt.date
) -> list[Case]:
    about: dict[str, list[Event]] = {}
    for event in events:
        about.setdefault(renamed.get(event.subject, event.subject), []).append(event)
    known = (case_of(seen, about.get(seen.finding_id, []), today) for seen in all_sightings)
    return proved_apart.applied([case for case in known if not case.withdrawn])


def case(book: Casebook, finding_id: str, today: dt.date) -> Case:
    """The case of one finding. Raises UsageError where the casebook knows no such finding."""
    with book.reading() as connection:
        return _case(connection, finding_id, today)


def _case(connection: Connection, finding_id: str, today: dt.date) -> Case:
    seen = sighting(connection, current_id(connection, finding_id))
    if seen is None:
        raise UsageError("台账里没有这一条疑点")
    if seen.case_id:  # what was decided about its pupils stands with other findings of theirs
        events = stored(connection, school_id=seen.school_id, kinds=("finding",))
        renamed = current_ids(connection, seen.school_id)
        of_school = _cases(sightings(connection, seen.school_id), events, renamed, today)
        return next(case for case in of_school if case.id == seen.finding_id)
    subjects = every_id(connection, "finding", seen.finding_id)
    return case_of(seen, stored(connection, kinds=("finding",), subjects=subjects), today)


# ---- deciding ----


def decide(desk: Desk, finding_id: str, body: Mapping[str, Any], *, seen: Sequence[str] | None = None) -> Case:
    """Record a step in a finding's life; returns its case. ``body``: ``to`` and what the step needs (states.STEPS).

    Raises Conflict where someone decided meanwhile, UsageError where the step is not allowed, StoreError where it
    could not be stored.
    """
    with desk.book.writing() as connection:
        _decide(desk, connection, finding_id, body, seen)
        return _case(connection, finding_id, desk.today)


def decide_many(desk: Desk, chosen: Mapping[str, Sequence[str] | None], body: Mapping[str, Any]) -> list[Case]:
    """The same step for many (finding_id → heads seen), all or none; only with a note."""
    if not str(body.get("note", "")).strip():
        raise UsageError("批量处理要写说明")
    with desk.book.writing() as connection:
        for finding_id, seen in chosen.items():
            _decide(desk, connection, finding_id, body, seen)
        return [_case(connection, finding_id, desk.today) for finding_id in chosen]


def _decide(
    desk: Desk, connection: Connection, finding_id: str, body: Mapping[str, Any], seen: Sequence[str] | None
) -> Event:
    current = _case(connection, finding_id, desk.today)
    may_touch(desk.actor, current.sighting.school_id)
    if seen is not None and set(seen) != set(current.seen):
        raise Conflict(f"这一条刚被{current.who}改成“{current.state}”，您的修改没有存。请看过再定", current.history)
    if CaseState.DIFFERENT in (current.state, body.get("to")):
        raise UsageError(FOR_BOTH)
    return step(desk, connection, current, body)


def step(
    desk: Desk, connection: Connection, current: Case, body: Mapping[str, Any], joint: Mapping[str, Any] | None = None
) -> Event:
    """Record a step of a case that was read in this transaction. ``joint``: what the event says besides, where it is
    one decision for the sides of two schools (``two_sided``). Raises UsageError where the step is not allowed."""
    cleaned = states.check(desk.actor, current.state, body, by_hand=current.by_hand)
    check_dates(cleaned, desk.today, current.finding["due"])
    if cleaned["to"] in states.VERDICTS or cleaned["to"] == CaseState.OPEN:
        signoff.must_be_open(connection, current.sighting.school_id, desk.term, current.id)
    mark = {
        "data": current.sighting.data_mark,
        "times_gone": current.sighting.times_gone,
        "evidence": current.sighting.evidence,
    }
    return _put(desk, connection, current, cleaned | mark | dict(joint or {}), f"{current.state}→{cleaned['to']}")


def _put(desk: Desk, connection: Connection, current: Case, body: Mapping[str, Any], action: str) -> Event:
    whole = {**body, "from": current.state}
    deed = Deed("finding", current.id, current.sighting.school_id, desk.term, action, whole)
    return desk.book.put(connection, desk.actor, deed)


def undo(desk: Desk, finding_id: str, *, seen: Sequence[str]) -> Case:
    """Take back the last decision about one finding, as ``undo_many`` does. Returns the case."""
    return undo_many(desk, {finding_id: seen})[0]


def undo_many(desk: Desk, chosen: Mapping[str, Sequence[str]]) -> list[Case]:
    """Take back the last decision about each (finding_id → heads seen), all or none, by events that repeat the ones
    before; nothing is erased. Returns the cases. Raises Conflict where someone decided meanwhile; UsageError where
    there is no decision, it is another's (a director may), or it settled a conflict."""
    with desk.book.writing() as connection:
        for finding_id, seen in chosen.items():
            _undo(desk, connection, finding_id, seen)
        return [_case(connection, finding_id, desk.today) for finding_id in chosen]


def _undo(desk: Desk, connection: Connection, finding_id: str, seen: Sequence[str]) -> None:
    current = _case(connection, finding_id, desk.today)
    may_touch(desk.actor, current.sighting.school_id)
    if set(seen) != set(current.seen):
        raise Conflict(f"这一条刚被{current.who}改成“{current.state}”，没有撤销。请看过再定", current.history)
    if any(event.body.get(JOINT) for event in heads(current.history)):
        raise UsageError(FOR_BOTH)
    step_back(desk, connection, current)


def step_back(desk: Desk, connection: Connection, current: Case) -> Event:
    """Take back the last decision about a case that was read in this transaction. Raises UsageError as ``undo``."""
    last = heads(current.history)
    if not last:
        raise UsageError("还没有处理过，没有可撤销的")
    if len(last) > 1 or len(last[0].parents) > 1:
        raise UsageError("这一步前后有不同的认定，不能撤销，请重新认定")
    if last[0].who != desk.actor.name and desk.actor.role != "director":
        raise UsageError(f"这一步是{last[0].who}做的，由本人或局领导撤销")
    signoff.must_be_open(connection, current.sighting.school_id, desk.term, current.id)
    before = next((event for event in current.history if event.id in last[0].parents), None)
    body = dict(before.body) if before else {"to": CaseState.OPEN}
    return _put(desk, connection, current, {**body, "undoes": last[0].id}, f"撤销“{last[0].body['to']}”")


def may_touch(actor: Actor, school_id: str) -> None:
    """Check that the person may act for the school: a principal only for his own. Raises UsageError."""
    if actor.role == "principal" and (not actor.school_id or actor.school_id != school_id):
        raise UsageError("这一条不是贵校的")
