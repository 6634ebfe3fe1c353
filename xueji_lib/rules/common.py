"""What several rules ask alike: who is absent, what a ledger says of a student, seats, the other school."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

from xueji_lib.county.kleene import Flags, RowIndexes, Truth, any_of, truth, yes
from xueji_lib.county.persons import shared_out
from xueji_lib.county.rows import Ints, KeyIndex, Keys, Rows, distinct_pairs, flagged, name_key
from xueji_lib.register.identity import NUMBER_KEYS
from xueji_lib.register.school_references import named_schools
from xueji_lib.register.vocabulary import Direction
from xueji_lib.rules.inquiry import Inquiry
from xueji_lib.rules.verdict import Awaiting

ENTRY_GRADES = (1, 7, 10)
FINAL_GRADES = (6, 9, 12)
LAST_GRADE = {
    "小学": 6, "教学点": 6, "初级中学": 9, "九年一贯制学校": 9,
    "完全中学": 12, "高级中学": 12, "十二年一贯制学校": 12, "特殊教育学校": 12,
}  # fmt: skip


# ---- the headcount ----


def absent(inquiry: Inquiry) -> tuple[RowIndexes, RowIndexes, Truth]:
    """Headcount rows, register rows, and whether that pair is 在籍不在校: three arrays, one item a pair."""
    reconciled = inquiry.county.reconciled
    inquiry.note(inquiry["headcount"].school[reconciled.stray_absent], "另有 {n} 行不在校核对行在名册中找不到，未计入")
    return reconciled.absences


def awaiting_school(inquiry: Inquiry, hc: RowIndexes, figure: str = "report_days") -> Awaiting | None:
    """Per headcount row: a roll-call alone says so, and the days that the school has to explain it are not over yet:
    no finding of R201 R211 R213 R405 R518 R707 R709 R711 R720 so far (docs/reading-conditions.md, 13). None where there
    is no such row."""
    only_called = inquiry.county.only_called[hc]
    if not only_called.any():
        return None
    called_on, days = inquiry["headcount"]["check_date"].take(hc), inquiry.policy[figure]
    waiting = truth(only_called) & ~inquiry.periods.past(called_on, days)
    day = called_on.values.astype("datetime64[D]")
    until = inquiry.periods.deadline(called_on, days)
    return Awaiting(waiting, day, np.where(np.isnat(until), day + np.timedelta64(days, "D"), until))


def after_report_deadline(inquiry: Inquiry) -> str | None:
    """R110, R111: judged only after the term's report was due."""
    county, days = inquiry.county, inquiry.policy["report_days"]
    if county.calendar.is_past(county.as_of, county.term.start, days):
        return None
    return f"开学日 {county.term.start} 起 {days} 日的排摸期限未过"


def numberless(rows: Rows) -> Flags:
    """A flag a row: it has no known number, so that across schools it can be compared with nobody."""
    return np.asarray((rows.key("id_key") == 0) & (rows.key("register_key") == 0))


# ---- ledgers ----


def in_ledger(inquiry: Inquiry, table: str, condition: Truth | None = None) -> Truth:
    """An answer a register row: the ledger has a row of that student (for which ``condition`` holds)."""
    rows = inquiry[table]
    size = len(inquiry["register"])
    if not len(rows):
        return truth(np.zeros(size, dtype=bool))
    link = inquiry.county.link(table)
    condition = truth(np.ones(len(rows), dtype=bool)) if condition is None else condition
    return any_of(size, link.right, condition[link.left])


def not_supplied(inquiry: Inquiry, *tables: tuple[str, str]) -> str:
    """What evidence says of ledgers that are not there: 缺台账视为没有."""
    lacking = [name for table, name in tables if not inquiry.county.has(table)]
    return f"（未提供{'、'.join(lacking)}）" if lacking else ""


def students_in(inquiry: Inquiry, who: Rows, table: str) -> tuple[RowIndexes, RowIndexes]:
    """Pairs (row of the headcount, row of a ledger of the same school) that are one student: by number, through
    the register, or, for a student who is not on it and where no number can be compared, by a name that is
    unique among such students (same grade and class where given)."""
    ledger = inquiry[table]
    if not len(ledger) or not len(who):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    pairs = []
    for kind in NUMBER_KEYS:
        left, right = KeyIndex(ledger.key(kind)).join(who.key(kind))
        near = who.school[left] == ledger.school[right]
        pairs.append((left[near], right[near]))
    link = inquiry.county.link(table)
    headcount_link = inquiry.county.reconciled.link
    left, right = KeyIndex(Keys(link.right + 1)).join(Keys(headcount_link.right + 1))
    pairs.append((headcount_link.left[left], link.left[right]))
    known = flagged(len(ledger), np.concatenate([link.left, *(rows for _, rows in pairs)]))
    pairs.append(_by_name(inquiry, who, ledger, known))
    students, rows = distinct_pairs(*map(np.concatenate, zip(*pairs, strict=True)))
    of = inquiry.county.companions(ledger)
    if of is None:
        return students, rows
    row, student = shared_out(of, rows, students)
    return student, row


