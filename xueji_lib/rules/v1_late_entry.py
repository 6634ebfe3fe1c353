"""一、未按规定对学生学籍进行及时录入、变动和上报。"""

from __future__ import annotations

import numpy as np
import pandas as pd

from xueji_lib.county.cells import Cells
from xueji_lib.county.kleene import RowIndexes, Truth, any_of, maybe, not_no, open_where, truth, yes
from xueji_lib.county.rows import Rows, flagged
from xueji_lib.register.vocabulary import Direction, StudentStatus, TransferResult
from xueji_lib.rules.common import exported, first_of_school
from xueji_lib.rules.evidence_text import Fact, show
from xueji_lib.rules.inquiry import Inquiry
from xueji_lib.rules.leads import Lead
from xueji_lib.rules.marking import rule
from xueji_lib.rules.verdict import Verdict


@rule("R101")
def report_late_or_missing(inquiry: Inquiry) -> Verdict:
    """排摸结果逾期或未上报。"""
    county, rows, schools = inquiry.county, inquiry["reports"], inquiry["schools"]
    days, n = inquiry.policy["report_days"], len(schools)
    this_term = rows["term"].eq(county.term.id)
    date = rows["report_date"]
    of_this_term = yes(this_term)
    earliest = pd.Series(date.values[of_this_term & date.known]).groupby(rows.school[of_this_term & date.known]).min()
    first = earliest.reindex(range(n)).to_numpy(dtype="datetime64[D]")
    start = np.full(n, county.term.start, dtype="datetime64[D]")
    deadline = inquiry.periods.deadline(start[:1], days)
    last_day = np.where(np.isnat(deadline), start[:1] + np.timedelta64(days, "D"), deadline)
    other_term, unread = maybe(this_term), of_this_term & date.unknown
    open_ = flagged(n, rows.school[unread | other_term])
    perhaps_late = flagged(n, rows.school[unread | (other_term & (date.unknown | (date.values > last_day)))])
    reported = Cells(first, np.isnat(first), np.zeros(n, dtype=bool))
    late = inquiry.periods.later(reported, start, days, blank=False)
    # Where a date could not be read the deadline settles nothing: the calendar is not asked.
    date_readable = ~flagged(n, rows.school[unread])
    overdue = reported.is_blank() & inquiry.periods.past(
        np.where(date_readable, start, np.datetime64("NaT", "D")), days
    )
    # Before the deadline nobody is late, whatever a date says or could have said.
    due = not_no(inquiry.periods.past(start, days))
    hit = ((late | overdue).doubted(open_) | open_where(reported.blank & perhaps_late)) & truth(due)
    at = first_of_school(rows.school, of_this_term, n)
    report = np.where(np.isnat(first), np.where(at >= 0, "上报日期空白", "没有上报"), [f"上报 {d}" for d in first])
    return inquiry.judge(
        hit,
        "开学日 {start} 起 {days} 日，期限 {deadline}；{report}（截至 {as_of}）",
        who=schools,
        facts={
            "start": str(county.term.start),
            "days": str(days),
            "deadline": inquiry.periods.deadline(start, days),
            "report": report,
            "as_of": str(inquiry.as_of),
        },
        sources=lambda chosen: [
            rows.sources(at[[i]])[0] if at[i] >= 0 else schools.sources(np.array([i]))[0] for i in chosen
        ],
    )


@rule("R102")
def efile_late(inquiry: Inquiry) -> Verdict:
    """转学审批后一周内未完成电子档案。"""
    rows = inquiry["transfers"]
    agreed = rows["result"].eq(TransferResult.APPROVED) & rows["centre_date"].has_value()
    origin, target = rows["from_submit_date"], rows["to_submit_date"]
    waiting = np.select(
        [origin.blank & target.blank, origin.unknown & target.unknown,
         origin.blank, target.blank, origin.unknown, target.unknown],
        ["转出、转入双方尚未提交", "双方是否提交不详", "转出一方尚未提交", "转入一方尚未提交",
         "转出一方是否提交不详", "转入一方是否提交不详"],
        "双方均已提交",
    )  # fmt: skip
    start = rows["centre_date"]
    in_time = [
        side.has_value() & ~inquiry.periods.efile_late(side, start)
        for side in (rows["to_submit_date"], rows["from_submit_date"])
    ]
    own = _own_date(rows)
    return inquiry.judge(
        agreed & _not_done_in_time(inquiry, rows["platform_done_date"], start),
        "学籍管理中心 {centre_date} 确认，期限 {deadline}；平台办结 {platform_done_date}，{waiting}（截至 {as_of}）",
        who=rows,
        applies=agreed,
        facts={**_limit(inquiry, start), "waiting": waiting, "own": own},
        leads=[Lead(_own_side(rows, *in_time), "本校一侧 {own} 已在平台提交，没有超过期限，没有按期办结的是对方学校")],
    )


