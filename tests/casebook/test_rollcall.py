"""Roll-call: what was seen in a class against what the school reported, and what the rules make of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.casebook.conftest import INSPECTOR, SECOND, Clock
from xueji_lib.casebook import cases, explanations, false_report, rollcall, rollcall_outcome, roster
from xueji_lib.casebook.carry.merge import merge
from xueji_lib.casebook.carry.package import pack
from xueji_lib.casebook.carry.sealed import Sealed
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.explanations import Explanation
from xueji_lib.casebook.log.book import Casebook, Conflict
from xueji_lib.casebook.log.events import Actor
from xueji_lib.casebook.rules_input import write_rules_input
from xueji_lib.casebook.sightings import sync
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.judge import engine, shelf
from xueji_lib.register import schema
from xueji_lib.register.inspection import Inspection
from xueji_lib.store import Store
from xueji_lib.store.at_rest import from_records
from xueji_lib.support.errors import UsageError

DAY = dt.date(2026, 11, 20)
AFTER = dt.date(2026, 11, 30)
"""The first working day after the week that a school has to explain what a roll-call of ``DAY`` found."""
SCHOOL, TERM = "2164000001", "2026-2027-1"
FIRST = roster.SchoolClass(SCHOOL, 1, 1)


def number(place: int) -> str:
    from xueji_lib.register.identity import check_digit

    first = f"64042220150312{place:03d}"
    return first + check_digit(first)


PUPILS = [f"学生{name}" for name in "甲乙丙丁戊己庚辛"]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """One class of eight that the school reported as all present, one of two that it did not count."""
    made = Store(tmp_path / "仓")
    here = {"school_id": SCHOOL}
    school = here | {"school_name": "柳树小学", "school_kind": "小学", "area": "乡村", "township": "白崖乡"}
    people = [
        here | {"name": name, "sex": "男", "id_number": number(i), "grade": 1, "class_no": 1 if i < 8 else 2}
        for i, name in enumerate([*PUPILS, "另班一", "另班二"])
    ]
    people = [one | {"status": "休学" if one["name"] == "学生辛" else "在读"} for one in people]
    counted = {"presence": "在校", "check_date": dt.datetime(2026, 9, 3), "checker": "李老师"}
    names = ("school_id", "name", "id_number", "grade", "class_no")
    said = [{name: one[name] for name in names} | counted for one in people[:7]]
    tables = {
        "schools": from_records(schema.SCHOOLS, [school], "名录.xlsx", "Sheet1"),
        "register": from_records(schema.REGISTER, people, "名册.xlsx", "Sheet1"),
        "headcount": from_records(schema.HEADCOUNT, said, "核对表.xlsx", "一1"),
    }
    made.commit(TERM, tables, made.rejected(TERM), {"time": "2026-09-03", "files": ["核对表.xlsx"]})
    return made


@pytest.fixture
def book(store: Store) -> Iterator[Casebook]:
    with Casebook.open(store, clock=Clock()) as opened:
        yield opened


def refs(book: Casebook, store: Store) -> dict[str, str]:
    return {s.name: s.ref for s in roster.students(book, store, TERM, FIRST)}


def call(book: Casebook, store: Store, absent: dict[str, str], **more: object) -> rollcall.RollCall:
    there = refs(book, store)
    given: dict[str, Any] = {"extra": [], "actor": INSPECTOR, "note": "", "seen": None} | more
    said = {there.get(name, name): why for name, why in absent.items()}
    desk = Desk(book, store, given["actor"], TERM, DAY)
    return rollcall.save(desk, FIRST, rollcall.Attendance(DAY, said, given["extra"], given["note"]), seen=given["seen"])


@pytest.mark.slow
def test_six_away_where_all_were_reported_present(book: Casebook, store: Store) -> None:
    before = shelf.obtain(store, Inspection(TERM, DAY))
    sync(book, store, before)
    school = before.school(SCHOOL)
    assert not (school.findings["rule_id"] == "R201").any()
    stranger = {"name": "马 小明", "sex": "男", "number": "", "situation": "借读旁听", "origin": "邻县"}
    roll = call(book, store, dict.fromkeys(PUPILS[:6], "其他"), extra=[stranger])
    compared, delta = rollcall_outcome.settle(book, store, school, roll)
    assert (compared.reported_present, compared.reported_absent, compared.present, compared.absent) == (7, 0, 1, 6)
    assert compared.absent_at_call == tuple(sorted(PUPILS[:6]))
    assert compared.not_reported == ("马小明",)
    new = [(finding_id[:4], who) for finding_id, _, who in delta.new]
    assert not [who for rule, who in new if rule == "R201"], "the school has a week to explain"
    waiting = engine.check(store, Inspection(TERM, DAY), school=SCHOOL).awaiting
    assert set(waiting.loc[waiting["rule_id"] == "R201", "student"]) == set(PUPILS[:6])
    later = engine.check(store, Inspection(TERM, AFTER), school=SCHOOL)
    assert set(later.findings.loc[later.findings["rule_id"] == "R201", "student"]) == set(PUPILS[:6])
    assert later.awaiting.empty
    assert ("R517", "马小明") in new
    false_report = [c for c in cases.of_school(book, SCHOOL, DAY) if c.finding["rule_id"] == "S201"]
    assert [(c.finding["violation"], c.state) for c in false_report] == [("2", "现场发现，待学校说明")]
    assert "报在校 7 人、不在校 0 人；2026-11-20 现场点名在校 1 人、不在 6 人" in false_report[0].finding["evidence"]
    assert list(store.read(TERM, "headcount")["presence"]) == ["在校"] * 7, "the school's word stays"
    sync(book, store, shelf.obtain(store, Inspection(TERM, DAY), force=True))
    kept = [c for c in cases.of_school(book, SCHOOL, DAY) if c.finding["rule_id"] == "S201"]
    assert kept[0].marks == (), "no run of the machine takes back what people saw"


def test_on_a_laptop_only_what_the_school_itself_decides_is_judged_anew(
    book: Casebook, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package holds neither other schools nor the county's own tables: what is found from those stays as it was."""
    monkeypatch.setattr("xueji_lib.casebook.carry.sealed._COST", {"n": 2**4, "r": 8, "p": 1})
    told = {"school_id": SCHOOL, "received_date": DAY, "category": "拖延办理", "verified": "属实", "content": "转学"}
    tables = {"complaints": from_records(schema.COMPLAINTS, [told], "投诉.xlsx", "Sheet1")}
    store.commit(TERM, tables, store.rejected(TERM).iloc[:0], {"time": "2026-11-20", "files": ["投诉.xlsx"]})
    before = shelf.obtain(store, Inspection(TERM, DAY))
    sync(book, store, before)
    assert (before.findings["rule_id"] == "R605").any()
    package = Sealed(tmp_path / "带出.xjpack", "督查-口令-2026")
    pack(Workplace(store), INSPECTOR, [SCHOOL], before, package)
    merge(tmp_path / "laptop", "", package, INSPECTOR)
    part = Store.open(tmp_path / "laptop")
    with Casebook.open(part, clock=Clock()) as carried:
        school = shelf.obtain(part, Inspection(TERM, DAY)).school(SCHOOL)
        call(carried, part, {}, extra=[{"name": "马小明", "situation": "借读旁听"}])
        delta, _ = rollcall_outcome.rejudged(carried, part, school, DAY)
    assert {finding_id[:4] for finding_id, _, _ in delta.new} >= {"R517"}
    assert "R605" not in {finding_id[:4] for finding_id, _, _ in delta.gone}


