"""Seats for those who come back (R712): students whose suspension ends this term against free and reserved seats."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from xueji_lib.county.cells import maybe, not_no, truth, yes
from xueji_lib.county.rows import Ints, class_key, grade_key, groups, split_class_key
from xueji_lib.rules.case import Case, Verdict
from xueji_lib.rules.common import LAST_GRADE, group_texts
from xueji_lib.rules.seats import MANY_SEATS, class_seats

Counts = npt.NDArray[np.float64]

NOWHERE = 0
"""The ``grade_key`` of a grade that is not known."""


def verdict(case: Case) -> Verdict:
    """One judged row a grade that somebody returns to, and one a school where a returner's grade is unknown."""
    county, rows = case.county, case["suspensions"]
    returners = _returners(case)
    has_place = returners["grade"] != NOWHERE
    placed, lost = returners[has_place], returners[~has_place]
    people = placed.groupby("grade")["person"]
    keys = people.first().index.to_numpy(dtype=np.int64)
    # A student who stands there twice is one.
    low = placed["person"].where(placed["certain"]).groupby(placed["grade"]).nunique().to_numpy(dtype=np.int64)
    high = people.nunique().to_numpy(dtype=np.int64)
    anywhere = np.bincount(
        lost.drop_duplicates(["school", "person"])["school"].to_numpy(dtype=np.int64), minlength=len(county.school_ids)
    )
    school, into_grade, _ = split_class_key(keys)
    room, room_most = _room(case, keys)
    hit = truth(low > room_most, (low <= room_most) & (high + anywhere[school] > room))
    open_schools = np.flatnonzero(anywhere)
    none = np.zeros_like(open_schools)
    seen = placed["row"][placed["certain"]].to_numpy(dtype=np.int64)
    sources = group_texts(placed["grade"][placed["certain"]].to_numpy(), rows.sources(seen), " | ")
    return case.judge(
        truth(np.append(yes(hit), none), np.append(maybe(hit), np.ones_like(open_schools))),
        "{term} 内休学期满、应编入 {grade} 年级的 {low} 人，该年级空余与预留学位共 {room} 个",
        who=rows,
        at=np.append(placed.groupby("grade")["row"].first().to_numpy(dtype=np.int64), none),
        school=np.append(school, open_schools),
        person=np.append(keys, none),
        grade=np.append(into_grade.astype(float), np.full(len(none), np.nan)),
        facts={"term": county.term.id, "grade": into_grade, "low": low, "room": room_most},
        sources=lambda chosen: [sources[int(key)] for key in keys[chosen]],
    )


def _returners(case: Case) -> pd.DataFrame:
    """Suspensions that end this term, certainly or perhaps: school, grade to return to (``grade_key``), person,
    certain, row."""
    county, rows = case.county, case["suspensions"]
    finish, began, own = rows["end_date"], rows["start_date"], rows["grade"]
    back = finish.ge(np.datetime64(county.term.start)) & finish.le(np.datetime64(county.term.end))
    for column in ("resume_date", "platform_resume_date", "extend_date"):
        back = back & rows[column].is_blank()
    grade = own.choose(~own.blank, case["register"]["grade"].take(county.link("suspensions").first))
    unclear = ~(grade.known & began.known)
    older = began.values < np.datetime64(f"{county.term.first_year}-08-01")
    into = np.where(unclear, np.nan, grade.values + older)
    last = pd.Series(county.kind).map(LAST_GRADE)[rows.school]  # NaN: the school may be of any kind
    least, most = last.fillna(min(LAST_GRADE.values())).to_numpy(), last.fillna(max(LAST_GRADE.values())).to_numpy()
    counted = back & truth(into <= most, unclear | ((into > least) & (into <= most)))
    at = np.flatnonzero(not_no(counted))
    return pd.DataFrame({
        "school": rows.school[at],
        "grade": grade_key(rows.school[at], into[at]),
        "person": groups(county.persons(rows)[at]),
        "certain": yes(counted)[at],
        "row": at,
    })  # fmt: skip


def _room(case: Case, grades: Ints) -> tuple[Counts, Counts]:
    """Free and reserved seats of each grade: certainly, and at most (where a class's 核定学位 is unknown)."""
    rows, sizes = case["classes"], case.county.registry.sizes
    listed, seats, _, _ = class_seats(case)
    keys = np.unique(np.append(sizes.keys, listed))
    school, grade, class_no = split_class_key(keys)
    low, high = sizes.of(school, grade.astype(float), class_no.astype(float))
    given = pd.Series(seats, index=listed).reindex(keys).to_numpy()
    reserved = rows["reserved_seats"]
    own = class_key(rows.school, rows["grade"].values, rows["class_no"].values)
    kept = np.nan_to_num(pd.Series(reserved.values).groupby(own).max().reindex(keys).to_numpy(dtype=float))
    open_kept = np.isin(keys, own[reserved.unknown])
    least = np.nan_to_num(np.maximum(given - high, 0)) + kept
    most = np.where(np.isnan(given) | open_kept, np.inf, np.maximum(given - low, 0) + kept)
    frame = pd.DataFrame({"least": least, "most": most}).groupby(grade_key(school, grade.astype(float))).sum()
    frame = frame.reindex(grades)  # a grade without a class has no seats
    more = _more_room(case, grades)
    return np.nan_to_num(frame["least"].to_numpy()), np.nan_to_num(frame["most"].to_numpy(), posinf=np.inf) + more


def _more_room(case: Case, grades: Ints) -> Ints:
    """At most, what 班级设置 rows of an unreadable grade or class add to each grade."""
    rows = case["classes"]
    grade, class_no = rows["grade"], rows["class_no"]
    more = np.zeros(len(grades), dtype=np.int64)
    school, of_grade, _ = split_class_key(grades)
    seats = np.where(rows["seats"].known, rows["seats"].values, MANY_SEATS)
    kept = np.where(rows["reserved_seats"].unknown, MANY_SEATS, np.nan_to_num(rows["reserved_seats"].values))
    for i in np.flatnonzero(~(grade.known & class_no.known)):  # a handful of rows, if any
        here = (school == rows.school[i]) & ((of_grade == grade.values[i]) | ~grade.known[i])
        more += np.where(here, seats[i] + kept[i], 0).astype(np.int64)
    return more
