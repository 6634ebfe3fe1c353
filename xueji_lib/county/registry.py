"""The register with its indexes: which row of another table is which student.

Source: docs/reading-conditions.md, 6 (same student). Matching uses known values only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from xueji_lib.county.class_sizes import Sizes
from xueji_lib.county.kleene import Flags, RowIndexes, Truth, maybe, truth, yes
from xueji_lib.county.pupil_names import Old, PupilNames
from xueji_lib.county.rows import Ints, KeyIndex, Keys, Rows, class_key, distinct_pairs, flagged, name_key, own_person
from xueji_lib.register.identity import NUMBER_KEYS
from xueji_lib.register.vocabulary import StudentStatus


@dataclass(frozen=True)
class Link:
    """Which rows of a table are which rows of the same school's register: pairs of row indexes (``left`` of the
    table, ``right`` of the register), and ``first``, one register row for each row of the table (-1: none)."""

    left: RowIndexes
    right: RowIndexes
    first: RowIndexes


class Registry:
    """The register of a term, all schools."""

    def __init__(self, rows: Rows, old_names: Callable[[Registry], Old] | None = None) -> None:
        """``old_names``: what gives names that some rows had before (``PupilNames``)."""
        self.rows = rows
        self._old_names = old_names
        self._elsewhere: dict[int, tuple[Rows, tuple[RowIndexes, RowIndexes]]] = {}

    @cached_property
    def by_id(self) -> KeyIndex:
        """The register's rows by 身份证件号."""
        return KeyIndex(self.rows.key("id_key"))

    @cached_property
    def by_no(self) -> KeyIndex:
        """The register's rows by 全国学籍号."""
        return KeyIndex(self.rows.key("register_key"))

    @cached_property
    def persons(self) -> Ints:
        """An integer a register row: whom it is about (``own_person``)."""
        return own_person(self.rows)

    @cached_property
    def on_register(self) -> Truth:
        """Per row: 在籍. Who surely departed is not among the rows; whose 学生状态 could not be read may have."""
        everyone = np.ones(len(self.rows), dtype=bool)
        return truth(everyone, self.rows["status"].unknown if self.rows.has("status") else None)

    @property
    def surely_on_register(self) -> Flags:
        """A flag a row: it is certainly 在籍."""
        return yes(self.on_register)

    @cached_property
    def numberless(self) -> Flags:
        """A flag a row: it has no known number of either kind, so that in another term or school nobody is it."""
        return np.asarray((self.rows.key("id_key") == 0) & (self.rows.key("register_key") == 0))

    @cached_property
    def class_keys(self) -> Keys:
        """The class key of each register row; 0 where grade or class is unknown."""
        return class_key(self.rows.school, self.rows["grade"].values, self.rows["class_no"].values)

    # ---- names ----

    @cached_property
    def names(self) -> PupilNames:
        """The pupils' names."""
        return PupilNames(self.rows, self._old_names(self) if self._old_names else None)

    @property
    def name_room(self) -> int:
        """A number above every name code plus one, to make one key of a school and a name."""
        return self.names.room

    @property
    def own_name_codes(self) -> Ints:
        """The name code of each register row's 姓名; -1 where there is no name."""
        return self.names.own

    @cached_property
    def _by_school_name(self) -> KeyIndex:
        names = self.names
        return KeyIndex(name_key(self.rows.school[names.rows], names.codes, names.room))

    # ---- matching ----

    def by_number(self, rows: Rows) -> tuple[RowIndexes, RowIndexes]:
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

    def elsewhere(self, rows: Rows) -> tuple[RowIndexes, RowIndexes]:
        """Pairs of different schools with the same number of either kind, each pair once."""
        if id(rows) not in self._elsewhere:
            everyone = np.arange(len(rows))
            numbers = [(everyone, rows.key(kind)) for kind in NUMBER_KEYS]
            self._elsewhere[id(rows)] = rows, self.with_numbers(rows.school, numbers)
        return self._elsewhere[id(rows)][1]

    def with_numbers(self, school: Ints, numbers: Sequence[tuple[RowIndexes, Ints]]) -> tuple[RowIndexes, RowIndexes]:
        """Pairs of different schools with the same number, each pair once. ``school``: of each row that is compared
        with the register; ``numbers``: rows and their keys, 身份证件号 and 全国学籍号."""
        left, right = [], []
        for (at, keys), index in zip(numbers, (self.by_id, self.by_no), strict=True):
            a, b = index.join(Keys(keys))
            far = school[at[a]] != self.rows.school[b]
            left.append(at[a][far])
            right.append(b[far])
        return distinct_pairs(np.concatenate(left), np.concatenate(right))

    def numbers_differ(self, rows: Rows, left: RowIndexes, right: RowIndexes) -> Flags:
        """A flag a pair: both sides hold a number of the same kind and they differ. Then a name proves nothing."""
        differ = np.zeros(len(left), dtype=bool)
        for kind in NUMBER_KEYS:
            a, b = rows.key(kind)[left], self.rows.key(kind)[right]
            differ |= (a != 0) & (b != 0) & (a != b)
        return differ

    def link(self, rows: Rows) -> Link:
        """A ledger's rows ↔ the register of the same school: by number; without a comparable number by a
        name that is unique in the register (same grade and class where given; those of a 休复学 row are of another
        time and exclude nobody)."""
        left, right = self.by_number(rows)
        todo = np.flatnonzero(~flagged(len(rows), left))
        names = self.names.of(rows, todo)
        a, of = self._by_school_name.join(name_key(rows.school[todo], names, self.name_room))
        a, b = todo[a], self.names.rows[of]
        for column in ("grade", "class_no") if rows.table.id != "suspensions" else ():
            if rows.has(column):
                ledger_cells, register_cells = rows[column], self.rows[column]
                fits = ~ledger_cells.known[a] | (ledger_cells.values[a] == register_cells.values[b])
                a, b = a[fits], b[fits]
        single = np.bincount(a, minlength=len(rows))[a] == 1
        a, b = a[single], b[single]
        firm = ~self.numbers_differ(rows, a, b)
        return self.linked(len(rows), np.append(left, a[firm]), np.append(right, b[firm]))

    def linked(self, size: int, left: RowIndexes, right: RowIndexes) -> Link:
        """A Link whose ``first`` is chosen by content, so that row order does not matter."""
        first = np.full(size, -1, dtype=np.int64)
        order = np.argsort(self.persons[right], kind="stable")[::-1]
        first[left[order]] = right[order]
        return Link(left, right, first)

    # ---- class sizes ----

    @cached_property
    def enrolled(self) -> Flags:
        """A flag a register row: it is certainly 在读 (``status`` blank means 在读 and is stored so)."""
        return yes(self.rows["status"].eq(StudentStatus.ENROLLED, blank=True))

    @cached_property
    def maybe_enrolled(self) -> Flags:
        """A flag a register row: whether it is 在读 cannot be decided."""
        return maybe(self.rows["status"].eq(StudentStatus.ENROLLED, blank=True))

    @cached_property
    def sizes(self) -> Sizes:
        """The sizes of the register's classes."""
        return Sizes(self.rows, self.class_keys, self.enrolled, self.maybe_enrolled)
