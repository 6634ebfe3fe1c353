"""教学点 whose pupils of the last term are on a school's register now (``Across.TEACHING_POINTS``)."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from xueji_lib.judge.change import DataChange
from xueji_lib.judge.store_columns import StoreColumns
from xueji_lib.register.calendar import previous_term_id
from xueji_lib.register.identity import NUMBER_KEYS


class TeachingPointPupils:
    """By number. Which grade is the highest of a last register depends on all of its rows: so all of it counts as
    changed. It may be any school's: which of them is a 教学点 is not asked."""

    def __init__(self, store: StoreColumns) -> None:
        self._store = store
        self._before = previous_term_id(store.term)

    def around(self, schools: Collection[str]) -> set[str]:
        register = self._store.read(self._store.term, "register", *NUMBER_KEYS)
        return self._with([register[register["school_id"].isin(schools)]], self._before)

    def touched(self, change: DataChange) -> set[str]:
        changed = change.schools_of(self._before, "register")
        if not changed:
            return set()
        now = self._store.read(self._before, "register", *NUMBER_KEYS)
        old = self._store.versions(self._before, "register", changed, change.before)
        return self._with([now[now["school_id"].isin(changed)], *old], self._store.term)

    def _with(self, frames: list[pd.DataFrame], term: str) -> set[str]:
        """Schools whose register of the term has a number of these rows."""
        register, schools = self._store.read(term, "register", *NUMBER_KEYS), set[str]()
        for kind in NUMBER_KEYS:
            keys = set[int]().union(*(frame[kind] for frame in frames)) - {0}
            schools |= set(register.loc[register[kind].isin(keys), "school_id"].unique())
        return schools
