"""一、未按规定对学生学籍进行及时录入、变动和上报。"""

from __future__ import annotations

import numpy as np
import pandas as pd

from xueji_lib.case import Case, Fact, Verdict, show
from xueji_lib.cells import Cells, Flags, Places, Truth, maybe, not_no, truth, yes
from xueji_lib.names import why
from xueji_lib.rows import Ints, KeyIndex, any_of, class_key, flagged, groups
from xueji_lib.rules.common import (
    ENTRY_GRADES,
    absent,
    after_report_deadline,
    exported,
    first_of_school,
    group_texts,
    in_ledger,
    numberless,
    other_school,
)
from xueji_lib.rules.registry import rule


@rule("R101")
def report_late_or_missing(case: Case) -> Verdict:
    """排摸结果逾期或未上报。"""
    county, rows, schools = case.county, case["reports"], case["schools"]
    days, n = case.policy["report_days"], len(schools)
    this_term = rows["term"].eq(county.term.id)
    date = rows["report_date"]
    ours = yes(this_term)
    earliest = pd.Series(date.values[ours & date.known]).groupby(rows.school[ours & date.known]).min()
    first = earliest.reindex(range(n)).to_numpy(dtype="datetime64[D]")
    start = np.full(n, county.term.start, dtype="datetime64[D]")
    deadline = case.deadline(start[:1], days)
    last_day = np.where(np.isnat(deadline), start[:1] + np.timedelta64(days, "D"), deadline)
    other_term, unread = maybe(this_term), ours & date.unknown
    open_ = flagged(n, rows.school[unread | other_term])
    perhaps_late = flagged(n, rows.school[unread | (other_term & (date.unknown | (date.values > last_day)))])
    reported = Cells(first, np.isnat(first), np.zeros(n, dtype=bool))
    late = case.later(reported, start, days, blank=False)
    # Where a date could not be read the deadline settles nothing: the calendar is not asked.
    asked = ~flagged(n, rows.school[unread])
    overdue = reported.is_blank() & case.past(np.where(asked, start, np.datetime64("NaT", "D")), days)
    bad = late | overdue
    hit = truth(yes(bad), maybe(bad) | (yes(bad) & open_) | (reported.blank & perhaps_late))
    at = first_of_school(rows.school, ours, n)
    said = np.where(np.isnat(first), np.where(at >= 0, "上报日期空白", "没有上报"), [f"上报 {d}" for d in first])
    return case.judge(
        hit,
        "开学日 {start} 起 {days} 日，期限 {deadline}；{said}（截至 {as_of}）",
        who=schools,
        facts={
            "start": str(county.term.start),
            "days": str(days),
            "deadline": case.deadline(start, days),
            "said": said,
            "as_of": str(case.as_of),
        },
        sources=lambda chosen: [
            rows.sources(at[[i]])[0] if at[i] >= 0 else schools.sources(np.array([i]))[0] for i in chosen
        ],
    )


@rule("R102")
def efile_late(case: Case) -> Verdict:
    """转学审批后一周内未完成电子档案。"""
    rows = case["transfers"]
    agreed = rows["result"].eq("同意") & rows["centre_date"].has_value()
    one, two = rows["from_submit_date"], rows["to_submit_date"]
    waiting = np.select(
        [one.blank & two.blank, one.unknown & two.unknown, one.blank, two.blank, one.unknown, two.unknown],
        ["转出、转入双方尚未提交", "双方是否提交不详", "转出一方尚未提交", "转入一方尚未提交",
         "转出一方是否提交不详", "转入一方是否提交不详"],
        "双方均已提交",
    )  # fmt: skip
    return case.judge(
        agreed & _not_done_in_time(case, rows["platform_done_date"], rows["centre_date"]),
        "学籍管理中心 {centre_date} 确认，期限 {deadline}；平台办结 {platform_done_date}，{waiting}（截至 {as_of}）",
        who=rows,
        applies=agreed,
        facts={**_limit(case, rows["centre_date"]), "waiting": waiting},
    )


