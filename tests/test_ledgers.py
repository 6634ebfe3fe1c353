"""Blank ledgers and headcount sheets, from the command's output back through intake."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from xueji_lib import intake
from xueji_lib.judge import engine
from xueji_lib.register.calendar import Calendar
from xueji_lib.register.identity import check_digit
from xueji_lib.register.inspection import Inspection
from xueji_lib.register.schema import HEADCOUNT, TABLES, Kind
from xueji_lib.reports.workbooks import ledgers
from xueji_lib.store import Store

pytestmark = pytest.mark.slow

TERM, AS_OF, SCHOOL = "2026-2027-1", dt.date(2026, 11, 20), "2164000001"
NAMES = ["马丽", "王·阿依莎", "李强", "李强", "=1+1", "䶮文"]


def number(place: int) -> str:
    body = f"6404222015031{place}{place:03d}"
    return body + check_digit(body)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    head = "学校标识码,学校名称,办学类型,城乡类别,所属乡镇"
    (inbox / "名录.csv").write_text(f"{head}\n{SCHOOL},白崖乡中心小学,小学,乡村,白崖乡\n", "utf-8")
    rows = ["学校标识码,姓名,性别,出生日期,身份证件号,全国学籍号,年级,班号,学生状态"]
    for place, name in enumerate(NAMES):
        status = "休学" if name == "䶮文" else "在读"
        own = f"{name},{'女男'[place % 2]},2015-03-1{place},{number(place)},G{number(place)}"
        rows.append(f"{SCHOOL},{own},6,{1 + place // 5},{status}")
    (inbox / "名册.csv").write_text("\n".join(rows) + "\n", "gb18030")
    store = Store(tmp_path / "store")
    report = intake.run(inbox, store, TERM, Calendar.load())
    assert not report.left_out, report.lines()
    return store


def test_blank_ledgers_have_the_contracts_headings_and_intake_knows_them(tmp_path: Path, store: Store) -> None:
    files = ledgers.write_blank(tmp_path / "blank")
    assert len(files) == len(TABLES)
    for file, table in zip(files, TABLES.values(), strict=True):
        sheet = openpyxl.load_workbook(file)[table.header]
        heads = [cell.value for cell in sheet[1]]
        columns = ledgers.columns_of(table)
        assert heads == [column.header for column in columns]
        assert {c.header for c in table if c.required} <= set(heads)
        assert [cell.font.bold for cell in sheet[1]] == [column.required for column in columns]
        lists = drop_downs(sheet)
        for place, column in enumerate(columns, start=1):
            if column.kind in (Kind.ID, Kind.REGISTER_NO, Kind.PHONE, Kind.SCHOOL):
                form = next(d for d in sheet.column_dimensions.values() if d.min <= place <= d.max).number_format
                assert form == "@", "Excel must not make it a number"
            if column.codes:
                assert len(",".join(lists[place])) <= 255, "Excel takes no longer list"
        assert sheet.freeze_panes and sheet.page_setup.orientation == "landscape" and sheet.page_setup.paperSize == 9
    report = intake.run(tmp_path / "blank", store, TERM, Calendar.load()).to_dict()
    assert not report["left_out"]
    assert sorted(s["table"] for f in report["files"] for s in f["sheets"] if s["table"]) == sorted(TABLES)


def test_every_drop_down_value_is_taken_in_as_it_is(tmp_path: Path, store: Store) -> None:
    """One row a label, in the blank headcount and suspension ledgers."""
    ledgers.write_blank(tmp_path / "blank")
    fill = tmp_path / "fill"
    fill.mkdir()
    for table_id in ("headcount", "suspensions"):
        table = TABLES[table_id]
        file = next((tmp_path / "blank").glob(f"*{table.header}.xlsx"))
        book = openpyxl.load_workbook(file)
        sheet = book[table.header]
        lists = drop_downs(sheet)
        for row in range(max(map(len, lists.values()))):
            plain = {"school_id": SCHOOL, "name": f"张{'一二三四五六七八九十百千万'[row]}", "grade": 6, "class_no": 1}
            for place, column in enumerate(table, start=1):
                value = lists[place][row % len(lists[place])] if place in lists else plain.get(column.id)
                if column.kind is Kind.DATE:
                    value = dt.date(2026, 9, 1 + row)
                sheet.cell(row + 2, place, value)
        book.save(fill / file.name)
    report = intake.run(fill, store, TERM, Calendar.load())
    assert not report.left_out, report.lines()
    taken = store.read(TERM, "headcount")
    assert set(taken["situation"].dropna()) == set(lists_of("situation"))
    assert store.read(TERM, "suspensions")["apply_date"].notna().all()


def drop_downs(sheet: Any) -> dict[int, list[str]]:
    """Column (from 1) → what its drop-down offers."""
    rules = [rule for rule in sheet.data_validations.dataValidation if rule.type == "list"]
    return {next(iter(rule.sqref.ranges)).min_col: rule.formula1.strip('"').split(",") for rule in rules}


def lists_of(code: str) -> list[str]:
    from xueji_lib.register.codes import code_sets

    return list(dict.fromkeys(code_sets()[code].labels.values()))


def test_a_schools_headcount_goes_out_without_numbers_and_comes_back_matched(tmp_path: Path, store: Store) -> None:
    file = ledgers.write_headcount(tmp_path / "out", store, TERM, SCHOOL)
    with zipfile.ZipFile(file) as archive:
        content = b"".join(archive.read(name) for name in archive.namelist()).decode("utf-8", "replace")
    assert not re.search(r"\d{17}[\dXx]", content), "no number in the file"
    again = ledgers.write_headcount(tmp_path / "again", store, TERM, SCHOOL)
    assert again.read_bytes() == file.read_bytes()

    book = openpyxl.load_workbook(file)
    assert book.sheetnames == ["六年级1班", "六年级2班", "填表说明"]
    first = book["六年级1班"]
    heads = [cell.value for cell in first[1]]
    assert sorted(set(heads) - {ledgers.HINT}) == sorted(c.header for c in HEADCOUNT if c.id != "id_number")
    printed = heads[: openpyxl.utils.range_boundaries(str(first.print_area).split("!")[1])[2]]
    assert printed[:3] == ["姓名", "性别", ledgers.HINT] and printed[-1] == "核对人", "what a teacher writes on paper"
    at = {head: place for place, head in enumerate(heads, start=1)}
    names = [first.cell(row, at["姓名"]).value for row in range(2, 7)]
    assert names == NAMES[:5]
    hints = [first.cell(row, at[ledgers.HINT]).value for row in range(2, 7)]
    assert [("同名" in hint) for hint in hints] == [False, False, True, True, False]
    assert "休学" in book["六年级2班"].cell(2, at[ledgers.HINT]).value

    # The teacher fills it in: everyone is there, the two 李强 by number, and a boy nobody has on the register.
    for sheet in (first, book["六年级2班"]):
        for row in range(2, sheet.max_row + 1):
            if sheet.cell(row, at["姓名"]).value:
                sheet.cell(row, at["在校情况"], "在校")
    first.cell(4, at["全国学籍号"], "G" + number(2))
    first.cell(5, at["全国学籍号"], "G" + number(3))
    for head, value in {"年级": 6, "班号": 1, "姓名": "赵新来", "在校情况": "在校", "情形": "借读旁听"}.items():
        first.cell(7, at[head], value)
    filled = tmp_path / "filled" / file.name
    filled.parent.mkdir()
    book.save(filled)
    report = intake.run(filled.parent, store, TERM, Calendar.load())
    assert not report.left_out, report.lines()

    result = engine.check(store, Inspection(TERM, AS_OF))
    classes = result.classes.set_index("class_no")
    assert classes["headcount_rows"].to_dict() == {1: 6, 2: 1}
    assert classes["unchecked"].sum() == 0 and classes["registered_absent"].sum() == 0
    assert classes["present_unregistered"].to_dict() == {1: 1, 2: 0}


def test_three_pairs_of_namesakes_go_out_and_come_back_whole(tmp_path: Path) -> None:
    """In one class, in two classes of a grade, and of one sex without any number on the register; register exported
    anew meanwhile, rows sorted otherwise, names alone typed nowhere."""
    people = [
        ("马丽", 1, True),
        ("马丽", 1, True),
        ("李强", 1, True),
        ("李强", 2, True),
        ("王芳", 2, False),
        ("王芳", 2, False),
    ]
    store = register_of(tmp_path, people)
    file = ledgers.write_headcount(tmp_path / "out", store, TERM, SCHOOL)
    book = openpyxl.load_workbook(file)
    keys, absent_keys = [], []
    for sheet in (book["六年级1班"], book["六年级2班"]):
        at = {cell.value: cell.column for cell in sheet[1]}
        for row in range(2, 2 + sum(1 for r in range(2, sheet.max_row + 1) if sheet.cell(r, at["姓名"]).value)):
            keys.append(sheet.cell(row, at["核对编号"]).value)
            first_of_two = keys[-1] == keys[0] or (row == 3 and sheet.title == "六年级2班")
            sheet.cell(row, at["在校情况"], "不在校" if first_of_two else "在校")
            absent_keys += [keys[-1]] if first_of_two else []
    assert len(set(keys)) == 6 and all(re.fullmatch(r"[A-Z]{5}-[A-Z]{5}", key) for key in keys)
    filled = tmp_path / "filled" / file.name
    filled.parent.mkdir()
    book.save(filled)
    report = intake.run(filled.parent, store, TERM, Calendar.load())
    assert not report.left_out and sum(s.accepted for _, s in report.sheets()) == 6, report.lines()
    register_of(tmp_path, [people[n] for n in (0, 1, 2, 3, 4, 5)], name="再导出", order=(3, 1, 0, 2, 4, 5))
    again = openpyxl.load_workbook(ledgers.write_headcount(tmp_path / "again", store, TERM, SCHOOL))
    again_keys = {
        row[0].value
        for sheet in again.worksheets[:2]
        for row in sheet.iter_rows(2, 7, at["核对编号"], at["核对编号"])
        if row[0].value
    }
    assert again_keys == set(keys), "a new export leads to the same keys"

    result = engine.check(store, Inspection(TERM, AS_OF))
    classes = result.classes.set_index("class_no")
    assert classes["unchecked"].sum() == 0 and classes["present_unregistered"].sum() == 0
    assert classes["registered_absent"].to_dict() == {1: 1, 2: 1}
    absent = result.mismatches[result.mismatches["kind"] == "在籍不在校"]
    assert len(absent) == len(absent_keys) == 2 and set(absent["student"]) <= {"马丽", "王芳", "李强"}


def test_a_row_written_over_with_another_child_has_not_the_key_of_the_one_before(tmp_path: Path) -> None:
    store = register_of(tmp_path, [("马丽", 1, True), ("李强", 1, True)])
    file = ledgers.write_headcount(tmp_path / "out", store, TERM, SCHOOL)
    book = openpyxl.load_workbook(file)
    sheet = book["六年级1班"]
    at = {cell.value: cell.column for cell in sheet[1]}
    sheet.cell(2, at["姓名"], "买买提·吐尔逊江")
    for row in (2, 3):
        sheet.cell(row, at["在校情况"], "在校")
    filled = tmp_path / "filled" / file.name
    filled.parent.mkdir()
    book.save(filled)
    intake.run(filled.parent, store, TERM, Calendar.load())
    classes = engine.check(store, Inspection(TERM, AS_OF)).classes
    assert (classes["unchecked"].sum(), classes["present_unregistered"].sum()) == (1, 1)


def register_of(
    tmp_path: Path, people: list[tuple[str, int, bool]], *, name: str = "名册", order: tuple[int, ...] = ()
) -> Store:
    """A store with a register of (name, class, has a number)."""
    inbox = tmp_path / f"inbox-{name}"
    inbox.mkdir()
    head = "学校标识码,学校名称,办学类型,城乡类别,所属乡镇"
    (inbox / "名录.csv").write_text(f"{head}\n{SCHOOL},白崖乡中心小学,小学,乡村,白崖乡\n", "utf-8")
    rows = []
    for place, (pupil, class_no, has_number) in enumerate(people):
        numbers = f"{number(place)},G{number(place)}" if has_number else ","
        rows.append(f"{SCHOOL},{pupil},女,2015-03-1{place},{numbers},6,{class_no},在读")
    rows = [rows[place] for place in order] if order else rows
    text = "\n".join(["学校标识码,姓名,性别,出生日期,身份证件号,全国学籍号,年级,班号,学生状态", *rows])
    (inbox / f"{name}.csv").write_text(text + "\n", "utf-8")
    store = Store(tmp_path / "store")
    intake.run(inbox, store, TERM, Calendar.load())
    return store
