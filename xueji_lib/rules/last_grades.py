"""The highest grade of a school: by its kind; a 教学点's by the register that it had. Source: R406 of the catalogue."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from xueji_lib.county.kleene import Truth, truth
from xueji_lib.county.rows import Rows
from xueji_lib.rules.common import LAST_GRADE
from xueji_lib.rules.inquiry import Inquiry

TEACHING_POINT = "教学点"
Grades = npt.NDArray[np.float64]


def in_last_grade(register: Rows, kind: npt.NDArray[np.object_]) -> Truth:
    """Per row of a register: the pupil is in the highest grade of the school. ``kind``: 办学类型 by school code, None
    where it is not known; then any grade that ends some kind of school may be the highest."""
    grade = register["grade"]
    values = pd.Series(grade.values)
    kinds = pd.Series(kind)[register.school]
    by_register = values.groupby(register.school).transform("max").to_numpy(dtype=float)
    last = np.where(kinds == TEACHING_POINT, by_register, kinds.map(LAST_GRADE).to_numpy(dtype=float))
    kind_open = kinds.isna().to_numpy(dtype=bool)
    perhaps = kind_open & (np.isin(grade.values, list(LAST_GRADE.values())) | (grade.values == by_register))
    # A pupil whose grade could not be read may be in a higher one.
    unread = np.isin(register.school, register.school[~grade.known])
    perhaps |= unread & (kinds == TEACHING_POINT).to_numpy(dtype=bool) & (grade.values == by_register)
    return truth(grade.values == last, ~grade.known | perhaps)


def last_grades(inquiry: Inquiry) -> tuple[Grades, Grades]:
    """Per school code: its highest grade, at the least and at the most. They differ for a 教学点 without a register of
    the last term, or with a grade in it that could not be read, and for a school of unknown 办学类型."""
    county, before = inquiry.county, inquiry["previous_register"]
    schools = np.arange(len(county.school_ids))
    grades = pd.Series(before["grade"].values).groupby(before.school)
    highest = grades.max().reindex(schools).to_numpy(dtype=float)
    whole = grades.size().eq(grades.count()).reindex(schools, fill_value=False).to_numpy(dtype=bool)
    point_least = np.nan_to_num(highest)
    point_most = np.where(whole, highest, np.maximum(point_least, LAST_GRADE[TEACHING_POINT]))
    kind = pd.Series(county.kind)
    is_point = (kind == TEACHING_POINT).to_numpy(dtype=bool)
    usual = kind.map(LAST_GRADE)
    least = np.where(is_point, point_least, usual.fillna(pd.Series(np.minimum(point_least, min(LAST_GRADE.values())))))
    most = np.where(is_point, point_most, usual.fillna(max(LAST_GRADE.values())))
    return least, most
