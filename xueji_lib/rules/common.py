"""What several rules ask alike: who is absent, what a ledger says of a student, seats, the other school."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from xueji_lib.county.cells import Flags, Places, Truth, truth, yes
from xueji_lib.county.rows import Ints, KeyIndex, Rows, any_of, flagged
from xueji_lib.register.identity import clean_names
from xueji_lib.rules.case import Case

ENTRY_GRADES = (1, 7, 10)
FINAL_GRADES = (6, 9, 12)
LAST_GRADE = {
    "小学": 6, "教学点": 6, "初级中学": 9, "九年一贯制学校": 9,
    "完全中学": 12, "高级中学": 12, "十二年一贯制学校": 12, "特殊教育学校": 12,
}  # fmt: skip


# ---- the headcount ----


def absent(case: Case) -> tuple[Places, Places, Truth]:
    """(headcount row, register row, is it 在籍不在校 by that row) for every pair that may be."""
    reconciled = case.county.reconciled
    hc, reg = reconciled.absent_pairs
    case.note(case["headcount"].school[reconciled.stray_absent], "另有 {n} 行不在校核对行在名册中找不到，未计入")
    return hc, reg, reconciled.registered_absent[reg] & ~reconciled.present[hc]


def after_report_deadline(case: Case) -> str | None:
    """R110, R111: judged only after the term's report was due."""
    county, days = case.county, case.policy["report_days"]
    if county.calendar.is_past(county.as_of, county.term.start, days):
        return None
    return f"开学日 {county.term.start} 起 {days} 日的排摸期限未过"


def numberless(rows: Rows) -> Flags:
    """Rows without any known number: across schools they can be compared with nobody."""
    return np.asarray((rows.key("id_key") == 0) & (rows.key("register_key") == 0))


# ---- ledgers ----


def in_ledger(case: Case, table: str, condition: Truth | None = None) -> Truth:
    """Per register row: the ledger has a row of that student (for which ``condition`` holds)."""
    rows = case[table]
    size = len(case["register"])
    if not len(rows):
        return truth(np.zeros(size, dtype=bool))
    link = case.county.link(table)
    condition = truth(np.ones(len(rows), dtype=bool)) if condition is None else condition
    return any_of(size, link.right, condition[link.left])


def not_supplied(case: Case, *tables: tuple[str, str]) -> str:
    """What evidence says of ledgers that are not there: 缺台账视为没有."""
    lacking = [name for table, name in tables if not case.county.has(table)]
    return f"（未提供{'、'.join(lacking)}）" if lacking else ""


def students_in(case: Case, who: Rows, table: str) -> tuple[Places, Places]:
    """Pairs (row of the headcount, row of a ledger of the same school) that are one student: by number, through
    the register, or, for a student who is not on it and where no number can be compared, by a name that is
    unique among such students (same grade and class where given)."""
    ledger = case[table]
    if not len(ledger) or not len(who):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    pairs = []
    for kind in ("id_key", "register_key"):
        left, right = KeyIndex(ledger.key(kind)).join(who.key(kind))
        near = who.school[left] == ledger.school[right]
        pairs.append((left[near], right[near]))
    link = case.county.link(table)
    mine = case.county.reconciled.link
    left, right = KeyIndex(link.right + 1).join(mine.right + 1)
    pairs.append((mine.left[left], link.left[right]))
    pairs.append(_by_name(case, who, ledger, flagged(len(ledger), np.concatenate([link.left, *(p[1] for p in pairs)]))))
    both = np.unique(np.concatenate([np.stack(p) for p in pairs], axis=1), axis=1)
    return both[0], both[1]


