"""纸质检查表: all that is asked at a school without any device, to print, and to be typed into afterwards
(``xueji visit enter``)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from xlsxwriter.worksheet import Worksheet

from xueji_lib.casebook.cases import Case
from xueji_lib.casebook.roster import SchoolClass, Student
from xueji_lib.register import labels
from xueji_lib.register.catalogue import Question
from xueji_lib.reports.workbooks.workbook import Book, SheetColumn, unbroken
from xueji_lib.visit import kit_form as form

_HOW: Final = (
    "一、打印这几页带到学校，在黄底的格里手写；另带“抽样清单”。",
    "二、回来以后，把写的填进这个文件的黄底格，不要改别的格、表名，再运行：xueji visit enter 这个文件。",
    "三、点名：只写与“不填即”不同的学生；没有来得及看的写“没有看”。写了点名日期的班才录入。名单外的写在最后几行。",
    "四、不符合的、认定不属实或待补证的，要写说明。没有填的就是没有查，不等于符合。不符合、要学校整改的，在“记为发现”写“是”。",
    "五、台账里已经有的，不会被这里的改掉，录入时逐条列出。",
)
_SPARE: Final = 6
"""Empty lines below a class, for whoever is on no list."""
_LINES: Final = 8
"""Lines for findings that are written by hand."""


def content(
    school: tuple[str, str],
    term: str,
    day: dt.date,
    questions: Sequence[Question],
    rolls: Mapping[SchoolClass, Sequence[Student]],
    waiting: Sequence[Case],
) -> bytes:
    """The workbook; the same content gives the same bytes. ``school``: id and name. ``rolls``: the drawn classes with
    their pupils. ``waiting``: findings that nobody decided. Six parameters: each is a sheet of its own."""
    school_id, name = school
    book = Book(f"纸质检查表 {name}", day)
    footer = f"纸质检查表　{name}　{labels.term(term)}　号码已遮盖，按保密要求保管"
    cover = book.sheet(form.COVER, footer, landscape=False)
    book.head(cover, f"纸质检查表　{name}", labels.term(term))
    told = [(form.SCHOOL, school_id), (form.TERM, term), *(("怎样用", line) for line in _HOW)]
    told += [("检查人员", "　\n　"), ("学校在场人", "　\n　"), ("检查日期", "")]
    book.table(cover, (SheetColumn("项目", 14), SheetColumn("内容", 74, wrap=True)), told, top=2, head=18)
    asks = (
        SheetColumn(form.NUMBER, 8), SheetColumn("问题", 54, wrap=True), SheetColumn(form.VALUE, 12, fill=True),
        SheetColumn(form.NOTE, 42, fill=True, wrap=True), SheetColumn(form.AS_FINDING, 10, fill=True),
    )  # fmt: skip
    sheet = book.sheet(form.ANSWERS, footer)
    book.head(sheet, "现场核查", f"{name}　没有填的就是没有查，不等于符合")
    rows: list[list[Any]] = [
        [question.id, f"{question.ask}\n{_boxes(form.ANSWER_WORDS)}", "", "", ""] for question in questions
    ]
    end = book.table(sheet, asks, rows, top=2, head=18)
    _choices(sheet, 3, end, 2, form.ANSWER_WORDS)
    _choices(sheet, 3, end, 4, (form.YES,))
    _by_hand(book, footer, name)
    for school_class, pupils in rolls.items():
        _class(book, footer, name, school_class, pupils)
    verdicts = (
        SheetColumn(form.NUMBER, 25), SheetColumn("程度", 6), SheetColumn("疑点", 22, wrap=True),
        SheetColumn("班级、学生", 18, wrap=True), SheetColumn("证据", 44, wrap=True),
        SheetColumn(form.VERDICT, 10, fill=True), SheetColumn(form.NOTE, 26, fill=True, wrap=True),
    )  # fmt: skip
    sheet = book.sheet(form.FINDINGS, footer)
    book.head(sheet, "还没有认定的疑点", f"{name}　{len(waiting)} 条")
    _choices(sheet, 3, book.table(sheet, verdicts, map(_finding, waiting), top=2, head=18), 5, form.VERDICT_WORDS)
    return book.content()


def _finding(case: Case) -> list[Any]:
    told = case.finding
    whom = f"{labels.class_label(told['grade'], told['class'])}\n{told['student']}".strip()
    return [
        case.id,
        told["severity"],
        told["title"],
        whom,
        f"{unbroken(told['evidence'])}\n{_boxes(form.VERDICT_WORDS)}",
        "",
        "",
    ]


def _by_hand(book: Book, footer: str, school: str) -> None:
    """The sheet for findings that answer no question."""
    columns = (
        SheetColumn(form.NUMBER, 6, centre=True), SheetColumn(form.VIOLATION, 22, fill=True, wrap=True),
        SheetColumn(form.TITLE, 26, fill=True, wrap=True), SheetColumn(form.SEEN, 62, fill=True, wrap=True),
        SheetColumn(form.SEVERITY, 10, fill=True),
    )  # fmt: skip
    sheet = book.sheet(form.BY_HAND, footer)
    book.head(sheet, "现场发现", f"{school}　各问以外看到的问题，一行一条；涉及学生写姓名、班级，不写号码")
    lines: list[list[Any]] = [[number, "", "\n\n", "", ""] for number in range(1, _LINES + 1)]
    end = book.table(sheet, columns, lines, top=2, head=18)
    _choices(sheet, 3, end, 1, tuple(form.VIOLATIONS))
    _choices(sheet, 3, end, 4, form.SEVERITY_WORDS)


def _class(book: Book, footer: str, school: str, school_class: SchoolClass, pupils: Sequence[Student]) -> None:
    sheet = book.sheet(f"{form.CLASS}{school_class.place}", footer, landscape=False)
    day = f"{form.DAY}（写在右边的黄格）"
    book.head(sheet, f"{school_class.place}　点名", f"{school}　名单 {len(pupils)} 人　{day}", across=5)
    sheet.write_blank(1, 5, None, book.of(SheetColumn("", 1, fill=True)))
    columns = (
        SheetColumn("序号", 5, centre=True), SheetColumn(form.NAME, 14), SheetColumn(form.SEX, 5),
        SheetColumn("学校报的", 22, wrap=True), SheetColumn("不填即", 12, wrap=True),
        SheetColumn(form.MARK, 20, fill=True), SheetColumn(form.NOTE, 12, fill=True), SheetColumn(form.REF, 17),
    )  # fmt: skip
    rows: list[list[Any]] = [
        [n, pupil.name, pupil.sex, pupil.reported, form.unmarked(pupil), "", "", pupil.ref]
        for n, pupil in enumerate(pupils, 1)
    ]
    rows += [["", "", "", "名单外，写姓名和情形", "", "", "", form.EXTRA] for _ in range(_SPARE)]
    end = book.table(sheet, columns, rows, top=2, head=18)
    for row in range(3 + len(pupils), end):
        for column in (1, 2):
            sheet.write_blank(row, column, None, book.of(SheetColumn("", 1, fill=True)))
    for n, pupil in enumerate(pupils):
        _choices(sheet, 3 + n, 4 + n, 5, form.mark_words(pupil))
    _choices(sheet, 3 + len(pupils), end, 5, form.EXTRA_WORDS)


def _boxes(words: Sequence[str]) -> str:
    """To tick by hand: □ 符合　□ 不符合."""
    return "　".join(f"□ {word}" for word in words)


def _choices(sheet: Worksheet, first: int, end: int, column: int, words: Sequence[str]) -> None:
    if end > first:
        sheet.data_validation(first, column, end - 1, column, {"validate": "list", "source": [str(w) for w in words]})
