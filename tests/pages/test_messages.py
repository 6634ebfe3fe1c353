"""What a browser may say: forged messages change nothing and are written down; the same message twice counts once."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from ipywidgets.widgets.widget import _instances
from sqlalchemy import func, select

from xueji_lib import demo
from xueji_lib.casebook import cases, roster
from xueji_lib.casebook.judging import judged
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.log.tables import EVENTS, FILES, TRAIL
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.store import Store
from xueji_lib.support.errors import UsageError
from xueji_lib.web.pages import inspector, visitor
from xueji_lib.web.pages.inspector import Checklist

from .conftest import copy_of

pytestmark = pytest.mark.slow

AS = {"HTTP_X_XUEJI_USER": "wang", "HTTP_X_XUEJI_ROLE": "inspector", "SERVER_SOFTWARE": "voila"}
PART = 512 * 1024


@pytest.fixture
def page(county: Store, tmp_path: Path) -> Iterator[Checklist]:
    """The checklist of the school with the most findings."""
    county = copy_of(county, tmp_path)
    schools = judged(Workplace(county), demo.INSPECTION).findings["school_id"].value_counts()
    made = inspector.open_page(str(schools.index[0]), store=str(county.root), as_of="2026-11-20", environment=AS)
    yield made
    made.desk.book.close()


def kept(book: Casebook) -> tuple[int, int, int]:
    """Events, files, refusals."""
    with book.reading() as connection:
        count = select(func.count())
        refused = count.select_from(TRAIL).where(TRAIL.c.action == "拒绝")
        whole = [count.select_from(EVENTS), count.select_from(FILES), refused]
        return tuple(int(connection.execute(query).scalar_one()) for query in whole)  # type: ignore[return-value]


def table_of(page: Checklist) -> tuple[Any, cases.Case]:
    """A section's table and a finding in it that nobody has decided."""
    case = next(one for one in page.desk.cases().values() if one.state == "疑点")
    return page._table(int(case.finding["violation"])), case


def forged_at_table(page: Checklist) -> Iterator[Any]:
    table, case = table_of(page)
    others = {one.id for one in cases.of_county(page.desk.book, dt.date.today())} - set(page.desk.cases())
    other, mine = sorted(others)[0], {"op": "step", "n": "1", "id": case.id, "seen": list(case.seen)}
    yield from ((table, message) for message in ("step", None, [1], {}, {"op": 3}, {"op": "eval", "n": "1"}))
    for change in (
        {"id": "R201-0000000000000000", "action": "属实", "body": {}},
        {"id": other, "action": "属实", "body": {}},
        {"id": 7, "action": "属实", "body": {}},
        {"seen": "abc", "action": "属实", "body": {}},
        {"seen": [1], "action": "属实", "body": {}},
        {"seen": ["x"] * 1000, "action": "属实", "body": {}},
        {"action": "复核销号", "body": {"note": "直接销号"}},
        {"action": "学校已报整改", "body": {"note": "x", "person": "x", "done": "2026-11-20"}},
        {"action": "已通知", "body": {"due": "2026-12-18"}},
        {"action": "没问题", "body": {}},
        {"action": ["属实"], "body": {}},
        {"action": "属实", "body": "x"},
        {"action": "属实", "body": {"who": "周局长"}},
        {"action": "属实", "body": {"to": "豁免"}},
        {"action": "属实", "body": {"note": 5}},
        {"action": "不属实", "body": {}},
        {"action": "不属实", "body": {"note": "  "}},
        {"action": "待补证", "body": {"note": "字" * 2001}},
        {"action": "待补证", "body": {"note": "字" * 1_000_000}},
        {"action": "豁免", "body": {"note": "x", "reason": "我想", "approver": "x", "until": "2027-01-01"}},
        {"action": "豁免", "body": {"note": "x", "reason": "其他", "approver": "x", "until": "永久"}},
    ):
        yield table, mine | change
    note = {"note": "成批"}
    for chosen, action, body in (
        ({}, "属实", note),
        ({case.id: list(case.seen), other: []}, "属实", note),
        ({case.id: "x"}, "属实", note),
        ({case.id: list(case.seen)} | {str(n): [] for n in range(5000)}, "属实", note),
    ):
        yield table, {"op": "bulk", "n": "1", "chosen": chosen, "action": action, "body": body}
    second = next(one for one in table._desk.cases().values() if one.id != case.id and one.state == "疑点")
    both = {one.id: list(one.seen) for one in (case, second)}
    yield table, {"op": "bulk", "n": "1", "chosen": both, "action": "属实", "body": {}}
    yield table, {"op": "undo", "n": "1", "id": case.id, "seen": list(case.seen)}
    yield table, {"op": "view", "n": "1", "id": case.id, "sha256": "0" * 64}
    yield table, {"op": "rows", "n": "1", "mark": None}
    yield table, {"op": "open", "n": "1", "id": other}


