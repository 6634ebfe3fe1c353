"""A long list to read: thousands of rows stay in Python, which searches, filters and sorts them; the browser gets those
that it shows, and a workbook of all that pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, TypeAlias

from xueji_lib.reports.workbooks import listing_book
from xueji_lib.support.errors import UsageError
from xueji_lib.web.panels import wire
from xueji_lib.web.panels.live_piece import MarkedKeeper
from xueji_lib.web.panels.panel import Handler, Panel, Reply

_MOST: Final = 5000  # rows that a browser may ask for
_SHOWN: Final = 50
_MEDIA: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

ListRow: TypeAlias = Mapping[str, str | float | None]
"""Column → its text or number, None for an unknown number; ``href``: where the row's link goes, "" for nowhere."""


@dataclass(frozen=True, slots=True)
class ListColumn:
    """A column. ``kind``: text; link (to the row's ``href``); number (sorted as one); tag (coloured by its text).
    ``picked``: a filter of the texts that there are. ``wide``: its text is wrapped. ``order``: of those texts, where it
    is not the alphabet's."""

    name: str
    label: str
    kind: Literal["text", "link", "number", "tag"] = "text"
    picked: bool = False
    wide: bool = False
    order: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListForm:
    """What a list shows. ``unit``: what its rows are counted in (所, 条); ``empty``: said where there is none;
    ``file``: the name of the workbook, without its ending."""

    columns: Sequence[ListColumn]
    unit: str
    empty: str
    file: str


class LongList(Panel):
    """The widget. ``rows`` gives all rows as they are now; they are asked for again when ``desk.mark()`` has changed.
    ``log`` writes into the trail that so many rows of a file were taken away."""

    entry = "long_list"

    def __init__(
        self,
        desk: MarkedKeeper,
        key: str,
        form: ListForm,
        rows: Callable[[], Sequence[ListRow]],
        log: Callable[[str, int], None],
    ) -> None:
        self._desk, self._form, self._make, self._log = desk, form, rows, log
        self._kept: tuple[str, Sequence[ListRow]] = ("", ())
        self._columns = {column.name: column for column in form.columns}
        first = self._answer({"text": "", "filters": {}, "sort": "", "down": 0, "many": _SHOWN})
        spec = {
            "columns": [asdict(column) for column in form.columns], "unit": form.unit, "empty": form.empty,
            "name": form.file, "shown": _SHOWN, "first": first,
        }  # fmt: skip
        super().__init__(desk, key, spec)

    def handlers(self) -> Mapping[str, Handler]:
        return {"query": self._query, "export": self._export}

    def _rows(self) -> Sequence[ListRow]:
        mark = self._desk.mark()
        if self._kept[0] != mark:
            self._kept = (mark, self._make())
        return self._kept[1]

    def _query(self, message: Mapping[str, Any], _: object) -> Reply:
        known = wire.text(message, "mark")
        if known and known == self._desk.mark():
            return {"kind": "data", "mark": known}
        return {"kind": "data", **self._answer(message)}

    def _answer(self, message: Mapping[str, Any]) -> Reply:
        many = wire.whole(message, "many", _MOST)
        rows = self._rows()
        listed = self._listed(message)
        choices = {
            column.name: _ordered({str(row[column.name] or "") for row in rows} - {""}, column.order)
            for column in self._form.columns
            if column.picked
        }
        shown = [dict(row) for row in listed[:many]]
        return {"rows": shown, "listed": len(listed), "total": len(rows), "choices": choices, "mark": self._kept[0]}

    def _listed(self, message: Mapping[str, Any]) -> list[ListRow]:
        """The rows that pass the message's search and filters, in its order."""
        text = wire.text(message, "text").strip().lower()
        filters = wire.fields(message, "filters")
        sort, down = wire.text(message, "sort", 40), bool(wire.whole(message, "down", 1))
        if {*filters, *([sort] if sort else [])} - set(self._columns):
            raise UsageError("页面送来的列不认识")
        listed = [
            row
            for row in self._rows()
            if all(row[name] == wanted for name, wanted in filters.items() if wanted) and _holds(row, text)
        ]
        return sorted(listed, key=self._sort_key(sort), reverse=down) if sort else listed

    def _sort_key(self, name: str) -> Callable[[ListRow], Any]:
        column = self._columns[name]
        if column.kind == "number":
            return lambda row: -1.0 if row[name] is None else float(row[name] or 0)
        order = {text: index for index, text in enumerate(column.order)}
        return lambda row: (order.get(str(row[name]), len(order)), str(row[name] or ""))

    def _export(self, message: Mapping[str, Any], _: object) -> Reply:
        listed = self._listed(message)
        heads = [column.label for column in self._form.columns]
        content = listing_book.content(
            self._form.file, heads, [[row[column.name] for column in self._form.columns] for row in listed]
        )
        self._log(f"{self._form.file}.xlsx", len(listed))
        return {"kind": "data", "name": f"{self._form.file}.xlsx", "media": _MEDIA, "buffers": [content]}


def _holds(row: ListRow, text: str) -> bool:
    return not text or any(
        text in value.lower() for name, value in row.items() if name != "href" and isinstance(value, str)
    )


def _ordered(texts: set[str], order: Sequence[str]) -> list[str]:
    rank = {text: index for index, text in enumerate(order)}
    return sorted(texts, key=lambda text: (rank.get(text, len(rank)), text))
