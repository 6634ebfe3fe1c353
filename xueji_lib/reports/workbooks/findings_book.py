"""findings.xlsx: a school's 问题台账, as it is printed, filled in by the school and taken in again.

Sheets: 封面, 问题 (all findings), 逐班核对, 覆盖 (what could not be checked, and why), 现场询问. The
columns 整改措施, 责任人, 完成日期, 学校说明 are open, the rest is locked; ``intake`` knows them by 疑点编号
(table 整改反馈). The other sheets say that they are not for import.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from xueji_lib import local_rules
from xueji_lib.judge.results import School
from xueji_lib.register import labels
from xueji_lib.register.catalogue import VIOLATIONS_SHORT
from xueji_lib.register.schema import NO_IMPORT_MARK
from xueji_lib.register.vocabulary import CoverageStatus
from xueji_lib.reports.case_states import ANSWERS, NOBODY, CaseStates
from xueji_lib.reports.pages.school_page import CLASS_HEADS, DIFFERENCES
from xueji_lib.reports.workbooks.cover import LIST, write_cover
from xueji_lib.reports.workbooks.workbook import Book, SheetColumn, put, unbroken
from xueji_lib.support.files import put_file

STREAMED: Final = 5000
"""Findings from which on a workbook is written row by row to disk."""

MEASURES: Final = ("已补办手续", "已在平台更正", "已按要求上报", "已清退并说明去向", "正在办理", "情况不实，见学校说明")
"""What the drop-down offers under 整改措施; anything else may be written too."""

_FINDINGS: Final = (
    SheetColumn("序号", 4.5, centre=True),
    SheetColumn("违规情形", 4.5, centre=True),
    SheetColumn("程度", 5, centre=True),
    SheetColumn("性质", 5, centre=True),
    SheetColumn("所在班", 9, wrap=True),
    SheetColumn("涉及学生", 19, wrap=True),
    SheetColumn("问题", 13, wrap=True),
    SheetColumn("证据", 28.5, wrap=True),
    SheetColumn("依据", 8.5, wrap=True),
    SheetColumn("整改要求", 14, wrap=True),
    SheetColumn("整改期限", 11),
    SheetColumn("认定", 7, wrap=True),
    SheetColumn("整改措施", 14, wrap=True, fill=True),
    SheetColumn("责任人", 8, wrap=True, fill=True),
    SheetColumn("完成日期", 11, fill=True, form={"num_format": "yyyy-mm-dd", "align": "left"}),
    SheetColumn("学校说明", 12.5, wrap=True, fill=True),
    # Not printed: where a record came from, and what intake needs.
    SheetColumn("出处", 36),
    SheetColumn("检查", 7),
    SheetColumn("疑点编号", 24),
    SheetColumn("学校标识码", 12),
)
_HEADS: Final = tuple(column.head for column in _FINDINGS)
_PRINTED: Final = _HEADS.index("出处")
_SEVERITY, _MEASURE, _PERSON, _DONE = map(_HEADS.index, ("程度", "整改措施", "责任人", "完成日期"))
_SEVEN: Final = "；".join(f"{labels.violation(n)} {short}" for n, short in VIOLATIONS_SHORT.items())
_COVERAGE: Final = (
    SheetColumn("检查", 7),
    SheetColumn("内容", 36, wrap=True),
    SheetColumn("违规情形", 19),
    SheetColumn("结果", 10),
    SheetColumn("对象数", 9, centre=True),
    SheetColumn("疑点数", 9, centre=True),
    SheetColumn("判不了", 9, centre=True),
    SheetColumn("说明", 46, wrap=True),
)
_QUESTIONS: Final = (
    SheetColumn("编号", 7),
    SheetColumn("违规情形", 19, wrap=True),
    SheetColumn("当面询问、查看", 46, wrap=True),
    SheetColumn("结果", 9, centre=True),
    SheetColumn("查看情况", 40, wrap=True),
)
_AT_ONCE: Final = 4000
_FIRST, _LAST = dt.date(2020, 1, 1), dt.date(2099, 12, 31)


def write(school: School, path: Path, states: CaseStates = NOBODY) -> None:
    """Write findings.xlsx. Raises UsageError where the file is held."""
    put_file(path, content(school, states))


def content(school: School, states: CaseStates = NOBODY) -> bytes:
    """findings.xlsx, the same bytes for the same school."""
    title = f"{school.name} 学籍问题台账"
    book = Book(title, school.as_of, stream=len(school.findings) > STREAMED)
    footer = f"{title}　基准日 {school.as_of}　{labels.term(school.term_id)}"
    write_cover(book, school, states, footer)
    if len(school.findings):
        _listed(book, school, states, footer)
    _classes(book, school, footer)
    _coverage(book, school, footer)
    _questions(book, school, states, footer)
    return book.content()


# ---- findings ----


def _listed(book: Book, school: School, states: CaseStates, footer: str) -> None:
    rows = school.findings.sort_values("violation", kind="stable")
    sheet = book.sheet(LIST, footer)
    note = (
        "黄底的四列由学校填写，其余各列锁定。填好存盘，原样交回即可导入；右边不打印的几列导入要用，不要删。"
        f"{labels.DISCLAIMER}违规情形照通知三(四)：{_SEVEN}。"
    )
    book.head(sheet, f"{school.name}　学籍问题台账", note)
    listed = _finding_rows(school, rows, states)
    end = book.table(sheet, _FINDINGS, listed, top=2, tint=_SEVERITY, printed=_PRINTED)
    sheet.freeze_panes(3, 6)
    sheet.data_validation(3, _MEASURE, end - 1, _MEASURE, _choice("整改措施", MEASURES))
    if people := _people(school):
        sheet.data_validation(3, _PERSON, end - 1, _PERSON, _choice("责任人", people))
    sheet.data_validation(3, _DONE, end - 1, _DONE, _day())
    book.protect(sheet)


def _finding_rows(school: School, findings: Any, states: CaseStates) -> Iterator[list[Any]]:
    of_pupil = "violation severity nature grade class student student_ref title evidence nature_reason"
    names = f"{of_pupil} clause remedy due sources rule_id finding_id".split()
    for number, values in enumerate(_tuples(findings, names), 1):
        violation, severity, nature, grade, class_no, student, ref, title, *said, clause, remedy, due = values[:13]
        source = values[13:]
        state = states.of(source[-1])
        yield [
            *(number, labels.violation(violation), severity, nature, labels.class_label(grade, class_no)),
            "\n".join(filter(None, (labels.text(student), labels.text(ref)))),
            *(title, unbroken(labels.evidence(*said)), clause, remedy, state.due or labels.text(due), state.state),
            *(state.measure, state.person, _as_day(state.done), ""),
            *source,
            school.id,
        ]


def _tuples(findings: Any, names: list[str]) -> Iterator[tuple[Any, ...]]:
    """Rows as plain values, some thousands at a time: a whole column of Python objects is what takes memory."""
    for start in range(0, len(findings), _AT_ONCE):
        part = findings.iloc[start : start + _AT_ONCE]
        yield from zip(*(part[name].tolist() for name in names), strict=True)


def _as_day(text: str) -> float | None:
    """An ISO date as Excel's serial, so that the cell is a date."""
    if not text:
        return None
    return float((dt.date.fromisoformat(text) - dt.date(1899, 12, 30)).days)


