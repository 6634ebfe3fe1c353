"""What a ledger row's class is like: its size, its seats; and what that means where the row names no class.

Classes are ``class_key`` integers. An unreadable grade or class leaves a row undecided only where one of the
classes that it may be would make it a finding.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from xueji_lib.county.cells import Cells, Flags, Truth, not_no, truth
from xueji_lib.county.registry import UNREAD
from xueji_lib.county.rows import Ints, class_key, grade_key, split_class_key
from xueji_lib.rules.case import Case
from xueji_lib.rules.seats import at_least, class_seats, seats_of, unread_classes


def may_be_one_of(school: Ints, grade: Cells, class_no: Cells, keys: Ints) -> Flags:
    """Per row without a known class: the class may be one of ``keys``. False for rows that name their class."""
    of_school, of_grade, of_class = split_class_key(keys)
    same_school = np.isin(school, of_school)
    same_grade = np.isin(
        grade_key(school, grade.values), class_key(of_school, of_grade.astype(float), np.zeros(len(keys)))
    )
    same_class = np.isin(
        class_key(school, np.zeros(len(school)), class_no.values),
        class_key(of_school, np.zeros(len(keys)), of_class.astype(float)),
    ) | np.isin(school, of_school[of_class == UNREAD])
    answer = np.where(grade.known, same_grade, np.where(class_no.known, same_class, same_school))
    return np.asarray(answer & ~(grade.known & class_no.known), dtype=bool)


def large_class(case: Case, school: Ints, grade: Cells, class_no: Cells) -> tuple[Truth, Ints]:
    """Is the class that each row names a 大班额 (在读 ≥ class_large)? Second: its students, as far as certain."""
    sizes, large = case.county.registry.sizes, case.policy["class_large"]
    low, high = sizes.of(school, grade.values, class_no.values)
    named = at_least(low, high, large)
    keys = np.append(sizes.keys, sizes.unread)
    of_school, of_grade, of_class = split_class_key(keys)
    _, most = sizes.of(of_school, of_grade.astype(float), of_class.astype(float))
    doubt = may_be_one_of(school, grade, class_no, keys[most >= large])
    return truth(named.yes, named.unknown | doubt), low


def over_seats(case: Case, school: Ints, grade: Cells, class_no: Cells) -> tuple[Truth, Ints, Ints]:
    """Are there more students 在读 in the class than it has seats? Then its seats and its students."""
    sizes = case.county.registry.sizes

    def judged(keys: Ints, low: Ints, high: Ints) -> tuple[Truth, Ints]:
        fewest, most = seats_of(case, keys)
        over = low > most
        return truth(over, ~over & (high > fewest)), most.astype(np.int64)

    keys = class_key(school, grade.values, class_no.values)
    low, high = sizes.of(school, grade.values, class_no.values)
    named, seats = judged(keys, low, high)
    listed = np.unique(np.concatenate([sizes.keys, sizes.unread, class_seats(case)[0], unread_class_keys(case)]))
    of_school, of_grade, of_class = split_class_key(listed)
    least, most = sizes.of(of_school, of_grade.astype(float), of_class.astype(float))
    doubt = may_be_one_of(school, grade, class_no, listed[not_no(judged(listed, least, most)[0])])
    return truth(named.yes, np.where(keys == 0, doubt, named.unknown)), seats, low


def unread_class_keys(case: Case) -> Ints:
    """Keys of the classes that a 班级设置 row of an unreadable grade or class may be: in every grade that it may
    be, numbered UNREAD where it has no number."""
    rows: Any = unread_classes(case).itertuples()
    found = [
        (row.school, grade, row.class_no if row.class_no == row.class_no else float(UNREAD))  # known: not NaN
        for row in rows
        for grade in ([row.grade] if row.grade == row.grade else range(1, 13))
    ]
    school, grade, class_no = np.array(found, dtype=np.float64).reshape(-1, 3).T
    return np.unique(class_key(school.astype(np.int64), grade, class_no))
