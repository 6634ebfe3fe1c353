"""特殊教育学校, at which every school may have pupils (``Across.SPECIAL_SCHOOLS``)."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property

from xueji_lib.judge.change import DataChange
from xueji_lib.judge.store_columns import StoreColumns
from xueji_lib.register.vocabulary import Situation


class SpecialSchools:
    """All of them; and who says that pupils are there."""

    def __init__(self, store: StoreColumns) -> None:
        self._store = store

    @cached_property
    def _special(self) -> set[str]:
        directory = self._store.store.directory(self._store.term, ["school_id", "school_kind"])
        return set(directory.loc[directory["school_kind"].astype(str) == "特殊教育学校", "school_id"].astype(str))

    def around(self, schools: Collection[str]) -> set[str]:  # noqa: ARG002 - a Way: whoever asks looks at all of them
        return self._special

    def touched(self, change: DataChange) -> set[str]:
        term = self._store.term
        moved = {
            school for table in ("headcount", "rollcalls", "register") for school in change.schools_of(term, table)
        }
        if not self._special & moved:
            return set()
        counted = [self._store.read(term, table, "situation") for table in ("headcount", "rollcalls")]
        return {
            school
            for rows in counted
            for school in rows.loc[rows["situation"] == Situation.SPECIAL_SCHOOL, "school_id"].unique()
        }
