"""What stands around and between the rows of an office's table."""

from __future__ import annotations

from xueji_lib.demo.forms import Sheet
from xueji_lib.demo.model import School
from xueji_lib.demo.render import Cell


def dress(sheets: list[Sheet], school: School, term: str, what: str, turn: int) -> None:
    """Title rows, blank rows, a total at the end, who filled it in."""
    half = "第一学期" if term.endswith("1") else "第二学期"
    for sheet in sheets:
        if turn % 3:
            sheet.titles.append(f"{school.name}{term[:4]}—{term[5:9]}学年{half}{what}")
        if turn % 6 == 2:
            sheet.titles.append("填报单位（盖章）：")
        if turn % 4 == 1 and len(sheet.rows) > 3:
            sheet.blanks = frozenset({len(sheet.rows) // 2})
        if turn % 2 == 0:
            sheet.footer.append(["合计", len(sheet.rows)])
        if turn % 5 == 2:
            sheet.footer.append(["填表人：", None, None, "审核人："])


def spoil(school: School, sheet: Sheet, place: int) -> None:
    """Rows without anybody (D10; something stands in column ``place`` only), a row twice (D07)."""
    for _ in range(school.junk):
        row: list[Cell] = [None] * len(sheet.header)
        row[place] = "（待补）"
        sheet.rows.append(row)
        sheet.refused.append((len(sheet.rows) - 1, "", "D10"))
    if school.repeat:
        sheet.rows.append(list(sheet.rows[0]))
        sheet.refused.append((len(sheet.rows) - 1, "", "D07"))
