"""督查方案 as a workbook: the schools in the order of the days, the teams, and how the lot was drawn."""

from __future__ import annotations

import datetime as dt
from typing import Final

from xueji_lib.register import labels
from xueji_lib.reports.letters.visit_plan_letter import trail_words, unassigned
from xueji_lib.reports.workbooks.workbook import Book, SheetColumn
from xueji_lib.visit.lot import METHOD
from xueji_lib.visit.school_risk import POINTS
from xueji_lib.visit.visit_plan import VisitPlan

FILE: Final = "督查方案.xlsx"
_SCHOOLS: Final = (
    SheetColumn("序号", 6, centre=True),
    SheetColumn("日期", 12),
    SheetColumn("组", 5, centre=True),
    SheetColumn("督查人员", 20, wrap=True),
    SheetColumn("学校", 26, wrap=True),
    SheetColumn("乡镇", 12, wrap=True),
    SheetColumn("怎样选出", 10),
    SheetColumn("分数", 6, centre=True),
    SheetColumn("理由", 46, wrap=True),
    SheetColumn("办理情况", 16, fill=True),
)


def content(plan: VisitPlan) -> bytes:
    """The workbook; the same plan gives the same bytes."""
    book = Book("督查方案", dt.date.fromisoformat(plan.made))
    footer = f"督查方案　{labels.term(plan.term)}　第 {plan.drawn} 次抽取　内部资料，到校以前不外传"
    sheet = book.sheet("学校", footer)
    about = (
        f"{labels.term(plan.term)}，{plan.days[0]} 至 {plan.days[-1]}，共 {len(plan.schools)} 所。{unassigned(plan)}"
    )
    book.head(sheet, f"督查方案（第 {plan.drawn} 次抽取）", about)
    rows = [
        [n, of.day, of.team or "", plan.teams.get(of.team, ""), of.name, of.township, of.how, of.points, of.reasons, ""]
        for n, of in enumerate(plan.schools, 1)
    ]
    book.table(sheet, _SCHOOLS, rows, top=2, head=20)
    sheet = book.sheet("抽签", footer, landscape=False)
    book.head(sheet, "怎样抽出来的", "照这里写的种子和方法，谁都可以再抽一遍核对")
    told = [
        ("种子", plan.seed),
        ("方法", METHOD),
        ("计分", POINTS),
        ("抽签的学校从几所里抽", f"{plan.frame} 所（按风险选定的不在内）"),
        ("第几次抽取", f"本学期第 {plan.drawn} 次"),
        ("抽取人、时间", f"{plan.who}，{labels.moment(plan.at)}"),
        ("留痕", trail_words(plan.line, plan.check_value)),
        *((f"第 {number} 组", names) for number, names in sorted(plan.teams.items())),
    ]
    book.table(sheet, (SheetColumn("项目", 24), SheetColumn("内容", 64, wrap=True)), told, top=2, head=20)
    return book.content()
