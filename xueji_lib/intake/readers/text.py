"""Text files: which encoding, which delimiter, which cells.

Encodings are tried from the strictest on; what decides between the doubtful ones is whether a known header
comes out. Sources: data contract, section 2 (UTF-8 with or without BOM, GB18030, UTF-16).
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from typing import Final

from xueji_lib.intake import header
from xueji_lib.intake.readers import mixed, spaced
from xueji_lib.intake.readers.grid import Grid, Unreadable, plain_cells, without_marks

LIMIT: Final = 100 * 1024 * 1024
"""Bytes; ten counties' registers."""

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_USUAL: Final = ",\t;|，"
_DELIMITERS: Final = _USUAL + "；、"
"""The wide ones are what a Chinese keyboard types."""
_SEP_LINE: Final = re.compile(r'\A\ufeff*"?sep=(.)"?\s*(?:\r\n|\r|\n)', re.IGNORECASE)
"""What Excel writes above the table where the delimiter is not the usual one."""
_DATA_OF_A_PROGRAM: Final = re.compile(r"""\s*(?:[\[{]\s*)+(["'])[^"'\n]{0,60}\1\s*[:,]""")
"""JSON: its keys are no header, however they are parted."""
_LONGEST: Final = 1_000_000
"""Characters; a longer "line" is not a line."""
_MOST_ROWS: Final = 2_000_000
"""Rows; Excel has half as many."""
_MOST_COLUMNS: Final = 16_384
_SAMPLE: Final = header.SEARCH_ROWS + 1


def read(data: bytes) -> Iterator[Grid]:
    """The one sheet of a text file. Raises Unreadable."""
    if len(data) > LIMIT:
        raise Unreadable(f"文件太大（{len(data) // 2**20} MB）。请按学校或年级分成几个文件再交")
    # Programs that keep texts in fields of fixed length leave the rest of a field, or of the file, full of zeros.
    text = without_marks(decode(data).replace("\0", ""))
    named = _SEP_LINE.match(text)
    if named:
        text = text[named.end() :]
    if _DATA_OF_A_PROGRAM.match(text):
        rows = [[line] for line in text.splitlines()]
    else:
        delimiter = _delimiter(text, named[1] if named else "")
        rows = _rows(text, delimiter) if delimiter else spaced.rows(text)
    if max(map(len, rows), default=0) > _MOST_COLUMNS:
        raise Unreadable("文件里有一行的格比 Excel 的列还多，不像一张表。请在 Excel 里打开，另存为 xlsx 后重交")
    if len(rows) > _MOST_ROWS:
        raise Unreadable(f"文件有 {len(rows)} 行，不像一张表。请按学校或年级分成几个文件再交")
    yield Grid("", plain_cells(rows) if '="' in text else rows)


def decode(data: bytes) -> str:
    """The text of a file; bytes that say nothing in its encoding become U+FFFD."""
    for bom, name in _BOMS:
        if data.startswith(bom):
            if name == "utf-8-sig" and mixed.is_mixed(data):  # rows that another program added
                return mixed.decode(data).lstrip("\ufeff")
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
        if name == "utf-8":
            return text
        if mixed.is_mixed(data):
            return mixed.decode(data)
        if _has_header(text):
            return text
        doubtful.append(text)
    if not doubtful:
        text = mixed.decode(data)
        if _has_header(text) and text.count("\ufffd") < len(text) // 4:
            return text
    for name in ("utf-8", "gb18030", "big5"):
        text = data.decode(name, errors="replace")
        if _has_header(text) and text.count("\ufffd") < len(text) // 4:
            return text
    if doubtful:
        return doubtful[0]
    import charset_normalizer  # here: few files need it

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


def _delimiter(text: str, named: str) -> str:
    """The delimiter that the file names, else that with which a header is recognised, else the commonest one; empty
    where columns are parted by runs of spaces."""
    head = _head(text)
    best, score = "", -1
    for delimiter in dict.fromkeys(named + _DELIMITERS):
        if delimiter in head:
            header_found = header.find(_sample(head, delimiter))
            if header_found and header_found.score > score:
                best, score = delimiter, header_found.score
    if not best and spaced.is_table(head):
        return ""
    return best or max(_USUAL, key=head.count)


def _rows(text: str, delimiter: str) -> list[list[str]]:
    """All records. Quotes that do not pair up are taken as they stand, line by line."""
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        return [_line(line, delimiter) for line in io.StringIO(text, newline=None)]


def _line(line: str, delimiter: str) -> list[str]:
    line = line.rstrip("\n")
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
