"""现场检查记录: what was done at the school, what was not, and a check value that ties paper and trail together."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator

import docx
import pytest

from tests.stored_county import lay
from xueji_lib.casebook import on_site_answers, rollcall
from xueji_lib.casebook.carry import event_shape
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.log.events import Actor
from xueji_lib.casebook.on_site_answers import Tick
from xueji_lib.casebook.roster import SchoolClass, students
from xueji_lib.register import catalogue
from xueji_lib.register.vocabulary import Situation
from xueji_lib.reports.letters import kinds, visit_record_letter
from xueji_lib.reports.office_facts import LetterFacts
from xueji_lib.visit import sample_draw, visit_record

pytestmark = pytest.mark.slow  # a random county is laid into a store

QUESTIONS = catalogue.load().questions
IDS = [question.id for question in QUESTIONS]
CLASSES = next(question for question in QUESTIONS if question.id == "S201")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    store, first = lay(tmp_path_factory.mktemp("县"), 4, 3)
    today = first.term.start + dt.timedelta(days=40)
    moment = dt.datetime(today.year, today.month, today.day, 2, tzinfo=dt.UTC)
    with Casebook.open(store, clock=lambda: moment) as book:
        yield Desk(book, store, Actor("王督查", "inspector"), first.term.id, today)


def letter(desk: Desk, school: str) -> tuple[dict[str, object], bytes]:
    record = visit_record.of_visit(desk.book, school, desk.term, QUESTIONS, desk.today)
    assert record is not None
    told = visit_record_letter.values(record, {"school_name": "甲校", "township": "乙乡"}, LetterFacts.load())
    return told, kinds.VISIT_RECORD.content(told)


def test_a_record_says_what_was_done_and_what_was_not(desk: Desk) -> None:
    school = desk.store.schools(desk.term, "register")[0]
    assert visit_record.of_visit(desk.book, school, desk.term, QUESTIONS, desk.today) is None
    sample = sample_draw.take(desk, school, CLASSES, "7")
    drawn = SchoolClass(school, sample.items[0]["grade"], sample.items[0]["class_no"])
    first = next(s for s in students(desk.book, desk.store, desk.term, drawn) if s.registered)
    note = "家长电话 13995012345"
    rollcall.save(desk, drawn, rollcall.Attendance(desk.today, {first.ref: Situation.OUT_OF_REACH}, [], note))
    on_site_answers.answer(desk, school, Tick("S102", "不符合", "没有班主任签字"), questions=IDS)
    told, content = letter(desk, school)
    record = visit_record.of_visit(desk.book, school, desk.term, QUESTIONS, desk.today)
    assert record is not None
    for _ in range(2):
        visit_record.remember(desk, record, str(told["编号"]), str(told["记录校验值"]))
    (noted,) = desk.book.events(school, desk.term, ("record",))
    assert noted.body["check_value"] == told["记录校验值"], "a package takes it along"
    assert event_shape.fault(noted, {school}) == ""
    again, same = letter(desk, school)
    assert (told, content) == (again, same), "the same bytes"
    document = docx.Document(io.BytesIO(content))
    text = "\n".join([p.text for p in document.paragraphs] + [c.text for t in document.tables for c in t._cells])
    assert f"{first.name}（疑似辍学无法联系）" in text and f"{drawn.place}（抽签）" in text
    assert "没有班主任签字" in text and f"{len(IDS) - 1} 问没有填" in text and "没有填不等于符合" in text
    assert "13995012345" not in text and "学校陈述意见" in text and "没有列入督查方案" in text
    assert str(told["记录校验值"]) in text and "王督查" in text


def test_the_check_value_changes_with_what_the_record_says(desk: Desk) -> None:
    school = desk.store.schools(desk.term, "register")[1]
    on_site_answers.answer(desk, school, Tick("S102", "符合"), questions=IDS)
    before, _ = letter(desk, school)
    assert desk.book.line_with(str(before["留痕"])[-16:]) > 0, "the paper names a line of the trail"
    on_site_answers.answer(desk, school, Tick("S102", "不符合", "后来改的"), questions=IDS)
    after, _ = letter(desk, school)
    assert before["记录校验值"] != after["记录校验值"] and before["留痕"] != after["留痕"]
    tampered = dict(after) | {"没有填": ""}
    assert visit_record_letter.check_value(tampered) != after["记录校验值"]
    assert not desk.book.verify().broken
