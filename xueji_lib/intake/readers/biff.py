"""The records of an .xls: its version, whether it is locked, and what calamine does not tell of its cells.

calamine gives a blank for an error, and any error for a password. One walk from record to record, each sheet once.
Source: [MS-XLS] 2.1.4, 2.4.10 (BoolErr), 2.4.21 (BOF), 2.4.28 (BoundSheet8), 2.4.117 (FilePass), 2.4.127 (Formula).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

BOFS: Final = (0x0809, 0x0409, 0x0209, 0x0009)
"""The beginning of a stream or a sheet, of the versions from the last to the first."""
EOF, FORMULA, BOOLERR, DATEMODE, CODEPAGE = 0x000A, 0x0006, 0x0205, 0x0022, 0x0042
_FILEPASS, _BOUNDSHEET, _RECALCID = 0x002F, 0x0085, 0x01C1
EIGHT: Final = 0x0600
"""The version of Excel 97 and later."""

# Whether a walk through the cells can find anything: an error cell, or a formula whose result is an error or a blank.
_CAN_BREAK: Final = re.compile(
    rb"\x05\x02\x08\x00.{7}\x01|\x06\x00.[\x00-\x20]...\x00..[\x02\x03].{5}\xff\xff", re.DOTALL
)
_SAYS_BLANK, _SAYS_ERROR = 3, 2
_HIDDEN_ROW: Final = re.compile(rb"\x08\x02\x10\x00.{12}[ -?`-\x7f\xa0-\xbf\xe0-\xff]", re.DOTALL)
"""A Row record (2.4.221) with fDyZero: hidden, by hand or by a filter."""
_ROW, _SHEETS = 0x0208, 50
Record = tuple[int, int, int]
"""Kind, place of the body, and its length."""


@dataclass(slots=True)
class BiffFacts:
    """``version``: as in the first record, 0 where that is none. ``broken``: sheet in the book's order → (row, column)
    from 0 of its errors and of formulas never worked out. ``codepage``: of the old versions' texts."""

    version: int = 0
    is_locked: bool = False
    from_1904: bool = False
    codepage: int = 0
    broken: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    hidden_rows: dict[int, frozenset[int]] = field(default_factory=dict)
    """Sheet → numbers of its rows, from 1, that are hidden."""


def records(stream: bytes, at: int = 0) -> Iterator[Record]:
    """The records from a place on, as far as they hold together."""
    end = len(stream) - 4
    while at <= end:
        kind, size = struct.unpack_from("<HH", stream, at)
        if at + 4 + size > len(stream):
            return
        yield kind, at + 4, size
        at += 4 + size


def facts(stream: bytes) -> BiffFacts:
    """What the records say."""
    result = BiffFacts()
    sheets: list[int] = []
    is_solved = False
    for kind, at, size in records(stream):
        if kind in BOFS:
            if result.version:
                break
            result.version = struct.unpack_from("<H", stream, at)[0] if size >= 2 else 0
        elif kind == EOF:
            break
        elif kind == _FILEPASS:
            result.is_locked = True
        elif kind == DATEMODE and size >= 2:
            result.from_1904 = stream[at] == 1
        elif kind == CODEPAGE and size >= 2:
            result.codepage = struct.unpack_from("<H", stream, at)[0]
        elif kind == _BOUNDSHEET and size >= 4:
            sheets.append(struct.unpack_from("<I", stream, at)[0])
        elif kind == _RECALCID:
            is_solved = True
    if not result.is_locked and _HIDDEN_ROW.search(stream):
        result.hidden_rows = {
            number: frozenset(_hidden(stream, start)) for number, start in enumerate(sheets[:_SHEETS])
        }
    if not result.is_locked and _CAN_BREAK.search(stream):
        seen: dict[int, list[tuple[int, int]]] = {}
        for number, start in enumerate(sheets):
            if start not in seen:
                seen[start] = list(_broken(stream, start, is_solved))
            result.broken[number] = seen[start]
    return result


def sheet_records(stream: bytes, start: int) -> Iterator[Record]:
    """The records of one sheet, without those of charts that lie in it."""
    depth = 0
    for kind, at, size in records(stream, start):
        if kind in BOFS:
            depth += 1
        elif kind == EOF:
            depth -= 1
        elif depth == 1:
            yield kind, at, size
        if depth < 1:
            return


def _hidden(stream: bytes, start: int) -> Iterator[int]:
    for kind, at, size in sheet_records(stream, start):
        if kind == _ROW and size >= 14 and stream[at + 12] & 0x20:
            yield int(struct.unpack_from("<H", stream, at)[0]) + 1


def _broken(stream: bytes, start: int, is_solved: bool) -> Iterator[tuple[int, int]]:
    """``is_solved``: whoever wrote the book works formulas out; else a blank in place of a result is none."""
    for kind, at, size in sheet_records(stream, start):
        if kind == BOOLERR and size >= 8 and stream[at + 7] == 1:
            yield struct.unpack_from("<HH", stream, at)
        elif kind == FORMULA and size >= 14 and stream[at + 12 : at + 14] == b"\xff\xff":
            result = stream[at + 6]
            if result == _SAYS_ERROR or (result == _SAYS_BLANK and not is_solved):
                yield struct.unpack_from("<HH", stream, at)
