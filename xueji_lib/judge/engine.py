"""Catalogue × county → findings and coverage (``run``: one check), and the lists that paper needs.

Source: data contract 4.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from xueji_lib.county import County
from xueji_lib.county.mismatches import find_mismatches, find_special, no_mismatches, no_special
from xueji_lib.judge import local_across
from xueji_lib.judge.checks import Checks
from xueji_lib.judge.part import PartOfCounty
from xueji_lib.judge.run import run_rules
from xueji_lib.register.catalogue import Catalogue
from xueji_lib.register.inspection import Inspection
from xueji_lib.rules import IMPLEMENTED
from xueji_lib.rules.findings import AWAITING
from xueji_lib.rules.findings import frame as findings_frame
from xueji_lib.rules.marking import Implementation
from xueji_lib.rules.sides import sides_frame
from xueji_lib.store import Store
from xueji_lib.support.errors import UsageError


@dataclass(frozen=True)
class Check:
    """What the rules said of the county in a term on a day.

    ``findings`` and ``coverage`` have the columns of data contract 4; ``classes`` is the reconciliation class
    by class; ``schools`` the directory; ``timings`` seconds per rule; ``mismatches`` and ``special`` are the lists
    that paper needs (``mismatches.COLUMNS``, ``mismatches.SPECIAL``). ``awaiting``: what a roll-call alone brought to
    light and is no finding yet (现场发现，待学校说明; columns ``findings.AWAITING``). ``sides``: of findings that may
    exist at two schools (columns ``sides.SIDES``).
    """

    term_id: str
    as_of: dt.date
    edition: str
    findings: pd.DataFrame
    coverage: pd.DataFrame
    classes: pd.DataFrame
    schools: pd.DataFrame
    timings: Mapping[str, float]
    mismatches: pd.DataFrame = field(default_factory=no_mismatches)
    special: pd.DataFrame = field(default_factory=no_special)
    awaiting: pd.DataFrame = field(default_factory=lambda: findings_frame([], AWAITING))
    sides: pd.DataFrame = field(default_factory=lambda: sides_frame([]))

    def of_school(self, school_id: str) -> Check:
        """The same, one school's rows."""
        return self.of_schools({school_id})

    def of_schools(self, ids: Collection[str]) -> Check:
        """The same, these schools' rows ("" is the county itself)."""

        def part(frame: pd.DataFrame) -> pd.DataFrame:
            return frame[frame["school_id"].isin(list(ids))].reset_index(drop=True)

        return replace(
            self,
            findings=part(self.findings),
            coverage=part(self.coverage),
            classes=part(self.classes),
            schools=part(self.schools),
            mismatches=part(self.mismatches),
            special=part(self.special),
            awaiting=part(self.awaiting),
            sides=part(self.sides),
        )


def check(store: Store, inspection: Inspection, *, school: str | None = None) -> Check:
    """The county judged, by the catalogue and its own checks; ``school`` keeps that school's part of the same answer.

    Raises UsageError for an unknown term, school or edition.
    """
    yardstick = inspection.yardstick()
    checks = Checks.load(inspection.settled(yardstick.calendar).edition)
    if inspection.term_id not in store.terms():
        known = "、".join(store.terms()) or "（空）"
        raise UsageError(f"数据仓里没有 {inspection.term_id} 学期的数据。现有：{known}")
    county = County.load(store, yardstick, checks.columns)
    if school is not None and school not in set(county.directory["school_id"].astype(str)):
        raise UsageError(f"学校名录里没有 {school}")
    result = judge(county, checks.catalogue, store.root / "logs", checks.implementations)
    if checks.local:
        part = PartOfCounty(store, yardstick, checks.columns)
        result = checked_alone(result, part, checks.catalogue, checks.implementations)
    return result.of_school(school) if school is not None else result


def checked_alone(
    result: Check,
    part: PartOfCounty,
    catalogue: Catalogue,
    implementations: Mapping[str, Implementation],
    schools: int = local_across.SCHOOLS,
) -> Check:
    """The same, where the county's own checks that look further than they say are 出错 (``local_across``)."""
    findings, coverage = local_across.checked_alone(result, part, catalogue, implementations, schools)
    return replace(result, findings=findings, coverage=coverage)


def judge(
    county: County,
    catalogue: Catalogue,
    logs: Path,
    implementations: Mapping[str, Implementation] = IMPLEMENTED,
    within: Collection[str] | None = None,
) -> Check:
    """Run every rule of the catalogue over a loaded county. A crash goes to ``logs``, masked. ``within``: judge these
    schools alone; the others are only looked at."""
    ran = run_rules(county, catalogue, logs, implementations, within)
    check = Check(
        county.term.id,
        county.as_of,
        catalogue.edition,
        ran.findings,
        ran.coverage,
        _classes(county),
        county.directory,
        ran.timings,
        find_mismatches(county),
        find_special(county),
        ran.awaiting,
        ran.sides,
    )
    return check if within is None else check.of_schools(within)


def _classes(county: County) -> pd.DataFrame:
    table = county.tally.class_table()
    table.insert(0, "school_id", county.school_ids.to_numpy(dtype=object)[table["school"].to_numpy()])
    return table.drop(columns="school")
