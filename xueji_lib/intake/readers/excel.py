"""xlsx workbooks: the plain ones read row by row, all others by calamine, which is told what it does not look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from xueji_lib.intake.readers import by_calamine, plain_book, sheet_xml, workbook_xml
from xueji_lib.intake.readers.grid import Grid, mark_broken
from xueji_lib.intake.readers.sheet_xml import SheetLook
from xueji_lib.intake.readers.workbook_xml import BookFacts
from xueji_lib.intake.readers.zip_parts import Package


def read(data: bytes, careful: bool = False) -> Iterator[Grid]:
    """The sheets of an xlsx workbook. ``careful``: calamine gets nothing but the plainest dialect, which takes longer.

    Raises Unreadable, Damaged.
    """
    with Package(data) as package:
        book = workbook_xml.facts(package)
        plain = None if careful else plain_book.grids(package, book)
        if plain is not None:
            yield from plain
            return
        looks = {part: _look(package, part, book, careful) for part in dict(book.sheets).values()}
        changed = {part: look.text for part, look in looks.items() if look.text}
        if careful:
            changed = {**_in_utf8(package), **changed}
        if changed or package.is_mended:
            data = package.rewritten(changed)
    workbook = by_calamine.open_book(data)
    part_of = dict(book.sheets)
    for grid in by_calamine.grids(workbook):
        look = looks.get(part_of.get(grid.name, ""), SheetLook())
        mark_broken(grid, look.broken)
        grid.beyond, grid.blind, grid.from_1904 = look.beyond, look.blind, book.from_1904
        grid.hidden_rows = frozenset(look.hidden_rows)
        yield grid


def _look(package: Package, part: str, book: BookFacts, careful: bool) -> SheetLook:
    plain = SheetLook()
    if part not in package or (not careful and sheet_xml.is_plain(package, part, plain)):
        return plain
    result = sheet_xml.look(package, part, book.is_unsolved)
    if careful or result.extent > sheet_xml.ROOM:
        sheet_xml.plainest(package, part, result)
    return result


def _in_utf8(package: Package) -> Mapping[str, bytes]:
    """The XML parts in another encoding, in UTF-8, which is all that calamine reads."""
    parts = {part: package.read(part) or b"" for part in package.names if part.lower().endswith((".xml", ".rels"))}
    return {part: workbook_xml.in_utf8(data) for part, data in parts.items() if workbook_xml.is_other_encoding(data)}
