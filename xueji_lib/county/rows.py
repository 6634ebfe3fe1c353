"""Rows of one table for all schools, and the integer keys that join them.

*Places* are row numbers within a table; *school codes* are positions in ``County.school_ids``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from xueji_lib.county.cells import Cells, Flags, Places, Truth, column_cells, not_no, truth, yes
from xueji_lib.register.schema import Table

Ints = npt.NDArray[np.int64]

_CLASS_ROOM = 100_000  # class numbers stay below


class Rows:
    """The rows of one table, all schools. ``school``: a school code a row (-1: none)."""

    def __init__(self, table: Table, frame: pd.DataFrame, school_ids: pd.Index) -> None:
        self.table = table
        self.frame = frame
        self._cells: dict[str, Cells] = {}
        self._strings: dict[str, npt.NDArray[np.object_]] = {}
        self.school: Ints = np.full(len(frame), -1, dtype=np.int64)
        if "school_id" in frame:
            ids = frame["school_id"].astype("category")
            of_category = school_ids.get_indexer(ids.cat.categories.astype(object))
            self.school = np.append(of_category, -1)[ids.cat.codes.to_numpy(dtype=np.int64)].astype(np.int64)

    def __len__(self) -> int:
        return len(self.frame)

    def __getitem__(self, column_id: str) -> Cells:
        if column_id not in self._cells:
            self._cells[column_id] = column_cells(self.table, self.frame, column_id)
        return self._cells[column_id]

    def has(self, column_id: str) -> bool:
        return column_id in self.frame

    def key(self, name: str) -> Ints:
        """``id_key`` or ``register_key``; zeros (no key) where the table has none."""
        if name not in self.frame:
            return np.zeros(len(self), dtype=np.int64)
        keys: Ints = self.frame[name].to_numpy(dtype=np.int64)
        return keys

    def strings(self, column_id: str, places: Places | None = None) -> npt.NDArray[np.object_]:
        """The values (at these places) as Python strings, None where there is none."""
        if places is None:
            if column_id not in self._strings:
                self._strings[column_id] = objects(self.frame[column_id])
            return self._strings[column_id]
        if column_id in self._strings:
            return self._strings[column_id][places]
        return objects(self.frame[column_id].take(places))

    def sources(self, places: Places) -> list[str]:
        """file:sheet:row of each place."""
        part = self.frame[["_file", "_sheet", "_row"]].take(places)
        return [f"{f}:{s}:{r}" for f, s, r in zip(part["_file"], part["_sheet"], part["_row"], strict=True)]


def objects(column: pd.Series) -> npt.NDArray[np.object_]:
    """A column's values as Python objects, None for a missing one."""
    values: npt.NDArray[np.object_] = column.astype(object).to_numpy(dtype=object)
    return np.where(column.isna().to_numpy(dtype=bool), None, values)  # type: ignore[call-overload, no-any-return]


def groups(*columns: Any) -> Ints:
    """The number of each row's group: rows equal in all columns share one."""
    frame = pd.DataFrame({str(i): column for i, column in enumerate(columns)})
    return np.asarray(frame.groupby(list(frame.columns), sort=False, dropna=False).ngroup(), dtype=np.int64)


class KeyIndex:
    """Finds equal keys fast. Key 0 is no key and matches nothing."""

    def __init__(self, keys: Ints) -> None:
        self._order = np.argsort(keys, kind="stable")
        self._sorted = keys[self._order]
        last = np.flatnonzero(np.append(self._sorted[1:] != self._sorted[:-1], True)) if len(keys) else np.zeros(0, int)
        self._end = np.repeat(last + 1, np.diff(last, prepend=-1))
        """Where the run of equal keys that a place belongs to ends."""

    def join(self, keys: Ints) -> tuple[Places, Places]:
        """All pairs (place in ``keys``, place in the index) with equal keys."""
        if not len(self._sorted):
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        low = np.searchsorted(self._sorted, keys, side="left")
        near = np.minimum(low, len(self._sorted) - 1)
        found = (self._sorted[near] == keys) & (keys != 0)
        count = np.where(found, self._end[near] - near, 0)
        left = np.repeat(np.arange(len(keys)), count)
        offset = np.arange(len(left)) - np.repeat(np.cumsum(count) - count, count)
        return left, self._order[np.repeat(low, count) + offset]


def class_key(school: Ints, grade: Any, class_no: Any) -> Ints:
    """One integer a class; 0 where grade or class is unknown (NaN)."""
    unknown = np.isnan(grade) | np.isnan(class_no) | (school < 0)
    g = np.where(unknown, 0, grade).astype(np.int64)
    c = np.where(unknown, 0, class_no).astype(np.int64)
    return np.where(unknown, 0, (school * 13 + g) * _CLASS_ROOM + c + 1)


def grade_key(school: Ints, grade: Any) -> Ints:
    """One integer a school's grade; 0 where the grade is unknown."""
    return class_key(school, grade, np.where(np.isnan(grade), np.nan, 0.0))


def split_class_key(keys: Ints) -> tuple[Ints, Ints, Ints]:
    """School code, grade, class number of ``class_key`` values."""
    rest, class_no = np.divmod(keys - 1, _CLASS_ROOM)
    school, grade = np.divmod(rest, 13)
    return school, grade, class_no


def any_of(size: int, places: Places, values: Truth) -> Truth:
    """Kleene's OR of ``values`` (one a pair), gathered by ``places`` into an array of ``size``."""
    certain = np.zeros(size, dtype=bool)
    possible = np.zeros(size, dtype=bool)
    certain[places[yes(values)]] = True
    possible[places[not_no(values)]] = True
    return truth(certain, possible & ~certain)


def flagged(size: int, places: Places) -> Flags:
    """True at these places."""
    flags = np.zeros(size, dtype=bool)
    flags[places] = True
    return flags


def own_person(rows: Rows) -> Ints:
    """身份证件号, else 全国学籍号, else a digest of name, grade and class: who a row speaks of."""
    person = np.where(rows.key("id_key") != 0, rows.key("id_key"), rows.key("register_key"))
    nameless = np.flatnonzero(person == 0)
    if len(nameless):
        digest = pd.util.hash_array(np.array([n or "" for n in rows.strings("name", nameless)], dtype=object))
        for column in ("grade", "class_no"):
            if rows.has(column):
                digest = digest * np.uint64(100_003) + np.nan_to_num(rows[column].values[nameless]).astype(np.uint64)
        person[nameless] = digest.astype(np.int64)
    return person
