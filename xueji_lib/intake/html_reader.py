"""HTML tables under a name that says .xls: what many systems export as Excel."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from xueji_lib.intake.grid import Grid, Merge, Unreadable, plain_cells
from xueji_lib.intake.text_reader import LIMIT, decode

_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]+)", re.IGNORECASE)
_WIDEST = 16_384  # columns; a sheet has no more
_SPACE = re.compile("[ \t\r\n\u00a0]+")


def read(data: bytes) -> Iterator[Grid]:
    """Every outermost table as a sheet. Raises Unreadable."""
    if len(data) > LIMIT:
        raise Unreadable(f"文件太大（{len(data) // 2**20} MB）。请在 Excel 里打开，另存为 xlsx 后重交")
    try:
        root = etree.fromstring(_text(data), etree.HTMLParser(huge_tree=True))
    except (etree.LxmlError, ValueError):
        root = None
    if root is None:
        raise Unreadable("网页表格打不开。请在 Excel 里打开，另存为 xlsx 后重交")
    tables = [t for t in root.iter("table") if next(t.iterancestors("table"), None) is None]
    if not tables:
        raise Unreadable("网页里没有表格。请在 Excel 里打开，另存为 xlsx 后重交")
    for number, table in enumerate(tables, 1):
        yield _grid(f"表{number}", table)


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
    """lxml refuses text with an XML declaration of its encoding."""
    return re.sub(r"^\s*<\?xml[^>]*\?>", "", text.lstrip("\ufeff"))


def _grid(name: str, table: Any) -> Grid:
    rows: list[list[str]] = []
    merges: list[Merge] = []
    taken: dict[tuple[int, int], str] = {}
    for r, tr in enumerate(t for t in table.iter("tr") if next(t.iterancestors("table")) is table):
        row: list[str] = []
        c = 0
        for cell in tr:
            if cell.tag not in ("td", "th"):
                continue
            while (r, c) in taken:
                row.append(taken.pop((r, c)))
                c += 1
            text = _SPACE.sub(" ", "".join(cell.itertext()) if len(cell) else cell.text or "").strip()
            across = down = 1
            if cell.attrib:  # most cells of a large table have none
                across, down = _span(cell.get("colspan")), _span(cell.get("rowspan"), 70_000)
            if across > 1 or down > 1:
                merges.append(((r, c), (r + down - 1, c + across - 1)))
                for below in range(1, min(down, 2000)):
                    for beside in range(across):
                        taken[(r + below, c + beside)] = ""
            row.append(text)
            row.extend("" for _ in range(across - 1))
            c += across
            if c > _WIDEST:
                break
        rows.append(row)
    return Grid(name, plain_cells(rows), merges)


def _span(given: str | None, most: int = 2000) -> int:
    text = given.strip() if given else "1"
    return min(max(int(text), 1), most) if text.isdecimal() else 1
