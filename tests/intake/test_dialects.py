"""Errors and formulas never worked out are unknown in every dialect and format, never blank; days are days."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
import xlwt

from tests.intake.boxes import HEADS, TERM, codes, html, register, take, text, unknown, xlsx
from tests.intake.raw_books import (
    DIALECTS,
    EMPTY_RESULT,
    ERROR,
    PLAIN,
    UNSOLVED,
    ZERO,
    Raw,
    in_container,
    ods,
    old_records,
    workbook,
    xlsb,
)

pytestmark = pytest.mark.slow

ID, ENTRY, NATION = HEADS.index("身份证件号"), HEADS.index("入学年月"), HEADS.index("民族")


def with_cells(*cells: tuple[int, int, Any]) -> list[list[Any]]:
    """A register of four pupils; (row, column, value) of the cells that are put into it."""
    rows = [list(row) for row in register(4)]
    for row, column, value in cells:
        rows[row][column] = value
    return rows


@pytest.mark.parametrize("name", DIALECTS)
def test_every_dialect_is_read_and_what_is_not_worked_out_is_unknown(tmp_path: Path, name: str) -> None:
    rows = with_cells((1, ID, ERROR), (2, ID, UNSOLVED), (2, NATION, EMPTY_RESULT), (3, NATION, ""))
    report, store = take(tmp_path, {"a.xlsx": workbook(rows, DIALECTS[name])})
    frame = store.read(TERM, "register")
    assert frame["name"].tolist() == [row[1] for row in register(4)[1:]]
    assert unknown(frame, "register", "id_number") == [True, True, False, False]
    assert frame["id_number"].tolist()[2:] == [register(4)[n][ID] for n in (3, 4)]
    # A result that is the empty text, and a cell that was left empty, are blank and nothing else.
    assert unknown(frame, "register", "ethnicity") == [False] * 4
    assert frame["ethnicity"].isna().tolist() == [False, True, True, False]
    assert [(p.code, p.row, p.column) for p in report.problems] == [("D06", 2, "身份证件号"), ("D06", 3, "身份证件号")]
    assert all("公式" in p.message for p in report.problems)


def test_the_area_of_an_array_formula_is_unknown_as_a_whole(tmp_path: Path) -> None:
    first = Raw(f'><f t="array" ref="{chr(65 + ID)}2:{chr(65 + ID)}4">LOOKUP(A2:A4)</f>')
    report, store = take(tmp_path, {"a.xlsx": workbook(with_cells((1, ID, first), (2, ID, ""), (3, ID, "")))})
    assert unknown(store.read(TERM, "register"), "register", "id_number") == [True, True, True, False]
    assert codes(report) == {"D06": 3}


def test_a_nought_that_stands_where_excel_has_yet_to_work_out_is_no_value(tmp_path: Path) -> None:
    """As XlsxWriter leaves formulas: a 0, and a wish that Excel works all of them out."""
    rows = with_cells((1, ENTRY, ZERO), (2, ENTRY, Raw("><f>A1</f><v>202409</v>")))
    awaiting = replace(PLAIN, book='<calcPr calcId="124519" fullCalcOnLoad="1"/>')
    for dialect, expected in ((awaiting, "公式"), (PLAIN, "不是日期")):
        report, store = take(tmp_path, {"a.xlsx": workbook(rows, dialect)})
        (problem,) = report.problems
        assert expected in problem.message
        assert unknown(store.read(TERM, "register"), "register", "entry_month") == [True, False, False, False]
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("名册")
        for r, row in enumerate(register(2)):
            sheet.write_row(r, 0, row)
        sheet.write_formula(1, ID, "=VLOOKUP(B2,Sheet9!A:B,2,0)")
    report, store = take(tmp_path / "b", {"a.xlsx": out.getvalue()})
    assert codes(report) == {"D06": 1}
    assert unknown(store.read(TERM, "register"), "register", "id_number") == [True, False]


def test_an_xls_tells_errors_and_formulas_that_nobody_worked_out(tmp_path: Path) -> None:
    book = xlwt.Workbook(encoding="utf-8")
    for name in ("另一张", "名册"):
        sheet = book.add_sheet(name)
        for r, row in enumerate(register(3) if name == "名册" else [["a", "b"], [1, 2]]):
            for c, value in enumerate(row):
                if (r, c) == (1, ID):
                    sheet.row(r).set_cell_error(c, 0x2A)
                elif (r, c) == (2, ID):
                    sheet.write(r, c, xlwt.Formula('"64"&"0422"'))
                else:
                    sheet.write(r, c, value)
    out = io.BytesIO()
    book.save(out)
    report, store = take(tmp_path, {"a.xls": out.getvalue()})
    assert unknown(store.read(TERM, "register"), "register", "id_number") == [True, True, False]
    assert [(p.row, p.column) for p in report.problems if p.code == "D06"] == [(2, "身份证件号"), (3, "身份证件号")]


def test_an_xlsb_tells_its_errors(tmp_path: Path) -> None:
    report, store = take(tmp_path, {"a.xlsb": xlsb(register(3), broken=[(1, ID), (3, NATION)])})
    frame = store.read(TERM, "register")
    assert unknown(frame, "register", "id_number") == [True, False, False]
    assert unknown(frame, "register", "ethnicity") == [False, False, True]
    assert codes(report) == {"D06": 2}


def test_where_errors_cannot_be_looked_for_every_blank_is_in_doubt_and_it_is_said(tmp_path: Path) -> None:
    """Behind its rows the sheet is no XML any more: calamine does not mind, whoever looks for formulas cannot go on."""
    rows = with_cells((1, NATION, ""), (2, ENTRY, Raw("><f>A1</f><v>202409</v>")))
    report, store = take(tmp_path, {"a.xlsx": workbook(rows, extra="<oops")})
    frame = store.read(TERM, "register")
    assert unknown(frame, "register", "ethnicity") == [True, False, False, False]
    assert [(p.code, p.row, p.column) for p in report.problems] == [("D06", 2, "民族")]
    assert "看不出" in report.problems[0].message


@pytest.mark.parametrize(
    "literal", ["#N/A", "#REF!", "#DIV/0!", "#NAME?", "#VALUE!", "Err:502", "=VLOOKUP(B2,D:E,2,0)"]
)
def test_what_formulas_leave_in_a_text_is_unknown(tmp_path: Path, literal: str) -> None:
    rows = with_cells((1, ID, literal), (2, NATION, literal))
    for name, data in {"a.csv": text(rows), "a.xls": html(rows), "a.xlsx": xlsx(("a", rows[:1] + rows[2:]))}.items():
        if name == "a.xlsx" and literal.startswith("="):
            continue  # xlsxwriter writes a formula then, which another test has
        report, store = take(tmp_path / name, {name: data})
        frame = store.read(TERM, "register")
        row = 0 if name == "a.xlsx" else 1
        assert unknown(frame, "register", "ethnicity")[row], name
        assert all(p.code == "D06" and "公式" in p.message for p in report.problems), name


def test_an_ods_tells_what_it_has_not_worked_out(tmp_path: Path) -> None:
    report, store = take(tmp_path, {"a.ods": ods(register(4), errors=[(1, ID)], unsolved=[(2, ID), (2, NATION)])})
    frame = store.read(TERM, "register")
    assert unknown(frame, "register", "id_number") == [True, True, False, False]
    assert unknown(frame, "register", "ethnicity") == [False, True, False, False]
    assert codes(report) == {"D06": 3}


def days(from_1904: bool) -> list[list[Any]]:
    """A register whose birth dates are numbers without a format."""
    first = dt.date(1904, 1, 1) if from_1904 else dt.date(1899, 12, 30)
    serial = (dt.date(2015, 3, 1) - first).days
    birth = HEADS.index("出生日期")
    return [list(HEADS), *([*row[:birth], serial, *row[birth + 1 :]] for row in register(2)[1:])]


FROM_1904: dict[str, Callable[[], bytes]] = {
    "a.xlsx": lambda: workbook(days(True), replace(PLAIN, book='<workbookPr date1904="1"/>')),
    "严格.xlsx": lambda: workbook(days(True), replace(DIALECTS["严格"], book='<workbookPr date1904="true"/>')),
    "前缀.xlsx": lambda: workbook(days(True), replace(DIALECTS["带前缀"], book='<x:workbookPr date1904="1"/>')),
    "a.xlsb": lambda: xlsb(days(True), from_1904=True),
    "从1900.xlsx": lambda: workbook(days(False)),
    "从1900.xlsb": lambda: xlsb(days(False)),
    "95.xls": lambda: in_container(old_records(days(False))),
}


@pytest.mark.parametrize("name", FROM_1904)
def test_days_are_counted_from_when_the_workbook_says(tmp_path: Path, name: str) -> None:
    report, store = take(tmp_path, {name: FROM_1904[name]()})
    assert report.problems == []
    assert set(store.read(TERM, "register")["birth_date"].astype(str)) == {"2015-03-01"}


def test_days_of_an_xls_that_counts_from_1904(tmp_path: Path) -> None:
    book = xlwt.Workbook(encoding="utf-8")
    book.dates_1904 = True
    sheet = book.add_sheet("名册")
    for r, row in enumerate(days(True)):
        for c, value in enumerate(row):
            sheet.write(r, c, value)
    out = io.BytesIO()
    book.save(out)
    report, store = take(tmp_path, {"a.xls": out.getvalue()})
    assert report.problems == []
    assert set(store.read(TERM, "register")["birth_date"].astype(str)) == {"2015-03-01"}
