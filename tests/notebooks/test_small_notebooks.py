"""Whatever a county may write into a notebook: the warm engine shows what the stock one shows, and its process is put
back or given up."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.notebooks import both_engines, small_notebooks

FAST = ("values", "a handle in a later cell", "matplotlib's settings")
USUAL = [name for name in both_engines.all_notebooks() if name not in small_notebooks.SELDOM and name not in FAST]


def test_a_handful_of_small_notebooks_shows_the_same_under_both_engines(tmp_path: Path) -> None:
    assert_well(both_engines.compared(FAST, tmp_path))


@pytest.mark.slow
@pytest.mark.timeout(1500)  # eighty kernels of the stock engine
def test_eighty_small_notebooks_show_the_same_under_both_engines(tmp_path: Path) -> None:
    assert len(USUAL) >= 77
    assert_well(both_engines.compared(USUAL, tmp_path))


def assert_well(comparisons: list[both_engines.Comparison]) -> None:
    """The outputs agree, nothing is left in the process, and no notebook takes longer than under the stock engine."""
    assert {c.name: (c.differences, c.left) for c in comparisons if not c.well} == {}
    assert [c.name for c in comparisons if c.warm_seconds > max(5.0, 2 * c.stock_seconds)] == []
