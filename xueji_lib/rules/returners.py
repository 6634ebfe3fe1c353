"""Seats for those who come back (R712): students whose suspension ends this term against free and reserved seats."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from xueji_lib.county.kleene import concat, not_no, open_where, truth, yes
from xueji_lib.county.rows import Ints, Keys, SchoolCodes, class_key, grade_key, groups, split_class_key
from xueji_lib.rules.common import LAST_GRADE, group_texts
from xueji_lib.rules.inquiry import Inquiry
from xueji_lib.rules.marking import rule
from xueji_lib.rules.seats import MANY_SEATS, class_seats
from xueji_lib.rules.verdict import Verdict

Counts = npt.NDArray[np.float64]

NOWHERE = 0
"""The ``grade_key`` of a grade that is not known."""


@rule("R712")
def no_seats_kept_for_returners(inquiry: Inquiry) -> Verdict:
    """未预留复学学位。一个年级一条。

    One judged row a grade that somebody returns to, and one a school where a returner's grade is unknown.
    """
    county, rows = inquiry.county, inquiry["suspensions"]
    returners = _returners(inquiry)
    has_place = returners["grade"] != NOWHERE
    placed, lost = returners[has_place], returners[~has_place]
    people = placed.groupby("grade")["person"]
    keys = Keys(people.first().index.to_numpy(dtype=np.int64))
    # A student who stands there twice is one.
    low = placed["person"].where(placed["certain"]).groupby(placed["grade"]).nunique().to_numpy(dtype=np.int64)
    high = people.nunique().to_numpy(dtype=np.int64)
    lost_people = lost.drop_duplicates(["school", "person"])
    anywhere = np.bincount(lost_people["school"].to_numpy(dtype=np.int64), minlength=len(county.school_ids))
    # Who perhaps goes into the grade by one row, and anywhere by another, is one.
    both = placed[["grade", "person"]].drop_duplicates().merge(lost_people[["person"]].drop_duplicates(), on="person")
    twice = both.groupby("grade").size().reindex(keys, fill_value=0).to_numpy(dtype=np.int64)
    school, into_grade, _ = split_class_key(keys)
    room, room_most = _room(inquiry, keys)
    hit = truth(low > room_most, (low <= room_most) & (high - twice + anywhere[school] > room))
    open_schools = _perhaps_short(inquiry, anywhere, keys)
    none = np.zeros_like(open_schools)
    seen = placed["row"][placed["certain"]].to_numpy(dtype=np.int64)
    sources = group_texts(placed["grade"][placed["certain"]].to_numpy(), rows.sources(seen), " | ")
    return inquiry.judge(
        concat(hit, open_where(np.ones(len(open_schools), dtype=bool))),
        "{term} 内休学期满、应编入 {grade} 年级的 {low} 人，该年级空余与预留学位共 {room} 个",
        who=rows,
        at=np.append(placed.groupby("grade")["row"].first().to_numpy(dtype=np.int64), none),
        school=np.append(school, open_schools),
        person=np.append(keys, none),
        grade=np.append(into_grade.astype(float), np.full(len(none), np.nan)),
        facts={"term": county.term.id, "grade": into_grade, "low": low, "room": room_most},
        sources=lambda chosen: [sources[int(key)] for key in keys[chosen]],
    )


def _perhaps_short(inquiry: Inquiry, anywhere: Ints, named: Ints) -> Ints:
    """Schools where returners of an unknown grade (``anywhere``: how many, by school code) may be more than the seats
    of some grade that no returner is known to go to (``named``: those that are)."""
    schools = np.flatnonzero(anywhere)
    kinds = pd.Series(inquiry.county.kind)[schools]
    last = kinds.map(LAST_GRADE).fillna(max(LAST_GRADE.values())).to_numpy(dtype=np.int64)
    school, grade = np.repeat(schools, last), np.concatenate([np.arange(1.0, top + 1) for top in last] or [np.zeros(0)])
    keys = class_key(SchoolCodes(school), grade, np.zeros(len(grade)))
    other = ~np.isin(keys, named)
    short = anywhere[school[other]] > _room(inquiry, keys[other])[0]
    return np.unique(school[other][short])


def _returners(inquiry: Inquiry) -> pd.DataFrame:
    """Suspensions that end this term, certainly or perhaps: school, grade to return to (``grade_key``), person,
    certain, row."""
    county, rows = inquiry.county, inquiry["suspensions"]
    finish, began, own = rows["end_date"], rows["start_date"], rows["grade"]
    back = finish.ge(np.datetime64(county.term.start), blank=False) & finish.le(np.datetime64(county.term.end), False)
    for column in ("resume_date", "platform_resume_date", "extend_date"):
        back = back & rows[column].is_blank()
    grade = own.choose(~own.blank, inquiry["register"]["grade"].take(county.link("suspensions").first))
    unclear = ~(grade.known & began.known)
    older = began.values < np.datetime64(f"{county.term.first_year}-08-01")
    into = np.where(unclear, np.nan, grade.values + older)
    last = pd.Series(county.kind).map(LAST_GRADE)[rows.school]  # NaN: the school may be of any kind
    least, most = last.fillna(min(LAST_GRADE.values())).to_numpy(), last.fillna(max(LAST_GRADE.values())).to_numpy()
    counted = back & truth(into <= most, unclear | ((into > least) & (into <= most)))
    at = np.flatnonzero(not_no(counted))
    return pd.DataFrame({
        "school": rows.school[at],
        "grade": grade_key(SchoolCodes(rows.school[at]), into[at]),
        "person": groups(rows.school[at], county.persons(rows)[at]),
        "certain": yes(counted)[at],
        "row": at,
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
