"""What the workbooks have in common: cells written as what they are, formats, print set-up, fixed bytes.

Text is always written as text, so that no cell becomes a formula or a link.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from xueji_lib import labels
from xueji_lib.files import put_file

FONT: Final = "微软雅黑"
_A4, _LINE = 9, "#C9CFD6"
FILLS: Final = {"严重": "#F2D9D6", "较重": "#FBEFD5", "一般": "#EEF1F4"}


class Column(NamedTuple):
    """A column of a list: heading, width in characters (a Chinese one is two), wrapped or not, centred or not."""

    head: str
    width: float
    wrap: bool = False
    centre: bool = False

    def lines(self, value: Any) -> int:
        """Lines the value takes in this column."""
        return -(-text_width(value) // max(int(self.width) - 1, 1)) if self.wrap else 1


class Book:
    """A workbook in memory; ``save`` writes it whole. The same content gives the same bytes."""

    def __init__(self, title: str, day: dt.date) -> None:
        self._buffer = io.BytesIO()
        self.book = xlsxwriter.Workbook(
            self._buffer,
            {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
        )
        made = dt.datetime(day.year, day.month, day.day)
        self.book.set_properties({"title": title, "author": "学籍检查工具箱", "created": made})
        self._formats: dict[tuple[tuple[str, Any], ...], Format] = {}

    def format(self, **properties: Any) -> Format:
        """A cell format; asked for twice, it is the same one."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            base = {"font_name": FONT, "font_size": 10, "valign": "top"}
            self._formats[key] = self.book.add_format({**base, **properties})
        return self._formats[key]

    def heading(self, centre: bool = False) -> Format:
        form = {"bg_color": "#E9EDF1", "bottom": 1, "bottom_color": "#9AA5B1", "valign": "vcenter", "text_wrap": True}
        return self.format(bold=True, align="center" if centre else "left", **form)

    @property
    def figure(self) -> Format:
        return self.format(bottom=1, bottom_color=_LINE, align="center")

    @property
    def cell(self) -> Format:
        return self.format(bottom=1, bottom_color=_LINE)

    @property
    def wrapped(self) -> Format:
        return self.format(bottom=1, bottom_color=_LINE, text_wrap=True)

    def sheet(self, name: str, footer: str, *, landscape: bool = True) -> Worksheet:
        """A new sheet, set up for A4: as wide as the paper, page numbers at the foot."""
        sheet = self.book.add_worksheet(name)
        sheet.set_paper(_A4)
        if landscape:
            sheet.set_landscape()
        sheet.set_margins(left=0.5, right=0.5, top=0.55, bottom=0.65)
        sheet.fit_to_pages(1, 0)
        sheet.hide_gridlines(2)
        sheet.set_footer(f"&L&9{footer.replace('&', '&&')}&R&9第 &P 页 共 &N 页")
        return sheet

    def table(
        self,
        sheet: Worksheet,
        columns: Sequence[Column],
        rows: Iterable[Sequence[Any]],
        *,
        top: int = 0,
        tint: int = -1,
    ) -> int:
        """A list under a frozen, filtered, repeated heading; returns the row below its last one.

        ``tint``: the place of a severity column that gets its colour.
        """
        sheet.set_row(top, 30)
        for place, column in enumerate(columns):
            sheet.set_column(place, place, column.width)
            sheet.write_string(top, place, column.head, self.heading(column.centre))
        at = top + 1
        for row in rows:
            for place, (value, column) in enumerate(zip(row, columns, strict=True)):
                form: dict[str, Any] = {"bottom": 1, "bottom_color": _LINE, "text_wrap": column.wrap}
                if column.centre:
                    form |= {"align": "center", "num_format": '0;-0;"–"'}
                if place == tint and value in FILLS:
                    form["bg_color"] = FILLS[value]
                put(sheet, at, place, value, self.format(**form))
            # Set, because not every office program fits a row to wrapped text when it opens a file.
            lines = max(column.lines(value) for value, column in zip(row, columns, strict=True))
            sheet.set_row(at, 14.5 * max(lines, 1) + 2)
            at += 1
        sheet.freeze_panes(top + 1, 0)
        sheet.repeat_rows(top)
        if at > top + 1:
            sheet.autofilter(top, 0, at - 1, len(columns) - 1)
        return at

    def save(self, path: Path) -> None:
        """Raises UsageError where another program holds the file."""
        self.book.close()
        put_file(path, self._buffer.getvalue())


def text_width(value: Any) -> int:
    """Columns a text takes: a Chinese character two."""
    return sum(2 if ord(c) > 0x2E7F else 1 for c in labels.text(value))


def put(sheet: Worksheet, row: int, column: int, value: Any, form: Format) -> None:
    """A number as a number, everything else as text."""
    if labels.is_blank(value):
        sheet.write_blank(row, column, None, form)
    elif isinstance(value, bool) or (not isinstance(value, int | float) and not hasattr(value, "__index__")):
        sheet.write_string(row, column, labels.text(value), form)
    else:
        sheet.write_number(row, column, float(value) if isinstance(value, float) else int(value), form)
