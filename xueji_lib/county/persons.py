"""Who the rows of a table speak of: rows of one school that share a number, be it through a third row, are one person.

Source: docs/reading-conditions.md, 6 (the rows of one pupil's ledger are linked through any number they share).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from xueji_lib.county.kleene import Flags, RowIndexes
from xueji_lib.county.rows import Ints, KeyIndex, Keys, Rows, distinct_pairs, flagged, groups, own_person
from xueji_lib.register.identity import NUMBER_KEYS


def linked_persons(rows: Rows, registered: Flags, persons: Ints) -> Ints:
    """An integer a row: who it speaks of. ``registered``: rows that are linked to a register student, ``persons`` who
    that is (read where ``registered``). Rows that a shared number links to such a row speak of that student too; the
    others are named by a number of theirs, or where they have none by their name (``own_person``)."""
    own = np.where(registered, persons, own_person(rows))
    ties = [_tie(rows.school, rows.key(kind)) for kind in NUMBER_KEYS]
    ties.append(_tie(rows.school, np.where(registered, persons, 0)))
    at, component = _components(len(rows), [tie for tie in ties if tie is not None])
    if not len(at):
        return own
    frame = pd.DataFrame({"component": component, "own": own[at]})
    # The register's word first; then an 身份证件号 before a 全国学籍号, so that what is shown does not depend on order.
    frame["late"] = np.where(registered[at], 0, np.where(rows.key("id_key")[at] != 0, 1, 2))
    best = frame.sort_values(["component", "late", "own"]).drop_duplicates("component")
    own[at] = best["own"].to_numpy()[np.searchsorted(best["component"].to_numpy(), component)]
    return own


def companions(rows: Rows) -> Ints | None:
    """An integer a row of a ledger, equal for rows of one school and term that share a number, be it through a third
    row; None where no two rows do. Terms are those of ``_term``, where the rows have it."""
    ledger = groups(rows.school, rows.frame["_term"]) if "_term" in rows.frame else rows.school
    ties = [_tie(ledger, rows.key(kind)) for kind in NUMBER_KEYS]
    at, component = _components(len(rows), [tie for tie in ties if tie is not None])
    if not len(at):
        return None
    of = np.arange(len(rows))
    of[at] = component
    return of


def shared_out(of: Ints, left: RowIndexes, right: RowIndexes) -> tuple[RowIndexes, RowIndexes]:
    """The pairs, and for each of them every companion (``of``: ``companions``) of its left with its right: once."""
    row, at = KeyIndex(Keys(of[left] + 1)).join(Keys(of + 1))
    return distinct_pairs(row, right[at])


class RowsOfPersons:
    """The rows of a table that speak of one person of their school, where there are several."""

    def __init__(self, school: Ints, persons: Ints) -> None:
        order = np.lexsort((persons, school))
        differs = (np.diff(persons[order]) != 0) | (np.diff(school[order]) != 0)
        group = np.cumsum(np.append(np.ones(min(len(order), 1), dtype=bool), differs))
        self._keys = Keys(np.zeros(len(order), dtype=np.int64))
        self._keys[order] = np.where(np.bincount(group)[group] > 1, group, 0)
        self._at = np.flatnonzero(self._keys)
        self._index = KeyIndex(Keys(self._keys[self._at]))

    def of(self, row_indexes: RowIndexes) -> tuple[RowIndexes, RowIndexes]:
        """Pairs: a position in ``row_indexes``, and a row that speaks of the same person as the row there; that row
        itself comes first."""
        left, right = self._index.join(Keys(self._keys[row_indexes]))
        return np.append(np.arange(len(row_indexes)), left), np.append(row_indexes, self._at[right])


def _components(n: int, ties: list[_Tie]) -> tuple[RowIndexes, Ints]:
    """The rows that any tie names, and an integer for each, the same for rows that are linked."""
    component = np.arange(n)
    at = np.flatnonzero(flagged(n, np.concatenate([np.zeros(0, dtype=np.int64), *(tie.rows for tie in ties)])))
    changed = bool(len(at))
    while changed:
        changed = False
        for tie in ties:
            low = np.full(tie.size, n)
            np.minimum.at(low, tie.group, component[tie.rows])
            changed |= bool((component[tie.rows] != low[tie.group]).any())
            component[tie.rows] = low[tie.group]
    return at, component[at]


class _Tie(NamedTuple):
    """Rows that share a key with another, the group of each (below ``size``)."""

    rows: RowIndexes
    group: Ints
    size: int


def _tie(school: Ints, keys: Ints) -> _Tie | None:
    """The rows whose key (0: none) stands more than once in their school; None where there are none."""
    order = np.sort(keys)
    often = np.unique(order[1:][order[1:] == order[:-1]]) if len(order) else order
    at = np.flatnonzero(np.isin(keys, often[often != 0])) if len(often) else often
    if not len(at):
        return None
    group = groups(school[at], keys[at])
    shared = np.bincount(group)[group] > 1
    return _Tie(at[shared], group[shared], int(group.max()) + 1) if shared.any() else None
