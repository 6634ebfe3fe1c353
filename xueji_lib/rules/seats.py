"""Seats: how many a class has and may have, and who sits in a class that could not be read."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from xueji_lib.county.cells import Flags, Truth, truth
from xueji_lib.county.rows import Ints, class_key, split_class_key
from xueji_lib.rules.case import Case


def class_seats(case: Case) -> tuple[Ints, npt.NDArray[np.float64], Flags, Flags]:
    """Classes of 班级设置: keys (sorted), 核定学位 (NaN: none given), where a cell was rejected, where all are blank.

    A class that stands twice has its larger figure.
    """
    rows = case["classes"]
    keys = class_key(rows.school, rows["grade"].values, rows["class_no"].values)
    seats = rows["seats"]
    frame = pd.DataFrame({
        "key": keys, "seats": seats.values, "unknown": seats.unknown, "blank": seats.blank,
    })[keys != 0]  # fmt: skip
    grouped = frame.groupby("key").agg(seats=("seats", "max"), unknown=("unknown", "any"), blank=("blank", "all"))
    return (
        grouped.index.to_numpy(dtype=np.int64),
        grouped["seats"].to_numpy(dtype=np.float64),
        grouped["unknown"].to_numpy(dtype=bool),
        grouped["blank"].to_numpy(dtype=bool),
    )


MANY_SEATS = 10**6
"""More seats than any class has: the most an unreadable 核定学位 may be."""


def seats_of(case: Case, keys: Ints) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """核定学位 of these classes, the standard where none is given: at least, and at most.

    The two differ where the cell was rejected, and where no row names the class but one of an unreadable grade or
    class may be its row.
    """
    known, seats, rejected, _ = class_seats(case)
    at = np.clip(np.searchsorted(known, keys), 0, max(len(known) - 1, 0))
    listed = (known[at] == keys) if len(known) else np.zeros(len(keys), dtype=bool)
    given = np.where(listed, seats[at] if len(known) else np.nan, np.nan)
    least = np.where(np.isnan(given), standard_seats(case, keys), given)
    unknown = listed & (rejected[at] if len(known) else False)
    most = np.where(unknown, MANY_SEATS, least)
    least = np.where(unknown & np.isnan(given), 0, least)
    school, grade, class_no = split_class_key(keys)
    row: Any
    for row in unread_classes(case).itertuples():  # a handful of rows, if any
        here = ~listed & (school == row.school)
        if row.grade == row.grade:  # known, not NaN
            here &= grade == row.grade
        if row.class_no == row.class_no:
            here &= class_no == row.class_no
        least = np.where(here, np.fmin(least, row.least), least)
        most = np.where(here, np.fmax(most, row.most), most)
    return least, most


def standard_seats(case: Case, keys: Ints) -> Ints:
    """The seats of a class that has no 核定学位 of its own."""
    _, grade, _ = split_class_key(keys)
    return np.where(grade <= 6, case.policy["seats_primary"], case.policy["seats_secondary"]).astype(np.int64)


def unread_classes(case: Case) -> pd.DataFrame:
    """班级设置 rows whose grade or class could not be read: school, grade, class_no (NaN), and the seats they may
    have: least, most (NaN for a blank 核定学位)."""
    rows = case["classes"]
    seats, grade, class_no = rows["seats"], rows["grade"], rows["class_no"]
    at = np.flatnonzero(~(grade.known & class_no.known) & (rows.school >= 0))
    return pd.DataFrame({
        "school": rows.school[at],
        "grade": grade.values[at],
        "class_no": class_no.values[at],
        "least": np.where(seats.unknown, 0, seats.values)[at],
        "most": np.where(seats.unknown, MANY_SEATS, seats.values)[at],
    })  # fmt: skip


def at_least(low: Ints, high: Ints, figure: int) -> Truth:
    """A count known only to lie between ``low`` and ``high`` is ≥ ``figure``."""
    return truth(low >= figure, (low < figure) & (high >= figure))
