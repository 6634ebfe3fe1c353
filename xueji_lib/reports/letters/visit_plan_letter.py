"""督查方案: the plan of a round of visits as a Word document."""

from __future__ import annotations

import datetime as dt
from typing import Any

from xueji_lib.register.inspection import Inspection
from xueji_lib.reports.letters.field_values import chinese_date, office
from xueji_lib.reports.office_facts import LetterFacts
from xueji_lib.visit.lot import METHOD
from xueji_lib.visit.school_risk import POINTS
from xueji_lib.visit.visit_plan import BY_LOT, BY_RISK, VisitPlan


def values(plan: VisitPlan, facts: LetterFacts) -> dict[str, Any]:
    """The fields of ``kinds.VISIT_PLAN``."""
    made = dt.date.fromisoformat(plan.made)
    how = [school.how for school in plan.schools]
    return {
        **office(facts, Inspection(plan.term, made)),
        "文号": facts.number("visit_plan", made.year),
        "第几次": plan.drawn,
        "学校数": len(plan.schools),
        "风险数": how.count(BY_RISK),
        "抽签数": how.count(BY_LOT),
        "备选数": plan.frame,
        "组数": len(plan.teams),
        "起": chinese_date(plan.days[0]),
        "止": chinese_date(plan.days[-1]),
        "种子": plan.seed,
        "方法": METHOD,
        "计分": POINTS,
        "无人说明": unassigned(plan),
        "抽取人": plan.who,
        "留痕": trail_words(plan.line, plan.check_value),
        "各组": [
            {"序号": number, "成员": names, "学校数": sum(school.team == number for school in plan.schools)}
            for number, names in sorted(plan.teams.items())
        ],
        "各校": [
            {
                "序号": n, "日期": chinese_date(school.day)[5:], "组": school.team or "", "名称": school.name,
                "乡镇": school.township, "方式": school.how, "理由": school.reasons,
            }
            for n, school in enumerate(plan.schools, 1)
        ],
    }  # fmt: skip


def trail_words(line: int, check_value: str) -> str:
    """第 12 条，校验值 0123456789abcdef."""
    return f"第 {line} 条，校验值 {check_value[:16]}"


def unassigned(plan: VisitPlan) -> str:
    """Which schools nobody may be sent to, or that nobody is named yet; "" where all have a team."""
    if not plan.teams:
        return "还没有给出督查人员名单，没有分组。"
    nobody = [school.name for school in plan.schools if not school.team]
    return f"各组都有应当回避的人、还没有派人的学校：{'、'.join(nobody)}。请另派两人。" if nobody else ""
