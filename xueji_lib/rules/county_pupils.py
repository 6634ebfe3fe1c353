"""Who the rows of a ledger speak of in the whole county: the same number is the same pupil, at whatever school.

Source: docs/reading-conditions.md, 6 (across schools by number only). A row that its school's register knows carries
that row's numbers.
"""

from __future__ import annotations

import numpy as np

from xueji_lib.county.kleene import RowIndexes
from xueji_lib.county.rows import Ints, groups
from xueji_lib.register.identity import NUMBER_KEYS
from xueji_lib.rules.inquiry import Inquiry


def pupils_of_county(inquiry: Inquiry, table: str) -> Ints:
    """An integer a row: the pupil. Rows that are one pupil in their school, or share a number of one kind, be it
    through a third row, are one."""
    rows, registry = inquiry[table], inquiry.county.registry
    n = len(rows)
    if not n:
        return np.zeros(0, dtype=np.int64)
    everyone = np.arange(n)
    link = inquiry.county.link(table)
    ties = [(everyone, groups(rows.school, inquiry.county.persons(rows)))]
    for kind in NUMBER_KEYS:
        own, carried = rows.key(kind), registry.rows.key(kind)[link.right]
        at = np.append(everyone[own != 0], link.left[carried != 0])
        ties.append((at, groups(np.append(own[own != 0], carried[carried != 0]))))
    return components(n, [tie for tie in ties if len(tie[0])])


def components(n: int, ties: list[tuple[RowIndexes, Ints]]) -> Ints:
    """An integer for each of ``n`` rows, that of one of them: the same for rows that a group of some tie (rows, groups)
    holds together."""
    component = np.arange(n)
    while True:
        before = component.copy()
        for rows, group in ties:
            low = np.full(int(group.max()) + 1, n)
            np.minimum.at(low, group, component[rows])
            np.minimum.at(component, rows, low[group])
        if (component == before).all():
            return component
