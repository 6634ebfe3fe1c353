"""What the roll-calls of drawn classes counted, as the estimate takes it: only classes that the lot gave count."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from xueji_lib.casebook import rollcall
from xueji_lib.casebook.false_report import QUESTION
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.log.events import heads
from xueji_lib.casebook.rollcall import RollCall
from xueji_lib.register.sampling import CLASSES
from xueji_lib.register.vocabulary import EXCUSED, Situation
from xueji_lib.store import Store
from xueji_lib.visit.cluster_rate import CalledClass, EstimatedRate, SchoolCalls, SchoolStratum, estimate
from xueji_lib.visit.sample_draw import DrawnSample, of_school
from xueji_lib.visit.visit_plan import BY_LOT, BY_RISK, VisitPlan

NOT_COUNTED: Final = frozenset({*EXCUSED, Situation.SEVERELY_DISABLED})
"""情形 of who may be absent: they are not counted as 空挂."""


@dataclass(frozen=True, slots=True)
class ClassCount:
    """A drawn class that was called. ``absent``: registered pupils called absent without one of NOT_COUNTED;
    ``excused``: with one; ``registered``: all registered pupils who were looked for. ``unregistered``: who sat there
    and is not on the school's register; ``present``: all who sat there. ``unexamined``: who was not looked for."""

    place: str
    day: str
    registered: int
    absent: int
    excused: int
    present: int
    unregistered: int
    unexamined: int


@dataclass(frozen=True, slots=True)
class SchoolCount:
    """A school's drawn classes that were called, of how many in all. ``not_called``: drawn, and not called yet."""

    school_id: str
    frame: int
    called: tuple[ClassCount, ...]
    not_called: tuple[str, ...]
    replaced: int

    def rates(self) -> Mapping[str, EstimatedRate | None]:
        """The school's own estimates, by kind."""
        return {kind: estimate([SchoolStratum(1, (self.calls(kind),))]) for kind in KINDS}

    def calls(self, kind: str) -> SchoolCalls:
        """What was counted of a kind."""
        return SchoolCalls(self.frame, tuple(KINDS[kind](count) for count in self.called))


KINDS: Final = {
    "在籍不在校": lambda count: CalledClass(count.absent, count.registered),
    "在校不在籍": lambda count: CalledClass(count.unregistered, count.present),
}
"""The two rates: absent of the registered, unregistered of those present."""


def of_one_school(book: Casebook, store: Store, school_id: str, term: str) -> SchoolCount | None:
    """What was counted at a school; None where no classes were drawn there. Raises StoreError."""
    sample = of_school(book, school_id, term).get(QUESTION)
    if sample is None or sample.unit != CLASSES:
        return None
    rolls = rollcall.of_school(book, school_id, term)
    registered = _numbers(store, school_id, term)
    called, not_called = [], []
    for item in sample.items:
        roll = _roll_of(item, sample, rolls)
        if roll is None:
            not_called.append(str(item["place"]))
        else:
            called.append(_count(str(item["place"]), roll, registered))
    return SchoolCount(school_id, sample.frame, tuple(called), tuple(not_called), len(sample.replaced))


def of_county(plan: VisitPlan, counts: Mapping[str, SchoolCount]) -> Mapping[str, EstimatedRate | None]:
    """The county's estimates by kind, from the schools of a plan: those by risk speak for themselves, those by lot for
    all the others."""
    result: dict[str, EstimatedRate | None] = {}
    for kind in KINDS:
        strata = []
        for how in (BY_RISK, BY_LOT):
            own = [counts[s.school_id] for s in plan.schools if s.how == how and s.school_id in counts]
            calls = tuple(count.calls(kind) for count in own if count.called)
            frame = len([s for s in plan.schools if s.how == BY_RISK]) if how == BY_RISK else plan.frame
            if calls:
                strata.append(SchoolStratum(frame, calls))
        result[kind] = estimate(strata)
    return result


def _roll_of(item: Mapping[str, Any], sample: DrawnSample, rolls: Sequence[RollCall]) -> RollCall | None:
    """The first roll-call of the class on the day it was drawn or after: a later one is no surprise any more."""
    drawn = dt.datetime.fromisoformat(sample.at).astimezone().date()
    own = [roll for roll in rolls if (roll.grade, roll.class_no) == (item["grade"], item["class_no"])]
    return min((roll for roll in own if roll.day >= drawn), key=lambda roll: roll.day, default=None)


def _numbers(store: Store, school_id: str, term: str) -> frozenset[str]:
    """The numbers of all pupils on the school's register."""
    if not store.has(term, "register"):
        return frozenset()
    rows = store.read(term, "register", schools=[school_id])
    return frozenset(str(value) for name in ("id_number", "register_no") for value in rows[name].dropna())


def _count(place: str, roll: RollCall, registered: frozenset[str]) -> ClassCount:
    body = heads(roll.events)[-1].body
    absent = [str(person.get("situation") or person["reason"]) for person in body["absent"]]
    excused = sum(situation in NOT_COUNTED for situation in absent)
    sat = [*body.get("met", ()), *body["extra"]]
    numbers = ({str(person.get(name) or "") for name in ("id_number", "register_no", "number")} for person in sat)
    strangers = sum(not own & registered for own in numbers)
    present = len(body["present"])
    return ClassCount(
        place, str(body["day"]), present + len(absent), len(absent) - excused, excused, present + len(sat), strangers,
        len(body.get("unexamined", ())),
    )  # fmt: skip
