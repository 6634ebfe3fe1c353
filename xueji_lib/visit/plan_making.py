"""A plan drawn and kept, the same from a command and from the bureau's page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xueji_lib.casebook import cases
from xueji_lib.casebook.desk import Desk
from xueji_lib.judge.results import Results
from xueji_lib.visit import school_risk, visit_plan
from xueji_lib.visit.inspectors import Inspector
from xueji_lib.visit.visit_plan import PlanRequest, VisitPlan


def draw_and_keep(
    desk: Desk, answer: Results, request: PlanRequest, people: Sequence[Inspector], seen: Sequence[str] | None = None
) -> VisitPlan:
    """Draw a plan from the county's results and what people decided, and keep it (``visit_plan.keep``). ``desk.today``
    is the day on the plan. Raises UsageError, Conflict, StoreError."""
    known, visited = cases.of_county(desk.book, answer.as_of), visit_plan.last_visits(desk.book)
    ranked = school_risk.by_risk(answer, known, visited, answer.as_of)
    return visit_plan.keep(desk, visit_plan.draw(request, ranked, people), seen)


def places_of(answer: Results) -> Mapping[str, tuple[str, str]]:
    """School id → (name, township): what inspectors may have to avoid."""
    rows = zip(answer.schools["school_id"], answer.schools["school_name"], answer.schools["township"], strict=True)
    return {str(school): (str(name), str(township)) for school, name, township in rows}
