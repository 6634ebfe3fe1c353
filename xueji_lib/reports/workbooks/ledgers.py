"""Blank ledgers to fill in, and the class-by-class headcount sheets of a school.

What is filled in here is taken in by ``intake`` as it is: the headings are those of the data contract, cells
for numbers are text (Excel would ruin an ID number), code sets are drop-downs.

A headcount sheet names the students, for a class teacher to call; it holds no number (data contract 4): the
column 核对提示 shows the register number masked, for the eye, and intake passes it over. By the last column, 核对编号,
a row comes back to the student it went out for, whoever else has the same name.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd
from xlsxwriter.worksheet import Worksheet

from xueji_lib.register import check_number, labels
from xueji_lib.register.codes import CodeSet, code_sets
from xueji_lib.register.identity import mask_id
from xueji_lib.register.schema import HEADCOUNT, TABLES, Column, Kind, Table
from xueji_lib.register.vocabulary import StudentStatus
from xueji_lib.reports.workbooks.guide import labels_of, write_guide
from xueji_lib.reports.workbooks.workbook import Book, put, text_width
from xueji_lib.store import Store, check_key
from xueji_lib.support import printed_sheet

HINT: Final = "核对提示"
"""Heading of the column for the reader's eye; no table has it."""

_ROWS: Final = 2000  # rows of a blank ledger that have drop-downs
_SPARE: Final = 8  # blank rows below a class, for those who are in it without being on the register
_MADE: Final = dt.date(2020, 1, 1)  # in the workbook's properties: the same content gives the same bytes
_LINE: Final = 17.0  # points: room for handwriting, and a class of 45 on two A4 sheets
_FIRST, _LAST = dt.date(1950, 1, 1), dt.date(2099, 12, 31)

# The register comes from the national platform; of its 100 columns these are in the contract's list.
_REGISTER: Final = (
    "school_id name sex birth_date id_type id_number register_no grade class_no entry_month status ethnicity "
    "hukou_place boarding left_behind orphan disability in_regular_class migrant_child address phone "
    "member1_name member1_relation member1_phone member1_id_number"
).split()
# A filled headcount sheet: the contract's columns but for the ID number, and the hint beside the name.
_HEADCOUNT: Final = [column for column in HEADCOUNT if column.id != "id_number"]
_OFF_PAPER: Final = ("check_no", "school_id", "grade", "class_no", "register_no")
"""Of a filled sheet these stand at the right and are not printed: the head of the page names the class, and they are
for the computer."""
_ON_PAPER: Final = [column for column in _HEADCOUNT if column.id not in _OFF_PAPER]
_FILLED: Final = [*_ON_PAPER[:2], Column("hint", HINT), *_ON_PAPER[2:], *(HEADCOUNT[name] for name in _OFF_PAPER)]

_SMALL: Final = {"hint": 22, "check_no": 13}
"""Widths of the columns in small grey print, which nobody fills in."""
_WIDTHS: Final = {
    Kind.SCHOOL: 13, Kind.NAME: 10, Kind.DATE: 12, Kind.MONTH: 9, Kind.GRADE: 6, Kind.CLASS: 6, Kind.COUNT: 8,
    Kind.ID: 20, Kind.REGISTER_NO: 21, Kind.PHONE: 13, Kind.TERM: 13, Kind.SCHOOL_YEAR: 11,
    Kind.TEXT: 14,
}  # fmt: skip


# ---- the workbooks ----


def write_blank(out: Path) -> list[Path]:
    """One blank workbook a table into ``out``; returns the files. Raises UsageError where one is held open."""
    files = []
    for number, table in enumerate(TABLES.values(), start=1):
        columns = columns_of(table)
        book = Book(table.header, _MADE)
        sheet = book.sheet(table.header, table.header)
        _fill(book, sheet, columns, (), rows=_ROWS)
        write_guide(book, table, columns, code_sets())
        file = out / f"{number:02d}-{table.header}.xlsx"
        book.save(file)
        files.append(file)
    return files


