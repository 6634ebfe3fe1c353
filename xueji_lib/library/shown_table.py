"""A table that a notebook shows: Chinese headings, notes below, and the frame behind it for whoever goes on with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd
from markupsafe import Markup

from xueji_lib.register import labels
from xueji_lib.reports.pages.piece import HtmlPiece, style
from xueji_lib.reports.workbooks.workbook import Book, SheetColumn, put, text_width
from xueji_lib.support.errors import UsageError

__all__ = ["ShownTable"]

_MOST: Final = 400
_WIDEST: Final = 44
_SHORT: Final = 26
_WIDTH_ROWS: Final = 200  # rows that say how wide a column is


@dataclass(frozen=True, repr=False)
class ShownTable:
    """``frame``: a row a line, text or numbers; ``headings``: column id → what people read, columns without one are not
    shown; ``title`` stands above, ``notes`` below; ``details``: other frames that the workbook holds besides, by the
    sheet's name."""

    frame: pd.DataFrame
    headings: Mapping[str, str]
    title: str = ""
    notes: Sequence[str] = ()
    details: Mapping[str, ShownTable] | None = None

    def save(self, file: str | Path) -> Path:
        """Write an Excel workbook: the table, the details, and a sheet of what has to be known. Returns its path.
        Raises UsageError where ``file`` is no .xlsx, or another program holds it."""
        path = Path(file)
        if path.suffix.lower() != ".xlsx":
            raise UsageError(f"要写成 .xlsx 文件，写的是 {path.name or '（空）'}")
        path.parent.mkdir(parents=True, exist_ok=True)
        book = Book(self.title or path.stem, dt.date.today())
        for name, table in {"表": self, **(self.details or {})}.items():
            book.table(book.sheet(name, self.title), table._columns(), table._rows())
        more = [note for table in (self.details or {}).values() for note in table.notes]
        sheet = book.sheet("说明", self.title, landscape=False)
        sheet.set_column(0, 0, 92)
        for row, text in enumerate([self.title, *dict.fromkeys([*self.notes, *more]), labels.DISCLAIMER]):
            sheet.set_row(row, 14.5 * (1 + text_width(text) // 90) + 2)
            put(sheet, row, 0, text, book.format(text_wrap=True, bold=row == 0))
        book.save(path)
        return path

    def _columns(self) -> list[SheetColumn]:
        columns = []
        for name, heading in self.headings.items():
            widths = [text_width(cell) for cell in self.frame[name].head(_WIDTH_ROWS)]
            wide = min(max([text_width(heading), *widths]) + 3, _WIDEST)
            columns.append(SheetColumn(heading, wide, wrap=wide == _WIDEST, centre=self._is_figure(name)))
        return columns

    def _rows(self) -> list[tuple[Any, ...]]:
        return list(zip(*(self.frame[name].tolist() for name in self.headings), strict=True))

    def _is_figure(self, name: str) -> bool:
        """Whether a column is of numbers, marked ones too."""
        cells = [labels.text(cell).rstrip("＊") for cell in self.frame[name].head(_WIDTH_ROWS)]
        return any(cell.isdigit() for cell in cells) and all(
            cell.isdigit() or len(cell) <= len("没有这条") for cell in cells
        )

    @property
    def _piece(self) -> HtmlPiece:
        figures = [self._is_figure(name) for name in self.headings]
        heads = [
            Markup('<th class="{}">{}</th>').format("num" if is_figure else "", _broken(heading))
            for heading, is_figure in zip(self.headings.values(), figures, strict=True)
        ]
        lines = [[labels.text(cell) for cell in row] for row in self._rows()[:_MOST]]
        body = [
            Markup("<tr>{}</tr>").format(
                Markup("").join(
                    Markup('<td class="{}">{}</td>').format("num" if is_figure else _form(cell), cell)
                    for cell, is_figure in zip(line, figures, strict=True)
                )
            )
            for line in lines
        ]
        left = len(self.frame) - len(lines)
        notes = [
            *self.notes,
            *([f'这里是前 {_MOST} 行，另有 {left} 行：用 .save("文件.xlsx") 保存全部。'] if left > 0 else []),
        ]
        title = Markup("<p><b>{}</b></p>").format(self.title) if self.title else ""
        table = Markup(
            '<div class="scroll"><table class="tight"><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>'
        )
        below = Markup("").join(Markup('<p class="faint">{}</p>').format(note) for note in notes)
        nothing = Markup("<p>没有。</p>") if self.headings else ""
        shown = table.format(Markup("").join(heads), Markup("").join(body)) if lines else nothing
        html = Markup('<div class="xj" style="max-width:none"><style>{}</style>{}{}{}</div>').format(
            style(), title, shown, below
        )
        text = [self.title, "｜".join(self.headings.values()), *("｜".join(line) for line in lines), *notes]
        return HtmlPiece(str(html), "\n".join(line for line in text if line))

    def _repr_html_(self) -> str:
        return self._piece.html

    def __repr__(self) -> str:
        return self._piece.text


def _broken(heading: str) -> Markup:
    """A heading on a line for each of its words, so that a column of figures is no wider than they are."""
    return Markup("<br>").join(heading.split(" "))


def _form(cell: str) -> str:
    """The style of a cell of text: a short one is not broken."""
    return "nowrap" if text_width(cell) <= _SHORT else ""
