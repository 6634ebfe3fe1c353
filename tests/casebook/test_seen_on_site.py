"""现场发现，待学校说明: what people alone saw is a case of its own until the school's days to explain it are over."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.casebook.conftest import INSPECTOR, Clock, Office
from tests.casebook.test_rollcall import DAY, FIRST, PUPILS, SCHOOL, TERM, call, store  # noqa: F401
from xueji_lib.casebook import cases, explanations, measures, rollcall_outcome, roster
from xueji_lib.casebook.cases import Case
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.explanations import Explanation
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.log.events import Actor
from xueji_lib.casebook.rules_input import write_rules_input
from xueji_lib.casebook.seen_on_site import add_on_site
from xueji_lib.casebook.sightings import Sighting
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.judge import engine, shelf
from xueji_lib.register import schema
from xueji_lib.register.inspection import Inspection
from xueji_lib.register.policy import Policy
from xueji_lib.register.vocabulary import CaseState
from xueji_lib.reports import verdicts
from xueji_lib.store import Store
from xueji_lib.store.at_rest import from_records
from xueji_lib.support.errors import UsageError
from xueji_lib.web.desks.explanation_desk import ExplanationTable
from xueji_lib.web.shared.school_desk import SchoolDesk

LAST_DAY = dt.date(2026, 11, 27)
"""The last day that the school has to explain what was seen on ``DAY``: seven days later."""
PRINCIPAL = Actor("张校长", "principal", SCHOOL)


@pytest.fixture
def url() -> str:
    return ""


@pytest.fixture
def book(store: Store) -> Iterator[Casebook]:  # noqa: F811
    with Casebook.open(store, clock=Clock()) as opened:
        yield opened


def batch(store: Store, folder: Path, day: dt.date) -> Path:  # noqa: F811
    """The command, on a day; returns the folder of what it made."""
    command = [sys.executable, "-m", "xueji_lib", "--store", str(store.root), "batch", "--term", TERM]
    more = ["--as-of", day.isoformat(), "--out", str(folder / day.isoformat()), "--jobs", "1"]
    ran = subprocess.run([*command, *more], capture_output=True, encoding="utf-8", timeout=200)
    assert ran.returncode == 0, ran.stderr
    return folder / day.isoformat()


def text_of(folder: Path, name: str) -> str:
    return next(folder.rglob(name)).read_text("utf-8")


@pytest.mark.slow
def test_the_command_on_the_last_day_and_on_the_day_after(store: Store, tmp_path: Path) -> None:  # noqa: F811
    with Casebook.open(store, clock=Clock()) as book:
        call(book, store, {"学生甲": "其他"})
    made = batch(store, tmp_path, LAST_DAY)
    with Casebook.open(store) as book:
        [waiting] = [c for c in cases.of_school(book, SCHOOL, LAST_DAY) if c.finding["rule_id"] == "R201"]
        dates = (waiting.sighting.found_on, waiting.sighting.waits_until)
        assert (waiting.state, dates) == (CaseState.ON_SITE, (DAY.isoformat(), LAST_DAY.isoformat()))
    assert "R201" not in text_of(made, "findings.csv")
    assert "学生甲" not in text_of(made, "county.html")

    made = batch(store, tmp_path, LAST_DAY + dt.timedelta(1))
    assert "R201" in text_of(made, "findings.csv")
    with Casebook.open(store) as book:
        [found] = [c for c in cases.of_school(book, SCHOOL, LAST_DAY) if c.finding["rule_id"] == "R201"]
    assert (found.id, found.state) == (waiting.id, CaseState.OPEN)
    assert (found.sighting.found_on, found.sighting.waits_until) == (DAY.isoformat(), "")


@pytest.mark.slow
def test_what_the_school_corrects_in_time_is_never_a_finding(store: Store, tmp_path: Path) -> None:  # noqa: F811
    with Casebook.open(store, clock=Clock()) as book:
        call(book, store, {"学生甲": "其他"})
    batch(store, tmp_path, DAY)
    own = store.read(TERM, "headcount")
    rows = own.astype(object).where(own.notna(), None).to_dict("records")
    fixed = [
        {name: row[name] for name in ("school_id", "name", "id_number", "grade", "class_no", "checker")}
        | {"presence": "在校", "check_date": dt.datetime(2026, 11, 24)}
        for row in rows
        if row["name"] == "学生甲"
    ]
    again = [*(row for row in rows if row["name"] != "学生甲"), *fixed]
    table = from_records(schema.HEADCOUNT, again, "核对表更正.xlsx", "一1")
    store.commit(TERM, {"headcount": table}, store.rejected(TERM).iloc[:0], {"time": "2026-11-24", "files": ["更正"]})
    batch(store, tmp_path, LAST_DAY + dt.timedelta(1))
    with Casebook.open(store) as book:
        of_pupil = [c for c in cases.of_school(book, SCHOOL, LAST_DAY) if c.finding["student"] == "学生甲"]
    seen = [c for c in of_pupil if c.sighting.found_on]
    assert {"R201", "R711"} <= {c.finding["rule_id"] for c in seen}
    assert {(c.state, c.sighting.present) for c in seen} == {(CaseState.ON_SITE, False)}


def test_a_roll_call_of_a_day_after_the_check_waits_at_once(book: Casebook, store: Store) -> None:  # noqa: F811
    """Findings stand as of the day of the check, which the roll-call does not move."""
    earlier = dt.date(2026, 11, 16)
    school = shelf.obtain(store, Inspection(TERM, earlier)).school(SCHOOL)
    roll = call(book, store, {"学生甲": "其他"})
    _, delta = rollcall_outcome.settle(book, store, school, roll)
    assert (delta.new, delta.gone, delta.later) == ((), (), DAY.isoformat())
    assert {(key[:4], who) for key, _, who in delta.awaiting} >= {("R201", "学生甲")}
    waits = {key for key, _, _ in delta.awaiting}
    waiting = [c for c in cases.of_school(book, SCHOOL, DAY) if c.id in waits]
    assert {c.id for c in waiting} == waits
    assert {c.state for c in waiting} == {CaseState.ON_SITE}
    rollcall_outcome.rejudged(book, store, school, DAY)  # a check of the earlier day does not look for it
    assert all(c.sighting.present for c in cases.of_school(book, SCHOOL, DAY) if c.id in waits)


def on_site(office: Office, until: str) -> str:
    """A finding that an inspector made by hand; its id."""
    row = dict(office.check.findings.iloc[0].astype(str)) | {"finding_id": "S201-0123456789abcdef", "rule_id": "S201"}
    row |= {"school_id": office.sample.BIG, "severity": "严重", "violation": "2"}
    with office.book.writing() as connection:
        add_on_site(connection, row, office.sample.TERM, DAY, until)
    return str(row["finding_id"])


def case(office: Office, key: str, today: dt.date) -> Case:
    return cases.case(office.book, key, today)


def test_one_made_by_hand_becomes_a_finding_by_the_day_alone(office: Office) -> None:
    key = on_site(office, LAST_DAY.isoformat())
    assert case(office, key, LAST_DAY).state == CaseState.ON_SITE
    assert case(office, key, LAST_DAY + dt.timedelta(1)).state == CaseState.OPEN
    assert case(office, on_site(office, ""), DAY).state == CaseState.OPEN


def test_the_school_answers_and_nobody_can_accuse_it_before(office: Office) -> None:
    key, school = on_site(office, LAST_DAY.isoformat()), office.sample.BIG
    principal = office.desk(Actor("张校长", "principal", school))
    with pytest.raises(UsageError, match="不能改成"):
        cases.decide(office.desk(INSPECTOR), key, {"to": CaseState.CONFIRMED})
    with pytest.raises(UsageError, match="要写说明"):
        cases.decide(principal, key, {"to": CaseState.ON_SITE})
    answered = cases.decide(principal, key, {"to": CaseState.ON_SITE, "note": "随父母外出，11 月 30 日返校"})
    assert (answered.state, answered.body["note"], answered.marks) == (
        CaseState.ON_SITE, "随父母外出，11 月 30 日返校", (),
    )  # fmt: skip
    after = case(office, key, LAST_DAY + dt.timedelta(1))
    assert (after.state, after.body["note"]) == (CaseState.OPEN, "随父母外出，11 月 30 日返校")
    withdrawn = cases.decide(office.desk(INSPECTOR), key, {"to": CaseState.REFUTED, "note": "已见请假条"})
    assert withdrawn.state == CaseState.REFUTED


def test_it_counts_for_nothing_so_far(office: Office) -> None:
    key = on_site(office, LAST_DAY.isoformat())
    listed = cases.of_school(office.book, office.sample.BIG, DAY)
    policy = Policy.load()
    others = [c for c in listed if c.id != key]
    assert measures.suggest(listed, policy, DAY) == measures.suggest(others, policy, DAY)
    answer = shelf.newest(office.store, office.sample.TERM)
    assert answer is not None
    for today, is_on_paper in ((LAST_DAY, False), (LAST_DAY + dt.timedelta(1), True)):
        states = verdicts.of_school(office.book, answer, office.sample.BIG, today)
        assert (key in {row["finding_id"] for row in states.besides}) == is_on_paper
    assert office.sample.BIG not in verdicts.snapshot(Workplace(office.store), answer), "nobody has decided anything"


def test_of_what_was_closed_and_is_seen_again_the_school_hears_first() -> None:
    days = {"first_as_of": "2026-10-01", "last_as_of": DAY.isoformat()}
    terms = {"first_term": TERM, "last_term": TERM}
    state = {"data_mark": "m", "present": True, "gone_at": "", "times_gone": 1, "origin": "系统"}
    seen = Sighting("R201-x", SCHOOL, {"school_id": SCHOOL}, "e", **days, **terms, **state)  # type: ignore[arg-type]
    waiting = replace(seen, found_on=DAY.isoformat(), waits_until=LAST_DAY.isoformat())
    assert cases.case_of(waiting, (), DAY).state == CaseState.ON_SITE
    assert cases.case_of(waiting, (), LAST_DAY + dt.timedelta(9)).state == CaseState.ON_SITE, "a check has to find it"
    assert cases.case_of(seen, (), DAY).state == CaseState.OPEN


# ---- the roll ----


def reported(store: Store, *rows: dict[str, object]) -> None:  # noqa: F811
    """The school's own headcount of the first class, besides the seven of the register."""
    own = store.read(TERM, "headcount")
    kept = own.astype(object).where(own.notna(), None).to_dict("records")
    names = [column.id for column in schema.HEADCOUNT]
    common = {"school_id": SCHOOL, "grade": 1, "class_no": 1, "check_date": dt.datetime(2026, 9, 3)}
    records = [{name: row[name] for name in names} for row in kept if row["name"] not in {r["name"] for r in rows}]
    table = from_records(schema.HEADCOUNT, [*records, *(common | row for row in rows)], "核对表.xlsx", "一1")
    store.commit(TERM, {"headcount": table}, store.rejected(TERM).iloc[:0], {"time": "2026-09-03", "files": ["核对表"]})


