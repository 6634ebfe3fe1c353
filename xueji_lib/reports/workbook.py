"""findings.xlsx: a school's 问题台账, as it is printed, filled in by the school and taken in again.

Sheets: 封面, one a violation that has findings, 逐班核对, 覆盖 (what could not be checked, and why), 现场询问. The
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
from xueji_lib.reports.cover import write_cover
from xueji_lib.reports.html import CLASS_HEADS, DIFFERENCES
from xueji_lib.reports.sheet import Book, Column, put
from xueji_lib.reports.states import ANSWERS, NOBODY, CaseStates
from xueji_lib.support.files import put_file

STREAMED: Final = 5000
"""Findings from which on a workbook is written row by row to disk."""

MEASURES: Final = ("已补办手续", "已在平台更正", "已按要求上报", "已清退并说明去向", "正在办理", "情况不实，见学校说明")
"""What the drop-down offers under 整改措施; anything else may be written too."""

_FINDINGS: Final = (
    Column("序号", 5, centre=True),
    Column("程度", 6, centre=True),
    Column("性质", 6, centre=True),
    Column("所在班", 9.5, wrap=True),
    Column("涉及学生", 19, wrap=True),
    Column("问题", 15, wrap=True),
    Column("证据", 36, wrap=True),
    Column("依据", 9, wrap=True),
    Column("整改要求", 17, wrap=True),
    Column("整改期限", 11),
    Column("认定", 8, wrap=True),
    Column("整改措施", 18, wrap=True, fill=True),
    Column("责任人", 9, wrap=True, fill=True),
    Column("完成日期", 11, fill=True, form={"num_format": "yyyy-mm-dd", "align": "left"}),
    Column("学校说明", 15, wrap=True, fill=True),
    # Not printed: where a record came from, and what intake needs.
    Column("出处", 36),
    Column("检查", 7),
    Column("疑点编号", 24),
    Column("学校标识码", 12),
)
_PRINTED: Final = 15
_MEASURE, _PERSON, _DONE = 11, 12, 13
_COVERAGE: Final = (
    Column("检查", 7),
    Column("内容", 36, wrap=True),
    Column("违规情形", 19),
    Column("结果", 10),
    Column("对象数", 9, centre=True),
    Column("疑点数", 9, centre=True),
    Column("判不了", 9, centre=True),
    Column("说明", 46, wrap=True),
)
_QUESTIONS: Final = (
    Column("编号", 7),
    Column("违规情形", 19, wrap=True),
    Column("当面询问、查看", 46, wrap=True),
    Column("结果", 9, centre=True),
    Column("查看情况", 40, wrap=True),
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
    for number in VIOLATIONS_SHORT:
        rows = school.findings[school.findings["violation"] == number]
        if len(rows):
            _violation(book, school, number, rows, states, footer)
    _classes(book, school, footer)
    _coverage(book, school, footer)
    _questions(book, school, states, footer)
    return book.content()


def sheet_name(number: int) -> str:
    """The sheet of a violation."""
    return f"{labels.violation(number)} {VIOLATIONS_SHORT[number]}"


# ---- findings ----


def _violation(book: Book, school: School, number: int, rows: Any, states: CaseStates, footer: str) -> None:
    sheet = book.sheet(sheet_name(number), footer)
    name = f"{school.name}　问题台账　{labels.violation(number)}、{VIOLATIONS_SHORT[number]}"
    book.head(sheet, name, "黄底的四列由学校填写，其余各列锁定。填好存盘，原样交回即可导入。" + labels.DISCLAIMER)
    end = book.table(sheet, _FINDINGS, _finding_rows(school, rows, states), top=2, tint=1)
    sheet.freeze_panes(3, 5)
    sheet.print_area(0, 0, end - 1, _PRINTED - 1)
    sheet.data_validation(3, _MEASURE, end - 1, _MEASURE, _choice("整改措施", MEASURES))
    if people := _people(school):
        sheet.data_validation(3, _PERSON, end - 1, _PERSON, _choice("责任人", people))
    sheet.data_validation(3, _DONE, end - 1, _DONE, _day())
    book.protect(sheet)


def _finding_rows(school: School, found: Any, states: CaseStates) -> Iterator[list[Any]]:
    names = "severity nature grade class student student_ref title evidence clause remedy due sources rule_id".split()
    for number, values in enumerate(_tuples(found, [*names, "finding_id"]), 1):
        severity, nature, grade, class_no, student, ref, title, evidence, clause, remedy, due, *source = values
        state = states.of(source[-1])
        yield [
            *(number, severity, nature, labels.place(grade, class_no)),
            "\n".join(filter(None, (labels.text(student), labels.text(ref)))),
            *(title, evidence, clause, remedy, state.due or labels.text(due), state.state),
            *(state.measure, state.person, _as_day(state.done), ""),
            *source,
            school.id,
        ]


def _tuples(found: Any, names: list[str]) -> Iterator[tuple[Any, ...]]:
    """Rows as plain values, some thousands at a time: a whole column of Python objects is what takes memory."""
    for start in range(0, len(found), _AT_ONCE):
        part = found.iloc[start : start + _AT_ONCE]
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


# ---- the other sheets ----


def _classes(book: Book, school: School, footer: str) -> None:
    sheet = book.sheet("逐班核对", footer)
    book.head(sheet, f"{school.name}　逐班核对", f"{NO_IMPORT_MARK}。有底色的是名册与点名不一致的。")
    table = school.classes.sort_values(["grade", "class_no"])
    columns = [
        Column("年级", 10),
        Column("班", 6, centre=True),
        *(Column(head, 12, centre=True) for head in CLASS_HEADS.values()),
    ]
    names = list(CLASS_HEADS)
    rows = ([labels.grade(r["grade"]), r["class_no"], *(r[n] for n in names)] for r in table.to_dict("records"))
    end = book.table(sheet, columns, rows, top=2)
    if not len(table):
        put(sheet, end, 0, "没有本校的学籍名册和逐班核对表", book.format())
        return
    for place, value in enumerate(["合计", "", *(int(table[name].sum()) for name in names)]):
        form = book.format(bold=True, top=1, align="center" if place else "left", num_format='0;-0;"–"')
        if place < 2:
            put(sheet, end, place, value, form)
        else:
            letter = chr(ord("A") + place)
            sheet.write_formula(end, place, f"=SUM({letter}4:{letter}{end})", form, value)
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
    order = {status: place for place, status in enumerate((*labels.NOT_EXAMINED, "发现", "未发现", "不适用"))}
    rows = sorted(school.coverage.to_dict("records"), key=lambda row: (order.get(row["status"], 0), row["rule_id"]))
    for row in rows:
        entry = entries.get(row["rule_id"])
        about = [entry.title, VIOLATIONS_SHORT[entry.violation]] if entry else ["", ""]
        yield [row["rule_id"], *about, *(row[n] for n in ("status", "population", "findings", "undecided", "reason"))]


def _questions(book: Book, school: School, states: CaseStates, footer: str) -> None:
    sheet = book.sheet("现场询问", footer)
    said = "结果由督查人员填写。" if states.answers else "还没有人到现场问过；打印后可手写。"
    book.head(sheet, f"{school.name}　现场询问", f"{NO_IMPORT_MARK}。数据判不了、要当面问的。{said}")
    rows = []
    for question in local_rules.catalogue(school.edition).questions:
        answer = states.answers.get(question.id)
        violation = f"{labels.violation(question.violation)}、{VIOLATIONS_SHORT[question.violation]}"
        rows.append([question.id, violation, question.ask, *((answer.result, answer.note) if answer else ("", ""))])
    end = book.table(sheet, _QUESTIONS, rows, top=2)
    if rows:
        sheet.data_validation(3, 3, end - 1, 3, {"validate": "list", "source": list(ANSWERS)})
    signed = "签字：" + "　　".join(f"{s.role} {s.name} {s.day}" for s in states.sign_offs)
    blank = "　" * 10
    unsigned = f"督查人员（签字）：{blank}学校负责人（签字）：{blank}日期："
    put(sheet, end + 1, 0, signed if states.sign_offs else unsigned, book.format())
    book.protect(sheet)
