"""附件1 人籍不一致学生统计表: a school's (附件1.xlsx) and the county's (附件1汇总.xlsx).

The lists are the reconciliation's, as kept (``results``: ``mismatches``); causes and measures are the notice's
(``data/letters.toml``). Source: notice 二(一), 附件1.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from xueji_lib.county.mismatches import ABSENT, UNREGISTERED
from xueji_lib.judge.results import Results, School
from xueji_lib.register import labels
from xueji_lib.register.schema import NO_IMPORT_MARK
from xueji_lib.register.vocabulary import Situation
from xueji_lib.reports.office_facts import LetterFacts
from xueji_lib.reports.workbooks.workbook import Book, SheetColumn, put
from xueji_lib.support.files import put_file

TITLE: Final = "人籍不一致学生统计表"
SITUATIONS: Final = {
    ABSENT: {
        "已转外校": (Situation.MOVED_SCHOOL,),
        "外出": (Situation.AWAY_WITHOUT_TRANSFER,),
        "重度残疾": (Situation.SEVERELY_DISABLED,),
        "疑似辍学": (Situation.OUT_OF_REACH, Situation.DOES_NOT_RETURN),
        "休学": (Situation.SUSPENDED,),
        "其他和未注明": (),
    },
    UNREGISTERED: {
        "符合条件未办": (Situation.PROCEDURE_PENDING,),
        "违规招收转入": (Situation.WRONGLY_ADMITTED,),
        "无户口": (Situation.NO_HUKOU,),
        "其他和未注明 ": (),
    },
}
"""Columns of the counts; what no column names goes to the last one of its kind."""

_HEAD_ROW: Final = 4
_MAY_COME_BACK: Final = "原因、已采取的措施可以补填后交回，逐班核对表里空着的以这里为准"
_BOX: Final = {"border": 1, "border_color": "#8B95A1", "valign": "vcenter"}
_LIST: Final = (
    SheetColumn("序号", 5, centre=True, form=_BOX),
    SheetColumn("年级", 7, form=_BOX),
    SheetColumn("班", 5, centre=True, form=_BOX),
    SheetColumn("学生姓名", 10, wrap=True, form=_BOX),
    SheetColumn("遮盖证件号", 19, form=_BOX),
    SheetColumn("情形", 13, wrap=True, form=_BOX),
    SheetColumn("去向或来源", 15, wrap=True, form=_BOX),
    SheetColumn("离校或到校日期", 11, form=_BOX),
    SheetColumn("原因（学校说明）", 20, wrap=True, form=_BOX),
    SheetColumn("学校已采取的措施", 16, wrap=True, form=_BOX),
    SheetColumn("通知要求的整改措施", 22, wrap=True, form=_BOX),
    SheetColumn("特殊群体", 8, wrap=True, form=_BOX),
)
_CODE: Final = SheetColumn("学校标识码", 12, form=_BOX)
_NAME: Final = SheetColumn("学校名称", 18, wrap=True, form=_BOX)


# ---- a school ----


def write(school: School, facts: LetterFacts, path: Path) -> None:
    """Write 附件1.xlsx. Raises UsageError where the file is held."""
    put_file(path, content(school, facts))


def content(school: School, facts: LetterFacts) -> bytes:
    """附件1.xlsx: class totals with the school's, the two lists, the signature line; the same bytes for the same."""
    book = Book(f"{school.name} {TITLE}", school.as_of)
    footer = f"{school.name} 附件1　基准日 {school.as_of}　{labels.term(school.term_id)}"
    columns = [SheetColumn("年级", 9, form=_BOX), SheetColumn("班", 6, centre=True, form=_BOX), *_count_columns()]
    sheet = _page(book, "附件1", footer, f"学校：{school.name}", school, len(columns))
    last = _counts(book, sheet, columns, _class_rows(school), 2)
    where = _unplaced(school)
    if where:
        put(sheet, last, 0, where, book.format(font_color="#9A3B33"))
        last += 1
    _signatures(book, sheet, last + 1)
    for kind in (ABSENT, UNREGISTERED):
        part = school.mismatches[school.mismatches["kind"] == kind]
        sheet = _page(book, kind, footer, f"学校：{school.name}　{kind}学生 {len(part)} 人", school, len(_LIST))
        end = book.table(sheet, _LIST, _students(part, kind, facts), top=_HEAD_ROW)
        if part.empty:
            put(sheet, end, 0, _nobody(school, kind), book.format())
            end += 1
        _signatures(book, sheet, end + 1)
    return book.content()


