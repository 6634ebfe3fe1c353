"""Three-valued logic: an unknown cell matters only where its value could change the answer."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from xueji_lib.county.cells import Cells, Truth, truth

VALUES = (True, False, None)


def of(*values: bool | None) -> Truth:
    return truth([bool(v) for v in values], [v is None for v in values])


def back(t: Truth) -> list[bool | None]:
    return [None if u else bool(y) for y, u in zip(t.yes, t.unknown, strict=True)]


def possible(v: bool | None) -> tuple[bool, ...]:
    return (True, False) if v is None else (v,)


def settled(answers: set[bool]) -> bool | None:
    return answers.pop() if len(answers) == 1 else None


def test_and_or_not_are_unknown_exactly_where_the_missing_value_could_change_the_answer() -> None:
    for a, b in product(VALUES, VALUES):
        assert back(of(a) & of(b)) == [settled({x and y for x in possible(a) for y in possible(b)})]
        assert back(of(a) | of(b)) == [settled({x or y for x in possible(a) for y in possible(b)})]
    for a in VALUES:
        assert back(~of(a)) == [settled({not x for x in possible(a)})]


@given(st.lists(st.sampled_from(VALUES), min_size=1, max_size=8), st.data())
def test_doubt_turns_a_yes_into_unknown_and_nothing_else(values: list[bool | None], data: st.DataObject) -> None:
    doubt = data.draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values)))
    expected = [None if v and d else v for v, d in zip(values, doubt, strict=True)]
    assert back(of(*values).doubted(np.array(doubt))) == expected


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
