"""七、其他事项：外出、请假的学生，学校做了什么。"""

from __future__ import annotations

import numpy as np

from xueji_lib.county.kleene import truth
from xueji_lib.register.vocabulary import Situation
from xueji_lib.rules.across import Across
from xueji_lib.rules.common import absent, awaiting_school
from xueji_lib.rules.inquiry import Inquiry
from xueji_lib.rules.marking import rule
from xueji_lib.rules.verdict import Verdict


@rule("R720", across=Across.CENTRAL)
def nobody_calls_the_child_back(inquiry: Inquiry) -> Verdict:
    """外出学生未见督促返校措施。"""
    rows, register = inquiry["headcount"], inquiry["register"]
    hc, reg, base = absent(inquiry)
    subject = base & rows["situation"].eq(Situation.AWAY_WITHOUT_TRANSFER, blank=False)[hc]
    return inquiry.judge(
        subject & rows["measure"].is_blank()[hc],
        "核对表情形为外出不具备转学条件，整改措施空白",
        who=register,
        at=reg,
        applies=subject,
        sources=[(rows, hc), (register, reg)],
        awaiting=awaiting_school(inquiry, hc),
    )


@rule("R721", across=Across.CENTRAL)
def on_leave_too_long(inquiry: Inquiry) -> Verdict:
    """请假时间过长。"""
    rows, register, limit = inquiry["headcount"], inquiry["register"], inquiry.policy["leave_days"]
    hc, reg, base = absent(inquiry)
    subject = base & rows["situation"].eq(Situation.ON_LEAVE, blank=False)[hc]
    left, checked = rows["moved_date"].take(hc), rows["check_date"].take(hc)
    days = (checked.values - left.values).astype("timedelta64[D]").astype(float)
    unknown = left.unknown | ~checked.known
    with np.errstate(invalid="ignore"):
        too_long = left.has_value() & truth(days > limit, unknown)
    return inquiry.judge(
        subject & too_long,
        "{left} 起请假，到 {checked} 核对时已 {n} 天（超过 {limit} 天）",
        who=register,
        at=reg,
        applies=subject,
        facts={"left": left, "checked": checked, "n": days, "limit": str(limit)},
        sources=[(rows, hc), (register, reg)],
    )