def test_page_and_paper_show_the_same_explanation(book: Casebook, store: Store) -> None:  # noqa: F811
    """The headcount's own word comes first, what was written on the page fills what it leaves blank."""
    reported(store, {"name": "学生乙", "presence": "不在校", "situation": "其他"})
    desk = Desk(book, store, PRINCIPAL, TERM, DAY)
    [waits] = explanations.mismatches(book, store, SCHOOL, TERM)
    explanations.explain(desk, SCHOOL, waits.ref, Explanation("随父母外出", "已联系"), seen=waits.seen)
    for note, shown in (("", ("随父母外出", "已联系")), ("住院", ("住院", "已联系"))):
        reported(store, {"name": "学生乙", "presence": "不在校", "situation": "其他", "school_note": note or None})
        write_rules_input(book, store, TERM)
        [on_page] = explanations.mismatches(book, store, SCHOOL, TERM)
        on_paper = engine.check(store, Inspection(TERM, DAY), school=SCHOOL).mismatches.iloc[0]
        assert (on_page.note, on_page.measure) == (on_paper["reason"], on_paper["measure"]) == shown
    # What the headcount says is not to be written over here: it would change nothing.
    table = ExplanationTable(SchoolDesk.of(desk, SCHOOL))
    [row] = table.rows()
    assert row.steps == {"说明": ("measure",)}
    with pytest.raises(UsageError, match="以核对表为准"):
        table.step({row.id: row.seen}, "说明", {"note": "其实是转学", "measure": ""})
    [row] = table.step({row.id: row.seen}, "说明", {"note": "", "measure": "已看望"})
    assert (row.cells["note"], row.cells["measure"]) == ("住院", "已看望")