def _by_name(case: Case, who: Rows, ledger: Rows, known: Flags) -> tuple[Places, Places]:
    reconciled = case.county.reconciled
    stranger = np.flatnonzero(~reconciled.matched)
    rest = np.flatnonzero(~known)
    names = pd.Index(pd.unique(np.append(who.strings("name", stranger), ledger.strings("name", rest))), dtype=object)
    room = len(names) + 1

    def keys(rows: Rows, places: Places) -> Ints:
        text = rows.strings("name", places)
        return np.where(
            pd.isna(text), 0, rows.school[places] * room + names.get_indexer(pd.Index(text, dtype=object)) + 1
        )

    left, right = KeyIndex(keys(who, stranger)).join(keys(ledger, rest))
    right, left = stranger[right], rest[left]  # left: ledger, right: headcount
    for column in ("grade", "class_no"):
        if ledger.has(column):
            given = ledger[column]
            fits = ~given.known[left] | (given.values[left] == who[column].values[right])
            left, right = left[fits], right[fits]
    for kind in ("id_key", "register_key"):
        a, b = ledger.key(kind)[left], who.key(kind)[right]
        fits = (a == 0) | (b == 0) | (a == b)
        left, right = left[fits], right[fits]
    single = np.bincount(left, minlength=len(ledger))[left] == 1
    return right[single], left[single]


def named_school(case: Case, column: str) -> tuple[Ints, Flags]:
    """Per transfer row: the code of the school that 转出学校 or 转入学校 names (-1: none of the directory's), and
    whether it names any. The name or 学校标识码 must fit exactly after normalisation."""
    rows = case["transfers"]
    county = case.county
    table = pd.Series(np.arange(county.n_schools), index=_clean(county.names[: county.n_schools]))
    table = table[~table.index.duplicated(keep=False)]
    table = pd.concat([table, pd.Series(np.arange(county.n_schools), index=county.school_ids[: county.n_schools])])
    codes, texts = pd.factorize(rows.strings(column))  # a few hundred names stand in thousands of rows
    found = table.reindex(_clean(texts)).fillna(-1).to_numpy(dtype=np.int64)
    return np.append(found, -1)[codes], rows[column].known


def _clean(names: Sequence[object] | npt.NDArray[np.object_]) -> list[str]:
    cleaned: list[str] = clean_names(pa.array([str(name) for name in names], pa.string())).to_pylist()
    return cleaned


def other_school(case: Case) -> Ints:
    """Per transfer row: the code of the other school; -1 where it is none of the directory's, or not known."""
    direction = case["transfers"]["direction"]
    origin, target = named_school(case, "from_school")[0], named_school(case, "to_school")[0]
    return np.where(yes(direction.eq("转入")), origin, np.where(yes(direction.eq("转出")), target, -1))


def with_school(case: Case, transfers: Places, school: Ints) -> Truth:
    """Per transfer row (by place): its other school is this one. Where the direction is not known, only if both
    sides agree on the answer."""
    direction = case["transfers"]["direction"]
    (origin, one), (target, two) = (named_school(case, column) for column in ("from_school", "to_school"))
    came = truth(origin[transfers] == school, ~one[transfers])
    went = truth(target[transfers] == school, ~two[transfers])
    incoming, outgoing = direction.eq("转入")[transfers], direction.eq("转出")[transfers]
    return (incoming & came) | (outgoing & went) | (came & went)


# ---- groups ----


def group_texts(group: Ints, texts: list[str], joiner: str = "、", limit: int = 0) -> dict[int, str]:
    """One text a group: its members' texts in order, at most ``limit`` of them (0: all)."""
    found: dict[int, list[str]] = {}
    for key, text in zip(group.tolist(), texts, strict=True):
        found.setdefault(key, []).append(text)
    return {
        key: joiner.join(members[:limit] if limit else members)
        + (f" 等 {len(members)} 名" if 0 < limit < len(members) else "")
        for key, members in found.items()
    }


def exported(case: Case) -> Callable[[Places], list[str]]:
    """The register file that each register row (by place) was read from: what a comparison with the register
    as exported has to name."""
    files = case["register"].frame["_file"]

    def names(places: Places) -> list[str]:
        return [str(f) if p >= 0 else "" for f, p in zip(files.take(np.maximum(places, 0)), places, strict=True)]

    return names


def first_of_school(school: Ints, where: Flags | None, n: int) -> Places:
    """The first place (where the flag is set) of each of the first ``n`` schools; -1 for none."""
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
