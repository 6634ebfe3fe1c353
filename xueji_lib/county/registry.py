"""The register with its indexes: which row of another table is which student.

Source: docs/reading-conditions.md, 6 (same student). Matching uses known values only.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from xueji_lib.county.cells import Cells, Flags, Places, maybe, yes
from xueji_lib.county.rows import Ints, KeyIndex, Rows, class_key, flagged, own_person

UNREAD = 99_998
"""Stands for the number of a class that nobody could read; no class has it."""


@dataclass(frozen=True)
class Link:
    """Which rows of a table are which rows of the same school's register: pairs of places, and one
    register row for each left row (-1: none)."""

    left: Places
    right: Places
    first: Places


class Registry:
    """The register of a term, all schools."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows

    @cached_property
    def by_id(self) -> KeyIndex:
        return KeyIndex(self.rows.key("id_key"))

    @cached_property
    def by_no(self) -> KeyIndex:
        return KeyIndex(self.rows.key("register_key"))

    @cached_property
    def persons(self) -> Ints:
        return own_person(self.rows)

    @cached_property
    def class_keys(self) -> Ints:
        return class_key(self.rows.school, self.rows["grade"].values, self.rows["class_no"].values)

    # ---- names ----

    @cached_property
    def _names(self) -> Any:
        names = self.rows.strings("name")
        return pd.Index(pd.unique(names[pd.notna(names)]), dtype=object)

    @property
    def name_room(self) -> int:
        return len(self._names) + 1

    def name_codes(self, rows: Rows) -> Ints:
        """A code a name that stands in the register; -1 for any other."""
        return np.asarray(self._names.get_indexer(pd.Index(rows.strings("name"), dtype=object)), dtype=np.int64)

    @cached_property
    def own_name_codes(self) -> Ints:
        return self.name_codes(self.rows)

    @cached_property
    def _by_school_name(self) -> KeyIndex:
        codes = self.own_name_codes
        return KeyIndex(np.where(codes >= 0, self.rows.school * self.name_room + codes + 1, 0))

    # ---- matching ----

    def by_number(self, rows: Rows) -> tuple[Places, Places]:
        """Pairs of the same school with the same number: 身份证件号 first, 全国学籍号 for the rows
        that it finds nothing for. One number may match several register rows."""
        left, right = self.by_id.join(rows.key("id_key"))
        near = rows.school[left] == self.rows.school[right]
        left, right = left[near], right[near]
        rest = rows.key("register_key").copy()
        rest[left] = 0
        left2, right2 = self.by_no.join(rest)
        near = rows.school[left2] == self.rows.school[right2]
        return np.append(left, left2[near]), np.append(right, right2[near])

    def elsewhere(self, rows: Rows) -> tuple[Places, Places]:
        """Pairs of different schools with the same number of either kind, each pair once."""
        left, right = self.by_id.join(rows.key("id_key"))
        left2, right2 = self.by_no.join(rows.key("register_key"))
        left, right = np.append(left, left2), np.append(right, right2)
        far = rows.school[left] != self.rows.school[right]
        pairs = np.unique(np.stack([left[far], right[far]]), axis=1)
        return pairs[0], pairs[1]

    def numbers_differ(self, rows: Rows, left: Places, right: Places) -> Flags:
        """Both sides hold a number of the same kind and they differ: then a name alone proves nothing."""
        differ = np.zeros(len(left), dtype=bool)
        for kind in ("id_key", "register_key"):
            a, b = rows.key(kind)[left], self.rows.key(kind)[right]
            differ |= (a != 0) & (b != 0) & (a != b)
        return differ

    def link(self, rows: Rows) -> Link:
        """A ledger's rows ↔ the register of the same school: by number; without a comparable number by a
        name that is unique in the register (same grade and class where given)."""
        left, right = self.by_number(rows)
        todo = np.flatnonzero(~flagged(len(rows), left))
        names = self.name_codes(rows)[todo]
        a, b = self._by_school_name.join(np.where(names >= 0, rows.school[todo] * self.name_room + names + 1, 0))
        a = todo[a]
        for column in ("grade", "class_no"):
            if rows.has(column):
                given, have = rows[column], self.rows[column]
                fits = ~given.known[a] | (given.values[a] == have.values[b])
                a, b = a[fits], b[fits]
        single = np.bincount(a, minlength=len(rows))[a] == 1
        a, b = a[single], b[single]
        firm = ~self.numbers_differ(rows, a, b)
        return self.linked(len(rows), np.append(left, a[firm]), np.append(right, b[firm]))

    def linked(self, size: int, left: Places, right: Places) -> Link:
        """A Link whose ``first`` is chosen by content, so that row order does not matter."""
        first = np.full(size, -1, dtype=np.int64)
        order = np.argsort(self.persons[right], kind="stable")[::-1]
        first[left[order]] = right[order]
        return Link(left, right, first)

    # ---- class sizes ----

    @cached_property
    def enrolled(self) -> Flags:
        """在读, certainly (``status`` blank means 在读 and is stored so)."""
        return yes(self.rows["status"].eq("在读", blank=True))

    @cached_property
    def maybe_enrolled(self) -> Flags:
        return maybe(self.rows["status"].eq("在读", blank=True))

    @cached_property
    def sizes(self) -> Sizes:
        return Sizes(self)