@rule("R103")
def own_submission_late(case: Case) -> Verdict:
    """转学审批后本校未及时在平台提交。"""
    rows = case["transfers"]
    agreed = rows["result"].eq("同意") & rows["centre_date"].has_value()
    late_in = _not_done_in_time(case, rows["to_submit_date"], rows["centre_date"])
    late_out = _not_done_in_time(case, rows["from_submit_date"], rows["centre_date"])
    incoming = rows["direction"].eq("转入")
    own = rows["to_submit_date"].choose(yes(incoming), rows["from_submit_date"])
    # Where both sides are late, this school is, whatever the direction.
    late = (incoming & late_in) | (rows["direction"].eq("转出") & late_out) | (late_in & late_out)
    return case.judge(
        agreed & late,
        "学籍管理中心 {centre_date} 确认，期限 {deadline}；本校（{direction}）平台提交 {own}（截至 {as_of}）",
        who=rows,
        applies=agreed,
        facts={**_limit(case, rows["centre_date"]), "own": own},
    )


def _not_done_in_time(case: Case, done: Cells, start: Cells) -> Truth:
    """Done after the week that follows ``start``, or not yet and the week is over."""
    days = case.policy["efile_days"]
    return case.later(done, start, days, blank=False) | (done.is_blank() & case.past(start, days, blank=False))


def _limit(case: Case, start: Cells) -> dict[str, Fact]:
    return {"deadline": case.deadline(start, case.policy["efile_days"]), "as_of": str(case.as_of)}


@rule("R104")
def suspension_not_submitted(case: Case) -> Verdict:
    """休学已审批未在系统提交。"""
    rows = case["suspensions"]
    approved = rows["centre_date"].has_value()
    return case.judge(
        approved & rows["submit_date"].is_blank() & case.past(rows["centre_date"], case.policy["efile_days"], False),
        "学籍管理中心 {centre_date} 审批，期限 {deadline}；平台提交 {submit_date}（截至 {as_of}）",
        who=rows,
        applies=approved,
        facts=_limit(case, rows["centre_date"]),
    )


@rule("R105")
def resumption_not_in_system(case: Case) -> Verdict:
    """复学已核办系统状态未更新。"""
    rows, register = case["suspensions"], case["register"]
    resumed = rows["resume_date"].has_value()
    link = case.county.link("suspensions")
    suspended = any_of(len(rows), link.left, register["status"].eq("休学", blank=False)[link.right])
    return case.judge(
        resumed
        & case.past(rows["resume_date"], case.policy["efile_days"], False)
        & (rows["platform_resume_date"].is_blank() | suspended),
        "{resume_date} 核办复学，期限 {deadline}；平台复学 {platform_resume_date}，{status}",
        who=rows,
        applies=resumed,
        facts={
            **_limit(case, rows["resume_date"]),
            "status": lambda chosen: _status_texts(case, link.first[chosen]),
        },
        sources=[(rows, np.arange(len(rows))), (register, link.first)],
    )


def _status_texts(case: Case, places: Places) -> list[str]:
    """What the register says of a student's status, and which file that is (docs/reading-conditions.md, 8)."""
    status = show(case["register"], "status", places)
    return [
        f"名册学生状态 {text}（名册文件 {file}）" if place >= 0 else "名册中没有找到该生"
        for place, text, file in zip(places, status, exported(case)(places), strict=True)
    ]


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


@rule("R107")
def moved_away_without_transfer(case: Case) -> Verdict:
    """已转外校就读未办学籍转接。"""
    rows, transfers, register = case["headcount"], case["transfers"], case["register"]
    hc, reg, base = absent(case)
    moved = base & rows["situation"].eq("已转外校就读", blank=False)[hc]
    out = in_ledger(case, "transfers", transfers["direction"].eq("转出") & transfers["result"].ne("不同意"))
    return case.judge(
        moved & ~out[reg],
        "核对表记为不在校、已转外校就读（离校 {moved}），本校转学台账没有该生的转出记录（不同意的不算）",
        who=register,
        at=reg,
        applies=moved,
        facts={"moved": rows["moved_date"].take(hc)},
        sources=[(rows, hc), (register, reg)],
    )


