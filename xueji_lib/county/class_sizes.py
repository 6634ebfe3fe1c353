"""How many students 在读 a class has: certain, and at most.

Source: docs/reading-conditions.md, 1 and 5.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from xueji_lib.county.cells import Cells
from xueji_lib.county.kleene import Flags
from xueji_lib.county.rows import Ints, Keys, Rows, SchoolCodes, class_key

UNREAD = 99_998
"""Stands for the number of a class that nobody could read; no class has it."""


class _Loose(NamedTuple):
    """``n`` students 在读 whose grade or class (NaN) could not be read."""

    school: int
    grade: float
    class_no: float
    n: int


def keys_it_may_be(classes: pd.DataFrame) -> Keys:
    """Keys, each once, of the classes that rows of an unreadable grade or class (NaN; columns school, grade, class_no)
    may be: in every grade that theirs may be, numbered UNREAD where they have no number."""
    rows: Any = classes.itertuples(index=False)
    possible = [
        (row.school, grade, row.class_no if row.class_no == row.class_no else float(UNREAD))  # known: not NaN
        for row in rows
        for grade in ([row.grade] if row.grade == row.grade else range(1, 13))
    ]
    school, grade, class_no = np.array(possible, dtype=np.float64).reshape(-1, 3).T
    return Keys(np.unique(class_key(SchoolCodes(school.astype(np.int64)), grade, class_no)))


class Sizes:
    """Students 在读 a class: ``low`` are certain, up to ``high`` if unknown grades, classes or statuses fall so."""

    def __init__(self, rows: Rows, keys: Keys, enrolled: Flags, maybe_enrolled: Flags) -> None:
        grade, class_no = rows["grade"], rows["class_no"]
        possible = enrolled | maybe_enrolled
        self.keys = Keys(np.unique(keys[possible & (keys != 0)]))
        self.low = self._count(keys[enrolled & (keys != 0)])
        self.high = self._count(keys[possible & (keys != 0)])
        self._loose = self._loose_students(rows, grade, class_no, possible & (keys == 0))

    @cached_property
    def unread(self) -> Keys:
        """Keys of the classes that students of an unreadable grade or class may be in, perhaps by themselves: in
        every grade that theirs may be, numbered UNREAD where they have no number."""
        return keys_it_may_be(self._loose)

    def _count(self, keys: Ints) -> Ints:
        return np.bincount(np.searchsorted(self.keys, keys), minlength=len(self.keys)).astype(np.int64)

    @staticmethod
    def _loose_students(rows: Rows, grade: Cells, class_no: Cells, loose: Flags) -> pd.DataFrame:
        at = np.flatnonzero(loose)
        frame = pd.DataFrame({"school": rows.school[at], "grade": grade.values[at], "class_no": class_no.values[at]})
        return frame.groupby(["school", "grade", "class_no"], dropna=False).size().rename("n").reset_index()

    def of(self, school: SchoolCodes, grade: Any, class_no: Any) -> tuple[Ints, Ints]:
        """(low, high) of each named class; a class the register does not show has 0 certain students."""
        keys = class_key(school, grade, class_no)
        at = np.clip(np.searchsorted(self.keys, keys), 0, max(len(self.keys) - 1, 0))
        is_listed = (self.keys[at] == keys) if len(self.keys) else np.zeros(len(keys), dtype=bool)
        low = np.where(is_listed, self.low[at] if len(self.keys) else 0, 0)
        high = np.where(is_listed, self.high[at] if len(self.keys) else 0, 0)
        return low, high + self._loose_in(school, np.asarray(grade), np.asarray(class_no))

    def _loose_in(self, school: Ints, grade: Any, class_no: Any) -> Ints:
        extra = np.zeros(len(school), dtype=np.int64)
        row: Any
        for row in self._loose.itertuples():  # a handful of (school, grade) groups, never students
            may_hold = school == row.school
            if row.grade == row.grade:  # known, not NaN
                may_hold &= grade == row.grade
            if row.class_no == row.class_no:
                may_hold &= class_no == row.class_no
            extra += may_hold * int(row.n)
        return extra
