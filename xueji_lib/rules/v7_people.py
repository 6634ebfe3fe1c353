"""七、其他事项：不在学籍所在地的学生——失学、劝返、送教、未返校。"""

from __future__ import annotations

import numpy as np

from xueji_lib.county.cells import maybe, not_no, truth, yes
from xueji_lib.rules.case import Case, Verdict
from xueji_lib.rules.common import absent, in_ledger
from xueji_lib.rules.registry import rule


@rule("R707")
def dropout_not_reported(case: Case) -> Verdict:
    """疑似辍学未上报乡镇政府。"""
    rows, register, dropouts = case["headcount"], case["register"], case["dropouts"]
    hc, reg, base = absent(case)
    subject = base & rows["situation"].isin(("疑似辍学无法联系", "多次劝返不返"), blank=False)[hc]
    days = case.policy["township_report_days"]
    unreported = (
        dropouts["reported_date"].is_blank()
        & case.past(dropouts["found_date"], days)
        & dropouts["outcome"].ne("已复学")
    )
    listed, late = in_ledger(case, "dropouts"), in_ledger(case, "dropouts", unreported)
    return case.judge(
        subject & (~listed | late)[reg],
        "核对表情形{situation}；{said}（截至 {as_of}）",
        who=register,
        at=reg,
        applies=subject,
        facts={
            "situation": rows["situation"].take(hc),
            "said": np.where(
                yes(listed)[reg], f"劝返台账有该生而上报乡镇日期空白，发现已超过 {days} 日", "劝返台账没有该生"
            ),
            "as_of": str(case.as_of),
        },
        sources=[(rows, hc), (register, reg)],
    )


@rule("R708")
def return_notice_not_seen(case: Case) -> Verdict:
    """上报后未见限期复学通知书。"""
    rows, days = case["dropouts"], case.policy["return_notice_days"]
    subject = rows["reported_date"].has_value() & ~rows["outcome"].isin(("已复学", "送教上门"))
    return case.judge(
        subject & rows["notice_date"].is_blank() & case.past(rows["reported_date"], days),
        "{reported_date} 上报乡镇，{deadline} 前未见限期复学通知书，处理结果{outcome}（截至 {as_of}）",
        who=rows,
        applies=subject,
        facts={"deadline": case.deadline(rows["reported_date"], days), "as_of": str(case.as_of)},
    )


@rule("R709")
def disabled_child_not_taught_at_home(case: Case) -> Verdict:
    """重度残疾学生未安排送教上门。"""
    rows, register, dropouts = case["headcount"], case["register"], case["dropouts"]
    hc, reg, base = absent(case)
    subject = base & rows["situation"].eq("重度残疾不能到校", blank=False)[hc]
    measure = rows["measure"]
    mentioned = rows.frame["measure"].str.contains("送教").to_numpy(dtype=bool)  # False for a missing one
    planned = truth(mentioned & measure.known, measure.unknown)
    taught = in_ledger(case, "dropouts", dropouts["outcome"].eq("送教上门"))
    return case.judge(
        subject & ~taught[reg] & ~planned[hc],
        "核对表情形为重度残疾不能到校；劝返台账没有送教上门记录，整改措施没有写送教",
        who=register,
        at=reg,
        applies=subject,
        sources=[(rows, hc), (register, reg)],
    )


@rule("R711", not_for_special=True)
def mismatch_not_explained(case: Case) -> Verdict:
    """人籍不一致未逐一说明。"""
    rows, register, reconciled = case["headcount"], case["register"], case.county.reconciled
    hc, reg, base = absent(case)
    strangers = np.flatnonzero(not_no(reconciled.present_unregistered))
    places = np.append(hc, strangers)
    own = np.append(reg, np.full(len(strangers), -1))
    mismatch = truth(
        np.append(yes(base), yes(reconciled.present_unregistered)[strangers]),
        np.append(maybe(base), maybe(reconciled.present_unregistered)[strangers]),
    )
    subject = mismatch & ~rows["situation"].isin(("休学", "请假", "特教就读"), blank=False)[places]
    return case.judge(
        subject & rows["school_note"].is_blank()[places],
        "{kind}，情形{situation}，学校说明空白",
        who=rows,
        at=places,
        applies=subject,
        facts={"kind": np.where(own >= 0, "在籍不在校", "在校不在籍"), "situation": rows["situation"].take(places)},
        sources=[(rows, places), (register, own)],
    )


@rule("R714")
def not_back_by_the_day_set(case: Case) -> Verdict:
    """限期已过仍未复学。"""
    rows = case["dropouts"]
    due = rows["return_by_date"]
    subject = due.has_value() & due.lt(case.county.days)
    return case.judge(
        subject & ~rows["outcome"].isin(("已复学", "送教上门")),
        "限期复学日期 {return_by_date}，截至 {as_of} 处理结果{outcome}",
        who=rows,
        applies=subject,
        facts={"as_of": str(case.as_of)},
    )
