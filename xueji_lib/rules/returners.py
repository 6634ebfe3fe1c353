"""Seats for those who come back (R712): students whose suspension ends this term against free and reserved seats."""

from __future__ import annotations

import numpy as np
import pandas as pd

from xueji_lib.case import Case, Verdict
from xueji_lib.cells import Flags, maybe, not_no, truth, yes
from xueji_lib.rows import Ints, class_key, split_class_key
from xueji_lib.rules.common import LAST_GRADE, MANY_SEATS, class_seats, group_texts


def verdict(case: Case) -> Verdict:
    """One judged row a grade that somebody returns to, and one a school where a returner's grade is unknown."""
    county, rows = case.county, case["suspensions"]
    register, link = case["register"], county.link("suspensions")
    start, end = np.datetime64(county.term.start), np.datetime64(county.term.end)
    finish = rows["end_date"]
    back = finish.ge(start) & finish.le(end)
    for column in ("resume_date", "platform_resume_date", "extend_date"):
        back = back & rows[column].is_blank()
    own = rows["grade"]
    from_register = register["grade"].take(link.first)
    grade = own.choose(own.known | own.unknown, from_register)
    began = rows["start_date"]
    older = began.values < np.datetime64(f"{county.term.first_year}-08-01")
    into = grade.values + older
    last = pd.Series(county.kind).map(LAST_GRADE).to_numpy(dtype=float)[rows.school]
    unclear = ~grade.known | ~began.known
    counted = back & truth(~(into > last), unclear | np.isnan(last))
    target = class_key(rows.school, np.where(unclear, np.nan, into), np.zeros(len(rows)))
    keys = np.unique(target[not_no(counted) & (target != 0)])
    spot = np.searchsorted(keys, target)
    inside = target != 0
    persons = county.persons(rows)

    def students(places: Ints, where: Flags, size: int) -> Ints:
        """A student who stands there twice is one."""
        pairs = pd.DataFrame({"place": places[where], "person": persons[where]}).drop_duplicates()
        return np.bincount(pairs["place"], minlength=size).astype(np.int64)

    low = students(spot, inside & yes(counted), len(keys))
    high = students(spot, inside & not_no(counted), len(keys))
    open_school = students(rows.school, not_no(counted) & ~inside, len(county.school_ids))
    school, into_grade, _ = split_class_key(keys)
    room, room_most = _room(case, keys)
    high = high + open_school[school]
    hit = truth(low > room_most, (low <= room_most) & (high > room))
    lost = np.flatnonzero(open_school)
    places = (
        pd.Series(np.flatnonzero(not_no(counted)), index=spot[not_no(counted)]) if len(keys) else pd.Series(dtype=int)
    )
    first = places[~places.index.duplicated()].reindex(range(len(keys)), fill_value=0).to_numpy(dtype=np.int64)
    first_lost = np.array(
        [np.flatnonzero((rows.school == s) & ~inside & not_no(counted))[0] for s in lost], dtype=np.int64
    )
    at_key = inside & yes(counted)
    sources = group_texts(spot[at_key], rows.sources(np.flatnonzero(at_key)), " | ")
    return case.judge(
        truth(np.append(yes(hit), np.zeros(len(lost), bool)), np.append(maybe(hit), np.ones(len(lost), bool))),
        "{term} 内休学期满、应编入 {grade} 年级的 {low} 人，该年级空余与预留学位共 {room} 个",
        who=rows,
        at=np.append(first, first_lost),
        school=np.append(school, lost),
        person=np.append(keys, -lost - 1),
        grade=np.append(into_grade.astype(float), np.full(len(lost), np.nan)),
        facts={
            "term": county.term.id,
            "grade": np.append(into_grade, np.zeros(len(lost), np.int64)),
            "low": low,
            "room": room_most,
        },
        sources=lambda chosen: [sources.get(int(i), "") for i in chosen],
    )


def _room(case: Case, grades: Ints) -> tuple[Ints, Ints]:
    """Free and reserved seats of each grade: certainly, and at most (where a class's 核定学位 is unknown)."""
    rows, sizes = case["classes"], case.county.registry.sizes
    listed, seats, _, _ = class_seats(case)
    keys = np.unique(np.append(sizes.keys, listed))
    at = np.clip(np.searchsorted(listed, keys), 0, max(len(listed) - 1, 0))
    have = (listed[at] == keys) if len(listed) else np.zeros(len(keys), dtype=bool)
    given = np.where(have, seats[at] if len(listed) else np.nan, np.nan)
    school, grade, class_no = split_class_key(keys)
    low, high = sizes.of(school, grade.astype(float), class_no.astype(float))
    own = class_key(rows.school, rows["grade"].values, rows["class_no"].values)
    kept = (
        pd.Series(np.nan_to_num(rows["reserved_seats"].values))
        .groupby(own)
        .max()
        .reindex(keys, fill_value=0)
        .to_numpy()
    )
    open_kept = (
        pd.Series(rows["reserved_seats"].unknown)
        .groupby(own)
        .any()
        .reindex(keys, fill_value=False)
        .to_numpy(dtype=bool)
    )
    unknown = np.isnan(given)
    least = np.where(unknown, 0, np.maximum(np.nan_to_num(given) - high, 0)) + kept
    most = np.where(unknown | open_kept, 10**6, np.maximum(np.nan_to_num(given) - low, 0) + kept)
    of_grade = class_key(school, grade.astype(float), np.zeros(len(keys)))
    frame = pd.DataFrame({"g": of_grade, "least": least, "most": most}).groupby("g").sum()
    frame = frame.reindex(grades, fill_value=0)
    more = _more_room(case, grades)
    return frame["least"].to_numpy(dtype=np.int64), frame["most"].to_numpy(dtype=np.int64) + more


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
