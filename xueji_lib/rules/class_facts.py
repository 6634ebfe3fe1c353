"""What a ledger row's class is like: its size, its seats; and what that means where the row names no class.

Classes are ``class_key`` integers. An unreadable grade or class leaves a row undecided only where one of the
classes that it may be would make it a finding.
"""

from __future__ import annotations

import numpy as np

from xueji_lib.county.cells import Cells
from xueji_lib.county.class_sizes import UNREAD, keys_it_may_be
from xueji_lib.county.kleene import Flags, Truth, not_no, open_where, truth
from xueji_lib.county.rows import Ints, Keys, SchoolCodes, class_key, grade_key, split_class_key
from xueji_lib.rules.inquiry import Inquiry
from xueji_lib.rules.seats import at_least, class_seats, seats_of, unread_classes


def may_be_one_of(school: SchoolCodes, grade: Cells, class_no: Cells, keys: Keys) -> Flags:
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


def large_class(inquiry: Inquiry, school: SchoolCodes, grade: Cells, class_no: Cells) -> tuple[Truth, Ints]:
    """Is the class that each row names a 大班额 (在读 ≥ class_large)? Second: its students, as far as certain."""
    sizes, large = inquiry.county.registry.sizes, inquiry.policy["class_large"]
    low, high = sizes.of(school, grade.values, class_no.values)
    named = at_least(low, high, large)
    keys = Keys(np.append(sizes.keys, sizes.unread))
    of_school, of_grade, of_class = split_class_key(keys)
    _, most = sizes.of(of_school, of_grade.astype(float), of_class.astype(float))
    doubt = may_be_one_of(school, grade, class_no, Keys(keys[most >= large]))
    return named | open_where(doubt), low


def over_seats(inquiry: Inquiry, school: SchoolCodes, grade: Cells, class_no: Cells) -> tuple[Truth, Ints, Ints]:
    """Are there more students 在读 in the class than it has seats? Then its seats and its students."""
    sizes = inquiry.county.registry.sizes

    def judged(keys: Keys, low: Ints, high: Ints) -> tuple[Truth, Ints]:
        fewest, most = seats_of(inquiry, keys)
        over = low > most
        return truth(over, ~over & (high > fewest)), most.astype(np.int64)

    keys = class_key(school, grade.values, class_no.values)
    low, high = sizes.of(school, grade.values, class_no.values)
    named, seats = judged(keys, low, high)
    every = [sizes.keys, sizes.unread, class_seats(inquiry)[0], unread_class_keys(inquiry)]
    listed = Keys(np.unique(np.concatenate(every)))
    of_school, of_grade, of_class = split_class_key(listed)
    least, most = sizes.of(of_school, of_grade.astype(float), of_class.astype(float))
    doubt = may_be_one_of(school, grade, class_no, Keys(listed[not_no(judged(listed, least, most)[0])]))
    return named.choose(keys != 0, open_where(doubt)), seats, low


def unread_class_keys(inquiry: Inquiry) -> Keys:
    """Keys of the classes that a 班级设置 row of an unreadable grade or class may be: in every grade that it may
    be, numbered UNREAD where it has no number."""
    return keys_it_may_be(unread_classes(inquiry))
