"""Writes a table in any file form; the same sheets give the same bytes every time."""

from __future__ import annotations

import datetime as dt
import html
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import xlsxwriter

from xueji_lib.demo.cell_styles import Cell

FORMS = ("xlsx", "xls", "csv_utf8", "fake_tsv", "xlsx_sheets", "csv_gb18030", "html", "csv_bom", "csv_utf16")
SUFFIX = {
    "xlsx": ".xlsx", "xlsx_sheets": ".xlsx", "xls": ".xls", "csv_utf8": ".csv", "csv_gb18030": ".csv",
    "csv_bom": ".csv", "csv_utf16": ".csv", "fake_tsv": ".xls", "html": ".xls",
}  # fmt: skip
CREATED = dt.datetime(2026, 9, 1, 8, 0, 0)
_ENCODING = {
    "csv_utf8": "utf-8",
    "csv_bom": "utf-8-sig",
    "csv_gb18030": "gb18030",
    "csv_utf16": "utf-16",
    "fake_tsv": "gb18030",
}


@dataclass(slots=True)
class Sheet:
    """Title rows, a header, rows, and what stands below them. ``blanks``: after which row a blank one follows;
    ``refused``: index of a row, header and code of what intake must refuse in it."""

    name: str
    header: list[str]
    rows: list[list[Cell]]
    titles: list[str] = field(default_factory=list)
    footer: list[list[Cell]] = field(default_factory=list)
    blanks: frozenset[int] = frozenset()
    refused: list[tuple[int, str, str]] = field(default_factory=list)
    two_rows: bool = False

    @property
    def groups(self) -> list[tuple[int, int, str]]:
        """Of a header in two rows: first and last column of 成员1 and 成员2, and the word above them."""
        spans = []
        for word in ("成员1", "成员2") if self.two_rows else ():
            columns = [i for i, text in enumerate(self.header) if text.startswith(word)]
            spans.append((columns[0], columns[-1], word))
        return spans

    def head(self) -> list[list[Cell]]:
        """The header: one row, or two where words stand above groups of columns."""
        if not self.two_rows:
            return [list(self.header)]
        top: list[Cell] = list(self.header)
        below: list[Cell] = [None] * len(top)
        for first, last, word in self.groups:
            below[first : last + 1] = [text.removeprefix(word) for text in self.header[first : last + 1]]
            top[first : last + 1] = [word, *[None] * (last - first)]
        return [top, below]

    def grid(self) -> list[list[Cell]]:
        """All rows as they stand, titles first."""
        lines: list[list[Cell]] = [[title] for title in self.titles]
        lines += self.head()
        for index, row in enumerate(self.rows):
            lines.append(row)
            if index in self.blanks:
                lines.append([])
        return [*lines, *self.footer]

    def line_of(self, row_index: int) -> int:
        """The row number in the file, from 1, of the data row with this index, from 0."""
        return len(self.titles) + 2 + self.two_rows + row_index + sum(b < row_index for b in self.blanks)


def write(path: Path, form: str, sheets: Sequence[Sheet]) -> Path:
    """Write one file and return its path. ``form``: one of ``FORMS``; text forms take the first sheet only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if form in ("xlsx", "xlsx_sheets"):
        _xlsx(path, sheets)
    elif form == "xls":
        return _xls(path, sheets)
    elif form == "html":
        path.write_bytes(_html(sheets[0]).encode("utf-8"))
    else:
        mark = "\t" if form == "fake_tsv" else ","
        text = "\r\n".join(mark.join(_field(cell, mark) for cell in row) for row in sheets[0].grid()) + "\r\n"
        path.write_bytes(
            b"\xff\xfe" + text.encode("utf-16-le") if form == "csv_utf16" else text.encode(_ENCODING[form])
        )
    return path


def text_of(cell: Cell) -> str:
    """A cell in a text file; a number of many digits comes as Excel saves it."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:.5E}"
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return str(cell)


def _field(cell: Cell, mark: str) -> str:
    text = text_of(cell)
    return '"' + text.replace('"', '""') + '"' if mark in text or '"' in text or "\n" in text else text


def _xlsx(path: Path, sheets: Sequence[Sheet]) -> None:
    book = xlsxwriter.Workbook(
        str(path), {"in_memory": True, "strings_to_numbers": False, "strings_to_formulas": False}
    )
    book.set_properties({"created": CREATED})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    title = book.add_format({"bold": True, "align": "center"})
    for sheet in sheets:
        page = book.add_worksheet(sheet.name)
        above = len(sheet.titles)
        for first, last, word in sheet.groups:
            page.merge_range(above, first, above, last, word, title)
        for line, row in enumerate(sheet.grid()):
            if line < above:
                page.merge_range(line, 0, line, max(len(sheet.header) - 1, 1), str(row[0]), title)
                continue
            for column, cell in enumerate(row):
                if cell is None or (line == above and any(first == column for first, _, _ in sheet.groups)):
                    continue
                if isinstance(cell, dt.date):
                    page.write_datetime(line, column, dt.datetime(cell.year, cell.month, cell.day), day)
                elif isinstance(cell, int | float):
                    page.write_number(line, column, cell)
                else:
                    page.write_string(line, column, cell)
    book.close()


def _xls(path: Path, sheets: Sequence[Sheet]) -> Path:
    """A real BIFF file; without xlwt (a library of the development set) an xlsx of the same content."""
    try:
        import xlwt
    except ImportError:
        _xlsx(path.with_suffix(".xlsx"), sheets)
        return path.with_suffix(".xlsx")
    book = xlwt.Workbook(encoding="utf-8")
    day = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for sheet in sheets:
        page = book.add_sheet(sheet.name)
        for line, row in enumerate(sheet.grid()):
            if line < len(sheet.titles):
                page.write_merge(line, line, 0, max(len(sheet.header) - 1, 1), row[0])
                continue
            for column, cell in enumerate(row):
                if isinstance(cell, dt.date):
                    page.write(line, column, cell, day)
                elif cell is not None:
                    page.write(line, column, cell)
    out = io.BytesIO()
    book.save(out)
    path.write_bytes(out.getvalue())
    return path


def _html(sheet: Sheet) -> str:
    lines = ["<html><head><meta charset='utf-8'></head><body><table border='1'>"]
    for line, row in enumerate(sheet.grid()):
        if line < len(sheet.titles):
            lines.append(f"<tr><th colspan='{len(sheet.header)}'>{html.escape(text_of(row[0]))}</th></tr>")
        else:
            cells = "".join(f"<td>{html.escape(text_of(cell))}</td>" for cell in row)
            lines.append(f"<tr>{cells}</tr>")
    return "\n".join([*lines, "</table></body></html>\n"])
