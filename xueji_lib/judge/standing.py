"""Where a school stands in the seven violations: now, in its last terms, and against the county's middle.

Per hundred pupils, so that schools of different size can be held side by side; no other school can be told from the
middle: it is a quartile of at least ``FEWEST`` schools, or nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from xueji_lib import local_rules
from xueji_lib.judge.results import Results, School
from xueji_lib.register import labels
from xueji_lib.register.catalogue import VIOLATIONS_SHORT

FEWEST: Final = 5
_QUARTILES: Final = {"q1": 0.25, "median": 0.5, "q3": 0.75}


@dataclass(frozen=True, slots=True)
class ViolationStanding:
    """One violation. ``rate``: findings per 100 pupils, None where no pupil is known. ``middle``: q1, median, q3 of
    rates, empty where there is none to show. ``earlier``: (term, findings, rate), oldest first. ``unlooked``: checks
    that were not made, or not of all."""

    violation: int
    count: int
    rate: float | None
    middle: Mapping[str, float]
    earlier: tuple[tuple[str, int, float | None], ...]
    unlooked: int

    @property
    def name(self) -> str:
        """The violation's number and short name."""
        return f"{labels.violation(self.violation)}、{VIOLATIONS_SHORT[self.violation]}"

    @property
    def place(self) -> str:
        """Against the middle, in words."""
        if self.rate is None or not self.middle:
            return ""
        if self.rate > self.middle["q3"]:
            return "多于四分之三的学校"
        if self.unlooked:
            return "没查全，不好比"
        if self.rate > self.middle["median"]:
            return "高于中位"
        return "不高于中位"


def lines(
    school: School, middle: Mapping[str, Any], earlier: Sequence[School] = (), now: Mapping[int, int] | None = None
) -> list[ViolationStanding]:
    """Where the school stands, one item a violation. ``middle``: as ``county_middle`` makes it; ``now``: findings by
    violation as people left them; by default all that the checks found."""
    entries = local_rules.catalogue(school.edition).entries
    gaps = school.coverage[school.coverage["status"].isin(labels.NOT_EXAMINED)]["rule_id"]
    unlooked = [entries[str(rule)].violation for rule in gaps if str(rule) in entries]
    now = _counts(school) if now is None else now
    before = [(other.term_id, _counts(other), _pupils(other)) for other in earlier]
    return [
        ViolationStanding(
            violation, now.get(violation, 0), _rate(now.get(violation, 0), _pupils(school)),
            _known(middle.get(str(violation), {}).get("rate", {})),
            tuple((term, n.get(violation, 0), _rate(n.get(violation, 0), pupils)) for term, n, pupils in before),
            unlooked.count(violation),
        )
        for violation in VIOLATIONS_SHORT
    ]  # fmt: skip


def county_middle(answer: Results, kind: str = "", settled: Collection[str] = ()) -> dict[str, Any]:
    """Quartiles of findings per school over the schools of a kind (all kinds: ""), and of rates per 100 pupils.
    ``settled``: findings that nothing counts.

    ``{"schools": n, "as_of": …, "1": {"q1", "median", "q3", "rate": {"q1", …}}, …}``; empty below ``FEWEST`` schools.
    """
    schools = answer.schools
    ids = schools.loc[schools["school_kind"] == kind, "school_id"] if kind else schools["school_id"]
    ids = ids.astype("str")
    if len(ids) < FEWEST:
        return {}
    findings = answer.findings[~answer.findings["finding_id"].isin(settled)]
    findings_per_school = findings.groupby(["school_id", "violation"]).size().unstack(fill_value=0)
    pupils = answer.classes.groupby("school_id")["registered"].sum().astype("float64")
    figures: dict[str, Any] = {"schools": len(ids), "as_of": answer.as_of.isoformat(), "kind": kind}
    for violation in VIOLATIONS_SHORT:
        counts = (
            findings_per_school.get(violation, pd.Series(dtype="int64")).reindex(ids, fill_value=0).astype("float64")
        )
        rates = (counts * 100 / pupils.reindex(ids)).replace([float("inf")], float("nan")).dropna()
        of_rates = _quartiles(rates, 2) if len(rates) >= FEWEST else {}
        figures[str(violation)] = {**_quartiles(counts, 1), "rate": of_rates}
    return figures


def _quartiles(values: pd.Series[float], digits: int) -> dict[str, float]:
    return {name: round(float(values.quantile(cut)), digits) for name, cut in _QUARTILES.items()}


def _known(middle: Mapping[str, Any]) -> Mapping[str, float]:
    quartiles = {name: float(middle[name]) for name in _QUARTILES if middle.get(name) is not None}
    return quartiles if len(quartiles) == len(_QUARTILES) else {}


def _counts(school: School) -> dict[int, int]:
    return {violation: sum(counts.values()) for violation, counts in school.counts().items()}


def _pupils(school: School) -> int:
    return int(school.classes["registered"].sum()) if len(school.classes) else 0


def _rate(count: int, pupils: int) -> float | None:
    return round(100 * count / pupils, 2) if pupils else None
