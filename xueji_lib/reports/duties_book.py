"""学籍管理与保密: the table of duties as a workbook, a sheet a school year, to file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Final

from xueji_lib.reports.sheet import Book, put
from xueji_lib.views.duties import HEADS, Duty

_WIDTHS: Final = (13, 30, 12, 12, 12, 12, 16, 10, 30)


def write(by_year: Mapping[str, Sequence[Duty]], as_of: dt.date, file: Path) -> None:
    """Raises UsageError where the file is held open."""
    book = Book("学籍管理与保密责任落实", as_of)
    head = book.format(bold=True, bg_color="#E9EDF1", border=1, border_color="#9AA5B1", text_wrap=True)
    cell = book.format(border=1, border_color="#C9CFD6", text_wrap=True, valign="top")
    for year, duties in by_year.items():
        sheet = book.sheet(year, f"{year} 学年")
        for place, (name, width) in enumerate(zip(HEADS.values(), _WIDTHS, strict=True)):
            sheet.set_column(place, place, width)
            sheet.write_string(0, place, name, head)
        for at, duty in enumerate(duties, start=1):
            for place, value in enumerate(astuple(duty)):
                put(sheet, at, place, "、".join(value) if isinstance(value, tuple) else value, cell)
        sheet.freeze_panes(1, 2)
        sheet.repeat_rows(0)
        sheet.autofilter(0, 0, max(1, len(duties)), len(HEADS) - 1)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
    book.save(file)