def _people(school: School) -> list[str]:
    """Who may be responsible, as far as the directory knows; a name that a drop-down cannot hold is left out."""
    named = dict.fromkeys(school.info.get(c, "") for c in ("principal", "vice_principal", "registrar"))
    return [name for name in named if name and len(name) <= 40 and not set(name) & set(',"=+@')]


def _choice(title: str, choices: Any) -> dict[str, Any]:
    """A drop-down that also takes other words."""
    return {
        "validate": "list",
        "source": list(choices),
        "show_error": False,
        "input_title": title,
        "input_message": "可从下拉里选，也可自己写",
    }


def _day() -> dict[str, Any]:
    return {
        "validate": "date",
        "criteria": "between",
        "minimum": _FIRST,
        "maximum": _LAST,
        "input_title": "完成日期",
        "input_message": "写日期，如 2026-12-01",
        "error_title": "完成日期",
        "error_message": "请写日期，如 2026-12-01",
    }


def _classes(book: Book, school: School, footer: str) -> None:
    sheet = book.sheet("逐班核对", footer)
    book.head(sheet, f"{school.name}　逐班核对", f"{NO_IMPORT_MARK}。有底色的是名册与点名不一致的。")
    table = school.classes.sort_values(["grade", "class_no"])
    columns = [
        SheetColumn("年级", 10),
        SheetColumn("班", 6, centre=True),
        *(SheetColumn(head, 12, centre=True) for head in CLASS_HEADS.values()),
    ]
    names = list(CLASS_HEADS)
    rows = ([labels.grade(r["grade"]), r["class_no"], *(r[n] for n in names)] for r in table.to_dict("records"))
    end = book.table(sheet, columns, rows, top=2)
    if not len(table):
        put(sheet, end, 0, "没有本校的学籍名册和逐班核对表", book.format())
        return
    for column_index, value in enumerate(["合计", "", *(int(table[name].sum()) for name in names)]):
        form = book.format(bold=True, top=1, align="center" if column_index else "left", num_format='0;-0;"–"')
        if column_index < 2:
            put(sheet, end, column_index, value, form)
        else:
            letter = chr(ord("A") + column_index)
            sheet.write_formula(end, column_index, f"=SUM({letter}4:{letter}{end})", form, value)
    first = 2 + names.index(DIFFERENCES[0])
    form = book.book.add_format({"bg_color": "#FBEFD5", "font_color": "#9A3B33"})
    rule = {"type": "cell", "criteria": ">", "value": 0, "format": form}
    sheet.conditional_format(3, first, end - 1, 1 + len(names), rule)
    book.protect(sheet)


