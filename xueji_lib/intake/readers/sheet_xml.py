"""The look into a sheet's XML: formulas without a result, errors, and cells lost at the far end.

calamine gives a blank for a formula that was never worked out and for an error, and it makes room for the whole
rectangle of a sheet: one stray cell in the last row of Excel costs gigabytes. Most sheets have neither, which a few
searches in their bytes show; only the others are gone through, element by element.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from xueji_lib.intake.readers import workbook_xml
from xueji_lib.intake.readers.grid import Unreadable
from xueji_lib.intake.readers.hidden_rows import HiddenRows
from xueji_lib.intake.readers.sniff import DAMAGED
from xueji_lib.intake.readers.workbook_xml import forget, local
from xueji_lib.intake.readers.zip_parts import Package

ROOM: Final = 8_000_000
"""Cells that calamine may make room for (32 bytes each)."""
TOO_MANY: Final = "工作表占的行列太多。请删掉表格下方和右边多余的行列，另存后重交"
_GAP_ROWS: Final = 2000
"""Empty rows after which what follows is not the table."""
_GAP_COLUMNS: Final = 200
_MOST_ROWS, _MOST_COLUMNS = 1_048_576, 16_384

_ROOT: Final = re.compile(rb"<worksheet[\s>]")
_DIMENSION: Final = re.compile(rb'<dimension\s+ref="[A-Z]{1,3}([1-9]\d{0,6})(?::([A-Z]{1,3})([1-9]\d{0,6}))?"')
_SUSPECT: Final = tuple(re.compile(token) for token in (rb"<f[\s/>]", rb'"e"', rb"'e'"))
"""A formula, an error."""
_ROW_NUMBER: Final = re.compile(rb'<row [^>]{0,200}?\br="(\d{1,7})"')
_REF: Final = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})")
_OVERLAP: Final = 16
_KINDS: Final = ("s", "b", "n", "d", "str", "inlineStr")


@dataclass(slots=True)
class SheetLook:
    """``broken``: (row, column) from 0 of errors and of formulas without a result. ``used_rows``, ``used_columns``:
    where anything stands.

    ``blind``: the XML is broken, there may be more. ``text``: the sheet in the plainest dialect, where it was asked
    for; ``beyond``: rows with something in them that are not in it.
    """

    broken: list[tuple[int, int]] = field(default_factory=list)
    used_rows: set[int] = field(default_factory=set)
    used_columns: set[int] = field(default_factory=set)
    blind: bool = False
    text: bytes = b""
    beyond: int = 0
    hidden_rows: set[int] = field(default_factory=set)

    @property
    def extent(self) -> int:
        """Cells in the rectangle up to the last that is used."""
        return (max(self.used_rows, default=-1) + 1) * (max(self.used_columns, default=-1) + 1)


def is_plain(package: Package, part: str, result: SheetLook) -> bool:
    """No formula, no error, an ordinary dialect, and an extent that calamine has room for; ``result`` gets the hidden
    rows. Raises Unreadable where the part is damaged."""
    head = tail = b""
    hidden = HiddenRows(result.hidden_rows)
    last_row, widest = 0, 0
    for block in package.blocks(part):
        piece = tail + block
        if not head:
            head = piece[:8192]
            if workbook_xml.is_other_encoding(head) or not _ROOT.search(head):
                return False
        if any(token.search(piece) for token in _SUSPECT):
            return False
        hidden.look(block)
        row = _ROW_NUMBER.match(piece, max(piece.rfind(b"<row "), 0))
        last_row = int(row[1]) if row else last_row
        while widest < len(_WIDTHS) - 1 and _WIDTHS[widest][2].search(piece):
            widest += 1
        tail = piece[-_OVERLAP:]
    return last_row > 0 and _fits(head, last_row, *_WIDTHS[widest][:2])


_WIDTHS: Final = (
    (1, 52, re.compile(rb'r="(?:[B-Z][A-Z]|[A-Z]{3})\d')),
    (53, 702, re.compile(rb'r="[A-Z]{3}\d')),
    (703, _MOST_COLUMNS, re.compile(rb"(?!)")),
)
"""At least, at most so many columns, and how a cell beyond them begins."""


def _fits(head: bytes, last_row: int, least: int, most: int) -> bool:
    """There is room for the rows up to the last; ``least``, ``most``: columns as the cells show them. What the sheet
    itself says of its extent is believed where its cells do not contradict."""
    dimension = _DIMENSION.search(head)
    if dimension is None:
        return b"dimension" not in head and last_row * most <= ROOM
    if dimension[2] and int(dimension[3]) >= last_row and column_number(dimension[2].decode()) + 1 >= least:
        return int(dimension[3]) * (column_number(dimension[2].decode()) + 1) <= ROOM
    return last_row * most <= ROOM


def column_number(letters: str) -> int:
    """A → 0, Z → 25, AA → 26."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def look(package: Package, part: str, is_unsolved: bool) -> SheetLook:
    """Go through a sheet. ``is_unsolved``: a formula's 0 is no result. Raises Unreadable."""
    result = SheetLook()
    for number, row in _rows(package, part, result):
        if row.get("hidden") in ("1", "true"):
            result.hidden_rows.add(number + 1)
        for row_at, column_at, cell in _cells(number, row):
            children = {local(child): child for child in cell}
            if children:
                result.used_rows.add(row_at)
                result.used_columns.add(column_at)
            if cell.get("t") == "e":
                result.broken.append((row_at, column_at))
            elif "f" in children and _is_unsolved(cell, children, is_unsolved):
                result.broken.extend(_of_formula(row_at, column_at, children["f"]))
    return result


