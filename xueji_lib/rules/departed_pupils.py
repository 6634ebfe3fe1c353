"""Ledger rows of pupils who have departed (转出, 毕业 …): they are in no check.

Source: docs/reading-conditions.md, 5.
"""

from __future__ import annotations

import numpy as np

from xueji_lib.county.kleene import Truth, any_of, maybe, truth
from xueji_lib.county.registry import Registry
from xueji_lib.county.rows import flagged
from xueji_lib.rules.inquiry import Inquiry


def departed_pupils(inquiry: Inquiry, table: str) -> Truth:
    """Per row of a ledger: the school's register has the pupil as departed, and in no other row; unknown where the
    pupil's 学生状态 could not be read. No for a pupil who is not on the register at all."""
    county, rows = inquiry.county, inquiry[table]
    size, link = len(rows), county.link(table)
    here = any_of(size, link.left, county.registry.on_register[link.right])
    if not len(county.departed):
        return truth(np.zeros(size, dtype=bool), maybe(here))
    gone = county.link_of_ledger(rows, Registry(county.departed))
    return truth(flagged(size, gone.left) & ~flagged(size, link.left), maybe(here))
