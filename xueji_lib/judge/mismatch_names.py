"""Schools that have pupils of one name who are or may be 人籍不一致 (``Across.MISMATCHED_NAMES``).

Who is 人籍不一致 is the county's to say; here it is enough to leave out whom a number, or a name that stands once on
both sides, surely finds on the register. Who is away has all names that a register row may lend: 姓名, 曾用名, and that
of before a change.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from xueji_lib.judge.change import DataChange
from xueji_lib.judge.store_columns import State, StoreColumns
from xueji_lib.register.identity import NUMBER_KEYS, clean_names
from xueji_lib.register.vocabulary import DEPARTED, ChangedField, Presence

_COUNTED: Final = ("headcount", "rollcalls")
_HEADCOUNT: Final = ("name", *NUMBER_KEYS, "presence", "grade")
_REGISTER: Final = ("name", "former_name", *NUMBER_KEYS, "grade", "status")
_CHANGES: Final = ("field", "before", *NUMBER_KEYS)
_AWAY, _HERE = "away", "here"


class MismatchedNames:
    """A pupil who is away at one school may be one who is a stranger at another; who else has one of the names decides
    whether that can be said."""

    def __init__(self, store: StoreColumns) -> None:
        self._store = store
        self._place: Mapping[str, Any] = store.central_groups

    def around(self, schools: Collection[str]) -> set[str]:
        return self._sharing(schools, self._now)

    def touched(self, change: DataChange) -> set[str]:
        moved = {part.school for part in change.parts if part.table in (*_COUNTED, "register", "changes")}
        if not moved:
            return set()
        before = self._people(change)
        before["pupil"] += int(self._now["pupil"].max() or 0) + 1 if len(self._now) else 0
        return self._sharing(moved, pd.concat([self._now, before], ignore_index=True))

    def _sharing(self, schools: Collection[str], people: pd.DataFrame) -> set[str]:
        """Schools that have a pupil of a name of these schools' pupils, or of a name that such a pupil has besides,
        where both kinds bear it."""
        places = {self._place.get(school, school) for school in schools}
        names = people.loc[people["place"].isin(places), "name"]
        pupils = people.loc[people["name"].isin(names), "pupil"]
        near = people[people["name"].isin(people.loc[people["pupil"].isin(pupils), "name"])]
        both = near.groupby("name")["kind"].nunique()
        wanted = set(near.loc[near["name"].isin(both.index[both == 2]), "place"].unique())
        return {school for school, place in self._place.items() if place in wanted}

    @cached_property
    def _now(self) -> pd.DataFrame:
        return self._people(None)

    def _people(self, change: DataChange | None) -> pd.DataFrame:
        """The county's pupils who may be 人籍不一致, as they are, or as they were before the change."""
        term = self._store.term
        counted = pd.concat([self._rows(term, table, _HEADCOUNT, change) for table in _COUNTED], ignore_index=True)
        register = self._rows(term, "register", _REGISTER, change)
        register = register[~register["status"].isin([str(status) for status in DEPARTED])].reset_index(drop=True)
        terms = sorted(other for other in self._store.now if other <= term)
        changes = pd.concat([self._rows(other, "changes", _CHANGES, change) for other in terms], ignore_index=True)
        return _mismatched(counted, register, _names(register, changes[changes["field"] == ChangedField.NAME]))

    def _rows(self, term: str, table: str, columns: tuple[str, ...], change: DataChange | None) -> pd.DataFrame:
        """These columns of all schools' rows, and their ``place``: what stands for the 中心校, whose schools are one
        here. Raises StoreError."""
        rows = self._store.read(term, table, *columns)
        if change is not None and (moved := change.schools_of(term, table)):
            versions: State = change.before
            old = self._store.versions(term, table, moved, versions)
            rows = pd.concat([rows[~rows["school_id"].isin(moved)], *old], ignore_index=True)
        rows = rows.reindex(columns=["school_id", *columns])
        rows = rows.assign(**{kind: rows[kind].fillna(0).astype(np.int64) for kind in NUMBER_KEYS})
        return rows.assign(place=[self._place.get(school, school) for school in rows["school_id"].astype(str)])


