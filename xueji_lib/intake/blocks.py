"""Blocks of the same columns side by side, as printed class lists have them: each block is a list of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from xueji_lib.intake import header
from xueji_lib.intake.block_titles import own_title
from xueji_lib.intake.header import Header
from xueji_lib.intake.readers.grid import Grid
from xueji_lib.intake.words_around import is_around


def side_by_side(grid: Grid, head: Header) -> list[Grid]:
    """The grid once for every block of its table, with the cells of the other blocks blank; none where there is one
    block only. What stands in columns before the first block (a school, a class) is every block's."""
    again = header.plain(head.texts.get("name", ""))
    if not again or all(header.plain(text) != again for text in head.ignored):
        return []  # nearly always
    keys = header.keys(grid.rows, head, grid.merges)
    spans = _spans(keys, again)
    if len(spans) < 2:
        return []
    return [replace(grid, rows=_alone(grid, head.first, spans, number)) for number in range(len(spans))]


def _spans(keys: Sequence[str], name: str) -> list[tuple[int, int]]:
    """First column and end of each block: the same headers in the same order, again and again.

    A person's parent is no block: beside 姓名 stands 关系, and not what stands beside the pupil's name.
    """
    places = [i for i, key in enumerate(keys) if key == name]
    period = places[1] - places[0]
    if any(b - a != period for a, b in pairwise(places)):
        return []
    start = places[0]
    while start and places[0] - (start - 1) < period and _alike(keys, start - 1, period):
        start -= 1
    spans = [(start + n * period, start + (n + 1) * period) for n in range(len(places))]
    first = keys[start : start + period]
    for left, right in spans[1:]:
        others = keys[left:right]
        if any(key and key != own for key, own in zip(others, first, strict=False)):
            return []
    told = [key for key in keys[spans[1][0] : spans[1][1]] if key]
    return spans if len(told) >= 2 else []


def _is_around(row: Sequence[Any]) -> bool:
    lead = next((cell for cell in row if cell != "" and (type(cell) is not str or cell.strip())), "")
    return type(lead) is str and is_around(lead)


def _alike(keys: Sequence[str], at: int, period: int) -> bool:
    return at + period < len(keys) and keys[at] == keys[at + period]


def _alone(grid: Grid, first: int, spans: Sequence[tuple[int, int]], number: int) -> list[list[Any]]:
    """The rows with the cells of one block and of the columns before the blocks; a row in which the block is empty
    is empty. Above the header stands what is of all, and the block's own title."""
    own_left, own_right = spans[number]
    shared = spans[0][0]
    blocks_end = spans[-1][1]
    result: list[list[Any]] = []
    for at, row in enumerate(grid.rows):
        if at < first:
            result.append(own_title(row, at, spans, grid.merges, number))
            continue
        own = row[own_left:own_right]
        if number and _is_around(row):
            own = []  # a signature that runs on under the next block
        if any(cell != "" and (type(cell) is not str or cell.strip()) for cell in own):
            blank = [""] * (own_left - shared)
            tail = [""] * (min(blocks_end, len(row)) - own_right)
            result.append([*row[:shared], *blank, *own, *tail])
        else:
            # A text before the blocks may be a heading of those below.
            result.append(list(row[:shared]) if number == 0 or at == first else [])
    return result
