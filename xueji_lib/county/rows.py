"""Rows of one table for all schools, and the integer keys that join them.

*Row indexes* are positions of rows within a table, counted from 0; *school codes* are positions in
``County.school_ids``.
"""

from __future__ import annotations

from typing import Any, NewType

import numpy as np
import numpy.typing as npt
import pandas as pd

from xueji_lib.county.cells import Cells, column_cells
from xueji_lib.county.kleene import Flags, RowIndexes
from xueji_lib.register.schema import Table

Ints = npt.NDArray[np.int64]
SchoolCodes = NewType("SchoolCodes", Ints)
"""A school a row, as its position in ``County.school_ids``; -1 for none. mypy takes no row index and no key for it."""
Keys = NewType("Keys", Ints)
"""An integer a row that is equal where what it stands for is equal (a number, a class); 0 for nothing. mypy takes no
row index and no school code for it."""

_CLASS_ROOM = 100_000  # class numbers stay below
_OTHER_KIND = 0x5A5A_5A5A_5A5A_5A5A


class Rows:
    """The rows of one table, all schools. ``school``: a school code a row (-1: none)."""

    def __init__(self, table: Table, frame: pd.DataFrame, school_ids: pd.Index) -> None:
        self.table = table
        self.frame = frame
        self.school_ids = school_ids
        self._cells: dict[str, Cells] = {}
        self._strings: dict[str, npt.NDArray[np.object_]] = {}
        self.school = SchoolCodes(np.full(len(frame), -1, dtype=np.int64))
        if "school_id" in frame:
            ids = frame["school_id"].astype("category")
            of_category = school_ids.get_indexer(ids.cat.categories.astype(object))
            codes = np.append(of_category, -1)[ids.cat.codes.to_numpy(dtype=np.int64)]
            self.school = SchoolCodes(codes.astype(np.int64))

    def __len__(self) -> int:
        return len(self.frame)

    def __getitem__(self, column_id: str) -> Cells:
        if column_id not in self._cells:
            self._cells[column_id] = column_cells(self.table, self.frame, column_id)
        return self._cells[column_id]

    def has(self, column_id: str) -> bool:
        """Whether the frame has this column."""
        return column_id in self.frame

    def key(self, name: str) -> Keys:
        """``id_key`` or ``register_key``; zeros (no key) where the table has none."""
        if name not in self.frame:
            return Keys(np.zeros(len(self), dtype=np.int64))
        return Keys(self.frame[name].to_numpy(dtype=np.int64))

    def strings(self, column_id: str, row_indexes: RowIndexes | None = None) -> npt.NDArray[np.object_]:
        """The values of a column (of these rows; default: all) as an array of Python strings, None where a cell has no
        value."""
        if row_indexes is None:
            if column_id not in self._strings:
                self._strings[column_id] = objects(self.frame[column_id])
            return self._strings[column_id]
        if column_id in self._strings:
            return self._strings[column_id][row_indexes]
        return objects(self.frame[column_id].take(row_indexes))

    def sources(self, row_indexes: RowIndexes) -> list[str]:
        """Where each of these rows was read from, as ``file:sheet:row``."""
        part = self.frame[["_file", "_sheet", "_row"]].take(row_indexes)
        return [f"{f}:{s}:{r}" for f, s, r in zip(part["_file"], part["_sheet"], part["_row"], strict=True)]


def objects(column: pd.Series) -> npt.NDArray[np.object_]:
    """A column's values as Python objects, None for a missing one."""
    values: npt.NDArray[np.object_] = column.astype(object).to_numpy(dtype=object)
    return np.where(column.isna().to_numpy(dtype=bool), None, values)  # type: ignore[call-overload, no-any-return]


def groups(*columns: Any) -> Ints:
    """An integer a row, the number of its group: rows that are equal in all columns are one group."""
    frame = pd.DataFrame({str(i): column for i, column in enumerate(columns)})
    return np.asarray(frame.groupby(list(frame.columns), sort=False, dropna=False).ngroup(), dtype=np.int64)


