"""The one table of all pages: rows that open, a step for one row or for many, files; everything on one comm.

Generic: what columns there are, which steps a row allows and what a step asks for comes from Python as data, and
what is sent back goes to the table's ``TableDesk``. The table computes nothing and trusts nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, Protocol, TypeAlias

import traitlets

from xueji_lib.casebook.date_bounds import bounds_of
from xueji_lib.support.errors import UsageError
from xueji_lib.web.panels import wire
from xueji_lib.web.panels.panel import Handler, Keeper, Panel, Reply
from xueji_lib.web.panels.uploads import Uploads

Block: TypeAlias = Mapping[str, Any]
"""Part of an opened row, see ``TableDesk.blocks``."""


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column. ``kind``: text; open (the text that opens the row); tag (coloured by its value); state (the
    drop-down of steps); marks. ``choices``: their order when sorted, and a filter. ``picked``: a filter too, of the
    texts that there are. ``narrow``: as wide as its text. ``below``: the cell that stands in small print below it."""

    name: str
    label: str
    kind: Literal["text", "open", "tag", "state", "marks"] = "text"
    choices: tuple[str, ...] = ()
    narrow: bool = True
    picked: bool = False
    below: str = ""


@dataclass(frozen=True, slots=True)
class RowGroup:
    """A way to put rows together: those with the same texts in these ``columns``. ``label``: what they share."""

    label: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a step's form. ``first``, ``last``: ISO bounds of a date."""

    name: str
    label: str
    kind: Literal["text", "long", "date", "choice"] = "text"
    choices: tuple[str, ...] = ()
    hint: str = ""
    first: str = ""
    last: str = ""


def with_bounds(fields: Sequence[Field], today: dt.date) -> tuple[Field, ...]:
    """The fields, dates with the first and last day that they may be."""
    bounds = bounds_of(today)
    return tuple(
        replace(asked, first=bounds[asked.name].first.isoformat(), last=bounds[asked.name].last.isoformat())
        if asked.name in bounds
        else asked
        for asked in fields
    )


@dataclass(frozen=True, slots=True)
class Action:
    """A step that a row may take. ``fields``: names of the fields its form has. ``bulk``: may be taken for many rows
    at once."""

    name: str
    label: str
    fields: tuple[str, ...] = ("note",)
    bulk: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """A row. ``cells``: column → text. ``steps``: action → the fields that must be filled. ``seen`` comes back with
    a step. ``waiting``: somebody still has to look at it. ``undo``: the last step may be taken back."""

    id: str
    seen: tuple[str, ...]
    cells: Mapping[str, str]
    state: str
    steps: Mapping[str, Sequence[str]] = field(default_factory=dict)
    marks: tuple[str, ...] = ()
    waiting: bool = False
    undo: bool = False

    def plain(self) -> dict[str, Any]:
        """The row as it is sent to the page."""
        return {
            "id": self.id, "seen": list(self.seen), "cells": dict(self.cells), "state": self.state,
            "steps": {name: list(needs) for name, needs in self.steps.items()}, "marks": list(self.marks),
            "waiting": self.waiting, "undo": self.undo,
        }  # fmt: skip


class TableDesk(Keeper, Protocol):
    """What carries out the messages of a table. Every method raises Conflict, UsageError or StoreError."""

    def mark(self) -> str:
        """Changes when rows may have changed."""
        ...

    def rows(self) -> Sequence[Row]:
        """All rows, in the order of the table."""
        ...

    def blocks(self, row_id: str) -> Sequence[Block]:
        """What an opened row shows: ``{kind: text, label, text}``, ``{kind: history, label, items: [{at, who, what,
        note}]}``, ``rivals`` (the same), ``{kind: files, label, items: [{sha256, name, size, media, who, at}]}``, and
        what ``finding_help`` adds."""
        ...

    def step(self, chosen: Mapping[str, Sequence[str]], action: str, body: Mapping[str, str]) -> Sequence[Row]:
        """Take a step for one row or for many, all or none, and return the rows as they are then. The same message
        again changes nothing: a browser that got no answer asks twice."""
        ...

    def undo(self, chosen: Mapping[str, Sequence[str]]) -> Sequence[Row]:
        """Take the last step of each of these rows (id → events seen) back, all or none; the rows as they are then."""
        ...

    def attach(self, row_id: str, name: str, content: bytes) -> None:
        """Attach a file to a row."""
        ...

    def content(self, row_id: str, sha256: str) -> tuple[str, bytes]:
        """A file's media type and bytes."""
        ...