def _nobody(school: School, kind: str) -> str:
    if not len(school.classes) or not school.classes["headcount_rows"].sum():
        return f"没有本校的逐班核对表，{kind}的学生没有查，不等于没有。"
    return f"按逐班核对表，没有{kind}的学生。"


def _class_rows(school: School) -> Iterator[list[Any]]:
    counts = _count(school.mismatches, "grade", "class")
    rows = school.classes.to_dict("records")
    for row in sorted(rows, key=lambda row: (row["grade"], row["class_no"])):
        own = counts.get((row["grade"], row["class_no"]))
        yield [labels.grade(row["grade"]), row["class_no"], *_figures(row), *_tally(own)]


def _unplaced(school: School) -> str:
    """Students whose class could not be read are in the lists, not in the class totals."""
    mismatches = school.mismatches
    class_keys = zip(mismatches["grade"].tolist(), mismatches["class"].tolist(), strict=True)
    without_class = sum(any(map(labels.is_blank, class_key)) for class_key in class_keys)
    return f"另有 {without_class} 人班级不明，列在名单里，没有计入各班。" if without_class else ""


# ---- the county ----


def write_county(results: Results, facts: LetterFacts, path: Path) -> None:
    """附件1汇总.xlsx: by school, by township, and the two lists of all schools. Raises UsageError where held."""
    book = Book(f"全县{TITLE}", results.as_of, stream=len(results.mismatches) > 5000)
    footer = f"全县附件1汇总　基准日 {results.as_of}　{labels.term(results.term_id)}"
    by_school = _count(results.mismatches, "school_id")
    summed = results.classes.groupby("school_id")[["registered", "enrolled", "present"]].sum()
    classes: dict[Any, Any] = summed.to_dict("index")
    rows: list[tuple[dict[Any, Any], list[int | None], list[int]]] = []
    for school in results.schools.to_dict("records"):
        key = school["school_id"]
        rows.append((school, _figures(classes.get(key, {})), _tally(by_school.get((key,)))))
    columns = [_CODE, _NAME, SheetColumn("所属乡镇", 9, wrap=True, form=_BOX), *_count_columns()]
    sheet = _page(book, "各校汇总", footer, f"全县 {len(rows)} 所学校", results, len(columns))
    named = ([s["school_id"], s["school_name"], s["township"], *figures, *counts] for s, figures, counts in rows)
    last = _counts(book, sheet, columns, named, 3)
    note = "没有交逐班核对表的学校，在校和不一致的人数都是空的：没有查，不等于没有。"
    put(sheet, last + 1, 0, note, book.format(font_color="#9A3B33"))
    columns = [
        SheetColumn("所属乡镇", 14, form=_BOX),
        SheetColumn("学校数", 8, centre=True, form=_BOX),
        *_count_columns(),
    ]
    sheet = _page(book, "各乡镇", footer, "按学校所属乡镇", results, len(columns))
    _counts(book, sheet, columns, _townships(rows), 1)
    names = {s["school_id"]: s["school_name"] for s, _, _ in rows}
    for kind in (ABSENT, UNREGISTERED):
        part = results.mismatches[results.mismatches["kind"] == kind]
        columns = [_LIST[0], _NAME, *_LIST[1:], _CODE]
        sheet = _page(book, kind, footer, f"全县{kind}学生 {len(part)} 人", results, len(columns))
        listed = zip(part["school_id"], _students(part, kind, facts), strict=True)
        lines = ([row[0], names.get(key, ""), *row[1:], key] for key, row in listed)
        book.table(sheet, columns, lines, top=_HEAD_ROW, printed=len(columns) - 1)
    book.save(path)


def _townships(rows: Sequence[Any]) -> Iterator[list[Any]]:
    names = sorted({school["township"] for school, _, _ in rows})
    for name in names:
        of_town = [(figures, counts) for school, figures, counts in rows if school["township"] == name]
        sums = [sum(v or 0 for v in column) for column in zip(*([*f, *c] for f, c in of_town), strict=True)]
        yield [name or "（未注明）", len(of_town), *sums]


