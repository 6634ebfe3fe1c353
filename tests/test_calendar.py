"""Terms, working days and periods: data contract 1, 民法典 201 and 203."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xueji_lib.register.calendar import Calendar, MissingHolidays, previous_term_id
from xueji_lib.support.errors import UsageError

CALENDAR = Calendar.load()
TERM = CALENDAR.term("2026-2027-1")
DAYS = st.dates(dt.date(2005, 1, 1), dt.date(2026, 11, 20))


def as_days(*days: dt.date | None) -> np.ndarray:
    return np.array(days, dtype="datetime64[D]")


def test_the_window_counts_opening_day_as_day_one() -> None:
    assert CALENDAR.window_end(TERM, 1) == dt.date(2026, 8, 31)
    assert CALENDAR.window_end(TERM, 10) == dt.date(2026, 9, 11)


def test_a_deadline_counts_from_the_day_after_and_moves_off_rest_days() -> None:
    assert CALENDAR.deadline(dt.date(2026, 9, 14), 7) == dt.date(2026, 9, 21)
    # 2026-10-01 to 10-07 is the national holiday; 2026-10-08 is a working day.
    assert CALENDAR.deadline(dt.date(2026, 9, 25), 7) == dt.date(2026, 10, 8)


def test_a_weekend_that_is_made_up_for_is_a_working_day() -> None:
    # 2026-10-10 is a Saturday on which people work for the national holiday.
    assert CALENDAR.is_workday(dt.date(2026, 10, 10))
    assert CALENDAR.deadline(dt.date(2026, 10, 3), 7) == dt.date(2026, 10, 10)


def test_overdue_is_strict() -> None:
    start, last = dt.date(2026, 8, 31), dt.date(2026, 9, 7)
    assert not CALENDAR.is_past(last, start, 7)
    assert CALENDAR.is_past(last + dt.timedelta(days=1), start, 7)


def test_a_year_nobody_knows_is_an_error_and_only_where_it_is_needed() -> None:
    with pytest.raises(MissingHolidays, match="缺 2027 年节假日安排"):
        CALENDAR.is_past(dt.date(2027, 3, 1), dt.date(2027, 2, 1), 7)
    assert not CALENDAR.is_past(dt.date(2027, 2, 8), dt.date(2027, 2, 1), 7)
    _, gap = CALENDAR.workdays_between(as_days(dt.date(2026, 12, 1)), as_days(dt.date(2027, 1, 10)))
    assert gap[0]


def test_a_county_file_fills_the_year_and_overrides_the_built_in_one(tmp_path: Path) -> None:
    (tmp_path / "terms.toml").write_text('[terms."2026-2027-1"]\nstart = 2026-08-31\nend = 2027-01-15\n', "utf-8")
    (tmp_path / "holidays-2027.toml").write_text("rest = [2027-01-01]\nwork = [2027-01-03]\n", "utf-8")
    (tmp_path / "holidays-2026.toml").write_text("rest = [2026-09-01]\n", "utf-8")
    calendar = Calendar.load(tmp_path)
    assert calendar.is_workday(dt.date(2027, 1, 3))
    assert not calendar.is_workday(dt.date(2027, 1, 1))
    assert not calendar.is_workday(dt.date(2026, 9, 1))
    assert not calendar.is_workday(dt.date(2026, 10, 1))


def test_a_holiday_application_is_handed_in_on_the_next_opening_day() -> None:
    days = as_days(dt.date(2026, 7, 10), dt.date(2026, 7, 11), dt.date(2026, 8, 31), dt.date(2026, 1, 5), None)
    effective, place = CALENDAR.handed_in(days)
    terms = list(CALENDAR.terms)
    assert [None if p < 0 else terms[p] for p in place] == ["2025-2026-2", "2026-2027-1", "2026-2027-1", None, None]
    assert [str(d) for d in effective] == ["2026-07-10", "2026-08-31", "2026-08-31", "NaT", "NaT"]


def test_after_the_last_known_term_the_term_is_unknown() -> None:
    effective, place = CALENDAR.handed_in(as_days(dt.date(2027, 1, 15), dt.date(2027, 1, 16)))
    assert place.tolist() == [1, -1]
    assert np.isnat(effective[1])


def test_no_working_days_up_to_the_day_itself_or_before() -> None:
    days = as_days(dt.date(2026, 9, 1), dt.date(2026, 9, 10))
    count, gap = CALENDAR.workdays_between(days, as_days(dt.date(2026, 9, 1), dt.date(2026, 9, 1)))
    assert count.tolist() == [0, 0]
    assert not gap.any()


def test_the_edge_of_the_known_years() -> None:
    deadlines, gap = CALENDAR.deadlines(as_days(dt.date(2026, 12, 24), dt.date(2026, 12, 25), None), 7)
    assert [str(d) for d in deadlines] == ["2026-12-31", "NaT", "NaT"]
    assert gap.tolist() == [False, True, False]
    assert CALENDAR.is_workday(dt.date(2026, 12, 31))
    with pytest.raises(MissingHolidays):
        CALENDAR.is_workday(dt.date(2027, 1, 1))
    with pytest.raises(MissingHolidays):
        CALENDAR.is_workday(dt.date(2003, 12, 31))


def test_windows_of_terms_and_of_no_term() -> None:
    _, place = CALENDAR.handed_in(as_days(dt.date(2026, 9, 1), None))
    ends, gap = CALENDAR.window_ends(place, 10)
    assert [str(d) for d in ends] == ["2026-09-11", "NaT"]
    assert not gap.any()
    assert [str(d) for d in CALENDAR.starts(place)] == ["2026-08-31", "NaT"]
    assert TERM.school_year == "2026-2027"
    assert TERM.first_year == 2026


def test_unknown_term_names_those_there_are() -> None:
    with pytest.raises(UsageError, match="2026-2027-1"):
        CALENDAR.term("2030-2031-1")


@pytest.mark.parametrize(("term", "before"), [("2026-2027-1", "2025-2026-2"), ("2025-2026-2", "2025-2026-1")])
def test_previous_term(term: str, before: str) -> None:
    assert previous_term_id(term) == before


@given(DAYS, st.integers(0, 40))
def test_working_days_agree_with_counting_them_one_by_one(start: dt.date, length: int) -> None:
    end = start + dt.timedelta(days=length)
    counted = sum(CALENDAR.is_workday(start + dt.timedelta(days=i)) for i in range(1, length + 1))
    count, gap = CALENDAR.workdays_between(as_days(start), as_days(end))
    assert count[0] == counted
    assert not gap[0]


@given(DAYS, st.integers(1, 30))
def test_a_deadline_is_the_first_working_day_from_its_last_day_on(start: dt.date, days: int) -> None:
    deadline = CALENDAR.deadline(start, days)
    last = start + dt.timedelta(days=days)
    assert deadline >= last
    assert CALENDAR.is_workday(deadline)
    between = (last + dt.timedelta(days=i) for i in range((deadline - last).days))
    assert not any(CALENDAR.is_workday(day) for day in between)


@given(st.dates(dt.date(2010, 1, 1), dt.date(2026, 6, 1)), st.integers(1, 30))
def test_adding_working_days_undoes_counting_them(start: dt.date, n: int) -> None:
    end = CALENDAR.add_workdays(start, n)
    count, _ = CALENDAR.workdays_between(as_days(start), as_days(end))
    assert count[0] == n


def test_a_deadline_that_falls_on_a_rest_day_is_over_the_day_after_the_next_working_day() -> None:
    start = dt.date(2026, 9, 12)
    last = CALENDAR.deadline(start, 7)
    assert last > start + dt.timedelta(days=7)
    assert not CALENDAR.is_past(last, start, 7)
    assert CALENDAR.is_past(last + dt.timedelta(days=1), start, 7)


def test_a_county_file_may_change_the_first_and_the_last_day_of_its_year(tmp_path: Path) -> None:
    (tmp_path / "terms.toml").write_text('[terms."2026-2027-1"]\nstart = 2026-08-31\nend = 2027-01-15\n', "utf-8")
    (tmp_path / "holidays-2031.toml").write_text("rest = [2031-01-01, 2031-12-31]\n", "utf-8")
    calendar = Calendar.load(tmp_path)
    assert not calendar.is_workday(dt.date(2031, 1, 1))
    assert not calendar.is_workday(dt.date(2031, 12, 31))
    assert calendar.is_workday(dt.date(2031, 12, 30))


def test_a_deadline_is_not_moved_into_a_year_that_nobody_knows(tmp_path: Path) -> None:
    """2029 and 2031 are known, 2030 is not: what runs past 2029-12-31 has no deadline, and 2030 is what lacks."""
    (tmp_path / "terms.toml").write_text('[terms."2026-2027-1"]\nstart = 2026-08-31\nend = 2027-01-15\n', "utf-8")
    for year, rest in ((2029, "2029-12-31"), (2031, "2031-01-01")):
        (tmp_path / f"holidays-{year}.toml").write_text(f"rest = [{rest}]\n", "utf-8")
    calendar = Calendar.load(tmp_path)
    deadlines, gap = calendar.deadlines(as_days(dt.date(2029, 12, 21), dt.date(2029, 12, 24)), 7)
    assert [str(d) for d in deadlines] == ["2029-12-28", "NaT"]
    assert gap.tolist() == [False, True]
    with pytest.raises(MissingHolidays, match="缺 2030 年节假日安排"):
        calendar.deadline(dt.date(2029, 12, 24), 7)


def test_a_missing_year_is_the_first_from_the_day_on_that_nobody_knows() -> None:
    days = as_days(dt.date(1999, 5, 1), dt.date(2026, 12, 28), dt.date(2027, 1, 4), dt.date(2030, 1, 1))
    assert CALENDAR.missing_years(days).tolist() == [1999, 2027, 2027, 2030]