@dataclass(frozen=True, slots=True)
class TableForm:
    """What a table shows and asks for. ``actions`` and ``fields``: what steps there are at all, and what they ask for;
    a row says which of them it allows. ``empty``: said where there is no row. ``waiting``: what rows that somebody has
    to look at are called. ``upload``: a row takes files. ``groups``: how rows may be put together."""

    columns: Sequence[TableColumn]
    actions: Sequence[Action] = ()
    fields: Sequence[Field] = ()
    title: str = ""
    empty: str = "没有。"
    waiting: str = "待核实"
    upload: bool = False
    groups: Sequence[RowGroup] = ()


class TablePanel(Panel):
    """The widget: the rows of a desk, to work in."""

    entry = "table"
    rows: Any = traitlets.List().tag(sync=True)

    def __init__(self, desk: TableDesk, key: str, form: TableForm, layout: Any = None) -> None:
        self._desk = desk
        self._uploads = Uploads()
        self._upload = form.upload
        self._actions = {action.name: action for action in form.actions}
        self._mark = desk.mark()
        rows = desk.rows()
        self._known = {row.id for row in rows}
        spec = {
            "title": form.title, "empty": form.empty, "waiting": form.waiting, "upload": form.upload,
            "groups": [asdict(one) for one in form.groups],
            "mark": self._mark, "columns": [asdict(one) for one in form.columns],
            "actions": [asdict(one) for one in form.actions], "fields": {one.name: asdict(one) for one in form.fields},
        }  # fmt: skip
        super().__init__(desk, key, spec, layout, rows=[row.plain() for row in rows])

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "rows": self._rows, "open": self._open, "step": self._step, "bulk": self._bulk, "undo": self._undo,
            "undo_many": self._undo_many, "part": self._part, "view": self._view,
        }  # fmt: skip

    def fresh(self, message: Mapping[str, Any]) -> Reply:
        """The present state of the rows that a refused or conflicting message was about."""
        about = message.get("chosen") or [message.get("id")]
        return {"rows": [row.plain() for row in self._desk.rows() if row.id in about]}

    def _id(self, row_id: str) -> str:
        if row_id not in self._known:
            raise UsageError("这一条不在本页")
        return row_id

    def _rows(self, message: Mapping[str, Any], _: object) -> Reply:
        mark = self._desk.mark()
        if wire.text(message, "mark") == mark:
            return {"kind": "data", "mark": mark}
        rows = self._desk.rows()
        self._known = {row.id for row in rows}
        return {"kind": "data", "mark": mark, "all": [row.plain() for row in rows]}

    def _open(self, message: Mapping[str, Any], _: object) -> Reply:
        return {"kind": "data", "blocks": list(self._desk.blocks(self._id(wire.text(message, "id"))))}

    def _step(self, message: Mapping[str, Any], _: object) -> Reply:
        seen = wire.texts(message.get("seen"), "seen")
        return self._take({self._id(wire.text(message, "id")): seen}, message)

    def _bulk(self, message: Mapping[str, Any], _: object) -> Reply:
        chosen = wire.chosen(message)
        action = self._actions.get(wire.text(message, "action", 40))
        if action is None or not action.bulk:
            raise UsageError("这一步不能成批做")
        return self._take({self._id(row_id): seen for row_id, seen in chosen.items()}, message)

    def _take(self, chosen: Mapping[str, Sequence[str]], message: Mapping[str, Any]) -> Reply:
        action = wire.text(message, "action", 40)
        body = wire.fields(message)
        if action not in self._actions or set(body) - set(self._actions[action].fields):
            raise UsageError("页面送来的处理不认识")
        rows = self._desk.step(chosen, action, body)
        return {"kind": "saved", "rows": [row.plain() for row in rows]}

    def _undo(self, message: Mapping[str, Any], _: object) -> Reply:
        return self._take_back({self._id(wire.text(message, "id")): wire.texts(message.get("seen"), "seen")})

    def _undo_many(self, message: Mapping[str, Any], _: object) -> Reply:
        return self._take_back({self._id(row_id): seen for row_id, seen in wire.chosen(message).items()})

    def _take_back(self, chosen: Mapping[str, Sequence[str]]) -> Reply:
        return {"kind": "saved", "rows": [row.plain() for row in self._desk.undo(chosen)]}

    def _part(self, message: Mapping[str, Any], buffers: Sequence[memoryview]) -> Reply:
        if not self._upload:
            raise UsageError("这里不收文件")
        self._id(wire.text(message, "id"))
        coming = self._uploads.take(message, buffers)
        if coming is None:
            return {"kind": "part"}
        self._desk.attach(self._id(coming.subject), coming.name, bytes(coming.content))
        return {"kind": "saved", "blocks": list(self._desk.blocks(coming.subject))}

    def _view(self, message: Mapping[str, Any], _: object) -> Reply:
        media, content = self._desk.content(self._id(wire.text(message, "id")), wire.text(message, "sha256", 64))
        return {"kind": "data", "media": media, "buffers": [content]}
