"""不是同一人: a pair of pupils once proved to be two people, with the paper that shows it, in every rule.

The decision is an event of each finding that it was made for (``two_sided``), and says who the pupils were and what the
findings said. It covers other findings about the same pupils, made by whatever check and later too; until a name, a
number, the sex or the birthday of one of them changes, or what one of those findings says: then all are open again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Final, Protocol, TypeVar

from xueji_lib.casebook.log.events import Event, heads
from xueji_lib.casebook.sightings import Sighting
from xueji_lib.register.vocabulary import CaseState

PEOPLE: Final = "people"
SAID: Final = "said"
"""In the body of the event: who the pupils were, and what the sides' findings said, as digests (``TwoSides``)."""
CHANGED: Final = "证据已变"
"""The mark of a case whose evidence is not that on which it was decided."""
_COVERED: Final = (CaseState.OPEN, CaseState.ON_SITE, CaseState.RETURNED)


class Decided(Protocol):
    """What is asked of a case here (``cases.Case``, which rests on this module)."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def sighting(self) -> Sighting: ...
    @property
    def state(self) -> str: ...
    @property
    def body(self) -> Mapping[str, Any]: ...
    @property
    def who(self) -> str: ...
    @property
    def at(self) -> str: ...
    @property
    def marks(self) -> tuple[str, ...]: ...
    @property
    def history(self) -> tuple[Event, ...]: ...


Case = TypeVar("Case", bound=Decided)


def holds(seen: Sighting, body: Mapping[str, Any]) -> bool:
    """Whether a finding still says what it did when its pupils were proved to be two."""
    if not seen.present:
        return True
    sides = seen.two_sides
    return sides is not None and sides.evidence == body.get(SAID) and sides.people <= set(body.get(PEOPLE, ()))


def applied(cases: Sequence[Case]) -> list[Case]:
    """The same cases: what such a decision covers is closed, and where the evidence of one of the findings changed that
    it was made for, the others of them are open again."""
    if not any(_decision(case) for case in cases):
        return list(cases)
    fallen = {_decision(case) for case in cases if _decision(case) and case.state != CaseState.DIFFERENT}
    result = [_opened(case) if _decision(case) in fallen - {""} else case for case in cases]
    standing: dict[str, list[Case]] = {}
    for case in result:
        if case.state == CaseState.DIFFERENT:
            standing.setdefault(case.sighting.school_id, []).append(case)
    return [_covered(case, standing.get(case.sighting.school_id, ())) for case in result]


def _decision(case: Decided) -> str:
    """Which decision a case was found 不是同一人 by, if that is the last word about it; else ""."""
    last = heads(case.history)
    is_last = len(last) == 1 and last[0].body["to"] == CaseState.DIFFERENT
    return str(last[0].body.get("joint", "")) if is_last else ""


def _opened(case: Case) -> Case:
    if case.state != CaseState.DIFFERENT:
        return case
    return replace(case, state=CaseState.OPEN, marks=(*case.marks, CHANGED))


def _covered(case: Case, standing: Sequence[Case]) -> Case:
    sides = case.sighting.two_sides
    if sides is None or case.state not in _COVERED or _decision(case):
        return case
    by = next((other for other in standing if sides.people <= set(other.body.get(PEOPLE, ()))), None)
    if by is None:
        return case
    return replace(case, state=CaseState.DIFFERENT, body=by.body, who=by.who, at=by.at, marks=())
