"""How far the inspection of each school is: a line a school, from the kept answer and what people decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from xueji_lib.casebook import signoff, states
from xueji_lib.casebook.signoff import Signed
from xueji_lib.judge.results import Results
from xueji_lib.register import labels
from xueji_lib.register.vocabulary import Severity

if TYPE_CHECKING:
    from xueji_lib.casebook.cases import Case

NOT_BEGUN, UNDER_WAY, DECIDED, SIGNED, COUNTERSIGNED = "未核", "核查中", "已核", "已签", "已会签"
PROGRESS: Final = (NOT_BEGUN, UNDER_WAY, DECIDED, SIGNED, COUNTERSIGNED)
_SIGNED: Final = {signoff.SIGNED: SIGNED, signoff.COUNTERSIGNED: COUNTERSIGNED}


@dataclass(frozen=True, slots=True)
class SchoolProgress:
    """One school. ``total``: findings that stand or wait; ``waiting``: nobody decided them yet; ``true``: a person
    confirmed them; ``grave``: 严重 ones of ``total``; ``per_hundred``: ``total`` for every hundred on the register,
    None without one; ``unexamined``: checks that said nothing, or not everything; ``people``: who decided."""

    school_id: str
    name: str
    township: str
    kind: str
    total: int
    waiting: int
    true: int
    grave: int
    per_hundred: float | None
    unexamined: int
    progress: str
    people: tuple[str, ...]


def of_county(
    answer: Results, cases_by_school: Mapping[str, Sequence[Case]], signed: Mapping[str, Signed]
) -> list[SchoolProgress]:
    """The schools of the answer by township and id."""
    pupils = answer.classes.groupby("school_id")["registered"].sum().to_dict()
    not_examined = answer.coverage[answer.coverage["status"].isin(labels.NOT_EXAMINED)]
    gaps = not_examined["school_id"].astype(str).value_counts().to_dict()
    lines = []
    for row in answer.schools.to_dict("records"):
        school = str(row["school_id"])
        known = [case for case in cases_by_school.get(school, ()) if not case.awaits_school]
        open_cases = [case for case in known if case.is_waiting or case.state in states.STANDING]
        registered = int(pupils.get(school, 0))
        waiting = sum(case.is_waiting for case in known)
        people = tuple(sorted({event.who for case in known for event in case.history if event.role != "principal"}))
        lines.append(
            SchoolProgress(
                school, str(row["school_name"]) or school, str(row["township"]), str(row["school_kind"]),
                len(open_cases), waiting, sum(case.state in states.STANDING for case in known),
                sum(case.finding["severity"] == Severity.GRAVE for case in open_cases),
                round(100 * len(open_cases) / registered, 1) if registered else None,
                int(gaps.get(school, 0)), _progress(signed.get(school), waiting, people), people,
            )
        )  # fmt: skip
    return sorted(lines, key=lambda line: (line.township, line.school_id))


def _progress(signed: Signed | None, waiting: int, people: Iterable[str]) -> str:
    if signed is not None and signed.state in _SIGNED:
        return _SIGNED[signed.state]
    if not people:
        return NOT_BEGUN
    return UNDER_WAY if waiting else DECIDED
