"""Adds what stands around and between the rows of an office's table: titles, blank rows, totals, signatures."""

from __future__ import annotations

from xueji_lib.demo.cell_styles import Cell
from xueji_lib.demo.file_forms import Sheet
from xueji_lib.demo.model import DemoSchool


def dress(sheets: list[Sheet], school: DemoSchool, term: str, table_name: str, turn: int) -> None:
    """Add title rows, blank rows, a total at the end, who filled it in."""
    half = "第一学期" if term.endswith("1") else "第二学期"
    for sheet in sheets:
        if turn % 3:
            sheet.titles.append(f"{school.name}{term[:4]}—{term[5:9]}学年{half}{table_name}")
        if turn % 6 == 2:
            sheet.titles.append("填报单位（盖章）：")
        if turn % 4 == 1 and len(sheet.rows) > 3:
            sheet.blanks = frozenset({len(sheet.rows) // 2})
        if turn % 2 == 0:
            sheet.footer.append(["合计", len(sheet.rows)])
        if turn % 5 == 2:
            sheet.footer.append(["填表人：", None, None, "审核人："])


def spoil(school: DemoSchool, sheet: Sheet, column_index: int) -> None:
    """Add rows without a student (D10; only the column ``column_index`` has a text), and a row twice (D07)."""
    for _ in range(school.junk):
        row: list[Cell] = [None] * len(sheet.header)
        row[column_index] = "（待补）"
        sheet.rows.append(row)
        sheet.refused.append((len(sheet.rows) - 1, "", "D10"))
    if school.repeat:
        sheet.rows.append(list(sheet.rows[0]))
        sheet.refused.append((len(sheet.rows) - 1, "", "D07"))
