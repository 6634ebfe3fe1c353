"""A file that a page sends in parts: put together in memory, within limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from xueji_lib.casebook.evidence import LIMIT
from xueji_lib.support.errors import UsageError
from xueji_lib.web.panels import wire

PART: Final = 512 * 1024
"""Bytes in a part; a message of this size passes every limit on the way."""
_AT_ONCE: Final = 3


@dataclass(slots=True)
class Coming:
    """A file on its way in. ``subject``: what it belongs to; ``size``: bytes announced; ``got``: parts received."""

    name: str
    subject: str
    size: int
    parts: int
    content: bytearray = field(default_factory=bytearray)
    got: int = 0


class Uploads:
    """Files on their way in, at most three at a time."""

    def __init__(self) -> None:
        self._coming: dict[str, Coming] = {}

    def take(self, message: Mapping[str, Any], buffers: Sequence[memoryview]) -> Coming | None:
        """Take one part; return the file when it was the last, else None.

        ``n`` names the upload; ``id`` what it belongs to; parts come in order, from 0.

        Raises UsageError: too large, out of order, not what was announced.
        """
        number, part = wire.text(message, "n", 40), wire.whole(message, "part", LIMIT // PART + 1)
        if part == 0:
            size = wire.whole(message, "size", 2**40)
            if size > LIMIT:
                raise UsageError(f"文件太大（{size / 2**20:.1f} MB），最多 {LIMIT // 2**20} MB。请拍小一点或压缩后再传")
            while len(self._coming) >= _AT_ONCE:  # one that was broken off
                self._coming.pop(next(iter(self._coming)))
            parts = wire.whole(message, "parts", LIMIT // PART + 1)
            self._coming[number] = Coming(wire.text(message, "name"), wire.text(message, "id"), size, parts)
        coming = self._coming.get(number)
        if coming is None or part != coming.got or len(buffers) != 1 or len(buffers[0]) > PART:
            self._coming.pop(number, None)
            raise UsageError("文件没有传完整，请再传一次")
        coming.content += bytes(buffers[0])
        coming.got += 1
        if coming.got < coming.parts:
            return None
        del self._coming[number]
        if len(coming.content) != coming.size:
            raise UsageError("文件没有传完整，请再传一次")
        return coming
