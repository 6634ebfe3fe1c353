"""The county at a glance: what the bureau's page lays out, counted from the kept answer and the casebook.

Nothing is judged here; a school is never shown as clean where a check was not made.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from xueji_lib import local_rules
from xueji_lib.judge.results import Results
from xueji_lib.register import labels
from xueji_lib.register.catalogue import VIOLATIONS_SHORT
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
        return sum(self.count > step for step in _STEPS)


@dataclass(frozen=True, slots=True)
class SchoolLine:
    school_id: str
    name: str
    cells: tuple[Cell, ...]

    @property
    def total(self) -> int:
        return sum(cell.count for cell in self.cells)


def heat(answer: Results, settled: frozenset[str]) -> dict[str, list[SchoolLine]]:
    """Township → its schools, those with most findings first. ``settled``: finding ids that people have closed."""
    found = answer.findings[~answer.findings["finding_id"].isin(settled)]
    counts = found.groupby(["school_id", "violation"]).size().to_dict()
    entries = local_rules.catalogue(answer.edition).entries
    left = answer.coverage[answer.coverage["status"].isin(labels.NOT_EXAMINED)]
    violation = left["rule_id"].astype("str").map(lambda rule: entries[rule].violation if rule in entries else 0)
    gaps = left.groupby([left["school_id"].astype("str"), violation]).size().to_dict()
    towns: dict[str, list[SchoolLine]] = {}
    for row in answer.schools.to_dict("records"):
        school = str(row["school_id"])
        cells = tuple(
            Cell(int(counts.get((school, v), 0)), int(gaps.get((school, v), 0))) for v in VIOLATIONS_SHORT
        )  # fmt: skip
        line = SchoolLine(school, str(row["school_name"]) or school, cells)
        towns.setdefault(str(row["township"]) or "（没有写乡镇）", []).append(line)
    return {town: sorted(towns[town], key=lambda line: (-line.total, line.school_id)) for town in sorted(towns)}


# ---- 排摸上报 ----


@dataclass(frozen=True, slots=True)
class Reported:
    """School ids by how the term's 排摸 came in; ``said``: the rule's sentence, or why it could not say."""

    on_time: tuple[str, ...]
    late: tuple[str, ...]
    missing: tuple[str, ...]
    unknown: tuple[str, ...]
    not_due: tuple[str, ...]
    said: Mapping[str, str]


def reported(answer: Results, store: Store) -> Reported:
    """As R101 found; ``late`` are those that did hand in, after the day."""
    rows = answer.coverage[answer.coverage["rule_id"] == REPORT_RULE]
    status = dict(zip(rows["school_id"].astype(str), rows["status"], strict=True))
    reason = dict(zip(rows["school_id"].astype(str), rows["reason"].map(labels.text), strict=True))
    found = answer.findings[answer.findings["rule_id"] == REPORT_RULE]
    evidence = dict(zip(found["school_id"].astype(str), found["evidence"], strict=True))
    came: set[str] = set()
    if store.has(answer.term_id, "reports"):
        table = store.read(answer.term_id, "reports", columns=["term", "report_date"])
        own = table[(table["term"].astype(object) == answer.term_id) & table["report_date"].notna()]
        came = set(own["school_id"].astype(str))
    groups: dict[str, list[str]] = {name: [] for name in ("on_time", "late", "missing", "unknown", "not_due")}
    for school in answer.schools["school_id"].astype(str):
        match status.get(school, "缺数据"):
            case "未发现":
                group = "on_time" if school in came else "not_due"
            case "发现":
                group = "late" if school in came else "missing"
            case "不适用":
                group = "not_due"
            case _:
                group = "unknown"
        groups[group].append(school)
    said = {school: evidence.get(school) or reason.get(school) or "没有判" for school in status}
    return Reported(**{name: tuple(ids) for name, ids in groups.items()}, said=said)


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


def standings(found: Mapping[str, Sequence[Case]], today: dt.date) -> list[Standing]:
    """Schools with anything to do, the worst first."""
    listed = []
    for school, cases in found.items():
        overdue = [case for case in cases if case.overdue(today)]
        states = [case.state for case in cases]
        one = Standing(
            school, len(overdue), min((case.due for case in overdue), default=""),
            states.count("已通知") + states.count("复核不通过"), states.count("学校已报整改"), states.count("回潮"),
            states.count("冲突"),
        )  # fmt: skip
        if one.overdue or one.demanded or one.to_review or one.returned or one.conflicts:
            listed.append(one)
    return sorted(
        listed, key=lambda one: (-one.overdue, -one.conflicts, -one.returned, one.oldest or "9", one.school_id)
    )
