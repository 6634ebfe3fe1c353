"""Schools that are one school to the notice: those of one 中心校. Source: docs/reading-conditions.md, 11."""

from __future__ import annotations

import numpy as np

from xueji_lib.county.kleene import Flags
from xueji_lib.county.rows import Ints
from xueji_lib.rules.inquiry import Inquiry


def same_school(inquiry: Inquiry, school: Ints, other: Ints) -> Flags:
    """Per pair of school codes: the two are one school, or of one 中心校."""
    group = inquiry.county.group
    same: Flags = (school == other) | (group[school] == group[other])
    return same


def without_register(inquiry: Inquiry, school: Ints) -> Flags:
    """Per school code: neither that school nor any of its 中心校 handed in a register: nobody knows who is on it."""
    group = inquiry.county.group
    without: Flags = ~np.isin(group[school], group[inquiry.county.schools_with("register")])
    return without
