"""Answers by trying every value that an open cell could have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

from tests.reference.three_valued import Answer, known

_MOST = 2_000_000


def settle(cells: Sequence[Any], values: Sequence[Sequence[Any]], answer: Callable[[list[Any]], Answer]) -> Answer:
    """``answer`` of the cells, where every one that is not known may be any of its ``values``: what all say, or None.

    Cells: known ones stand for themselves. Raises ValueError where there are too many ways.
    """
    options = [[cell] if known(cell) else list(may) for cell, may in zip(cells, values, strict=True)]
    ways = 1
    for option in options:
        ways *= len(option)
    if ways > _MOST:
        raise ValueError(f"{ways} ways")
    answers = []
    for way in product(*options):
        one = answer(list(way))
        if one not in answers:
            answers.append(one)
        if len(answers) > 1:
            return None
    return answers[0]
