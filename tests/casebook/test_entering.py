"""The casebook says what the newest data say at the latest day that has come; a look changes nothing and says why."""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from tests.casebook.conftest import Office
from xueji_lib import intake
from xueji_lib.casebook import cases
from xueji_lib.casebook.sightings import last_day, sync
from xueji_lib.judge import shelf
from xueji_lib.register.calendar import Calendar, Term
from xueji_lib.register.inspection import Inspection
from xueji_lib.store import Store
from xueji_lib.support.errors import UsageError

TERM, BIG = "2026-2027-1", "2164000001"
NOV_20, NOV_29, JAN_10 = dt.date(2026, 11, 20), dt.date(2026, 11, 29), dt.date(2027, 1, 10)


@pytest.fixture
def url() -> str:
    return ""


def present(office: Office) -> set[str]:
    return {case.id for case in cases.of_county(office.book, NOV_29) if case.sighting.present}


def without(office: Office, number: int) -> pd.DataFrame:
    """The findings less so many of a check that ran for the school and left nobody undecided."""
    findings = office.check.findings
    return findings.drop(findings.index[findings["rule_id"] == "R102"][:number])


def taken_in(office: Office, folder: Path, day: str) -> None:
    """Something new in the store: one row given out to somebody."""
    folder.mkdir()
    row = f"学校标识码,提供日期,接收单位\n{BIG},{day},县医院\n"
    (folder / "信息对外提供登记.csv").write_text(row, "utf-8-sig")
    intake.run(folder, office.store, TERM, Calendar.load())


def test_a_day_that_has_not_come_is_a_look(office: Office) -> None:
    known, lines = present(office), office.book.verify().lines
    answer = replace(office.check, as_of=JAN_10, findings=office.check.findings.iloc[:3])
    folder = office.store.root / "results" / TERM / JAN_10.isoformat()
    synced = sync(office.book, office.store, shelf.keep(folder, answer, "ahead"))
    assert "预看" in synced.look and "2027-01-10 还没有到" in synced.look
    assert (present(office), office.book.verify().lines) == (known, lines)
    with pytest.raises(UsageError, match="只能用于已经到的日期"):
        sync(office.book, office.store, shelf.keep(folder, answer, "ahead"), standing=True)
    assert last_day(office.book, TERM) == NOV_20
    # What was only a look a moment ago does not stand in the way of the next check.
    assert office.run(without(office, 1)).look == ""


def test_an_earlier_day_counts_where_the_data_are_newer(office: Office, tmp_path: Path) -> None:
    """README's steps: batch of the 20th, a package of today, a corrected file, the batch of the 20th again."""
    office.run(day=NOV_29)
    fewer = without(office, 4)
    blocked = office.run(fewer, NOV_20)
    assert "数据没有变" in blocked.look and "2026-11-29" in blocked.look
    assert present(office) > set(fewer["finding_id"])
    taken_in(office, tmp_path / "inbox", "2026-11-28")
    assert office.run(fewer, NOV_20).look == ""
    assert present(office) == set(fewer["finding_id"])
    assert last_day(office.book, TERM) == NOV_20


def test_a_wrong_clock_is_put_right_and_the_trail_says_so(office: Office) -> None:
    office.run(day=JAN_10)  # the clock said so then
    clock = office.book.clock
    clock.now = dt.datetime(2026, 11, 29, 8, tzinfo=dt.UTC)  # type: ignore[attr-defined]
    fewer = without(office, 2)
    folder = office.store.root / "results" / TERM / NOV_29.isoformat()
    answer = shelf.keep(folder, replace(office.check, as_of=NOV_29, findings=fewer), "right")
    assert "--standing" in sync(office.book, office.store, answer).look
    assert sync(office.book, office.store, answer, standing=True).gone == 2
    assert last_day(office.book, TERM) == NOV_29
    assert sync(office.book, office.store, answer).unchanged
    assert office.book.verify().broken == ""


def test_an_older_copy_of_the_data_does_not_enter_unasked(office: Office, tmp_path: Path) -> None:
    shutil.copytree(office.store.root, tmp_path / "backup", ignore=shutil.ignore_patterns("casebook", "results"))
    taken_in(office, tmp_path / "inbox", "2026-11-28")
    office.run(day=NOV_29)
    office.store = Store.open(tmp_path / "backup")
    assert "恢复过备份" in office.run(without(office, 1), NOV_29).look


def test_a_term_is_over_once_the_next_has_begun() -> None:
    spring = Term("2026-2027-2", dt.date(2027, 3, 1), dt.date(2027, 7, 9))
    whole = Calendar.load()
    calendar = replace(whole, terms={**whole.terms, spring.id: spring})
    asked = Inspection(TERM, NOV_20)
    assert asked.look(dt.date(2027, 2, 28), calendar) == ""
    assert "回看" in asked.look(dt.date(2027, 3, 1), calendar)
    assert asked.look(NOV_20 - dt.timedelta(days=1), calendar).startswith("预看")
    assert asked.look(NOV_20, calendar) == ""
