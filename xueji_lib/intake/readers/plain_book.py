"""xlsx workbooks all of whose sheets are in the plain dialect (``plain_sheet``), read without calamine."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Final

from xueji_lib.intake.readers import plain_sheet, workbook_xml
from xueji_lib.intake.readers.by_calamine import MOST_CELLS
from xueji_lib.intake.readers.grid import Grid
from xueji_lib.intake.readers.plain_rows import Referred
from xueji_lib.intake.readers.plain_text import NotPlain, plain_text
from xueji_lib.intake.readers.sheet_xml import ROOM
from xueji_lib.intake.readers.workbook_xml import BookFacts
from xueji_lib.intake.readers.zip_parts import Package

_BOOK: Final = ("_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels")
_LARGEST: Final = 64 * 2**20
"""Bytes of the shared texts."""
_TEXTS: Final = re.compile(rb"\A(?:\xef\xbb\xbf)?(?:<\?xml [^<>]*\?>)?\s*<sst[^<>]*[^/<>]>(.*)</sst>\s*\Z", re.DOTALL)
_SOUNDS: Final = re.compile(rb"<phoneticPr [^<>]{0,200}/>")
_NUMBERS: Final = frozenset((*range(14), *range(37, 41), 48, 49))
"""Formats of numbers that every program knows by their number, of those that show no day and no time (18.8.30)."""


def grids(package: Package, book: BookFacts) -> list[Grid] | None:
    """The sheets in the book's order; None where anything in the workbook is out of the ordinary. Raises Unreadable."""
    parts = [part for _, part in book.sheets]
    if package.is_mended or not book.is_of_worksheets or not parts or len(set(parts)) < len(parts):
        return None
    told = [*_BOOK, *filter(None, [book.styles])]
    if not all(part in package for part in parts) or not all(map(_is_sound, map(package.read, told))):
        return None
    try:
        referred = Referred(_texts(package, book.texts), _is_number(package, book.styles))
        sheets = [plain_sheet.read(package.blocks(part), referred) for part in parts]
    except NotPlain:
        return None
    extents = [sheet.extent for sheet in sheets]
    if max(extents) > ROOM or sum(extents) > MOST_CELLS:
        return None
    return [
        Grid(
            name, sheet.filled(), sheet.merges, name in book.hidden,
            from_1904=book.from_1904, hidden_rows=frozenset(sheet.hidden_rows),
        )
        for (name, _), sheet in zip(book.sheets, sheets, strict=True)
    ]  # fmt: skip


def _is_sound(data: bytes | None) -> bool:
    """Well-formed XML."""
    return data is not None and workbook_xml.sound_tree(data) is not None


def _texts(package: Package, part: str) -> dict[str, str]:
    """The shared texts by their numbers. Raises NotPlain."""
    if not part:
        return {}
    data = package.read(part) if package.size(part) <= _LARGEST else None
    whole = _TEXTS.match(data) if data and not workbook_xml.is_other_encoding(data[:8192]) else None
    if whole is None:
        raise NotPlain
    inside = whole[1].replace(b' xml:space="preserve"', b"").replace(b"<t/>", b"<t></t>")
    if b"<phoneticPr " in inside:
        inside = _SOUNDS.sub(b"", inside)
    if not (inside.startswith(b"<si><t>") and inside.endswith(b"</t></si>")):
        raise NotPlain
    try:
        joined = inside[len(b"<si><t>") : -len(b"</t></si>")].decode("utf-8")
    except UnicodeDecodeError:
        raise NotPlain from None
    texts = joined.split("</t></si><si><t>")
    if joined.count("<") != 4 * (len(texts) - 1):
        raise NotPlain  # a text of several parts, or none
    if plain_text(joined) != joined:
        texts = list(map(plain_text, texts))
    return dict(zip(map(str, range(len(texts))), texts, strict=True))


def _is_number(package: Package, part: str) -> Callable[[int], bool]:
    """Whether a style, by its number, shows neither days nor times; looked up when it is first asked."""

    @cache
    def formats() -> list[str]:
        root = workbook_xml.sound_tree(package.read(part) or b"") if part else None
        styles = None if root is None else root.find("{*}cellXfs")
        return [] if styles is None else [str(style.get("numFmtId", "0")) for style in styles.iter("{*}xf")]

    def is_number(style: int) -> bool:
        known = formats()
        return style < len(known) and known[style].isdecimal() and int(known[style]) in _NUMBERS

    return is_number
