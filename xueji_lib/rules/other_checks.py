"""What another check finds, for conditions that say 没有 R508 的发现."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from xueji_lib.county.kleene import Flags, Truth, maybe, truth, yes
from xueji_lib.county.rows import Ints
from xueji_lib.rules.inquiry import Inquiry
from xueji_lib.rules.verdict import Verdict


def found_by(inquiry: Inquiry, check: Callable[[Inquiry], Verdict], school: Ints, person: Ints) -> Truth:
    """Per pupil (school code and subject, as the other check tells subjects apart): yes where it has a finding, unknown
    where it is undecided. What it notes for coverage is its own and is left out."""
    verdict = check(Inquiry(inquiry.county, inquiry.entry))

    def among(where: Flags) -> Flags:
        theirs = pd.MultiIndex.from_arrays([verdict.school[where], verdict.subject[where]])
        return np.asarray(pd.MultiIndex.from_arrays([school, person]).isin(theirs), dtype=bool)

    certain = among(yes(verdict.hit))
    return truth(certain, among(maybe(verdict.hit)) & ~certain)
