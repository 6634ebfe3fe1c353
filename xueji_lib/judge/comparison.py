"""Two answers about one term held against each other: findings gained, lost, and changed in nature or severity.

A finding that is gone is not thereby put right: where its check did not run, or could not decide, the row says so.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import pandas as pd

from xueji_lib.register import labels
from xueji_lib.register.vocabulary import CoverageStatus

NATURE: Final = ("nature", "severity")
"""What of a finding that stands is compared; its 整改期限 besides, where both answers are of one day: ``WITH_DUE``."""
WITH_DUE: Final = (*NATURE, "due")
ROW: Final = (
    "rule_id violation severity nature school_id school grade class student student_ref title evidence finding_id"
).split()
OF_COUNTY: Final = "（记在县）"
_DUE_LABEL: Final = "期限"


@dataclass(frozen=True)
class Side:
    """One of the two. ``name``: what people call it; ``findings`` and ``coverage``: columns of the data contract 4, a
    coverage that is not known is None. ``titles``: of checks, those without findings too."""

    name: str
    findings: pd.DataFrame
    coverage: pd.DataFrame | None = None
    titles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ComparisonLine:
    """One check or school (``id``, ``name``): numbers of findings before and after, of them gained, lost, changed.
    ``unexamined``: before and after, the answers of a check that say nothing or not all; None where nobody knows."""

    id: str
    name: str
    before: int
    after: int
    gained: int
    lost: int
    changed: int
    unexamined: tuple[int | None, int | None] = (None, None)


@dataclass(frozen=True)
class Comparison:
    """``before`` and ``after``, and what differs. The three frames have the columns ``ROW`` and ``note``: what changed,
    or why a finding that came or went may not be what it seems."""

    before: Side
    after: Side
    gained: pd.DataFrame
    lost: pd.DataFrame
    changed: pd.DataFrame

    @property
    def differs(self) -> bool:
        """Whether any finding came, went or changed."""
        return bool(len(self.gained) or len(self.lost) or len(self.changed))

    @cached_property
    def by_rule(self) -> list[ComparisonLine]:
        """A line for each check of which a finding or the number of those not examined differs."""
        titles = {**self.before.titles, **self.after.titles, **self._names("rule_id", "title")}
        gaps = [_unexamined(side.coverage) for side in (self.before, self.after)]
        keys = {*self._touched("rule_id"), *(rule for rule in _known(gaps) if _at(gaps[0], rule) != _at(gaps[1], rule))}
        lines = [self._line("rule_id", key, titles.get(key, "")) for key in sorted(keys)]
        return [_with_gaps(line, gaps) for line in lines]

    @cached_property
    def by_school(self) -> list[ComparisonLine]:
        """A line for each school that a difference is at, those with most differences first."""
        names = self._names("school_id", "school") | {"": OF_COUNTY}
        lines = [self._line("school_id", key, names.get(key, key)) for key in self._touched("school_id")]
        return sorted(lines, key=lambda line: (-(line.gained + line.lost + line.changed), line.id))

    def _touched(self, column: str) -> set[str]:
        return set().union(*(frame[column].map(labels.text) for frame in (self.gained, self.lost, self.changed)))

    def _names(self, column: str, named: str) -> dict[str, str]:
        frames = (self.before.findings, self.after.findings)
        return {labels.text(k): labels.text(v) for f in frames for k, v in zip(f[column], f[named], strict=True)}

    def _line(self, column: str, key: str, name: str) -> ComparisonLine:
        frames = (self.before.findings, self.after.findings, self.gained, self.lost, self.changed)
        before, after, gained, lost, changed = (int((frame[column].map(labels.text) == key).sum()) for frame in frames)
        return ComparisonLine(key, name, before, after, gained, lost, changed)


def compared(before: Side, after: Side, aspects: Sequence[str] = NATURE) -> Comparison:
    """What differs. ``aspects``: the columns of a finding that stands which are compared."""
    same = successors(before.findings, after.findings)
    old, new = (_by_id(side.findings, aspects) for side in (before, after))
    lost = before.findings[~before.findings["finding_id"].isin(same.keys())]
    gained = after.findings[~after.findings["finding_id"].isin(same.values())]
    changes = {current: _changes(old[former], new[current]) for former, current in same.items()}
    changed = after.findings[after.findings["finding_id"].map(lambda i: bool(changes.get(i))).astype(bool)]
    return Comparison(
        before,
        after,
        _noted(gained, _Why("此前", before.coverage).of),
        _noted(lost, _Why("现在", after.coverage).of),
        _noted(changed, lambda row: changes[row["finding_id"]]),
    )


def _by_id(findings: pd.DataFrame, aspects: Sequence[str]) -> dict[Any, dict[Any, Any]]:
    return findings.drop_duplicates("finding_id").set_index("finding_id")[[*aspects]].to_dict("index")


def successors(before: pd.DataFrame, after: pd.DataFrame) -> dict[str, str]:
    """The finding_id of before → that of the same finding after: its own, else the one that one side remembers as its
    former id (column ``former_ids``, where there is one)."""
    olds, news = set(before["finding_id"]), set(after["finding_id"])
    same = {finding_id: finding_id for finding_id in olds & news}
    for current, former in _former(after):
        if former in olds:
            same.setdefault(former, current)
    for current, former in _former(before):  # the later answer may be named first
        if former in news:
            same.setdefault(current, former)
    return same


def _former(findings: pd.DataFrame) -> list[tuple[str, str]]:
    if "former_ids" not in findings:
        return []
    pairs = zip(findings["finding_id"], findings["former_ids"], strict=True)
    return [(current, former) for current, listed in pairs for former in labels.text(listed).split()]


def _changes(old: Mapping[Any, Any], new: Mapping[Any, Any]) -> str:
    """线索→事实；一般→严重; "" where nothing of what is compared differs."""
    pairs = [(aspect, labels.text(old[aspect]), labels.text(new[aspect])) for aspect in old]
    return "；".join(
        f"{_DUE_LABEL if aspect == 'due' else ''}{was or '空'}→{now or '空'}"
        for aspect, was, now in pairs
        if was != now
    )


def _noted(findings: pd.DataFrame, note: Any) -> pd.DataFrame:
    rows = findings[ROW].reset_index(drop=True)
    notes = [note(row) for row in rows.to_dict("records")]
    return rows.assign(note=pd.Series(notes, index=rows.index, dtype="str"))


class _Why:
    """Whether a check of the other side was made at all: a word about each finding that is on one side alone."""

    def __init__(self, when: str, coverage: pd.DataFrame | None) -> None:
        self._when = when
        self._answers: Mapping[tuple[str, str], tuple[str, int]] | None = None
        if coverage is not None:
            columns = [coverage[name].map(labels.text) for name in ("school_id", "rule_id", "status", "undecided")]
            rows = zip(*columns, strict=True)
            self._answers = {(school, rule): (status, int(open_n or 0)) for school, rule, status, open_n in rows}
        self._schools: Collection[str] = {school for school, _ in self._answers or ()}
        self._rules: Collection[str] = {rule for _, rule in self._answers or ()}

    def of(self, row: Mapping[Any, Any]) -> str:
        """The sentence; "" where the check was made and left nobody open."""
        if self._answers is None:
            return f"{self._when}查没查，没有 coverage.csv，不知道"
        school, rule = labels.text(row["school_id"]), labels.text(row["rule_id"])
        if rule not in self._rules:
            return f"{self._when}没有这条检查"
        if school not in self._schools:
            return f"{self._when}名录里没有这所学校"
        status, open_n = self._answers.get((school, rule), (CoverageStatus.NOT_IMPLEMENTED, 0))
        if status in labels.NOT_EXAMINED or status == CoverageStatus.NOT_APPLICABLE:
            return f"{self._when}{status}"
        return f"{self._when}另有 {open_n} 个对象无法判定" if open_n else ""


def _unexamined(coverage: pd.DataFrame | None) -> dict[str, int] | None:
    """Check → at how many schools it said nothing, or not all."""
    if coverage is None:
        return None
    counts = coverage.loc[coverage["status"].isin(labels.NOT_EXAMINED), "rule_id"].astype("str").value_counts()
    return {str(rule): int(counts.get(rule, 0)) for rule in coverage["rule_id"].astype("str").unique()}


def _known(gaps: Sequence[dict[str, int] | None]) -> set[str]:
    """Checks of which both sides know; of one alone its findings tell."""
    first, second = gaps
    return set() if first is None or second is None else first.keys() | second.keys()


def _at(gaps: dict[str, int] | None, rule: str) -> int | None:
    return None if gaps is None else gaps.get(rule)


def _with_gaps(line: ComparisonLine, gaps: Sequence[dict[str, int] | None]) -> ComparisonLine:
    unexamined = (_at(gaps[0], line.id), _at(gaps[1], line.id))
    return ComparisonLine(line.id, line.name, line.before, line.after, line.gained, line.lost, line.changed, unexamined)
