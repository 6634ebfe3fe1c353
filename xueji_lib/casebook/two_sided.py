"""One case at two schools: each answers for its own finding, and one decision of the bureau is both's.

Which findings are one case was worked out by the judge (``judge.two_sides``) and stands beside the sightings. A
decision is an event of each side's finding, all in one transaction, each naming the decision that it is part of.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, select

from xueji_lib.casebook import cases, evidence, states
from xueji_lib.casebook.cases import JOINT, Case
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.evidence import Evidence
from xueji_lib.casebook.log.book import Casebook, Conflict
from xueji_lib.casebook.log.events import Actor, Event, digest, heads
from xueji_lib.casebook.log.tables import SIGHTINGS
from xueji_lib.casebook.proved_apart import PEOPLE, SAID
from xueji_lib.register.vocabulary import CaseState
from xueji_lib.support.errors import UsageError

FILES: Final = "pair"
"""Kind of subject that the bureau's papers about a case hang on (``Evidence.about``): no school's."""

FOR_BOTH: Final = (*states.VERDICTS, CaseState.OPEN, CaseState.CLOSED)
"""Steps that may be one decision for both; to give notice and to report is between the bureau and each school."""


@dataclass(frozen=True)
class TwoSidedCase:
    """The findings of two schools (or more) that are one case, by school."""

    id: str
    sides: tuple[Case, ...]

    @property
    def seen(self) -> tuple[str, ...]:
        """What goes back with the next decision: the heads of all sides."""
        return tuple(sorted(head for side in self.sides for head in side.seen))

    @property
    def people(self) -> frozenset[str]:
        """Who the pupils are (``TwoSides.people``)."""
        return frozenset().union(*(side.sighting.two_sides.people for side in self.sides if side.sighting.two_sides))

    @property
    def is_waiting(self) -> bool:
        """The bureau still has to decide: a side is undecided, and the last check still finds it."""
        return any(side.is_waiting for side in self.sides)

    @property
    def half_decided(self) -> bool:
        """One side was decided alone, the other not yet."""
        return self.is_waiting and any(side.is_decided and not side.is_waiting for side in self.sides)

    @property
    def closed(self) -> bool:
        """Nobody has to do anything any more, at any side."""
        return all(side.state in states.CLOSED for side in self.sides)

    @property
    def text(self) -> str:
        """What it is about, and where it stands at each school, in a sentence."""
        states_now = "；".join(f"{side.finding['school']} {side.state}" for side in self.sides)
        return f"{self.sides[0].finding['title']}（{states_now}）"

    @property
    def joint(self) -> str:
        """The decision that was the last word at every side; "" where there is none."""
        last = [[str(event.body.get(JOINT, "")) for event in heads(side.history)] for side in self.sides]
        return last[0][0] if last[0] and all(words == last[0][:1] for words in last) else ""

    def was_decided_by(self, actor: Actor, seen: Sequence[str], body: Mapping[str, Any]) -> bool:
        """This very decision was recorded already: same person, same heads seen before, same content."""
        last = [event for side in self.sides for event in heads(side.history)]
        mark = _mark(self.id, seen)
        return bool(last) and all(
            event.who == actor.name
            and event.body.get(JOINT) == mark
            and all(event.body.get(name) == value for name, value in body.items() if value)
            for event in last
        )

    def was_undone_by(self, actor: Actor, seen: Sequence[str]) -> bool:
        """The decision of these heads was taken back already, by this person."""
        last = [event for side in self.sides for event in heads(side.history)]
        return bool(last) and all(event.who == actor.name and event.body.get("undoes") in seen for event in last)

    def steps(self, actor: Actor) -> dict[str, tuple[str, ...]]:
        """The steps that this person may take for all sides at once, and what each must say."""
        allowed = [states.allowed(actor, side.state) for side in self.sides]
        common = [to for to in allowed[0] if all(to in of_side for of_side in allowed) and to in FOR_BOTH]
        return {to: max((of_side[to] for of_side in allowed), key=len) for to in common}


def of_cases(known: Iterable[Case]) -> list[TwoSidedCase]:
    """The cases at two schools among these of the county, in the order of their first findings; those that no check
    finds any more and nobody decided are left out."""
    groups: dict[str, list[Case]] = {}
    for case in known:
        if case.sighting.case_id and (case.sighting.present or case.history):
            groups.setdefault(case.sighting.case_id, []).append(case)
    return [
        TwoSidedCase(case_id, tuple(sides))
        for case_id, sides in groups.items()
        if len({side.sighting.school_id for side in sides}) > 1
    ]


def other_sides(book: Casebook, case: Case, today: dt.date) -> list[Case]:
    """The other schools' findings of a case; none of what this casebook may not see or does not have."""
    query = select(SIGHTINGS.c.finding_id, SIGHTINGS.c.school_id).where(SIGHTINGS.c.case_id == case.sighting.case_id)
    with book.reading() as connection:
        rows = connection.execute(query).all() if case.sighting.case_id else []
    return [cases.case(book, row.finding_id, today) for row in rows if row.school_id != case.sighting.school_id]


