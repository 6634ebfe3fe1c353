"""Roll-call: what was seen in a class against what the school reported, and what the rules make of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from tests.casebook.conftest import INSPECTOR, SECOND, Clock
from xueji_lib.casebook import cases, explain, roll_check, rollcall
from xueji_lib.casebook.book import Casebook, Conflict
from xueji_lib.casebook.bring import bring
from xueji_lib.casebook.events import Actor
from xueji_lib.casebook.sightings import sync
from xueji_lib.county.onsite import with_rollcalls
from xueji_lib.judge import shelf
from xueji_lib.register import schema
from xueji_lib.store import Store
from xueji_lib.store.at_rest import from_records
from xueji_lib.support.errors import UsageError

DAY = dt.date(2026, 11, 20)
SCHOOL, TERM = "2164000001", "2026-2027-1"


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
    return {s.name: s.ref for s in rollcall.students(book, store, TERM, SCHOOL, 1, 1)}


def call(book: Casebook, store: Store, absent: dict[str, str], **more: object) -> rollcall.RollCall:
    there = refs(book, store)
    given: dict[str, object] = {"extra": [], "day": DAY, "actor": INSPECTOR} | more
    actor, day, extra = given.pop("actor"), given.pop("day"), given.pop("extra")
    said = {there.get(name, name): why for name, why in absent.items()}
    return rollcall.save(book, store, actor, SCHOOL, TERM, 1, 1, day, said, extra, **given)  # type: ignore[arg-type]


def test_six_away_where_all_were_reported_present(book: Casebook, store: Store) -> None:
    before = shelf.obtain(store, TERM, DAY)
    sync(book, store, before)
    school = before.school(SCHOOL)
    assert not (school.findings["rule_id"] == "R201").any()
    stranger = {"name": "马 小明", "sex": "男", "number": "", "situation": "借读旁听", "origin": "邻县"}
    roll = call(book, store, dict.fromkeys(PUPILS[:6], "其他"), extra=[stranger])
    compared, delta = roll_check.settle(book, store, school, TERM, roll)
    assert (compared.reported_present, compared.reported_absent, compared.present, compared.absent) == (7, 0, 1, 6)
    assert compared.said_present == tuple(sorted(PUPILS[:6]))
    assert compared.not_reported == ("马小明",)
    new = [(finding_id[:4], who) for finding_id, _, who in delta.new]
    assert {who for rule, who in new if rule == "R201"} == set(PUPILS[:6])
    assert ("R517", "马小明") in new
    false_report = [c for c in cases.of_school(book, SCHOOL, DAY) if c.finding["rule_id"] == "S201"]
    assert [(c.finding["violation"], c.state) for c in false_report] == [("2", "疑点")]
    assert "报在校 7 人、不在校 0 人；2026-11-20 现场点名在校 1 人、不在 6 人" in false_report[0].finding["evidence"]
    assert list(store.read(TERM, "headcount")["presence"]) == ["在校"] * 7, "the school's word stays"
    sync(book, store, shelf.obtain(store, TERM, DAY, force=True))
    kept = [c for c in cases.of_school(book, SCHOOL, DAY) if c.finding["rule_id"] == "S201"]
    assert kept[0].marks == (), "no run of the machine takes back what people saw"


def test_a_roll_that_agrees_finds_nothing(book: Casebook, store: Store) -> None:
    roll = call(book, store, {})
    compared = roll_check.compare(store, SCHOOL, TERM, roll)
    assert not compared.differs
    assert (compared.present, compared.absent) == (7, 0), "who is suspended is neither"


def test_the_later_count_of_a_class_stands(store: Store) -> None:
    """The roll of the day overrules the count before it; a count after it overrules the roll; other classes stay."""
    counted = store.read(TERM, "headcount")
    roll = {"school_id": SCHOOL, "name": PUPILS[0], "id_number": number(0), "grade": 1, "class_no": 1}
    roll["presence"] = "不在校"
    other = counted.head(1).assign(class_no=2).astype({"class_no": "Int32"})
    for day, stays in (("2026-09-02", 7), ("2026-09-03", 1), ("2026-09-04", 1)):
        rolls = from_records(schema.ROLLCALLS, [roll | {"check_date": dt.datetime.fromisoformat(day)}], "点名", TERM)

        frame = with_rollcalls(pd.concat([counted, other], ignore_index=True), rolls)
        assert (frame["class_no"].eq(1).sum(), frame["class_no"].eq(2).sum()) == (stays, 1), day


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
    roll = rollcall.of_class(book, SCHOOL, TERM, 1, 1, DAY)
    assert roll is not None
    assert list(roll.absent.values()) == ["请假"]
    again = call(book, store, {"学生甲": "请假", "学生乙": "其他"}, seen=roll.seen, actor=SECOND)
    assert (len(again.events), again.conflict) == (2, False)


def test_no_number_leaves_through_a_page(book: Casebook, store: Store) -> None:
    roll = call(book, store, {"学生甲": "请假"}, extra=[{"name": "马小明", "number": number(50)}])
    shown = f"{rollcall.students(book, store, TERM, SCHOOL, 1, 1)}{roll.absent}{roll.extra}"
    assert not any(number(i) in shown for i in range(60))


def test_a_principal_s_word_on_each_counts(book: Casebook, store: Store) -> None:
    call(book, store, dict.fromkeys(PUPILS[:2], "其他"))
    found = shelf.obtain(store, TERM, DAY).school(SCHOOL).findings
    assert set(found.loc[found["rule_id"] == "R711", "student"]) == {"学生甲", "学生乙"}
    principal = Actor("张校长", "principal", SCHOOL)
    first, second = explain.mismatches(book, store, SCHOOL, TERM)
    stranger = Actor("李校长", "principal", "2164000002")
    with pytest.raises(UsageError, match="贵校"):
        explain.explain(book, store, stranger, SCHOOL, TERM, first.ref, "请假")
    done = explain.explain(book, store, principal, SCHOOL, TERM, first.ref, "随父母外出两周", "已联系", seen=first.seen)
    assert (done.note, done.needed, second.needed) == ("随父母外出两周", False, True)
    bring(book, store, TERM)
    found = shelf.obtain(store, TERM, DAY).school(SCHOOL).findings
    assert set(found.loc[found["rule_id"] == "R711", "student"]) == {second.name}
    explain.explain(book, store, principal, SCHOOL, TERM, first.ref, "", seen=done.seen)  # taken back
    bring(book, store, TERM)
    found = shelf.obtain(store, TERM, DAY).school(SCHOOL).findings
    assert set(found.loc[found["rule_id"] == "R711", "student"]) == {"学生甲", "学生乙"}