def test_a_roll_that_agrees_finds_nothing(book: Casebook, store: Store) -> None:
    roll = call(book, store, {})
    compared = false_report.compare(store, TERM, SCHOOL, roll)
    assert not compared.differs
    assert (compared.present, compared.absent) == (7, 0), "who is suspended is neither"


@pytest.mark.parametrize(
    ("absent", "more", "told"),
    [
        ({"ffff": "其他"}, {}, "不在这个班"),
        ({"学生甲": "逃课"}, {}, "情形应是"),
        ({}, {"extra": [{"name": " "}]}, "要有姓名"),
        ({}, {"extra": [{"name": "马", "sex": "x"}]}, "性别"),
        ({}, {"extra": [{"name": "马", "situation": "随便"}]}, "情形应是"),
        ({}, {"extra": ["马"]}, "格式不对"),
        ({}, {"note": "长" * 501}, "500 字"),
        ({}, {"actor": Actor("张校长", "principal", SCHOOL)}, "督查人员"),
    ],
)
def test_what_makes_no_sense_is_refused(
    book: Casebook, store: Store, absent: dict[str, str], more: dict[str, object], told: str
) -> None:
    mark = store.fingerprint(TERM)
    with pytest.raises(UsageError, match=told):
        call(book, store, absent, **more)
    assert (store.fingerprint(TERM), book.verify().lines) == (mark, 0)


