"""Cells: known, blank, unknown, and what a comparison with each of them says."""

from __future__ import annotations

import numpy as np

from xueji_lib.county.cells import Cells
from xueji_lib.county.kleene import Truth


def back(t: Truth) -> list[bool | None]:
    return [None if u else bool(y) for y, u in zip(t.yes, t.unknown, strict=True)]


def test_a_blank_is_unknown_unless_the_condition_gives_it_a_meaning() -> None:
    cells = Cells(
        np.array([1.0, 5.0, np.nan, np.nan]),
        blank=np.array([False, False, True, False]),
        unknown=np.array([False, False, False, True]),
    )
    assert back(cells.gt(3)) == [False, True, None, None]
    assert back(cells.gt(3, blank=True)) == [False, True, True, None]
    assert back(cells.is_blank()) == [False, False, True, None]
    assert back(cells.has_value()) == [True, True, False, None]
    assert back(cells.isin((1, 2), blank=False)) == [True, False, False, None]


def test_comparing_two_columns() -> None:
    flags = [False, False, True, False]
    a = Cells(np.array([1.0, 5.0, np.nan, 2.0]), np.array(flags), np.zeros(4, dtype=bool))
    b = Cells(np.array([2.0, 2.0, 2.0, np.nan]), np.zeros(4, dtype=bool), np.array([False, False, False, True]))
    assert back(a.lt(b)) == [True, False, None, None]
    assert back(a.lt(b, blank=False)) == [True, False, False, None]


def test_a_place_of_minus_one_is_an_unknown_cell() -> None:
    cells = Cells(np.array([7.0]), np.array([False]), np.array([False]))
    assert back(cells.take(np.array([0, -1])).eq(7)) == [True, None]
