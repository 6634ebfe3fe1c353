"""findings.xlsx: a school's 问题台账. Sheets 总览, 问题, 覆盖, 逐班核对."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from xlsxwriter.worksheet import Worksheet

from xueji_lib import labels, local_rules
from xueji_lib.catalogue import SEVERITIES, VIOLATIONS, VIOLATIONS_SHORT
from xueji_lib.reports.chart import COLOURS
from xueji_lib.reports.html import CLASS_HEADS, DIFFERENCES
from xueji_lib.reports.sheet import Book, Column, put, text_width
from xueji_lib.results import School

_FINDINGS: Final = (
    Column("序号", 5, centre=True),
    Column("违规情形", 13, wrap=True),
    Column("程度", 6, centre=True),
    Column("性质", 6, centre=True),
    Column("年级", 8),
    Column("班", 4, centre=True),
    Column("学生", 10, wrap=True),
    Column("证件号（遮盖）", 19),
    Column("问题", 17, wrap=True),
    Column("证据", 42, wrap=True),
    Column("依据", 10, wrap=True),
    Column("整改要求", 18, wrap=True),
    Column("整改期限", 11),
    # Not printed: where a record came from, and the numbers that programs use.
    Column("出处", 36),
    Column("检查", 7),
    Column("疑点编号", 23),
)
_PRINTED: Final = 13
_COVERAGE: Final = (
    Column("检查", 8),
    Column("内容", 38, wrap=True),
    Column("违规情形", 18),
    Column("状态", 10),
    Column("对象数", 9, centre=True),
    Column("疑点数", 9, centre=True),
    Column("判不了", 9, centre=True),
    Column("说明", 44, wrap=True),
)
_SEVERITIES: Final = SEVERITIES[::-1]


def write(school: School, path: Path) -> None:
    """Write findings.xlsx, the same bytes for the same school. Raises UsageError where the file is held."""
    title = f"{school.name} 学籍问题台账"
    book = Book(title, school.as_of)
    footer = f"{title}　基准日 {school.as_of}　{labels.term(school.term_id)}"
    _summary(book, school, footer)
    sheet = book.sheet("问题", footer)
    end = book.table(sheet, _FINDINGS, _finding_rows(school), tint=2)
    sheet.print_area(0, 0, end - 1, _PRINTED - 1)
    sheet = book.sheet("覆盖", footer)
    book.table(sheet, _COVERAGE, _coverage_rows(school))
    _classes(book, school, footer)
    book.save(path)


def _summary(book: Book, school: School, footer: str) -> None:
    sheet = book.sheet("总览", footer, landscape=False)
    sheet.set_column(0, 0, 47)
    sheet.set_column(1, 6, 8)
    info = school.info
    plain, faint = book.format(), book.format(font_color="#66717E", text_wrap=True)
    put(sheet, 0, 0, school.name, book.format(bold=True, font_size=16))
    sheet.set_row(0, 27)
    about = "　".join([info["school_id"], *(info[c] for c in ("school_kind", "area", "township") if info[c])])
    put(sheet, 1, 0, about, plain)
    put(sheet, 2, 0, f"{labels.term(school.term_id)}　检查基准日 {school.as_of}　检查目录 {school.edition} 版", plain)
    sheet.merge_range(3, 0, 3, 6, "", faint)
    put(sheet, 3, 0, labels.DISCLAIMER, faint)
    sheet.set_row(3, 32)
    first = _violations(book, sheet, school, 5)
    _chart(book, sheet, first, 15)
    _gaps(book, sheet, school, 32)


def _violations(book: Book, sheet: Worksheet, school: School, top: int) -> int:
    """The seven violations with counts; returns the first row of figures."""
    for place, head in enumerate(["违规情形（通知三(四)）", *_SEVERITIES, "事实", "线索", "合计"]):
        put(sheet, top, place, head, book.heading(place > 0))
    severity, nature = school.counts("severity"), school.counts("nature")
    totals = [0] * 6
    for row, (number, text) in enumerate(VIOLATIONS.items(), top + 1):
        values = [severity.get(number, {}).get(s, 0) for s in _SEVERITIES]
        values = [*values, *(nature.get(number, {}).get(n, 0) for n in ("事实", "线索")), sum(values)]
        put(sheet, row, 0, f"{labels.violation(number)}、{text}", book.wrapped)
        sheet.set_row(row, 31 if text_width(text) > 44 else 16.5)
        for place, value in enumerate(values):
            put(sheet, row, 1 + place, value, book.figure)
            totals[place] += value
    last = top + 1 + len(VIOLATIONS)
    put(sheet, last, 0, "合计", book.format(bold=True, top=1))
    for place, total in enumerate(totals):
        put(sheet, last, 1 + place, total, book.format(bold=True, top=1, align="center"))
    return top + 1


def _chart(book: Book, sheet: Worksheet, first: int, at: int) -> None:
    chart = book.book.add_chart({"type": "bar", "subtype": "stacked"})
    names = [f"{labels.violation(n)}、{short}" for n, short in VIOLATIONS_SHORT.items()]
    # A chart takes its categories from cells; the short names stand in a column outside the print area.
    for row, name in enumerate(names):
        put(sheet, first + row, 8, name, book.format(font_color="#9AA5B1"))
    last = first + len(names) - 1
    for place, severity in enumerate(_SEVERITIES):
        chart.add_series(
            {
                "name": severity,
                "categories": ["总览", first, 8, last, 8],
                "values": ["总览", first, 1 + place, last, 1 + place],
                "fill": {"color": COLOURS[severity]},
                "gap": 60,
            }
        )
    font = {"name": "微软雅黑", "size": 9}
    chart.set_y_axis({"reverse": True, "num_font": font, "line": {"color": "#8B95A1"}, "major_tick_mark": "none"})
    chart.set_x_axis(
        {"num_font": font, "major_gridlines": {"visible": True, "line": {"color": "#E4E7EB"}}, "num_format": "0"}
    )
    chart.set_legend({"position": "bottom", "font": font})
    chart.set_title({"none": True})
    chart.set_chartarea({"border": {"none": True}})
    chart.set_size({"width": 640, "height": 310})
    sheet.insert_chart(at, 0, chart, {"description": "七项违规情形的疑点条数"})
    sheet.set_column(8, 8, 20)


def _gaps(book: Book, sheet: Worksheet, school: School, top: int) -> None:
    """What was not examined, or not wholly, and why."""
    catalogue, coverage = local_rules.catalogue(school.edition), school.coverage
    left = coverage[coverage["status"].isin(labels.NOT_EXAMINED) | coverage["undecided"].gt(0)]
    put(sheet, top, 0, "没有查、没有查全的检查", book.format(bold=True, font_size=12))
    if left.empty:
        put(sheet, top + 1, 0, "没有：各项检查都查到了。", book.format())
        bottom = top + 1
    else:
        put(sheet, top + 1, 0, "没查的项目不等于没有问题。", book.format(font_color="#9A3B33"))
        for place, (head, end) in enumerate((("检查", 0), ("状态", 1), ("原因", 6))):
            if end > place:
                sheet.merge_range(top + 2, place, top + 2, end, "", book.heading())
            put(sheet, top + 2, place, head, book.heading())
        bottom = top + 2
        for row in left.to_dict("records"):
            bottom += 1
            rule = catalogue.entries[row["rule_id"]].title if row["rule_id"] in catalogue.entries else ""
            put(sheet, bottom, 0, f"{row['rule_id']} {rule}", book.wrapped)
            put(sheet, bottom, 1, row["status"], book.cell)
            sheet.merge_range(bottom, 2, bottom, 6, "", book.wrapped)
            put(sheet, bottom, 2, row["reason"], book.wrapped)
            sheet.set_row(bottom, 14.5 * (1 + max(text_width(row["reason"]) // 39, text_width(rule) // 40)) + 2)
    sheet.print_area(0, 0, bottom, 6)


def _finding_rows(school: School) -> Iterator[list[Any]]:
    for number, row in enumerate(school.findings.to_dict("records"), 1):
        yield [
            number,
            f"{labels.violation(int(row['violation']))}、{VIOLATIONS_SHORT[int(row['violation'])]}",
            *(row[name] for name in ("severity", "nature")),
            labels.grade(row["grade"]),
            *(row[name] for name in ("class", "student", "student_ref", "title", "evidence", "clause", "remedy")),
            *(labels.text(row[name]) for name in ("due", "sources", "rule_id", "finding_id")),
        ]


def _coverage_rows(school: School) -> Iterator[list[Any]]:
    entries = local_rules.catalogue(school.edition).entries
    for row in school.coverage.to_dict("records"):
        entry = entries.get(row["rule_id"])
        about = [entry.title, VIOLATIONS_SHORT[entry.violation]] if entry else ["", ""]
        yield [row["rule_id"], *about, *(row[n] for n in ("status", "population", "findings", "undecided", "reason"))]


def _classes(book: Book, school: School, footer: str) -> None:
    sheet = book.sheet("逐班核对", footer)
    table = school.classes.sort_values(["grade", "class_no"])
    columns = [
        Column("年级", 10),
        Column("班", 6, centre=True),
        *(Column(head, 12, centre=True) for head in CLASS_HEADS.values()),
    ]
    names = list(CLASS_HEADS)
    rows = ([labels.grade(r["grade"]), r["class_no"], *(r[n] for n in names)] for r in table.to_dict("records"))
    end = book.table(sheet, columns, rows)
    for place, value in enumerate(["合计", "", *(int(table[name].sum()) for name in names)]):
        put(sheet, end, place, value, book.format(bold=True, top=1, align="center" if place else "left"))
    if len(table):
        first = 2 + names.index(DIFFERENCES[0])
        form = book.book.add_format({"bg_color": "#FBEFD5", "font_color": "#9A3B33"})
        rule = {"type": "cell", "criteria": ">", "value": 0, "format": form}
        sheet.conditional_format(1, first, end - 1, 1 + len(names), rule)
    else:
        put(sheet, 1, 0, "没有本校的学籍名册和逐班核对表", book.format())
