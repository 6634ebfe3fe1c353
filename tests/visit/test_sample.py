"""Samples of on-site questions: declared in the catalogue, drawn by lot, kept, replaced only for a reason."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from tests.stored_county import lay
from xueji_lib.casebook.carry import event_shape
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.log.events import Actor
from xueji_lib.register import catalogue, schema
from xueji_lib.register.catalogue import Question
from xueji_lib.register.sampling import sampling
from xueji_lib.reports.workbooks import sample_book
from xueji_lib.support.errors import UsageError
from xueji_lib.visit import sample_draw
from xueji_lib.visit.frame import frame_of

pytestmark = pytest.mark.slow  # a random county is laid into a store

ASKED = {q.id: q for q in catalogue.load().questions if q.sample is not None}
ACTOR = Actor("王督查", "inspector")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    store, first = lay(tmp_path_factory.mktemp("县"), 4, 5)
    with Casebook.open(store) as book:
        yield Desk(book, store, ACTOR, first.term.id, dt.date(2026, 11, 20))


def largest(desk: Desk, question: Question) -> str:
    """The school with the most to draw from."""
    assert question.sample is not None
    asked = sampling(question.id, question.sample)
    schools = desk.store.schools(desk.term, "schools")
    return max(schools, key=lambda school: len(frame_of(desk.store, desk.term, school, asked).candidates))


def test_every_question_that_asks_for_a_sample_says_so_in_the_catalogue() -> None:
    assert {"S101", "S104", "S201", "S204", "S205", "S301", "S501", "S502", "S601", "S706", "S707", "S708"} == set(
        ASKED
    )
    told = [q for q in catalogue.load().questions if "抽" in q.ask or "回访" in q.ask]
    assert {q.id for q in told} == set(ASKED)
    for question in told:
        assert f"{question.sample['n']}" in question.ask or not any(c.isdigit() for c in question.ask)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"unit": "老师", "n": 3}, "unit"),
        ({"unit": "学生", "n": 3}, "from"),
        ({"unit": "学生", "n": 3, "from": [{"table": "转学台账", "show": ["身份证件号"]}]}, "个人信息"),
        ({"unit": "学生", "n": 3, "from": [{"table": "转学台账", "show": ["转学日子"]}]}, "没有“转学日子”"),
    ],
)
def test_a_sample_that_is_declared_wrongly_is_refused(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        sampling("S999", wrong)


def test_the_same_seed_draws_the_same_in_another_store_and_every_stratum_is_heard(desk: Desk, tmp_path: Path) -> None:
    question = ASKED["S601"]
    school = largest(desk, question)
    other, _ = lay(tmp_path / "县", 4, 5)
    asked = sampling(question.id, question.sample or {})
    bodies = [
        sample_draw.draw(frame_of(store, desk.term, school, asked), question, "7", f"{desk.term} {school}")
        for store in (desk.store, other)
    ]
    assert bodies[0] == bodies[1]
    others = [
        sample_draw.draw(frame_of(desk.store, desk.term, school, asked), question, str(n), "")["items"]
        for n in range(9)
    ]
    assert any(drawn != bodies[0]["items"] for drawn in others)
    strata = [item["stratum"] for item in bodies[0]["items"]]
    assert len(strata) == min(3, sum(bodies[0]["strata"].values()))
    assert len(set(strata)) == min(len(bodies[0]["strata"]), 3)


def test_a_sample_stays_and_gives_way_only_for_a_reason(desk: Desk) -> None:
    few = dict(ASKED["S101"].sample or {}) | {"n": 1}
    question = replace(ASKED["S101"], sample=few)
    school = largest(desk, question)
    first = sample_draw.take(desk, school, question, "7")
    assert sample_draw.take(desk, school, question) == first
    with pytest.raises(UsageError, match="写明理由"):
        sample_draw.take(desk, school, question, "8")
    with pytest.raises(UsageError, match="理由"):
        sample_draw.replace(desk, school, "S101", 1, " ")
    changed = sample_draw.replace(desk, school, "S101", 1, "请假，家长电话 13995012345")
    assert changed.items[0] != first.items[0] and changed.items[0]["stratum"] == first.items[0]["stratum"]
    assert "13995012345" not in changed.replaced[0]["why"] and changed.replaced[0]["old"] == first.items[0]
    anew = sample_draw.take(desk, school, question, "8", again="班级今天外出")
    assert (anew.times, anew.why) == (2, "班级今天外出") and not desk.book.verify().broken
    sheet = openpyxl.load_workbook(io.BytesIO(sample_book.content("甲校", desk.term, desk.today, [("问", anew)])))[
        "S101"
    ]
    text = "\n".join(str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value)
    assert "班级今天外出" in text and anew.check_value[:16] in text


def test_no_full_number_leaves_the_store(desk: Desk) -> None:
    for question in ASKED.values():
        sample_draw.take(desk, largest(desk, question), question)
    numbers = {
        str(number)
        for table in ("transfers", "suspensions", "changes", "register")
        if desk.store.has(desk.term, table)
        for column in ("id_number", "register_no", "before", "after")
        if any(c.id == column for c in schema.TABLES[table])
        for number in desk.store.read(desk.term, table)[column].dropna()
        if len(str(number)) > 9
    }
    schools = desk.store.schools(desk.term, "schools")
    kept = "".join(json.dumps(dict(e.body)) for s in schools for e in desk.book.events(s, desk.term, ("draw",)))
    assert len(numbers) > 20 and len(kept) > 1000
    assert not [number for number in numbers if number in kept]
    draws = [event for school in schools for event in desk.book.events(school, desk.term, ("draw",))]
    assert {event_shape.fault(event, {event.school_id}) for event in draws} == {""}, "a package with them is taken"


def test_what_cannot_be_drawn_is_told(desk: Desk) -> None:
    question = ASKED["S301"]
    asked = sampling(question.id, question.sample or {})
    schools = desk.store.schools(desk.term, "schools")
    without = next(s for s in schools if not frame_of(desk.store, desk.term, s, asked).candidates)
    body = sample_draw.draw(frame_of(desk.store, desk.term, without, asked), question, "7", "")
    assert body["items"] == [] and sum(body["strata"].values()) == 0
    words = sample_draw.take(desk, without, question).words
    assert words.startswith("没有可抽的学生。")