def forged_elsewhere(page: Checklist) -> Iterator[Any]:
    school, desk = page.school, page.desk
    from xueji_lib.register import catalogue
    from xueji_lib.web.panels.questions import Questions

    questions = Questions(desk, school, catalogue.load(), 2)
    answer = {"op": "answer", "n": "1", "id": "S201", "seen": [], "body": {"value": "符合"}}
    for change in (
        {"id": "S101"}, {"id": "R201"}, {"body": {"value": "也许"}}, {"body": {"value": "不符合"}},
        {"body": {"value": "符合", "note": "字" * 3000}}, {"body": None}, {"seen": {}},
    ):  # fmt: skip
        yield questions, answer | change
    found = {"op": "write", "n": "1", "question": "S200", "pupils": []}
    found |= {"body": {"title": "甲", "what": "乙", "severity": "一般", "clause": "三(四)2"}}
    for message in (
        {"op": "draw", "id": "S202", "stamp": "", "body": {}}, {"op": "draw", "id": "S101", "stamp": "", "body": {}},
        {"op": "replace", "id": "S201", "stamp": "", "number": 1, "body": {"why": "甲"}}, {"op": "sheet", "id": "S201"},
        {"op": "check", "id": "S204/0123", "seen": [], "body": {"value": "相符"}}, {"op": "pupils", "grade": "1"},
        {"op": "rewrite", "id": "S200-0123456789abcdef", "seen": [], "body": {}}, found | {"question": "S100"},
        {"op": "withdraw", "id": "S200-0123456789abcdef", "seen": [], "body": {"note": "甲"}}, found | {"pupils": "甲"},
        found | {"pupils": [{"grade": 1, "class_no": 1, "name": "查无此人", "ref": "1"}]}, found | {"body": {}},
        found | {"pupils": [{"item": "S201/0123456789abcdef"}]}, found | {"body": {**found["body"], "due": "明天"}},
        {"op": "part", "n": "9", "id": "S200-0123456789abcdef", "part": 0, "name": "x", "size": 1, "parts": 1},
    ):  # fmt: skip
        yield questions, {"n": "1", **message}
    roll = page.rollcall().parts[0]
    grade, number, _ = roster.classes(desk.store, desk.term, desk.school_id)[0]
    ref = roster.students(desk.book, desk.store, desk.term, roster.SchoolClass(desk.school_id, grade, number))[0].ref
    good = {"op": "save", "n": "1", "grade": grade, "class_no": number, "day": "2026-11-20", "absent": {ref: "请假"}}
    good |= {"extra": [], "note": "", "seen": []}
    for change in (
        {"absent": {"x": "请假"}}, {"absent": {ref: "逃学"}}, {"absent": {ref: 1}}, {"absent": []}, {"grade": True},
        {"grade": "1"}, {"grade": 13}, {"class_no": 99}, {"day": "昨天"}, {"day": "2026-11-21"}, {"extra": "x"},
        {"extra": [{"name": ""}]}, {"extra": [{"name": "甲", "sex": "x"}]}, {"extra": [{"kept": 0}]},
        {"extra": [{"name": "字" * 61}]}, {"note": None}, {"extra": [{"name": "甲"}] * 401},
    ):  # fmt: skip
        yield roll, good | change
    yield roll, {"op": "judged", "n": "1", "where": [1, 1, "2026-11-20"]}
    sign = page.signoff()
    for step in ("countersign", "reopen", "delete", 1):
        yield sign, {"op": "sign", "n": "1", "step": step, "seen": [], "body": {"note": "x"}}
    yield sign, {"op": "measure", "n": "1", "seen": [], "body": {"measure": "追究责任", "note": "x"}}
    yield from forged_signatures(page.visit_record().parts[0])
    papers = page.visit_record().parts[1]
    yield papers, {"op": "make", "n": "1", "id": "../record"}
    yield papers, {"op": "part", "n": "1", "id": "", "part": 0, "parts": 1, "size": 2**40, "name": "x.xlsx"}


