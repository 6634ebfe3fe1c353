"""xlsb workbooks, read by calamine; their errors, which calamine gives as blanks, are looked up in the records.

Source: [MS-XLSB] 2.1.4 (records), 2.4.25 (BrtBundleSh), 2.4.822 (BrtWbProp), 2.5.97 (cells).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from xueji_lib.intake.readers import by_calamine, workbook_xml
from xueji_lib.intake.readers.grid import Grid, Merge, Unreadable, mark_broken
from xueji_lib.intake.readers.sheet_xml import ROOM, TOO_MANY
from xueji_lib.intake.readers.sniff import DAMAGED
from xueji_lib.intake.readers.zip_parts import Package

_ROW, _ERROR, _FORMULA_ERROR, _MERGE, _BUNDLE, _BOOK = 0, 3, 11, 176, 156, 153
_ROW_FLAGS, _IS_HIDDEN = 11, 0x10
"""Place of the byte in a row's record that tells whether it is shown (2.4.761 BrtRowHdr: fDyZero), and the bit."""
_CELLS: Final = range(1, 12)
"""Kinds of records that are a cell."""


def read(data: bytes) -> Iterator[Grid]:
    """The sheets. Raises Unreadable."""
    with Package(data) as package:
        parts, from_1904 = _facts(package)
        looks = {name: _look(b"".join(package.blocks(part))) for name, part in parts.items() if part in package}
    for grid in by_calamine.grids(by_calamine.open_book(data)):
        look = looks.get(grid.name, _SheetLook())
        grid.blind = grid.name not in looks
        grid.merges = look.merges
        grid.hidden_rows = frozenset(look.hidden_rows)
        mark_broken(grid, look.broken)
        grid.from_1904 = from_1904
        yield grid


def _facts(package: Package) -> tuple[dict[str, str], bool]:
    """Name of a sheet → its part; whether days are counted from 1904."""
    links = workbook_xml.targets(package, "xl/_rels/workbook.bin.rels")
    parts: dict[str, str] = {}
    from_1904 = False
    try:
        for kind, body in _records(package.read("xl/workbook.bin") or b""):
            if kind == _BUNDLE:
                link, end = _text(body, 8)
                parts[_text(body, end)[0]] = links.get(link, "")
            elif kind == _BOOK:
                from_1904 = bool(body[0] & 1)
    except (struct.error, IndexError):
        pass  # a sheet whose part is not known is read with every blank cell in doubt
    return parts, from_1904


def _text(body: bytes, at: int) -> tuple[str, int]:
    """A text and the place behind it."""
    length = struct.unpack_from("<I", body, at)[0]
    end = at + 4 + 2 * length if length != 0xFFFFFFFF else at + 4
    return body[at + 4 : end].decode("utf-16-le", "replace"), end


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(kind, body). Kind and length are written in seven bits a byte. Raises IndexError where the data break off."""
    at = 0
    while at < len(data):
        kind = data[at]
        at += 1
        if kind & 0x80:
            kind = (kind & 0x7F) | data[at] << 7
            at += 1
        size = shift = 0
        while True:
            byte = data[at]
            at += 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80 or shift > 21:
                break
        if at + size > len(data):
            raise IndexError
        yield kind, data[at : at + size]
        at += size


@dataclass(slots=True)
class _SheetLook:
    """``broken``: (row, column) from 0 of the errors; ``hidden_rows``: numbers as the user sees them."""

    broken: list[tuple[int, int]] = field(default_factory=list)
    merges: list[Merge] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)


def _look(data: bytes) -> _SheetLook:
    """What the records of a sheet say.

    Raises Unreadable where the records do not hold together, or calamine would have to make room for too much.
    """
    look = _SheetLook()
    row = last_row = last_column = 0
    try:
        for kind, body in _records(data):
            if kind == _MERGE:
                top, bottom, left, right = struct.unpack_from("<IIII", body)
                look.merges.append(((top, left), (bottom, right)))
            elif kind == _ROW:
                row = struct.unpack_from("<I", body)[0]
                if len(body) > _ROW_FLAGS and body[_ROW_FLAGS] & _IS_HIDDEN:
                    look.hidden_rows.add(row + 1)
            elif kind in _CELLS:
                column = struct.unpack_from("<I", body)[0]
                last_row, last_column = max(last_row, row), max(last_column, column)
                if (last_row + 1) * (last_column + 1) > 5 * ROOM:
                    raise Unreadable(TOO_MANY)
                if kind in (_ERROR, _FORMULA_ERROR):
                    look.broken.append((row, column))
    except (struct.error, IndexError):
        raise Unreadable(DAMAGED) from None
    return look
