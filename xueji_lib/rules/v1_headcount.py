"""一、未按规定及时录入、变动和上报：从实有学生名册看出来的。"""

from __future__ import annotations

import numpy as np

from xueji_lib.county.cells import Cells
from xueji_lib.county.counted_classes import has_class
from xueji_lib.county.kleene import Flags, RowIndexes, Truth, any_of, concat, maybe, not_no, open_where, truth, yes
from xueji_lib.county.rows import Ints, Keys, flagged, groups, split_class_key
from xueji_lib.register.names import similar_names, why
from xueji_lib.register.vocabulary import Situation
from xueji_lib.rules.across import Across
from xueji_lib.rules.common import ENTRY_GRADES, after_report_deadline, exported, group_texts
from xueji_lib.rules.inquiry import Inquiry
from xueji_lib.rules.marking import rule
from xueji_lib.rules.verdict import Verdict


@rule("R106", across=(Across.NUMBERS, Across.REGISTERS), not_for_special=True)
def present_without_register_too_long(inquiry: Inquiry) -> Verdict:
    """在校学生超期未建籍。"""
    county, rows = inquiry.county, inquiry["headcount"]
    days = inquiry.policy["new_register_days"]
    row, pupil = county.reconciled.registered_elsewhere
    registered = any_of(len(rows), row, county.registry.on_register[pupil])
    incomplete = not county.schools_with("register")[: county.n_schools].all()
    nowhere = ~(registered | open_where(county.reconciled.numbers.none | incomplete))
    subject = (
        county.reconciled.present_unregistered
        & rows["situation"].eq(Situation.PROCEDURE_PENDING, blank=False)
        & rows["grade"].isin(ENTRY_GRADES)
        & rows["moved_date"].has_value()
    )
    return inquiry.judge(
        subject & inquiry.periods.past(rows["moved_date"], days, False) & nowhere,
        "{moved_date} 到校，期限 {deadline}（到校后 {days} 日）；截至 {as_of} 不在本县任何学校名册",
        who=rows,
        applies=subject,
        facts={
            "deadline": inquiry.periods.deadline(rows["moved_date"], days),
            "days": str(days),
            "as_of": str(inquiry.as_of),
        },
    )


def _without_class(inquiry: Inquiry, among: Flags) -> RowIndexes:
    """The students (``among``) whose class could not be read."""
    return np.flatnonzero(among & (inquiry.county.registry.class_keys == 0))


def _one_a_grade(inquiry: Inquiry, at: RowIndexes) -> RowIndexes:
    """One for each grade of ``_without_class``: whether that class was checked cannot be said."""
    register = inquiry["register"]
    first = np.unique(groups(register.school[at], register["grade"].values[at]), return_index=True)[1]
    return at[first]


def _with_unplaced(
    hit: Truth, row_indexes: RowIndexes, keys: Keys, unplaced: RowIndexes
) -> tuple[Truth, RowIndexes, Ints]:
    """The classes' verdict, register rows and keys, and behind them the undecided ones of ``_one_a_grade``."""
    n = len(unplaced)
    undecided = open_where(np.ones(n, dtype=bool))
    return concat(hit, undecided), np.append(row_indexes, unplaced), np.append(keys, -1 - np.arange(n))


def _headcount_of(inquiry: Inquiry, keys: Keys) -> Truth:
    """Per class key: a headcount of the school's 中心校 has a row of that class."""
    return has_class(inquiry.county.reported, *split_class_key(keys))


def _perhaps_checked(inquiry: Inquiry, students: RowIndexes) -> Flags:
    """Per register row of unknown class: some row of a headcount of the school's 中心校 may be of its class."""
    rows, register = inquiry.county.reported_headcount, inquiry["register"]
    group_of = inquiry.county.reported.group_of
    central, own = group_of(rows.school), group_of(register.school)
    perhaps = np.zeros(len(students), dtype=bool)
    for i, student in enumerate(students):  # few
        fits = (rows.school >= 0) & (central == own[student])
        for column in ("grade", "class_no"):
            value = register[column].values[student]
            fits &= np.isnan(value) | np.isnan(rows[column].values) | (rows[column].values == value)
        perhaps[i] = fits.any()
    return perhaps


@rule("R110", across=Across.CENTRAL, applies=after_report_deadline, without_headcount=True, reported_headcount=True)
def class_not_checked(inquiry: Inquiry) -> Verdict:
    """未逐班核对。"""
    register, sizes = inquiry["register"], inquiry.county.registry.sizes
    keys, low, high = sizes.keys, sizes.low, sizes.high
    registry = inquiry.county.registry
    has_students = truth(low > 0, (low == 0) & (high > 0))
    unplaced = _one_a_grade(inquiry, _without_class(inquiry, registry.enrolled | registry.maybe_enrolled))
    hit = has_students & ~_headcount_of(inquiry, keys)
    hit, row_indexes, person = _with_unplaced(hit, _first_rows(inquiry, keys), keys, unplaced)
    return inquiry.judge(
        hit,
        "名册在读 {low} 人，逐班核对表没有该班的任何行",
        who=register,
        at=row_indexes,
        person=person,
        grade=register["grade"].values[row_indexes],
        class_no=register["class_no"].values[row_indexes],
        facts={"low": low},
    )


def _first_rows(inquiry: Inquiry, keys: Keys) -> RowIndexes:
    """A register row of each class."""
    of_class = inquiry.county.registry.class_keys
    order = np.argsort(of_class, kind="stable")
    return order[np.searchsorted(of_class[order], keys)]


