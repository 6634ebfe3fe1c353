"""A part of a page: a heading, and a table to work in where the page is served, the same rows as text where it is run
for the archive."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from IPython.display import display

from xueji_lib.reports.html import Shown
from xueji_lib.web.shown import piece
from xueji_lib.web.table import Action, Column, Desk, Field, Table

_MOST_ARCHIVED = 2000


class Section:
    """Pieces shown one below another in a cell's output."""

    def __init__(self, *parts: Any) -> None:
        self.parts = parts

    def _ipython_display_(self) -> None:
        for part in self.parts:
            display(part)  # type: ignore[no-untyped-call]


def heading(anchor: str, title: str, *lines: str) -> Shown:
    return piece("heading", anchor=anchor, title=title, lines=[line for line in lines if line])


def listing(heads: Sequence[str], rows: Sequence[Sequence[str]], empty: str) -> Shown:
    return piece("listing", heads=heads, rows=rows, empty=empty)


def table(
    live: bool,
    desk: Desk,
    key: str,
    columns: Sequence[Column],
    actions: Sequence[Action] = (),
    fields: Sequence[Field] = (),
    *,
    title: str,
    empty: str,
    waiting: str = "待办",
    upload: bool = False,
) -> Any:
    if live:
        return Table(desk, key, columns, actions, fields, title=title, empty=empty, waiting=waiting, upload=upload)
    rows = desk.rows()
    shown = [[_text(row, column) for column in columns] for row in rows[:_MOST_ARCHIVED]]
    return listing([column.label for column in columns], shown, empty)


def _text(row: Any, column: Column) -> str:
    if column.kind == "state":
        return str(row.state)
    if column.kind == "marks":
        return "、".join(row.marks)
    return str(row.cells.get(column.name, ""))
