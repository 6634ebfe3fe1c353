"""county.xlsx: the county at a glance. Sheets 各校 (a row a school), 乡镇, 学段, 特殊群体, 逐学期, 建议措施,
各项检查 (a row a rule), 县级疑点. None of them is a table that intake would take.

Over 250 lines, because its sheets share columns, sums and colours: one function a sheet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from xueji_lib import local_rules
from xueji_lib.county.mismatches import SPECIAL
from xueji_lib.judge.results import Results
from xueji_lib.register import labels
from xueji_lib.register.catalogue import SEVERITIES, VIOLATIONS_SHORT
from xueji_lib.register.schema import NO_IMPORT_MARK
from xueji_lib.register.vocabulary import CoverageStatus
from xueji_lib.reports.case_states import CaseStates
from xueji_lib.reports.county_figures import CLASS_COUNTS, Figures
from xueji_lib.reports.pages.school_page import CLASS_HEADS
from xueji_lib.reports.workbooks.workbook import Book, SheetColumn, put, unbroken

_SEVERITIES: Final = SEVERITIES[::-1]
_SCHOOL: Final = (
    SheetColumn("学校标识码", 12),
    SheetColumn("学校", 26, wrap=True),
    SheetColumn("办学类型", 12, wrap=True),
    SheetColumn("所属乡镇", 11, wrap=True),
    SheetColumn("在籍", 8, centre=True),
    SheetColumn("疑点合计", 9, centre=True),
)
_NOT_CLEAN: Final = (*labels.NOT_EXAMINED, CoverageStatus.NOT_APPLICABLE)
_LIGHT, _DEEP = "#FFFFFF", "#E3A59E"


def write(
    results: Results, path: Path, states: Mapping[str, CaseStates] | None = None, earlier: Sequence[Results] = ()
) -> None:
    """Write county.xlsx, the same bytes for the same answer. Raises UsageError where the file is held."""
    title = "全县学籍疑点汇总"
    book = Book(title, results.as_of)
    footer = f"{title}　基准日 {results.as_of}　{labels.term(results.term_id)}"
    figures = Figures(results, states or {}, earlier)
    _schools(book, figures, footer)
    _townships(book, figures, footer)
    _stages(book, figures, footer)
    _groups(book, figures, footer)
    _terms(book, figures, footer)
    _measures(book, figures, footer)
    _rules(book, figures, footer)
    _county(book, results, footer)
    book.save(path)


def _violations() -> list[SheetColumn]:
    return [SheetColumn(f"{labels.violation(n)}、{short}", 9, centre=True) for n, short in VIOLATIONS_SHORT.items()]


def _schools(book: Book, figures: Figures, footer: str) -> None:
    results = figures.results
    sheet = book.sheet("各校", footer)
    severities = [SheetColumn(name, 7, centre=True) for name in _SEVERITIES]
    # One rule of the county as a whole has no school; the rest are counted here and named in 各项检查.
    gaps = [SheetColumn(name, 8, centre=True) for name in _NOT_CLEAN]
    last = [
        SheetColumn("认定属实", 8, centre=True),
        SheetColumn("次序", 6, centre=True),
        SheetColumn("每百名在籍", 8, centre=True),
    ]
    columns = [*_SCHOOL, *severities, *_violations(), *gaps, *last]
    top = 3
    put(sheet, 0, 0, "全县学籍疑点汇总", book.format(bold=True, font_size=16))
    sheet.set_row(0, 27)
    about = (
        f"{labels.term(results.term_id)}　检查基准日 {results.as_of}　检查目录 {results.edition} 版　{NO_IMPORT_MARK}"
    )
    put(sheet, 1, 0, about, book.format())
    look = f"{results.look}。" if results.look else ""
    note = f"{look}{_state(figures)}{labels.DISCLAIMER}“出错”到“不适用”是检查的项数；没有查的项目不等于没有问题。"
    book.note(sheet, 2, note, [column.width for column in columns])
    order = {school: n for n, school in enumerate(results.schools["school_id"])}
    rows = sorted(_school_rows(figures), key=lambda row: order[row[0]])
    end = book.table(sheet, columns, rows, top=top, head=58)
    sheet.freeze_panes(top + 1, 2)
    _totals(book, sheet, rows, top, end, range(4, len(columns) - 2), len(columns))
    if end > top + 1:
        for column_index in range(5, 6 + len(severities) + len(VIOLATIONS_SHORT)):
            _heat(sheet, top + 1, end - 1, column_index)
        bad = book.book.add_format({"font_color": "#9A3B33", "bold": True})
        first = len(columns) - len(gaps) - len(last)
        rule = {"type": "cell", "criteria": ">", "value": 0, "format": bad}
        sheet.conditional_format(top + 1, first, end - 1, first + 1, rule)


def _state(figures: Figures) -> str:
    return "" if figures.seen else "尚未经督查人员核实认定。"


def _school_rows(figures: Figures) -> Iterator[list[Any]]:
    for s in figures.schools:
        yield [
            *(s.school_id, s.name, s.kind, s.township, s.registered, s.total),
            *s.severities,
            *s.violations,
            *(s.gaps.get(name, 0) for name in _NOT_CLEAN),
            *(s.confirmed if figures.seen else None, s.rank, s.per_hundred),
        ]


def _townships(book: Book, figures: Figures, footer: str) -> None:
    sheet = book.sheet("乡镇", footer)
    book.head(sheet, "各乡镇", f"{NO_IMPORT_MARK}。按学校所属乡镇。{_state(figures)}")
    names = ("学校数", "在籍", "在籍不在校", "在校不在籍", "疑点", "严重", "认定属实")
    columns = [SheetColumn("所属乡镇", 16), *(SheetColumn(name, 9, centre=True) for name in names), *_violations()]
    rows = [
        [
            *(t["name"], t["schools"], t["registered"], t["absent"], t["unregistered"], t["total"], t["grave"]),
            *(t["confirmed"] if figures.seen else None, *t["violations"]),
        ]
        for t in figures.townships
    ]
    end = book.table(sheet, columns, rows, top=2, head=44)
    _totals(book, sheet, rows, 2, end, range(1, len(columns)), len(columns))
    if rows:
        for column_index in (5, 6, *range(8, len(columns))):
            _heat(sheet, 3, end - 1, column_index)


def _stages(book: Book, figures: Figures, footer: str) -> None:
    sheet = book.sheet("学段", footer)
    book.head(sheet, "各学段", f"{NO_IMPORT_MARK}。初中单列，见通知二(五)。学校一级的疑点不分学段。{_state(figures)}")
    names = (*(CLASS_HEADS[c] for c in CLASS_COUNTS), "疑点", "严重")
    columns = [SheetColumn("学段", 12), *(SheetColumn(name, 10, centre=True) for name in names), *_violations()]
    rows = [
        [s["name"], *(s[c] for c in CLASS_COUNTS), s["total"], s["grave"], *s["violations"]] for s in figures.stages
    ]
    end = book.table(sheet, columns, rows, top=2, head=44)
    _totals(book, sheet, rows, 2, end, range(1, len(columns)), len(columns))


def _groups(book: Book, figures: Figures, footer: str) -> None:
    sheet = book.sheet("特殊群体", footer)
    note = "残疾、留守、孤儿取自学籍名册，单亲只取自疑似失学劝返台账。名册没有这一列的学生不在“问过的”数内；"
    note += "一个也没有问过的写“—”，不是没有。"
    book.head(sheet, "特殊群体", f"{NO_IMPORT_MARK}。{note}")
    names = ("名册上问过的", "是这一群体的", "其中在籍不在校", "劝返台账人数", "其中未复学")
    columns = [
        SheetColumn("群体", 12),
        SheetColumn("范围", 14),
        *(SheetColumn(name, 15, centre=True) for name in names),
    ]
    counts = SPECIAL[3:]
    rows = []
    for g in figures.groups:
        values = ["—" if not g["asked"] and c in counts[:3] else g[c] for c in counts]
        rows.append([g["group"], g["stage"] or "全部学段", *values])
    book.table(sheet, columns, rows, top=2)


def _terms(book: Book, figures: Figures, footer: str) -> None:
    sheet = book.sheet("逐学期", footer)
    note = "各学期最近一次核查。检查目录的版次、交表的学校不同，条数不能直接相比；都是程序列出的，不随认定变。"
    book.head(sheet, "逐学期疑点", f"{NO_IMPORT_MARK}。{note}")
    columns = [
        SheetColumn("学期", 26),
        SheetColumn("基准日", 12),
        SheetColumn("检查目录", 11),
        *(SheetColumn(name, 8, centre=True) for name in ("学校数", "疑点", "严重")),
        *_violations(),
    ]
    rows = [
        [*(t[name] for name in ("term", "as_of", "edition", "schools", "total", "grave")), *t["violations"]]
        for t in figures.terms
    ]
    end = book.table(sheet, columns, rows, top=2, head=44)
    if len(rows) > 1:
        chart = book.book.add_chart({"type": "column", "subtype": "stacked"})
        for column_index, name in enumerate(VIOLATIONS_SHORT.values(), 6):
            span = ["逐学期", 3, column_index, end - 1, column_index]
            chart.add_series({"name": name, "categories": ["逐学期", 3, 0, end - 1, 0], "values": span})
        chart.set_title({"none": True})
        chart.set_legend({"position": "right"})
        chart.set_size({"width": 760, "height": 320})
        sheet.insert_chart(end + 1, 0, chart, {"description": "各学期七项违规情形的疑点条数"})


def _measures(book: Book, figures: Figures, footer: str) -> None:
    sheet = book.sheet("建议措施", footer)
    note = "建议由认定属实的问题得出，是否采取由县教育体育局决定。"
    book.head(sheet, "建议措施", f"{NO_IMPORT_MARK}。{note if figures.seen else '还没有核实认定，不提建议。'}")
    columns = [SheetColumn("学校", 30, wrap=True), SheetColumn("建议", 20), SheetColumn("理由", 80, wrap=True)]
    rows = [[s.name, m.text, m.reason] for s in figures.schools for m in s.measures]
    end = book.table(sheet, columns, rows, top=2)
    if not rows:
        put(sheet, end, 0, "没有。", book.format())


def _rules(book: Book, figures: Figures, footer: str) -> None:
    sheet = book.sheet("各项检查", footer)
    book.head(sheet, "各项检查", f"{NO_IMPORT_MARK}。没有查成的不等于没有问题。")
    statuses = list(labels.STATUSES)
    columns = [
        SheetColumn("检查", 7),
        SheetColumn("内容", 36, wrap=True),
        SheetColumn("违规情形", 19),
        SheetColumn("程度", 6, centre=True),
        SheetColumn("性质", 6, centre=True),
        SheetColumn("疑点", 8, centre=True),
        SheetColumn("判不了的对象", 9, centre=True, wrap=True),
        *(SheetColumn(f"{name}的学校", 9, centre=True) for name in statuses),
    ]
    rows = list(_rule_rows(figures, statuses))
    end = book.table(sheet, columns, rows, top=2, tint=3)
    _totals(book, sheet, rows, 2, end, range(5, 7), 7)


def _rule_rows(figures: Figures, statuses: Sequence[str]) -> Iterator[list[Any]]:
    """A row a check, then one for what was found at schools without any (S numbers): together all findings."""
    results = figures.results
    count = figures.coverage.groupby(["rule_id", "status"]).size().to_dict()
    undecided = figures.coverage.groupby("rule_id")["undecided"].sum().to_dict()
    of_county = results.findings[results.findings["school_id"] == ""]
    finding_counts = pd.concat([figures.school_findings["rule_id"], of_county["rule_id"]]).value_counts().to_dict()
    entries = local_rules.catalogue(results.edition).entries
    for rule_id, entry in entries.items():
        yield [
            *(rule_id, entry.title, VIOLATIONS_SHORT[entry.violation], entry.severity, entry.nature),
            *(int(finding_counts.get(rule_id, 0)), int(undecided.get(rule_id, 0))),
            *(count.get((rule_id, name), 0) for name in statuses),
        ]
    others = figures.school_findings[~figures.school_findings["rule_id"].isin(list(entries))]
    for other_id, rows in others.groupby("rule_id", observed=True):
        about = {column: str(rows[column].iloc[0]) for column in ("title", "violation", "severity", "nature")}
        violation = VIOLATIONS_SHORT[int(about["violation"])]
        yield [
            *(str(other_id), about["title"], violation, about["severity"], about["nature"]),
            *(len(rows), 0, *(0 for _ in statuses)),
        ]


def _county(book: Book, results: Results, footer: str) -> None:
    """Findings charged to the county itself (R710)."""
    findings = results.findings
    findings = findings[findings["school_id"] == ""]
    sheet = book.sheet("县级疑点", footer)
    book.head(sheet, "县级疑点", f"{NO_IMPORT_MARK}。{labels.DISCLAIMER}")
    columns = [
        SheetColumn("检查", 7),
        SheetColumn("问题", 22, wrap=True),
        SheetColumn("户籍乡镇", 14, wrap=True),
        SheetColumn("姓名", 12, wrap=True),
        SheetColumn("遮盖证件号", 20),
        SheetColumn("性质", 6, centre=True),
        SheetColumn("证据", 50, wrap=True),
        SheetColumn("整改要求", 26, wrap=True),
    ]
    names = ("rule_id", "title", "school", "student", "student_ref", "nature", "evidence", "remedy")
    reasoned = map(labels.evidence, findings["evidence"], findings["nature_reason"])
    findings = findings.assign(evidence=list(map(unbroken, reasoned)))
    end = book.table(sheet, columns, findings[list(names)].itertuples(index=False, name=None), top=2)
    coverage = results.coverage[results.coverage["school_id"] == ""]
    for row_index, row in enumerate(coverage.to_dict("records"), end + 1):
        reason = f"（{row['reason']}）" if row["reason"] else ""
        put(sheet, row_index, 0, f"{row['rule_id']}：{row['status']}{reason}", book.format(font_color="#66717E"))


def _totals(
    book: Book, sheet: Worksheet, rows: Sequence[Sequence[Any]], top: int, end: int, summed: Iterable[int], columns: int
) -> None:
    """A row of sums that follow the filter; their values are written too, for programs that do not calculate."""
    form = book.format(bold=True, top=1, align="center")
    chosen = set(summed)
    for column_index in range(columns):
        if column_index not in chosen:
            put(
                sheet,
                end,
                column_index,
                None if column_index else "合计",
                book.format(bold=True, top=1) if not column_index else form,
            )
            continue
        figures = [row[column_index] for row in rows if row[column_index] is not None]
        if rows and not figures:  # nobody has looked: no number, not a nought
            put(sheet, end, column_index, None, form)
            continue
        total = sum(figures)
        name = xl_col_to_name(column_index)
        formula = f"=SUBTOTAL(109,{name}{top + 2}:{name}{end})" if rows else "=0"
        sheet.write_formula(end, column_index, formula, form, total)


def _heat(sheet: Worksheet, first: int, last: int, column_index: int) -> None:
    scale = {"type": "2_color_scale", "min_color": _LIGHT, "max_color": _DEEP, "min_type": "num", "min_value": 0}
    sheet.conditional_format(first, column_index, last, column_index, scale)
