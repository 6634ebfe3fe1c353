"""四、不能及时为学生办理入学、转学、休学、复学、升学、毕业等项手续。

A paper's cell that was left empty says 无: intake has put it there.
"""

from __future__ import annotations

import numpy as np

from xueji_lib.county.cells import Cells
from xueji_lib.county.kleene import Truth, not_no, truth, yes
from xueji_lib.register.vocabulary import Material, Situation, SuspensionReason, TransferResult
from xueji_lib.rules.across import Across
from xueji_lib.rules.common import ENTRY_GRADES, awaiting_school, in_ledger, not_supplied
from xueji_lib.rules.inquiry import Inquiry
from xueji_lib.rules.last_grades import in_last_grade
from xueji_lib.rules.leads import Lead
from xueji_lib.rules.leave_rows import starts_again
from xueji_lib.rules.marking import rule
from xueji_lib.rules.next_window import waits_for_next_term
from xueji_lib.rules.other_checks import found_by
from xueji_lib.rules.own_side import own_side, standing_transfer_in
from xueji_lib.rules.teaching_points import may_be_last, perhaps_not_the_top
from xueji_lib.rules.v1_headcount import present_without_register_too_long
from xueji_lib.rules.v6_obstruction import migrant_child_kept_waiting
from xueji_lib.rules.verdict import Verdict


@rule("R401")
def transfer_undecided_too_long(inquiry: Inquiry) -> Verdict:
    """转学申请本校超期未答复。"""
    rows, limit = inquiry["transfers"], inquiry.policy["transfer_decision_workdays"]
    inside, term = inquiry.periods.in_window(rows["apply_date"])
    silent = own_side(inquiry, rows["to_opinion_date"].is_blank(), rows["from_opinion_date"].is_blank())
    waiting = rows["result"].eq(TransferResult.PENDING) & silent & inside
    kept_waiting = found_by(inquiry, migrant_child_kept_waiting, rows.school, inquiry.county.persons(rows))
    return inquiry.judge(
        waiting & truth(~yes(kept_waiting)) & inquiry.periods.application_older(rows["apply_date"], limit),
        "{window}；截至 {as_of} 已 {n} 个工作日（限 {limit} 个），仍在办理中，本校（{direction}）没有签署意见",
        who=rows,
        applies=waiting,
        facts={
            "window": inquiry.periods.window_text(rows["apply_date"], term),
            "n": inquiry.periods.application_age(rows["apply_date"]),
            "limit": str(limit),
            "as_of": str(inquiry.as_of),
        },
    )


@rule("R402")
def resumption_undecided_too_long(inquiry: Inquiry) -> Verdict:
    """复学申请超期未见核办。"""
    rows, limit = inquiry["suspensions"], inquiry.policy["resume_decision_workdays"]
    applied, decided = rows["resume_apply_date"], rows["resume_date"]
    recovered = rows["reason"].eq(SuspensionReason.FORCE_MAJEURE) | rows["recovery_proof"].eq(Material.PROVIDED)
    complete = rows["original_form"].eq(Material.PROVIDED) & recovered
    subject = applied.has_value() & complete
    until = Cells(
        np.where(decided.blank, inquiry.county.days, decided.values), np.zeros(len(rows), bool), decided.unknown
    )
    return inquiry.judge(
        subject & inquiry.periods.more_workdays(applied, until, limit),
        "{resume_apply_date} 申请复学，材料齐；核办 {resume_date}，经 {n} 个工作日（限 {limit} 个，截至 {as_of}）；"
        "先查明停在学校还是县学籍管理中心",
        who=rows,
        applies=subject,
        facts={"n": inquiry.periods.workdays(applied, until), "limit": str(limit), "as_of": str(inquiry.as_of)},
    )


@rule("R403")
def suspension_over_and_nothing_done(inquiry: Inquiry) -> Verdict:
    """休学期满未复学也未续休。"""
    rows = inquiry["suspensions"]
    subject = rows["end_date"].lt(inquiry.county.days, blank=False)
    nothing = rows["extend_date"].is_blank()
    for column in ("resume_apply_date", "resume_date", "platform_resume_date"):
        nothing = nothing & rows[column].is_blank()
    return inquiry.judge(
        subject & nothing & ~starts_again(inquiry),
        "休学期满 {end_date}，截至 {as_of} 没有续休申请，也没有复学申请、核办或平台复学记录",
        who=rows,
        applies=subject,
        facts={"as_of": str(inquiry.as_of)},
    )