def forged_signatures(record: Any) -> Iterator[Any]:
    """Nobody was at the school so far: there is nothing to sign."""
    body = {"signer": "学校负责人", "name": "张建国", "way": "纸上手签", "note": "", "of": "0" * 16}
    good = {"op": "sign", "n": "1", "seen": [], "body": body, "drawing": ""}
    for change in (
        {}, {"drawing": "@@@"}, {"drawing": "QUJD"}, {"drawing": "x" * 500_000}, {"drawing": None}, {"seen": "x"},
        {"body": None}, {"body": body | {"who": "周局长"}}, {"body": body | {"signer": "家长"}},
        {"body": body | {"name": ""}}, {"body": body | {"name": "../x"}}, {"body": body | {"way": "手写签名"}},
        {"body": body | {"way": "拒绝签字"}}, {"body": body | {"note": "字" * 5000}},
        {"op": "statement", "body": {"value": "好", "note": ""}},
        {"op": "statement", "body": {"value": "有异议", "note": " "}},
        {"op": "statement", "body": {"value": "没有异议", "note": "", "who": "x"}},
        {"op": "statement", "body": {"value": "没有异议", "note": ""}},
    ):  # fmt: skip
        yield record, good | change


@pytest.mark.parametrize("forged", [forged_at_table, forged_elsewhere])
def test_a_forged_message_changes_nothing_and_is_written_down(page: Checklist, forged: Any) -> None:
    book = page.desk.book
    for panel, message in forged(page):
        events, files, refused = kept(book)
        reply = panel.answer(message)
        assert reply["kind"] == "refused", message
        assert kept(book) == (events, files, refused + 1), message
    assert book.verify().broken == ""


def test_a_file_is_taken_by_its_bytes_and_size_not_by_its_name(page: Checklist) -> None:
    table, case = table_of(page)
    book = page.desk.book
    start = {"op": "part", "n": "u", "id": case.id, "part": 0, "name": "照片.jpg", "parts": 1}
    script = b"<script>alert(1)</script>"
    for message, buffers in (
        (start | {"size": len(script)}, [memoryview(script)]),
        (start | {"size": 30 * 2**20}, [memoryview(b"x")]),
        (start | {"size": 5}, []),
        (start | {"size": 5}, [memoryview(b"x" * (PART + 1))]),
        (start | {"size": 5}, [memoryview(b"four")]),
        (start | {"part": 1}, [memoryview(b"x")]),
        (start | {"id": "R201-0"}, [memoryview(b"x")]),
    ):
        before = kept(book)
        assert table.answer(message, buffers)["kind"] == "refused"
        assert kept(book) == (*before[:2], before[2] + 1)