def _coverage(book: Book, school: School, footer: str) -> None:
    sheet = book.sheet("覆盖", footer)
    book.head(
        sheet, f"{school.name}　各项检查查得怎样", f"{NO_IMPORT_MARK}。没有查成的排在前面：没有查不等于没有问题。"
    )
    book.table(sheet, _COVERAGE, _coverage_rows(school), top=2)
    book.protect(sheet)


def _coverage_rows(school: School) -> Iterator[list[Any]]:
    entries = local_rules.catalogue(school.edition).entries
    done = (CoverageStatus.FOUND, CoverageStatus.NOT_FOUND, CoverageStatus.NOT_APPLICABLE)
    order = {status: rank for rank, status in enumerate((*labels.NOT_EXAMINED, *done))}
    rows = sorted(school.coverage.to_dict("records"), key=lambda row: (order.get(row["status"], 0), row["rule_id"]))
    for row in rows:
        entry = entries.get(row["rule_id"])
        about = [entry.title, VIOLATIONS_SHORT[entry.violation]] if entry else ["", ""]
        yield [row["rule_id"], *about, *(row[n] for n in ("status", "population", "findings", "undecided", "reason"))]


def _questions(book: Book, school: School, states: CaseStates, footer: str) -> None:
    sheet = book.sheet("现场询问", footer)
    note = "结果由督查人员填写。" if states.answers else "还没有人到现场问过；打印后可手写。"
    book.head(sheet, f"{school.name}　现场询问", f"{NO_IMPORT_MARK}。数据判不了、要当面问的。{note}")
    rows = []
    for question in local_rules.catalogue(school.edition).questions:
        answer = states.answers.get(question.id)
        violation = f"{labels.violation(question.violation)}、{VIOLATIONS_SHORT[question.violation]}"
        rows.append([question.id, violation, question.ask, *((answer.result, answer.note) if answer else ("", ""))])
    end = book.table(sheet, _QUESTIONS, rows, top=2)
    if rows:
        sheet.data_validation(3, 3, end - 1, 3, {"validate": "list", "source": list(ANSWERS)})
    signed = "签字：" + "　　".join(sign_off.text for sign_off in states.sign_offs)
    unsigned = f"督查人员（签字）：{'　' * 10}学校负责人（签字）：{'　' * 10}日期："
    put(sheet, end + 1, 0, signed if states.sign_offs else unsigned, book.format())
    if states.trail_anchor:
        put(sheet, end + 2, 0, f"核查台账{states.trail_anchor}。以后用 xueji verify --since 校验值 核对", book.format())
    book.keep_together(sheet, range(max(3, end - 2), end + 3), 2)
    book.protect(sheet)
