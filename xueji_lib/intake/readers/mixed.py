"""Text in which lines of UTF-8 and lines of GB18030 stand below one another, as programs leave it that only add on.

Each line is read by itself; a line that is neither is read field by field.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_LONG: Final = re.compile(rb"[\xe1-\xef][\x80-\xbf][\x80-\xbf]")
"""A Chinese character in UTF-8; in GB18030 hardly ever the bytes of a whole line."""
_LINE_END: Final = re.compile(rb"[\r\n]")
_HIGH: Final = re.compile(rb"[\x80-\xff]")
_FIELDS: Final = re.compile(rb"([,;\t\"])")
"""Bytes that are no part of a character in either encoding."""


def is_mixed(data: bytes) -> bool:
    """There are lines that are UTF-8 beyond doubt, and lines that are not UTF-8 at all."""
    return not _is_utf8(data) and any(map(_is_utf8, _lines_with_long(data)))


def _lines_with_long(data: bytes) -> Iterator[bytes]:
    """The lines in which there is a Chinese character in UTF-8, or what looks like one."""
    start = 0
    while character := _LONG.search(data, start):
        at = character.start()
        begin = max(start, data.rfind(b"\n", start, at) + 1, data.rfind(b"\r", start, at) + 1)
        end = _LINE_END.search(data, at)
        start = end.start() if end else len(data)
        yield data[begin:start]


def decode(data: bytes) -> str:
    """The text, line by line; bytes that say nothing in either encoding become U+FFFD."""
    return "".join(_line(line) for line in data.splitlines(keepends=True))


def _line(line: bytes) -> str:
    if not _HIGH.search(line) or (_is_utf8(line) and _LONG.search(line)):
        return line.decode("utf-8")
    text = _strict(line, "gb18030")
    return text if text and not _LONG.search(line) else "".join(_field(part) for part in _FIELDS.split(line))


def _field(part: bytes) -> str:
    """In the encoding in which it is made of usual characters; a field that is damaged in both shows it."""
    if not _HIGH.search(part):
        return part.decode("ascii")
    utf8, gb = _strict(part, "utf-8"), _strict(part, "gb18030")
    if utf8 and (not gb or (_is_usual(utf8) and not _is_usual(gb))):
        return utf8
    left = part.decode("utf-8", errors="ignore")
    if gb and (_is_usual(gb) or len(left) < 2 or not _is_usual(left)):
        return gb
    return part.decode("utf-8" if _LONG.search(part) else "gb18030", errors="replace")


def _strict(part: bytes, name: str) -> str:
    """Empty where the bytes are no text in this encoding."""
    try:
        return part.decode(name)
    except UnicodeDecodeError:
        return ""


def _is_usual(text: str) -> bool:
    try:
        text.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _is_utf8(data: bytes) -> bool:
    return bool(_strict(data, "utf-8")) or not data
