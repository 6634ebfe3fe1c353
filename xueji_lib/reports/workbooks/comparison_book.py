"""A comparison of two answers as a workbook: by check, by school, and every finding that came, went or changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd

from xueji_lib.judge.comparison import Comparison, ComparisonLine
from xueji_lib.register import labels
from xueji_lib.reports.comparison_lines import HEADS, unexamined
from xueji_lib.reports.workbooks.workbook import Book, SheetColumn, put, unbroken

_COUNTS: Final = tuple(SheetColumn(head, 8, centre=True) for head in HEADS)
_RULES: Final = (SheetColumn("编号", 8), SheetColumn("题目", 44, wrap=True), *_COUNTS, SheetColumn("没查全的学校", 16))
_SCHOOLS: Final = (SheetColumn("学校标识码", 14), SheetColumn("学校", 40, wrap=True), *_COUNTS)
_FINDINGS: Final = (
    SheetColumn("编号", 8),
    SheetColumn("题目", 20, wrap=True),
    SheetColumn("程度", 7, centre=True),
    SheetColumn("性质", 7, centre=True),
    SheetColumn("学校", 20, wrap=True),
    SheetColumn("班级", 10),
    SheetColumn("学生", 10),
    SheetColumn("证件号（打码）", 21),
    SheetColumn("证据", 44, wrap=True),
    SheetColumn("说明", 18, wrap=True),
    SheetColumn("疑点编号", 24),
)
_PARTS: Final = (("增加", "gained"), ("减少", "lost"), ("变动", "changed"))


def write(comparison: Comparison, about: Sequence[str], day: dt.date, file: Path) -> None:
    """Write the workbook. ``about``: lines that say what was compared; ``day`` stands in its properties. Raises
    UsageError where another program holds the file."""
    book = Book("核查结果比较", day, stream=True)
    title = f"{comparison.before.name} → {comparison.after.name}"
    _overview(book, comparison, [title, *about])
    rows = [[line.id, line.name, *_counts(line), unexamined(line)] for line in comparison.by_rule]
    book.table(book.sheet("按检查", title), _RULES, rows)
    rows = [[line.id, line.name, *_counts(line)] for line in comparison.by_school]
    book.table(book.sheet("按学校", title), _SCHOOLS, rows)
    for name, part in _PARTS:
        findings: pd.DataFrame = getattr(comparison, part)
        rows_of_part = (_finding(row) for row in findings.to_dict("records"))
        sheet = book.sheet(name, f"{title}　{name}")
        book.table(sheet, _FINDINGS, rows_of_part, printed=len(_FINDINGS) - 1)
    book.save(file)


def _overview(book: Book, comparison: Comparison, about: Sequence[str]) -> None:
    sheet = book.sheet("比较", about[0], landscape=False)
    sheet.set_column(0, 0, 92)
    book.fit(sheet, [92])
    texts = [
        *about,
        f"疑点：原有 {len(comparison.before.findings)} 条，现有 {len(comparison.after.findings)} 条",
        *(f"{name} {len(getattr(comparison, part))} 条" for name, part in _PARTS),
        "变动：同一条疑点的性质（事实、线索）、严重程度或整改期限不同。",
        "减少的不一定是改正了：“说明”一列写着没有查、无法判定的，不等于没有问题。",
        labels.DISCLAIMER,
    ]
    for row, text in enumerate(texts):
        sheet.set_row(row, 24 if row == 0 else 14.5 * (1 + len(text) // 50) + 2)
        put(sheet, row, 0, text, book.format(bold=True, font_size=14) if row == 0 else book.format(text_wrap=True))


def _counts(line: ComparisonLine) -> list[int]:
    return [line.before, line.after, line.gained, line.lost, line.changed]


def _finding(row: dict[Any, Any]) -> list[str]:
    cells = ("rule_id", "title", "severity", "nature", "school")
    texts = [labels.text(row[name]) for name in cells]
    class_label = labels.class_label(row["grade"], row["class"])
    rest = [labels.text(row[name]) for name in ("student", "student_ref", "evidence", "note", "finding_id")]
    student, ref, evidence, *more = rest
    return [*texts, class_label, student, ref, unbroken(evidence), *more]