class KeyIndex:
    """Finds equal keys fast. Key 0 is no key and matches nothing."""

    def __init__(self, keys: Keys) -> None:
        self._order = np.argsort(keys, kind="stable")
        self._sorted = keys[self._order]
        last = np.flatnonzero(np.append(self._sorted[1:] != self._sorted[:-1], True)) if len(keys) else np.zeros(0, int)
        self._end = np.repeat(last + 1, np.diff(last, prepend=-1))
        """For each position in ``_sorted``, where the run of equal keys that it belongs to ends."""

    def join(self, keys: Keys) -> tuple[RowIndexes, RowIndexes]:
        """All pairs (position in ``keys``, position in the index) with equal keys, as two arrays of the same length."""
        if not len(self._sorted):
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        low = np.searchsorted(self._sorted, keys, side="left")
        near = np.minimum(low, len(self._sorted) - 1)
        has_match = (self._sorted[near] == keys) & (keys != 0)
        count = np.where(has_match, self._end[near] - near, 0)
        left = np.repeat(np.arange(len(keys)), count)
        offset = np.arange(len(left)) - np.repeat(np.cumsum(count) - count, count)
        return left, self._order[np.repeat(low, count) + offset]


def distinct_pairs(left: Ints, right: Ints) -> tuple[Ints, Ints]:
    """The pairs at each position, each once, by ``left`` and then ``right``."""
    order = np.lexsort((right, left))  # np.unique(…, axis=1) compares pairs as bytes: twenty times slower
    left, right = left[order], right[order]
    differs = np.ones(len(left), dtype=bool)
    differs[1:] = (left[1:] != left[:-1]) | (right[1:] != right[:-1])
    return left[differs], right[differs]


def class_key(school: SchoolCodes, grade: Any, class_no: Any) -> Keys:
    """An integer a row that stands for its class; 0 where grade or class is unknown (NaN)."""
    unknown = np.isnan(grade) | np.isnan(class_no) | (school < 0)
    g = np.where(unknown, 0, grade).astype(np.int64)
    c = np.where(unknown, 0, class_no).astype(np.int64)
    return Keys(np.where(unknown, 0, (school * 13 + g) * _CLASS_ROOM + c + 1))


def grade_key(school: SchoolCodes, grade: Any) -> Keys:
    """An integer a row that stands for its grade in its school; 0 where the grade is unknown."""
    return class_key(school, grade, np.where(np.isnan(grade), np.nan, 0.0))


def name_key(school: Ints, codes: Ints, room: int) -> Keys:
    """An integer a row that stands for its school and name; 0 where there is no name or no school. ``codes``: of names,
    -1 for none; ``room``: a number above every code plus one (``PupilNames.room``)."""
    return Keys(np.where((codes >= 0) & (school >= 0), school * room + codes + 1, 0))


def split_class_key(keys: Keys) -> tuple[SchoolCodes, Ints, Ints]:
    """School codes, grades and class numbers of ``class_key`` values: three arrays of their length."""
    rest, class_no = np.divmod(keys - 1, _CLASS_ROOM)
    school, grade = np.divmod(rest, 13)
    return SchoolCodes(school), grade, class_no


def flagged(size: int, row_indexes: RowIndexes) -> Flags:
    """An array of ``size`` flags, true at these row indexes."""
    flags = np.zeros(size, dtype=bool)
    flags[row_indexes] = True
    return flags


def own_person(rows: Rows) -> Ints:
    """身份证件号, else 全国学籍号, else a digest of name, grade and class: who a row speaks of."""
    # A 全国学籍号 without its G is somebody's 身份证件号; the two kinds are not compared.
    number = np.where(rows.key("register_key") != 0, rows.key("register_key") ^ _OTHER_KIND, 0)
    person = np.where(rows.key("id_key") != 0, rows.key("id_key"), number)
    nameless = np.flatnonzero(person == 0)
    if len(nameless):
        digest = pd.util.hash_array(np.array([n or "" for n in rows.strings("name", nameless)], dtype=object))
        for column in ("grade", "class_no"):
            if rows.has(column):
                digest = digest * np.uint64(100_003) + np.nan_to_num(rows[column].values[nameless]).astype(np.uint64)
        person[nameless] = digest.astype(np.int64)
    return person
