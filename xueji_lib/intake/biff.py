"""What calamine does not tell of an .xls: error cells (it gives a blank) and a password (it gives any error).

The records are looked for by their shape in the workbook's stream. Source: [MS-XLS] 2.4.24, 2.4.117, 2.4.127.
"""

from __future__ import annotations

import re

_BOF = re.compile(rb"\x09\x08\x10\x00\x00\x06(..)", re.DOTALL)
_ERROR_CELL = re.compile(rb"\x05\x02\x08\x00(..)(..)..[\x00\x07\x0f\x17\x1d\x24\x2a]\x01", re.DOTALL)
_FORMULA_ERROR = re.compile(rb"\x06\x00..(..)(..)..\x02.[\x00\x07\x0f\x17\x1d\x24\x2a]...\xff\xff", re.DOTALL)
_GLOBALS = re.compile(rb"\x09\x08\x10\x00\x00[\x05\x06]\x05\x00")
_FILEPASS = 0x2F
_SHEETS = (b"\x10\x00", b"\x20\x00", b"\x40\x00")  # worksheet, chart, macro sheet


def locked(data: bytes) -> bool:
    """The workbook says at its beginning that the rest of it is encrypted."""
    start = _GLOBALS.search(data)
    place = start.start() if start else len(data)
    for _ in range(8):
        record, size = (int.from_bytes(data[p : p + 2], "little") for p in (place, place + 2))
        if record == _FILEPASS:
            return True
        place += 4 + size
    return False


def broken_cells(data: bytes) -> dict[int, list[tuple[int, int]]]:
    """Place of the sheet in the book → (row, column) from 0 of its error cells."""
    starts = [m.start() for m in _BOF.finditer(data) if m[1] in _SHEETS]
    if not starts:
        return {}
    found: dict[int, list[tuple[int, int]]] = {}
    for pattern in (_ERROR_CELL, _FORMULA_ERROR):
        for match in pattern.finditer(data):
            sheet = sum(start < match.start() for start in starts) - 1
            row, column = int.from_bytes(match[1], "little"), int.from_bytes(match[2], "little")
            if sheet >= 0 and column < 256:
                found.setdefault(sheet, []).append((row, column))
    return found