@rule("R111", across=Across.CENTRAL, applies=after_report_deadline, reported_headcount=True)
def class_checked_in_part(inquiry: Inquiry) -> Verdict:
    """核对不全。"""
    county, register = inquiry.county, inquiry["register"]
    registry = county.registry
    keys = registry.sizes.keys
    of_class = registry.class_keys
    enrolled = truth(registry.enrolled, registry.maybe_enrolled)
    unseen = enrolled & county.reported.not_counted
    missing = not_no(unseen)
    certain, possible = yes(unseen) & (of_class != 0), maybe(unseen) & (of_class != 0)
    n = np.bincount(np.searchsorted(keys, of_class[certain]), minlength=len(keys))
    more = np.bincount(np.searchsorted(keys, of_class[possible]), minlength=len(keys))
    missed = np.flatnonzero(certain)
    hit = truth(n > 0, (n == 0) & (more > 0)) & _headcount_of(inquiry, keys)
    unplaced = _without_class(inquiry, missing)
    unplaced = _one_a_grade(inquiry, unplaced[_perhaps_checked(inquiry, unplaced)])
    hit, row_indexes, person = _with_unplaced(hit, _first_rows(inquiry, keys), keys, unplaced)
    missed = missed[np.lexsort([register.strings("name", missed).astype(str), of_class[missed]])]
    names = group_texts(of_class[missed], [x or "（无姓名）" for x in register.strings("name", missed)])
    sources = group_texts(of_class[missed], register.sources(missed), " | ")
    return inquiry.judge(
        hit,
        "名册在读 {low} 人，其中 {n} 人核对表里没有：{names}（名册文件 {file}）",
        who=register,
        at=row_indexes,
        person=person,
        grade=register["grade"].values[row_indexes],
        class_no=register["class_no"].values[row_indexes],
        facts={
            "low": registry.sizes.low,
            "n": n,
            "names": lambda chosen: [names.get(k, "") for k in keys[chosen].tolist()],
            "file": lambda chosen: exported(inquiry)(row_indexes[chosen]),
        },
        sources=lambda chosen: [sources.get(k, "") for k in keys[chosen].tolist()],
    )


@rule("R113", across=Across.CENTRAL)
def seen_in_another_class(inquiry: Inquiry) -> Verdict:
    """点名班级与名册班级不一致。"""
    rows, register, reconciled = inquiry["headcount"], inquiry["register"], inquiry.county.reconciled
    link = reconciled.link
    left, right = link.left, link.right
    same = (
        rows["grade"].take(left),
        register["grade"].take(right),
        rows["class_no"].take(left),
        register["class_no"].take(right),
    )
    differs = _unequal(same[0], same[1]) | _unequal(same[2], same[3])
    register_sure = any_of(len(rows), left, inquiry.county.registry.on_register[right])
    somewhere_right = any_of(len(rows), left, ~differs)
    # Of namesakes nobody can say who is in the other class; a pupil of another school of the group is none of this one.
    left, right = reconciled.matches.namesakes.pairs
    other = any_of(len(rows), left, _unequal(rows["grade"].take(left), register["grade"].take(right)))
    other = other | any_of(len(rows), left, _unequal(rows["class_no"].take(left), register["class_no"].take(right)))
    own = truth(flagged(len(rows), link.left)) & register_sure
    subject = reconciled.present & (own | open_where(not_no(other)))
    first = link.first
    return inquiry.judge(
        subject & ~somewhere_right,
        "核对表在 {grade} 年级 {class_no} 班点名在校，名册在 {own_grade} 年级 {own_class} 班",
        who=rows,
        applies=subject,
        facts={"own_grade": register["grade"].take(first), "own_class": register["class_no"].take(first)},
        sources=[(rows, np.arange(len(rows))), (register, first)],
    )


def _unequal(a: Cells, b: Cells) -> Truth:
    return truth(a.values != b.values, ~(a.known & b.known))


@rule("R114", across=Across.CENTRAL)
def perhaps_the_same_person(inquiry: Inquiry) -> Verdict:
    """点名姓名与名册疑似同一人。"""
    rows, register = inquiry["headcount"], inquiry["register"]
    hc, reg = inquiry.county.reconciled.suspected
    names, own = rows.strings("name", hc), register.strings("name", reg)
    return inquiry.judge(
        inquiry.county.registry.on_register[reg],
        "核对表“{name}”与名册“{own}”疑似同一人：{why}，同班{sex}，双方都只有这一个可能",
        who=rows,
        at=hc,
        # Two of one name in a class are two, if the register has two: told apart by whom they may be.
        person=inquiry.county.registry.persons[reg],
        secret=lambda chosen: [
            f"{number or other or ''}{name}"
            for number, other, name in zip(
                register.strings("id_number", reg[chosen]),
                register.strings("register_no", reg[chosen]),
                own[chosen],
                strict=True,
            )
        ],
        facts={
            "own": own,
            "why": lambda chosen: [_why(inquiry, names[i], own[i], reg[i]) for i in chosen],
            "sex": np.where(rows["sex"].known[hc] & register["sex"].known[reg], "同性别", ""),
        },
        sources=[(rows, hc), (register, reg)],
    )


def _why(inquiry: Inquiry, name: str, own: str | None, student: int) -> str:
    """Why the name may be that register student's: by the name there, or by one that the student had before."""
    of, texts = inquiry.county.registry.names.texts
    alike = [text for text in [own, *texts[of == student]] if text and similar_names(name, text)]
    return why(name, alike[0]) if alike[0] == own else f"与曾用名“{alike[0]}”{why(name, alike[0])}"
