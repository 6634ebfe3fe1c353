"""Does a check look further than it says? A school judged with nobody but whom the check names has to get the answer
that it gets in the whole county.

This is what holds ``across`` to the truth: for the kit's own rules in the tests, for a county's own checks where they
are tried and judged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import pandas as pd

from xueji_lib.judge.neighbours import around, ways
from xueji_lib.judge.part import PartOfCounty
from xueji_lib.judge.run import run_rules
from xueji_lib.judge.store_columns import StoreColumns
from xueji_lib.register.catalogue import Catalogue, Entry
from xueji_lib.rules.across import Across
from xueji_lib.rules.marking import Implementation


class Whole(Protocol):
    """The county's answer (``Check``, ``Results``)."""

    @property
    def findings(self) -> pd.DataFrame: ...

    @property
    def coverage(self) -> pd.DataFrame: ...

    @property
    def mismatches(self) -> pd.DataFrame: ...


@dataclass(frozen=True, slots=True)
class Further:
    """A check gives a school another answer when other schools are not there: it looks at them and does not say so."""

    rule_id: str
    school_id: str
    difference: str
    """What differs, for a developer; it may quote findings."""


def looks_further(
    part: PartOfCounty,
    whole: Whole,
    catalogue: Catalogue,
    implementations: Mapping[str, Implementation],
    schools: Collection[str],
) -> list[Further]:
    """Where checks of the catalogue look further than they say, for these schools. ``whole``: the answer of the county
    by the same catalogue, of the same store. What is charged to the county itself, and a check that says it looks
    everywhere, is not asked."""
    store = StoreColumns(
        part.store, part.yardstick.term.id, {term: part.store.tables(term) for term in part.store.terms()}
    )
    together, logs = _answers(whole.findings, whole.coverage), part.logs
    further = []
    for across, entries in _by_across(catalogue, implementations).items():
        leading = ways(across, store)
        same_reach = replace(catalogue, entries=entries)
        for school in schools:
            county = part.around(around(leading, {school}), across, whole.mismatches)
            findings, coverage, *_ = run_rules(county, same_reach, logs, implementations, {school})
            alone = _answers(findings, coverage)
            for rule_id in entries:
                difference = _difference(together[rule_id, school], alone[rule_id, school])
                if difference:
                    further.append(Further(rule_id, school, difference))
    return further


def _by_across(
    catalogue: Catalogue, implementations: Mapping[str, Implementation]
) -> dict[frozenset[Across], dict[str, Entry]]:
    """The checks that look at the same in other schools are judged at once."""
    groups: dict[frozenset[Across], dict[str, Entry]] = {}
    for rule_id, entry in catalogue.entries.items():
        implementation = implementations.get(rule_id)
        if implementation is None or entry.of_county or Across.COUNTY in implementation.across:
            continue
        groups.setdefault(implementation.across, {})[rule_id] = entry
    return groups


Answers = dict[tuple[str, str], set[str]]
"""Rule and school → what the rule says of the school: its row of coverage and its findings, a line each."""


def _answers(findings: pd.DataFrame, coverage: pd.DataFrame) -> Answers:
    answers: Answers = defaultdict(set)
    for frame in (coverage, findings):
        rows = zip(*(frame[column].tolist() for column in frame), strict=True)
        for rule_id, school, row in zip(frame["rule_id"], frame["school_id"], rows, strict=True):
            answers[rule_id, school].add(" ".join(map(str, row)))
    return answers


def _difference(together: set[str], alone: set[str]) -> str:
    lines = [f"全县：{line}" for line in sorted(together - alone)] + [
        f"单独：{line}" for line in sorted(alone - together)
    ]
    return "\n".join(lines)
