"""Whether the server is well: for a monitor, and for ``xueji doctor --url``. Says nothing of anybody, so nobody need
log in."""

from __future__ import annotations

import json
import os
import shutil
import time
from typing import Final

from tornado import web

from xueji_lib.casebook.log.book import Casebook
from xueji_lib.store import Store
from xueji_lib.support.errors import StoreError
from xueji_lib.web.door.plain_pages import PlainPage

_LEAST_FREE: Final = 200 * 2**20
_LOOKED_EVERY: Final = 5.0
"""Seconds: asked more often, the answer is the same."""


class HealthPage(PlainPage):
    """``{"why": []}`` where all is well, with status 503 and a sentence each where something is not."""

    pattern = "/health"
    _looked: tuple[float, list[str]] = (-_LOOKED_EVERY, [])

    async def prepare(self) -> None:
        try:
            await super().prepare()
        except web.HTTPError as error:
            if error.status_code != 503:  # that the casebook cannot be read is what the answer says
                raise

    async def get(self) -> None:
        at, why = type(self)._looked
        if time.monotonic() - at >= _LOOKED_EVERY:
            why = await self.door.aside(troubles, self.settings["xueji_store"], self.door.accounts.book)
            type(self)._looked = time.monotonic(), why
        self.set_status(503 if why else 200)
        self.set_header("Content-Type", "application/json; charset=UTF-8")
        self.finish(json.dumps({"why": why}, ensure_ascii=False))


def troubles(store: Store, book: Casebook) -> list[str]:
    """What is wrong, a Chinese sentence each."""
    sentences = []
    try:
        book.mark()
    except StoreError:
        sentences.append("核查台账读不出来")
    try:
        store.terms()
        if shutil.disk_usage(store.root).free < _LEAST_FREE:
            sentences.append("磁盘快满了")
        if not os.access(store.root, os.W_OK):
            sentences.append("数据仓不能写")
    except (OSError, StoreError):
        sentences.append("数据仓读不出来")
    return sentences