@rule("R108")
def suspended_without_ledger(case: Case) -> Verdict:
    """休学学生未建台账。"""
    register = case["register"]
    suspended = register["status"].eq("休学", blank=False)
    return case.judge(
        suspended & ~in_ledger(case, "suspensions"),
        "名册学生状态为休学，休复学台账没有该生的记录",
        who=register,
        applies=suspended,
    )


@rule("R109")
def grade_and_entry_month_disagree(case: Case) -> Verdict:
    """年级与入学年月不符。"""
    register = case["register"]
    grade, entry = register["grade"], register["entry_month"]
    with np.errstate(invalid="ignore"):
        stage = np.select([grade.values <= 6, grade.values <= 9], [1, 7], 10)
        entry_year = np.floor(entry.values / 100) - (entry.values % 100 < 7)
        since = case.county.term.first_year - entry_year
        expected = stage + since
        # Six grades are the longest stage: no grade at all fits such an entry.
        none_fits = (since < 0) | (since > 5)
    differs = truth((expected != grade.values) | none_fits, entry.unknown | ~(grade.known | none_fits))
    subject = entry.has_value()
    return case.judge(
        subject & differs & ~in_ledger(case, "suspensions"),
        "入学年月 {entry_month}，{expected}，名册为 {grade} 年级",
        who=register,
        applies=subject,
        facts={"expected": lambda chosen: [_expected_grade(g) for g in expected[chosen]]},
    )


def _expected_grade(grade: float) -> str:
    if grade < 1:
        return "按此推算本学年尚未入学"
    return f"按此推算为 {grade:g} 年级" if grade <= 12 else "按此推算已超过 12 年级"


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


@rule("R112")
def ledgers_of_two_schools_disagree(case: Case) -> Verdict:
    """转出转入两校台账不一致。记在缺行的学校。"""
    county, rows = case.county, case["transfers"]
    other = other_school(case)
    subject = rows["result"].eq("同意") & truth(
        (other >= 0) & (other != rows.school) & county.schools_with("transfers")[np.maximum(other, 0)]
    )
    ask = np.flatnonzero(not_no(subject))
    answered = any_of(len(rows), *_answers(case, ask, other))
    back = np.where(rows["direction"].values == "转入", "转出", "转入")
    return case.judge(
        subject & ~answered,
        "{mine} 台账有该生 {direction} 记录（{apply_date} 申请，同意），本校台账没有该生的{back}记录",
        who=rows,
        school=np.where(other >= 0, other, -1),
        applies=subject,
        facts={"mine": county.names[rows.school], "back": back},
    )


def _answers(case: Case, ask: Places, other: Ints) -> tuple[Places, Truth]:
    """For transfer rows ``ask``: rows of the other school's ledger of the same student; true where the direction
    is the opposite one."""
    rows = case["transfers"]
    left, right = [], []
    for kind in ("id_key", "register_key"):
        a, b = KeyIndex(rows.key(kind)).join(rows.key(kind)[ask])
        left.append(ask[a])
        right.append(b)
    names = pd.factorize(rows.strings("name"))[0].astype(np.int64)
    a, b = KeyIndex(names + 1).join(names[ask] + 1)
    a = ask[a]
    comparable = np.zeros(len(a), dtype=bool)
    for kind in ("id_key", "register_key"):
        comparable |= (rows.key(kind)[a] != 0) & (rows.key(kind)[b] != 0)
    left.append(a[~comparable])
    right.append(b[~comparable])
    one, two = np.concatenate(left), np.concatenate(right)
    there = rows.school[two] == other[one]
    one, two = one[there], two[there]
    incoming = rows["direction"].eq("转入")
    outgoing = rows["direction"].eq("转出")
    return one, (incoming[one] & outgoing[two]) | (outgoing[one] & incoming[two])


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
