"""Seats for those who come back (R712): students whose suspension ends this term against free and reserved seats."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from xueji_lib.county.kleene import concat, not_no, open_where, truth, yes
from xueji_lib.county.rows import Ints, Keys, SchoolCodes, class_key, grade_key, groups, split_class_key
from xueji_lib.rules.common import group_texts
from xueji_lib.rules.departed_pupils import departed_pupils
from xueji_lib.rules.inquiry import Inquiry
from xueji_lib.rules.last_grades import last_grades
from xueji_lib.rules.marking import rule
from xueji_lib.rules.seats import MANY_SEATS, class_seats
from xueji_lib.rules.verdict import Verdict

Counts = npt.NDArray[np.float64]


@rule("R712")
def no_seats_kept_for_returners(inquiry: Inquiry) -> Verdict:
    """未预留复学学位。一个年级一条。

    One judged row a grade that somebody is known to return to, and one a school where those whose grade is not known
    may be more than the seats of another.
    """
    rows = inquiry["suspensions"]
    returners = _returners(inquiry)
    of_grade = returners.groupby("grade")
    keys = Keys(of_grade["row"].min().index.to_numpy(dtype=np.int64))
    # A student who stands there twice is one.
    low = returners["person"].where(returners["certain"]).groupby(returners["grade"]).nunique().to_numpy(dtype=np.int64)
    high = of_grade["person"].nunique().to_numpy(dtype=np.int64)
    named = of_grade["named"].any().to_numpy(dtype=bool)
    room, room_most = _room(inquiry, keys)
    hit = truth(low > room_most, (low <= room_most) & (high > room))
    open_schools = np.unique(split_class_key(Keys(keys[~named & (high > room)]))[0])
    none = np.zeros_like(open_schools)
    keys, low, room_most = Keys(keys[named]), low[named], room_most[named]
    school, into_grade, _ = split_class_key(keys)
    sure = returners[returners["certain"]]
    records = rows.sources(sure["row"].to_numpy(dtype=np.int64))
    sources = group_texts(sure["grade"].to_numpy(dtype=np.int64), records, " | ")
    return inquiry.judge(
        concat(hit[named], open_where(np.ones(len(open_schools), dtype=bool))),
        "{term} 内休学期满、应编入 {grade} 年级的 {low} 人，该年级空余与预留学位共 {room} 个",
        who=rows,
        at=np.append(of_grade["row"].min().to_numpy(dtype=np.int64)[named], none),
        school=np.append(school, open_schools),
        person=np.append(keys, none),
        grade=np.append(into_grade.astype(float), np.full(len(none), np.nan)),
        facts={"term": inquiry.county.term.id, "grade": into_grade, "low": low, "room": room_most},
        sources=lambda chosen: [sources[int(key)] for key in keys[chosen]],
    )


def _returners(inquiry: Inquiry) -> pd.DataFrame:
    """Suspensions that end this term, certainly or perhaps, once for each grade that they may lead to: grade
    (``grade_key``), person, certain, named (it can be no other grade), row."""
    county, rows = inquiry.county, inquiry["suspensions"]
    finish, began, own = rows["end_date"], rows["start_date"], rows["grade"]
    back = finish.ge(np.datetime64(county.term.start), blank=False) & finish.le(np.datetime64(county.term.end), False)
    for column in ("resume_date", "platform_resume_date", "extend_date"):
        back = back & rows[column].is_blank()
    back = back & ~departed_pupils(inquiry, "suspensions")
    grade = own.choose(~own.blank, inquiry["register"]["grade"].take(county.link("suspensions").first))
    older = began.values < np.datetime64(f"{county.term.first_year}-08-01")
    first = np.where(grade.known, grade.values, 1) + (older & began.known)
    last = np.where(grade.known, grade.values, 12) + (older | ~began.known)
    least, most = (grades[rows.school] for grades in last_grades(inquiry))
    at = np.flatnonzero(not_no(back))
    n = np.maximum(np.minimum(last, most) - first + 1, 0)[at].astype(np.int64)
    row = np.repeat(at, n)
    into = first[row] + np.arange(len(row)) - np.repeat(np.cumsum(n) - n, n)
    named = (first == last)[row]
    return pd.DataFrame({
        "grade": grade_key(SchoolCodes(rows.school[row]), into),
        "person": groups(rows.school[row], county.persons(rows)[row]),
        "certain": yes(back)[row] & named & (into <= least[row]),
        "named": named,
        "row": row,
    })  # fmt: skip


def _room(inquiry: Inquiry, grades: Ints) -> tuple[Counts, Counts]:
    """Free and reserved seats of each grade: certainly, and at most (where a class's 核定学位 is unknown)."""
    rows, sizes = inquiry["classes"], inquiry.county.registry.sizes
    listed, seats, _, _ = class_seats(inquiry)
    keys = Keys(np.unique(np.append(sizes.keys, listed)))
    school, grade, class_no = split_class_key(keys)
    low, high = sizes.of(school, grade.astype(float), class_no.astype(float))
    seats_of_class = pd.Series(seats, index=listed).reindex(keys).to_numpy()
    reserved = rows["reserved_seats"]
    own = class_key(rows.school, rows["grade"].values, rows["class_no"].values)
    reserved_of_class = np.nan_to_num(pd.Series(reserved.values).groupby(own).max().reindex(keys).to_numpy(dtype=float))
    reserved_unread = np.isin(keys, own[reserved.unknown])
    least = np.nan_to_num(np.maximum(seats_of_class - high, 0)) + reserved_of_class
    most = np.where(
        np.isnan(seats_of_class) | reserved_unread, np.inf, np.maximum(seats_of_class - low, 0) + reserved_of_class
    )
    frame = pd.DataFrame({"least": least, "most": most}).groupby(grade_key(school, grade.astype(float))).sum()
    frame = frame.reindex(grades)  # a grade without a class has no seats
    more = _more_room(inquiry, grades)
    return np.nan_to_num(frame["least"].to_numpy()), np.nan_to_num(frame["most"].to_numpy(), posinf=np.inf) + more


def _more_room(inquiry: Inquiry, grades: Ints) -> Ints:
    """At most, what 班级设置 rows of an unreadable grade or class add to each grade."""
    rows = inquiry["classes"]
    grade, class_no = rows["grade"], rows["class_no"]
    more = np.zeros(len(grades), dtype=np.int64)
    school, of_grade, _ = split_class_key(Keys(grades))
    seats = np.where(rows["seats"].known, rows["seats"].values, MANY_SEATS)
    reserved = np.where(rows["reserved_seats"].unknown, MANY_SEATS, np.nan_to_num(rows["reserved_seats"].values))
    for i in np.flatnonzero(~(grade.known & class_no.known)):  # a handful of rows, if any
        may_be = (school == rows.school[i]) & ((of_grade == grade.values[i]) | ~grade.known[i])
        more += np.where(may_be, seats[i] + reserved[i], 0).astype(np.int64)
    return more
