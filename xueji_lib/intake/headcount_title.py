"""An 逐班核对表 known by its title, where its column for 在校情况 is called as a register's column may be too."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from xueji_lib.intake import header
from xueji_lib.intake.header import Header
from xueji_lib.intake.readers.grid import Grid
from xueji_lib.register import schema

if TYPE_CHECKING:
    from xueji_lib.intake.raw_sheet import Names

TITLE: Final = re.compile("逐班核对|核对表|核查表|点名")


def header_of(grid: Grid, head: Header | None, names: Names) -> Header | None:
    """The header by which the grid is to be read. ``head``: the table that its columns look like."""
    if head is None or head.table is not schema.REGISTER:
        return head
    words = header.aliases().tables[schema.HEADCOUNT.id]
    if not any(words.get(header.plain(text), ("",))[0] == "presence" for text in head.ignored):
        return head
    above = (cell for row in grid.rows[: head.first] for cell in row if type(cell) is str)
    if not any(TITLE.search("".join(text.split())) for text in (*above, names.sheet, names.file)):
        return head
    return header.find(grid.rows, grid.merges, schema.HEADCOUNT.id) or head
