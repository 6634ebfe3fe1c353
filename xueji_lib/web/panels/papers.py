"""Files of a page: documents made when they are asked for, and where files are handed in; one comm for all of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import traitlets

from xueji_lib.support.errors import UsageError
from xueji_lib.web.panels import wire
from xueji_lib.web.panels.panel import Handler, Keeper, Panel, Reply
from xueji_lib.web.panels.uploads import Uploads

_MEDIA: Final = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "zip": "application/zip",
}
_CHECK: Final = "check"
"""What an upload belongs to that is only looked at."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A document to download. ``make`` returns its file name and bytes; it raises UsageError or StoreError where it
    cannot."""

    id: str
    label: str
    hint: str
    make: Callable[[], tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a file that was handed in: one sentence, the lines of its report, and all files handed in so
    far."""

    message: str
    lines: tuple[str, ...]
    listed: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class HandIn:
    """Where files are handed in. ``receive`` takes one; ``listed`` says what was handed in before: ``{name, at, said,
    state, note}``; ``limit``: bytes a file; ``accept``: endings of file names, as a browser's file dialogue wants
    them; ``check`` looks at one that is not handed in, and keeps nothing. ``difference`` is asked before a file is
    taken: what it would change; one that changes nothing (None) is taken at once. ``keeps``: false where a file is read
    and not kept, so that there is no list of them."""

    receive: Callable[[str, bytes], Received]
    listed: Sequence[Mapping[str, str]]
    limit: int
    accept: str
    check: Callable[[str, bytes], Received] | None = None
    difference: Callable[[str, bytes], Received | None] | None = None
    keeps: bool = True


class Papers(Panel):
    """The widget. ``offers``: documents to download; ``hand_in``: how files are taken, None where they are not."""

    entry = "papers"
    listed: traitlets.List[Any] = traitlets.List().tag(sync=True)

    def __init__(
        self,
        keeper: Keeper,
        key: str,
        offers: Sequence[Offer] = (),
        hand_in: HandIn | None = None,
    ) -> None:
        self._offers = {offer.id: offer for offer in offers}
        self._hand_in = hand_in
        self._uploads = Uploads()
        self._shown: tuple[str, str, bytes] = ("", "", b"")  # the file whose difference was shown last
        offered = [{"id": offer.id, "label": offer.label, "hint": offer.hint} for offer in offers]
        takes: dict[str, Any] = {"limit": 0, "accept": ""}
        if hand_in:
            takes = {"limit": hand_in.limit, "accept": hand_in.accept}
        listed = [dict(entry) for entry in hand_in.listed] if hand_in else []
        takes["keeps"] = hand_in is not None and hand_in.keeps
        takes["checks"] = hand_in is not None and hand_in.check is not None
        super().__init__(keeper, key, {"offers": offered, "takes": hand_in is not None, **takes}, listed=listed)

    def handlers(self) -> Mapping[str, Handler]:
        return {"make": self._make, "part": self._part, "confirm": self._confirm}

    def _make(self, message: Mapping[str, Any], _: object) -> Reply:
        offer = self._offers.get(wire.text(message, "id", 40))
        if offer is None:
            raise UsageError("没有这一份")
        name, content = offer.make()
        media = _MEDIA.get(name.rpartition(".")[2], "application/octet-stream")
        return {"kind": "data", "name": name, "media": media, "buffers": [content]}

    def _part(self, message: Mapping[str, Any], buffers: Sequence[memoryview]) -> Reply:
        if self._hand_in is None:
            raise UsageError("这里不收文件")
        coming = self._uploads.take(message, buffers)
        if coming is None:
            return {"kind": "part"}
        name, content = coming.name, bytes(coming.content)
        if coming.subject == _CHECK:
            if self._hand_in.check is None:
                raise UsageError("这里不能自查")
            return _reply(self._hand_in.check(name, content))
        shown = self._hand_in.difference(name, content) if self._hand_in.difference is not None else None
        if shown is None:
            return _reply(self._hand_in.receive(name, content))
        self._shown = (hashlib.sha256(content).hexdigest(), name, content)
        return _reply(shown) | {"asks": self._shown[0]}

    def _confirm(self, message: Mapping[str, Any], _: object) -> Reply:
        """Take the file whose difference was shown; asked twice it is taken once (the queue knows it)."""
        if self._hand_in is None:
            raise UsageError("这里不收文件")
        sha256, name, content = self._shown
        if not sha256 or wire.text(message, "id", 64) != sha256:
            raise UsageError("先看过这一份与现有的差异，再交。请重新选文件")
        return _reply(self._hand_in.receive(name, content))


def _reply(received: Received) -> Reply:
    listed = [dict(entry) for entry in received.listed]
    return {"kind": "saved", "message": received.message, "lines": list(received.lines), "listed": listed}