def test_the_roll_lists_whom_the_school_reported_as_it_did(book: Casebook, store: Store) -> None:  # noqa: F811
    reported(
        store,
        {"name": "马旁听", "presence": "在校", "situation": "借读旁听"},
        {"name": "学生乙", "presence": "不在校", "situation": "请假"},
    )
    roll = {s.name: s for s in roster.students(book, store, TERM, FIRST)}
    assert set(roll) == {*PUPILS, "马旁听"}
    assert (roll["马旁听"].registered, roll["马旁听"].preset) == (False, "")
    assert (roll["学生乙"].preset, roll["学生乙"].reported) == ("请假", "学校报不在校，请假")
    assert roll["学生辛"].preset == "", "who is suspended is called by nobody"


@pytest.mark.slow
def test_as_the_school_reported_it_changes_nothing_and_who_is_missed_stays(
    book: Casebook, store: Store  # noqa: F811
) -> None:  # fmt: skip
    reported(
        store,
        {"name": "马旁听", "presence": "在校", "situation": "借读旁听"},
        {"name": "学生乙", "presence": "不在校", "situation": "请假"},
    )
    school = shelf.obtain(store, Inspection(TERM, DAY)).school(SCHOOL)
    presets = {s.name: s.preset for s in roster.students(book, store, TERM, FIRST) if s.preset}
    for marks, not_met in ((presets, ()), (presets | {"马旁听": roster.NOT_MET}, ("马旁听",))):
        compared, delta = rollcall_outcome.settle(book, store, school, call(book, store, marks))
        assert (delta.new, delta.gone, delta.awaiting) == ((), (), ())
        assert compared.not_met == not_met
    compared, delta = rollcall_outcome.settle(
        book, store, school, call(book, store, presets | {"马旁听": roster.NOT_LOOKED_FOR})
    )
    assert (compared.not_met, compared.unexamined, delta.gone) == ((), ("马旁听",), ())


def test_a_later_roll_call_takes_back_an_earlier_one(book: Casebook, store: Store) -> None:  # noqa: F811
    from xueji_lib.casebook import rollcall
    from xueji_lib.casebook.rollcall import Attendance

    desk = Desk(book, store, INSPECTOR, TERM, DAY)
    refs = {s.name: s.ref for s in roster.students(book, store, TERM, FIRST)}
    rollcall.save(desk, FIRST, Attendance(dt.date(2026, 11, 18), {refs["学生甲"]: "其他"}))
    assert store.read(TERM, "rollcalls")["name"].tolist() == ["学生甲"], "the others are as the school reported them"
    rollcall.save(desk, FIRST, Attendance(DAY, {}))
    assert sorted(store.read(TERM, "rollcalls")["presence"].tolist()) == ["不在校", "在校"]
