"""Register ↔ headcount: one answer for all rules.

在籍不在校: on the register, a matching headcount row says 不在校 and none says 在校.
在校不在籍: a headcount row says 在校 and no register row of the school matches it, firmly or by suspicion.
Schools of one 中心校 are one school to this, by number. What is asked of one pupil is here; numbers of pupils are in
``tally``. Source: notice 二(一); docs/reading-conditions.md, 5, 6 and 11.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np

from xueji_lib.county.carried_numbers import CarriedNumbers
from xueji_lib.county.kleene import Flags, RowIndexes, Truth, any_of, not_no, open_where, truth, yes
from xueji_lib.county.matching import Matched, Pairs, match
from xueji_lib.county.namesakes_present import namesakes_present
from xueji_lib.county.registry import Link, Registry
from xueji_lib.county.rows import Ints, Rows, flagged
from xueji_lib.county.suspected import suspected_pairs
from xueji_lib.register.vocabulary import Presence, Situation, StudentStatus


class Absences(NamedTuple):
    """``hc`` and ``reg``: a headcount row and the register row of the pupil it may be about, a pair at each position;
    ``absent``: by that row the pupil is 在籍不在校."""

    hc: RowIndexes
    reg: RowIndexes
    absent: Truth


class Reconciled:
    """The headcount rows of all schools against their registers.

    ``group``: by school code, a number that schools of one 中心校 share (None: every school is its own)."""

    def __init__(
        self, registry: Registry, headcount: Rows, group: Ints | None = None, surest: Pairs | None = None
    ) -> None:
        """``surest``: pairs that a key matches before all else."""
        self.registry = registry
        self.headcount = headcount
        self._group = group
        self._match(surest)

    # ---- who is who ----

    def _match(self, surest: Pairs | None) -> None:
        registry, headcount = self.registry, self.headcount
        left, right = registry.by_number(headcount)
        if surest is not None:
            rest = ~flagged(len(headcount), surest[0])[left]
            left, right = np.append(surest[0], left[rest]), np.append(surest[1], right[rest])
        nearby = self._in_group(registry.elsewhere(headcount)) if self.has_groups else None
        beside = None if nearby is None else flagged(len(headcount), nearby[0])
        self.matches: Matched = match(headcount, registry, (left, right), beside)
        self.link: Link = registry.linked(len(headcount), self.matches.left, self.matches.right)
        if nearby is not None:
            own = CarriedNumbers(headcount, registry, (self.link.left, self.link.right))
            nearby = self._in_group(own.registered_elsewhere)
        more = nearby or (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
        self.pairs: Pairs = np.append(self.link.left, more[0]), np.append(self.link.right, more[1])
        """All pairs that are one pupil for certain: of the school (``link``), and by number of its 中心校's schools."""
        namesakes = self.matches.namesakes
        self.matched: Flags = flagged(len(headcount), np.append(self.pairs[0], namesakes.left))
        """A flag a headcount row: it is a register student's, or a namesake's who may be one."""
        self.registered_matched: Flags = flagged(len(registry.rows), np.append(self.pairs[1], namesakes.right))

    @cached_property
    def has_groups(self) -> bool:
        """Some 中心校 has more than one school."""
        return self._group is not None and len(np.unique(self._group)) < len(self._group)

    def group_of(self, school: Ints) -> Ints:
        """Per school code the number that its 中心校's schools share."""
        return school if self._group is None else self._group[school]

    def _in_group(self, pairs: Pairs) -> Pairs:
        left, right = pairs
        near = self.group_of(self.headcount.school[left]) == self.group_of(self.registry.rows.school[right])
        return left[near], right[near]

    @cached_property
    def interchangeable(self) -> Flags:
        """A flag a headcount row: a namesake's whom nothing tells apart. What it says of one pupil is undecided."""
        return flagged(len(self.headcount), self.matches.namesakes.left)

    @cached_property
    def interchangeable_registered(self) -> Flags:
        """A flag a register row: the same of the pupil."""
        return flagged(len(self.registry.rows), self.matches.namesakes.right)

    # ---- numbers that a row has, or carries from the register ----

    @cached_property
    def numbers(self) -> CarriedNumbers:
        """The numbers of headcount rows, with those of the pupils of the registers whom they are."""
        return CarriedNumbers(self.headcount, self.registry, self.pairs)

    @cached_property
    def strangers_without_number(self) -> Truth:
        """Per headcount row: 在校不在籍, and without any number (R207, R508, reading 6)."""
        return self.present_unregistered & truth(self.numbers.none)

    @cached_property
    def registered_elsewhere(self) -> Pairs:
        """(headcount row, register row) of schools of different 中心校 with the same number of either kind."""
        return self._of_other_groups(self.numbers.registered_elsewhere, self.registry.rows)

    @cached_property
    def counted_elsewhere(self) -> Pairs:
        """(headcount row, headcount row) of different 中心校 with one number; each pair from both sides."""
        return self._of_other_groups(self.numbers.counted_elsewhere, self.headcount)

    def _of_other_groups(self, pairs: Pairs, other: Rows) -> Pairs:
        far = self.group_of(self.headcount.school[pairs[0]]) != self.group_of(other.school[pairs[1]])
        return pairs[0][far], pairs[1][far]

    # ---- suspicion (R114) ----

    @cached_property
    def suspected(self) -> Pairs:
        """(headcount row, register row) that may be one pupil (``suspected_pairs``). A lead, never a match."""
        even = self.matches.namesakes.even  # of uneven ones, who is left over may still be suspected
        matched = flagged(len(self.headcount), np.append(self.pairs[0], even[0]))
        seen = flagged(len(self.registry.rows), np.append(self.pairs[1], even[1]))
        return suspected_pairs(self.headcount, self.registry, matched, seen)

    @cached_property
    def suspected_headcount(self) -> Flags:
        """A flag a headcount row: it is suspected to be a register student (``suspected``)."""
        return flagged(len(self.headcount), self.suspected[0])

    @cached_property
    def suspected_register(self) -> Flags:
        """A flag a register row: a headcount row is suspected to be this student (``suspected``)."""
        return flagged(len(self.registry.rows), self.suspected[1])

    # ---- who is where ----

    @cached_property
    def present(self) -> Truth:
        """Per headcount row: it says 在校."""
        return self.headcount["presence"].eq(Presence.PRESENT)

    def on_leave(self, hc: RowIndexes, reg: RowIndexes) -> Truth:
        """Per pair: 情形=休学 of a pupil whose 学生状态 is 休学, which makes nobody 在籍不在校."""
        says = self.headcount["situation"].eq(Situation.SUSPENDED, blank=False)[hc]
        return says & self.registry.rows["status"].eq(StudentStatus.SUSPENDED, blank=False)[reg]

    def absent_by(self, hc: RowIndexes, reg: RowIndexes) -> Truth:
        """Per pair: the headcount row says 不在校 of that pupil, who is not on leave."""
        return ~self.present[hc] & ~self.on_leave(hc, reg)

    @cached_property
    def registered_absent(self) -> Truth:
        """Per register row: 在籍不在校. Undecided for namesakes (``tally`` counts them)."""
        size, (left, right) = len(self.registry.rows), self.pairs
        says_absent = any_of(size, right, self.absent_by(left, right))
        left, right = self.matches.namesakes.pairs
        perhaps = flagged(size, right[not_no(self.absent_by(left, right))]) & ~self.suspected_register
        here = self.says_present | namesakes_present(self.matches.namesakes, self.present, size, self.suspected)
        return (says_absent | open_where(perhaps)) & ~here & self.registry.on_register

    @cached_property
    def says_present(self) -> Truth:
        """Per register row: a row that is that pupil's for certain says 在校."""
        left, right = self.pairs
        return any_of(len(self.registry.rows), right, self.present[left])

    @cached_property
    def absences(self) -> Absences:
        """What headcount rows say of pupils who are or may be 在籍不在校."""
        namesakes = self.matches.namesakes.pairs
        left, right = (np.append(firm, perhaps) for firm, perhaps in zip(self.pairs, namesakes, strict=True))
        keep = not_no(self.registered_absent)[right] & ~yes(self.present)[left]
        left, right = left[keep], right[keep]
        return Absences(left, right, self.registered_absent[right] & self.absent_by(left, right))

    @cached_property
    def absent_pairs(self) -> Pairs:
        """The pairs of ``absences``."""
        return self.absences.hc, self.absences.reg

    @cached_property
    def registered_here(self) -> Truth:
        """Per headcount row: a pupil of its school's register (of its 中心校's, by number), firmly or by suspicion."""
        size, namesakes = len(self.headcount), self.matches.namesakes
        left, right = self.pairs
        surely = any_of(size, left, self.registry.on_register[right])
        group = namesakes.left_group
        too_many = namesakes.odd[group] & ((namesakes.n_left > namesakes.n_right) | self.unsettled)[group]
        one_of_them = np.zeros(size, dtype=bool)
        one_of_them[namesakes.left[~too_many]] = True
        perhaps = flagged(size, namesakes.left[too_many])
        left, right = self.suspected
        suspected = any_of(size, left, self.registry.on_register[right])
        return surely | suspected | truth(one_of_them) | open_where(perhaps)

    @property
    def unsettled(self) -> Flags:
        """By group of namesakes: equally many, and yet some of them are perhaps somebody else."""
        namesakes = self.matches.namesakes
        even: Flags = namesakes.n_left == namesakes.n_right
        return namesakes.odd & even

    @cached_property
    def present_unregistered(self) -> Truth:
        """Per headcount row: 在校不在籍."""
        return self.present & ~self.registered_here

    @cached_property
    def stray_absent(self) -> Flags:
        """A flag a headcount row: it says 不在校 and matches nobody. It is of neither kind; coverage counts it."""
        return yes(~self.present) & ~self.matched & ~self.suspected_headcount

    @cached_property
    def not_counted(self) -> Truth:
        """Per register row: no headcount row of the school (of its 中心校, by number) matches it, firmly or by
        suspicion."""
        namesakes = self.matches.namesakes
        group = namesakes.right_group
        too_many = namesakes.odd[group] & ((namesakes.n_right > namesakes.n_left) | self.unsettled)[group]
        perhaps = flagged(len(self.registry.rows), namesakes.right[too_many]) & ~self.suspected_register
        perhaps &= ~flagged(len(perhaps), self.pairs[1])
        missing = truth(~self.registered_matched & ~self.suspected_register)
        return (missing | open_where(perhaps)) & self.registry.on_register

    @cached_property
    def unchecked(self) -> Flags:
        """A flag a register row: it is certainly 在读, and nobody counted it (``not_counted``)."""
        return self.registry.enrolled & yes(self.not_counted)
