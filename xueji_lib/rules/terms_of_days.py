"""Whether a day belongs to one of some terms (所属学期). Source: docs/reading-conditions.md, 7."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from xueji_lib.county.cells import Cells
from xueji_lib.county.kleene import Truth, truth
from xueji_lib.rules.inquiry import Inquiry


def in_terms(inquiry: Inquiry, day: Cells, term_ids: Collection[str]) -> Truth:
    """Per cell: the day belongs to one of these terms. A day that is not known, or before the first known term, may
    belong to any."""
    calendar = inquiry.county.calendar
    known_terms = list(calendar.terms)
    of_day = calendar.handed_in(np.asarray(day.values, dtype="datetime64[D]"))[1]
    wanted = [known_terms.index(term_id) for term_id in term_ids if term_id in known_terms]
    return truth(np.isin(of_day, wanted), (of_day < 0) | ~day.known)
