"""七、其他事项：手续的次序——未核办先复学、先批后签、审批次序颠倒。"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from xueji_lib.county.cells import Cells
from xueji_lib.county.kleene import Flags, RowIndexes, Truth, any_of, truth, yes
from xueji_lib.county.rows import KeyIndex, Keys
from xueji_lib.register.vocabulary import StudentStatus, TransferResult, YesOrNo
from xueji_lib.rules.across import Across
from xueji_lib.rules.common import group_texts
from xueji_lib.rules.evidence_text import joined_sources
from xueji_lib.rules.inquiry import Inquiry
from xueji_lib.rules.leads import Lead
from xueji_lib.rules.leave_rows import starts_again
from xueji_lib.rules.marking import rule
from xueji_lib.rules.other_checks import found_by
from xueji_lib.rules.own_side import own_opinion, own_side
from xueji_lib.rules.v5_wrong_signatures import taken_in_before_confirmation
from xueji_lib.rules.verdict import Verdict


@rule("R717", across=Across.CENTRAL)
def back_before_approval(inquiry: Inquiry) -> Verdict:
    """未核办先复学。"""
    rows = inquiry["suspensions"]
    back, approved, finish = rows["platform_resume_date"], rows["resume_date"], rows["end_date"]
    on_paper = back.has_value() & (approved.is_blank() | back.lt(approved, blank=False))
    not_done = approved.is_blank() & rows["extend_date"].is_blank() & ~starts_again(inquiry)
    sightings = _seen_in_class(inquiry)
    in_class = any_of(len(rows), sightings.suspension, sightings.seen) & not_done
    dates, sources = _shown(inquiry, sightings, yes(in_class))
    return inquiry.judge(
        on_paper | in_class,
        "平台复学 {platform_resume_date}，复学核办 {resume_date}，休学期满 {end_date}{seen}",
        who=rows,
        applies=back.has_value() | finish.has_value(),
        facts={
            "seen": lambda chosen: [
                f"；名册学生状态为休学，而逐班核对表记该生在校（核对日期 {dates[i]}）" if i in dates else ""
                for i in chosen.tolist()
            ]
        },
        sources=lambda chosen: [
            " | ".join(filter(None, (own, sources.get(i))))
            for own, i in zip(rows.sources(chosen), chosen.tolist(), strict=True)
        ],
        leads=(Lead(~on_paper, "平台没有复学日期，只是核对表记该生在校、名册仍为休学"),),
    )


class _Sightings(NamedTuple):
    """Suspension, register row and headcount row of one pupil, a triple at each position (row indexes). ``seen``: the
    register says 休学, and the headcount, on a day up to 休学期满日期, 在校."""

    suspension: RowIndexes
    pupil: RowIndexes
    row: RowIndexes
    seen: Truth


def _seen_in_class(inquiry: Inquiry) -> _Sightings:
    rows, register, headcount = inquiry["suspensions"], inquiry["register"], inquiry["headcount"]
    if not len(rows) or not len(register) or not len(headcount):
        nobody = np.zeros(0, dtype=np.int64)
        return _Sightings(nobody, nobody, nobody, truth(np.zeros(0, dtype=bool)))
    ledger, (counted, of) = inquiry.county.link("suspensions"), inquiry.county.reconciled.pairs
    # The headcount rows of the register rows that a suspension is linked to.
    at, to = KeyIndex(Keys(of + 1)).join(Keys(ledger.right + 1))
    suspension, pupil, row = ledger.left[at], ledger.right[at], counted[to]
    finish, checked = rows["end_date"].take(suspension), headcount["check_date"].take(row)
    in_time = finish.has_value() & finish.ge(checked)
    seen = (
        register["status"].eq(StudentStatus.SUSPENDED, blank=False)[pupil]
        & inquiry.county.reconciled.present[row]
        & in_time
    )
    return _Sightings(suspension, pupil, row, seen)


def _shown(inquiry: Inquiry, sightings: _Sightings, where: Flags) -> tuple[dict[int, str], dict[int, str]]:
    """Suspension (of those flagged) → the days on which the pupil was surely seen, and the records that say so."""
    sure = np.flatnonzero(yes(sightings.seen) & where[sightings.suspension])
    register, headcount, row = inquiry["register"], inquiry["headcount"], sightings.row[sure]
    days = headcount["check_date"].values[row].astype("datetime64[D]").astype(str)
    records = joined_sources([(headcount, row), (register, sightings.pupil[sure])])
    frame = pd.DataFrame({"suspension": sightings.suspension[sure], "day": days, "record": records})

    def each_once(column: str, joiner: str) -> dict[int, str]:
        some = frame[["suspension", column]].drop_duplicates().sort_values(["suspension", column])
        return group_texts(some["suspension"].to_numpy(dtype=np.int64), some[column].tolist(), joiner)

    return each_once("day", "、"), each_once("record", " | ")


@rule("R718")
def transfer_not_signed_in_order(inquiry: Inquiry) -> Verdict:
    """转学审批手续不全或先批后签。"""
    rows = inquiry["transfers"]
    confirmed = rows["centre_date"]
    agreed = rows["result"].eq(TransferResult.APPROVED)

    def amiss(opinion: Cells) -> Truth:
        return opinion.is_blank() | opinion.gt(confirmed, blank=False)

    amiss_here = own_side(inquiry, amiss(rows["to_opinion_date"]), amiss(rows["from_opinion_date"]))
    taken_in = found_by(inquiry, taken_in_before_confirmation, rows.school, inquiry.county.persons(rows))
    return inquiry.judge(
        agreed & (amiss_here | confirmed.is_blank()) & truth(~yes(taken_in)),
        "办理结果同意；本校（{direction}）意见日期 {opinion}，学籍管理中心确认 {centre_date}",
        who=rows,
        applies=agreed,
        facts={"opinion": own_opinion(inquiry)},
    )


@rule("R719")
def suspension_approved_out_of_order(inquiry: Inquiry) -> Verdict:
    """休学审批次序颠倒。"""
    rows = inquiry["suspensions"]
    approved = rows["centre_date"]
    before_review = approved.lt(rows["school_review_date"], blank=False)
    begun_before = rows["sudden"].ne(YesOrNo.YES) & rows["start_date"].lt(approved, blank=False)
    return inquiry.judge(
        before_review | begun_before,
        "学校初审 {school_review_date}，学籍管理中心审批 {centre_date}，休学起始 {start_date}，是否突发特殊 {sudden}",
        who=rows,
        applies=approved.has_value(),
        leads=(Lead(~before_review, "学校初审在审批之前，只是休学起始日期 {start_date} 早于审批日期 {centre_date}"),),
    )
