"""督查方案: plans of the term, drawn by whoever of the bureau asks for one, and how far each school's visit is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

from xueji_lib.casebook.log.book import stored
from xueji_lib.casebook.log.events import head_ids
from xueji_lib.judge.results import Results
from xueji_lib.register import catalogue
from xueji_lib.reports import visit_papers
from xueji_lib.support.errors import UsageError
from xueji_lib.visit import inspectors, lot, plan_making, plan_progress, visit_plan
from xueji_lib.visit.inspectors import Inspector
from xueji_lib.visit.plan_progress import VisitProgress
from xueji_lib.visit.visit_plan import BY_LOT, PlanRequest, VisitPlan
from xueji_lib.web.shared.county_desk import CountyDesk

_MOST_DAYS: Final = 60
_LIST: Final = "人员名单"


class VisitPlanDesk:
    """The desk (``PlanDesk``). ``answer``: the county's results, by which schools are put in order."""

    def __init__(self, desk: CountyDesk, answer: Results) -> None:
        self._desk, self._answer = desk, answer
        self._places = plan_making.places_of(answer)
        self._questions = catalogue.load(answer.edition).questions
        self.now, self.refused, self.logs, self.mark = desk.now, desk.refused, desk.logs, desk.mark

    def plans(self) -> Sequence[VisitPlan]:
        return visit_plan.every(self._desk.book, self._desk.term)

    def seen(self) -> Sequence[str]:
        with self._desk.book.reading() as connection:
            return head_ids(stored(connection, term=self._desk.term, kinds=("plan",)))

    def progress(self, plan: VisitPlan) -> list[VisitProgress]:
        """How far the plan's visits are today."""
        return plan_progress.of_plan(self._desk.book, plan, self._questions, self._desk.today)

    def people(self, text: str) -> str:
        people = inspectors.listed(text, _LIST, self._places)
        avoiding = [f"{one.name}回避 {len(one.avoids)} 所" for one in people if one.avoids]
        told = f"，{'、'.join(avoiding)}" if avoiding else "，没有要回避的"
        return f"{len(people)} 人，可分 {len(people) // 2} 组{told}。"

    def draw(self, asked: Mapping[str, str], seen: Sequence[str]) -> VisitPlan:
        desk = self._desk
        request, people = self._request(asked), self._listed(asked["people"])
        for plan, parents in self._with_parents():
            if parents == set(seen) and plan.who == desk.actor.name and _is_of(plan, request, asked["seed"], people):
                return plan  # a browser that got no answer asks twice
        return plan_making.draw_and_keep(desk, self._answer, request, people, seen)

    def paper(self, plan: VisitPlan, name: str) -> bytes:
        content = visit_papers.plan_papers(plan)[name]
        self._desk.book.log(self._desk.actor.name, "导出", "", {"file": f"{name} 第{plan.drawn}次"})
        return content

    def _with_parents(self) -> list[tuple[VisitPlan, set[str]]]:
        with self._desk.book.reading() as connection:
            events = stored(connection, term=self._desk.term, kinds=("plan",))
        return [(plan, set(event.parents)) for plan, event in zip(self.plans(), events, strict=True)]

    def _listed(self, text: str) -> list[Inspector]:
        lines = [line for line in text.splitlines() if line.strip()]
        return inspectors.listed(text, _LIST, self._places) if len(lines) > 1 else []

    def _request(self, asked: Mapping[str, str]) -> PlanRequest:
        days = _number(asked["days"], "到校几个工作日", 1, _MOST_DAYS)
        if days is None:
            raise UsageError("请写到校几个工作日")
        try:
            first = dt.date.fromisoformat(asked["first"])
        except ValueError:
            raise UsageError("从哪天起：请选一个日期") from None
        if not self._desk.today <= first <= self._desk.today + dt.timedelta(days=366):
            raise UsageError("从哪天起：选今天或以后一年里的一天")
        most = len(self._places)
        schools = _number(asked["schools"], "共几所", 1, most)
        by_lot = _number(asked["by_lot"], "其中抽签几所", 0, most)
        return PlanRequest(asked["seed"] or lot.fresh_seed(), days, first, schools, by_lot)


def _is_of(plan: VisitPlan, request: PlanRequest, seed: str, people: Sequence[Inspector]) -> bool:
    """Whether the plan is what this very request gives."""
    named = sorted(name for members in plan.teams.values() for name in members.split("、"))
    by_lot = sum(school.how == BY_LOT for school in plan.schools)
    return (
        named == sorted(person.name for person in people)
        and list(plan.days) == visit_plan.working_days(request.first_day, request.days)
        and request.schools in (None, len(plan.schools))
        and request.by_lot in (None, by_lot)
        and (not seed.strip() or plan.seed == seed.strip())
    )


def _number(text: str, label: str, least: int, most: int) -> int | None:
    """A whole number that was typed; None where nothing was. Raises UsageError."""
    if not text.strip():
        return None
    if not text.strip().isdecimal() or not least <= int(text) <= most:
        raise UsageError(f"{label}：写 {least} 到 {most} 的整数")
    return int(text)
