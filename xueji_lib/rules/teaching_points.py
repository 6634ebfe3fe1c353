"""教学点: its pupils go on to another school from the highest grade that it has. Source: R406, R715."""

from __future__ import annotations

import numpy as np
import pandas as pd

from xueji_lib.county.cells import Cells
from xueji_lib.county.kleene import Flags, Truth, any_of, truth
from xueji_lib.county.rows import Ints
from xueji_lib.rules.common import LAST_GRADE
from xueji_lib.rules.inquiry import Inquiry
from xueji_lib.rules.last_grades import TEACHING_POINT


def top_of_teaching_point(inquiry: Inquiry) -> Truth:
    """Per row of the last term's register: of a 教学点, in the highest grade of its register. A grade that could not be
    read may be higher; of a school of the directory whose 办学类型 is unknown it may be one."""
    county, rows = inquiry.county, inquiry["previous_register"]
    grade = pd.Series(rows["grade"].values)
    highest = grade.groupby(rows.school).transform("max").to_numpy(dtype=float)
    unread = grade.isna().groupby(rows.school).transform("any").to_numpy(dtype=bool)
    with np.errstate(invalid="ignore"):
        lower = rows["grade"].known & (rows["grade"].values < highest)
    top = truth(~lower, ~lower & unread)
    kind = county.kind[rows.school]
    listed = rows.school < county.n_schools
    return truth(kind == TEACHING_POINT, listed & pd.isna(kind)) & top


def perhaps_not_the_top(inquiry: Inquiry) -> Flags:
    """A flag a row of the last term's register: of a 教学点, where a grade that could not be read may be higher."""
    rows = inquiry["previous_register"]
    unread = pd.Series(~rows["grade"].known).groupby(rows.school).transform("any").to_numpy(dtype=bool)
    return np.asarray(unread & (inquiry.county.kind[rows.school] == TEACHING_POINT), dtype=bool)


def from_teaching_point(inquiry: Inquiry) -> Truth:
    """Per register row: another school's last register has the pupil, by number, at the top of a 教学点."""
    county, register = inquiry.county, inquiry["register"]
    here, there = county.previous.elsewhere(register)
    came = top_of_teaching_point(inquiry)[there] & county.previous.on_register[there]
    return any_of(len(register), here, came)


def may_be_last(inquiry: Inquiry, school: Ints, grade: Cells) -> Truth:
    """Per school code and grade: no where it certainly is not the highest that the school had, be the pupil's own grade
    of the last term known or not; yes where it may be."""
    kind = pd.Series(inquiry.county.kind)[school]
    last = kind.map(LAST_GRADE).to_numpy(dtype=float)
    before = inquiry["previous_register"]
    highest = pd.Series(before["grade"].values).groupby(before.school).max()
    by_register = highest.reindex(school).to_numpy(dtype=float)
    is_point, is_open = (kind == TEACHING_POINT).to_numpy(dtype=bool), kind.isna().to_numpy(dtype=bool)
    with np.errstate(invalid="ignore"):
        not_lower = ~(grade.values < by_register)
    usual = np.where(is_open, np.isin(grade.values, sorted(set(LAST_GRADE.values()))), grade.values == last)
    return truth(~grade.known | np.where(is_point, not_lower, usual | (is_open & not_lower)))