def write_headcount(out: Path, store: Store, term: str, school_id: str) -> Path:
    """The school's headcount workbook, a sheet a class, the names of the register filled in.

    Raises UsageError where the file is held open. A school without a register gets one blank sheet.
    """
    register = store.read(term, "register", columns=[*check_number.COLUMNS, "status"], schools=[school_id])
    codes = check_number.of_register(register, check_key.made(store, [school_id]))
    register = register.assign(check_no=[check_number.written(code) for code in codes.tolist()])
    directory = store.directory(term)
    names = directory.loc[directory["school_id"] == school_id, "school_name"]
    school = labels.text(names.iloc[0]) if len(names) else ""
    columns = _FILLED
    book = Book(f"逐班核对表 {school}", _MADE)
    classes = list(_classes(register)) or [("逐班核对", register)]
    for title, students in classes:
        sheet = book.sheet(title, f"{school} {labels.term(term)} {title}")
        sheet.set_margins(**{**printed_sheet.MARGINS, "top": 0.75})
        sheet.set_header(f"&C&14&B{school.replace('&', '&&')} {title} 逐班核对表")
        _fill(book, sheet, columns, _cells(school_id, students, columns), rows=len(students) + _SPARE)
        on_paper = len(columns) - len(_OFF_PAPER)
        sheet.print_area(0, 0, len(students) + _SPARE, on_paper - 1)
        book.fit(sheet, [_width(column, code_sets()) for column in columns[:on_paper]])
    write_guide(book, HEADCOUNT, columns, code_sets())
    file = out / f"逐班核对表-{school_id}-{term}.xlsx"
    book.save(file)
    return file


def columns_of(table: Table) -> list[Column]:
    """The columns of the table's blank ledger, in order."""
    return [table[column_id] for column_id in _REGISTER] if table.id == "register" else list(table)


def _classes(register: pd.DataFrame) -> Iterable[tuple[str, pd.DataFrame]]:
    """(七年级3班, its students) in order; those whose class is not known come last."""
    has_class = register["grade"].notna() & register["class_no"].notna()
    for (grade, class_no), students in register[has_class].groupby(["grade", "class_no"], observed=True):
        yield labels.class_label(grade, class_no), students
    if not has_class.all():
        yield "班级不明", register[~has_class]


def _cells(school_id: str, students: pd.DataFrame, columns: Sequence[Column]) -> list[list[Any]]:
    """What is filled in of each student, in the order of ``columns``; None is left to fill."""
    shared = students["name"].duplicated(keep=False)
    rows = []
    for (_, student), twice in zip(students.iterrows(), shared, strict=True):
        values = {name: student[name] for name in ("name", "sex", "grade", "class_no")}
        values |= {"school_id": school_id, "hint": _hint(student, bool(twice)), "check_no": student["check_no"] or None}
        rows.append([values.get(column.id) for column in columns])
    return rows


def _hint(student: pd.Series[Any], shared: bool) -> str:
    parts = [mask_id(labels.text(student["register_no"]))]
    status = labels.text(student["status"])
    parts += [status] if status not in ("", StudentStatus.ENROLLED) else []
    parts += ["同名，请看清学籍号"] if shared else []
    return " ".join(part for part in parts if part)


# ---- a sheet ----


