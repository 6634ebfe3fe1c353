"""Files of a page: papers made when they are asked for, and a place to hand one in. One comm for all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import traitlets

from xueji_lib.support.errors import UsageError
from xueji_lib.web import assets, wire
from xueji_lib.web.panel import Handler, Keeper, Panel, Reply
from xueji_lib.web.uploads import Uploads

_MEDIA: Final = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "zip": "application/zip",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """A paper. ``make`` gives its file name and bytes; it raises UsageError or StoreError where it cannot."""

    id: str
    label: str
    hint: str
    make: Callable[[], tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a file that was handed in: one sentence, and the report below it."""

    message: str
    lines: tuple[str, ...]
    listed: tuple[Mapping[str, str], ...]


class Papers(Panel):
    """``receive`` takes what is handed in (None: nothing is taken); ``listed`` says what was handed in before:
    ``{name, at, said, state, note}``."""

    _esm = assets.script("dom", "line", "papers")
    _css = assets.style("base", "papers")
    listed: traitlets.List[Any] = traitlets.List().tag(sync=True)

    def __init__(
        self,
        keeper: Keeper,
        key: str,
        offers: Sequence[Offer] = (),
        receive: Callable[[str, bytes], Received] | None = None,
        listed: Sequence[Mapping[str, str]] = (),
        limit: int = 0,
        accept: str = "",
    ) -> None:
        self._offers = {offer.id: offer for offer in offers}
        self._receive_file = receive
        self._uploads = Uploads()
        shown = [{"id": offer.id, "label": offer.label, "hint": offer.hint} for offer in offers]
        spec = {"offers": shown, "takes": receive is not None, "limit": limit, "accept": accept}
        super().__init__(keeper, key, spec, listed=[dict(one) for one in listed])

    def handlers(self) -> Mapping[str, Handler]:
        return {"make": self._make, "part": self._part}

    def _make(self, message: Mapping[str, Any], _: object) -> Reply:
        offer = self._offers.get(wire.text(message, "id", 40))
        if offer is None:
            raise UsageError("没有这一份")
        name, content = offer.make()
        media = _MEDIA.get(name.rpartition(".")[2], "application/octet-stream")
        return {"kind": "data", "name": name, "media": media, "buffers": [content]}

    def _part(self, message: Mapping[str, Any], buffers: Sequence[memoryview]) -> Reply:
        if self._receive_file is None:
            raise UsageError("这里不收文件")
        coming = self._uploads.take(message, buffers)
        if coming is None:
            return {"kind": "part"}
        done = self._receive_file(coming.name, bytes(coming.content))
        listed = [dict(one) for one in done.listed]
        return {"kind": "saved", "message": done.message, "lines": list(done.lines), "listed": listed}
