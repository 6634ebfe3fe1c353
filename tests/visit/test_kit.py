"""The paper kit: printed, filled in by hand, typed into the same file, and entered; what is there stays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import openpyxl
import pytest

from tests.stored_county import lay
from xueji_lib.casebook import cases, on_site_answers, on_site_findings, rollcall
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.log.events import Actor
from xueji_lib.casebook.on_site_answers import Tick
from xueji_lib.casebook.on_site_findings import OfSchool
from xueji_lib.casebook.roster import SchoolClass, classes, students
from xueji_lib.casebook.sightings import sync
from xueji_lib.judge import shelf
from xueji_lib.register import catalogue
from xueji_lib.register.vocabulary import CaseState, Situation
from xueji_lib.reports.workbooks import visit_kit_book
from xueji_lib.store import Store
from xueji_lib.support.errors import UsageError
from xueji_lib.visit import kit_entry
from xueji_lib.visit import kit_form as form

pytestmark = pytest.mark.slow  # a random county is laid into a store

CATALOGUE = catalogue.load()
QUESTIONS = CATALOGUE.questions
IDS = [question.id for question in QUESTIONS]
ACTOR = Actor("王督查", "inspector")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    store, first = lay(tmp_path / "县", 4, 3)
    today = first.term.start + dt.timedelta(days=40)
    moment = dt.datetime(today.year, today.month, today.day, 2, tzinfo=dt.UTC)
    with Casebook.open(store, clock=lambda: moment) as book:
        yield Desk(book, store, ACTOR, first.term.id, today)


def named(school_id: str) -> OfSchool:
    return OfSchool(school_id, "甲校", CATALOGUE.edition)


def test_what_was_written_by_hand_comes_into_the_casebook(desk: Desk, tmp_path: Path) -> None:
    school = desk.store.schools(desk.term, "register")[0]
    places = [SchoolClass(school, grade, number) for grade, number, _ in classes(desk.store, desk.term, school)]
    called = max(places, key=lambda place: len(students(desk.book, desk.store, desk.term, place)))
    rolls = {place: students(desk.book, desk.store, desk.term, place) for place in places}
    on_site_answers.answer(desk, school, Tick("S103", "符合"), questions=IDS)
    kit = tmp_path / form.FILE
    content = visit_kit_book.content((school, "甲校"), desk.term, desk.today, QUESTIONS, rolls, [])
    assert content == visit_kit_book.content((school, "甲校"), desk.term, desk.today, QUESTIONS, rolls, [])
    kit.write_bytes(content)
    workbook = openpyxl.load_workbook(kit)
    rows = {row[0].value: row for row in workbook[form.ANSWERS].iter_rows(min_row=4)}
    for number, value, note in (("S101", "符合", ""), ("S102", "不符合", ""), ("S103", "不符合", "没有台账")):
        rows[number][2].value, rows[number][3].value = value, note
    sheet = workbook[f"{form.CLASS}{called.place}"]
    sheet["F2"] = dt.datetime(desk.today.year, desk.today.month, desk.today.day)
    registered = next(pupil for pupil in rolls[called] if pupil.registered)
    for row in sheet.iter_rows(min_row=4):
        if row[7].value == registered.ref:
            row[5].value = Situation.OUT_OF_REACH
        if row[7].value == form.EXTRA and row[0].row == sheet.max_row:
            row[1].value, row[5].value = "买买提", "借读旁听"
    workbook.save(kit)
    school_id, term, sheets = kit_entry.read(kit)
    entered = kit_entry.enter(desk, named(school_id), sheets, CATALOGUE)
    assert (school_id, term) == (school, desk.term) and entered.counts["点名的班"] == 1, "a class without a day is none"
    told = "\n".join(entered.refused)
    assert "S102：不符合的要写说明" in told and "S103：台账里已经是“符合”" in told and len(entered.refused) == 2
    answers = on_site_answers.of_school(desk.book, school, desk.term, IDS)
    assert [answers[n].value for n in ("S101", "S102", "S103", "S201")] == ["符合", "", "符合", ""]
    (roll,) = rollcall.of_school(desk.book, school, desk.term)
    assert (roll.grade, roll.class_no, roll.day) == (called.grade, called.class_no, desk.today)
    assert roll.absent[registered.ref] == Situation.OUT_OF_REACH and roll.extra[0]["name"] == "买买提"
    unmarked = [pupil for pupil in rolls[called] if pupil.ref != registered.ref]
    as_reported = {pupil.ref: pupil.preset for pupil in unmarked if pupil.preset}
    assert {ref: mark for ref, mark in roll.absent.items() if ref != registered.ref} == as_reported
    again = kit_entry.enter(desk, named(school_id), sheets, CATALOGUE)
    assert again.counts == {"现场核查": 0, "点名的班": 0} and any("已经点过" in line for line in again.refused)


def test_an_answer_or_a_line_by_hand_becomes_a_finding_once_whoever_types_it(desk: Desk, tmp_path: Path) -> None:
    school = desk.store.schools(desk.term, "register")[0]
    kit = tmp_path / form.FILE
    kit.write_bytes(visit_kit_book.content((school, "甲校"), desk.term, desk.today, QUESTIONS, {}, []))
    workbook = openpyxl.load_workbook(kit)
    answers = {row[0].value: row for row in workbook[form.ANSWERS].iter_rows(min_row=4)}
    marked = {
        "S101": ("不符合", "两份没有签字"),
        "S102": ("符合", ""),
        "S103": ("不符合", ""),
        "S204": ("不符合", "没有"),
    }
    for number, (value, note) in marked.items():
        answers[number][2].value, answers[number][3].value, answers[number][4].value = value, note, "是"
    answers["S204"][4].value = None
    first, second, third = list(workbook[form.BY_HAND].iter_rows(min_row=4, max_row=6))
    seen = "档案堆在走廊，家长电话 13995012345"
    for cell, value in zip(first[1:], ("7 其他事项", "档案没有锁", seen, "较重"), strict=True):
        cell.value = value
    second[2].value = "不知道哪一类"
    third[1].value, third[3].value = "3 伪造改动数据", "没有写问题"
    workbook.save(kit)
    _, _, sheets = kit_entry.read(kit)
    entered = kit_entry.enter(desk, named(school), sheets, CATALOGUE)
    assert entered.counts["现场发现"] == 2
    told = "\n".join(entered.refused)
    assert "S102：台账里的结论不是“不符合”" in told
    assert "S103：不符合的要写说明" in told and "S103：台账里的结论不是" in told
    assert "第 2 行：哪一类只写" in told and "第 3 行：现场发现要写问题" in told
    written = {one.finding.question: one for one in on_site_findings.of_school(desk.book, school, desk.term)}
    assert set(written) == {"S101", "S700"}, "an answer without a mark is none"
    of_answer, by_hand = written["S101"].finding, written["S700"].finding
    begins = CATALOGUE.finding_form(1, next(question for question in QUESTIONS if question.id == "S101"))
    assert (of_answer.what, of_answer.title, of_answer.severity) == ("两份没有签字", begins.title, begins.severity)
    assert (by_hand.title, by_hand.severity) == ("档案没有锁", "较重") and "13995012345" not in by_hand.what
    colleague = Desk(desk.book, desk.store, Actor("李督查", "inspector"), desk.term, desk.today)
    assert kit_entry.enter(colleague, named(school), sheets, CATALOGUE).counts["现场发现"] == 0
    assert len(on_site_findings.of_school(desk.book, school, desk.term)) == 2
    one = written["S700"]
    on_site_findings.withdraw(desk, school, one.id, note="看错了", seen=one.seen)
    again = kit_entry.enter(desk, named(school), sheets, CATALOGUE)
    assert any("撤回" in line for line in again.refused), "what was taken back does not come again by itself"


def test_verdicts_are_entered_once_and_never_over_anothers(sample_store: Store, sample: ModuleType) -> None:
    answer = shelf.newest(sample_store, sample.TERM)
    assert answer is not None
    with Casebook.open(sample_store) as book:
        sync(book, sample_store, answer)
        desk = Desk(book, sample_store, ACTOR, sample.TERM, dt.date(2026, 11, 25))
        first, second, third = [case.id for case in cases.of_school(book, sample.BIG, desk.today)][:3]
        other = next(case.id for case in cases.of_school(book, sample.ODD, desk.today))
        cases.decide(desk, second, {"to": CaseState.CONFIRMED, "note": ""})
        head = [form.NUMBER, "程度", "疑点", "班级、学生", "证据", form.VERDICT, form.NOTE]
        told = [[first, "", "", "", "", "属实", "看过原件"], [second, "", "", "", "", "不属实", "写错"],
                [third, "", "", "", "", "", "待定"], [other, "", "", "", "", "属实", ""]]  # fmt: skip
        entered = kit_entry.enter(desk, named(sample.BIG), {form.FINDINGS: [["疑点"], [""], head, *told]}, CATALOGUE)
        states = [cases.case(book, finding, desk.today).state for finding in (first, second, third, other)]
    assert states == [CaseState.CONFIRMED, CaseState.CONFIRMED, CaseState.OPEN, CaseState.OPEN]
    assert entered.counts == {"认定": 1} and len(entered.refused) == 3


def test_another_file_is_no_kit(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    workbook.save(tmp_path / "别的.xlsx")
    for file in (tmp_path / "别的.xlsx", tmp_path / "没有.xlsx"):
        with pytest.raises(UsageError, match="xueji visit kit"):
            kit_entry.read(file)
