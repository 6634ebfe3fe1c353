"""Sheets of Excel 5.0/95 and of the simple records that old programs write without any container around them.

calamine takes their texts for another encoding. There is no table of texts in these files: every cell holds its own,
in the code page of the machine that wrote it. Source: OpenOffice.org's Documentation of the Microsoft Excel File
Format, 5.49, 5.59, 5.63, 5.71, 5.83, 5.89, 5.91, 5.102.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from xueji_lib.intake.readers import biff
from xueji_lib.intake.readers.grid import BROKEN, Grid, Unreadable

ADVICE: Final = "这是 Excel 5.0/95 或更早的工作簿，里面的字认不准。请在 Excel 里打开，另存为 xlsx 后重交"
_NUMBER, _LABEL, _RSTRING, _RK, _MULRK, _STRING, _BOUNDSHEET = 0x0203, 0x0204, 0x00D6, 0x027E, 0x00BD, 0x0207, 0x0085
_CHINESE: Final = {0: "gb18030", 936: "gb18030", 1252: "gb18030", 54936: "gb18030", 950: "big5", 65001: "utf-8"}
"""Code page → encoding; many writers name none, or that of the English Windows, and write the machine's own."""


def read(stream: bytes) -> Iterator[Grid]:
    """The sheets of a stream of old records. Raises Unreadable."""
    facts = biff.facts(stream)
    encoding = _CHINESE.get(facts.codepage)
    if encoding is None:
        raise Unreadable(ADVICE)
    try:
        sheets = [(name, _rows(stream, start, encoding)) for name, start in _sheets(stream, encoding)]
    except (struct.error, IndexError):
        raise Unreadable(ADVICE) from None
    if not any(rows for _, rows in sheets):  # Excel 2 has records of its own
        raise Unreadable(ADVICE)
    for name, rows in sheets:
        yield Grid(name, rows, from_1904=facts.from_1904)


def _sheets(stream: bytes, encoding: str) -> list[tuple[str, int]]:
    """(name, place of its first record); without a list of sheets the stream is one itself."""
    listed = []
    for kind, at, size in biff.records(stream):
        if kind == biff.EOF:
            break
        if kind == _BOUNDSHEET and size >= 7 and stream[at + 5] == 0:
            length = stream[at + 6]
            listed.append((stream[at + 7 : at + 7 + length].decode(encoding, "replace"), _u32(stream, at)))
    return listed or [("", 0)]


def _rows(stream: bytes, start: int, encoding: str) -> list[list[Any]]:
    rows: list[list[Any]] = []
    awaiting: tuple[int, int] | None = None  # the formula whose text comes in the next record
    for kind, at, size in biff.sheet_records(stream, start):
        body = stream[at : at + size]
        if kind == _STRING and awaiting:
            _put(rows, *awaiting, _text(body, 0, encoding))
        elif kind == _MULRK:
            for offset in range(4, size - 2, 6):
                _put(rows, _u16(body, 0), _u16(body, 2) + offset // 6, _rk(_u32(body, offset + 2)))
        elif kind in _CELLS and size >= 7:
            _put(rows, _u16(body, 0), _u16(body, 2), _CELLS[kind](body, encoding))
        awaiting = (_u16(body, 0), _u16(body, 2)) if kind == biff.FORMULA and body[12:14] == b"\xff\xff" else None
    return rows


def _put(rows: list[list[Any]], row: int, column: int, value: Any) -> None:
    if column > 255:
        raise Unreadable(ADVICE)
    while row >= len(rows):
        rows.append([])
    rows[row].extend("" for _ in range(column + 1 - len(rows[row])))
    rows[row][column] = value


def _u16(data: bytes, at: int) -> int:
    return int(struct.unpack_from("<H", data, at)[0])


def _u32(data: bytes, at: int) -> int:
    return int(struct.unpack_from("<I", data, at)[0])


def _f64(data: bytes, at: int) -> float:
    return float(struct.unpack_from("<d", data, at)[0])


def _text(body: bytes, at: int, encoding: str) -> str:
    return body[at + 2 : at + 2 + _u16(body, at)].decode(encoding, "replace")


def _rk(packed: int) -> float:
    """A number in four bytes: whole, or the upper half of a float; in hundredths where the lowest bit says so."""
    if packed & 2:
        number = float(struct.unpack("<i", struct.pack("<I", packed))[0] >> 2)
    else:
        number = _f64(struct.pack("<II", 0, packed & ~3), 0)
    return number / 100 if packed & 1 else number


def _formula(body: bytes, _encoding: str) -> Any:
    """A formula's result; a text's comes in a record of its own."""
    if body[12:14] != b"\xff\xff":
        return _f64(body, 6)
    return {0: "", 1: bool(body[8])}.get(body[6], BROKEN)


def _bool_or_error(body: bytes, _encoding: str) -> Any:
    return BROKEN if body[7] else bool(body[6])


_CELLS: Final[Mapping[int, Callable[[bytes, str], Any]]] = {
    _LABEL: lambda body, encoding: _text(body, 6, encoding),
    _RSTRING: lambda body, encoding: _text(body, 6, encoding),
    _NUMBER: lambda body, _encoding: _f64(body, 6),
    _RK: lambda body, _encoding: _rk(_u32(body, 6)),
    biff.BOOLERR: _bool_or_error,
    biff.FORMULA: _formula,
}
"""Kind of record → what its cell holds."""
