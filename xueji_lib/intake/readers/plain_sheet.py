"""A worksheet in the dialect that nearly all programs write, read a row at a time: most registers are such sheets.

What does not fit to the letter (a formula, an error, a day, a cell that does not say where it stands) is not read here
at all, so that no cell can come out other than by the ordinary way. Source: ECMA-376, part 1, 18.3.1 and 18.18.11.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from xueji_lib.intake.readers.grid import Merge
from xueji_lib.intake.readers.plain_rows import ROW_END, PlainRows, PlainSheet, Referred, column_index
from xueji_lib.intake.readers.plain_text import NotPlain
from xueji_lib.intake.readers.workbook_xml import is_other_encoding, sound_tree

_LONGEST: Final = 8 * 2**20
"""Bytes without the end of a row; a row of all columns has a tenth of it."""
_START, _END, _NO_ROWS = b"<sheetData>", b"</sheetData>", b"<sheetData/>"
_ROOT: Final = re.compile(rb"\A(?:\xef\xbb\xbf)?(?:<\?xml [^<>]*\?>)?\s*<worksheet[\s>]")
_MERGES: Final = re.compile(rb'<mergeCells(?: count="\d{1,6}")?>((?:<mergeCell ref="[A-Z\d:]{1,21}"/>)*)</mergeCells>')
_AREA: Final = re.compile(rb'"([A-Z]{1,3})([1-9]\d{0,6}):([A-Z]{1,3})([1-9]\d{0,6})"')


def read(blocks: Iterable[bytes], referred: Referred) -> PlainSheet:
    """The sheet whose part comes in these blocks. Raises NotPlain."""
    rows = PlainRows(referred)
    head, rest = b"", b""
    is_within = False
    for block in blocks:
        rest += block
        if not is_within:
            head, start, rest = rest.partition(_START)
            _check_head(head)
            if not start:
                return _without_rows(head)
            is_within = True
        lines, end, rest = rest.rpartition(ROW_END)
        if end:
            rows.take(lines)
        elif len(rest) > _LONGEST:
            raise NotPlain
    last, end, tail = rest.partition(_END)
    if not end:
        raise NotPlain
    _check_around(head + _NO_ROWS + tail)
    if rows.take_blank(last) is not None:
        raise NotPlain
    rows.sheet.merges = _merges(tail)
    return rows.sheet


def _check_head(head: bytes) -> None:
    if not _ROOT.match(head) or is_other_encoding(head):
        raise NotPlain


def _check_around(around: bytes) -> None:
    """Raises NotPlain where what stands around the rows is not sound."""
    if b"<!" in around or around.count(_NO_ROWS) != 1 or sound_tree(around) is None:
        raise NotPlain


def _without_rows(whole: bytes) -> PlainSheet:
    _check_around(whole)
    if b"mergeCell" in whole:
        raise NotPlain
    return PlainSheet()


def _merges(tail: bytes) -> list[Merge]:
    """The merged cells, which are told below the rows."""
    if b"mergeCell" not in tail:
        return []
    told = _MERGES.search(tail)
    if told is None or tail.count(b"<mergeCells") != 1:
        raise NotPlain
    areas = _AREA.findall(told[1])
    if len(areas) != told[1].count(b"<mergeCell "):
        raise NotPlain
    return [
        ((int(top) - 1, column_index(left.decode())), (int(bottom) - 1, column_index(right.decode())))
        for left, top, right, bottom in areas
    ]
