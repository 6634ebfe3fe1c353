"""四、不能及时为学生办理入学、转学、休学、复学、升学、毕业等项手续。

A paper's cell that was left empty says 无: intake has put it there.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from xueji_lib.county.cells import Cells, Truth, truth, yes
from xueji_lib.county.rows import groups
from xueji_lib.rules.case import Case, Days, Verdict
from xueji_lib.rules.common import ENTRY_GRADES, FINAL_GRADES, LAST_GRADE, in_ledger
from xueji_lib.rules.registry import rule


@rule("R401")
def transfer_undecided_too_long(case: Case) -> Verdict:
    """转学申请超期未办结。"""
    rows, limit = case["transfers"], case.policy["transfer_decision_workdays"]
    inside, place = case.in_window(rows["apply_date"])
    waiting = rows["result"].eq("办理中") & inside
    handed_in = case.handed_in(rows["apply_date"])
    return case.judge(
        waiting & case.more_workdays(handed_in, case.county.days, limit),
        "{window}；截至 {as_of} 已 {n} 个工作日（限 {limit} 个），仍在办理中",
        who=rows,
        applies=waiting,
        facts={
            "window": case.window_text(rows["apply_date"], place),
            "n": case.workdays(handed_in, case.county.days),
            "limit": str(limit),
            "as_of": str(case.as_of),
        },
    )


@rule("R402")
def resumption_undecided_too_long(case: Case) -> Verdict:
    """复学申请超期未办。"""
    rows, limit = case["suspensions"], case.policy["resume_decision_workdays"]
    applied, decided = rows["resume_apply_date"], rows["resume_date"]
    complete = rows["original_form"].eq("有") & (rows["reason"].eq("不可抗力") | rows["recovery_proof"].eq("有"))
    subject = applied.has_value() & complete
    until = Cells(np.where(decided.blank, case.county.days, decided.values), np.zeros(len(rows), bool), decided.unknown)
    return case.judge(
        subject & case.more_workdays(applied, until, limit),
        "{resume_apply_date} 申请复学，材料齐；核办 {resume_date}，经 {n} 个工作日（限 {limit} 个，截至 {as_of}）",
        who=rows,
        applies=subject,
        facts={"n": case.workdays(applied, until), "limit": str(limit), "as_of": str(case.as_of)},
    )


@rule("R403")
def suspension_over_and_nothing_done(case: Case) -> Verdict:
    """休学期满未复学也未续休。"""
    rows = case["suspensions"]
    subject = rows["end_date"].lt(case.county.days)
    nothing = rows["extend_date"].is_blank()
    for column in ("resume_apply_date", "resume_date", "platform_resume_date"):
        nothing = nothing & rows[column].is_blank()
    return case.judge(
        subject & nothing & ~_later_row(case),
        "休学期满 {end_date}，截至 {as_of} 没有续休申请，也没有复学申请、核办或平台复学记录",
        who=rows,
        applies=subject,
        facts={"as_of": str(case.as_of)},
    )


def _later_row(case: Case) -> Truth:
    """Per suspension: the same student has another one that starts later."""
    rows = case["suspensions"]
    start = rows["start_date"]
    day = pd.Series(start.values.astype("datetime64[s]"))  # NaT, later than nothing, where there is none
    group = groups(rows.school, case.county.persons(rows))
    latest = day.groupby(group).transform("max")
    n = day.groupby(group).transform("size").to_numpy()
    n_open = pd.Series(~start.known).groupby(group).transform("sum").to_numpy()
    later = (latest > day).to_numpy()
    open_ = ~later & (n > 1) & ((~start.known) | (n_open > 0))
    return truth(later, open_)


@rule("R404", not_for_special=True)
def eligible_child_without_papers(case: Case) -> Verdict:
    """符合条件的在校不在籍学生未及时办理就读手续。"""
    county, rows = case.county, case["headcount"]
    subject = county.reconciled.present_unregistered & rows["situation"].eq("符合条件未办手续", blank=False)
    moved = rows["moved_date"]
    opening = np.datetime64(county.term.start, "D")
    begin = np.where(moved.known, np.maximum(moved.values, opening), opening)
    start = Cells(begin, np.zeros(len(rows), dtype=bool), moved.unknown)
    short, long = case.policy["report_days"], case.policy["new_register_days"]
    entry = rows["grade"].isin(ENTRY_GRADES)

    def late(begin: Cells | Days) -> Truth:
        # Who is past the longer period is past the shorter one too, whatever the grade.
        return case.past(begin, long) | (~entry & case.past(begin, short))

    days = np.where(yes(entry), long, short)
    return case.judge(
        # An unreadable day of coming changes nothing where even 开学日 is not long enough ago.
        subject & late(start) & late(np.full(len(rows), opening)),
        "情形为符合条件未办手续，自 {begin} 起 {days} 日，期限 {deadline}，截至 {as_of} 仍未在籍",
        who=rows,
        applies=subject,
        facts={
            "begin": begin,
            "days": days,
            "deadline": np.where(yes(entry), case.deadline(start, long), case.deadline(start, short)),
            "as_of": str(case.as_of),
        },
    )


@rule("R405", not_for_special=True)
def no_household_and_no_measure(case: Case) -> Verdict:
    """无户口学生未见动员登记措施。"""
    rows = case["headcount"]
    subject = case.county.reconciled.present_unregistered & rows["situation"].eq("无户口", blank=False)
    return case.judge(
        subject & rows["measure"].is_blank(),
        "在校不在籍，情形为无户口，整改措施空白",
        who=rows,
        applies=subject,
    )


def _first_term_only(case: Case) -> str | None:
    return None if case.county.term.is_first else "第二学期不适用：毕业年级在学年末毕业"


@rule("R406", not_for_special=True, applies=_first_term_only)
def graduate_still_in_final_grade(case: Case) -> Verdict:
    """毕业年级学生新学年仍在原年级在籍。"""
    county, register, before = case.county, case["register"], case["previous_register"]
    then, now = county.registry.by_number(before)
    last = pd.Series(county.kind).map(LAST_GRADE).to_numpy(dtype=float)
    own_last = last[before.school[then]]
    old, new = before["grade"].take(then), register["grade"].take(now)
    anyones = np.isnan(own_last)  # 办学类型 unknown: the last grade may be any 毕业年级
    final = truth(old.values == own_last, anyones | ~old.known) & old.isin(FINAL_GRADES)
    still = truth(new.values == own_last, anyones | ~new.known) & new.isin(FINAL_GRADES)
    same = truth(old.values == new.values, ~(old.known & new.known))
    hit = final & still & same & ~in_ledger(case, "suspensions")[now]
    return case.judge(
        hit,
        "上学期在毕业年级（{old} 年级），本学期名册仍在 {grade} 年级，休复学台账没有该生",
        who=register,
        at=now,
        applies=final,
        facts={"old": old},
        sources=[(register, now), (before, then)],
    )


@rule("R407")
def suspension_undecided_too_long(case: Case) -> Verdict:
    """休学申请超期未办。"""
    rows, limit = case["suspensions"], case.policy["suspend_decision_workdays"]
    subject = rows["reason"].eq("伤病")
    for paper in ("written_request", "form", "diagnosis", "medical_record", "receipts"):
        subject = subject & rows[paper].eq("有")
    open_ = rows["school_review_date"].is_blank() | rows["centre_date"].is_blank()
    return case.judge(
        subject & open_ & case.more_workdays(rows["apply_date"], case.county.days, limit),
        "{apply_date} 申请，材料齐；截至 {as_of} 已 {n} 个工作日（限 {limit} 个），"
        "学校初审 {school_review_date}，学籍管理中心审批 {centre_date}",
        who=rows,
        applies=subject,
        facts={
            "n": case.workdays(rows["apply_date"], case.county.days),
            "limit": str(limit),
            "as_of": str(case.as_of),
        },
    )