def _page(book: Book, name: str, footer: str, about: str, of: School | Results, width: int) -> Worksheet:
    sheet = book.sheet(name, footer)
    note = _MAY_COME_BACK if name in SITUATIONS else NO_IMPORT_MARK
    put(sheet, 0, 0, f"附件1　　{note}", book.format(font_color="#4A5561"))
    book.height(sheet, 1, 32)
    form = book.format(bold=True, font_size=18, align="center", valign="vcenter")
    sheet.merge_range(1, 0, 1, width - 1, "", form)
    sheet.write_string(1, 0, TITLE, form)
    put(sheet, 2, 0, about, book.format(bold=True))
    basis = f"{labels.term(of.term_id)}　检查基准日 {of.as_of}　按学籍名册与逐班核对表比对，疑似同一人的不计。"
    put(sheet, 3, 0, basis, book.format())
    return sheet


def _count_columns() -> list[SheetColumn]:
    names = [
        "在籍",
        "在读",
        "在校",
        f"{ABSENT}合计",
        *SITUATIONS[ABSENT],
        f"{UNREGISTERED}合计",
        *SITUATIONS[UNREGISTERED],
    ]
    return [SheetColumn(name.strip(), 8, centre=True, form=_BOX) for name in names]


def _figures(row: Any) -> list[int | None]:
    return [int(row[c]) if c in row else None for c in ("registered", "enrolled", "present")]


def _count(mismatches: pd.DataFrame, *by: str) -> dict[tuple[Any, ...], Counter[tuple[str, str]]]:
    """Per value of ``by``: students by kind and situation."""
    counts: dict[tuple[Any, ...], Counter[tuple[str, str]]] = {}
    keys = zip(*(mismatches[column].tolist() for column in by), strict=True)
    for key, kind, situation in zip(keys, mismatches["kind"].tolist(), mismatches["situation"].tolist(), strict=True):
        counts.setdefault(key, Counter())[kind, situation] += 1
    return counts


def _tally(counted: Counter[tuple[str, str]] | None) -> list[int]:
    """Counts in the order of ``_count_columns``, from 在籍不在校合计 on."""
    counted = counted or Counter()
    out: list[int] = []
    for kind, columns in SITUATIONS.items():
        total = sum(n for (of, _), n in counted.items() if of == kind)
        counts = [sum(counted[kind, s] for s in names) for names in columns.values()]
        counts[-1] = total - sum(counts)
        out += [total, *counts]
    return out


def _counts(
    book: Book, sheet: Worksheet, columns: Sequence[SheetColumn], rows: Iterable[Sequence[Any]], first: int
) -> int:
    """The table with a row of sums; returns the row below. ``first``: the first column that is a figure."""
    table_rows = [list(row) for row in rows]
    end = book.table(sheet, columns, table_rows, top=_HEAD_ROW, head=44)
    bold = {**_BOX, "bold": True, "bg_color": "#F5F6F8"}
    for column_index in range(first):
        put(sheet, end, column_index, "合计" if column_index == 0 else None, book.format(**bold))
    centred = book.format(**bold, align="center", num_format='0;-0;"–"')
    for column_index in range(first, len(columns)):
        total = sum(row[column_index] or 0 for row in table_rows)
        name = xl_col_to_name(column_index)
        formula = f"=SUBTOTAL(109,{name}{_HEAD_ROW + 2}:{name}{end})" if table_rows else "=0"
        sheet.write_formula(end, column_index, formula, centred, total)
    return end + 1


def _students(part: pd.DataFrame, kind: str, facts: LetterFacts) -> Iterator[list[Any]]:
    names = "grade class student student_ref situation whereabouts moved_date reason measure groups".split()
    for number, row in enumerate(zip(*(part[name].tolist() for name in names), strict=True), 1):
        grade, class_no, student, ref, situation, where, day, reason, measure, groups = row
        demanded = facts.measure(kind, situation)
        cells = [student, ref, situation or "（未注明）", where, day, reason, measure]
        yield [number, labels.grade(grade), class_no, *cells, demanded, groups]


def _signatures(book: Book, sheet: Worksheet, at: int) -> None:
    book.height(sheet, at, 26)
    people = "".join(f"{who}（签字）：{'　' * 8}" for who in ("校长", "分管副校长", "学籍管理员"))
    put(sheet, at, 0, f"{people}填表日期：　　　　年　　月　　日　　（学校盖章）", book.format(valign="bottom"))
    book.keep_together(sheet, range(max(_HEAD_ROW + 1, at - 3), at + 1), _HEAD_ROW)