def plainest(package: Package, part: str, result: SheetLook) -> None:
    """Set the text of ``result`` to the sheet without what lies far beyond the table. Raises Unreadable."""
    if result.blind:
        raise Unreadable(DAMAGED)
    last_row, last_column = _end(result.used_rows, _GAP_ROWS), _end(result.used_columns, _GAP_COLUMNS)
    if (last_row + 1) * (last_column + 1) > 5 * ROOM:
        raise Unreadable(TOO_MANY)
    out = ['<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>']
    lost: set[int] = set()
    merges: list[str] = []
    for number, row in _rows(package, part, result, merges):
        out.append("<row>" if number < 0 else f'<row r="{number + 1}">')
        for row_at, column_at, cell in _cells(number, row):
            if row_at > last_row or column_at > last_column:
                lost.add(row_at)
            elif cell.get("t") != "e":
                out.append(_plain_cell(row_at, column_at, cell))
        out.append("</row>")
    result.beyond = len(lost & result.used_rows)
    result.broken = [(r, c) for r, c in result.broken if r <= last_row and c <= last_column]
    refs = "".join(f'<mergeCell ref="{_escaped(ref)}"/>' for ref in merges)
    out.append(f"</sheetData><mergeCells>{refs}</mergeCells></worksheet>" if refs else "</sheetData></worksheet>")
    result.text = "".join(out).encode()


def _end(used: set[int], gap: int) -> int:
    """The last used place before the first long run of unused ones."""
    last = -1
    for position in sorted(used):
        if position - last > gap:
            break
        last = position
    return last


def _rows(package: Package, part: str, result: SheetLook, merges: list[str] | None = None) -> Iterator[tuple[int, Any]]:
    """(row from 0, element) of each row; it is emptied afterwards."""
    number = -1
    for event, element in workbook_xml.events(package, part, "row", "mergeCell"):
        if event == "blind":
            result.blind = True
        elif local(element) == "row":
            row_text = element.get("r") or ""
            number = (
                min(int(row_text) - 1, _MOST_ROWS)
                if row_text.isdecimal() and len(row_text) < 8 and int(row_text)
                else number + 1
            )
            yield number, element
            forget(element)
        elif merges is not None and _REF.match(element.get("ref") or ""):
            merges.append(element.get("ref"))


def _cells(number: int, row: Any) -> Iterator[tuple[int, int, Any]]:
    """(row, column, element) of a row's cells; one that does not say where it is stands beside the one before."""
    column = -1
    for cell in row:
        if local(cell) != "c":
            continue
        ref = _REF.fullmatch(cell.get("r") or "")
        row_at, column = (int(ref[2]) - 1, column_number(ref[1])) if ref else (number, column + 1)
        if not (0 <= row_at < _MOST_ROWS and column < _MOST_COLUMNS):
            raise Unreadable("工作表里有的格在 Excel 的范围之外，文件已损坏。请在 Excel 里打开，另存后重交")
        yield row_at, column, cell


def _is_unsolved(cell: Any, children: dict[str, Any], zero_is_none: bool) -> bool:
    """A formula without a result. One whose result is the empty text says so: ``t="str"`` and a ``v``."""
    value = children.get("v")
    text = ("".join(value.itertext()) if value is not None else "").strip()
    if cell.get("t") == "str":
        return value is None
    return "is" not in children and (not text or (zero_is_none and text == "0"))


def _of_formula(row: int, column: int, formula: Any) -> Iterator[tuple[int, int]]:
    """The cells that a formula fills: its own, or a whole area."""
    ends = _REF.findall(formula.get("ref") or "") if formula.get("t") == "array" else []
    if len(ends) != 2:
        yield row, column
        return
    (left, top), (right, bottom) = ends
    area = [(r, c) for r in range(int(top) - 1, min(int(bottom), int(top) + 5000)) for c in _columns(left, right)]
    yield from area[:100_000]


def _columns(left: str, right: str) -> range:
    first = column_number(left)
    return range(first, min(column_number(right) + 1, first + 100))


def _plain_cell(row: int, column: int, cell: Any) -> str:
    kind, style, inside = cell.get("t"), cell.get("s") or "", ""
    for child in cell:
        if local(child) == "v":
            inside = f"<v>{_escaped(''.join(child.itertext()))}</v>"
        elif local(child) == "is":
            runs = (t for t in child.iter("{*}t") if local(t.getparent()) != "rPh")
            inside = f"<is><t>{_escaped(''.join(''.join(run.itertext()) for run in runs))}</t></is>"
    if not inside:
        return ""
    about = f' t="{kind}"' if kind in _KINDS else ""
    about += f' s="{style}"' if style.isascii() and style.isdecimal() else ""
    return f'<c r="{_letters(column)}{row + 1}"{about}>{inside}</c>'


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _letters(column: int) -> str:
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text