def _names(register: pd.DataFrame, renamed: pd.DataFrame) -> pd.DataFrame:
    """row, name, old: the names of each register row, and whether that is one of before."""
    numbered = register.reset_index(names="row")
    texts = [text if isinstance(text, str) else "" for text in renamed["before"]]
    before = renamed.assign(before=clean_names(pa.array(texts, pa.string())).to_pylist())
    parts = [
        numbered[["row", "name"]].assign(old=False),
        numbered[["row", "former_name"]].rename(columns={"former_name": "name"}).assign(old=True),
    ]
    for kind in NUMBER_KEYS:
        some = before.loc[(before[kind] != 0) & (before["before"] != ""), ["school_id", kind, "before"]]
        rows = numbered[["row", "school_id", kind]].merge(some, on=["school_id", kind])
        parts.append(rows[["row", "before"]].rename(columns={"before": "name"}).assign(old=True))
    names = pd.concat(parts, ignore_index=True)
    return names[names["name"].notna()].drop_duplicates()


def _mismatched(counted: pd.DataFrame, register: pd.DataFrame, names: pd.DataFrame) -> pd.DataFrame:
    """place, kind, name, pupil of whoever may be 人籍不一致: away by the headcount, or in class and perhaps not on the
    register; a row a name. ``names``: of the register's rows (``_names``)."""
    away = counted[counted["presence"] != Presence.PRESENT].reset_index(names="pupil")
    numbered = register.reset_index(names="row")
    listed = [
        away[["pupil", "place", kind]].merge(
            numbered.loc[numbered[kind] != 0, ["row", "place", kind]], on=["place", kind]
        )
        for kind in NUMBER_KEYS
    ]
    called = names.merge(numbered[["row", "school_id"]], on="row")
    listed.append(away[["pupil", "school_id", "name"]].merge(called, on=["school_id", "name"]))
    rows = pd.concat([part[["pupil", "row"]] for part in listed], ignore_index=True).drop_duplicates()
    lent = rows.merge(names, on="row").merge(away[["pupil", "place"]], on="pupil")
    here = counted[counted["presence"] != Presence.ABSENT]
    sure = register[register["status"].notna()]
    old = names.loc[names["old"], "name"]
    known = _by_number(here, sure) | _by_name(here, counted, register, old)
    parts = [
        away.assign(kind=_AWAY),
        lent.assign(kind=_AWAY),
        here[~known].reset_index(names="pupil").assign(kind=_HERE),
    ]
    people = pd.concat([part[["place", "kind", "name", "pupil"]] for part in parts], ignore_index=True)
    return people[people["name"].notna()].drop_duplicates(ignore_index=True)


def _by_number(rows: pd.DataFrame, others: pd.DataFrame) -> pd.Series:
    """Rows of which a number stands in the others' rows of the same 中心校."""
    known = pd.Series(False, index=rows.index)
    for kind in NUMBER_KEYS:
        pairs = pd.MultiIndex.from_frame(others.loc[others[kind] != 0, ["place", kind]])
        known |= pd.MultiIndex.from_frame(rows[["place", kind]]).isin(pairs)
    return known


def _by_name(
    here: pd.DataFrame, counted: pd.DataFrame, register: pd.DataFrame, old_names: Collection[str]
) -> pd.Series:
    """Rows without a number whose name stands once in the headcount of their school and once in its register, in one
    grade, for a pupil whose numbers nobody else of the headcounts has."""
    named = ["school_id", "name"]
    once = ~counted.duplicated(named, keep=False).reindex(here.index) & ~here["name"].isin(old_names)
    once &= (here[list(NUMBER_KEYS)] == 0).all(axis=1)
    listed = register[~register.duplicated(named, keep=False) & register["status"].notna()]
    listed = listed[~_by_number(listed, counted)]
    pairs = pd.MultiIndex.from_frame(listed[[*named, "grade"]].dropna())
    return once & pd.MultiIndex.from_frame(here[[*named, "grade"]]).isin(pairs)
