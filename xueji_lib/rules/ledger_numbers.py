"""The numbers of the pupils that a ledger speaks of: of the row, of the pupil's other rows in that school's ledger, and
of the pupil on the school's register. Source: docs/reading-conditions.md, 6."""

from __future__ import annotations

import numpy as np

from xueji_lib.county.kleene import RowIndexes
from xueji_lib.county.rows import Ints, KeyIndex, Keys, Rows, distinct_pairs, groups
from xueji_lib.register.identity import NUMBER_KEYS
from xueji_lib.rules.inquiry import Inquiry


def numbers_of(inquiry: Inquiry, rows: Rows, kind: str) -> tuple[RowIndexes, Ints]:
    """Rows of a ledger and their numbers of this kind, a pair at each position."""
    link, register = inquiry.county.link_of(rows), inquiry["register"]
    at = np.append(np.arange(len(rows)), link.left)
    keys = np.append(rows.key(kind), register.key(kind)[link.right])
    at, keys = at[keys != 0], keys[keys != 0]
    pupil = groups(rows.school, inquiry.county.persons(rows))
    row, held = KeyIndex(pupil[at] + 1).join(Keys(pupil + 1))
    return distinct_pairs(row, keys[held])


def same_numbers(
    one: dict[str, tuple[RowIndexes, Ints]], other: dict[str, tuple[RowIndexes, Ints]]
) -> tuple[RowIndexes, RowIndexes]:
    """Pairs of rows with one number. ``one`` and ``other``: rows and their numbers by kind, as ``numbers_of`` has
    them."""
    pairs = []
    for kind in NUMBER_KEYS:
        left, right = KeyIndex(Keys(other[kind][1])).join(Keys(one[kind][1]))
        pairs.append(np.stack([one[kind][0][left], other[kind][0][right]]))
    return distinct_pairs(*np.concatenate(pairs, axis=1))


def own_numbers(rows: Rows) -> dict[str, tuple[RowIndexes, Ints]]:
    """By kind, rows and the numbers that they hold themselves."""
    return {kind: (at := np.flatnonzero(rows.key(kind)), rows.key(kind)[at]) for kind in NUMBER_KEYS}
