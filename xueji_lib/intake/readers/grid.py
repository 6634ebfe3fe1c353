"""A sheet as it came out of a file: cells in rows, before anyone asks what they mean."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

Cell = Any
"""str, int, float, bool, or a date or time of ``datetime``."""

Merge = tuple[tuple[int, int], tuple[int, int]]
"""First and last (row, column) of merged cells, from 0."""

RUINED = "\x01"
"""Put before the digits of a number cell of 15 and more digits: what it once said is lost."""

BROKEN = "\x02"
"""Stands for a formula that was never worked out or gives an error."""

UNSEEN = "\x03"
"""Stands for a cell without text of which it cannot be known whether it is blank or a formula never worked out."""

OVERLONG = "\x04"
"""Stands for more text than a cell of Excel can hold."""

MARKS = (RUINED, BROKEN, UNSEEN, OVERLONG)

MOST_TEXT = 32_767
"""Characters of a cell, as in Excel."""

_1904 = 1462  # days between the two beginnings that Excel counts from


class Unreadable(Exception):
    """A file that cannot be read; the text says why and what to do."""


class DamagedFile(Unreadable):
    """A file that a reader stumbled over; read more carefully it may yet give what it holds."""


@dataclass(slots=True)
class Grid:
    """``rows[i]`` is row ``i + 1`` as the user sees it.

    ``beyond``: rows with something in them, far below the table, that were not read. ``blind``: cells without text may
    be formulas never worked out. ``from_1904``: numbers that are days count from 1904.
    """

    name: str
    rows: list[list[Cell]]
    merges: Sequence[Merge] = ()
    hidden: bool = False
    beyond: int = 0
    blind: bool = False
    from_1904: bool = False
    hidden_rows: frozenset[int] = frozenset()
    """As the user sees their numbers; a filter hides rows too."""


def without_marks(text: str) -> str:
    """A file's own text, in which no mark of ours may be forged."""
    for mark in MARKS:
        text = text.replace(mark, "")
    return text


def mark_broken(grid: Grid, cells: Iterable[tuple[int, int]]) -> None:
    """Errors and formulas never worked out, where the reader gives a blank or the value of another time.

    ``cells``: (row, column) from 0.
    """
    rows = grid.rows
    for row, column in cells:
        while row >= len(rows):
            rows.append([])
        rows[row].extend("" for _ in range(column + 1 - len(rows[row])))
        rows[row][column] = BROKEN


def plain_cells(rows: list[list[str]]) -> list[list[str]]:
    """Cells written as a formula that is only text, as exports do to save a number from Excel: ="640422…" says what
    is between the quotes."""
    return [[plain_cell(cell) if '="' in cell else cell for cell in row] for row in rows]


def plain_cell(cell: str) -> str:
    """What is between the quotes of ="…"; any other text as it is."""
    text = cell.strip()
    if len(text) > 2 and text.startswith('="') and text.endswith('"'):
        return text[2:-1].replace('""', '"')
    return cell


def as_text(cell: Cell) -> str:
    """A cell as text: whole numbers without a point, dates as ISO, long numbers marked as ruined."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | float):
        if cell != cell:
            return BROKEN
        if abs(cell) >= 1e14:
            return f"{RUINED}{cell:.0f}" if abs(cell) < 1e30 else f"{RUINED}{cell}"
        return str(int(cell)) if cell == int(cell) else repr(cell)
    if isinstance(cell, dt.datetime):
        midnight = cell.time() == dt.time()
        return cell.date().isoformat() if midnight else cell.isoformat(sep=" ", timespec="seconds")
    return str(cell)


def since_1904(cell: Cell) -> Cell:
    """A number that is a day counted from 1904, as if it were counted from 1900; any other cell as it is."""
    is_day = isinstance(cell, int | float) and not isinstance(cell, bool) and 0 < cell < 100_000
    return cell + _1904 if is_day else cell
