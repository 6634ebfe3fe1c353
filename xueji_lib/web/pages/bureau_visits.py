"""The bureau's page: plans of visits with their progress, and what roll-calls of drawn classes let say."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select

from xueji_lib.casebook.log.tables import EVENTS
from xueji_lib.judge.results import Results
from xueji_lib.register.labels import term as term_words
from xueji_lib.reports.letters import kinds
from xueji_lib.reports.letters.visit_plan_letter import trail_words, unassigned
from xueji_lib.reports.pages.piece import HtmlPiece
from xueji_lib.reports.workbooks import plan_book
from xueji_lib.visit import plan_progress, rate_lines
from xueji_lib.visit.lot import METHOD
from xueji_lib.visit.plan_progress import Stage
from xueji_lib.visit.school_risk import POINTS
from xueji_lib.visit.visit_plan import BY_RISK, VisitPlan
from xueji_lib.web.desks.visit_plan_desk import VisitPlanDesk
from xueji_lib.web.pages.html_pieces import piece
from xueji_lib.web.pages.section import Section, following, heading
from xueji_lib.web.panels.visit_plan_panel import VisitPlanPanel
from xueji_lib.web.shared.county_desk import CountyDesk

_HINT: Final = (
    "一半按风险先后，一半抽签；人员抽签分组，应回避的不派。每抽一次记入留痕，以前的方案都留着。"
    "到校以前不外传；抽学生、抽班到了学校再抽。"
)
_ESTIMATE_HINT: Final = "由抽签抽到、到校点过名的班推算。抽得太少的不推算。"
_KINDS: Final = ("plan", "draw", "rollcall")
"""Kinds of events that an estimate is made of."""


@dataclass(eq=False)
class _EstimateKeeper:
    """A desk whose ``mark`` changes only where the estimate may have: it reads registers, which takes its time."""

    desk: CountyDesk

    def __post_init__(self) -> None:
        self.now, self.refused, self.logs = self.desk.now, self.desk.refused, self.desk.logs

    def mark(self) -> str:
        query = select(func.count(), func.max(EVENTS.c.at)).where(
            EVENTS.c.term == self.desk.term, EVENTS.c.kind.in_(_KINDS)
        )
        with self.desk.book.reading() as connection:
            count, last = connection.execute(query).one()
        return f"{count} {last}"


class VisitsPart:
    """The plans, and the estimate."""

    def __init__(self, desk: CountyDesk, answer: Results) -> None:
        self._desk, self._plans = desk, VisitPlanDesk(desk, answer)

    def section(self, live: bool, key: str) -> Section:
        """The plans with a form for a new one; where the page is not served, the newest alone."""
        head = heading("visits", f"督查方案和到校进度（{term_words(self._desk.term)}）", _HINT)
        below = heading("estimate", "推算：在籍不在校、在校不在籍", _ESTIMATE_HINT)
        estimate = following(live, _EstimateKeeper(self._desk), f"{key}:estimate", self._estimate)
        if not live:
            plans = self._plans.plans()
            shown = (
                self._shown(plans[-1], live=False)
                if plans
                else piece("listing", heads=[], rows=[], empty="还没有方案。")
            )
            return Section(head, shown, below, estimate)
        first = (self._desk.today + dt.timedelta(days=1)).isoformat()
        papers = (kinds.VISIT_PLAN.file, plan_book.FILE)
        panel = VisitPlanPanel(self._plans, key, lambda plan: self._shown(plan, live=True).html, papers, first)
        return Section(head, panel, below, estimate)

    def _shown(self, plan: VisitPlan, *, live: bool) -> HtmlPiece:
        progress = self._plans.progress(plan)
        groups = [("组", plan_progress.by_team(plan, progress)), ("日期", plan_progress.by_day(plan, progress))]
        return piece(
            "county_plan", plan=plan, progress=progress, groups=groups, stages=list(Stage), live=live,
            by_risk=sum(school.how == BY_RISK for school in plan.schools), unassigned=unassigned(plan),
            late=sum(bool(one.late) for one in progress), trail=trail_words(plan.line, plan.check_value),
            points=POINTS, method=METHOD,
        )  # fmt: skip

    def _estimate(self) -> HtmlPiece:
        estimate = rate_lines.of_term(self._desk.book, self._desk.store, self._desk.term)
        return piece("county_estimate", estimate=estimate, method=rate_lines.METHOD, limits=rate_lines.LIMITS)