def decided_for_one(book: Casebook, events: Sequence[Event]) -> tuple[str, ...]:
    """One Chinese sentence for every case that these events decided for one school alone, which waits for the bureau's
    word about the other. In a package the other side is not known, and none is told."""
    decided = {event.subject for event in events if event.kind == "finding"}
    waiting = (one for one in of_cases(cases.of_county(book, book.today())) if one.half_decided)
    return tuple(one.text for one in waiting if any(side.id in decided for side in one.sides))


def decide(desk: Desk, case_id: str, body: Mapping[str, Any], seen: Sequence[str] | None = None) -> TwoSidedCase:
    """Record one decision for all sides of a case; returns it. ``body`` as in ``cases.decide``. 不是同一人 needs a
    paper that shows it, and is recorded for every finding about these pupils, whatever check made it.

    Raises Conflict where someone decided meanwhile, UsageError where a side may not take the step; then at no side.
    """
    with desk.book.reading() as connection:
        chosen = _chosen(connection, desk, case_id)
    papers = files(desk.book, chosen)
    is_apart = body.get("to") == CaseState.DIFFERENT
    if is_apart and not papers:
        raise UsageError("认定“不是同一人”要先附佐证：户口簿、学籍卡等能看出是两个人的照片或扫描件")
    with desk.book.writing() as connection:
        chosen = _chosen(connection, desk, case_id)
        if seen is not None and set(seen) != set(chosen.seen):
            who = "、".join(sorted({side.who for side in chosen.sides if side.who}))
            raise Conflict(f"这一件刚被{who}改过，您的修改没有存。请看过再定", [])
        about = chosen.sides if not is_apart else _same_people(connection, desk, chosen)
        for side in about:
            _step(desk, connection, side, body, _joint(chosen, side, papers))
        return _chosen(connection, desk, case_id)


def _joint(chosen: TwoSidedCase, side: Case, papers: Sequence[Evidence]) -> dict[str, Any]:
    """What the event of a side says besides."""
    said = side.sighting.two_sides
    return {
        JOINT: _mark(chosen.id, chosen.seen),
        SAID: said.evidence if said else "",
        PEOPLE: sorted(chosen.people),
        "papers": [paper.sha256 for paper in papers],
    }


def _mark(case_id: str, seen: Sequence[str]) -> str:
    """Names the decision that is made about a case in the knowledge of these heads."""
    return digest([case_id, *sorted(seen)])[:16]


def _step(desk: Desk, connection: Connection, side: Case, body: Mapping[str, Any], joint: Mapping[str, Any]) -> None:
    try:
        cases.step(desk, connection, side, body, joint)
    except UsageError as error:
        raise UsageError(f"{side.finding['school']}：{error}。两校都没有改") from None


def undo(desk: Desk, case_id: str, seen: Sequence[str]) -> TwoSidedCase:
    """Take back the last decision at every side that it was made for; nothing is erased. Raises as ``cases.undo``."""
    with desk.book.writing() as connection:
        chosen = _chosen(connection, desk, case_id)
        if set(seen) != set(chosen.seen):
            raise Conflict("这一件刚被别人改过，没有撤销。请看过再定", [])
        if not chosen.joint:
            raise UsageError("这一件最后一步不是两校一起定的，没有可撤销的")
        for case in cases.in_transaction(connection, desk.today):
            if any(event.body.get(JOINT) == chosen.joint for event in heads(case.history)):
                cases.step_back(desk, connection, case)
        return _chosen(connection, desk, case_id)


def attach(desk: Desk, case_id: str, name: str, content: bytes) -> Evidence:
    """Attach a paper of the bureau to a case: neither school sees it, it may show the other's pupil."""
    return evidence.attach(desk, "", f"{FILES}/{case_id}", name, content)


def files(book: Casebook, chosen: TwoSidedCase) -> list[Evidence]:
    """The bureau's papers about a case, then those attached to its findings."""
    subjects = [f"{FILES}/{chosen.id}", *(f"finding/{side.id}" for side in chosen.sides)]
    return [file for subject in subjects for file in evidence.about(book, subject)]


def _chosen(connection: Connection, desk: Desk, case_id: str) -> TwoSidedCase:
    known = of_cases(cases.in_transaction(connection, desk.today))
    chosen = next((one for one in known if one.id == case_id), None)
    if chosen is None:
        raise UsageError("没有这一件：数据更新后，两校的疑点不再是一件，请刷新")
    return chosen


def _same_people(connection: Connection, desk: Desk, chosen: TwoSidedCase) -> list[Case]:
    """The sides of every case whose pupils are the chosen one's, the chosen one's first."""
    known = of_cases(cases.in_transaction(connection, desk.today))
    others = [one for one in known if one.id != chosen.id and one.people <= chosen.people]
    beside = (side for one in others for side in one.sides)
    return [*chosen.sides, *(side for side in beside if CaseState.DIFFERENT in states.allowed(desk.actor, side.state))]
