"""四、手续办理不及时：停在对方学校或县学籍管理中心的。记在县，一名学生一条。"""

from __future__ import annotations

import numpy as np
import pandas as pd

from xueji_lib.county.kleene import Flags, yes
from xueji_lib.county.rows import Ints
from xueji_lib.register.vocabulary import Direction, TransferResult
from xueji_lib.rules.across import Across
from xueji_lib.rules.common import group_texts, named_school
from xueji_lib.rules.county_pupils import pupils_of_county
from xueji_lib.rules.evidence_text import filled
from xueji_lib.rules.inquiry import Inquiry
from xueji_lib.rules.marking import rule
from xueji_lib.rules.own_side import own_side
from xueji_lib.rules.verdict import Verdict


@rule("R408", across=Across.COUNTY)
def signed_transfer_not_finished(inquiry: Inquiry) -> Verdict:
    """转学已由本校签署、办理超期。记在县，school 填转入学校。"""
    rows, limit = inquiry["transfers"], inquiry.policy["transfer_decision_workdays"]
    signed = own_side(inquiry, rows["to_opinion_date"].has_value(), rows["from_opinion_date"].has_value())
    subject = rows["result"].eq(TransferResult.PENDING) & signed
    pupil = pupils_of_county(inquiry, "transfers")
    pending = np.flatnonzero(yes(rows["result"].eq(TransferResult.PENDING)))
    order = pending[np.lexsort([rows["apply_date"].values[pending], rows.school[pending]])]
    details = filled(
        "{school}（{direction}）{apply_date} 申请、已 {n} 个工作日，转出学校意见 {from_opinion_date}，"
        "转入学校意见 {to_opinion_date}",
        rows,
        order,
        {
            "school": inquiry.county.names[rows.school],
            "n": inquiry.periods.application_age(rows["apply_date"]),
        },
        order,
    )
    applications = group_texts(pupil[order], details, "；")
    sources = group_texts(pupil[order], rows.sources(order), " | ")
    return inquiry.judge(
        subject & inquiry.periods.application_older(rows["apply_date"], limit),
        "办理中，限 {limit} 个工作日（截至 {as_of}）：{applications}；停在{where}",
        who=rows,
        school=np.full(len(rows), -1),
        person=pupil,
        applies=subject,
        facts={
            "limit": str(limit),
            "as_of": str(inquiry.as_of),
            "applications": lambda chosen: [applications[who] for who in pupil[chosen].tolist()],
            "where": _where_it_lies(inquiry, pupil, pending),
        },
        sources=lambda chosen: [sources[who] for who in pupil[chosen].tolist()],
        extra=_receiving_schools(inquiry, pupil, pending),
    )


def _where_it_lies(inquiry: Inquiry, pupil: Ints, pending: Ints) -> list[str]:
    """Per transfer, who has not acted, by all rows of the pupil that are 办理中."""
    rows = inquiry["transfers"]

    def signed(column: str) -> Flags:
        return np.isin(pupil, pupil[pending[rows[column].known[pending]]])

    gave, took = signed("from_opinion_date"), signed("to_opinion_date")
    where: list[str] = np.where(
        gave & took, "学籍管理中心（双方意见日期都有值）",
        np.where(gave, "转入学校（没有签署意见）", "转出学校（没有签署意见）"),
    ).tolist()  # fmt: skip
    return where


def _receiving_schools(inquiry: Inquiry, pupil: Ints, pending: Ints) -> list[str]:
    """Per transfer, the name of the school that the pupil goes to; where none of the pupil's rows names one of the
    directory's, of the school that filled the row in. The same for all rows of a pupil."""
    rows, names = inquiry["transfers"], inquiry.county.names
    incoming = yes(rows["direction"].eq(Direction.IN))
    target = np.where(incoming, rows.school, named_school(inquiry, "to_school")[0])[pending]
    frame = pd.DataFrame({"pupil": pupil[pending], "target": target, "school": rows.school[pending]})
    frame["rank"] = np.select([incoming[pending], target >= 0], [0, 1], 2)
    frame["shown"] = np.where(target >= 0, target, frame["school"])
    best = frame.sort_values(["pupil", "rank", "shown"]).drop_duplicates("pupil").set_index("pupil")["shown"]
    shown = best.reindex(pupil).fillna(-1).to_numpy(dtype=np.int64)
    return [str(name) for name in np.append(names, "")[shown]]


@rule("R409", across=Across.COUNTY)
def reviewed_suspension_not_approved(inquiry: Inquiry) -> Verdict:
    """休学已由学校初审、县审批超期。记在县，school 填该校名称。"""
    rows, limit = inquiry["suspensions"], inquiry.policy["suspend_decision_workdays"]
    reviewed = rows["school_review_date"]
    subject = reviewed.has_value() & rows["centre_date"].is_blank()
    return inquiry.judge(
        subject & inquiry.periods.more_workdays(reviewed, inquiry.county.days, limit),
        "学校 {school_review_date} 初审，截至 {as_of} 已 {n} 个工作日（限 {limit} 个），学籍管理中心审批 {centre_date}",
        who=rows,
        school=np.full(len(rows), -1),
        person=pupils_of_county(inquiry, "suspensions"),
        applies=subject,
        facts={
            "n": inquiry.periods.workdays(reviewed, inquiry.county.days),
            "limit": str(limit),
            "as_of": str(inquiry.as_of),
        },
        extra=inquiry.county.names[rows.school].tolist(),
    )
