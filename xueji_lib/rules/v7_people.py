"""七、其他事项：不在学籍所在地的学生——失学、劝返、送教、未返校。"""

from __future__ import annotations

import numpy as np

from xueji_lib.county.kleene import concat, not_no, open_where, truth
from xueji_lib.county.mismatches import mask_place
from xueji_lib.register.vocabulary import EXCUSED, DropoutOutcome, Situation, StudentStatus
from xueji_lib.rules.across import Across
from xueji_lib.rules.beginnings import beginnings
from xueji_lib.rules.common import absent, awaiting_school, in_ledger
from xueji_lib.rules.evidence_text import texts
from xueji_lib.rules.high_school import senior
from xueji_lib.rules.inquiry import Inquiry
from xueji_lib.rules.leads import Lead
from xueji_lib.rules.marking import rule
from xueji_lib.rules.verdict import Verdict

_LEARNS_AGAIN = (DropoutOutcome.RETURNED, DropoutOutcome.TAUGHT_AT_HOME)
_SENIOR = "高中学生，不在义务教育阶段"


@rule("R707", across=Across.CENTRAL)
def dropout_not_reported(inquiry: Inquiry) -> Verdict:
    """疑似辍学未上报乡镇政府。"""
    rows, register, dropouts = inquiry["headcount"], inquiry["register"], inquiry["dropouts"]
    hc, reg, base = absent(inquiry)
    subject = base & rows["situation"].isin((Situation.OUT_OF_REACH, Situation.DOES_NOT_RETURN), blank=False)[hc]
    days = inquiry.policy["township_report_days"]
    cleared = dropouts["reported_date"].has_value() | dropouts["outcome"].eq(DropoutOutcome.RETURNED)
    begin = beginnings(inquiry, hc, reg)
    late = inquiry.periods.past(begin.day, days) | open_where(begin.unread)
    return inquiry.judge(
        subject & ~in_ledger(inquiry, "dropouts", cleared)[reg] & late,
        "核对表情形{situation}；{ledger}；自 {begin}（{kind}）起 {days} 日，期限 {deadline}，"
        "截至 {as_of} 没有上报乡镇的记录",
        who=register,
        at=reg,
        applies=subject,
        facts={
            "situation": rows["situation"].take(hc),
            "ledger": np.where(begin.listed, "劝返台账有该生而上报乡镇日期空白", "劝返台账没有该生"),
            "begin": begin.day,
            "kind": begin.kind,
            "days": str(days),
            "deadline": inquiry.periods.deadline(begin.day, days),
            "as_of": str(inquiry.as_of),
        },
        sources=[(rows, hc), (register, reg), (dropouts, begin.entry)],
        leads=(
            Lead(truth(~begin.by_ledger), "起算日是{kind}，不是劝返台账的发现日期"),
            Lead(senior(inquiry, reg), _SENIOR),
        ),
        awaiting=awaiting_school(inquiry, hc, "township_report_days"),
    )


@rule("R708")
def return_notice_not_seen(inquiry: Inquiry) -> Verdict:
    """上报后未见限期复学通知书。"""
    rows, days = inquiry["dropouts"], inquiry.policy["return_notice_days"]
    subject = rows["reported_date"].has_value() & ~rows["outcome"].isin(_LEARNS_AGAIN)
    return inquiry.judge(
        subject & rows["notice_date"].is_blank() & inquiry.periods.past(rows["reported_date"], days),
        "{reported_date} 上报乡镇，{deadline} 前未见限期复学通知书，处理结果{outcome}（截至 {as_of}）",
        who=rows,
        applies=subject,
        facts={"deadline": inquiry.periods.deadline(rows["reported_date"], days), "as_of": str(inquiry.as_of)},
    )


@rule("R709", across=Across.CENTRAL)
def disabled_child_not_taught_at_home(inquiry: Inquiry) -> Verdict:
    """重度残疾学生未安排送教上门。"""
    rows, register, dropouts = inquiry["headcount"], inquiry["register"], inquiry["dropouts"]
    hc, reg, base = absent(inquiry)
    subject = base & rows["situation"].eq(Situation.SEVERELY_DISABLED, blank=False)[hc]
    measure = rows["measure"]
    mentioned = rows.frame["measure"].str.contains("送教").to_numpy(dtype=bool)  # False for a missing one
    planned = truth(mentioned & measure.known, measure.unknown)
    taught = in_ledger(inquiry, "dropouts", dropouts["outcome"].eq(DropoutOutcome.TAUGHT_AT_HOME))
    return inquiry.judge(
        subject & ~taught[reg] & ~planned[hc],
        "核对表情形为重度残疾不能到校；劝返台账没有送教上门记录，整改措施 {measure}",
        who=register,
        at=reg,
        applies=subject,
        facts={"measure": lambda chosen: [mask_place(text) for text in texts(measure.take(hc), chosen)]},
        sources=[(rows, hc), (register, reg)],
        leads=(
            Lead(measure.has_value()[hc], "整改措施写了“{measure}”，只是没有写送教"),
            Lead(senior(inquiry, reg), _SENIOR),
        ),
        awaiting=awaiting_school(inquiry, hc),
    )


@rule("R711", across=Across.CENTRAL, not_for_special=True)
def mismatch_not_explained(inquiry: Inquiry) -> Verdict:
    """人籍不一致未逐一说明。"""
    rows, register, reconciled = inquiry["headcount"], inquiry["register"], inquiry.county.reconciled
    hc, reg, base = absent(inquiry)
    strangers = np.flatnonzero(not_no(reconciled.present_unregistered))
    headcount_rows = np.append(hc, strangers)
    register_rows = np.append(reg, np.full(len(strangers), -1))
    on_leave = register["status"].eq(StudentStatus.SUSPENDED, blank=False) & in_ledger(inquiry, "suspensions")
    subject = (
        concat(base & ~on_leave[reg], reconciled.present_unregistered[strangers])
        & ~rows["situation"].isin(EXCUSED, blank=False)[headcount_rows]
    )
    charged = np.where(register_rows >= 0, register.school[register_rows], rows.school[headcount_rows])
    return inquiry.judge(
        subject & rows["school_note"].is_blank()[headcount_rows],
        "{kind}，情形{situation}，学校说明空白",
        who=rows,
        at=headcount_rows,
        school=charged,
        person=np.append(inquiry.county.persons(register)[reg], inquiry.county.persons(rows)[strangers]),
        name=np.append(register.strings("name", reg), rows.strings("name", strangers)),
        applies=subject,
        facts={
            "kind": np.where(register_rows >= 0, "在籍不在校", "在校不在籍"),
            "situation": rows["situation"].take(headcount_rows),
        },
        sources=[(rows, headcount_rows), (register, register_rows)],
        awaiting=awaiting_school(inquiry, headcount_rows),
    )


@rule("R714")
def not_back_by_the_day_set(inquiry: Inquiry) -> Verdict:
    """限期已过仍未复学。"""
    rows = inquiry["dropouts"]
    due = rows["return_by_date"]
    subject = due.has_value() & due.lt(inquiry.county.days)
    return inquiry.judge(
        subject & ~rows["outcome"].isin(_LEARNS_AGAIN),
        "限期复学日期 {return_by_date}，截至 {as_of} 处理结果{outcome}",
        who=rows,
        applies=subject,
        facts={"as_of": str(inquiry.as_of)},
    )
