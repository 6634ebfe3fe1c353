"""What is unknown of a row, as a text: any flags come back as they were, in whatever order the columns are named."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xueji_lib.register import unknown_cells

COLUMNS = [f"column_{n}" for n in range(150)]
"""More than two words of bits."""


@st.composite
def flags(draw: st.DrawFn) -> dict[str, np.ndarray]:
    rows = draw(st.integers(0, 6))
    columns = draw(st.lists(st.sampled_from(COLUMNS), unique=True))
    return {column: np.array(draw(st.lists(st.booleans(), min_size=rows, max_size=rows)), bool) for column in columns}


@given(flags())
def test_flags_come_back(given_flags: dict[str, np.ndarray]) -> None:
    rows = len(next(iter(given_flags.values()), []))
    texts = pd.Series(unknown_cells.texts(given_flags, rows))
    turned = dict(reversed(given_flags.items()))
    assert texts.tolist() == pd.Series(unknown_cells.texts(turned, rows)).tolist()
    for column in [*given_flags, COLUMNS[0]]:
        expected = given_flags.get(column, np.zeros(rows, bool)).tolist()
        assert unknown_cells.flags(column, texts).tolist() == expected
        assert unknown_cells.flags(column, texts.astype(object)).tolist() == expected


@given(flags())
def test_what_is_filled_in_is_not_unknown_any_more(given_flags: dict[str, np.ndarray]) -> None:
    rows = len(next(iter(given_flags.values()), []))
    texts = pd.Series(unknown_cells.texts(given_flags, rows))
    where = np.arange(rows) % 2 == 0
    for column in list(given_flags)[:3]:
        left = pd.Series(unknown_cells.without([column], where, texts))
        assert unknown_cells.flags(column, left).tolist() == (given_flags[column] & ~where).tolist()
        for other in set(given_flags) - {column}:
            assert unknown_cells.flags(other, left).tolist() == given_flags[other].tolist()


def test_a_row_that_does_not_say_is_an_error() -> None:
    texts = pd.Series(["", None, "name"], dtype="category")
    with pytest.raises(ValueError, match="unknown"):
        unknown_cells.flags("name", texts)
    with pytest.raises(ValueError, match="unknown"):
        unknown_cells.without(["name"], np.array([True, True, True]), texts)
