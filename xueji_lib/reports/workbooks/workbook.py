"""``Book``, which all workbooks are written with: formats, lists, print set-up; the same content gives the same bytes.

Text is always written as text, so that no cell becomes a formula or a link.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from xueji_lib.register import labels
from xueji_lib.register.vocabulary import Severity
from xueji_lib.support import printed_sheet
from xueji_lib.support.files import put_file

FONT: Final = "微软雅黑"
_LINE: Final = "#C9CFD6"
_LONGEST, _TALLEST = 32_767, 409.0  # Excel's limits of a cell's characters and a row's points
_DATE: Final = re.compile(r"(?<!\d)\d{4}-\d\d-\d\d(?!\d)")
OPEN: Final = "#FFFBEA"
"""The background of a cell to fill in."""
FILLS: Final = {Severity.GRAVE: "#F2D9D6", Severity.SERIOUS: "#FBEFD5", Severity.GENERAL: "#EEF1F4"}


class SheetColumn(NamedTuple):
    """A column of a list: heading, width in characters (a Chinese one is two), wrapped or not, centred or not.

    ``fill``: the one column kind of a protected sheet that stays open, to be filled in; ``form``: more of its format.
    """

    head: str
    width: float
    wrap: bool = False
    centre: bool = False
    fill: bool = False
    form: Mapping[str, Any] = MappingProxyType({})

    def lines(self, text: str) -> int:
        """Lines the text takes in this column."""
        if not self.wrap:
            return 1
        room = max(int(self.width) - 1, 1)
        if "\n" in text:
            return sum(max(1, -(-text_width(part) // room)) for part in text.split("\n"))
        return -(-text_width(text) // room)


class Book:
    """A workbook; ``save`` writes it whole. The same content gives the same bytes.

    ``stream``: rows go to disk as they are written, top to bottom, so that any number of them takes little memory.
    """

    def __init__(self, title: str, day: dt.date, *, stream: bool = False) -> None:
        self._buffer = io.BytesIO()
        plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self.book = xlsxwriter.Workbook(self._buffer, {("constant_memory" if stream else "in_memory"): True, **plain})
        made = dt.datetime(day.year, day.month, day.day)
        self.book.set_properties({"title": title, "author": "学籍检查工具箱", "created": made})
        self._formats: dict[tuple[tuple[str, Any], ...], Format] = {}
        self._landscape: dict[str, bool] = {}
        self._heads: dict[str, tuple[str, str, int]] = {}
        self._fitted: dict[str, printed_sheet.Fitted] = {}
        self._heights: dict[str, dict[int, float]] = {}

    def format(self, **properties: Any) -> Format:
        """The cell format with these properties; the same properties give the same object."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            base = {"font_name": FONT, "font_size": 10, "valign": "top"}
            self._formats[key] = self.book.add_format({**base, **properties})
        return self._formats[key]

    def heading(self, centre: bool = False) -> Format:
        """The format of a list's heading."""
        form = {"bg_color": "#E9EDF1", "bottom": 1, "bottom_color": "#9AA5B1", "valign": "vcenter", "text_wrap": True}
        return self.format(bold=True, align="center" if centre else "left", **form)

    @property
    def figure(self) -> Format:
        """The format of a cell with a number."""
        return self.format(bottom=1, bottom_color=_LINE, align="center")

    @property
    def cell(self) -> Format:
        """The format of a plain cell."""
        return self.format(bottom=1, bottom_color=_LINE)

    def sheet(self, name: str, footer: str, *, landscape: bool = True) -> Worksheet:
        """A new sheet, set up for A4: as wide as the paper, page numbers at the foot."""
        sheet = self.book.add_worksheet(name)
        self._landscape[name] = landscape
        printed_sheet.set_up(sheet, landscape=landscape)
        printed_sheet.set_footer(sheet, footer)
        sheet.hide_gridlines(2)
        return sheet

    def head(self, sheet: Worksheet, title: str, note: str, *, across: int = 0) -> None:
        """Title and a sentence below it, in rows 1 and 2; the list goes to row 3 (``top=2``), and ``table`` writes
        both when it knows how wide the list is. ``across``: the sentence takes so many first columns; 0: all."""
        self._heads[sheet.get_name()] = title, note, across

    def note(
        self, sheet: Worksheet, row: int, text: str, widths: Sequence[float], *, size: float = 10, **form: Any
    ) -> None:
        """Write a sentence across columns of these widths, on as many lines as it takes."""
        cells = self.format(**{"font_color": "#4A5561", "text_wrap": True, "font_size": size, **form})
        room = max(int(sum(widths) * 9.5 / size) - 2, 1)
        self.height(sheet, row, min(1.45 * size * -(-text_width(text) // room) + 3, _TALLEST))
        if len(widths) > 1:
            sheet.merge_range(row, 0, row, len(widths) - 1, "", cells)
        put(sheet, row, 0, text, cells)

    def fit(self, sheet: Worksheet, widths: Sequence[float], *, kept: int = 0, in_sets: bool = False) -> None:
        """Choose the paper on which columns of these widths can be read (``printed_sheet.fit``)."""
        name = sheet.get_name()
        landscape = self._landscape[name]
        self._fitted[name] = printed_sheet.fit(sheet, widths, landscape=landscape, kept=kept, in_sets=in_sets)

    def height(self, sheet: Worksheet, row: int, points: float) -> None:
        """Set the height of a row."""
        sheet.set_row(row, points)
        self._heights.setdefault(sheet.get_name(), {})[row] = points

    def keep_together(self, sheet: Worksheet, rows: range, heading: int) -> None:
        """Have these rows on one page: the last of a list, and where it is signed. ``heading``: the row that is
        repeated."""
        name = sheet.get_name()
        heights = self._heights.get(name, {})
        printed_sheet.keep_together(sheet, self._fitted[name], heights, rows, heights.get(heading, 0.0))

    def table(
        self,
        sheet: Worksheet,
        columns: Sequence[SheetColumn],
        rows: Iterable[Sequence[Any]],
        *,
        top: int = 0,
        tint: int = -1,
        head: float = 30,
        printed: int = 0,
    ) -> int:
        """Write a list under a frozen, filtered, repeated heading; returns the row below its last one.

        ``tint``: the index of a severity column that gets its colour, -1 for none; ``head``: the heading's height in
        points; ``printed``: so many first columns are printed, 0: all.
        """
        widths = [column.width for column in columns[: printed or len(columns)]]
        self.fit(sheet, widths, kept=min(2, len(widths) - 1))
        if sheet.get_name() in self._heads:
            title, note, across = self._heads.pop(sheet.get_name())
            self.note(sheet, 0, title, widths, size=14, bold=True, font_color="#000000", valign="vcenter")
            self.note(sheet, 1, note, widths[: across or len(widths)])
        self.height(sheet, top, head)
        for column_index, column in enumerate(columns):
            sheet.set_column(column_index, column_index, column.width)
            sheet.write_string(top, column_index, column.head, self.heading(column.centre))
        at = self.rows(sheet, columns, rows, top + 1, tint)
        sheet.freeze_panes(top + 1, 0)
        sheet.repeat_rows(top)
        if printed:
            sheet.print_area(0, 0, at - 1, printed - 1)
        if at > top + 1:
            sheet.autofilter(top, 0, at - 1, len(columns) - 1)
        return at

    def rows(
        self,
        sheet: Worksheet,
        columns: Sequence[SheetColumn],
        rows: Iterable[Sequence[Any]],
        at: int,
        tint: int = -1,
    ) -> int:
        """Write the rows of a list from row ``at`` on; returns the row below the last. Row heights are set, because
        not every office program fits a row to wrapped text when it opens a file."""
        forms = [self.of(column) for column in columns]
        tints = {value: self.of(columns[tint], bg_color=fill) for value, fill in FILLS.items()} if tint >= 0 else {}
        wrapped = [column_index for column_index, column in enumerate(columns) if column.wrap]
        heights: dict[int, float] = {}
        for row in rows:
            lines = 1
            texts = [value if type(value) is str else labels.text(value) for value in row]
            for column_index in wrapped:
                lines = max(lines, columns[column_index].lines(texts[column_index]))
            if lines not in heights:
                heights[lines] = min(14.5 * lines + 2, _TALLEST)
            self.height(sheet, at, heights[lines])
            for column_index, value in enumerate(row):
                form = tints.get(value, forms[column_index]) if column_index == tint else forms[column_index]
                if type(value) is str and value:
                    sheet.write_string(at, column_index, value[:_LONGEST], form)
                else:
                    put(sheet, at, column_index, value, form)
            at += 1
        return at

    def of(self, column: SheetColumn, **more: Any) -> Format:
        """The format of a column's cells."""
        form: dict[str, Any] = {"bottom": 1, "bottom_color": _LINE, "text_wrap": column.wrap, **column.form}
        if column.centre:
            form |= {"align": "center", "num_format": '0;-0;"–"'}
        if column.fill:
            form |= {"locked": False, "bg_color": OPEN, "border": 1, "border_color": "#D8C68A"}
        return self.format(**{**form, **more})

    def protect(self, sheet: Worksheet) -> None:
        """Locks all but the cells to fill in; filtering, sizing and selecting stay. There is no password: it is
        against slips, not against people."""
        allowed = ("autofilter", "format_columns", "format_rows", "select_locked_cells", "select_unlocked_cells")
        sheet.protect("", dict.fromkeys(allowed, True))

    def save(self, path: Path) -> None:
        """Write the workbook to ``path``. Raises UsageError where another program holds the file."""
        put_file(path, self.content())

    def content(self) -> bytes:
        """The finished workbook; nothing can be added after."""
        self.book.close()
        return self._buffer.getvalue()


def unbroken(text: str) -> str:
    """The text with dates that no line break divides: 2026-09-21 with hyphens at which programs do not break."""
    return _DATE.sub(lambda date: date[0].replace("-", "\u2011"), text)


def text_width(value: Any) -> int:
    """Columns a text takes: a Chinese character two."""
    return len((value if type(value) is str else labels.text(value)).encode("gbk", "replace"))


def put(sheet: Worksheet, row: int, column: int, value: Any, form: Format) -> None:
    """Write a number as a number, a missing value as an empty cell, everything else as text."""
    if labels.is_blank(value):
        sheet.write_blank(row, column, None, form)
    elif isinstance(value, bool) or (not isinstance(value, int | float) and not hasattr(value, "__index__")):
        sheet.write_string(row, column, labels.text(value)[:_LONGEST], form)
    else:
        sheet.write_number(row, column, float(value) if isinstance(value, float) else int(value), form)
