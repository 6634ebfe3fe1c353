"""HTML tables under a name that says .xls: what many systems export as Excel."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from lxml import etree

from xueji_lib.intake.readers.grid import Grid, Merge, Unreadable, plain_cells
from xueji_lib.intake.readers.sheet_xml import ROOM
from xueji_lib.intake.readers.text import LIMIT, decode

_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]+)", re.IGNORECASE)
_WIDEST = 16_384
"""Columns; a sheet has no more."""
_MOST_ACROSS = 1000
"""Columns of one cell, as browsers hold it."""
_TOO_WIDE = "网页表格占的行列太多，不像一张表。请在 Excel 里打开，删掉多余的行列，另存为 xlsx 后重交"
_MARK = re.compile("[\x00-\x04]|&#(?:0{0,9}[1-4]|[xX]0{0,9}[1-4]);")
_SPACE = re.compile("[ \t\r\n\u00a0]+")
_SECTIONS: Final = ("thead", "tbody", "tfoot")
_UNSEEN: Final = re.compile(
    r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse))\s*(?:!|;|$)", re.IGNORECASE
)


@dataclass(slots=True)
class _Table:
    """``rows``: its tr elements. ``hidden``: the table, or what it stands in; ``hidden_rows``: numbers from 1."""

    hidden: bool
    rows: list[Any] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)


def read(data: bytes) -> Iterator[Grid]:
    """Every outermost table as a sheet. Raises Unreadable."""
    if len(data) > LIMIT:
        raise Unreadable(f"文件太大（{len(data) // 2**20} MB）。请在 Excel 里打开，另存为 xlsx 后重交")
    try:
        root = etree.fromstring(_text(data), etree.HTMLParser(huge_tree=True, no_network=True))
    except (etree.LxmlError, ValueError):
        root = None
    if root is None:
        raise Unreadable("网页表格打不开。请在 Excel 里打开，另存为 xlsx 后重交")
    number = 0
    for table in _tables(root):
        number += 1
        yield _grid(f"表{number}", table)
    if not number:
        raise Unreadable("网页里没有表格。请在 Excel 里打开，另存为 xlsx 后重交")


def _tables(root: Any) -> Iterator[_Table]:
    """Each outermost table, in one walk; rows of a table within a cell are text of that cell."""
    depth = 0
    table = _Table(False)
    is_in_hidden_section = False
    for event, element in etree.iterwalk(root, ("start", "end"), tag=("table", "tr", *_SECTIONS)):
        if element.tag == "table":
            depth += 1 if event == "start" else -1
            if event == "start" and depth == 1:
                table = _Table(any(map(_is_hidden, (element, *element.iterancestors()))))
                is_in_hidden_section = False
            elif event == "end" and depth == 0:
                yield table
        elif depth == 1 and element.tag in _SECTIONS:
            is_in_hidden_section = event == "start" and _is_hidden(element)
        elif depth == 1 and event == "start":
            table.rows.append(element)
            if is_in_hidden_section or _is_hidden(element):
                table.hidden_rows.add(len(table.rows))


def _is_hidden(element: Any) -> bool:
    """By the page's own mark or style; what a style sheet hides is not known."""
    if not element.attrib:
        return False
    return element.get("hidden") is not None or _UNSEEN.search(element.get("style", "")) is not None


def _text(data: bytes) -> str:
    """Told by the page itself if that works, else found out as for any text."""
    declared = _CHARSET.search(data[:4096])
    if declared:
        name = declared[1].decode("ascii").lower()
        # gb18030 reads all that gb2312 and gbk do, and more.
        try:
            return _undeclared(data.decode("gb18030" if name.startswith("gb") else name))
        except (LookupError, UnicodeDecodeError):
            pass
    return _undeclared(decode(data))


def _undeclared(text: str) -> str:
    """lxml refuses text with an XML declaration of its encoding; and no text of a page may look like a mark of ours."""
    text = text.lstrip("\ufeff \r\n\t")
    if text.startswith("<?xml"):
        text = text.partition(">")[2]
    return _MARK.sub("", text)


def _grid(name: str, table: _Table) -> Grid:
    rows: list[list[str]] = []
    merges: list[Merge] = []
    until: dict[int, int] = {}  # column → first row that a cell from above does not reach into
    room = ROOM
    for r, tr in enumerate(table.rows):
        row: list[str] = []
        for cell in tr:
            if cell.tag not in ("td", "th"):
                continue
            while until.get(len(row), 0) > r:
                row.append("")
                room -= 1
            text = _SPACE.sub(" ", "".join(cell.itertext()) if len(cell) else cell.text or "").strip()
            across = down = 1
            if cell.attrib:  # most cells of a large table have none
                across, down = _span(cell.get("colspan"), _MOST_ACROSS), _span(cell.get("rowspan"), len(table.rows) - r)
            left = len(row)
            room -= across
            if left + across > _WIDEST or room < 0:
                raise Unreadable(_TOO_WIDE)
            row.append(text)
            row.extend("" for _ in range(across - 1))
            if across > 1 or down > 1:
                merges.append(((r, left), (r + down - 1, left + across - 1)))
            if down > 1:
                until.update((column, r + down) for column in range(left, left + across))
        rows.append(row)
    return Grid(name, plain_cells(rows), merges, table.hidden, hidden_rows=frozenset(table.hidden_rows))


def _span(attribute: str | None, most: int) -> int:
    text = attribute.strip() if attribute else "1"
    return min(max(int(text), 1), most) if text.isdecimal() and len(text) < 9 else 1