class _Loose(NamedTuple):
    """``n`` students 在读 whose grade or class (NaN) could not be read."""

    school: int
    grade: float
    class_no: float
    n: int


class Sizes:
    """Students 在读 a class: ``low`` are certain, up to ``high`` if unknown grades, classes or statuses fall so."""

    def __init__(self, registry: Registry) -> None:
        rows = registry.rows
        grade, class_no = rows["grade"], rows["class_no"]
        possible = registry.enrolled | registry.maybe_enrolled
        keys = registry.class_keys
        self.keys = np.unique(keys[possible & (keys != 0)])
        self.low = self._count(keys[registry.enrolled & (keys != 0)])
        self.high = self._count(keys[possible & (keys != 0)])
        self._loose = self._loose_students(rows, grade, class_no, possible & (keys == 0))

    @cached_property
    def unread(self) -> Ints:
        """Keys of the classes that students of an unreadable grade or class may be in, perhaps by themselves: in
        every grade that theirs may be, numbered UNREAD where they have no number."""
        found = [
            (row.school, grade, row.class_no if row.class_no == row.class_no else float(UNREAD))
            for row in map(_Loose._make, self._loose.itertuples(index=False))
            for grade in ([row.grade] if row.grade == row.grade else range(1, 13))
        ]
        school, grade, class_no = np.array(found, dtype=np.float64).reshape(-1, 3).T
        return np.unique(class_key(school.astype(np.int64), grade, class_no))

    def _count(self, keys: Ints) -> Ints:
        return np.bincount(np.searchsorted(self.keys, keys), minlength=len(self.keys)).astype(np.int64)

    @staticmethod
    def _loose_students(rows: Rows, grade: Cells, class_no: Cells, loose: Flags) -> pd.DataFrame:
        at = np.flatnonzero(loose)
        frame = pd.DataFrame({"school": rows.school[at], "grade": grade.values[at], "class_no": class_no.values[at]})
        return frame.groupby(["school", "grade", "class_no"], dropna=False).size().rename("n").reset_index()

    def of(self, school: Ints, grade: Any, class_no: Any) -> tuple[Ints, Ints]:
        """(low, high) of each named class; a class the register does not show has 0 certain students."""
        keys = class_key(school, grade, class_no)
        at = np.clip(np.searchsorted(self.keys, keys), 0, max(len(self.keys) - 1, 0))
        found = (self.keys[at] == keys) if len(self.keys) else np.zeros(len(keys), dtype=bool)
        low = np.where(found, self.low[at] if len(self.keys) else 0, 0)
        high = np.where(found, self.high[at] if len(self.keys) else 0, 0)
        return low, high + self._loose_in(school, np.asarray(grade), np.asarray(class_no))

    def _loose_in(self, school: Ints, grade: Any, class_no: Any) -> Ints:
        extra = np.zeros(len(school), dtype=np.int64)
        row: Any
        for row in self._loose.itertuples():  # a handful of (school, grade) groups, never students
            here = school == row.school
            if row.grade == row.grade:  # known, not NaN
                here &= grade == row.grade
            if row.class_no == row.class_no:
                here &= class_no == row.class_no
            extra += here * int(row.n)
        return extra
