"""How many pupils: what the reconciliation says where only numbers are asked for.

Lookalikes whom nothing tells apart count one to one, in any order: who of them is absent is undecided, how many are is
not. A leftover is undecided here too. Source: docs/reading-conditions.md, 5, 6 and 13.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pandas as pd

from xueji_lib.county.kleene import Flags, RowIndexes, Truth, any_of, not_no, open_where, truth, yes
from xueji_lib.county.reconcile import Reconciled
from xueji_lib.county.rows import Ints, Rows, class_key, split_class_key


class Tally:
    """Answers to be counted, by class or school; which of two namesakes has one says nothing."""

    def __init__(self, reconciled: Reconciled) -> None:
        self._reconciled = reconciled
        self._namesakes = reconciled.matches.namesakes

    @cached_property
    def absent(self) -> Truth:
        """Per register row: 在籍不在校. Who is on leave is not (``on_leave``)."""
        return self._absent(self._reconciled.registered_absent, with_leave=False)

    @cached_property
    def on_leave(self) -> Truth:
        """Per register row: 在籍不在校 were it not for the leave. R204 takes all of these in, or none of them. Who is
        perhaps 在籍不在校 is counted there, and not once more here."""
        reconciled, register = self._reconciled, self._reconciled.registry.rows
        left, right = reconciled.pairs
        says_absent = any_of(len(register), right, ~reconciled.present[left])
        away = says_absent & ~reconciled.says_present & reconciled.registry.on_register
        return self._absent(away, with_leave=True) & truth(~not_no(self.absent))

    @cached_property
    def unregistered(self) -> Truth:
        """Per headcount row: 在校不在籍."""
        answer = self._reconciled.present_unregistered
        if not len(self._namesakes.left):
            return answer
        left, rank = self._left
        group = self._group_of_left
        here = self._count(~yes(~self._reconciled.present))
        beyond = np.maximum(self._namesakes.n_left - self._namesakes.n_right, 0)
        beyond = np.where(self._unsettled, here, np.minimum(here, beyond))
        perhaps = (rank >= (here - beyond)[group]) & (rank < here[group])
        return _replaced(answer, left, open_where(perhaps))

    def _absent(self, firm: Truth, *, with_leave: bool) -> Truth:
        if not len(self._namesakes.left):
            return firm
        reconciled, namesakes = self._reconciled, self._namesakes
        right, rank = self._right
        group, partner = self._group_of_right, self._partners
        by = np.maximum(partner, 0)
        absent = ~reconciled.present[by] if with_leave else reconciled.absent_by(by, right)
        absent = (absent & truth(partner >= 0)).doubted(self._unsettled[group])
        away = self._count(~yes(reconciled.present))
        more = (namesakes.n_left > namesakes.n_right) | self._unsettled
        perhaps = more[group] & (namesakes.n_right[group] - 1 - rank < away[group])
        # The row at another school of the 中心校 may say that a namesake is present.
        here = reconciled.registry.on_register & ~reconciled.says_present
        answer = (absent | open_where(perhaps)) & here[right]
        return _replaced(firm, right, answer)

    # ---- namesakes one to one: those present first, so that nobody is absent who need not be ----

    @cached_property
    def _left(self) -> tuple[RowIndexes, Ints]:
        """Lookalikes' headcount rows by group, and the rank of each in its group."""
        left, group = self._namesakes.left, self._namesakes.left_group
        present = self._reconciled.present
        order = np.lexsort([left, yes(~present)[left], ~yes(present)[left], group])
        return left[order], _ranks(group[order])

    @property
    def _group_of_left(self) -> Ints:
        return np.sort(self._namesakes.left_group)

    @cached_property
    def _right(self) -> tuple[RowIndexes, Ints]:
        """Lookalikes' register rows by group, and the rank of each in its group."""
        right, group = self._namesakes.right, self._namesakes.right_group
        registry = self._reconciled.registry
        order = np.lexsort([registry.persons[right], registry.class_keys[right], group])
        return right[order], _ranks(group[order])

    @property
    def _group_of_right(self) -> Ints:
        return np.sort(self._namesakes.right_group)

    @cached_property
    def _partners(self) -> RowIndexes:
        """Per register row of ``_right`` the headcount row of its rank; -1 where there are not so many."""
        begin = np.cumsum(self._namesakes.n_left) - self._namesakes.n_left
        group, rank = self._group_of_right, self._right[1]
        left = self._left[0]
        at = np.minimum((begin[group] + rank), len(left) - 1)
        return np.where(rank < self._namesakes.n_left[group], left[at], -1)

    def _count(self, flags: Flags) -> Ints:
        """By group, its headcount rows with the flag."""
        namesakes = self._namesakes
        return np.bincount(namesakes.left_group[flags[namesakes.left]], minlength=len(namesakes.odd))

    @property
    def _unsettled(self) -> Flags:
        return self._reconciled.unsettled

    # ---- class by class ----

    def class_table(self) -> pd.DataFrame:
        """One row a class of the register or the headcount. Columns: school (code), grade, class_no, registered,
        enrolled, headcount_rows, present, absent, registered_absent, present_unregistered, suspected, unchecked."""
        reconciled = self._reconciled
        reg, headcount = reconciled.registry, reconciled.headcount
        register_keys, headcount_keys = reg.class_keys, _class_keys(headcount)
        counts = {
            "registered": (register_keys, np.ones(len(register_keys), dtype=bool)),
            "enrolled": (register_keys, reg.enrolled),
            "headcount_rows": (headcount_keys, np.ones(len(headcount), dtype=bool)),
            "present": (headcount_keys, yes(reconciled.present)),
            "absent": (headcount_keys, yes(~reconciled.present)),
            "registered_absent": (register_keys, yes(self.absent) & ~reconciled.suspected_register),
            "present_unregistered": (headcount_keys, yes(self.unregistered)),
            "suspected": (headcount_keys, reconciled.suspected_headcount),
            "unchecked": (register_keys, reconciled.unchecked),
        }
        keys = np.unique(np.append(headcount_keys, register_keys))
        keys = keys[keys != 0]
        school, grade, class_no = split_class_key(keys)
        table = pd.DataFrame({"school": school, "grade": grade, "class_no": class_no})
        for name, (class_keys, flags) in counts.items():
            wanted = class_keys[flags & (class_keys != 0)]
            table[name] = np.bincount(np.searchsorted(keys, wanted), minlength=len(keys))
        return table


def _class_keys(rows: Rows) -> Ints:
    return class_key(rows.school, rows["grade"].values, rows["class_no"].values)


def _ranks(group: Ints) -> Ints:
    """The place of each in its group. ``group``: sorted."""
    first = np.flatnonzero(np.append(True, group[1:] != group[:-1])) if len(group) else group
    ranks: Ints = np.arange(len(group)) - np.repeat(first, np.diff(np.append(first, len(group))))
    return ranks


def _replaced(answer: Truth, at: RowIndexes, other: Truth) -> Truth:
    """The same answers, but the other's at these rows."""
    certain, unknown = answer.yes.copy(), answer.unknown.copy()
    certain[at], unknown[at] = other.yes, other.unknown
    return Truth(certain, unknown)