def test_a_browser_cannot_set_what_the_page_shows(page: Checklist) -> None:
    table, _ = table_of(page)
    shown, before = list(table.rows), kept(page.desk.book)
    for state in ({"rows": []}, {"spec": {"columns": []}}, {"key": "li"}, {"_esm": "x"}):
        table._handle_msg({"content": {"data": {"method": "update", "state": state}}, "buffers": []})
    assert (table.rows, table.key.split("/")[0]) == (shown, "wang")
    assert kept(page.desk.book) == (*before[:2], before[2] + 4)
    script, source = table.script, table.script.source
    assert all(page._table(number).script is script for number in range(1, 8)), "sent once for all of a kind"
    for state in ({"source": "alert(1)"}, {"style": "*{}"}):
        script._handle_msg({"content": {"data": {"method": "update", "state": state}}, "buffers": []})
    assert script.source == source != "" and script.style


def test_the_same_message_again_is_saved_already(page: Checklist) -> None:
    table, case = table_of(page)
    two = [one for one in table._desk.cases().values() if one.state == "疑点"][:2]
    step = {
        "op": "step",
        "n": "1",
        "id": case.id,
        "seen": list(case.seen),
        "action": "待补证",
        "body": {"note": " 等证明 "},
    }
    before = kept(page.desk.book)
    first = table.answer(step)
    again = table.answer(step | {"n": "2"})
    assert (first["kind"], again["kind"]) == ("saved", "saved")
    assert first["rows"] == again["rows"]
    assert kept(page.desk.book)[0] == before[0] + 1
    undo = {"op": "undo", "n": "3", "id": case.id, "seen": first["rows"][0]["seen"]}
    assert [table.answer(undo)["kind"] for _ in range(2)] == ["saved", "saved"]
    assert kept(page.desk.book)[0] == before[0] + 2
    now = page.desk.cases()
    chosen = {one.id: list(now[one.id].seen) for one in two}
    bulk = {"op": "bulk", "n": "4", "chosen": chosen, "action": "不属实", "body": {"note": "核对过"}}
    assert [table.answer(bulk)["kind"] for _ in range(2)] == ["saved", "saved"]
    assert kept(page.desk.book)[0] == before[0] + 4
    # Another word in the same knowledge is no repetition: someone was quicker.
    other = table.answer(step | {"body": {"note": "别的话"}})
    assert (other["kind"] == "conflict" and other["rows"][0]["state"] == now[case.id].state) or case.id in chosen
    assert kept(page.desk.book)[0] == before[0] + 4


def test_a_principal_and_a_stranger_never_get_the_page(county: Store) -> None:
    served = {"SERVER_SOFTWARE": "voila"}
    who = {"HTTP_X_XUEJI_USER": "ma", "HTTP_X_XUEJI_ROLE": "principal", "HTTP_X_XUEJI_SCHOOL": "2164422001"}
    for said in (served, served | who, served | {"HTTP_X_XUEJI_USER": "x", "HTTP_X_XUEJI_ROLE": "admin"}):
        with pytest.raises(UsageError):
            inspector.open_page(store=str(county.root), environment={**said, "QUERY_STRING": "school=1&role=director"})
    assert visitor.visitor({}).role == "inspector" and "本机" in visitor.visitor({}).name


def test_a_large_school_keeps_within_its_bounds(sample_store: Store, sample: ModuleType) -> None:
    before = set(_instances)
    page = inspector.open_page(sample.BIG, store=str(sample_store.root), as_of="2026-11-20", environment=AS)
    tables = [page._table(number) for number in range(1, 8)]
    page.overview()
    for number in range(1, 8):
        page.section(number)
    page.rollcall()
    page.signoff()
    made = len(set(_instances) - before) - len(tables)
    assert 17 <= made <= 30  # each has one comm
    assert sum(len(table.rows) for table in tables) > 440
    took = []
    for case in [one for one in page.desk.cases().values() if one.finding["violation"] == "7"][:7]:
        start = time.perf_counter()
        step = {"op": "step", "n": "1", "id": case.id, "seen": [], "action": "属实", "body": {}}
        assert tables[6].answer(step)["kind"] == "saved"
        took.append(time.perf_counter() - start)
    assert sorted(took)[3] < 0.2, took
