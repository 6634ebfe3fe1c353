"""Schools whose registers hold one 身份证件号 (``Across.SHARED_REGISTERS``)."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from xueji_lib.judge.change import DataChange
from xueji_lib.judge.store_columns import StoreColumns


class SharedRegisters:
    """By 身份证件号 of the term's registers. Whoever shares one looks at the other's whole register (how much of it is
    the same list) and at its transfers: so all of a school's register and transfers count as changed."""

    def __init__(self, store: StoreColumns) -> None:
        self._store = store

    def around(self, schools: Collection[str]) -> set[str]:
        register = self._store.read(self._store.term, "register", "id_key")
        return self._with([register[register["school_id"].isin(schools)]])

    def touched(self, change: DataChange) -> set[str]:
        term = self._store.term
        registers = change.schools_of(term, "register")
        before = self._store.versions(term, "register", registers, change.before)
        return self.around(registers | change.schools_of(term, "transfers")) | self._with(before)

    def _with(self, frames: list[pd.DataFrame]) -> set[str]:
        register = self._store.read(self._store.term, "register", "id_key")
        keys = set().union(*(frame["id_key"] for frame in frames)) - {0}
        return set(register.loc[register["id_key"].isin(keys), "school_id"].unique())
