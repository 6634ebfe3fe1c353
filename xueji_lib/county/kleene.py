"""Answers in Kleene's three-valued logic, one a row: yes, no, unknown; and why, where a calendar is missing.

``& | ~`` let an unknown survive only where the missing value could change the answer, so that no rule has to
remember it. Source: docs/reading-conditions.md, 1 and 7.
"""

from __future__ import annotations

from functools import reduce
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Flags = npt.NDArray[np.bool_]
RowIndexes = npt.NDArray[np.int64]
"""Positions of rows in a table (in ``Rows``), counted from 0; -1 for no row, where a function says so."""
Years = npt.NDArray[np.int16]

NO_YEAR: Final = np.int16(9999)
"""Says that no calendar is missing. It is later than any year, so that the earlier of two is the missing one."""


class Truth:
    """An answer a row: ``yes`` flags, ``unknown`` flags (never both), and no for the rest.

    ``gap`` (int16 years): where the answer is unknown because working days are, the earliest year that has none;
    NO_YEAR elsewhere. It is None where nothing is missing at all: nearly always, and then it costs nothing.

    For ``& | ~`` a gap is an unknown like any other: it never changes whether an answer is yes, no or unknown. Where
    the answer is unknown and something it was made of is a gap, the answer is a gap: a gap outweighs a plain unknown,
    and of two gaps the earlier year stands. In other words ``&`` takes the first of no, gap, unknown, yes that is
    there, and ``|`` the first of yes, gap, unknown, no.
    """

    __slots__ = ("gap", "unknown", "yes")

    def __init__(self, yes: Flags, unknown: Flags, gap: Years | None = None) -> None:
        self.yes = yes
        self.unknown = unknown
        self.gap = gap

    def __len__(self) -> int:
        return len(self.yes)

    def __and__(self, other: Truth) -> Truth:
        yes = self.yes & other.yes
        unknown = (self.yes | self.unknown) & (other.yes | other.unknown) & ~yes
        if self.gap is None and other.gap is None:
            return Truth(yes, unknown)
        return Truth(yes, unknown, _within(unknown, self.gap, other.gap))

    def __or__(self, other: Truth) -> Truth:
        yes = self.yes | other.yes
        unknown = (self.unknown | other.unknown) & ~yes
        if self.gap is None and other.gap is None:
            return Truth(yes, unknown)
        return Truth(yes, unknown, _within(unknown, self.gap, other.gap))

    def __invert__(self) -> Truth:
        return Truth(~(self.yes | self.unknown), self.unknown, self.gap)

    def __getitem__(self, where: Any) -> Truth:
        return Truth(self.yes[where], self.unknown[where], None if self.gap is None else self.gap[where])

    def doubted(self, doubt: Flags) -> Truth:
        """The same answers, but a yes becomes unknown where there is ``doubt``."""
        return Truth(self.yes & ~doubt, self.unknown | (self.yes & doubt), self.gap)

    def opened(self, where: Flags) -> Truth:
        """The same answers, but unknown where ``where`` is set, whatever they were."""
        return Truth(self.yes & ~where, self.unknown | where, self.gap)

    def choose(self, condition: Flags, other: Truth) -> Truth:
        """This answer where ``condition``, the other's elsewhere."""
        yes = np.where(condition, self.yes, other.yes)
        unknown = np.where(condition, self.unknown, other.unknown)
        if self.gap is None and other.gap is None:
            return Truth(yes, unknown)
        return Truth(yes, unknown, np.where(condition, _years(self), _years(other)))


# ---- making answers ----


def truth(yes: Any, unknown: Any = None, gap: Years | None = None) -> Truth:
    """``yes`` where known, unknown where ``unknown`` (which wins); ``gap``: the missing year of those that are unknown
    for want of a calendar."""
    values = np.asarray(yes, dtype=bool)
    if unknown is None:
        return Truth(values, np.zeros(len(values), dtype=bool))
    mask = np.asarray(unknown, dtype=bool)
    return Truth(values & ~mask, mask, None if gap is None else _within(mask, gap))


def open_where(flags: Flags) -> Truth:
    """Unknown where the flag is set, no elsewhere: with ``|`` it leaves a yes alone and opens a no."""
    return Truth(np.zeros(len(flags), dtype=bool), np.asarray(flags, dtype=bool))


def concat(*parts: Truth) -> Truth:
    """The parts' answers, one behind the other."""
    yes = np.concatenate([part.yes for part in parts])
    unknown = np.concatenate([part.unknown for part in parts])
    if all(part.gap is None for part in parts):
        return Truth(yes, unknown)
    return Truth(yes, unknown, np.concatenate([_years(part) for part in parts]))


def any_of(size: int, row_indexes: RowIndexes, values: Truth) -> Truth:
    """For each of ``size`` rows, Kleene's OR of the ``values`` of that row; no where there is none.

    ``row_indexes``: for each of ``values`` the row that it belongs to, below ``size``."""
    certain = np.zeros(size, dtype=bool)
    possible = np.zeros(size, dtype=bool)
    certain[row_indexes[values.yes]] = True
    possible[row_indexes[values.yes | values.unknown]] = True
    return truth(certain, possible & ~certain, _gathered(size, row_indexes, values))


def agreed(size: int, row_indexes: RowIndexes, values: Truth) -> Truth:
    """For each of ``size`` rows, what all ``values`` of the row say alike; unknown where they differ, where one of them
    is unknown, and where there is none. Gathered as by ``any_of``."""
    counts = [np.bincount(row_indexes[flags], minlength=size) for flags in (values.yes, ~not_no(values))]
    everyone = np.bincount(row_indexes, minlength=size)
    all_yes, all_no = ((count == everyone) & (everyone > 0) for count in counts)
    return truth(all_yes, ~(all_yes | all_no), _gathered(size, row_indexes, values))


# ---- asking answers ----


def yes(t: Truth) -> Flags:
    """A flag a row: the answer is certainly yes."""
    return t.yes


def maybe(t: Truth) -> Flags:
    """A flag a row: the answer cannot be decided."""
    return t.unknown


def not_no(t: Truth) -> Flags:
    """A flag a row: the answer is yes or cannot be decided."""
    return t.yes | t.unknown


def lacks_calendar(t: Truth) -> Flags:
    """A flag a row: the answer cannot be decided for want of a calendar."""
    return np.asarray(_years(t) != NO_YEAR)


def missing_years(t: Truth, where: Any) -> list[int]:
    """The years whose calendars are missing for the answers at ``where``, each once, the earliest first."""
    years = np.unique(_years(t)[where])
    return [int(year) for year in years if year != NO_YEAR]


# ---- years ----


def _years(t: Truth) -> Years:
    return np.full(len(t), NO_YEAR) if t.gap is None else t.gap


def _within(unknown: Flags, *gaps: Years | None) -> Years | None:
    """The earliest missing year of the parts, where the whole is unknown; None where none is left."""
    known = [gap for gap in gaps if gap is not None]
    years = np.maximum(reduce(np.minimum, known), ~unknown * NO_YEAR)
    return years if (years != NO_YEAR).any() else None


def _gathered(size: int, row_indexes: RowIndexes, values: Truth) -> Years | None:
    """The earliest missing year among the values of each row; None where none is missing. Shape: ``(size,)``."""
    if values.gap is None:
        return None
    years = np.full(size, NO_YEAR)
    np.minimum.at(years, row_indexes, values.gap)
    return years