def test_two_who_call_the_same_class_do_not_overwrite_one_another(book: Casebook, store: Store) -> None:
    call(book, store, {"学生甲": "请假"}, seen=())
    with pytest.raises(Conflict):
        call(book, store, {"学生乙": "请假"}, seen=(), actor=SECOND)
    roll = rollcall.of_class(book, TERM, FIRST, DAY)
    assert roll is not None
    assert list(roll.absent.values()) == ["请假"]
    again = call(book, store, {"学生甲": "请假", "学生乙": "其他"}, seen=roll.seen, actor=SECOND)
    assert (len(again.events), again.conflict) == (2, False)


def test_no_number_leaves_through_a_page(book: Casebook, store: Store) -> None:
    roll = call(book, store, {"学生甲": "请假"}, extra=[{"name": "马小明", "number": number(50)}])
    shown = f"{roster.students(book, store, TERM, FIRST)}{roll.absent}{roll.extra}"
    assert not any(number(i) in shown for i in range(60))


@pytest.mark.slow
def test_a_principal_s_word_on_each_counts(book: Casebook, store: Store) -> None:
    call(book, store, dict.fromkeys(PUPILS[:2], "其他"))
    found = shelf.obtain(store, Inspection(TERM, AFTER)).school(SCHOOL).findings
    assert set(found.loc[found["rule_id"] == "R711", "student"]) == {"学生甲", "学生乙"}
    principal = Desk(book, store, Actor("张校长", "principal", SCHOOL), TERM, DAY)
    first, second = explanations.mismatches(book, store, SCHOOL, TERM)
    stranger = replace(principal, actor=Actor("李校长", "principal", "2164000002"))
    with pytest.raises(UsageError, match="贵校"):
        explanations.explain(stranger, SCHOOL, first.ref, Explanation("请假"))
    said = Explanation("随父母外出两周", "已联系")
    done = explanations.explain(principal, SCHOOL, first.ref, said, seen=first.seen)
    assert (done.note, done.needed, second.needed) == ("随父母外出两周", False, True)
    write_rules_input(book, store, TERM)
    found = shelf.obtain(store, Inspection(TERM, AFTER)).school(SCHOOL).findings
    assert set(found.loc[found["rule_id"] == "R711", "student"]) == {second.name}
    explanations.explain(principal, SCHOOL, first.ref, Explanation(""), seen=done.seen)  # taken back
    write_rules_input(book, store, TERM)
    found = shelf.obtain(store, Inspection(TERM, AFTER)).school(SCHOOL).findings
    assert set(found.loc[found["rule_id"] == "R711", "student"]) == {"学生甲", "学生乙"}
