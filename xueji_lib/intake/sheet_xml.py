"""What an xlsx says beside its cells: formulas without a result, errors, and cells lost at the far end.

calamine gives a blank for a formula that was never worked out and for an error, and it makes room for the whole
rectangle of a sheet: one stray cell in the last row of Excel costs gigabytes.
"""

from __future__ import annotations

import io
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping

from lxml import etree

from xueji_lib.intake.grid import Unreadable
from xueji_lib.intake.sniff import DAMAGED

# What a damaged archive raises; RuntimeError and NotImplementedError for passwords and odd compressions.
_BROKEN = (
    KeyError, ValueError, EOFError, OSError, RuntimeError, NotImplementedError,
    zipfile.BadZipFile, zlib.error, struct.error,
)  # fmt: skip

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"

_ROOM = 8_000_000  # cells calamine may make room for (24 bytes each)
_UNPACKED = 2**30  # bytes of one sheet
_GAP = 2000  # empty rows after which what follows is not the table

_DIMENSION = re.compile(rb'<(?:\w+:)?dimension\s+ref="([A-Z]+)(\d+)(?::([A-Z]+)(\d+))?"')
_ROW = re.compile(rb'<row\b[^>]*?\br="(\d+)"[^>]*?(?:/>|>(.*?)</row>)', re.DOTALL)
_ROW_NUMBER = re.compile(rb'<row\b[^>]*?\br="(\d+)"')
_VALUED = re.compile(rb"<(?:v|is|f)\b")
_SUSPECT = (b"<f", b'="e')  # a formula, an error; short and ending in a rare letter, so that the search is quick
_CELL = re.compile(rb'<c\b((?:[^>"]|"[^"]*")*?)(?:/>|>(.*?)</c>)', re.DOTALL)
_REF = re.compile(rb'\br="([A-Z]+)(\d+)"')
_RESULT = re.compile(rb"<v>[^<]|<v [^>]*>[^<]|<is>")


def sheets(archive: zipfile.ZipFile) -> dict[str, str]:
    """Sheet name → its part in the archive; empty where the book does not say (xlsb, ods)."""
    try:
        book = etree.fromstring(archive.read("xl/workbook.xml"), _parser())
        links = etree.fromstring(archive.read("xl/_rels/workbook.xml.rels"), _parser())
    except (*_BROKEN, etree.XMLSyntaxError):
        return {}
    targets = {str(r.get("Id")): str(r.get("Target")) for r in links}
    found = {}
    for sheet in book.iter(f"{_MAIN}sheet"):
        target = targets.get(str(sheet.get(_REL)), "")
        part = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))
        found[str(sheet.get("name"))] = part
    return found


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True)


def column_number(letters: bytes) -> int:
    """A → 0, Z → 25, AA → 26."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def unpack(archive: zipfile.ZipFile, part: str) -> bytes:
    """One part; nothing where it is damaged (calamine then says so). Raises Unreadable for one too big."""
    try:
        if archive.getinfo(part).file_size > _UNPACKED:
            raise Unreadable("工作表太大（解压后超过 1 GB）。请删掉表格下方和右边的空行空列，或分成几个文件再交")
        return archive.read(part) if part.endswith(".xml") else b""
    except _BROKEN:
        return b""


def broken_cells(data: bytes) -> Iterator[tuple[int, int]]:
    """(row, column) from 0 of errors and of formulas without a result."""
    if not any(text in data for text in _SUSPECT):
        return
    for attributes, inside in _CELL.findall(data):
        error = b't="e"' in attributes
        # A formula whose result is the empty text says so: t="str".
        unsolved = b"<f" in inside and b't="str"' not in attributes and not _RESULT.search(inside)
        if error or unsolved:
            place = _REF.search(attributes)
            if place:
                yield int(place[2]) - 1, column_number(place[1])


def trim(archive: zipfile.ZipFile, parts: Mapping[str, bytes]) -> tuple[bytes | None, dict[str, int]]:
    """The workbook without rows that lie far below the table, and how many rows each part lost.

    None where nothing had to go. Raises Unreadable for a sheet that takes too much room anyhow.
    """
    kept: dict[str, bytes] = {}
    beyond: dict[str, int] = {}
    for part, data in parts.items():
        rows, width = _extent(data)
        if rows * width > _ROOM:
            kept[part], beyond[part] = _cut(data, width)
    if not any(beyond.values()):
        return None, {}
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as copy:
        for name in archive.namelist():
            try:
                copy.writestr(name, kept[name] if name in kept else archive.read(name))
            except _BROKEN:
                raise Unreadable(DAMAGED) from None
    return target.getvalue(), beyond


def _extent(data: bytes) -> tuple[int, int]:
    """Rows and columns as the sheet says it has, or as its cells say where that cannot be true."""
    found = _DIMENSION.search(data, 0, 4096)
    rows, width = (int(found[4] or found[2]), column_number(found[3] or found[1]) + 1) if found else (0, 0)
    last = _ROW_NUMBER.search(data, max(data.rfind(b"<row "), 0))
    if last and int(last[1]) <= rows and (rows * width > 1 or len(data) < 4096):
        return rows, width
    cells = _REF.findall(data)
    if not cells:
        return rows, width
    return max(int(r) for _, r in cells), max(column_number(c) for c in {c for c, _ in cells}) + 1


def _cut(data: bytes, width: int) -> tuple[bytes, int]:
    """The sheet up to the first long run of empty rows, and how many rows with values lie behind it."""
    last, cut, lost = 0, len(data), 0
    for row in _ROW.finditer(data):
        number = int(row[1])
        if row[2] is None or not _VALUED.search(row[2]):
            continue
        if lost or number - last > _GAP:
            if not lost:
                cut = row.start()
            lost += 1
        else:
            last = number
    if last * width > 5 * _ROOM:
        raise Unreadable("工作表占的行列太多。请删掉表格下方和右边多余的行列，另存后重交")
    if not lost:
        return data, 0
    end = data.rfind(b"</sheetData>")
    return data[:cut] + data[end:], lost
