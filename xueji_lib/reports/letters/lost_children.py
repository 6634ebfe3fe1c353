"""疑似失学学生统计表: the month's and the quarter's numbers of the pool as a Word document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from xueji_lib.register import labels
from xueji_lib.register.inspection import Inspection
from xueji_lib.register.policy import Policy
from xueji_lib.reports.letters.field_values import office
from xueji_lib.reports.office_facts import LetterFacts
from xueji_lib.views.children_pool import Pool
from xueji_lib.views.pool_report import HEADS, TOTAL, PeriodReport

FIGURES: Final = (
    "pool_rules", "pool_trace_workdays", "pool_settle_workdays", "pool_month_due_days", "pool_quarter_due_days",
)  # fmt: skip
"""The figures that the pool and its reports rest on, besides those of 控辍保学."""


def values(pool: Pool, reports: Sequence[PeriodReport], policy: Policy, facts: LetterFacts) -> dict[str, Any]:
    """The fields of ``kinds.LOST_CHILDREN``."""
    children = pool.children
    by_town = {town: [c for c in children if c.township == town] for town in pool.townships}
    return {
        **office(facts, Inspection(pool.term_id, pool.as_of, pool.edition)),
        "人数": len(children),
        "说明": caution(pool),
        "待确认": unconfirmed(policy),
        "各期": [_period(report) for report in reports],
        "各乡镇": [
            {
                "序号": n,
                "名称": town,
                "人数": len(own),
                "在他校": sum(bool(child.seen) for child in own),
                "在台账": sum(child.in_ledger for child in own),
                "过期限": sum(child.step.late is True for child in own),
            }
            for n, (town, own) in enumerate(by_town.items(), 1)
        ],
    }


def caution(pool: Pool) -> str:
    """What the numbers are, and what is not in them."""
    about = f"按 {len(pool.rules)} 项检查查出、还没有销号或排除的学生计，一人一行。"
    return f"{about}{labels.DISCLAIMER}{pool.gap}"


def unconfirmed(policy: Policy) -> str:
    """The figures that the county has still to confirm; "" where all are."""
    named = [policy.described(name) for name in FIGURES if name != "pool_rules" and policy.unconfirmed(name)]
    return f"待县局确认的数字：{'、'.join(named)}。" if named else ""


def _period(report: PeriodReport) -> Mapping[str, Any]:
    period = report.period
    names = (*HEADS, TOTAL)
    return {
        "种类": period.kind,
        "名称": period.name,
        "起": str(period.first),
        "止": str(period.last),
        "未满": not period.whole,
        "报送期限": str(period.due),
        "行": [{"年级": grade, **dict(zip(names, counts, strict=True))} for grade, counts in report.rows.items()],
        "项目": [{"名称": name, "人数": n} for name, n in report.facts],
    }
