"""离校学生去向台账 as a workbook: the county's list, a sheet a township, the month's and the quarter's table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from xueji_lib.register import labels
from xueji_lib.register.policy import Policy
from xueji_lib.reports.letters.lost_children import caution, unconfirmed
from xueji_lib.reports.workbooks.workbook import Book, SheetColumn, put
from xueji_lib.views.children_pool import Pool
from xueji_lib.views.pool_report import HEADS, TOTAL, PeriodReport
from xueji_lib.views.pool_rows import NOT_SEEN, PoolChild

TITLE: Final = "离校学生去向台账"
FILE: Final = f"{TITLE}.xlsx"
_TOWN: Final = SheetColumn("乡镇", 9, wrap=True)
_COLUMNS: Final = (
    SheetColumn("序号", 5, centre=True),
    SheetColumn("学生", 19, wrap=True),
    SheetColumn("学生类别", 6, wrap=True),
    SheetColumn("离开哪里", 17, wrap=True),
    SheetColumn("从何时起", 12, wrap=True),
    SheetColumn("工作日", 7, centre=True),
    SheetColumn("在哪里见到", 17, wrap=True),
    SheetColumn("查出的检查", 22, wrap=True),
    SheetColumn("下一步", 18, wrap=True),
    SheetColumn("期限", 12, wrap=True),
    SheetColumn("由谁办", 16, wrap=True),
    SheetColumn("办理情况", 12, fill=True),
)
_RESERVED: Final = ("全县", "月报", "季报")
_LONGEST: Final = 28


def content(pool: Pool, reports: Sequence[PeriodReport], policy: Policy) -> bytes:
    """The workbook; the same pool gives the same bytes."""
    book = Book(TITLE, pool.as_of)
    footer = f"{TITLE}　{labels.term(pool.term_id)}　基准日 {pool.as_of}　内部资料，按保密要求保管"
    _listed(book, pool, "全县", footer, [_TOWN])
    taken = {name.casefold() for name in _RESERVED}
    for township in pool.townships if len(pool.townships) > 1 else ():
        _listed(book, pool.of(township), _sheet_name(township, taken), footer, [])
    for report in reports:
        _report(book, report, footer, [caution(pool), unconfirmed(policy)])
    return book.content()


def _listed(book: Book, pool: Pool, name: str, footer: str, more: Sequence[SheetColumn]) -> None:
    sheet = book.sheet(name, footer)
    late = sum(child.step.late is True for child in pool.children)
    about = f"{labels.term(pool.term_id)}，基准日 {pool.as_of}，共 {len(pool.children)} 人，下一步过期限 {late} 人。"
    book.head(sheet, f"{TITLE}　{pool.townships[0] if not more else '全县'}", f"{about}{labels.DISCLAIMER}")
    first, *rest = _COLUMNS
    rows = [_row(n, child, with_town=bool(more)) for n, child in enumerate(pool.children, 1)]
    at = book.table(sheet, [first, *more, *rest], rows, top=2)
    if not rows:
        put(sheet, at, 0, "没有。" + caution(pool), book.cell)


def _row(number: int, child: PoolChild, *, with_town: bool) -> list[Any]:
    town = f"{child.township}{'（学校所在）' if child.by_school else ''}"
    since = f"{child.since}\n{child.since_by}" if child.since else child.since_by
    return [
        number,
        *([town] if with_town else []),
        f"{child.name}\n{child.ref}".strip(),
        child.category,
        child.left,
        since,
        child.workdays,
        child.seen or NOT_SEEN,
        "\n".join(dict.fromkeys(f"{found.rule_id} {found.title}（{found.nature}）" for found in child.found_by)),
        child.step_text,
        child.due_text,
        child.step.actor,
        "",
    ]


def _sheet_name(township: str, taken: set[str]) -> str:
    """A name that Excel takes, and no other sheet has."""
    base = re.sub(r"[\[\]:*?/\\']", "", township)[:_LONGEST].strip() or "乡镇"
    name, n = base, 1
    while name.casefold() in taken:
        n += 1
        name = f"{base}{n}"
    taken.add(name.casefold())
    return name


def _report(book: Book, report: PeriodReport, footer: str, notes: Sequence[str]) -> None:
    period = report.period
    sheet = book.sheet(period.kind, footer, landscape=False)
    until = "" if period.whole else "（本期未满，数字截至基准日）"
    about = f"{period.first} 至 {period.last}{until}　报送期限 {period.due}　单位：人"
    book.head(sheet, f"疑似失学学生统计表（{period.kind}　{period.name}）", about)
    columns = [SheetColumn("年级", 26), *(SheetColumn(name, 9, centre=True) for name in (*HEADS, TOTAL))]
    at = book.table(sheet, columns, [[grade, *counts] for grade, counts in report.rows.items()], top=2, head=20)
    facts = [SheetColumn("项目", 26), SheetColumn("人数", 9, centre=True)]
    at = book.rows(sheet, facts, report.facts, at + 1)
    for note in filter(None, notes):
        at += 1
        book.note(sheet, at, note, [column.width for column in columns])
