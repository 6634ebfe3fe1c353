"""county.xlsx: the county at a glance. Sheets 各校 (a row a school), 各项检查 (a row a rule), 县级疑点."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from xueji_lib import labels, local_rules
from xueji_lib.catalogue import SEVERITIES, VIOLATIONS_SHORT
from xueji_lib.reports.sheet import Book, Column, put
from xueji_lib.results import Results

_SEVERITIES: Final = SEVERITIES[::-1]
_SCHOOL: Final = (
    Column("学校标识码", 12),
    Column("学校", 26, wrap=True),
    Column("办学类型", 12, wrap=True),
    Column("所属乡镇", 11, wrap=True),
    Column("在籍", 8, centre=True),
    Column("疑点合计", 9, centre=True),
)
_NOT_CLEAN: Final = ("出错", "缺数据", "无法判定", "未实现", "不适用")
_LIGHT, _DEEP = "#FFFFFF", "#E3A59E"


def write(results: Results, path: Path) -> None:
    """Write county.xlsx, the same bytes for the same answer. Raises UsageError where the file is held."""
    title = "全县学籍疑点汇总"
    book = Book(title, results.as_of)
    footer = f"{title}　基准日 {results.as_of}　{labels.term(results.term_id)}"
    _schools(book, results, footer)
    _rules(book, results, footer)
    _county(book, results, footer)
    book.save(path)


def _schools(book: Book, results: Results, footer: str) -> None:
    sheet = book.sheet("各校", footer)
    violations = [Column(f"{labels.violation(n)}、{short}", 9, centre=True) for n, short in VIOLATIONS_SHORT.items()]
    severities = [Column(name, 7, centre=True) for name in _SEVERITIES]
    # One rule of the county as a whole has no school; the rest are told by number here and named in 各项检查.
    gaps = [Column(name, 8, centre=True) for name in _NOT_CLEAN]
    columns = [*_SCHOOL, *severities, *violations, *gaps]
    top = 3
    _title(book, sheet, results)
    end = book.table(sheet, columns, _school_rows(results), top=top)
    sheet.set_row(top, 58)
    sheet.freeze_panes(top + 1, 2)
    _totals(book, sheet, top, end, first=4, columns=len(columns))
    if end > top + 1:
        for place in range(5, 6 + len(severities) + len(violations)):
            _heat(sheet, top + 1, end - 1, place)
        bad = book.book.add_format({"font_color": "#9A3B33", "bold": True})
        first = len(columns) - len(gaps)
        rule = {"type": "cell", "criteria": ">", "value": 0, "format": bad}
        sheet.conditional_format(top + 1, first, end - 1, first + 1, rule)


def _title(book: Book, sheet: Worksheet, results: Results) -> None:
    put(sheet, 0, 0, "全县学籍疑点汇总", book.format(bold=True, font_size=16))
    sheet.set_row(0, 27)
    about = f"{labels.term(results.term_id)}　检查基准日 {results.as_of}　检查目录 {results.edition} 版"
    put(sheet, 1, 0, about, book.format())
    faint = book.format(font_color="#66717E")
    put(sheet, 2, 0, f"{labels.DISCLAIMER}右边“出错”到“不适用”是检查的项数；没有查的项目不等于没有问题。", faint)


def _school_rows(results: Results) -> Iterator[list[Any]]:
    found, coverage = results.findings, results.coverage
    by_violation = found.groupby(["school_id", "violation"]).size().to_dict()
    by_severity = found.groupby(["school_id", "severity"]).size().to_dict()
    status = coverage.groupby(["school_id", "status"]).size().to_dict()
    registered = results.classes.groupby("school_id")["registered"].sum().to_dict()
    for row in results.schools.to_dict("records"):
        key = row["school_id"]
        counts = [by_violation.get((key, number), 0) for number in VIOLATIONS_SHORT]
        yield [
            *(row[name] for name in ("school_id", "school_name", "school_kind", "township")),
            int(registered.get(key, 0)),
            sum(counts),
            *(by_severity.get((key, name), 0) for name in _SEVERITIES),
            *counts,
            *(status.get((key, name), 0) for name in _NOT_CLEAN),
        ]


def _rules(book: Book, results: Results, footer: str) -> None:
    sheet = book.sheet("各项检查", footer)
    statuses = list(labels.STATUSES)
    columns = [
        Column("检查", 7),
        Column("内容", 36, wrap=True),
        Column("违规情形", 17),
        Column("程度", 6, centre=True),
        Column("性质", 6, centre=True),
        Column("疑点", 8, centre=True),
        Column("判不了的对象", 9, centre=True, wrap=True),
        *(Column(f"{name}的学校", 9, centre=True) for name in statuses),
    ]
    end = book.table(sheet, columns, _rule_rows(results, statuses), tint=3)
    _totals(book, sheet, 0, end, first=5, columns=7)


def _rule_rows(results: Results, statuses: Sequence[str]) -> Iterator[list[Any]]:
    count = results.coverage.groupby(["rule_id", "status"]).size().to_dict()
    sums = results.coverage.groupby("rule_id")[["findings", "undecided"]].sum().to_dict("index")
    for rule_id, entry in local_rules.catalogue(results.edition).entries.items():
        figures = sums.get(rule_id, {"findings": 0, "undecided": 0})
        yield [
            *(rule_id, entry.title, VIOLATIONS_SHORT[entry.violation], entry.severity, entry.nature),
            *(int(figures["findings"]), int(figures["undecided"])),
            *(count.get((rule_id, name), 0) for name in statuses),
        ]


def _county(book: Book, results: Results, footer: str) -> None:
    """Findings charged to the county itself (R710)."""
    found = results.findings
    found = found[found["school_id"] == ""]
    sheet = book.sheet("县级疑点", footer)
    columns = [
        Column("检查", 7),
        Column("问题", 22, wrap=True),
        Column("户籍乡镇", 14, wrap=True),
        Column("姓名", 12, wrap=True),
        Column("证件号（遮盖）", 20),
        Column("性质", 6, centre=True),
        Column("证据", 50, wrap=True),
        Column("整改要求", 26, wrap=True),
    ]
    names = ("rule_id", "title", "school", "student", "student_ref", "nature", "evidence", "remedy")
    end = book.table(sheet, columns, found[list(names)].itertuples(index=False, name=None))
    said = results.coverage[results.coverage["school_id"] == ""]
    for at, row in enumerate(said.to_dict("records"), end + 1):
        reason = f"（{row['reason']}）" if row["reason"] else ""
        put(sheet, at, 0, f"{row['rule_id']}：{row['status']}{reason}", book.format(font_color="#66717E"))


def _totals(book: Book, sheet: Worksheet, top: int, end: int, first: int, columns: int) -> None:
    """A row of sums that follow the filter; their values are written too, for programs that do not calculate."""
    form = book.format(bold=True, top=1, align="center")
    put(sheet, end, 0, "合计", book.format(bold=True, top=1))
    for place in range(1, first):
        put(sheet, end, place, None, form)
    rows = dict.fromkeys(range(first, columns), 0)
    for place in rows:
        total = _column_sum(sheet, top + 1, end, place)
        name = xl_col_to_name(place)
        span = f"{xl_rowcol_to_cell(top + 1, place)}:{name}{end}"
        sheet.write_formula(end, place, f"=SUBTOTAL(109,{span})" if end > top + 1 else "=0", form, total)


def _column_sum(sheet: Worksheet, first: int, end: int, place: int) -> int:
    cells = (sheet.table.get(row, {}).get(place) for row in range(first, end))
    return sum(int(cell.number) for cell in cells if cell is not None and hasattr(cell, "number"))


def _heat(sheet: Worksheet, first: int, last: int, place: int) -> None:
    scale = {"type": "2_color_scale", "min_color": _LIGHT, "max_color": _DEEP, "min_type": "num", "min_value": 0}
    sheet.conditional_format(first, place, last, place, scale)
