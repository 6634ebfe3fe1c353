"""S201: a class was called, and the school had reported pupils present who were not there."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.casebook.conftest import INSPECTOR, Clock
from tests.casebook.test_rollcall import DAY, SCHOOL, TERM, book, call, store
from tests.casebook.test_seen_on_site import LAST_DAY
from xueji_lib.casebook import cases, false_report, judging
from xueji_lib.casebook.cases import Case
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.rules_input import write_rules_input
from xueji_lib.judge import shelf
from xueji_lib.register import schema
from xueji_lib.register.inspection import Inspection
from xueji_lib.register.vocabulary import CaseState
from xueji_lib.store import Store
from xueji_lib.store.at_rest import from_records
from xueji_lib.web.desks.on_site_desk import OnSiteTable, awaits_school
from xueji_lib.web.shared.school_desk import SchoolDesk

__all__ = ["book", "store"]  # fixtures


def corrected(store: Store, presence: str, day: dt.date | None, *names: str) -> None:
    """The school hands its headcount in again, with these pupils' rows changed."""
    own = store.read(TERM, "headcount")
    rows = own.astype(object).where(own.notna(), None).to_dict("records")
    columns = [column.id for column in schema.HEADCOUNT]
    changed = {"presence": presence} | ({"check_date": dt.datetime.combine(day, dt.time())} if day else {})
    records = [{name: row[name] for name in columns} | (changed if row["name"] in names else {}) for row in rows]
    table = from_records(schema.HEADCOUNT, records, "核对表更正.xlsx", "一1")
    store.commit(TERM, {"headcount": table}, store.rejected(TERM).iloc[:0], {"time": "2026-11-24", "files": ["更正"]})


def false_report_after(book: Casebook, store: Store, day: dt.date) -> Case:
    """S201 as the check of a day leaves it."""
    assert isinstance(book.clock, Clock)
    book.clock.now = max(book.clock.now, dt.datetime.combine(day, dt.time(8), dt.UTC))
    judging.enter(book, store, shelf.obtain(store, Inspection(TERM, day)))
    [found] = [c for c in cases.of_school(book, SCHOOL, day) if c.finding["rule_id"] == "S201"]
    return found


@pytest.fixture
def called(book: Casebook, store: Store) -> Case:
    """Two of the class are away whom the school reported present."""
    school = shelf.obtain(store, Inspection(TERM, DAY)).school(SCHOOL)
    false_report.keep(book, store, school, call(book, store, {"学生甲": "其他", "学生乙": "其他"}))
    write_rules_input(book, store, TERM)
    found = false_report_after(book, store, DAY)
    assert (found.state, found.still_awaits_school) == (CaseState.ON_SITE, True)
    assert "不在的 2 人：学生乙、学生甲" in found.finding["evidence"]
    return found


@pytest.mark.slow
def test_a_false_report_that_is_corrected_in_time_is_no_finding_either(
    book: Casebook, store: Store, called: Case
) -> None:
    corrected(store, "在校", dt.date(2026, 11, 24), "学生甲")  # is back
    halfway = false_report_after(book, store, dt.date(2026, 11, 25))
    assert halfway.still_awaits_school and "不在的 1 人：学生乙" in halfway.finding["evidence"]
    assert halfway.finding["due"] == called.finding["due"]
    corrected(store, "不在校", None, "学生乙")  # as it should have been reported at once
    after = false_report_after(book, store, LAST_DAY + dt.timedelta(3))
    assert (after.state, after.sighting.present, after.still_awaits_school) == (CaseState.ON_SITE, False, False)
    desk = SchoolDesk.of(Desk(book, store, INSPECTOR, TERM, LAST_DAY + dt.timedelta(3)), SCHOOL)
    rows = {row.id: row for row in OnSiteTable(desk, awaits_school).rows()}
    assert (rows[after.id].state, rows[after.id].waiting, rows[after.id].steps) == ("已更正，未再发现", False, {})
    corrected(store, "在校", dt.date(2026, 9, 3), "学生甲", "学生乙")  # the correction is taken back
    again = false_report_after(book, store, LAST_DAY + dt.timedelta(4))
    assert (again.state, again.is_waiting, again.sighting.times_gone) == (CaseState.OPEN, True, 1)


@pytest.mark.slow
def test_a_false_report_that_is_corrected_late_is_found_no_more(book: Casebook, store: Store, called: Case) -> None:
    late = LAST_DAY + dt.timedelta(1)
    assert false_report_after(book, store, late).state == CaseState.OPEN
    corrected(store, "在校", late, "学生甲", "学生乙")
    after = false_report_after(book, store, late + dt.timedelta(1))
    assert (after.state, after.marks, after.is_waiting) == (CaseState.OPEN, (cases.GONE,), False)


@pytest.mark.slow
def test_an_inspector_who_calls_the_class_again_takes_the_false_report_back(book: Casebook, store: Store) -> None:
    school = shelf.obtain(store, Inspection(TERM, DAY)).school(SCHOOL)
    for away, standing in (({"学生甲": "其他"}, True), ({}, False), ({"学生甲": "其他"}, True)):
        false_report.keep(book, store, school, call(book, store, away))
        [found] = [c for c in cases.of_school(book, SCHOOL, DAY) if c.finding["rule_id"] == "S201"]
        assert found.still_awaits_school is standing
