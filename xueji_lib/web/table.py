"""One table of a page: rows that open, a step for one row or for many, files; everything on one comm.

Generic: what columns there are, which steps a row allows and what a step asks for comes from Python as data, and
what is sent back goes to the page's ``Desk``. The table computes nothing and trusts nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Protocol, TypeAlias

import traitlets

from xueji_lib.support.errors import UsageError
from xueji_lib.web import assets, wire
from xueji_lib.web.panel import Handler, Keeper, Panel, Reply
from xueji_lib.web.uploads import Uploads

Block: TypeAlias = Mapping[str, Any]
"""Part of an opened row, see ``Desk.blocks``."""


@dataclass(frozen=True, slots=True)
class Column:
    """``kind``: text; open (the text that opens the row); tag (coloured by its value); state (the drop-down of steps);
    marks. ``choices``: their order when sorted, and a filter. ``narrow``: as wide as its text."""

    name: str
    label: str
    kind: Literal["text", "open", "tag", "state", "marks"] = "text"
    choices: tuple[str, ...] = ()
    narrow: bool = True


@dataclass(frozen=True, slots=True)
class Field:
    """A blank of a step's form."""

    name: str
    label: str
    kind: Literal["text", "long", "date", "choice"] = "text"
    choices: tuple[str, ...] = ()
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """A step. ``fields``: names of the blanks it may fill. ``bulk``: may be taken for many rows at once."""

    name: str
    label: str
    fields: tuple[str, ...] = ("note",)
    bulk: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """``cells``: column → text. ``steps``: action → the blanks that must be filled. ``seen`` comes back with a step.
    ``waiting``: somebody still has to look at it. ``undo``: the last step may be taken back."""

    id: str
    seen: tuple[str, ...]
    cells: Mapping[str, str]
    state: str
    steps: Mapping[str, Sequence[str]] = field(default_factory=dict)
    marks: tuple[str, ...] = ()
    waiting: bool = False
    undo: bool = False

    def plain(self) -> dict[str, Any]:
        return {
            "id": self.id, "seen": list(self.seen), "cells": dict(self.cells), "state": self.state,
            "steps": {name: list(needs) for name, needs in self.steps.items()}, "marks": list(self.marks),
            "waiting": self.waiting, "undo": self.undo,
        }  # fmt: skip


class Desk(Keeper, Protocol):
    """What the page does with what a table sends. Every method raises Conflict, UsageError or StoreError."""

    def mark(self) -> str:
        """Changes when rows may have changed."""
        ...

    def rows(self) -> Sequence[Row]: ...

    def blocks(self, row_id: str) -> Sequence[Block]:
        """What an opened row shows: ``{kind: text, label, text}``, ``{kind: history, label, items: [{at, who, what,
        note}]}``, ``rivals`` (the same), ``{kind: files, label, items: [{sha256, name, size, media, who, at}]}``."""
        ...

    def step(self, chosen: Mapping[str, Sequence[str]], action: str, body: Mapping[str, str]) -> Sequence[Row]:
        """Take a step for one row or for many, all or none; the rows as they are then. The same again is saved already:
        a browser that got no answer asks twice."""
        ...

    def undo(self, row_id: str, seen: Sequence[str]) -> Row: ...

    def attach(self, row_id: str, name: str, content: bytes) -> None: ...

    def content(self, row_id: str, sha256: str) -> tuple[str, bytes]:
        """A file's media type and bytes."""
        ...


class Table(Panel):
    """``fields`` and ``actions``: what steps there are at all; a row says which of them it allows."""

    _esm = assets.script("dom", "line", "form", "files", "detail", "row", "bulk", "table")
    _css = assets.style("base", "table")
    rows: Any = traitlets.List().tag(sync=True)

    def __init__(
        self,
        desk: Desk,
        key: str,
        columns: Sequence[Column],
        actions: Sequence[Action] = (),
        fields: Sequence[Field] = (),
        *,
        title: str = "",
        empty: str = "没有。",
        waiting: str = "待核实",
        upload: bool = False,
        layout: Any = None,
    ) -> None:
        self._desk = desk
        self._uploads = Uploads()
        self._upload = upload
        self._actions = {action.name: action for action in actions}
        self._mark = desk.mark()
        rows = desk.rows()
        self._known = {row.id for row in rows}
        spec = {
            "title": title, "empty": empty, "waiting": waiting, "upload": upload, "mark": self._mark,
            "columns": [asdict(one) for one in columns], "actions": [asdict(one) for one in actions],
            "fields": {one.name: asdict(one) for one in fields},
        }  # fmt: skip
        super().__init__(desk, key, spec, layout, rows=[row.plain() for row in rows])

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "rows": self._rows, "open": self._open, "step": self._step, "bulk": self._bulk, "undo": self._undo,
            "part": self._part, "view": self._view,
        }  # fmt: skip

    def fresh(self, message: Mapping[str, Any]) -> Reply:
        """Rows as they are now, of those a refused or conflicting message was about."""
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
        row = self._desk.undo(self._id(wire.text(message, "id")), wire.texts(message.get("seen"), "seen"))
        return {"kind": "saved", "rows": [row.plain()]}

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
