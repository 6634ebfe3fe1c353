"""学籍管理与保密: the table of duties as a workbook, a sheet a school year, to file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

from xueji_lib.reports.workbooks.workbook import Book, put
from xueji_lib.views.duties import COLUMNS, Duty


def write(by_year: Mapping[str, Sequence[Duty]], as_of: dt.date, file: Path) -> None:
    """Write the workbook. ``by_year``: school year → a row for each school. Raises UsageError where the file is held
    open."""
    book = Book("学籍管理与保密责任落实", as_of)
    head = book.format(bold=True, bg_color="#E9EDF1", border=1, border_color="#9AA5B1", text_wrap=True)
    cell = book.format(border=1, border_color="#C9CFD6", text_wrap=True, valign="top")
    for year, duties in by_year.items():
        sheet = book.sheet(year, f"{year} 学年")
        for column_index, column in enumerate(COLUMNS):
            sheet.set_column(column_index, column_index, column.width)
            sheet.write_string(0, column_index, column.heading, head)
        for row_index, duty in enumerate(duties, start=1):
            for column_index, column in enumerate(COLUMNS):
                put(sheet, row_index, column_index, duty.cells[column.name], cell)
        sheet.freeze_panes(1, 2)
        sheet.repeat_rows(0)
        sheet.autofilter(0, 0, max(1, len(duties)), len(COLUMNS) - 1)
        book.fit(sheet, [column.width for column in COLUMNS])
    book.save(file)
