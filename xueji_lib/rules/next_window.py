"""Who came after the days in which transfers are handled, and has to wait for the next term's. Source: R404."""

from __future__ import annotations

import numpy as np

from xueji_lib.county.cells import Cells
from xueji_lib.county.kleene import NO_YEAR, Truth, truth
from xueji_lib.register.calendar import MissingHolidays
from xueji_lib.rules.inquiry import Inquiry


def waits_for_next_term(inquiry: Inquiry, day: Cells) -> Truth:
    """Per day: it is after the first N working days of its term (policy transfer_window_workdays), and the next 开学日
    is still to come. No for a blank day, and for one before the first known term."""
    calendar, limit = inquiry.county.calendar, inquiry.policy["transfer_window_workdays"]
    days = np.asarray(day.values, dtype="datetime64[D]")
    terms = list(calendar.terms.values())
    waits = np.zeros(len(day), dtype=bool)
    unknown = day.unknown.copy()
    gaps = np.full(len(day), NO_YEAR)
    for i, term in enumerate(terms):  # a handful of terms
        following = terms[i + 1].start if i + 1 < len(terms) else None
        if following is not None and inquiry.as_of >= following:
            continue
        with np.errstate(invalid="ignore"):
            of_term = day.known & (days >= np.datetime64(term.start))
            if following is not None:
                of_term &= days < np.datetime64(following)
            in_holiday = of_term & (days > np.datetime64(term.end))
        if following is None and inquiry.as_of > term.end:  # when the next term begins is not known
            late, open_ = np.zeros(len(day), dtype=bool), True
        else:
            late, open_ = in_holiday, False
        in_term = of_term & ~in_holiday
        try:
            with np.errstate(invalid="ignore"):
                after = in_term & (days > np.datetime64(calendar.window_end(term, limit)))
            late = late | (after & (not open_))
            unknown |= (after | in_holiday) & open_
        except MissingHolidays as error:
            unknown |= in_term | (in_holiday & open_)
            gaps[in_term] = error.year
        waits |= late
    return truth(waits, unknown, gaps if (gaps != NO_YEAR).any() else None)
