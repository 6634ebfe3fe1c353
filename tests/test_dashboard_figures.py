"""What the dashboards lay out: the steps of bringing children back, the yearly duties, a school's standing."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import openpyxl
import pandas as pd
import pytest

from xueji_lib.casebook import cases
from xueji_lib.casebook.sightings import Sighting
from xueji_lib.judge import standing
from xueji_lib.judge.engine import Check
from xueji_lib.judge.results import Results
from xueji_lib.judge.school_background import Background
from xueji_lib.judge.term_tallies import FindingTally, TermTallies
from xueji_lib.register import schema
from xueji_lib.register.calendar import Calendar
from xueji_lib.register.policy import Policy
from xueji_lib.register.vocabulary import CaseState
from xueji_lib.reports.pages.standing_chart import standing_svg
from xueji_lib.reports.workbooks import duties_book
from xueji_lib.store import Store
from xueji_lib.store.at_rest import from_records
from xueji_lib.views import county_view, dropout_steps, duties

TERM = "2026-2027-1"


def _child(as_of: str, **said: str) -> dropout_steps.Child:
    row: dict[str, object] = {"school_id": "2164000001", "name": "马丽", "township": "白崖乡", "visits": 2}
    row |= {name: pd.Timestamp(value) if name.endswith("date") else value for name, value in said.items()}
    ledger = from_records(schema.DROPOUTS, [row], "台账", TERM)
    [child] = dropout_steps.children(ledger, dt.date.fromisoformat(as_of), Policy.load(), Calendar.load())
    return child


FOUND = {"found_date": "2026-11-09"}
REPORTED = {**FOUND, "reported_date": "2026-11-12"}
NOTIFIED = {**REPORTED, "notice_date": "2026-11-16", "return_by_date": "2026-11-30"}


@pytest.mark.parametrize(
    ("as_of", "said", "waiting", "waited", "late"),
    [
        ("2026-11-16", FOUND, "待上报乡镇", 7, False),  # the seventh day is still in time
        ("2026-11-17", FOUND, "待上报乡镇", 8, True),
        ("2026-11-19", REPORTED, "待发通知书", 7, False),
        ("2026-11-20", REPORTED, "待发通知书", 8, True),
        ("2026-11-30", NOTIFIED, "待复学", 14, False),
        ("2026-12-01", NOTIFIED, "待复学", 15, True),
        ("2026-12-01", {**NOTIFIED, "outcome": "送教上门"}, "送教上门", 22, False),
        ("2026-12-01", {**NOTIFIED, "returned_date": "2026-11-28"}, "已复学", 22, False),
        ("2026-11-27", {**NOTIFIED, "returned_date": "2026-11-28"}, "待复学", 11, False),  # not back yet on that day
        ("2026-12-01", {**NOTIFIED, "outcome": "其他"}, "待复学", 15, True),
        ("2026-11-20", {"reported_date": "2026-11-12"}, "待发通知书", 8, True),
        ("2026-11-20", {}, "待上报乡镇", None, None),  # no date at all: nothing is claimed
        ("2027-01-20", FOUND, "待上报乡镇", 72, True),
    ],
)
def test_how_far_a_child_has_been_brought_back(
    as_of: str, said: dict[str, str], waiting: str, waited: int | None, late: bool | None
) -> None:
    child = _child(as_of, **said)
    assert (child.waiting, child.waited, child.late) == (waiting, waited, late)


@pytest.mark.parametrize(
    ("said", "due"),
    [
        (FOUND, "2026-11-16"),
        (REPORTED, "2026-11-19"),
        (NOTIFIED, "2026-11-30"),
        ({**NOTIFIED, "outcome": "送教上门"}, ""),
        ({"found_date": "2026-11-07"}, "2026-11-16"),  # the seventh day is a Saturday
        ({}, ""),
    ],
)
def test_a_step_has_its_last_day(said: dict[str, str], due: str) -> None:
    assert _child("2026-11-16", **said).due == due


def test_steps_have_their_days_and_no_number_is_shown() -> None:
    child = _child("2026-12-01", **NOTIFIED, id_number="640422201503120017")
    assert [(step.name, step.days) for step in child.steps if step.day] == [("发现", 0), ("上报", 3), ("通知书", 7)]
    assert child.ref == "640422***********7"


def _custody(store: Store, term: str, *rows: dict[str, object]) -> None:
    frame = from_records(schema.CUSTODY, list(rows), "责任", term)
    store.commit(term, {"custody": frame}, store.rejected(term), {"time": "", "files": []})


def test_duties_are_kept_by_school_year(sample_store: Store, sample: ModuleType) -> None:
    base = {"school_id": sample.BIG, "school_year": "2026-2027", "registrar": "马秀兰"}
    _custody(sample_store, TERM, {**base, "pledge_date": pd.Timestamp("2026-09-10"), "trainings": 0})
    _custody(sample_store, "2026-2027-2", {**base, "trainings": 2}, {**base, "school_year": "2025-2026"})
    assert duties.years(sample_store) == ["2026-2027"]
    rows = {one.school_id: one for one in duties.of_year(sample_store, "2026-2027")}
    assert set(rows) == {sample.BIG, sample.CLEAN, sample.EMPTY, sample.ODD}
    cells = rows[sample.BIG].cells
    assert (cells["pledge_date"], cells["trainings"]) == ("2026-09-10", "2")
    assert all(set(duty.cells) == {column.name for column in duties.COLUMNS} for duty in rows.values())
    assert rows[sample.BIG].lacking == ()
    assert duties.NO_RECORD in rows[sample.CLEAN].lacking
    assert "学籍管理员" in rows[sample.EMPTY].lacking
    assert [one.school_id for one in duties.of_year(sample_store, "2026-2027", sample.BIG)] == [sample.BIG]


def test_the_duties_workbook_has_every_column_of_the_one_list(
    sample_store: Store, sample: ModuleType, tmp_path: Path
) -> None:
    base = {"school_id": sample.BIG, "school_year": "2026-2027", "registrar": "马秀兰"}
    _custody(sample_store, TERM, {**base, "pledge_date": pd.Timestamp("2026-09-10"), "trainings": 0})
    rows = duties.of_year(sample_store, "2026-2027", sample.BIG)
    duties_book.write({"2026-2027": rows}, dt.date(2026, 11, 20), tmp_path / "责任.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "责任.xlsx")["2026-2027"]
    heads, cells = ([str(cell.value or "") for cell in row] for row in sheet.iter_rows(max_row=2))
    shown = dict(zip(heads, cells, strict=True))
    assert heads == [column.heading for column in duties.COLUMNS]
    assert (shown["学籍管理员"], shown["保密承诺书签订"], shown["还缺"]) == ("马秀兰", "2026-09-10", "培训")


def test_a_school_is_never_shown_clean_where_a_check_did_not_run(kept: Results, sample: ModuleType) -> None:
    towns = county_view.heat(kept, {})
    lines = {line.school_id: line for rows in towns.values() for line in rows}
    assert lines[sample.EMPTY].total == 0 and any(cell.gap for cell in lines[sample.EMPTY].cells)
    assert lines[sample.CLEAN].total == 0 and not any(cell.gap for cell in lines[sample.CLEAN].cells)
    whole = sum(line.total for line in lines.values())
    assert whole == (kept.findings["school_id"] != "").sum()
    common = {"first_term": TERM, "last_term": TERM, "present": True, "times_gone": 0, "origin": "系统"}
    texts = dict.fromkeys(("evidence", "first_as_of", "last_as_of", "data_mark", "gone_at"), "")
    seen = [
        Sighting(finding_id=str(row["finding_id"]), school_id=str(row["school_id"]), finding=row, **common, **texts)
        for row in kept.findings.tail(3).to_dict("records")
    ]
    settled = [replace(cases.case_of(one, (), kept.as_of), state=CaseState.REFUTED) for one in seen]
    fewer = county_view.heat(kept, {"": settled})
    assert sum(line.total for rows in fewer.values() for line in rows) == whole - 3
    term = TermTallies(kept.school(sample.EMPTY)).of[sample.EMPTY]
    term = replace(term, violations={**term.violations, "2": FindingTally(0, 5, 2), "6": FindingTally(0, 0, 3)})
    middle = {number: {"rate": {"q1": 0.0, "median": 1.0, "q3": 2.0}} for number in ("2", "6")}
    school = standing.lines(Background(middle, (term,)))
    assert (school[1].rate, school[1].place) == (0.0, "没查全，不好比")
    assert (school[5].rate, school[5].place) == (None, "")  # none of its checks was made: not even a 0


def test_reports_missing_late_and_unknown_are_told_apart(check: Check, kept: Results, sample: ModuleType) -> None:
    came = county_view.reported(kept, Store(kept.folder))
    # The school with R101's finding handed in nothing; the others' check found nothing though no report is there.
    assert came.missing == (sample.BIG,) and not came.late
    assert "期限" in came.sentences[sample.BIG]


def test_the_picture_is_the_same_bytes_and_says_what_it_shows(big_lines: list[standing.ViolationStanding]) -> None:
    svg = standing_svg(big_lines)
    assert svg == standing_svg(big_lines) and svg.startswith("<svg ") and "http" not in svg
    for line in big_lines:
        assert f"{line.count} 条" in svg and line.name in svg
    assert "没有" not in standing_svg([]) and standing_svg([]).endswith("</svg>")


@pytest.fixture
def big_lines(kept: Results, sample: ModuleType) -> list[standing.ViolationStanding]:
    middle = {str(v): {"rate": {"q1": 0.1, "median": 0.2, "q3": 0.3}} for v in range(1, 8)}
    return standing.lines(Background(middle, (TermTallies(kept.school(sample.BIG)).of[sample.BIG],)))
