"""Some schools judged again, the rest taken from the answer before: the same answer, without judging the county.

``touched`` says whose answers may have changed and whom those look at. These schools are loaded whole and judged as
always; what the county itself is charged with is judged on all rows of its tables. Where a change may reach further
(a check that may look at any school, a rule that crashed, a count that every school's coverage tells), nothing is
returned, and the county is judged.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pandas as pd

from xueji_lib.county import ALL
from xueji_lib.judge import engine
from xueji_lib.judge.checks import Checks
from xueji_lib.judge.engine import Check
from xueji_lib.judge.part import PartOfCounty, numberless
from xueji_lib.judge.results import OF_SCHOOL, Results, plain
from xueji_lib.judge.run import run_rules
from xueji_lib.judge.store_columns import State
from xueji_lib.judge.touched import COUNTY_TABLES, Touched, touched
from xueji_lib.register.catalogue import Catalogue
from xueji_lib.register.inspection import Yardstick
from xueji_lib.register.vocabulary import CoverageStatus
from xueji_lib.rules.across import Across
from xueji_lib.store import Store

SHARE: Final = 0.4
"""Where more than this part of the schools has to be looked at, judging the county is as quick."""
FRAMES: Final = OF_SCHOOL
_COUNTY_REGISTER: Final = (
    "school_id name former_name sex birth_date id_type id_number register_no grade class_no status"
).split()


def rejudged(
    store: Store, before: Results, was: State, *, yardstick: Yardstick | None = None
) -> Mapping[str, pd.DataFrame] | None:
    """The answer's frames as ``results.plain`` has them, for the store as it is; None where all must be judged.

    ``before`` was made from the state ``was`` by the same kit. ``yardstick``: what it was judged by (default: what its
    term, day and edition say).
    """
    if (before.coverage["status"] == CoverageStatus.CRASHED).any():
        return None
    checks = Checks.load(before.edition)
    tables = ALL if checks.local else [name for name in ALL if name != "residents"]
    part = PartOfCounty(store, yardstick or before.inspection.yardstick(), checks.columns, tables)
    now = {term: store.tables(term) for term in store.terms()}
    reach = touched(store, before.term_id, was, now, checks.across)
    if reach is None or len(reach.around) > SHARE * len(before.schools):
        return None
    fresh = _Again(part, before, checks).frames(reach)
    if fresh is None or (fresh["coverage"]["status"] == CoverageStatus.CRASHED).any():
        return None
    judged = {*reach.schools, ""} if reach.county else reach.schools
    return {name: _put(getattr(before, name), fresh[name], judged) for name in FRAMES} | {"schools": before.schools}


@dataclass(frozen=True)
class _Again:
    """Judges for the term, day and edition of the answer ``before``."""

    part: PartOfCounty
    before: Results
    checks: Checks

    def frames(self, reach: Touched) -> dict[str, pd.DataFrame] | None:
        """The answers of the schools touched, and of the county where its tables changed; None where a count that all
        schools' coverage tells has changed."""
        check = self._schools(reach)
        if check is None:
            return None
        fresh = {name: plain(name, getattr(check, name)) for name in FRAMES}
        for name, frame in (self._county() if reach.county else {}).items():
            fresh[name] = pd.concat([fresh[name], frame])
        return fresh

    def _schools(self, reach: Touched) -> Check | None:
        county = self.part.around(reach.around, self.checks.across, self.before.mismatches)
        rules = self.checks.implementations
        check = engine.judge(county, self._catalogue(of_county=False), self._logs, rules, within=reach.schools)
        if Across.NUMBERLESS in self.checks.across:
            now = len(numberless(plain("mismatches", check.mismatches)))
            if now != int(numberless(self.before.mismatches).isin(list(reach.schools)).sum()):
                return None
        return check

    def _county(self) -> dict[str, pd.DataFrame]:
        """Findings and coverage that the county itself is charged with."""
        county = self.part.load(COUNTY_TABLES, None, _COUNTY_REGISTER)
        catalogue = self._catalogue(of_county=True)
        findings, coverage, *_ = run_rules(county, catalogue, self._logs, self.checks.implementations)
        return {"findings": plain("findings", findings), "coverage": plain("coverage", coverage)}

    @property
    def _logs(self) -> Path:
        return self.part.store.root / "logs"

    def _catalogue(self, *, of_county: bool) -> Catalogue:
        entries = self.checks.catalogue.entries
        chosen = {i: entry for i, entry in entries.items() if entry.of_county == of_county}
        return replace(self.checks.catalogue, entries=chosen)


def _put(old: pd.DataFrame, fresh: pd.DataFrame, schools: Collection[str]) -> pd.DataFrame:
    rest = old[~old["school_id"].isin(list(schools))]
    return pd.concat([rest, fresh]).sort_values("school_id", kind="stable", ignore_index=True)
