"""逐班点名 in a real browser, of a class of which the school itself reported pupils who are not on its register."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from xueji_lib import demo
from xueji_lib.casebook import cases, roster
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.roster import SchoolClass, Student
from xueji_lib.demo import TERM
from xueji_lib.register import labels
from xueji_lib.register.vocabulary import CaseState

from .conftest import Site

pytestmark = pytest.mark.slow

SAVED_AND_JUDGED = ".xroll-foot .xnote[role=status]"


def class_with_reported(book: Casebook, site: Site, least: int = 1) -> tuple[str, SchoolClass, list[Student]]:
    """A class of which the school reported at least so many pupils present that are not on its register."""
    schools = site.store.directory(TERM)["school_id"].astype(str)
    for school in schools:
        for grade, class_no, _ in roster.classes(site.store, TERM, school):
            school_class = SchoolClass(school, grade, class_no)
            listed = roster.students(book, site.store, TERM, school_class)
            reported = [student for student in listed if not student.registered and not student.preset]
            if len(reported) >= least:
                return school, school_class, reported
    raise AssertionError("no class with pupils 在校不在籍 in this county")


def findings(book: Casebook, school: str) -> dict[str, tuple[bool, str]]:
    """The school's findings, whether the last check makes each, and its state."""
    listed = cases.of_school(book, school, dt.date.today())
    return {case.id: (case.sighting.present, case.state) for case in listed}


def open_class(page: Any, school_class: SchoolClass) -> None:
    label = labels.class_label(school_class.grade, school_class.class_no)
    page.locator(".xroll-classes button", has_text=f"{label}（").first.click()
    page.locator(".xroll-class h3", has_text=label).wait_for()
    page.locator(".xroll-card").first.wait_for()


def save(page: Any) -> str:
    page.get_by_role("button", name="保存点名").click()
    page.locator(SAVED_AND_JUDGED, has_text="按点名重新核查").wait_for(timeout=60000)
    return str(page.locator(".xroll-foot").inner_text())


def test_nothing_touched_changes_no_finding_and_who_is_missed_is_named(site: Site, visit: Callable[..., Any]) -> None:
    with site.book() as book:
        school, school_class, reported = class_with_reported(book, site)
        before = findings(book, school)
    page = visit("gao", school=school)
    open_class(page, school_class)
    besides = page.locator(".xroll-besides .xroll-card")
    assert {student.name for student in reported} <= set(besides.locator(".xroll-name").all_inner_texts())
    foot = save(page)
    assert "疑点没有变化" in foot and "待学校说明" not in foot
    with site.book() as book:
        assert findings(book, school) == before

    missed = besides.filter(has_text=reported[0].name).first
    missed.locator("button").click()
    assert missed.locator("select").input_value() == roster.NOT_MET
    foot = save(page)
    assert f"没有见到 1 人：{reported[0].name}" in foot
    with site.book() as book:
        after = findings(book, school)
    assert {key: after[key] for key in before} == before, "what the school reported is not taken back"
    assert [after[key][1] for key in after.keys() - before.keys()] == [CaseState.ON_SITE]
    row = page.locator("tr.xr", has_text="现场点名与学校核对表不符")
    row.wait_for()
    assert row.locator("select").input_value() == "待学校说明"


def test_what_an_inspector_alone_saw_waits_for_the_school(site: Site, visit: Callable[..., Any]) -> None:
    with site.book() as book:
        school, school_class, _ = class_with_reported(book, site)
        before = findings(book, school)
        listed = roster.students(book, site.store, TERM, school_class)
    there = next(student for student in listed if student.registered and not student.preset and not student.reported)
    page = visit("gao", school=school)
    open_class(page, school_class)
    card = page.locator(f".xroll-card[data-ref='{there.ref}']")
    card.locator("button").click()
    card.locator("select").select_option("其他")
    foot = save(page)
    assert "现场发现，待学校说明" in foot and there.name in foot
    assert f"检查基准日 {demo.INSPECTION.as_of}" in foot, "findings stand as of the day of the check"
    with site.book() as book:
        after = cases.of_school(book, school, dt.date.today())
    new = [case for case in after if case.id not in before]
    assert {case.state for case in new} == {CaseState.ON_SITE}
    assert "R201" in {case.finding["rule_id"] for case in new}
    assert {case.sighting.found_on for case in new} == {dt.date.today().isoformat()}
