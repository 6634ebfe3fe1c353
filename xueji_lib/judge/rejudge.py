"""Some schools judged again, the rest taken from the answer before: the same answer, without judging the county.

``touched`` says whose answers may have changed and whom those look at. These schools are loaded whole and judged as
always; the check that is charged to the county itself (R710) is judged on all registers. Where a change may reach
further (the county's own checks, a rule that crashed, a count that every school's coverage tells), nothing is
returned, and the county is judged.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import pandas as pd

from xueji_lib.county import ALL, County
from xueji_lib.county.mismatches import UNREGISTERED
from xueji_lib.judge import engine, local_judge
from xueji_lib.judge.engine import Check
from xueji_lib.judge.results import OF_SCHOOL, Results, plain
from xueji_lib.judge.touched import State, touched
from xueji_lib.register import catalogue as catalogues
from xueji_lib.register.calendar import Calendar
from xueji_lib.register.catalogue import Catalogue
from xueji_lib.register.policy import Policy
from xueji_lib.store import Store

SHARE: Final = 0.4
"""Where more than this part of the schools has to be looked at, judging the county is as quick."""
FRAMES: Final = OF_SCHOOL


def rejudged(
    store: Store, before: Results, was: State, *, calendar: Calendar | None = None, policy: Policy | None = None
) -> Mapping[str, pd.DataFrame] | None:
    """The answer's frames as ``results.plain`` has them, for the store as it is; None where all must be judged.

    ``before`` was made from the state ``was`` by the same kit, for the same term and day.
    """
    if local_judge.load().rules or (before.coverage["status"] == "出错").any():
        return None
    now = {term: store.tables(term) for term in store.terms()}
    reach = touched(store, before.term_id, was, now)
    if reach is None or len(reach.around) > SHARE * len(before.schools):
        return None
    again = _Again(store, before, calendar or Calendar.load(), policy or Policy.load(before.edition))
    check = again.schools(reach.schools, reach.around)
    if check is None:
        return None
    fresh, of_county = {name: plain(name, getattr(check, name)) for name in FRAMES}, set(reach.schools)
    if reach.register:
        for name, frame in again.county().items():
            fresh[name] = pd.concat([fresh[name], frame])
        of_county.add("")
    if (fresh["coverage"]["status"] == "出错").any():
        return None
    return {name: _put(getattr(before, name), fresh[name], of_county) for name in FRAMES} | {"schools": before.schools}


@dataclass(frozen=True)
class _Again:
    """Judges for ``before``'s term, day and edition."""

    store: Store
    before: Results
    calendar: Calendar
    policy: Policy

    def schools(self, asked: Collection[str], around: Collection[str]) -> Check | None:
        """These schools' answers; None where a number that all schools' coverage tells has changed."""
        county = self._load([name for name in ALL if name != "residents"], around)
        county.not_loaded = {"register": self.store.schools(self.before.term_id, "register")}
        numberless = _numberless(self.before.mismatches)
        county.numberless_elsewhere = int((~numberless.isin(list(around))).sum())
        check = engine.judge(county, self._catalogue(of_county=False), self.store.root / "logs", within=asked)
        now = _numberless(plain("mismatches", check.mismatches))
        return check if len(now) == int(numberless.isin(list(asked)).sum()) else None

    def county(self) -> dict[str, pd.DataFrame]:
        """Findings and coverage that the county itself is charged with (R710)."""
        county = self._load(("register", "residents"), None, ("id_number", "name"))
        findings, coverage, _ = engine.run_rules(county, self._catalogue(of_county=True), self.store.root / "logs")
        return {"findings": plain("findings", findings), "coverage": plain("coverage", coverage)}

    def _load(self, tables: Collection[str], schools: Collection[str] | None, register: Sequence[str] = ()) -> County:
        term = self.calendar.term(self.before.term_id)
        given = (self.store, term, self.before.as_of, self.policy, self.calendar)
        return County.load(*given, tables=tables, schools=schools, register=register)

    def _catalogue(self, *, of_county: bool) -> Catalogue:
        catalogue = catalogues.load(self.before.edition)
        entries = {i: entry for i, entry in catalogue.entries.items() if entry.charged.startswith("县") == of_county}
        return replace(catalogue, entries=entries)


def _numberless(mismatches: pd.DataFrame) -> pd.Series:
    """The school of every 在校不在籍 row without a number."""
    rows = mismatches[(mismatches["kind"] == UNREGISTERED) & (mismatches["student_ref"] == "")]
    return rows["school_id"]


def _put(old: pd.DataFrame, fresh: pd.DataFrame, schools: Collection[str]) -> pd.DataFrame:
    kept = old[~old["school_id"].isin(list(schools))]
    return pd.concat([kept, fresh]).sort_values("school_id", kind="stable", ignore_index=True)
