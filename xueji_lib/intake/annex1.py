"""附件1 (人籍不一致统计表) known again, as schools send it and as the kit prints it: no other table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from xueji_lib.intake import headcount_title, header, told
from xueji_lib.intake.header import Header
from xueji_lib.intake.readers.grid import Grid
from xueji_lib.register import schema

if TYPE_CHECKING:
    from xueji_lib.intake.raw_sheet import Names

_SURELY: Final = re.compile(
    r"人籍(?:不一致|分离|不符|不统一).{0,12}(?:统计|情况|明细|花名|名单|登记|汇总|摸排|排摸)|人籍(?:不一致|分离|不符)[”\"』」]?(?:学生|情况)*表?$"
)
_NUMBERED: Final = re.compile(r"附件\s*[1一１](?!\d)")
_LINES: Final = 8
"""Of the kit's own page, in which its title stands."""


def header_of(grid: Grid, head: Header | None, names: Names, is_own: bool) -> tuple[Header | None, str]:
    """The header by which the grid is to be read, and why nothing of it is (empty, mostly).

    ``head``: the table that its columns look like. ``is_own``: the page says that it is not for import; the kit's 附件1
    of earlier releases said so too.
    """
    if head is not None and head.table.id == schema.ANNEX1.id:
        return head, ""
    if head is None and not is_own:
        return head, ""
    first = _LINES if head is None else head.first
    texts = ["".join(cell.split()) for row in grid.rows[:first] for cell in row if type(cell) is str and cell]
    if is_own:
        lists = any("人籍不一致学生统计表" in text for text in texts) and told.kind([grid.name])
        return (header.find(grid.rows, grid.merges, schema.ANNEX1.id) if lists else None), ""
    assert head is not None
    if not _is_meant(head, texts, names) and not _says_kind(grid.rows, head):
        return head, ""
    own = header.find(grid.rows, grid.merges, schema.ANNEX1.id) if head.table.per_student else None
    if own is not None:
        return own, ""
    return head, "标题是人籍不一致统计表（附件1），但不是逐个学生的名单，没有当别的表收"


def _is_meant(head: Header, texts: list[str], names: Names) -> bool:
    """The title, the sheet's name or the file's says so.

    A list with 在校情况 is a headcount unless its title is 附件1's own; a report is one where it names its term."""
    if not head.table.per_student and not (head.table.id == "reports" and "term" not in head.columns):
        return False
    titles = [*texts, *("".join(text.split()) for text in (names.sheet, names.file))]
    if any(headcount_title.TITLE.search(text) for text in titles) and "presence" in head.columns:
        return False
    if any(_SURELY.search(text) for text in titles):
        return True
    if "presence" in head.columns or head.table.id == "reports":
        return False
    if any(kind in text for text in titles for kind in told.KINDS):
        return True
    numbered = any(_NUMBERED.search(text) for text in titles)
    return numbered and not {"birth_date", "apply_date"} & set(head.columns) and bool(_own_columns(head))


def _own_columns(head: Header) -> set[str]:
    keys = {header.plain(text) for text in (*head.texts.values(), *head.ignored)}
    own = header.aliases().tables[schema.ANNEX1.id]
    return {own[key][0] for key in keys if key in own} & {"kind", "situation", "measure", "school_note"}


def _says_kind(rows: list[list[Any]], head: Header) -> bool:
    """Below a header without 在校情况, the first rows say in one cell 在籍不在校 or 在校不在籍."""
    if "presence" in head.columns or not head.table.per_student:
        return False
    lines = [row for row in rows[head.data : head.data + _LINES] if len([c for c in row if c != ""]) > 2]
    hits = sum(any(type(cell) is str and cell.strip() in told.KINDS for cell in row) for row in lines)
    return hits > 0 and 2 * hits >= len(lines)
