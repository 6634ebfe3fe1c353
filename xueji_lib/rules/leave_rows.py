"""A pupil's rows of the 休复学台账 among one another."""

from __future__ import annotations

import pandas as pd

from xueji_lib.county.kleene import Truth, truth
from xueji_lib.county.rows import groups
from xueji_lib.rules.inquiry import Inquiry


def starts_again(inquiry: Inquiry) -> Truth:
    """Per suspension: the same pupil has another one with a later 休学起始日期."""
    rows = inquiry["suspensions"]
    start = rows["start_date"]
    day = pd.Series(start.values.astype("datetime64[s]"))  # NaT, later than nothing, where there is none
    group = groups(rows.school, inquiry.county.persons(rows))
    latest = day.groupby(group).transform("max")
    n = day.groupby(group).transform("size").to_numpy()
    n_open = pd.Series(~start.known).groupby(group).transform("sum").to_numpy()
    later = (latest > day).to_numpy()
    open_ = ~later & (n > 1) & ((~start.known) | (n_open > 0))
    return truth(later, open_)
