"""Zip files made of parts that are compressed already: a template's unchanging parts are compressed once for all
letters, which ``zipfile`` cannot do.

There are no times and no attributes: the same parts give the same bytes.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from typing import Final, NamedTuple

_DAY: Final = 0x0021  # 1980-01-01 in DOS form
_UTF8: Final = 0x0800
_DEFLATED: Final = 8
_LOCAL: Final = struct.Struct("<IHHHHHIIIHH")
_CENTRAL: Final = struct.Struct("<IHHHHHHIIIHHHHHII")
_END: Final = struct.Struct("<IHHHHIIH")


class Packed(NamedTuple):
    """A compressed part of a zip: checksum (CRC-32) and size of the content, and the compressed data."""

    crc: int
    size: int
    data: bytes


def pack(content: bytes) -> Packed:
    """Compress the content of a part (deflate)."""
    deflate = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    return Packed(zlib.crc32(content), len(content), deflate.compress(content) + deflate.flush())


def zipped(parts: Sequence[tuple[str, Packed]]) -> bytes:
    """A zip of (name, part), in that order. Parts together stay below 4 GB: there is no zip64."""
    body, directory = bytearray(), bytearray()
    for name, part in parts:
        raw = name.encode()
        about = (20, _UTF8, _DEFLATED, 0, _DAY, part.crc, len(part.data), part.size, len(raw), 0)
        directory += _CENTRAL.pack(0x02014B50, 20, *about, 0, 0, 0, 0, len(body)) + raw
        body += _LOCAL.pack(0x04034B50, *about) + raw + part.data
    end = _END.pack(0x06054B50, 0, 0, len(parts), len(parts), len(directory), len(body), 0)
    return bytes(body + directory + end)
