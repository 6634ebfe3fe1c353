"""The county at a glance: what the bureau's page lays out, counted from the kept answer and the casebook.

Nothing is judged here; a school is never shown as clean where a check was not made.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from xueji_lib import local_rules
from xueji_lib.casebook.standing_cases import Besides
from xueji_lib.casebook.states import CLOSED
from xueji_lib.judge.results import Results
from xueji_lib.register import labels
from xueji_lib.register.catalogue import VIOLATIONS_SHORT
from xueji_lib.register.vocabulary import CaseState, CoverageStatus
from xueji_lib.store import Store

if TYPE_CHECKING:
    from xueji_lib.casebook.cases import Case

_STEPS: Final = (0, 2, 5, 10, 20)
"""Findings up to which a cell of the heat map has the next lighter colour."""
REPORT_RULE: Final = "R101"


@dataclass(frozen=True, slots=True)
class Cell:
    """Findings not settled, of one violation. ``gap``: checks that were not made, or not of all."""

    count: int
    gap: int

    @property
    def level(self) -> int:
        """The cell's colour, from 0 (no findings) to 5 (the darkest)."""
        return sum(self.count > step for step in _STEPS)


@dataclass(frozen=True, slots=True)
class SchoolLine:
    """One school's row of the heat map: a cell for each violation."""

    school_id: str
    name: str
    cells: tuple[Cell, ...]

    @property
    def total(self) -> int:
        """Findings of all violations."""
        return sum(cell.count for cell in self.cells)


def heat(answer: Results, cases_by_school: Mapping[str, Sequence[Case]]) -> dict[str, list[SchoolLine]]:
    """Township → its schools, those with most findings first: what the answer has and what stands besides, without
    what people have closed."""
    known = [case for cases in cases_by_school.values() for case in cases]
    settled = {case.id for case in known if case.state in CLOSED}
    findings = answer.findings[~answer.findings["finding_id"].isin(settled)]
    pairs = zip(findings["school_id"].astype(str), findings["violation"], strict=True)
    counts = Counter((school, int(violation)) for school, violation in pairs)
    more = (case.finding for case in Besides(answer).of(known) if case.id not in settled)
    counts.update((finding["school_id"], int(finding["violation"])) for finding in more)
    entries = local_rules.catalogue(answer.edition).entries
    not_examined = answer.coverage[answer.coverage["status"].isin(labels.NOT_EXAMINED)]
    violation = (
        not_examined["rule_id"].astype("str").map(lambda rule: entries[rule].violation if rule in entries else 0)
    )
    gaps = not_examined.groupby([not_examined["school_id"].astype("str"), violation]).size().to_dict()
    towns: dict[str, list[SchoolLine]] = {}
    for row in answer.schools.to_dict("records"):
        school = str(row["school_id"])
        cells = tuple(Cell(counts[school, v], int(gaps.get((school, v), 0))) for v in VIOLATIONS_SHORT)
        line = SchoolLine(school, str(row["school_name"]) or school, cells)
        towns.setdefault(str(row["township"]) or "（没有写乡镇）", []).append(line)
    return {town: sorted(towns[town], key=lambda line: (-line.total, line.school_id)) for town in sorted(towns)}


# ---- 排摸上报 ----


@dataclass(frozen=True, slots=True)
class Reported:
    """The school_ids by how the term's 排摸 came in; ``sentences``: the rule's sentence, or why it could not say."""

    on_time: tuple[str, ...]
    late: tuple[str, ...]
    missing: tuple[str, ...]
    unknown: tuple[str, ...]
    not_due: tuple[str, ...]
    sentences: Mapping[str, str]


def reported(answer: Results, store: Store) -> Reported:
    """How each school's 排摸 of the term came in, as R101 judged it; ``late``: handed in, but after the day."""
    rows = answer.coverage[answer.coverage["rule_id"] == REPORT_RULE]
    status = dict(zip(rows["school_id"].astype(str), rows["status"], strict=True))
    reason = dict(zip(rows["school_id"].astype(str), rows["reason"].map(labels.text), strict=True))
    findings = answer.findings[answer.findings["rule_id"] == REPORT_RULE]
    evidence = dict(zip(findings["school_id"].astype(str), findings["evidence"], strict=True))
    handed_in: set[str] = set()
    if store.has(answer.term_id, "reports"):
        table = store.read(answer.term_id, "reports", columns=["term", "report_date"])
        own = table[(table["term"].astype(object) == answer.term_id) & table["report_date"].notna()]
        handed_in = set(own["school_id"].astype(str))
    groups: dict[str, list[str]] = {name: [] for name in ("on_time", "late", "missing", "unknown", "not_due")}
    for school in answer.schools["school_id"].astype(str):
        match status.get(school, CoverageStatus.NO_DATA):
            case CoverageStatus.NOT_FOUND:
                group = "on_time" if school in handed_in else "not_due"
            case CoverageStatus.FOUND:
                group = "late" if school in handed_in else "missing"
            case CoverageStatus.NOT_APPLICABLE:
                group = "not_due"
            case _:
                group = "unknown"
        groups[group].append(school)
    sentences = {school: evidence.get(school) or reason.get(school) or "没有判" for school in status}
    return Reported(**{name: tuple(ids) for name, ids in groups.items()}, sentences=sentences)


# ---- 整改 ----


@dataclass(frozen=True, slots=True)
class Standing:
    """One school's findings that people found to be true, or that need another look; numbers of findings."""

    school_id: str
    overdue: int
    oldest: str
    demanded: int
    to_review: int
    returned: int
    conflicts: int
    to_close: int


def standings(cases_by_school: Mapping[str, Sequence[Case]], today: dt.date) -> list[Standing]:
    """Schools that have anything to put right or the office to decide, the worst first. ``cases_by_school``: by
    school_id."""
    listed = []
    for school, cases in cases_by_school.items():
        overdue = [case for case in cases if case.overdue(today)]
        states = [case.state for case in cases]
        standing = Standing(
            school, len(overdue), min((case.due for case in overdue), default=""),
            sum(case.state in (CaseState.NOTIFIED, CaseState.NOT_ACCEPTED) and not case.to_close for case in cases),
            states.count(CaseState.REPORTED),
            states.count(CaseState.RETURNED), states.count(CaseState.CONFLICT), sum(case.to_close for case in cases),
        )  # fmt: skip
        waiting = standing.to_review or standing.returned or standing.conflicts or standing.to_close
        if standing.overdue or standing.demanded or waiting:
            listed.append(standing)
    return sorted(listed, key=lambda s: (-s.overdue, -s.conflicts, -s.returned, s.oldest or "9", s.school_id))
