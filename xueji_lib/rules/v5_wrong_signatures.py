"""五、为不符合转学、休学条件的学生签字、盖章。

A paper's cell that was left empty says 无 (不齐): intake has put it there.
"""

from __future__ import annotations

import pandas as pd

from xueji_lib.county.kleene import Truth, truth
from xueji_lib.register.vocabulary import Area, Direction, Material, Originals, TransferReason, TransferResult
from xueji_lib.rules.class_facts import large_class, over_seats
from xueji_lib.rules.common import ENTRY_GRADES, FINAL_GRADES
from xueji_lib.rules.inquiry import Inquiry
from xueji_lib.rules.leads import Lead
from xueji_lib.rules.marking import rule
from xueji_lib.rules.newcomers import agreed_in, came_this_term
from xueji_lib.rules.own_side import own_opinion, own_side
from xueji_lib.rules.verdict import Verdict


def _urban(inquiry: Inquiry) -> Truth:
    """Per transfer row: the school is 城区."""
    area = inquiry.county.area[inquiry["transfers"].school]
    return truth(area == Area.CITY, pd.isna(area))


@rule("R501")
def unfit_reason_signed(inquiry: Inquiry) -> Verdict:
    """转学原因不符合条件仍同意。"""
    rows = inquiry["transfers"]
    signed = own_side(inquiry, rows["to_opinion_date"].has_value(), rows["from_opinion_date"].has_value())
    return inquiry.judge(
        rows["reason"].eq(TransferReason.OTHER) & signed & rows["result"].ne(TransferResult.REJECTED),
        "转学原因为其他，本校（{direction}）{signed} 签署意见，办理结果{result}",
        who=rows,
        applies=rows["reason"].eq(TransferReason.OTHER),
        facts={"signed": own_opinion(inquiry)},
    )


@rule("R502")
def transfer_in_entry_or_final_grade(inquiry: Inquiry) -> Verdict:
    """起始年级或毕业年级转学。"""
    rows = inquiry["transfers"]
    agreed = rows["result"].eq(TransferResult.APPROVED)
    return inquiry.judge(
        agreed & rows["grade"].isin((*ENTRY_GRADES, *FINAL_GRADES)),
        "{grade} 年级（起始或毕业年级）{direction}，办理结果同意（{apply_date} 申请）",
        who=rows,
        applies=agreed,
    )


@rule("R503")
def large_class_takes_transfer(inquiry: Inquiry) -> Verdict:
    """大班额班级接收转入学生。"""
    rows = inquiry["transfers"]
    grade, class_no = rows["grade"], rows["class_no"]
    large, low = large_class(inquiry, rows.school, grade, class_no)
    subject = agreed_in(inquiry) & grade.has_value() & class_no.has_value()
    came, came_at_most = came_this_term(inquiry)
    most = inquiry.county.registry.sizes.of(rows.school, grade.values, class_no.values)[1]
    limit = inquiry.policy["class_large"]
    not_yet = truth(most - came < limit, (most - came >= limit) & (low - came_at_most < limit))
    return inquiry.judge(
        subject & large,
        "转入 {grade} 年级 {class_no} 班，该班名册在读 {low} 人（大班额 {limit} 人及以上；名册文件 {file}），"
        "其中本学期转入 {came} 人",
        who=rows,
        applies=subject,
        facts={
            "low": low,
            "limit": str(limit),
            "file": _register_file(inquiry),
            "came": came_at_most,
            "before": low - came_at_most,
        },
        leads=(Lead(not_yet, "除去本学期转入的 {came} 人，该班原有 {before} 人，转入以前还不是大班额"),),
    )


def _register_file(inquiry: Inquiry) -> list[str]:
    """Per transfer row: a register file of its school."""
    register = inquiry["register"]
    files = pd.Series(register.frame["_file"].astype(object).to_numpy(), index=register.school)
    of_school = files[~files.index.duplicated()]
    return of_school.reindex(inquiry["transfers"].school).fillna("").tolist()


@rule("R504")
def full_urban_school_takes_transfer(inquiry: Inquiry) -> Verdict:
    """城区学校无空余学位仍接收。"""
    rows = inquiry["transfers"]
    subject = _urban(inquiry) & agreed_in(inquiry)
    grade, class_no = rows["grade"], rows["class_no"]
    over, seats, low = over_seats(inquiry, rows.school, grade, class_no)
    came, came_at_most = came_this_term(inquiry)
    most = inquiry.county.registry.sizes.of(rows.school, grade.values, class_no.values)[1]
    # The class is full for certain by ``seats``: no row is found that is not over the most it may have.
    was_free = truth(most - came < seats, (most - came >= seats) & (low - came_at_most < seats))
    return inquiry.judge(
        subject & over,
        "转入 {grade} 年级 {class_no} 班，核定学位 {seats}，名册在读 {low} 人，其中本学期转入 {came} 人",
        who=rows,
        applies=subject,
        facts={"seats": seats, "low": low, "came": came_at_most, "before": low - came_at_most},
        leads=(Lead(was_free, "除去本学期转入的 {came} 人，该班原有 {before} 人，转入以前还有空余学位"),),
    )


@rule("R505")
def transfer_outside_window(inquiry: Inquiry) -> Verdict:
    """集中办理时间外办理转学。"""
    rows = inquiry["transfers"]
    agreed = rows["result"].eq(TransferResult.APPROVED)
    inside, term = inquiry.periods.in_window(rows["apply_date"])
    return inquiry.judge(
        agreed & ~inside,
        "{window}",
        who=rows,
        applies=agreed,
        facts={"window": inquiry.periods.window_text(rows["apply_date"], term)},
    )


@rule("R506")
def taken_in_before_confirmation(inquiry: Inquiry) -> Verdict:
    """未经县学籍管理中心确认即接收。"""
    rows = inquiry["transfers"]
    arrival, confirmed = rows["arrival_date"], rows["centre_date"]
    subject = rows["direction"].eq(Direction.IN) & arrival.has_value() & rows["result"].ne(TransferResult.REJECTED)
    return inquiry.judge(
        subject & (confirmed.is_blank() | (confirmed.has_value() & arrival.lt(confirmed))),
        "实际到校 {arrival_date}，学籍管理中心确认 {centre_date}，办理结果{result}",
        who=rows,
        applies=subject,
    )


@rule("R507")
def came_before_papers_done(inquiry: Inquiry) -> Verdict:
    """先转人后办手续。"""
    rows = inquiry["transfers"]
    arrival, confirmed, done = rows["arrival_date"], rows["centre_date"], rows["platform_done_date"]
    subject = agreed_in(inquiry) & confirmed.has_value() & confirmed.le(arrival)
    # No day of arrival, known or not, lies from the confirmation on and before a day that is not later than it.
    done_later = done.has_value() & confirmed.lt(done) & arrival.lt(done)
    return inquiry.judge(
        subject & (done.is_blank() | done_later),
        "学籍管理中心 {centre_date} 确认，实际到校 {arrival_date}，平台办结 {platform_done_date}；是否属违规须人工判断",
        who=rows,
        applies=subject,
    )


@rule("R509")
def urban_transfer_papers_incomplete(inquiry: Inquiry) -> Verdict:
    """城区学校转入材料不齐。"""
    rows = inquiry["transfers"]
    subject = _urban(inquiry) & agreed_in(inquiry)
    lacking = rows["originals"].ne(Originals.COMPLETE) | rows["form"].ne(Material.PROVIDED)
    return inquiry.judge(
        subject & lacking, "材料原件{originals}，申报表{form}（{apply_date} 申请）", who=rows, applies=subject
    )
