"""The numbers by which a headcount row is compared with other schools.

A row that is firmly matched to a register of the school (of its 中心校) carries that pupil's numbers beside its own.
Source: docs/reading-conditions.md, 6.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from xueji_lib.county.kleene import Flags, RowIndexes
from xueji_lib.county.matching import Pairs
from xueji_lib.county.registry import Registry
from xueji_lib.county.rows import Ints, KeyIndex, Keys, Rows, distinct_pairs, flagged
from xueji_lib.register.identity import NUMBER_KEYS


class CarriedNumbers:
    """The numbers of the headcount's rows. ``pupils``: (headcount row, register row) that are one."""

    def __init__(self, headcount: Rows, registry: Registry, pupils: Pairs) -> None:
        self._headcount, self._registry, self._pupils = headcount, registry, pupils
        self._of_kind: dict[str, tuple[RowIndexes, Ints]] = {}

    def of_kind(self, kind: str) -> tuple[RowIndexes, Ints]:
        """Rows and their numbers (``id_key`` or ``register_key``), a pair at each position."""
        if kind not in self._of_kind:
            left, right = self._pupils
            own, carried = self._headcount.key(kind), self._registry.rows.key(kind)[right]
            more = (carried != 0) & (carried != own[left])
            at = np.flatnonzero(own)
            self._of_kind[kind] = np.append(at, left[more]), np.append(own[at], carried[more])
        return self._of_kind[kind]

    @cached_property
    def none(self) -> Flags:
        """A flag a row: it neither has nor carries a number: in another school it can be compared with nobody."""
        return ~flagged(len(self._headcount), np.concatenate([self.of_kind(kind)[0] for kind in NUMBER_KEYS]))

    @cached_property
    def registered_elsewhere(self) -> Pairs:
        """(headcount row, register row) of different schools with the same number of either kind."""
        return self._registry.with_numbers(self._headcount.school, [self.of_kind(kind) for kind in NUMBER_KEYS])

    @cached_property
    def counted_elsewhere(self) -> Pairs:
        """(headcount row, headcount row) of different schools with the same number of either kind; each pair from both
        sides."""
        left, right = [], []
        for kind in NUMBER_KEYS:
            rows, keys = self.of_kind(kind)
            a, b = KeyIndex(Keys(keys)).join(Keys(keys))
            far = self._headcount.school[rows[a]] != self._headcount.school[rows[b]]
            left.append(rows[a][far])
            right.append(rows[b][far])
        return distinct_pairs(np.concatenate(left), np.concatenate(right))
