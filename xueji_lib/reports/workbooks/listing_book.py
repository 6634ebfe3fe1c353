"""A list as a page shows it, as a workbook: one sheet, a heading that stays and filters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from xueji_lib.reports.workbooks.workbook import Book, SheetColumn, text_width

_WIDEST: Final = 40
_WIDTH_ROWS: Final = 200  # rows that say how wide a column is
_MADE: Final = dt.date(2026, 1, 1)  # the same rows give the same bytes


def content(title: str, heads: Sequence[str], rows: Sequence[Sequence[str | float | None]]) -> bytes:
    """The workbook's bytes."""
    book = Book(title, _MADE)
    sheet = book.sheet("清单", title)
    columns = []
    for index, head in enumerate(heads):
        widths = [text_width(str(row[index] or "")) for row in rows[:_WIDTH_ROWS]]
        wide = min(max([text_width(head) + 2, *widths]) + 2, _WIDEST)
        columns.append(SheetColumn(head, wide, wrap=wide == _WIDEST))
    book.table(sheet, columns, [["" if cell is None else cell for cell in row] for row in rows])
    return book.content()
