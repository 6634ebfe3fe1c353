"""How a workbook comes out of the printer, read from the file alone: how large its text is, what is cut off."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import openpyxl
from openpyxl.cell import Cell
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.worksheet.worksheet import Worksheet

PAPERS = {"9": (595.3, 841.9), "8": (841.9, 1190.6)}
"""A4 and A3 in points, upright."""
LEAST = {"9": 8.0, "8": 7.0}
"""Points that text has at the least, by paper."""


def complaints(file: Path) -> list[str]:
    """What nobody could read on paper, a sentence each."""
    return [f"{file.name} {sheet.title}：{told}" for sheet in openpyxl.load_workbook(file) for told in _of(sheet)]


def _of(sheet: Worksheet) -> Iterator[str]:
    cells = [cell for row in _printed(sheet) for cell in row if cell.value not in (None, "")]
    if not cells:
        return
    size = min(cell.font.sz for cell in cells) * _scale(sheet)
    paper = str(sheet.page_setup.paperSize)
    if size < LEAST[paper]:
        yield f"纸 {paper} 上最小的字 {size:.1f} 磅"
    if "&P" not in (foot := str(sheet.oddFooter.right.text)) or "&N" not in foot:
        yield "没有页码"
    if sheet.auto_filter.ref and not sheet.print_title_rows:
        yield "表头不在每一页"
    for cell in cells:
        if told := _cut(sheet, cell):
            yield told


def _printed(sheet: Worksheet) -> Iterator[tuple[Cell, ...]]:
    left, top, right, bottom = _area(sheet)
    yield from sheet.iter_rows(top, bottom, left, right)


def _area(sheet: Worksheet) -> tuple[int, int, int, int]:
    if sheet.print_area:
        return range_boundaries(str(sheet.print_area).split("!")[-1].replace("$", ""))
    return 1, 1, sheet.max_column, sheet.max_row


def _scale(sheet: Worksheet) -> float:
    setup, margins = sheet.page_setup, sheet.page_margins
    if not (sheet.sheet_properties.pageSetUpPr and sheet.sheet_properties.pageSetUpPr.fitToPage):
        _held_by_sets(sheet)
        return int(setup.scale or 100) / 100
    left, top, right, bottom = _area(sheet)
    wide = sum(_width(sheet, column) for column in range(left, right + 1))
    across, down = _paper(sheet)
    scale = min(1.0, (across - 72 * (margins.left + margins.right)) / wide)
    if setup.fitToHeight != 0:  # nothing written means one page
        high = sum(sheet.row_dimensions[row].height or 15 for row in range(top, bottom + 1))
        scale = min(scale, (down - 72 * (margins.top + margins.bottom)) / high)
    return scale


def _held_by_sets(sheet: Worksheet) -> None:
    """Every set of pages is as wide as the paper at the most."""
    left, _, right, _ = _area(sheet)
    again = str(sheet.print_title_cols or "").replace("$", "")
    kept = openpyxl.utils.column_index_from_string(again.split(":")[-1]) if again else 0
    room = (_paper(sheet)[0] - 72 * (sheet.page_margins.left + sheet.page_margins.right)) / (
        sheet.page_setup.scale / 100
    )
    starts = [left, *(brk.id + 1 for brk in sheet.col_breaks.brk), right + 1]
    for first, after in pairwise(starts):
        columns = {*range(1, kept + 1), *range(first, after)}
        assert sum(_width(sheet, column) for column in columns) <= room, (sheet.title, first)


def _paper(sheet: Worksheet) -> tuple[float, float]:
    across, down = PAPERS[str(sheet.page_setup.paperSize)]
    return (down, across) if sheet.page_setup.orientation == "landscape" else (across, down)


def _width(sheet: Worksheet, column: int) -> float:
    """Points. The file says how many sevenths of pixels."""
    for dimension in sheet.column_dimensions.values():
        if dimension.min and dimension.min <= column <= dimension.max:
            return 0.0 if dimension.hidden else int(dimension.width * 7) * 0.75
    return 64 * 0.75


def _cut(sheet: Worksheet, cell: Cell) -> str:
    """What of a cell cannot be seen: a number that is too wide (####), a text that the next cell covers."""
    if cell.alignment.wrap_text or cell.coordinate in sheet.merged_cells or str(cell.value).startswith("="):
        return ""
    right = _area(sheet)[2]
    text = str(cell.value.date()) if cell.is_date else str(cell.value)
    room = _width(sheet, cell.column)
    if not isinstance(cell.value, int | float) and not cell.is_date:
        after = cell.column + 1
        while after <= right and sheet.cell(cell.row, after).value in (None, ""):
            room += _width(sheet, after)
            after += 1
    wide = sum(1.0 if unicodedata.east_asian_width(sign) in "WFA" else 0.55 for sign in text) * cell.font.sz
    return f"{get_column_letter(cell.column)}{cell.row} 放不下“{text[:20]}”" if wide > room else ""