def _by_name(inquiry: Inquiry, who: Rows, ledger: Rows, known: Flags) -> tuple[RowIndexes, RowIndexes]:
    reconciled = inquiry.county.reconciled
    stranger = np.flatnonzero(~reconciled.matched)
    rest = np.flatnonzero(~known)
    names = pd.Index(pd.unique(np.append(who.strings("name", stranger), ledger.strings("name", rest))), dtype=object)
    room = len(names) + 1

    def keys(rows: Rows, row_indexes: RowIndexes) -> Keys:
        text = rows.strings("name", row_indexes)
        codes = np.where(pd.isna(text), -1, names.get_indexer(pd.Index(text, dtype=object)))
        return name_key(rows.school[row_indexes], codes, room)

    left, right = KeyIndex(keys(who, stranger)).join(keys(ledger, rest))
    right, left = stranger[right], rest[left]  # left: ledger, right: headcount
    for column in ("grade", "class_no"):
        if ledger.has(column):
            written = ledger[column]
            fits = ~written.known[left] | (written.values[left] == who[column].values[right])
            left, right = left[fits], right[fits]
    for kind in NUMBER_KEYS:
        a, b = ledger.key(kind)[left], who.key(kind)[right]
        fits = (a == 0) | (b == 0) | (a == b)
        left, right = left[fits], right[fits]
    single = np.bincount(left, minlength=len(ledger))[left] == 1
    return right[single], left[single]


def named_school(inquiry: Inquiry, column: str) -> tuple[Ints, Flags]:
    """Per transfer row: the code of the school that 转出学校 or 转入学校 names (-1: none of the directory's), and
    whether it names any. The name or 学校标识码 must fit exactly after normalisation."""
    rows = inquiry["transfers"]
    return named_schools(rows.strings(column), *inquiry.county.listed), rows[column].known


def other_school(inquiry: Inquiry) -> Ints:
    """Per transfer row: the code of the other school; -1 where it is none of the directory's, or not known."""
    direction = inquiry["transfers"]["direction"]
    origin, target = named_school(inquiry, "from_school")[0], named_school(inquiry, "to_school")[0]
    return np.where(yes(direction.eq(Direction.IN)), origin, np.where(yes(direction.eq(Direction.OUT)), target, -1))


def with_school(inquiry: Inquiry, transfers: RowIndexes, school: Ints) -> Truth:
    """Per transfer row (by row index): its other school is this one. Where the direction is not known, only if both
    sides agree on the answer."""
    direction = inquiry["transfers"]["direction"]
    origin, names_origin = named_school(inquiry, "from_school")
    target, names_target = named_school(inquiry, "to_school")
    came = truth(origin[transfers] == school, ~names_origin[transfers])
    went = truth(target[transfers] == school, ~names_target[transfers])
    incoming, outgoing = direction.eq(Direction.IN)[transfers], direction.eq(Direction.OUT)[transfers]
    return (incoming & came) | (outgoing & went) | (came & went)


# ---- groups ----


def group_texts(group: Ints, texts: list[str], joiner: str = "、", limit: int = 0) -> dict[int, str]:
    """Group → its members' texts joined in order, at most ``limit`` of them (0: all). ``group``: of each text."""
    of_group: dict[int, list[str]] = {}
    for key, text in zip(group.tolist(), texts, strict=True):
        of_group.setdefault(key, []).append(text)
    return {
        key: joiner.join(members[:limit] if limit else members)
        + (f" 等 {len(members)} 名" if 0 < limit < len(members) else "")
        for key, members in of_group.items()
    }


def exported(inquiry: Inquiry) -> Callable[[RowIndexes], list[str]]:
    """A function of register row indexes: the file that each row was read from, "" for an index of -1.

    A comparison with the register as exported has to name it.
    """
    files = inquiry["register"].frame["_file"]

    def names(row_indexes: RowIndexes) -> list[str]:
        return [
            str(f) if p >= 0 else "" for f, p in zip(files.take(np.maximum(row_indexes, 0)), row_indexes, strict=True)
        ]

    return names


def first_of_school(school: Ints, where: Flags | None, n: int) -> RowIndexes:
    """Row indexes, shape ``(n,)``: the first row (where the flag is set) of each of the first ``n`` schools; or -1."""
    at = np.arange(len(school)) if where is None else np.flatnonzero(where)
    first = np.full(n, -1, dtype=np.int64)
    of_school = school[at][::-1]
    listed = (of_school >= 0) & (of_school < n)
    first[of_school[listed]] = at[::-1][listed]
    return first


def full_years(birth: npt.NDArray[np.datetime64], day: dt.date) -> npt.NDArray[np.float64]:
    """Full years on a day (周岁); NaN where the birth date is unknown."""
    months = birth.astype("datetime64[M]")
    year = birth.astype("datetime64[Y]").astype(float) + 1970
    month = (months - birth.astype("datetime64[Y]")).astype(float) + 1
    of_month = (birth - months).astype(float) + 1
    later = (month > day.month) | ((month == day.month) & (of_month > day.day))
    return np.where(np.isnat(birth), np.nan, day.year - year - later)
