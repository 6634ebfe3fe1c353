"""A register by pupils: rows of one school that share a number are one (按人计). Source: R715."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from xueji_lib.county.kleene import Flags, RowIndexes, Truth, any_of
from xueji_lib.county.registry import Registry
from xueji_lib.county.rows import Ints, groups
from xueji_lib.register.identity import NUMBER_KEYS
from xueji_lib.rules.county_pupils import components


class PupilsOfRegister:
    """``of_row``: a number a row, from 0; ``school``: a school code a pupil."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.rows = registry.rows
        n = len(self.rows)
        everyone = np.arange(n)
        ties = []
        for kind in NUMBER_KEYS:
            keys = self.rows.key(kind)
            at = everyone[keys != 0]
            if len(at):
                ties.append((at, groups(self.rows.school[at], keys[at])))
        first, self.of_row = np.unique(components(n, ties), return_inverse=True)
        self.of_row = self.of_row.astype(np.int64)
        self.school: Ints = self.rows.school[first]

    def __len__(self) -> int:
        return len(self.school)

    def any(self, answers: Truth) -> Truth:
        """A pupil: some row has a yes."""
        return any_of(len(self), self.of_row, answers)

    @cached_property
    def here(self) -> Truth:
        """A pupil: 在籍."""
        return self.any(self.registry.on_register)

    def found_in(self, other: Registry) -> Truth:
        """A row: the same school has the pupil on the other term's register, by number."""
        left, right = other.by_number(self.rows)
        return any_of(len(self.rows), left, other.on_register[right])

    def tally(self, where: Flags, schools: int) -> Ints:
        """Pupils with the flag, by school code up to ``schools``."""
        return np.bincount(self.school[where], minlength=schools)[:schools].astype(np.int64)


def rows_flagged(pupils: PupilsOfRegister, where: Flags) -> RowIndexes:
    """One row of each pupil with the flag."""
    at = np.flatnonzero(where[pupils.of_row])
    return at[np.unique(pupils.of_row[at], return_index=True)[1]]
