"""ods workbooks, read by calamine; formulas never worked out, which calamine gives as blanks, are looked up.

Source: OpenDocument 1.3, part 3, 9.1.4 (table:table-cell), 19.653 (table:number-columns-repeated).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from xueji_lib.intake.readers import by_calamine, workbook_xml
from xueji_lib.intake.readers.grid import Grid, Merge, mark_broken
from xueji_lib.intake.readers.zip_parts import Package

_CONTENT: Final = "content.xml"
_CELLS: Final = ("table-cell", "covered-table-cell")
_MOST: Final = 16_384
"""Columns, and repeated rows of which the cells are looked at."""


def read(data: bytes) -> Iterator[Grid]:
    """The sheets. Raises Unreadable."""
    with Package(data) as package:
        has_formula = has_merge = False
        for block in package.blocks(_CONTENT):
            has_formula |= b"formula=" in block or b"error" in block
            has_merge |= b"-spanned=" in block
        merges: dict[int, list[Merge]] = {}
        broken, blind = _look(package, merges) if has_formula or has_merge else ({}, False)
    for number, grid in enumerate(by_calamine.grids(by_calamine.open_book(data))):
        mark_broken(grid, broken.get(number, ()) if has_formula else ())
        grid.blind = blind and has_formula
        grid.merges = merges.get(number, ())
        yield grid


def _look(package: Package, merges: dict[int, list[Merge]]) -> tuple[dict[int, list[tuple[int, int]]], bool]:
    """Sheet in the book's order → (row, column) from 0 of its broken cells; and whether more may be. The merged cells
    of each sheet go to ``merges``."""
    broken_cells: dict[int, list[tuple[int, int]]] = {}
    sheet = row = 0
    blind = False
    for event, element in workbook_xml.events(package, _CONTENT, "table-row", "table"):
        if event == "blind":
            blind = True
            continue
        if element.tag.endswith("}table"):
            sheet, row = sheet + 1, 0
        else:
            times = _number(element, "number-rows-repeated")
            for column, down, across in _spans(element):
                merges.setdefault(sheet, []).append(((row, column), (row + down - 1, column + across - 1)))
            for column in _broken_columns(element):
                broken_cells.setdefault(sheet, []).extend((row + n, column) for n in range(min(times, _MOST)))
            row += times
        workbook_xml.forget(element)
    return broken_cells, blind


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
