"""From school to school, as the rules say that they look (``rules.across.Across``).

A *way* answers two questions: which schools do the answers of some schools look at (``around``), and whose answers may
a change make others (``touched``). Both are generous: what could not be read may be anything.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Final, Protocol

import pandas as pd
import pyarrow as pa

from xueji_lib.judge.change import DataChange
from xueji_lib.judge.mismatch_names import MismatchedNames
from xueji_lib.judge.shared_numbers import SharedNumbers
from xueji_lib.judge.shared_registers import SharedRegisters
from xueji_lib.judge.special_schools import SpecialSchools
from xueji_lib.judge.store_columns import StoreColumns
from xueji_lib.judge.teaching_point_pupils import TeachingPointPupils
from xueji_lib.register.identity import clean_titles
from xueji_lib.rules.across import Across


class Way(Protocol):
    """One way from school to school."""

    def around(self, schools: Collection[str]) -> set[str]:
        """The schools whose rows these schools' answers look at."""

    def touched(self, change: DataChange) -> set[str]:
        """The schools whose answers look at a row that changed, besides those whose row it is. Raises StoreError."""


class Namesakes:
    """Register rows of one name, sex and birth date, as far as these are known."""

    columns: Final = ("name", "sex", "birth_date")

    def __init__(self, store: StoreColumns) -> None:
        self._store = store

    def around(self, schools: Collection[str]) -> set[str]:
        register = self._register()
        return self._with_namesakes_of(register[register["school_id"].isin(schools)])

    def touched(self, change: DataChange) -> set[str]:
        term = self._store.term
        rows = [
            part.frame[part.changed]
            for school in sorted(change.schools_of(term, "register"))
            for part in change.rows(self._store, term, "register", school)
        ]
        return self._with_namesakes_of(pd.concat(rows, ignore_index=True)) if rows else set()

    def _register(self) -> pd.DataFrame:
        return self._store.read(self._store.term, "register", *self.columns)

    def _with_namesakes_of(self, people: pd.DataFrame) -> set[str]:
        """Schools whose register has a row that may be one of these: what is unknown may be anything."""
        register, schools = self._register(), set[str]()
        for known, rows in self._by_what_is_known(register):
            for known_too, people_rows in self._by_what_is_known(people):
                shared = [column for column in self.columns if column in known and column in known_too]
                if not shared:
                    return set(register["school_id"].unique())
                schools |= set(rows.merge(people_rows[shared].drop_duplicates(), on=shared)["school_id"].unique())
        return schools

    def _by_what_is_known(self, people: pd.DataFrame) -> Iterator[tuple[frozenset[str], pd.DataFrame]]:
        """Rows with the same columns known."""
        filled = people[list(self.columns)].notna()
        for pattern in filled.drop_duplicates().itertuples(index=False):
            known = frozenset(column for column, is_known in zip(self.columns, pattern, strict=True) if is_known)
            yield known, people[(filled == list(pattern)).all(axis=1)]


class Transfers:
    """Transfers of the term name the other school, by its name or code."""

    columns: Final = ("from_school", "to_school")

    def __init__(self, store: StoreColumns) -> None:
        self._store = store
        rows = store.read(store.term, "transfers", *self.columns)
        self._rows = rows.assign(**{column: _clean(rows[column]) for column in self.columns})
        ids = store.directory["school_id"].astype(str).tolist()
        self._called = {school: {school, name} for school, name in zip(ids, _names(store), strict=True)}

    def around(self, schools: Collection[str]) -> set[str]:
        return self._naming(schools) | self._named_in([self._rows[self._rows["school_id"].isin(schools)]])

    def touched(self, change: DataChange) -> set[str]:
        term = self._store.term
        moved = change.schools_of(term, "transfers")
        if not moved:
            return set()
        return self.around(moved) | self._named_in(self._store.versions(term, "transfers", moved, change.before))

    def _naming(self, schools: Collection[str]) -> set[str]:
        """Schools whose transfers name one of these."""
        names = set[str]().union(*(self._called.get(school, set()) for school in schools))
        hit = self._rows["from_school"].isin(names) | self._rows["to_school"].isin(names)
        return set(self._rows.loc[hit, "school_id"].unique())

    def _named_in(self, frames: Iterable[pd.DataFrame]) -> set[str]:
        """The schools of the directory that these transfers name."""
        names = {name for frame in frames for column in self.columns for name in _clean(frame[column]) if name}
        return {school for school, called in self._called.items() if called & names}


class Central:
    """The schools of one 中心校."""

    def __init__(self, store: StoreColumns) -> None:
        self._group = store.central_groups

    def around(self, schools: Collection[str]) -> set[str]:
        groups = {self._group[school] for school in schools if school in self._group}
        return {school for school, group in self._group.items() if group in groups}

    def touched(self, change: DataChange) -> set[str]:
        return self.around(change.schools)


WAYS: Final[Mapping[Across, Callable[[StoreColumns], Way]]] = {
    Across.NUMBERS: SharedNumbers,
    Across.SHARED_REGISTERS: SharedRegisters,
    Across.MISMATCHED_NAMES: MismatchedNames,
    Across.SPECIAL_SCHOOLS: SpecialSchools,
    Across.TEACHING_POINTS: TeachingPointPupils,
    Across.NAMESAKES: Namesakes,
    Across.TRANSFERS: Transfers,
    Across.CENTRAL: Central,
}
"""The ways that lead to schools. What else ``Across`` has is a fact of the whole county, told to a part of it
(``judge/part.py``)."""


def ways(across: Collection[Across], store: StoreColumns) -> list[Way]:
    """The ways from school to school that ``across`` names."""
    return [way_class(store) for name, way_class in WAYS.items() if name in across]


def around(leading: Iterable[Way], schools: Collection[str]) -> frozenset[str]:
    """These schools and all whose rows their answers look at by these ways."""
    return frozenset(schools).union(*(way.around(schools) for way in leading))


def _names(store: StoreColumns) -> list[str]:
    return _clean(store.directory["school_name"])


def _clean(names: pd.Series) -> list[str]:
    texts = [name if isinstance(name, str) else "" for name in names]
    cleaned: list[str] = clean_titles(pa.array(texts, pa.string())).to_pylist()
    return cleaned
