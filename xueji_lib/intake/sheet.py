"""From a grid to the rows of one table: which rows are records, and their cells as columns of text.

Nothing is judged here but the shape: titles, blank rows, totals, footers and repeated headers are skipped and
counted; merged cells are filled. Source: data contract, section 2.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any, Final

from xueji_lib.intake import annex1, columns_told, headcount_title, header, list_end, other_lists, row_kinds
from xueji_lib.intake.blocks import side_by_side
from xueji_lib.intake.header import Header
from xueji_lib.intake.packed_column import pack
from xueji_lib.intake.raw_sheet import Names, RawSheet
from xueji_lib.intake.readers.grid import UNSEEN, Grid, Merge, Unreadable, as_text, since_1904
from xueji_lib.intake.row_kinds import TableShape
from xueji_lib.register import schema
from xueji_lib.register.schema import Kind

BEYOND: Final = "表外"
NO_TABLE: Final = "非数据表"
ABOVE: Final = "表头上方的记录"
REST: Final = "_rest"
"""The column that holds what no column of the table has."""

_MARKED_ROWS: Final = 5
_TABLES: Final = 50
"""Of one sheet, at most; no sheet of a person's has more."""
_MOST_MERGED: Final = 20_000_000
"""Cells that the merges of a table cover in all; more only where they lie on one another."""


_NO_HEADER: Final = (
    f"前 {header.SEARCH_ROWS} 行里找不到认识的表头。请对照 xueji templates 给出的台账样式改表头，"
    "或把不是台账的文件移出收件夹"
)
_EXPLAINS: Final = re.compile("说明|字典|代码表|代码|填报要求|填写要求|示例|样例|参数|选项|下拉|目录|封面")


def take(grid: Grid, file: str = "") -> list[RawSheet]:
    """Read a grid: a sheet for every table in it, one below the other or side by side; none for an empty grid.

    ``file``: the file's name, without folders and ending. Raises Unreadable.
    """
    grid.rows = _without_tail(grid.rows)
    if not grid.rows:
        return []
    sheets: list[RawSheet] = []
    start, rest = 0, grid
    while rest.rows:
        tables, stop = _first_table(rest, Names(grid.name, file, start, sheets), is_last=len(sheets) + 1 >= _TABLES)
        sheets += tables
        start, rest = start + stop, _below(rest, stop)
    return sheets


def _first_table(grid: Grid, names: Names, is_last: bool) -> tuple[list[RawSheet], int]:
    """The grid's first table, in a part for each of its blocks, and the place where the next begins (the grid's end
    where ``is_last``)."""
    end = len(grid.rows)
    sheet = RawSheet(grid.name, read=end + grid.beyond, beyond=grid.beyond, hidden=grid.hidden)
    is_own = _not_for_import(grid.rows)
    head = None if is_own else header.find(grid.rows, grid.merges)
    head = headcount_title.header_of(grid, head, names)
    head, sheet.foreign = annex1.header_of(grid, head, names, is_own)
    if head is None:
        sheet.skipped, sheet.own = {NO_TABLE: sheet.read}, is_own
        if not is_own:
            sheet.why = "" if grid.hidden or _EXPLAINS.search(grid.name) else _NO_HEADER
        return [sheet], end
    if not sheet.foreign:
        above = [*texts_above(grid.rows, head.first), *(text for table in names.above for text in table.context)]
        sheet.foreign = other_lists.why(head, above, names.sheet, names.file)
    blocks = side_by_side(grid, head)
    if blocks:
        parts = [_block(block, head, names, number) for number, block in enumerate(blocks)]
        for part in parts:
            part.foreign = sheet.foreign
        return parts, end
    stop = _fill_sheet(sheet, grid, head, names, is_last)
    if stop < end:
        sheet.read = stop + grid.beyond
        upper = replace(grid, rows=grid.rows[:stop])
        _fill_sheet(sheet, upper, head, names, is_last=True)
    return [sheet], stop


