"""Who is who between two lists of one school: by number, then by name within the class, then within the grade.

``Sought`` is what is looked for (the headcount's rows, a roll-call's), the ``Registry`` whom they may be. All is done
on whole columns. Source: docs/reading-conditions.md, 6.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xueji_lib.county.kleene import Flags, RowIndexes
from xueji_lib.county.registry import Registry
from xueji_lib.county.rows import Ints, KeyIndex, Keys, Rows, class_key, flagged, grade_key
from xueji_lib.register.identity import NUMBER_KEYS

Pairs = tuple[RowIndexes, RowIndexes]
"""Row indexes of what is sought and of the register, a pair at each position."""


@dataclass(frozen=True, slots=True)
class Lookalikes:
    """Rows of one name on both sides of a class or grade, whom nothing tells apart. ``left`` and ``right``: row indexes
    with the number of their group; by group how many each side has, and ``odd``: they do not go into one another one
    to one, so that who is left over is undecided."""

    left: RowIndexes
    left_group: Ints
    right: RowIndexes
    right_group: Ints
    n_left: Ints
    n_right: Ints
    odd: Flags

    @property
    def even(self) -> Pairs:
        """Row indexes of those who go into one another one to one: of the one side, and of the other."""
        return self.left[~self.odd[self.left_group]], self.right[~self.odd[self.right_group]]

    @property
    def pairs(self) -> Pairs:
        """Everyone with everyone of the group: each may be each."""
        at, of = KeyIndex(Keys(self.right_group + 1)).join(Keys(self.left_group + 1))
        return self.left[at], self.right[of]


@dataclass(frozen=True, slots=True)
class Matched:
    """``left``, ``right``: the pairs that are one person for certain; ``namesakes``: those of whom it is only known how
    many they are."""

    left: RowIndexes
    right: RowIndexes
    namesakes: Lookalikes


def match(
    rows: Rows, registry: Registry, before: Pairs, beside: Flags | None = None, taken: Flags | None = None
) -> Matched:
    """Match rows with the register of their school. ``before``: what is already known (a key that matches before all
    else, numbers); ``beside``: rows that are not sought by name, ``taken``: pupils who are not."""
    left, right = before
    done, seen = flagged(len(rows), left), flagged(len(registry.rows), right)
    if beside is not None:
        done |= beside
    if taken is not None:
        seen |= taken
    pairs, groups = [(left, right)], []
    levels = _levels(rows, registry) if not done.all() else []
    sought = np.flatnonzero(~done)
    codes = np.full(len(rows), -1, dtype=np.int64)
    codes[sought] = registry.names.of(rows, sought)
    for level in levels:
        while True:
            names = _Names(registry, rows, codes, *level, done, seen)
            a, b = names.single()
            done[a], seen[b] = True, True
            pairs.append((a, b))
            if not len(a):
                break
        equal = names.several()
        equal = _chosen(equal, ~equal.odd)
        groups.append(equal)
        done[equal.left], seen[equal.right] = True, True
    if levels:
        rest = _Names(registry, rows, codes, *levels[-1], done, seen).several()
        groups.append(_without_strangers(rest, rows, registry))
    left, right = (np.concatenate([pair[side] for pair in pairs]) for side in (0, 1))
    return Matched(left, right, _joined(groups))


def _levels(rows: Rows, registry: Registry) -> list[tuple[Ints, Ints]]:
    """Keys of class and of grade, of both sides."""
    own, other = rows, registry.rows
    return [
        (class_key(own.school, own["grade"].values, own["class_no"].values), registry.class_keys),
        (grade_key(own.school, own["grade"].values), grade_key(other.school, other["grade"].values)),
    ]


class _Names:
    """The names of one level, among those who are not done."""

    def __init__(
        self, registry: Registry, rows: Rows, codes: Ints, left_keys: Ints, right_keys: Ints, done: Flags, seen: Flags
    ) -> None:
        self.registry, self.rows = registry, rows
        names, room = registry.names, registry.names.room
        self.left = np.flatnonzero(~done & (left_keys != 0) & (codes >= 0))
        self.left_keys = left_keys[self.left] * room + codes[self.left]
        free = ~seen[names.rows] & (right_keys[names.rows] != 0)
        self.right = names.rows[free]
        self.right_keys = right_keys[self.right] * room + names.codes[free]
        left_names, left_count = np.unique(self.left_keys, return_counts=True)
        right_names, right_count = np.unique(self.right_keys, return_counts=True)
        self.keys, at, of = np.intersect1d(left_names, right_names, assume_unique=True, return_indices=True)
        self.n_left, self.n_right = left_count[at], right_count[of]

    def single(self) -> Pairs:
        """Pairs whose name is unique on both sides, and whose numbers do not contradict."""
        keys = self.keys[(self.n_left == 1) & (self.n_right == 1)]
        left, right = (side[np.isin(of, keys)] for side, of in self._sides())
        a, b = (of[np.isin(of, keys)] for _, of in self._sides())
        left, right = left[np.argsort(a)], right[np.argsort(b)]
        firm = ~self.registry.numbers_differ(self.rows, left, right)
        return left[firm], right[firm]

    def several(self) -> Lookalikes:
        """The names that stand on both sides, and not once on each."""
        several = (self.n_left > 1) | (self.n_right > 1)
        keys = self.keys[several]
        chosen = [(side[np.isin(of, keys)], of[np.isin(of, keys)]) for side, of in self._sides()]
        (left, left_keys), (right, right_keys) = chosen
        left_group, right_group = np.searchsorted(keys, left_keys), np.searchsorted(keys, right_keys)
        n_left, n_right = self.n_left[several], self.n_right[several]
        odd = n_left != n_right
        for kind in NUMBER_KEYS:  # a number that could be compared, and did not match
            has = [np.zeros(len(keys), dtype=bool) for _ in range(2)]
            has[0][left_group[self.rows.key(kind)[left] != 0]] = True
            has[1][right_group[self.registry.rows.key(kind)[right] != 0]] = True
            odd |= has[0] & has[1]
        odd[right_group[~self.registry.surely_on_register[right]]] = True
        # A pupil of two names who stands in two groups makes neither of them even.
        odd[right_group[np.bincount(right, minlength=len(self.registry.rows))[right] > 1]] = True
        return Lookalikes(left, left_group, right, right_group, n_left, n_right, odd)

    def _sides(self) -> tuple[tuple[RowIndexes, Ints], tuple[RowIndexes, Ints]]:
        return (self.left, self.left_keys), (self.right, self.right_keys)


def _without_strangers(namesakes: Lookalikes, rows: Rows, registry: Registry) -> Lookalikes:
    """Those whose numbers differ from everybody's on the other side left out: they are none of them."""
    at, of = KeyIndex(Keys(namesakes.right_group + 1)).join(Keys(namesakes.left_group + 1))
    perhaps = ~registry.numbers_differ(rows, namesakes.left[at], namesakes.right[of])
    left = np.flatnonzero(flagged(len(namesakes.left), at[perhaps]))
    right = np.flatnonzero(flagged(len(namesakes.right), of[perhaps]))
    left_group, right_group = namesakes.left_group[left], namesakes.right_group[right]
    size = len(namesakes.odd)
    n_left, n_right = (np.bincount(group, minlength=size) for group in (left_group, right_group))
    lookalikes = Lookalikes(
        namesakes.left[left], left_group, namesakes.right[right], right_group, n_left, n_right, namesakes.odd
    )
    return _chosen(lookalikes, n_left > 0)


def _chosen(namesakes: Lookalikes, where: Flags) -> Lookalikes:
    """Only the groups with the flag."""
    number = np.cumsum(where) - 1
    at, of = where[namesakes.left_group], where[namesakes.right_group]
    return Lookalikes(
        namesakes.left[at], number[namesakes.left_group[at]], namesakes.right[of], number[namesakes.right_group[of]],
        namesakes.n_left[where], namesakes.n_right[where], namesakes.odd[where],
    )  # fmt: skip


def _joined(parts: list[Lookalikes]) -> Lookalikes:
    """Several as one, the groups numbered on."""
    nobody, none = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=bool)
    whole = Lookalikes(nobody, nobody, nobody, nobody, nobody, nobody, none)
    for part in parts:
        count = len(whole.odd)
        whole = Lookalikes(
            np.append(whole.left, part.left), np.append(whole.left_group, part.left_group + count),
            np.append(whole.right, part.right), np.append(whole.right_group, part.right_group + count),
            np.append(whole.n_left, part.n_left), np.append(whole.n_right, part.n_right),
            np.append(whole.odd, part.odd),
        )  # fmt: skip
    return whole
