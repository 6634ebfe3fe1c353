"""The cover of findings.xlsx: the school, the seven violations in figures and as a chart, how to fill the book in."""

from __future__ import annotations

from typing import Any, Final

from xlsxwriter.worksheet import Worksheet

from xueji_lib.judge.results import School
from xueji_lib.register import labels
from xueji_lib.register.catalogue import SEVERITIES, VIOLATIONS, VIOLATIONS_SHORT
from xueji_lib.register.schema import NO_IMPORT_MARK
from xueji_lib.register.vocabulary import CoverageStatus, Nature
from xueji_lib.reports.case_states import DEMANDED, SETTLED, CaseStates
from xueji_lib.reports.pages.chart import COLOURS
from xueji_lib.reports.pages.school_page import CLASS_HEADS
from xueji_lib.reports.workbooks.workbook import FONT, Book, put, text_width

NAME: Final = "封面"
LIST: Final = "问题"
"""The sheet with all findings."""
UNSEEN: Final = "尚未经督查人员核实认定：以下都是疑点，不是结论。"
_WORST_FIRST: Final = SEVERITIES[::-1]
_WIDE: Final = 8  # columns A to H
_CHART_ROWS: Final = 15


def write_cover(book: Book, school: School, states: CaseStates, footer: str) -> None:
    """Add the sheet, row by row from the top (a streamed workbook cannot go back)."""
    sheet = book.sheet(NAME, footer, landscape=False)
    sheet.set_column(0, 0, 23)
    sheet.set_column(1, 1, 27)
    sheet.set_column(2, 7, 7.5)
    faint = book.format(font_color="#66717E", text_wrap=True)
    put(sheet, 0, 0, NO_IMPORT_MARK, book.format(font_color="#6B7480"))
    _wide(sheet, 1, "学籍问题台账", book.format(bold=True, font_size=22, align="center", valign="vcenter"), 44)
    _wide(sheet, 2, school.name, book.format(bold=True, font_size=16, align="center", valign="vcenter"), 28)
    info = school.info
    about = [info["school_id"], *(info[c] for c in ("school_kind", "area", "township") if info[c])]
    centre = book.format(align="center")
    _wide(sheet, 3, "　".join(about), centre)
    when = f"{labels.term(school.term_id)}　检查基准日 {school.as_of}　检查目录 {school.edition} 版"
    if school.look:
        warning = book.format(bold=True, font_color="#9A3B33", align="center", text_wrap=True)
        _wide(sheet, 5, school.look, warning, 17)
    _wide(sheet, 4, when, centre)
    _wide(sheet, 6, "　".join(_figures(school)), book.format(align="center", bold=True))
    _wide(sheet, 7, _verdicts(school, states), book.format(text_wrap=True, font_color="#9A3B33", align="center"), 17)
    first = _violations(book, sheet, school, 9)
    at = first + len(VIOLATIONS) + 1
    _chart(book, sheet, first, at + 1)
    at += _CHART_ROWS + 2
    _wide(sheet, at, labels.DISCLAIMER, faint, 31)
    at = _gaps(book, sheet, school, at + 1)
    guide = (
        "填写：“问题”页里，黄底的“整改措施、责任人、完成日期、学校说明”由学校填写；其余锁定。",
        "交回：填好存盘，整个文件交回县局，导入时按疑点编号对上。不要改表头、删列。",
        "保管：台账含学生姓名，按保密要求保管和传送。",
    )
    for text in guide:
        _wide(sheet, at, text, faint)
        at += 1
    _signatures(book, sheet, at + 1)
    sheet.print_area(0, 0, at + 4, _WIDE - 1)
    sheet.fit_to_pages(1, 1)
    book.protect(sheet)


def _wide(sheet: Worksheet, row: int, text: str, form: Any, height: float = 17) -> None:
    sheet.set_row(row, height)
    sheet.merge_range(row, 0, row, _WIDE - 1, "", form)
    sheet.write_string(row, 0, text, form)


def _figures(school: School) -> list[str]:
    findings = school.findings
    parts = [f"疑点 {len(findings)} 条"]
    parts += [f"{nature} {int((findings['nature'] == nature).sum())} 条" for nature in Nature]
    if len(school.classes):
        totals = school.classes[list(CLASS_HEADS)].sum()
        parts += [f"{CLASS_HEADS[name]} {int(totals[name])} 人" for name in ("registered", "registered_absent")]
        parts.append(f"{CLASS_HEADS['present_unregistered']} {int(totals['present_unregistered'])} 人")
    return parts


def _verdicts(school: School, states: CaseStates) -> str:
    if not states.looked_at:
        return UNSEEN
    counts: dict[str, int] = {}
    for finding_id in school.findings["finding_id"]:
        state = states.of(finding_id).state
        counts[state] = counts.get(state, 0) + 1
    settled = [state.state for state in states.findings.values() if state.state in SETTLED]
    counts |= {f"不列的{state}": settled.count(state) for state in dict.fromkeys(settled)}
    parts = [
        f"{state} {n} 条" for state, n in sorted(counts.items(), key=lambda item: (item[0] not in DEMANDED, item[0]))
    ]
    return "督查人员认定：" + "，".join(parts)