def _block(grid: Grid, head: Header, names: Names, number: int) -> RawSheet:
    """One of several blocks side by side. The rows above the header, and what is far below, count with the first."""
    sheet = RawSheet(grid.name, read=len(grid.rows) + grid.beyond, beyond=grid.beyond, hidden=grid.hidden)
    own_head = header.find(grid.rows, grid.merges, head.table.id)
    _fill_sheet(sheet, grid, own_head or head, names, is_last=True)
    if number:
        above = (own_head or head).data + grid.beyond
        sheet.read, sheet.beyond, sheet.above = sheet.read - above, 0, 0
        sheet.skipped = {k: n for k, n in sheet.skipped.items() if k not in (row_kinds.TITLE, row_kinds.HEADER, BEYOND)}
        sheet.read = len(sheet.rows) + sum(sheet.skipped.values())
    return sheet


def texts_above(lines: list[list[Any]], end: int) -> Iterator[str]:
    """The texts of the rows above a place, the lowest row last."""
    texts = (cell.strip() for row in lines[:end] for cell in row if type(cell) is str)
    return (text for text in texts if text)


def _below(grid: Grid, start: int) -> Grid:
    """The rows from ``start`` on, as a grid of their own."""
    if start == len(grid.rows):
        return Grid(grid.name, [])
    merges = [((r0 - start, c0), (r1 - start, c1)) for (r0, c0), (r1, c1) in grid.merges if r0 >= start]
    return replace(grid, rows=grid.rows[start:], merges=merges, beyond=0)


def _not_for_import(lines: list[list[Any]]) -> bool:
    """A page of the kit's own that is for the eye: its headings may look like a ledger's."""
    return any(type(c) is str and schema.NO_IMPORT_MARK in c for row in lines[:_MARKED_ROWS] for c in row)


def _without_tail(lines: list[list[Any]]) -> list[list[Any]]:
    """The rows up to the last one with anything in it."""
    end = len(lines)
    while end and not any(c != "" and (type(c) is not str or c.strip()) for c in lines[end - 1]):
        end -= 1
    return lines[:end]


def _fill_sheet(sheet: RawSheet, grid: Grid, head: Header, names: Names, is_last: bool) -> int:
    """Fill in what the grid's table says. Where another table stands below it, nothing is filled in but the place of
    that one is returned (never where ``is_last``)."""
    lines, start = grid.rows, names.start
    sheet.table = head.table.id
    sheet.header_row = start + head.first + 1
    sheet.texts = dict(head.texts)
    sheet.ignored = head.ignored
    sheet.context = tuple(dict.fromkeys(texts_above(lines, head.first)))
    skipped: Counter[str] = Counter()
    shape = TableShape.of(lines, head, grid.merges, frozenset(sheet.context), is_last)
    fitting, strange = row_kinds.records_above(lines, shape)
    for at, row in enumerate(lines[: head.first]):
        if at in strange:
            skipped[ABOVE] += 1
        elif at not in fitting:
            skipped[row_kinds.TITLE if any(row) else row_kinds.BLANK] += 1
    sheet.above = len(strange)
    skipped[row_kinds.HEADER] += head.rows
    if grid.beyond:
        skipped[BEYOND] += grid.beyond
    parts = row_kinds.records(lines, shape, skipped)
    record_rows, stop = [*fitting, *parts.records], parts.stop
    if stop < len(lines):
        return stop
    sheet.doubtful = list_end.settle(lines, shape, record_rows, skipped)
    below = {m for m in grid.merges if m[1][0] >= head.data}
    if below:
        _fill_merged(lines, record_rows, below)
    # What stands above the first table may name the school for those below it.
    own = sheet.context
    sheet.context += tuple(text for above in names.above for text in above.context)
    sheet.skipped = {k: n for k, n in sorted(skipped.items()) if n}
    sheet.rows = array("i", [start + at + 1 for at in record_rows])
    sheet.hidden_rows = len(grid.hidden_rows.intersection(sheet.rows)) if grid.hidden_rows else 0
    by_place = list(zip_longest(*(lines[at] for at in record_rows), fillvalue=""))
    blank = ("",) * len(record_rows)
    cells: dict[str, Sequence[Any]] = {
        column: by_place[column_index] if column_index < len(by_place) else blank
        for column, column_index in head.columns.items()
    }
    columns_told.fill_down(sheet, head.table, cells)
    columns_told.add(cells, head.table, record_rows, columns_told.Sources(own, sheet.context, parts.headings, names))
    for column in cells.keys() - head.columns.keys():
        sheet.texts[column] = head.table[column].header
    named = header.parents_columns(head)
    if {"member1_name", "member2_name"} <= named:
        cells = _mother_alone_first(cells, named)
    rest = _other_cells(by_place, head)
    if rest:
        sheet.columns[REST] = pack(rest)
    for column, texts in cells.items():
        if grid.blind:
            texts = [UNSEEN if cell == "" else cell for cell in texts]
        sheet.columns[column] = pack(texts, _converter(head.table, column, grid))
    return stop


