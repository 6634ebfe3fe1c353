"""Text files: which encoding, which delimiter, which cells.

Encodings are tried from the strictest on; what decides between the doubtful ones is whether a known header
comes out. Sources: data contract, section 2 (UTF-8 with or without BOM, GB18030, UTF-16).
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator

import charset_normalizer

from xueji_lib.intake import header
from xueji_lib.intake.grid import Grid, Unreadable, plain_cells

LIMIT = 100 * 1024 * 1024  # bytes; ten counties' registers

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DELIMITERS = ",\t;|"
_LONGEST = 1_000_000  # characters; a longer "line" is not a line
_SAMPLE = header.SEARCH_ROWS + 1


def read(data: bytes) -> Iterator[Grid]:
    """The one sheet of a text file. Raises Unreadable."""
    if len(data) > LIMIT:
        raise Unreadable(f"文件太大（{len(data) // 2**20} MB）。请按学校或年级分成几个文件再交")
    text = decode(data)
    if text.count("\0") > 0:
        if text.count("\0") > len(text) // 100:
            raise Unreadable("这不是文本文件，也不是认识的表格文件。请交 xlsx、xls、csv 或 txt 文件")
        text = text.replace("\0", "")
    text = text.replace("\x01", "").replace("\x02", "")
    rows = _rows(text, _delimiter(text))
    yield Grid("", plain_cells(rows) if '="' in text else rows)


def decode(data: bytes) -> str:
    """The text of a file; bytes that say nothing in its encoding become U+FFFD."""
    for bom, name in _BOMS:
        if data.startswith(bom):
            return data.decode(name, errors="replace").lstrip("\ufeff")
    even, odd = data[0:2000:2].count(0), data[1:2000:2].count(0)
    if max(even, odd) > min(len(data), 2000) // 20 and max(even, odd) > 4 * min(even, odd):
        return data.decode("utf-16-be" if even > odd else "utf-16-le", errors="replace")
    doubtful = []
    for name in ("utf-8", "gb18030"):
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        # Text of letters alone, or with a header that we know: no doubt.
        if name == "utf-8" or _has_header(text):
            return text
        doubtful.append(text)
    for name in ("utf-8", "gb18030", "big5"):
        text = data.decode(name, errors="replace")
        if _has_header(text) and text.count("\ufffd") < len(text) // 4:
            return text
    if doubtful:
        return doubtful[0]
    best = charset_normalizer.from_bytes(data[:100_000]).best()
    return data.decode(best.encoding if best else "gb18030", errors="replace")


def _has_header(text: str) -> bool:
    head = _head(text)
    return any(header.find(_sample(head, delimiter)) is not None for delimiter in _DELIMITERS if delimiter in head)


def _head(text: str) -> str:
    lines = text[:200_000].splitlines()[: _SAMPLE * 3]
    return "\n".join(lines)


def _sample(head: str, delimiter: str) -> list[list[str]]:
    return _rows(head, delimiter)[: _SAMPLE * 3]


def _delimiter(text: str) -> str:
    """The delimiter with which a header is recognised; else the commonest one."""
    head = _head(text)
    best, score = "", -1
    for delimiter in _DELIMITERS:
        if delimiter in head:
            found = header.find(_sample(head, delimiter))
            if found and found.score > score:
                best, score = delimiter, found.score
    return best or max(_DELIMITERS, key=head.count)


def _rows(text: str, delimiter: str) -> list[list[str]]:
    """All records. Quotes that do not pair up are taken as they stand, line by line."""
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        return [_line(line, delimiter) for line in text.split("\n")]


def _line(line: str, delimiter: str) -> list[str]:
    line = line.rstrip("\r")
    if len(line) > _LONGEST:
        raise Unreadable("文件里有一行长得不像表格。请在 Excel 里打开，另存为 xlsx 后重交")
    if not line:
        return []
    if line.count('"') % 2:
        return [cell.strip('"') for cell in line.split(delimiter)]
    try:
        return next(csv.reader([line], delimiter=delimiter))
    except csv.Error:
        return [cell.strip('"') for cell in line.split(delimiter)]
