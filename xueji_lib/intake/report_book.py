"""The intake report as a workbook: what a school is sent back to put its files right."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from xueji_lib.intake.report import KINDS, MEANINGS, REMEDIES, Report
from xueji_lib.register import schema
from xueji_lib.support import printed_sheet
from xueji_lib.support.files import put_file

_CREATED = dt.datetime(2020, 1, 1)  # fixed, so that the same report gives the same bytes
_ROWS = 1_000_000  # a sheet of Excel holds a few more


def write(report: Report, path: Path) -> None:
    """Write it, whole or not at all. Raises UsageError."""
    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(content, options)
    book.set_properties({"created": _CREATED, "title": f"收件报告 {report.term}"})
    _overview(book, report)
    _problems(book, report)
    _changes(book, report)
    book.close()
    put_file(path, content.getvalue())


def _sheet(
    book: Any,
    report: Report,
    name: str,
    heads: Sequence[tuple[str, int]],
    rows: Sequence[Sequence[Any]],
    note: str = "",
) -> None:
    sheet = book.add_worksheet(name)
    bold = book.add_format({"bold": True, "bg_color": "#DDE6EE", "border": 1, "text_wrap": True, "valign": "vcenter"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    first = 0
    if note:
        sheet.write_string(0, 0, note)
        first = 1
    for column, (head, width) in enumerate(heads):
        sheet.set_column(column, column, width, wrapped)
        sheet.write_string(first, column, head, bold)
    for row_index, row in enumerate(rows[:_ROWS], first + 1):
        for column, value in enumerate(row):
            if isinstance(value, int):
                sheet.write_number(row_index, column, value)
            else:
                sheet.write_string(row_index, column, str(value))
    sheet.freeze_panes(first + 1, 0)
    if rows:
        sheet.autofilter(first, 0, first + min(len(rows), _ROWS), len(heads) - 1)
    printed_sheet.set_up(sheet, landscape=True)
    printed_sheet.fit(sheet, [width for _, width in heads])
    sheet.repeat_rows(first)
    printed_sheet.set_footer(sheet, f"收件报告 {report.term}　{name}")


def _overview(book: Any, report: Report) -> None:
    rows = []
    for file in report.files:
        for s in file.sheets:
            header = schema.TABLES[s.table].header if s.table else "（未认出）"
            skipped = "；".join(f"{k} {n}" for k, n in sorted(s.skipped.items()))
            missing, ignored = "、".join(s.missing), "、".join(s.ignored)
            numbers = (s.read, s.accepted, s.rows_rejected, s.rows_skipped)
            origin = (file.file, file.form, s.sheet, header, s.header_row or "")
            rows.append((*origin, *numbers, skipped, missing, ignored))
        if not file.sheets:
            rows.append((file.file, file.form, "", "（未读）", "", 0, 0, 0, 0, "", "", ""))
    rows.extend((name, "未读", "", why, "", 0, 0, 0, 0, "", "", "") for name, why in report.ignored)
    heads = [("文件", 30), ("种类", 12), ("工作表", 12), ("认作", 14), ("表头行", 6), ("读", 7), ("收", 7)]
    heads += [("拒收", 6), ("跳过", 6), ("跳过的是", 20), ("缺的列", 20), ("未用的列", 26)]
    _sheet(book, report, "总览", heads, rows, f"学期 {report.term} 收件报告。读 = 收 + 拒收 + 跳过，逐表相符。")


def _problems(book: Any, report: Report) -> None:
    rows = [
        (p.file, p.sheet, p.row or "", p.column, p.code, MEANINGS[p.code], p.message, p.value, REMEDIES[p.code])
        for p in report.problems
    ]
    heads = [("文件", 30), ("工作表", 12), ("行", 7), ("列", 14), ("代码", 6), ("意思", 16), ("说明", 34)]
    _sheet(book, report, "问题", [*heads, ("现值（已遮盖）", 18), ("怎么办", 30)], rows)


def _changes(book: Any, report: Report) -> None:
    rows = [
        (schema.TABLES[c.table].header, c.school_id or "全县", KINDS[c.kind], c.old_rows, c.new_rows)
        for c in report.changes
    ]
    _sheet(
        book, report, "写入", [("表", 18), ("学校标识码", 14), ("结果", 8), ("原有行数", 10), ("现有行数", 10)], rows
    )
