"""特殊教育学校, at which every school may have pupils (``Across.SPECIAL_SCHOOLS``)."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property

from xueji_lib.judge.change import DataChange
from xueji_lib.judge.store_columns import StoreColumns
from xueji_lib.register.vocabulary import SchoolKind, Situation


class SpecialSchools:
    """All of them, with the schools of their 中心校, whose registers say what numbers a pupil has whom they count; and
    who says that pupils are there."""

    def __init__(self, store: StoreColumns) -> None:
        self._store = store

    @cached_property
    def _looked_at(self) -> set[str]:
        directory = self._store.store.directory(self._store.term, ["school_id", "school_kind"])
        kind, group = directory["school_kind"].astype(str), self._store.central_groups
        special = set(directory.loc[kind == SchoolKind.SPECIAL, "school_id"].astype(str))
        groups = {group[school] for school in special if school in group}
        return special | {school for school, number in group.items() if number in groups}

    def around(self, schools: Collection[str]) -> set[str]:  # noqa: ARG002 - a Way: whoever asks looks at all of them
        return self._looked_at

    def touched(self, change: DataChange) -> set[str]:
        term = self._store.term
        moved = {
            school for table in ("headcount", "rollcalls", "register") for school in change.schools_of(term, table)
        }
        if not self._looked_at & moved:
            return set()
        counted = [self._store.read(term, table, "situation") for table in ("headcount", "rollcalls")]
        return {
            school
            for rows in counted
            for school in rows.loc[rows["situation"] == Situation.SPECIAL_SCHOOL, "school_id"].unique()
        }
