"""A county's own checks held to what they say they look at in other schools (``@local_rule(…, across=…)``).

Nobody has to say it; a check that does not may look at every school, and costs the county a whole judging after every
change. One that says it and looks further is 出错: its findings would depend on which schools were judged with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import pandas as pd

from xueji_lib.judge.alone import Whole, looks_further
from xueji_lib.judge.part import PartOfCounty
from xueji_lib.local_rules import is_own
from xueji_lib.register.catalogue import Catalogue
from xueji_lib.register.vocabulary import CoverageStatus
from xueji_lib.rules.across import Across
from xueji_lib.rules.marking import Implementation

SCHOOLS: Final = 3
"""So many schools are judged alone, first those of which the check says most: a finding that rests on another school's
row is not there without it."""


def checked_alone(
    whole: Whole, part: PartOfCounty, catalogue: Catalogue, implementations: Mapping[str, Implementation], schools: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Findings and coverage, where the county's own checks that look further than they say are 出错. ``schools``: how
    many are judged alone for each check; the answer is the same whatever the order of files."""
    findings, coverage = whole.findings, whole.coverage
    for rule_id, entry in catalogue.entries.items():
        if not is_own(rule_id) or rule_id not in implementations or Across.COUNTY in implementations[rule_id].across:
            continue
        rows = coverage[(coverage["rule_id"] == rule_id) & (coverage["status"] != CoverageStatus.CRASHED)]
        subjects = rows["findings"] + rows["undecided"]
        school_ids = rows.assign(n=subjects).sort_values(["n", "school_id"], ascending=[False, True])["school_id"]
        only = replace(catalogue, entries={rule_id: entry})
        if further := looks_further(part, whole, only, implementations, school_ids.head(schools).tolist()):
            coverage = _failed(coverage, rule_id, _reason(further[0].school_id))
            findings = findings[findings["rule_id"] != rule_id].reset_index(drop=True)
    return findings, coverage


def _reason(school_id: str) -> str:
    return (
        f"检查程序出错：across 里没有写的别校的行，这条也看了（单独判 {school_id} 一所，结果就不同）。"
        "在 @local_rule 的 across 里写全，或者去掉 across 这一项"
    )


def _failed(coverage: pd.DataFrame, rule_id: str, reason: str) -> pd.DataFrame:
    failed = coverage["rule_id"] == rule_id
    failed &= ~coverage["status"].isin([CoverageStatus.NOT_APPLICABLE, CoverageStatus.NO_DATA])
    return coverage.assign(
        status=coverage["status"].mask(failed, CoverageStatus.CRASHED),
        reason=coverage["reason"].mask(failed, reason),
        **{name: coverage[name].mask(failed, 0) for name in ("population", "findings", "undecided")},
    )
