"""ods workbooks, read by calamine; formulas never worked out, which calamine gives as blanks, merged cells and hidden
rows are looked up.

Source: OpenDocument 1.3, part 3, 9.1.4 (table:table-cell), 19.653 (table:number-columns-repeated), 19.749
(table:visibility).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from xueji_lib.intake.readers import by_calamine, workbook_xml
from xueji_lib.intake.readers.grid import Grid, Merge, mark_broken
from xueji_lib.intake.readers.zip_parts import Package

_CONTENT: Final = "content.xml"
_CELLS: Final = ("table-cell", "covered-table-cell")
_HIDDEN: Final = ("collapse", "filter")
_MOST_ROWS: Final = 1_048_576
_MOST: Final = 16_384
"""Columns, and repeated rows of which the cells are looked at."""


def read(data: bytes) -> Iterator[Grid]:
    """The sheets. Raises Unreadable."""
    with Package(data) as package:
        has_formula = has_other = False
        for block in package.blocks(_CONTENT):
            has_formula |= b"formula=" in block or b"error" in block
            has_other |= b"-spanned=" in block or b"visibility=" in block
        looks, blind = _look(package) if has_formula or has_other else ({}, False)
    for number, grid in enumerate(by_calamine.grids(by_calamine.open_book(data))):
        look = looks.get(number, _SheetLook())
        mark_broken(grid, look.broken if has_formula else ())
        grid.blind = blind and has_formula
        grid.merges = look.merges
        grid.hidden_rows = frozenset(look.hidden_rows)
        yield grid


@dataclass(slots=True)
class _SheetLook:
    """``broken``: (row, column) from 0 of its broken cells; ``hidden_rows``: numbers as the user sees them."""

    broken: list[tuple[int, int]] = field(default_factory=list)
    merges: list[Merge] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)


def _look(package: Package) -> tuple[dict[int, _SheetLook], bool]:
    """Sheet in the book's order → what is to be told of it; and whether there may be more."""
    looks: dict[int, _SheetLook] = {}
    sheet = row = 0
    blind = False
    for event, element in workbook_xml.events(package, _CONTENT, "table-row", "table"):
        if event == "blind":
            blind = True
            continue
        if element.tag.endswith("}table"):
            sheet, row = sheet + 1, 0
        else:
            look = looks.setdefault(sheet, _SheetLook())
            times = _number(element, "number-rows-repeated")
            for column, down, across in _spans(element):
                look.merges.append(((row, column), (row + down - 1, column + across - 1)))
            for column in _broken_columns(element):
                look.broken.extend((row + n, column) for n in range(min(times, _MOST)))
            if _is_hidden(element):
                look.hidden_rows.update(range(row + 1, min(row + min(times, _MOST), _MOST_ROWS) + 1))
            row += times
        workbook_xml.forget(element)
    return looks, blind


def _is_hidden(row: Any) -> bool:
    """By hand (collapse) or by a filter."""
    return any(key.endswith("}visibility") and value in _HIDDEN for key, value in row.attrib.items())


def _spans(row: Any) -> Iterator[tuple[int, int, int]]:
    """(column, rows, columns) of the merged cells that begin in a row."""
    column = 0
    for cell in row:
        if workbook_xml.local(cell) not in _CELLS:
            continue
        down, across = _number(cell, "number-rows-spanned"), _number(cell, "number-columns-spanned")
        if down > 1 or across > 1:
            yield column, down, min(across, _MOST)
        column += _number(cell, "number-columns-repeated")


def _broken_columns(row: Any) -> Iterator[int]:
    column = 0
    for cell in row:
        if workbook_xml.local(cell) not in _CELLS:
            continue
        times = _number(cell, "number-columns-repeated")
        if _is_broken(cell):
            yield from range(column, min(column + times, _MOST))
        column += times


def _is_broken(cell: Any) -> bool:
    """An error; or a formula without a value."""
    says = {key.rpartition("}")[2]: value for key, value in cell.attrib.items()}
    has_error = any(key.endswith("}value-type") and value == "error" for key, value in cell.attrib.items())
    return has_error or ("formula" in says and "value-type" not in says)


def _number(element: Any, attribute: str) -> int:
    text = next((value for key, value in element.attrib.items() if key.endswith("}" + attribute)), "1")
    return max(int(text), 1) if text.isdecimal() and len(text) < 8 else 1
