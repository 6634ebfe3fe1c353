"""A photo without the place where it was taken: what cameras and telephones write into it beside the picture is taken
out, but for when it was taken and how it is to be turned. The picture itself stays as it is, bit for bit."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from typing import Final

from PIL import Image

_EXIF: Final = b"Exif\0\0"
_EXIF_PART: Final = 0x8769
_KEPT: Final = (0x0112, 0x0132)  # how the picture is to be turned, DateTime
_KEPT_IN_PART: Final = (0x9003, 0x9004, 0x9010, 0x9011, 0x9012, 0x9290, 0x9291, 0x9292)  # when it was taken
_SCAN: Final = 0xDA
_IN_SCAN: Final = {0x00, 0xFF, *range(0xD0, 0xD8)}
_JPEG_TOLD: Final = {*range(0xE1, 0xEE), 0xEF, 0xFE}
"""Segments with words of the camera: Exif and XMP, further pictures, IPTC, makers' own, comments. The colour profile
(in one of them) is kept, and APP0 and APP14, which say how to read the picture."""
_PROFILE: Final = b"ICC_PROFILE\0"
_PNG_START: Final = b"\x89PNG\r\n\x1a\n"
_PNG_TOLD: Final = {b"eXIf", b"tEXt", b"zTXt", b"iTXt"}


def without_place(content: bytes) -> bytes:
    """The photo without what may tell where it was taken; the same bytes where nothing of the kind is in it, or it is
    neither jpg nor png."""
    if content[:2] == b"\xff\xd8":
        return _jpeg(content)
    return _png(content) if content.startswith(_PNG_START) else content


def _times(content: bytes) -> bytes:
    """The photo's Exif with times and turning alone, b"" where it has none of them."""
    try:
        with Image.open(io.BytesIO(content), formats=["JPEG", "PNG"]) as image:
            whole = image.getexif()
            part = whole.get_ifd(_EXIF_PART)
    except Exception:  # noqa: BLE001 - Pillow raises whatever it meets in a broken Exif: then there are no times to keep
        return b""
    kept = Image.Exif()
    kept.update({name: whole[name] for name in _KEPT if name in whole})
    times = {name: part[name] for name in _KEPT_IN_PART if name in part}
    if times:
        kept[_EXIF_PART] = times
    return bytes(kept.tobytes()) if len(kept) else b""


# ---- jpg ----


def _jpeg(content: bytes) -> bytes:
    segments = list(_segments(content))
    if not segments or segments[-1][0] != _SCAN:
        return content  # no picture follows: not for here to say
    start = segments[-1][2]
    end = _end_of_picture(content, start)
    kept = [
        content[first:after] for marker, first, after in segments if not _is_told(marker, content[first + 4 : after])
    ]
    if len(kept) == len(segments) and end == len(content):
        return content
    times = _times(content)
    written = b"\xff\xe1" + (len(times) + 2).to_bytes(2, "big") + times if times else b""
    return b"".join([b"\xff\xd8", written, *kept, content[start:end]])


def _is_told(marker: int, payload: bytes) -> bool:
    return marker in _JPEG_TOLD and not payload.startswith(_PROFILE)


def _segments(content: bytes) -> Iterator[tuple[int, int, int]]:
    """(marker, first byte, byte after the last) of each segment before the picture's data, the last one ``_SCAN``."""
    at = 2
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker, after = content[at + 1], at + 2 + int.from_bytes(content[at + 2 : at + 4], "big")
        if marker == 0xFF:  # filling
            at += 1
            continue
        yield marker, at, after
        if marker == _SCAN:
            return
        at = after


def _end_of_picture(content: bytes, at: int) -> int:
    """The byte after the end of the picture that begins at ``at``; what follows is another file put behind it."""
    while 0 <= (at := content.find(b"\xff", at)) < len(content) - 1:
        marker = content[at + 1]
        if marker == 0xD9:
            return at + 2
        if marker in _IN_SCAN:
            at += 2 if marker != 0xFF else 1
        else:  # a segment between two scans
            at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return len(content)


# ---- png ----


def _png(content: bytes) -> bytes:
    chunks = list(_chunks(content))
    kept = [content[first:after] for name, first, after in chunks if name not in _PNG_TOLD]
    if len(kept) == len(chunks) and chunks[-1][2] == len(content):
        return content
    times = _times(content).removeprefix(_EXIF)
    body = b"eXIf" + times
    written = len(times).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big") if times else b""
    return b"".join([_PNG_START, kept[0], written, *kept[1:]])


def _chunks(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    """(name, first byte, byte after the last) of each chunk, to the one that ends the picture."""
    at = len(_PNG_START)
    while at + 12 <= len(content):
        name, after = content[at + 4 : at + 8], at + 12 + int.from_bytes(content[at : at + 4], "big")
        yield name, at, after
        if name == b"IEND":
            return
        at = after