def _fill(book: Book, sheet: Worksheet, columns: Sequence[Column], cells: Sequence[Sequence[Any]], rows: int) -> None:
    """Headings in row 1, then ``cells``, then blank rows; ``rows`` rows have drop-downs and borders."""
    codes = code_sets()
    sheet.set_row(0, 32)
    for column_index, column in enumerate(columns):
        width = _width(column, codes)
        form = book.format(**_form(column))
        sheet.set_column(column_index, column_index, width, form)
        sheet.write_string(0, column_index, column.header, book.format(**_heading(column)))
        rule = _validation(column, codes)
        if rule and rows:
            sheet.data_validation(1, column_index, rows, column_index, rule)
    bordered = [book.format(**_form(column), border=1, border_color="#C9CFD6") for column in columns]
    for row_index, row in enumerate(cells, start=1):
        sheet.set_row(row_index, _height(columns, row))
        for column_index, value in enumerate(row):
            put(sheet, row_index, column_index, value, bordered[column_index])
    for row_index in range(len(cells) + 1, rows + 1 if cells else 1):
        sheet.set_row(row_index, _LINE)
        for column_index in range(len(columns)):
            sheet.write_blank(row_index, column_index, None, bordered[column_index])
    name_columns = (
        next((column_index for column_index, column in enumerate(columns) if column.kind is Kind.NAME), 0) + 1
    )
    sheet.freeze_panes(1, name_columns)
    sheet.repeat_rows(0)
    book.fit(sheet, [_width(column, codes) for column in columns], kept=name_columns, in_sets=True)
    sheet.hide_gridlines(1)


def _width(column: Column, codes: Mapping[str, CodeSet]) -> float:
    """Wide enough for the heading on two lines and for the longest label."""
    if column.id in _SMALL:
        return _SMALL[column.id]
    width = -(-text_width(column.header) // 2) + 3
    if column.codes:
        return max(width, min(20, max(text_width(label) for label in labels_of(codes[column.codes])) + 3))
    return max(width, _WIDTHS[column.kind])


def _height(columns: Sequence[Column], row: Sequence[Any]) -> float:
    """Two lines where the hint needs them."""
    hint = next((value for column, value in zip(columns, row, strict=True) if column.id == "hint"), "")
    return _LINE if text_width(hint) <= 30 else 1.5 * _LINE


def _heading(column: Column) -> dict[str, Any]:
    """Required: dark on amber and bold; the rest grey, plain: it shows in black and white as well."""
    fill = {"bg_color": "#F7DFA5", "bold": True} if column.required else {"bg_color": "#E9EDF1"}
    return {**fill, "border": 1, "border_color": "#9AA5B1", "align": "center", "valign": "vcenter", "text_wrap": True}


def _form(column: Column) -> dict[str, Any]:
    form: dict[str, Any] = {"num_format": "@", "valign": "vcenter"}
    if column.kind is Kind.DATE:
        form |= {"num_format": "yyyy-mm-dd", "align": "center"}
    elif column.kind in (Kind.COUNT, Kind.GRADE, Kind.CLASS):
        form |= {"num_format": "0", "align": "center"}
    elif column.id in _SMALL:
        form |= {"font_color": "#6B7480", "font_size": 8, "text_wrap": True}
    return form


def _validation(column: Column, codes: Mapping[str, CodeSet]) -> dict[str, Any] | None:
    """Excel's data validation: a drop-down, a date, a whole number, a length. Warnings where other forms are taken."""
    if column.codes:
        code_set = codes[column.codes]
        return {
            "validate": "list",
            "source": labels_of(code_set),
            "show_error": not code_set.open,
            "error_title": column.header,
            "error_message": "请从下拉列表里选",
        }
    if column.kind is Kind.DATE:
        return {
            "validate": "date",
            "criteria": "between",
            "minimum": _FIRST,
            "maximum": _LAST,
            "error_title": column.header,
            "error_message": "请写日期，如 2026-09-01",
        }
    if column.kind in (Kind.COUNT, Kind.GRADE):
        top = 12 if column.kind is Kind.GRADE else 99999
        low = 1 if column.kind is Kind.GRADE else 0
        return {
            "validate": "integer",
            "criteria": "between",
            "minimum": low,
            "maximum": top,
            "error_type": "warning",
            "error_title": column.header,
            "error_message": f"请写 {low} 到 {top} 的整数" if top == 12 else "请写整数",
        }
    if column.kind in (Kind.SCHOOL, Kind.REGISTER_NO):
        size = 10 if column.kind is Kind.SCHOOL else 19
        return {
            "validate": "length",
            "criteria": "==",
            "value": size,
            "error_type": "warning",
            "error_title": column.header,
            "error_message": f"{column.header}是 {size} 位",
        }
    return None