@rule("R103")
def own_submission_late(inquiry: Inquiry) -> Verdict:
    """转学审批后本校未及时在平台提交。"""
    rows = inquiry["transfers"]
    agreed = rows["result"].eq(TransferResult.APPROVED) & rows["centre_date"].has_value()
    late_in = _not_done_in_time(inquiry, rows["to_submit_date"], rows["centre_date"])
    late_out = _not_done_in_time(inquiry, rows["from_submit_date"], rows["centre_date"])
    return inquiry.judge(
        agreed & _own_side(rows, late_in, late_out),
        "学籍管理中心 {centre_date} 确认，期限 {deadline}；本校（{direction}）平台提交 {own}（截至 {as_of}）",
        who=rows,
        applies=agreed,
        facts={**_limit(inquiry, rows["centre_date"]), "own": _own_date(rows)},
    )


def _own_date(rows: Rows) -> Cells:
    """The school's own 平台提交日期: of the side that 办理方向 names."""
    incoming, outgoing = (yes(rows["direction"].eq(way)) for way in (Direction.IN, Direction.OUT))
    own = rows["to_submit_date"].choose(incoming, rows["from_submit_date"])
    unclear = ~(incoming | outgoing)
    return Cells(own.values, own.blank & ~unclear, own.unknown | unclear)


def _own_side(rows: Rows, incoming: Truth, outgoing: Truth) -> Truth:
    """The answer for the side that 办理方向 names; where that is not known, what both sides say alike."""
    direction = rows["direction"]
    return (direction.eq(Direction.IN) & incoming) | (direction.eq(Direction.OUT) & outgoing) | (incoming & outgoing)


def _not_done_in_time(inquiry: Inquiry, done: Cells, start: Cells) -> Truth:
    """Done after the week that follows ``start``, or not yet and the week is over."""
    return inquiry.periods.efile_late(done, start)


def _limit(inquiry: Inquiry, start: Cells) -> dict[str, Fact]:
    return {"deadline": inquiry.periods.efile_deadline(start), "as_of": str(inquiry.as_of)}


@rule("R104")
def suspension_not_submitted(inquiry: Inquiry) -> Verdict:
    """休学已审批未在系统提交。"""
    rows = inquiry["suspensions"]
    approved = rows["centre_date"].has_value()
    return inquiry.judge(
        approved & rows["submit_date"].is_blank() & inquiry.periods.efile_over(rows["centre_date"], False),
        "学籍管理中心 {centre_date} 审批，期限 {deadline}；平台提交 {submit_date}（截至 {as_of}）",
        who=rows,
        applies=approved,
        facts=_limit(inquiry, rows["centre_date"]),
    )


@rule("R105")
def resumption_not_in_system(inquiry: Inquiry) -> Verdict:
    """复学已核办系统状态未更新。"""
    rows, register = inquiry["suspensions"], inquiry["register"]
    resumed = rows["resume_date"].has_value()
    link = inquiry.county.link("suspensions")
    suspended = any_of(len(rows), link.left, register["status"].eq(StudentStatus.SUSPENDED, blank=False)[link.right])
    return inquiry.judge(
        resumed
        & inquiry.periods.efile_over(rows["resume_date"], False)
        & (rows["platform_resume_date"].is_blank() | suspended),
        "{resume_date} 核办复学，期限 {deadline}；平台复学 {platform_resume_date}，{status}",
        who=rows,
        applies=resumed,
        facts={
            **_limit(inquiry, rows["resume_date"]),
            "status": lambda chosen: _status_texts(inquiry, link.first[chosen]),
            "start": str(inquiry.county.term.start),
        },
        sources=[(rows, np.arange(len(rows))), (register, link.first)],
        leads=[
            Lead(
                rows["platform_resume_date"].ge(np.datetime64(inquiry.county.term.start), blank=False),
                "平台复学日期 {platform_resume_date} 不早于本学期开学日 {start}，名册可能导出在前",
            )
        ],
    )


def _status_texts(inquiry: Inquiry, rows: RowIndexes) -> list[str]:
    """What the register says of a student's status, and which file that is (docs/reading-conditions.md, 8)."""
    status = show(inquiry["register"], "status", rows)
    return [
        f"名册学生状态 {text}（名册文件 {file}）" if row >= 0 else "名册中没有找到该生"
        for row, text, file in zip(rows, status, exported(inquiry)(rows), strict=True)
    ]
