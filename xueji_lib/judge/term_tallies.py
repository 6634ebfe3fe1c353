"""What a term's answer says of a school or of the county, in numbers that terms can be held against each other by: of
every check how many findings, and how often it was made at all.

A check that was not made is no 0: ``FindingTally.text`` says so.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import pandas as pd

from xueji_lib import local_rules
from xueji_lib.judge.results import Results, School
from xueji_lib.register import labels
from xueji_lib.register.catalogue import VIOLATIONS_SHORT
from xueji_lib.register.vocabulary import CoverageStatus
from xueji_lib.support.errors import StoreError

WHOLE_COUNTY: Final = "*"
_MADE: Final = (CoverageStatus.FOUND, CoverageStatus.NOT_FOUND)
_NOT_THERE: Final = "没有这条"
_NOT_MADE: Final = "没查"
_UNFIT: Final = "不适用"


class FindingTally(NamedTuple):
    """``findings``: how many; ``made``, ``open``: answers (a check at a school) that were given, and that say nothing
    or not everything."""

    findings: int = 0
    made: int = 0
    open: int = 0

    @property
    def is_known(self) -> bool:
        """Whether the number says anything: a check was made, or something was found all the same."""
        return bool(self.findings or self.made)

    @property
    def text(self) -> str:
        """12; 12＊ where not all was examined; in words where there is no number."""
        if not self.is_known:
            return _NOT_MADE if self.open else _UNFIT
        return f"{self.findings}{'＊' if self.open else ''}"


@dataclass(frozen=True)
class TermTally:
    """One term. ``pupils``: on the register, None where that is not kept; ``violations``: "1" … "7" → their tallies;
    ``checks``: check → its tally."""

    term_id: str
    as_of: str
    edition: str
    pupils: int | None
    violations: Mapping[str, FindingTally]
    checks: Mapping[str, FindingTally]

    @property
    def head(self) -> str:
        """What a column is called: 2026春（7月1日）."""
        _, month, day = self.as_of.split("-")
        return f"{labels.short_term(self.term_id)}（{int(month)}月{int(day)}日）"

    def of_check(self, rule_id: str) -> str:
        """The tally of a check as text."""
        return self.checks[rule_id].text if rule_id in self.checks else _NOT_THERE

    def rate(self, tally: FindingTally) -> float | None:
        """Findings per hundred on the register; None where nothing was examined, or nobody is known."""
        return round(100 * tally.findings / self.pupils, 2) if self.pupils and tally.is_known else None

    def of_checks(self, rules: Collection[str]) -> TermTally:
        """The same with these checks alone."""
        return replace(self, checks={rule: tally for rule, tally in self.checks.items() if rule in rules})


class TermTallies:
    """Of one answer, or of a school's part of one. ``of``: school → its tally, and under ``WHOLE_COUNTY`` that of all
    together, what the county itself is charged with among them; ``titles``: of its checks."""

    def __init__(self, answer: Results | School, settled: Collection[str] = ()) -> None:
        """``settled``: findings that nothing counts, because their pupils were proved to be two.

        Raises StoreError, UsageError, KeyError for an answer of an earlier kit that does not tell enough."""
        entries = local_rules.catalogue(answer.edition).entries
        counted = answer.findings[~answer.findings["finding_id"].isin(settled)] if settled else answer.findings
        named = answer.findings.drop_duplicates("rule_id")[["rule_id", "title", "violation"]].to_dict("records")
        self.titles = {str(row["rule_id"]): str(row["title"]) for row in named}  # of checks that are no more, too
        self.titles |= {rule: entry.title for rule, entry in entries.items()}
        violations = {str(row["rule_id"]): str(row["violation"]) for row in named}
        violations |= {rule: str(entry.violation) for rule, entry in entries.items()}
        rows = _rows(counted, answer.coverage)
        of_checks = _per_school(rows, rows["rule_id"])
        of_violations = _per_school(rows, rows["rule_id"].map(violations).fillna(""))
        none = dict.fromkeys(map(str, VIOLATIONS_SHORT), FindingTally())
        pupils = _pupils(answer)
        about = (answer.term_id, answer.as_of.isoformat(), answer.edition)
        self.of = {
            school: TermTally(
                *about,
                None if pupils is None else pupils.get(school, 0),
                {number: of_violations[school].get(number, tally) for number, tally in none.items()},
                dict(sorted(checks.items())),
            )
            for school, checks in of_checks.items()
        }


def _rows(findings: pd.DataFrame, coverage: pd.DataFrame) -> pd.DataFrame:
    """What is added up: a row for each finding and for each check at a school, and each once more for the county."""
    undecided = coverage["undecided"].fillna(0).gt(0) if "undecided" in coverage else False
    status = coverage["status"].astype(object)
    made = {"made": status.isin(_MADE), "open": status.isin(labels.NOT_EXAMINED) | undecided}
    parts = [_texts(findings).assign(findings=1, made=0, open=0), _texts(coverage).assign(findings=0, **made)]
    rows = pd.concat(parts).astype({"findings": "int64", "made": "int64", "open": "int64"})
    return pd.concat([rows.assign(school_id=WHOLE_COUNTY), rows], ignore_index=True)


def _per_school(rows: pd.DataFrame, by: pd.Series[str]) -> dict[str, dict[str, FindingTally]]:
    """School, and the whole county → check or violation (``by``) → its tally."""
    sums = rows[["findings", "made", "open"]].groupby([rows["school_id"], by], sort=False).sum()
    per_school: dict[str, dict[str, FindingTally]] = {WHOLE_COUNTY: {}}
    for (school, key), *numbers in zip(sums.index, *(sums[name].tolist() for name in sums), strict=True):
        per_school.setdefault(school, {})[key] = FindingTally(*numbers)
    return per_school


def _texts(rows: pd.DataFrame) -> pd.DataFrame:
    """School and check of each row as texts, "" for none."""
    return pd.DataFrame({name: rows[name].astype("str").fillna("") for name in ("school_id", "rule_id")}, rows.index)


def _pupils(answer: Results | School) -> dict[str, int] | None:
    """School → pupils on its register; None where an earlier kit did not keep the classes."""
    try:
        classes = answer.classes
    except StoreError:
        return None
    counts = {str(school): int(n) for school, n in classes.groupby("school_id")["registered"].sum().items()}
    return counts | {WHOLE_COUNTY: sum(counts.values())}
