"""收件总览: who sent what and when, what is still missing, what has to be put right; for the county."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from xueji_lib.intake.report import MEANINGS, REMEDIES, Report
from xueji_lib.intake.returned import DUE, Line, faults
from xueji_lib.register import labels, schema
from xueji_lib.reports.workbooks.workbook import Book, SheetColumn, put

_LEDGERS: Final = {
    table.id: table.header.removesuffix("台账").removesuffix("登记")
    for table in schema.TABLES.values()
    if not table.per_county and table.id not in (*DUE, "schools")
}
_MISSING: Final = "#F2D9D6"
_NOW: Final = "#E4F0E2"
_LISTED: Final = 20_000


def write(lines: Sequence[Line], report: Report, at: dt.datetime, file: Path) -> None:
    """Write the workbook. Raises UsageError where the file is held open."""
    book = Book(f"收件总览 {report.term}", at.date())
    _schools(book, lines, report, at)
    _lacking(book, lines, report)
    _nobodys(book, report)
    book.save(file)


def _schools(book: Book, lines: Sequence[Line], report: Report, at: dt.datetime) -> None:
    whole = [line for line in lines if not line.lacking]
    senders = sum(line.now for line in lines)
    faulty = [line for line in lines if line.faults]
    note = (
        f"收件 {at:%Y-%m-%d %H:%M}。全县 {len(lines)} 所学校：必交的表交齐 {len(whole)} 所，"
        f"没交齐 {len(lines) - len(whole)} 所；"
        f"这次来件 {senders} 所（绿色），其中 {len(faulty)} 所有要改的，见各校退回单。"
        "格里是行数和收到的日期；红色是还没有交。"
    )
    columns = [SheetColumn("序号", 6, centre=True), SheetColumn("学校标识码", 12), SheetColumn("学校", 26, wrap=True)]
    columns += [SheetColumn("乡镇", 9, wrap=True)]
    columns += [SheetColumn(schema.TABLES[table].header, 12, wrap=True) for table in DUE]
    columns += [SheetColumn("台账（有事才交），行数", 28, wrap=True), SheetColumn("要改的", 7, centre=True)]
    columns += [SheetColumn("最近收到", 11), SheetColumn("还缺的表", 18, wrap=True)]
    sheet = book.sheet("各校交表", f"收件总览 {labels.term(report.term)}")
    book.head(sheet, f"{labels.term(report.term)} 收件总览", note)
    rows = [_row(number, line) for number, line in enumerate(lines, 1)]
    book.table(sheet, columns, rows, top=2, head=32)
    for row_index, line in enumerate(lines, 3):
        for column_index, table in enumerate(DUE, 4):
            if table not in line.tables:
                put(sheet, row_index, column_index, "未交", book.of(columns[column_index], bg_color=_MISSING))
        if line.now:
            put(sheet, row_index, 2, line.school, book.of(columns[2], bg_color=_NOW))
    sheet.freeze_panes(3, 3)


def _row(number: int, line: Line) -> list[Any]:
    due = [_cell(line, table) for table in DUE]
    ledgers = "、".join(f"{name} {line.tables[table][0]}" for table, name in _LEDGERS.items() if table in line.tables)
    lacking = "、".join(line.lacking) or "齐"
    return [number, line.school_id, line.school, line.township, *due, ledgers, line.faults, line.last, lacking]


def _cell(line: Line, table: str) -> str:
    rows, day = line.tables.get(table, (0, ""))
    return f"{rows} 行 {day[5:]}".strip() if rows else ""


def _lacking(book: Book, lines: Sequence[Line], report: Report) -> None:
    """A line a school and missing table, to be asked for; by township."""
    rows = [
        [number, line.township, line.school_id, line.school, table, "一次也没有来过" if not line.tables else line.last]
        for number, (line, table) in enumerate(
            sorted(
                ((line, table) for line in lines for table in line.lacking),
                key=lambda p: (p[0].township, p[0].school_id),
            ),
            1,
        )
    ]
    columns = [SheetColumn("序号", 6, centre=True), SheetColumn("乡镇", 14), SheetColumn("学校标识码", 13)]
    columns += [SheetColumn("学校", 34), SheetColumn("还缺的表", 18), SheetColumn("学校最近一次来件", 18)]
    sheet = book.sheet("还缺的", f"收件总览 {labels.term(report.term)}", landscape=False)
    book.head(sheet, "还没有交的表", f"共 {len(rows)} 张" if rows else "都交齐了")
    book.table(sheet, columns, rows, top=2)


def _nobodys(book: Book, report: Report) -> None:
    """What goes back to no school: files whose school cannot be told, tables of the whole county."""
    listed = faults(problem for problem in report.problems if not problem.school_id)
    rows = [
        [
            fault.where,
            fault.rows or "整张",
            fault.column,
            fault.code,
            MEANINGS[fault.code],
            fault.meaning,
            REMEDIES[fault.code],
        ]
        for fault in listed[:_LISTED]
    ]
    rows += [[name, "", "", "", "没有读", why, ""] for name, why in report.ignored]
    columns = [
        SheetColumn("文件、工作表", 36, wrap=True),
        SheetColumn("行", 14, wrap=True),
        SheetColumn("列", 14, wrap=True),
    ]
    columns += [SheetColumn("代码", 6), SheetColumn("意思", 16, wrap=True), SheetColumn("说明", 40, wrap=True)]
    columns += [SheetColumn("怎么办", 30, wrap=True)]
    sheet = book.sheet("认不出学校的", f"收件总览 {labels.term(report.term)}")
    note = "这些不在任何学校的退回单里，由县里处理" if rows else "没有"
    book.head(sheet, "认不出是哪所学校的文件和问题", note)
    book.table(sheet, columns, rows, top=2)
