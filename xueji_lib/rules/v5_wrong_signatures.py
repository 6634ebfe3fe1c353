"""五、为不符合转学、休学条件的学生签字、盖章。

A paper's cell that was left empty says 无 (不齐): intake has put it there.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from xueji_lib.county.cells import Truth, truth, yes
from xueji_lib.county.rows import any_of
from xueji_lib.rules.case import Case, Verdict
from xueji_lib.rules.class_facts import large_class, over_seats
from xueji_lib.rules.common import ENTRY_GRADES, FINAL_GRADES, not_supplied, numberless, students_in
from xueji_lib.rules.registry import rule


def _agreed_in(case: Case) -> Truth:
    """转入、同意."""
    rows = case["transfers"]
    return rows["direction"].eq("转入") & rows["result"].eq("同意")


def _urban(case: Case) -> Truth:
    """Per transfer row: the school is 城区."""
    area = case.county.area[case["transfers"].school]
    return truth(area == "城区", pd.isna(area))


@rule("R501")
def unfit_reason_signed(case: Case) -> Verdict:
    """转学原因不符合条件仍同意。"""
    rows = case["transfers"]
    incoming = rows["direction"].eq("转入")
    to_signed, from_signed = rows["to_opinion_date"].has_value(), rows["from_opinion_date"].has_value()
    # Where both signed, this school did, whatever the direction.
    signed = (incoming & to_signed) | (rows["direction"].eq("转出") & from_signed) | (to_signed & from_signed)
    return case.judge(
        rows["reason"].eq("其他") & signed & rows["result"].ne("不同意"),
        "转学原因为其他，本校（{direction}）{signed} 签署意见，办理结果{result}",
        who=rows,
        applies=rows["reason"].eq("其他"),
        facts={"signed": rows["to_opinion_date"].choose(yes(incoming), rows["from_opinion_date"])},
    )


@rule("R502")
def transfer_in_entry_or_final_grade(case: Case) -> Verdict:
    """起始年级或毕业年级转学。"""
    rows = case["transfers"]
    agreed = rows["result"].eq("同意")
    return case.judge(
        agreed & rows["grade"].isin((*ENTRY_GRADES, *FINAL_GRADES)),
        "{grade} 年级（起始或毕业年级）{direction}，办理结果同意（{apply_date} 申请）",
        who=rows,
        applies=agreed,
    )


@rule("R503")
def large_class_takes_transfer(case: Case) -> Verdict:
    """大班额班级接收转入学生。"""
    rows = case["transfers"]
    grade, class_no = rows["grade"], rows["class_no"]
    large, low = large_class(case, rows.school, grade, class_no)
    subject = _agreed_in(case) & grade.has_value() & class_no.has_value()
    return case.judge(
        subject & large,
        "转入 {grade} 年级 {class_no} 班，该班名册在读 {low} 人（大班额 {large} 人及以上；名册文件 {file}）",
        who=rows,
        applies=subject,
        facts={"low": low, "large": str(case.policy["class_large"]), "file": _register_file(case)},
    )


def _register_file(case: Case) -> list[str]:
    """Per transfer row: a register file of its school."""
    register = case["register"]
    files = pd.Series(register.frame["_file"].astype(object).to_numpy(), index=register.school)
    of_school = files[~files.index.duplicated()]
    return of_school.reindex(case["transfers"].school).fillna("").tolist()


@rule("R504")
def full_urban_school_takes_transfer(case: Case) -> Verdict:
    """城区学校无空余学位仍接收。"""
    rows = case["transfers"]
    subject = _urban(case) & _agreed_in(case)
    over, seats, low = over_seats(case, rows.school, rows["grade"], rows["class_no"])
    return case.judge(
        subject & over,
        "转入 {grade} 年级 {class_no} 班，核定学位 {seats}，名册在读 {low} 人",
        who=rows,
        applies=subject,
        facts={"seats": seats, "low": low},
    )


@rule("R505")
def transfer_outside_window(case: Case) -> Verdict:
    """集中办理时间外办理转学。"""
    rows = case["transfers"]
    agreed = rows["result"].eq("同意")
    inside, place = case.in_window(rows["apply_date"])
    return case.judge(
        agreed & ~inside,
        "{window}",
        who=rows,
        applies=agreed,
        facts={"window": case.window_text(rows["apply_date"], place)},
    )


@rule("R506")
def taken_in_before_confirmation(case: Case) -> Verdict:
    """未经县学籍管理中心确认即接收。"""
    rows = case["transfers"]
    arrival, confirmed = rows["arrival_date"], rows["centre_date"]
    subject = rows["direction"].eq("转入") & arrival.has_value() & rows["result"].ne("不同意")
    return case.judge(
        subject & (confirmed.is_blank() | (confirmed.has_value() & arrival.lt(confirmed))),
        "实际到校 {arrival_date}，学籍管理中心确认 {centre_date}，办理结果{result}",
        who=rows,
        applies=subject,
    )


@rule("R507")
def came_before_papers_done(case: Case) -> Verdict:
    """先转人后办手续。"""
    rows = case["transfers"]
    arrival, confirmed, done = rows["arrival_date"], rows["centre_date"], rows["platform_done_date"]
    subject = _agreed_in(case) & confirmed.has_value() & confirmed.le(arrival)
    return case.judge(
        subject & (done.is_blank() | (done.has_value() & arrival.lt(done))),
        "学籍管理中心 {centre_date} 确认，实际到校 {arrival_date}，平台办结 {platform_done_date}；是否属违规须人工判断",
        who=rows,
        applies=subject,
    )


@rule("R508", not_for_special=True)
def child_of_other_school_taken_in(case: Case) -> Verdict:
    """接收未办手续的他校在籍学生就读。记在接收学校。"""
    county, rows, register = case.county, case["headcount"], case["register"]
    transfers = case["transfers"]
    hc, reg = county.registry.elsewhere(rows)
    stranger = county.reconciled.present_unregistered
    case.note(rows.school[numberless(rows) & yes(stranger)], "{n} 行在校不在籍核对行没有号码，未能与他校名册比对")
    logged = truth(np.zeros(len(rows), dtype=bool))
    if len(transfers):
        incoming = transfers["direction"].eq("转入") & transfers["result"].isin(("同意", "办理中"))
        who, ledger = students_in(case, rows, "transfers")
        logged = any_of(len(rows), who, incoming[ledger])
    lacking = not_supplied(case, ("transfers", "转学台账"))
    return case.judge(
        stranger[hc] & ~logged[hc],
        "在本校就读而学籍在{other}（{other_grade} 年级 {other_class} 班）；"
        "本校转学台账没有同意或办理中的转入记录{lacking}",
        who=rows,
        at=hc,
        facts={
            "other": county.names[register.school[reg]],
            "other_grade": register["grade"].take(reg),
            "other_class": register["class_no"].take(reg),
            "lacking": lacking,
        },
        sources=[(rows, hc), (register, reg)],
    )


@rule("R509")
def urban_transfer_papers_incomplete(case: Case) -> Verdict:
    """城区学校转入材料不齐。"""
    rows = case["transfers"]
    subject = _urban(case) & _agreed_in(case)
    lacking = rows["originals"].ne("齐全") | rows["form"].ne("有")
    return case.judge(
        subject & lacking, "材料原件{originals}，申报表{form}（{apply_date} 申请）", who=rows, applies=subject
    )


@rule("R517", not_for_special=True)
def illegal_intake_or_guest(case: Case) -> Verdict:
    """违规招收转入或借读旁听。"""
    rows = case["headcount"]
    present = case.county.reconciled.present_unregistered
    return case.judge(
        present & rows["situation"].isin(("违规招收或转入", "借读旁听"), blank=False),
        "在校不在籍，情形为{situation}",
        who=rows,
        applies=present,
    )
