"""一、未按规定及时录入、变动和上报：从实有学生名册看出来的。"""

from __future__ import annotations

import numpy as np

from xueji_lib.county.cells import Cells, Flags, Places, Truth, maybe, truth, yes
from xueji_lib.county.rows import Ints, any_of, class_key, flagged, groups
from xueji_lib.register.names import why
from xueji_lib.rules.case import Case, Verdict
from xueji_lib.rules.common import ENTRY_GRADES, after_report_deadline, exported, group_texts, numberless
from xueji_lib.rules.registry import rule


@rule("R106", not_for_special=True)
def present_without_register_too_long(case: Case) -> Verdict:
    """在校学生超期未建籍。"""
    county, rows = case.county, case["headcount"]
    days = case.policy["new_register_days"]
    found = flagged(len(rows), county.registry.elsewhere(rows)[0])
    incomplete = not county.schools_with("register")[: county.n_schools].all()
    nowhere = truth(~found, ~found & (numberless(rows) | incomplete))
    subject = (
        county.reconciled.present_unregistered
        & rows["situation"].eq("符合条件未办手续", blank=False)
        & rows["grade"].isin(ENTRY_GRADES)
        & rows["moved_date"].has_value()
    )
    return case.judge(
        subject & case.past(rows["moved_date"], days, False) & nowhere,
        "{moved_date} 到校，期限 {deadline}（到校后 {days} 日）；截至 {as_of} 不在本县任何学校名册",
        who=rows,
        applies=subject,
        facts={"deadline": case.deadline(rows["moved_date"], days), "days": str(days), "as_of": str(case.as_of)},
    )


def _without_class(case: Case, among: Flags) -> Places:
    """The students (``among``) whose class could not be read."""
    return np.flatnonzero(among & (case.county.registry.class_keys == 0))


def _one_a_grade(case: Case, at: Places) -> Places:
    """One for each grade of ``_without_class``: whether that class was checked cannot be said."""
    register = case["register"]
    first = np.unique(groups(register.school[at], register["grade"].values[at]), return_index=True)[1]
    return at[first]


def _with_unplaced(hit: Truth, place: Places, keys: Ints, unplaced: Places) -> tuple[Truth, Places, Ints]:
    """The classes' verdict, register rows and keys, and behind them the undecided ones of ``_one_a_grade``."""
    n = len(unplaced)
    open_ = np.append(maybe(hit), np.ones(n, dtype=bool))
    hit = truth(np.append(yes(hit), np.zeros(n, dtype=bool)), open_)
    return hit, np.append(place, unplaced), np.append(keys, -1 - np.arange(n))


