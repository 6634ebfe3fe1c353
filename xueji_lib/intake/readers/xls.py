"""The workbooks of Excel 97 (by calamine) and before, in a container or bare."""

from __future__ import annotations

from collections.abc import Iterator

from xueji_lib.intake.readers import biff, by_calamine, locked, old_biff, ole
from xueji_lib.intake.readers.grid import Grid, Unreadable, mark_broken
from xueji_lib.intake.readers.sniff import DAMAGED, LOCKED


def read(data: bytes) -> Iterator[Grid]:
    """The sheets. Raises Unreadable."""
    stream = data
    if data.startswith(ole.MAGIC):
        container = ole.Container(data)
        container.check()
        stream = container.stream("Workbook", "Book") or b""
        if not stream:
            raise Unreadable("文件里没有表格。请在 Excel 里打开，另存为 xlsx 后重交")
    facts = biff.facts(stream)
    if facts.is_locked:
        opened = locked.without_password(data)
        if opened is None:
            raise Unreadable(LOCKED)
        yield from read(opened)
        return
    if facts.version == 0 and stream is not data:
        raise Unreadable(DAMAGED)
    if facts.version < biff.EIGHT:
        yield from old_biff.read(stream)
        return
    if stream is data:
        raise Unreadable(DAMAGED)
    for number, grid in enumerate(by_calamine.grids(by_calamine.open_book(data))):
        mark_broken(grid, facts.broken.get(number, ()))
        grid.from_1904 = facts.from_1904
        grid.hidden_rows = facts.hidden_rows.get(number, frozenset())
        yield grid