def _violations(book: Book, sheet: Worksheet, school: School, top: int) -> int:
    """The seven violations with counts; returns the first row of figures."""
    heads = ["违规情形", "通知三(四)原文", *_WORST_FIRST, *Nature, "合计"]
    for column_index, head in enumerate(heads):
        put(sheet, top, column_index, head, book.heading(column_index > 1))
    severity, nature = school.counts("severity"), school.counts("nature")
    last = top + len(VIOLATIONS)
    for row, (number, text) in enumerate(VIOLATIONS.items(), top + 1):
        sheet.set_row(row, 14.5 * -(-text_width(text) // 29) + 4)
        values = [severity.get(number, {}).get(s, 0) for s in _WORST_FIRST]
        values += [nature.get(number, {}).get(n, 0) for n in Nature]
        name = f"{labels.violation(number)}、{VIOLATIONS_SHORT[number]}"
        if sum(values):
            link = f"internal:'{LIST}'!A1"
            sheet.write_url(row, 0, link, book.format(bottom=1, bottom_color="#C9CFD6", font_color="#1F4E79"), name)
        else:
            put(sheet, row, 0, name, book.cell)
        put(sheet, row, 1, text, book.format(bottom=1, bottom_color="#C9CFD6", text_wrap=True))
        for column_index, value in enumerate(values, 2):
            put(sheet, row, column_index, value, book.figure)
        sheet.write_formula(row, 7, f"=SUM(C{row + 1}:E{row + 1})", book.figure, sum(values[:3]))
    bold = book.format(bold=True, top=1, align="center")
    put(sheet, last + 1, 0, "合计", book.format(bold=True, top=1))
    put(sheet, last + 1, 1, None, bold)
    sums = [sum(severity.get(n, {}).get(s, 0) for n in VIOLATIONS) for s in _WORST_FIRST]
    sums += [sum(nature.get(n, {}).get(k, 0) for n in VIOLATIONS) for k in Nature]
    for column_index, value in enumerate([*sums, len(school.findings)], 2):
        letter = chr(ord("A") + column_index)
        sheet.write_formula(last + 1, column_index, f"=SUM({letter}{top + 2}:{letter}{last + 1})", bold, value)
    return top + 1


def _chart(book: Book, sheet: Worksheet, first: int, at: int) -> None:
    chart = book.book.add_chart({"type": "bar", "subtype": "stacked"})
    last = first + len(VIOLATIONS) - 1
    for column_index, severity in enumerate(_WORST_FIRST, 2):
        chart.add_series(
            {
                "name": severity,
                "categories": [NAME, first, 0, last, 0],
                "values": [NAME, first, column_index, last, column_index],
                "fill": {"color": COLOURS[severity]},
                "gap": 60,
            }
        )
    font = {"name": FONT, "size": 9}
    chart.set_y_axis({"reverse": True, "num_font": font, "line": {"color": "#8B95A1"}, "major_tick_mark": "none"})
    grid = {"visible": True, "line": {"color": "#E4E7EB"}}
    chart.set_x_axis({"num_font": font, "major_gridlines": grid, "num_format": "0", "min": 0, "label_position": "high"})
    chart.set_legend({"position": "bottom", "font": font})
    chart.set_title({"none": True})
    chart.set_chartarea({"border": {"none": True}})
    chart.set_size({"width": 690, "height": 290})
    sheet.insert_chart(at, 0, chart, {"description": "七项违规情形的疑点条数", "object_position": 2})


def _gaps(book: Book, sheet: Worksheet, school: School, at: int) -> int:
    """How many checks were not made, or not wholly; the list is in 覆盖. Returns the next free row."""
    coverage = school.coverage
    not_complete = coverage[coverage["status"].isin(labels.NOT_EXAMINED) | coverage["undecided"].gt(0)]
    if not_complete.empty:
        _wide(sheet, at, "各项检查都查到了。", book.format())
        return at + 1
    counts = not_complete["status"].value_counts()
    partly = CoverageStatus.FOUND
    parts = [f"{status} {counts[status]} 项" for status in labels.STATUSES if status in counts and status != partly]
    if partly in counts:
        parts.append(f"有疑点、另有判不了的 {counts[partly]} 项")
    text = f"没有查、没有查全的检查 {len(not_complete)} 项（{'，'.join(parts)}），见“覆盖”页。没有查不等于没有问题。"
    _wide(sheet, at, text, book.format(font_color="#9A3B33", text_wrap=True), 31 if text_width(text) > 92 else 17)
    return at + 1


def _signatures(book: Book, sheet: Worksheet, at: int) -> None:
    line = book.format(valign="bottom")
    for row, text in enumerate(
        (
            "学校负责人（签字）：　　　　　　　　　　　　分管副校长（签字）：",
            "学籍管理员（签字）：　　　　　　　　　　　　填表日期：　　　　年　　月　　日　（学校盖章）",
        )
    ):
        _wide(sheet, at + row, text, line, 26)
