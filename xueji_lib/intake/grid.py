"""A sheet as it came out of a file: cells in rows, before anyone asks what they mean."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

Cell = Any
"""str, int, float, bool, or a date or time of ``datetime``."""

Merge = tuple[tuple[int, int], tuple[int, int]]
"""First and last (row, column) of merged cells, from 0."""

RUINED = "\x01"
"""Put before the digits of a number cell of 15 and more digits: what it once said is lost."""

BROKEN = "\x02"
"""Stands for a formula that was never worked out or gives an error."""


class Unreadable(Exception):
    """A file that cannot be read; the text says why and what to do."""


@dataclass(slots=True)
class Grid:
    """``rows[i]`` is row ``i + 1`` as the user sees it. ``note``: what a reader had to leave out (Chinese)."""

    name: str
    rows: list[list[Cell]]
    merges: Sequence[Merge] = ()
    hidden: bool = False
    beyond: int = 0
    notes: list[tuple[int, str]] = field(default_factory=list)


Sheets = Iterator[Grid]
Reader = Callable[[bytes], Sheets]


_FORMULA_TEXT = re.compile(r'\s*="(.*)"\s*', re.DOTALL)


def plain_cells(rows: list[list[str]]) -> list[list[str]]:
    """Cells written as a formula that is only text, as exports do to save a number from Excel: ="640422…" says what
    is between the quotes."""
    return [[_plain_cell(cell) if '="' in cell else cell for cell in row] for row in rows]


def _plain_cell(cell: str) -> str:
    found = _FORMULA_TEXT.fullmatch(cell)
    return found[1].replace('""', '"') if found else cell


def as_text(cell: Cell) -> str:
    """A cell as text: whole numbers without a point, dates as ISO, long numbers marked as ruined."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, int | float):
        if abs(cell) >= 1e14:
            return f"{RUINED}{cell:.0f}" if abs(cell) < 1e30 else f"{RUINED}{cell}"
        return str(int(cell)) if cell == int(cell) else repr(cell)
    if isinstance(cell, dt.datetime):
        midnight = cell.time() == dt.time()
        return cell.date().isoformat() if midnight else cell.isoformat(sep=" ", timespec="seconds")
    return str(cell)