@rule("R404", across=(Across.NUMBERS, Across.REGISTERS), not_for_special=True)
def eligible_child_without_papers(inquiry: Inquiry) -> Verdict:
    """符合条件的在校不在籍学生未及时办理就读手续。"""
    county, rows, periods = inquiry.county, inquiry["headcount"], inquiry.periods
    subject = county.reconciled.present_unregistered & rows["situation"].eq(Situation.PROCEDURE_PENDING, blank=False)
    moved = rows["moved_date"]
    opening = np.full(len(rows), np.datetime64(county.term.start, "D"))
    begin = np.where(moved.known, np.maximum(moved.values, opening), opening)
    start = Cells(begin, np.zeros(len(rows), dtype=bool), moved.unknown)
    short, long = inquiry.policy["report_days"], inquiry.policy["new_register_days"]
    entry = rows["grade"].isin(ENTRY_GRADES)

    def past(days: int) -> Truth:
        # An unreadable day of coming changes nothing where even 开学日 is not long enough ago.
        return periods.past(start, days) & periods.past(opening, days)

    of_newcomer, of_other = past(long), past(short) & ~waits_for_next_term(inquiry, moved)
    late = (entry & of_newcomer) | (~entry & of_other) | (of_newcomer & of_other)
    unregistered = found_by(inquiry, present_without_register_too_long, rows.school, county.persons(rows))
    new = yes(entry)
    return inquiry.judge(
        subject & late & ~standing_transfer_in(inquiry) & truth(~yes(unregistered)),
        "情形为符合条件未办手续，到校日期 {moved_date}，自 {begin} 起 {days} 日，期限 {deadline}，"
        "截至 {as_of} 仍未在籍，本校转学台账没有同意或办理中的转入记录{lacking}",
        who=rows,
        applies=subject,
        facts={
            "begin": begin,
            "days": np.where(new, long, short),
            "deadline": np.where(new, periods.deadline(start, long), periods.deadline(start, short)),
            "as_of": str(inquiry.as_of),
            "lacking": not_supplied(inquiry, ("transfers", "转学台账")),
        },
        leads=(Lead(moved.is_blank(), "核对表没有写到校日期，只能从开学日算起"),),
        figures={"new_register_days": not_no(entry)},
    )


@rule("R405", across=Across.CENTRAL, not_for_special=True)
def no_household_and_no_measure(inquiry: Inquiry) -> Verdict:
    """无户口学生未见动员登记措施。"""
    rows = inquiry["headcount"]
    subject = inquiry.county.reconciled.present_unregistered & rows["situation"].eq(Situation.NO_HUKOU, blank=False)
    return inquiry.judge(
        subject & rows["measure"].is_blank(),
        "在校不在籍，情形为无户口，整改措施空白",
        who=rows,
        applies=subject,
        awaiting=awaiting_school(inquiry, np.arange(len(rows))),
    )


def _first_term_only(inquiry: Inquiry) -> str | None:
    return None if inquiry.county.term.is_first else "第二学期不适用：毕业年级在学年末毕业"


@rule("R406", not_for_special=True, applies=_first_term_only)
def graduate_still_in_final_grade(inquiry: Inquiry) -> Verdict:
    """毕业年级学生新学年仍在原年级在籍。"""
    county, register, before = inquiry.county, inquiry["register"], inquiry["previous_register"]
    then, now = county.registry.by_number(before)
    old, new = before["grade"].take(then), register["grade"].take(now)
    last = in_last_grade(before, county.kind).doubted(perhaps_not_the_top(inquiry))
    final = (last & county.previous.on_register)[then] & may_be_last(inquiry, before.school[then], new)
    same = truth(old.values == new.values, ~(old.known & new.known))
    return inquiry.judge(
        final & same & ~in_ledger(inquiry, "suspensions")[now],
        "上学期在毕业年级（{old} 年级），本学期名册仍在 {grade} 年级，休复学台账没有该生",
        who=register,
        at=now,
        applies=final,
        facts={"old": old},
        sources=[(register, now), (before, then)],
    )


@rule("R407")
def suspension_undecided_too_long(inquiry: Inquiry) -> Verdict:
    """休学申请学校超期未初审。"""
    rows, limit = inquiry["suspensions"], inquiry.policy["suspend_decision_workdays"]
    subject = rows["reason"].eq(SuspensionReason.ILLNESS)
    for paper in ("written_request", "form", "diagnosis", "medical_record", "receipts"):
        subject = subject & rows[paper].eq(Material.PROVIDED)
    return inquiry.judge(
        subject
        & rows["school_review_date"].is_blank()
        & inquiry.periods.more_workdays(rows["apply_date"], inquiry.county.days, limit),
        "{apply_date} 申请，材料齐；截至 {as_of} 已 {n} 个工作日（限 {limit} 个），学校初审 {school_review_date}",
        who=rows,
        applies=subject,
        facts={
            "n": inquiry.periods.workdays(rows["apply_date"], inquiry.county.days),
            "limit": str(limit),
            "as_of": str(inquiry.as_of),
        },
    )