def _other_cells(by_place: Sequence[Sequence[Any]], head: Header) -> list[str]:
    """A text a record of all cells in columns that the kit does not use, row numbers aside; none where there are none.
    Two rows that differ there are two rows."""
    used = {*head.columns.values(), *head.serial}
    others = [texts for place, texts in enumerate(by_place) if place not in used and texts.count("") < len(texts)]
    return ["\x1f".join(map(as_text, cells)) for cells in zip(*others, strict=True)]


def _mother_alone_first(cells: dict[str, Sequence[Any]], named: frozenset[str]) -> dict[str, Sequence[Any]]:
    """Where only one parent is written down, that is the first member, whichever column the form has for it.

    ``named``: the columns of parents.
    """
    names = cells["member1_name"], cells["member2_name"]
    alone = [_is_blank(first) and not _is_blank(second) for first, second in zip(*names, strict=True)]
    changed = dict(cells)
    for column in named if any(alone) else ():
        number, _, field_name = column.partition("_")
        other = f"{'member2' if number == 'member1' else 'member1'}_{field_name}"
        other_cells = cells[other] if other in named else ("",) * len(alone)
        changed[column] = [
            b if is_alone else a for a, b, is_alone in zip(cells[column], other_cells, alone, strict=True)
        ]
    return changed


def _is_blank(cell: Any) -> bool:
    return cell == "" or (type(cell) is str and not cell.strip(" \u3000/／-—"))


def _converter(table: schema.Table, column: str, grid: Grid) -> Callable[[Any], str]:
    """How a cell that is no text becomes one: in a column of days, a number is a day."""
    if grid.from_1904 and column != header.SCHOOL_NAME and table[column].kind in (Kind.DATE, Kind.MONTH):
        return lambda cell: as_text(since_1904(cell))
    return as_text


def _fill_merged(lines: list[list[Any]], record_rows: Sequence[int], merges: set[Merge]) -> None:
    """Merged cells say the same in every cell they cover. Rows that are no records stay as they are."""
    records = set(record_rows)
    width = max((len(lines[at]) for at in record_rows), default=0)
    room = _MOST_MERGED
    for (r0, c0), (r1, c1) in sorted(merges):
        if r0 >= len(lines) or c0 >= len(lines[r0]) or lines[r0][c0] == "":
            continue
        value, right = lines[r0][c0], min(c1 + 1, width)
        below = range(r0, min(r1, len(lines) - 1) + 1)
        room -= len(below) * max(right - c0, 1)
        if room < 0:
            raise Unreadable("合并的单元格互相压着，读不了。请在 Excel 里取消合并，另存后重交")
        for at in below:
            if at not in records:
                continue
            row = lines[at]
            row.extend("" for _ in range(right - len(row)))
            for column_index in range(c0, right):
                if row[column_index] == "":
                    row[column_index] = value
