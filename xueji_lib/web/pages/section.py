"""A part of a page: a heading, and a table to work in where the page is served, the same rows as text where it is run
for the archive."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from IPython.display import display

from xueji_lib.reports.pages.piece import HtmlPiece
from xueji_lib.web.pages.html_pieces import piece
from xueji_lib.web.panels.live_piece import LivePiece, MarkedKeeper
from xueji_lib.web.panels.table_panel import TableColumn, TableDesk, TableForm, TablePanel

_MOST_ARCHIVED = 2000


class Section:
    """Parts of a page, shown one below another in a cell's output."""

    def __init__(self, *parts: Any) -> None:
        self.parts = parts

    def _ipython_display_(self) -> None:
        for part in self.parts:
            display(part)  # type: ignore[no-untyped-call]


def heading(anchor: str, title: str, *lines: str) -> HtmlPiece:
    """A heading that links can point to (``anchor``), and a line of text for each of ``lines``."""
    return piece("heading", anchor=anchor, title=title, lines=[line for line in lines if line])


def listing(heads: Sequence[str], rows: Sequence[Sequence[str]], empty: str) -> HtmlPiece:
    """A table to read: ``heads`` above ``rows``, or the sentence ``empty`` where there is no row."""
    return piece("listing", heads=heads, rows=rows, empty=empty)


def table(live: bool, desk: TableDesk, key: str, form: TableForm) -> Any:
    """The table to work in (``live``), or its rows as text."""
    if live:
        return TablePanel(desk, key, form)
    rows = desk.rows()
    texts = [[_text(row, column) for column in form.columns] for row in rows[:_MOST_ARCHIVED]]
    return listing([column.label for column in form.columns], texts, form.empty)


def following(
    live: bool, desk: MarkedKeeper, key: str, make: Callable[[], HtmlPiece], skips: Sequence[tuple[str, str]] = ()
) -> LivePiece | HtmlPiece:
    """What ``make`` gives; where the page is served (``live``) it is made anew when ``desk.mark()`` changes. ``skips``:
    where the keyboard may jump to from here, (label, CSS selector)."""
    return LivePiece(desk, key, make, skips) if live else make()


def _text(row: Any, column: TableColumn) -> str:
    if column.kind == "state":
        return str(row.state)
    if column.kind == "marks":
        return "、".join(row.marks)
    return str(row.cells.get(column.name, ""))