def _headcount_of(case: Case, keys: Ints) -> Truth:
    """Per class key: the headcount has a row of that class; NA where a row of unknown class may be one."""
    rows = case["headcount"]
    mine = class_key(rows.school, rows["grade"].values, rows["class_no"].values)
    there = np.isin(keys, mine)
    loose = np.flatnonzero(mine == 0)
    school, rest = np.divmod((keys - 1) // 100_000, 13)
    possible = np.zeros(len(keys), dtype=bool)
    for place in loose:  # rows whose class or grade could not be read: few
        g, c = rows["grade"].values[place], rows["class_no"].values[place]
        fits = school == rows.school[place]
        fits &= np.isnan(g) | (rest == g)
        fits &= np.isnan(c) | ((keys - 1) % 100_000 == c)
        possible |= fits
    return truth(there, possible & ~there)


def _perhaps_checked(case: Case, students: Places) -> Flags:
    """Per register row of unknown class: some row of the headcount may be of its class."""
    rows, register = case["headcount"], case["register"]
    found = np.zeros(len(students), dtype=bool)
    for i, place in enumerate(students):  # few
        fits = rows.school == register.school[place]
        for column in ("grade", "class_no"):
            value = register[column].values[place]
            fits &= np.isnan(value) | np.isnan(rows[column].values) | (rows[column].values == value)
        found[i] = fits.any()
    return found


@rule("R110", applies=after_report_deadline, without_headcount=True)
def class_not_checked(case: Case) -> Verdict:
    """未逐班核对。"""
    register, sizes = case["register"], case.county.registry.sizes
    keys, low, high = sizes.keys, sizes.low, sizes.high
    registry = case.county.registry
    there = truth(low > 0, (low == 0) & (high > 0))
    unplaced = _one_a_grade(case, _without_class(case, registry.enrolled | registry.maybe_enrolled))
    hit = there & ~_headcount_of(case, keys)
    hit, place, person = _with_unplaced(hit, _first_places(case, keys), keys, unplaced)
    return case.judge(
        hit,
        "名册在读 {low} 人，逐班核对表没有该班的任何行",
        who=register,
        at=place,
        person=person,
        grade=register["grade"].values[place],
        class_no=register["class_no"].values[place],
        facts={"low": low},
    )


def _first_places(case: Case, keys: Ints) -> Places:
    """A register row of each class."""
    of_class = case.county.registry.class_keys
    order = np.argsort(of_class, kind="stable")
    return order[np.searchsorted(of_class[order], keys)]


@rule("R111", applies=after_report_deadline)
def class_checked_in_part(case: Case) -> Verdict:
    """核对不全。"""
    county, register = case.county, case["register"]
    registry, reconciled = county.registry, county.reconciled
    keys = registry.sizes.keys
    of_class = registry.class_keys
    missing = ~reconciled.registered_matched & ~reconciled.suspected_register
    unseen = missing & (of_class != 0)
    certain, possible = unseen & registry.enrolled, unseen & registry.maybe_enrolled
    n = np.bincount(np.searchsorted(keys, of_class[certain]), minlength=len(keys))
    more = np.bincount(np.searchsorted(keys, of_class[possible]), minlength=len(keys))
    missed = np.flatnonzero(certain)
    hit = truth(n > 0, (n == 0) & (more > 0)) & _headcount_of(case, keys)
    unplaced = _without_class(case, missing & (registry.enrolled | registry.maybe_enrolled))
    unplaced = _one_a_grade(case, unplaced[_perhaps_checked(case, unplaced)])
    hit, place, person = _with_unplaced(hit, _first_places(case, keys), keys, unplaced)
    missed = missed[np.lexsort([register.strings("name", missed).astype(str), of_class[missed]])]
    names = group_texts(of_class[missed], [x or "（无姓名）" for x in register.strings("name", missed)])
    sources = group_texts(of_class[missed], register.sources(missed), " | ")
    return case.judge(
        hit,
        "名册在读 {low} 人，其中 {n} 人核对表里没有：{names}（名册文件 {file}）",
        who=register,
        at=place,
        person=person,
        grade=register["grade"].values[place],
        class_no=register["class_no"].values[place],
        facts={
            "low": registry.sizes.low,
            "n": n,
            "names": lambda chosen: [names.get(k, "") for k in keys[chosen].tolist()],
            "file": lambda chosen: exported(case)(place[chosen]),
        },
        sources=lambda chosen: [sources.get(k, "") for k in keys[chosen].tolist()],
    )


@rule("R113")
def seen_in_another_class(case: Case) -> Verdict:
    """点名班级与名册班级不一致。"""
    rows, register, reconciled = case["headcount"], case["register"], case.county.reconciled
    link = reconciled.link
    left, right = link.left, link.right
    same = (
        rows["grade"].take(left),
        register["grade"].take(right),
        rows["class_no"].take(left),
        register["class_no"].take(right),
    )
    differs = _unequal(same[0], same[1]) | _unequal(same[2], same[3])
    somewhere_right = any_of(len(rows), left, ~differs)
    subject = reconciled.present & truth(reconciled.matched)
    first = link.first
    return case.judge(
        subject & ~somewhere_right,
        "核对表在 {grade} 年级 {class_no} 班点名在校，名册在 {own_grade} 年级 {own_class} 班",
        who=rows,
        applies=subject,
        facts={"own_grade": register["grade"].take(first), "own_class": register["class_no"].take(first)},
        sources=[(rows, np.arange(len(rows))), (register, first)],
    )


def _unequal(a: Cells, b: Cells) -> Truth:
    return truth(a.values != b.values, ~(a.known & b.known))


@rule("R114")
def perhaps_the_same_person(case: Case) -> Verdict:
    """点名姓名与名册疑似同一人。"""
    rows, register = case["headcount"], case["register"]
    hc, reg = case.county.reconciled.suspected
    names, own = rows.strings("name", hc), register.strings("name", reg)
    return case.judge(
        truth(np.ones(len(hc), dtype=bool)),
        "核对表“{name}”与名册“{own}”疑似同一人：{why}，同班{sex}，双方都只有这一个可能",
        who=rows,
        at=hc,
        facts={
            "own": own,
            "why": lambda chosen: [why(names[i], own[i]) for i in chosen],
            "sex": np.where(rows["sex"].known[hc] & register["sex"].known[reg], "同性别", ""),
        },
        sources=[(rows, hc), (register, reg)],
    )
