"""一、未按规定对学生学籍进行及时录入、变动和上报。"""

from __future__ import annotations

import numpy as np
import pandas as pd

from xueji_lib.county.cells import Cells, Places, Truth, maybe, not_no, truth, yes
from xueji_lib.county.rows import Ints, KeyIndex, any_of, flagged
from xueji_lib.rules.case import Case, Fact, Verdict, show
from xueji_lib.rules.common import absent, exported, first_of_school, in_ledger, other_school
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
