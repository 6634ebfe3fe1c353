"""What differs between two states of a store: which schools' tables, and which of their rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from xueji_lib.judge.store_columns import State, StoreColumns


class Part(NamedTuple):
    """One school's rows of a table."""

    term: str
    table: str
    school: str


class ChangedRows(NamedTuple):
    """Rows of a table that one of the two states has, and which of them the other has not just so."""

    frame: pd.DataFrame
    changed: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class DataChange:
    """``parts``: what has another version now than before."""

    before: State
    now: State
    parts: frozenset[Part]

    @property
    def schools(self) -> frozenset[str]:
        """The schools with a changed table."""
        return frozenset(part.school for part in self.parts)

    def schools_of(self, term: str, table: str) -> set[str]:
        """The schools whose rows of this table changed."""
        return {part.school for part in self.parts if (part.term, part.table) == (term, table)}

    def registers_come_or_go(self) -> bool:
        """Whether some school has a register now and had none before, or the other way round."""
        return any(
            _has_rows(self.now, part) != _has_rows(self.before, part) for part in self.parts if part.table == "register"
        )

    def rows(self, columns: StoreColumns, term: str, table: str, school: str) -> Iterator[ChangedRows]:
        """The school's rows of a table, as they are now and as they were before. Raises StoreError."""
        new = columns.versions(term, table, {school}, self.now)
        if Part(term, table, school) not in self.parts:
            yield from (ChangedRows(frame, np.zeros(len(frame), dtype=bool)) for frame in new)
            return
        old = columns.versions(term, table, {school}, self.before)
        yield from (ChangedRows(frame, _not_in(frame, old)) for frame in new)
        yield from (ChangedRows(frame, _not_in(frame, new)) for frame in old)


def between(before: State, now: State) -> DataChange | None:
    """The change; None where more than schools' own tables changed: the directory, a table of the county, a table or
    term that was never there."""
    if {term: set(tables) for term, tables in before.items()} != {term: set(tables) for term, tables in now.items()}:
        return None
    parts = frozenset(
        Part(term, table, school)
        for term, tables in now.items()
        for table, versions in tables.items()
        for school in versions.keys() | before[term][table].keys()
        if versions.get(school) != before[term][table].get(school)
    )
    if any(not part.school or part.table == "schools" for part in parts):
        return None
    return DataChange(before, now, parts)


def _has_rows(state: State, part: Part) -> bool:
    version = state[part.term][part.table].get(part.school)
    return bool(version and version["rows"])


def _not_in(rows: pd.DataFrame, others: Iterable[pd.DataFrame]) -> npt.NDArray[np.bool_]:
    """Rows that the others do not hold just so. Where in a file a row stands counts: evidence names it."""
    row_hashes = pd.util.hash_pandas_object(rows, index=False).to_numpy()
    other_hashes = [pd.util.hash_pandas_object(other, index=False).to_numpy() for other in others]
    return ~np.isin(row_hashes, np.concatenate(other_hashes)) if other_hashes else np.ones(len(rows), dtype=bool)
