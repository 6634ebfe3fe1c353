"""Which classes a school's headcount has, its 中心校 being one school to this."""

from __future__ import annotations

import numpy as np

from xueji_lib.county.kleene import Truth, truth
from xueji_lib.county.reconcile import Reconciled
from xueji_lib.county.rows import Ints, SchoolCodes, class_key


def has_class(reconciled: Reconciled, school: Ints, grade: Ints, class_no: Ints) -> Truth:
    """Per class: a headcount of the school's 中心校 has a row of it; undecided where a class is unreadable."""
    rows = reconciled.headcount
    central = np.where(rows.school >= 0, reconciled.group_of(rows.school), -1)
    own = class_key(SchoolCodes(central), rows["grade"].values, rows["class_no"].values)
    here = reconciled.group_of(school)
    counted = np.isin(class_key(SchoolCodes(here), grade.astype(float), class_no.astype(float)), own)
    possible = np.zeros(len(here), dtype=bool)
    for row in np.flatnonzero(own == 0):  # rows whose class or grade could not be read: few
        g, c = rows["grade"].values[row], rows["class_no"].values[row]
        possible |= (here == central[row]) & (np.isnan(g) | (grade == g)) & (np.isnan(c) | (class_no == c))
    return truth(counted, possible & ~counted)
