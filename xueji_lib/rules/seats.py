"""Seats: how many a class has and may have, and who sits in a class that could not be read."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from xueji_lib.county.kleene import Flags, Truth, truth
from xueji_lib.county.rows import Ints, Keys, class_key, split_class_key
from xueji_lib.rules.inquiry import Inquiry


def class_seats(inquiry: Inquiry) -> tuple[Ints, npt.NDArray[np.float64], Flags, Flags]:
    """Classes of 班级设置: keys (sorted), 核定学位 (NaN: none given), where a cell was rejected, where all are blank.

    A class that stands twice has its larger figure.
    """
    rows = inquiry["classes"]
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


def seats_of(inquiry: Inquiry, keys: Keys) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """核定学位 of these classes, the standard where none is given: at least, and at most.

    The two differ where the cell was rejected, and where no row names the class but one of an unreadable grade or
    class may be its row.
    """
    known, seats, rejected, _ = class_seats(inquiry)
    at = np.clip(np.searchsorted(known, keys), 0, max(len(known) - 1, 0))
    listed = (known[at] == keys) if len(known) else np.zeros(len(keys), dtype=bool)
    own = np.where(listed, seats[at] if len(known) else np.nan, np.nan)
    least = np.where(np.isnan(own), standard_seats(inquiry, keys), own)
    unknown = listed & (rejected[at] if len(known) else False)
    most = np.where(unknown, MANY_SEATS, least)
    least = np.where(unknown & np.isnan(own), 0, least)
    school, grade, class_no = split_class_key(keys)
    row: Any
    for row in unread_classes(inquiry).itertuples():  # a handful of rows, if any
        may_be = ~listed & (school == row.school)
        if row.grade == row.grade:  # known, not NaN
            may_be &= grade == row.grade
        if row.class_no == row.class_no:
            may_be &= class_no == row.class_no
        least = np.where(may_be, np.fmin(least, row.least), least)
        most = np.where(may_be, np.fmax(most, row.most), most)
    return least, most


def standard_seats(inquiry: Inquiry, keys: Keys) -> Ints:
    """The seats of a class that has no 核定学位 of its own."""
    _, grade, _ = split_class_key(keys)
    return np.where(grade <= 6, inquiry.policy["seats_primary"], inquiry.policy["seats_secondary"]).astype(np.int64)


def unread_classes(inquiry: Inquiry) -> pd.DataFrame:
    """班级设置 rows whose grade or class could not be read: school, grade, class_no (NaN), and the seats they may
    have: least, most (NaN for a blank 核定学位)."""
    rows = inquiry["classes"]
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
