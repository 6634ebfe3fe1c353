"""Reading 7: a period of efile_days that begins in a holiday begins with the term."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from tests.county.tables import words
from xueji_lib.county.cells import Cells
from xueji_lib.register.calendar import Calendar
from xueji_lib.register.policy import Policy
from xueji_lib.rules.periods import Periods


def periods(as_of: str) -> Periods:
    return Periods(Calendar.load(), Policy.load(), np.datetime64(as_of, "D"))


def day(text: str) -> Cells:
    """One cell: a day, "" for a blank one, "?" for one that could not be read."""
    value = np.array([text if text not in ("", "?") else "NaT"], dtype="datetime64[D]")
    return Cells(value, np.array([text == ""]), np.array([text == "?"]))


@pytest.mark.parametrize(
    ("start", "as_of", "over"),
    [
        ("2026-08-20", "2026-09-07", "否"),  # from 2026-08-31 a week: a Monday
        ("2026-08-20", "2026-09-08", "是"),
        ("2026-07-11", "2026-09-07", "否"),  # the day after the last term's end
        ("2026-07-10", "2026-07-17", "否"),  # its end itself is term
        ("2026-07-10", "2026-07-18", "是"),
        ("2026-09-28", "2026-10-08", "否"),  # 国庆: to the next working day
        ("2026-09-28", "2026-10-09", "是"),
        ("", "2026-11-20", "未知"),
        ("?", "2026-11-20", "未知"),
        ("2025-11-03", "2026-11-20", "是"),  # before the first known term, and long over either way
        ("2026-02-20", "2026-03-05", "未知"),  # perhaps in a holiday that nobody has told the kit of
        ("2026-02-27", "2026-03-05", "否"),
        ("2027-01-20", "2027-01-25", "否"),  # in a holiday that has no next term yet
        ("2027-01-20", "2027-03-30", "未知"),
    ],
)
def test_over(start: str, as_of: str, over: str) -> None:
    assert words(periods(as_of).efile_over(day(start))) == [over]


@pytest.mark.parametrize(
    ("done", "start", "as_of", "late"),
    [
        ("2026-09-07", "2026-08-20", "2026-11-20", "否"),
        ("2026-09-08", "2026-08-20", "2026-11-20", "是"),
        ("", "2026-08-20", "2026-11-20", "是"),
        ("", "2026-11-16", "2026-11-20", "否"),
        ("?", "2026-11-13", "2026-11-20", "否"),  # a + 7 is as_of: nothing is overdue
        ("?", "2026-11-12", "2026-11-20", "未知"),
        ("2026-12-20", "2026-11-13", "2026-11-20", "否"),
        ("2026-09-20", "", "2026-11-20", "否"),
        ("2026-09-20", "?", "2026-11-20", "未知"),
    ],
)
def test_late(done: str, start: str, as_of: str, late: str) -> None:
    assert words(periods(as_of).efile_late(day(done), day(start))) == [late]


def test_the_deadline_that_evidence_names() -> None:
    assert periods("2026-11-20").efile_deadline(day("2026-08-20")).tolist() == [dt.date(2026, 9, 7)]


def test_no_calendar_is_asked_for_where_nothing_can_be_overdue() -> None:
    unknown_year = periods("2031-03-05")
    for answer in (unknown_year.efile_over(day("2031-03-01")), unknown_year.efile_late(day(""), day("2031-03-01"))):
        assert answer.gap is None
