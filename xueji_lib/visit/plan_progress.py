"""How far the visits of a plan are: planned, sampled, visited, recorded, signed; and what is late."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from xueji_lib.casebook.log.book import Casebook, stored
from xueji_lib.casebook.log.events import Event
from xueji_lib.register.catalogue import Question
from xueji_lib.visit import signed_record, visit_record
from xueji_lib.visit.visit_plan import PlannedSchool, VisitPlan

_KINDS: Final = ("draw", "rollcall", "answer", "record", "signature")


class Stage(StrEnum):
    """How far a visit is, the last stage that was reached."""

    PLANNED = "计划"
    SAMPLED = "已抽样"
    VISITED = "已到校"
    RECORDED = "已做记录"
    SIGNED = "双方已签"


@dataclass(frozen=True, slots=True)
class VisitProgress:
    """A planned school. ``visited``: the ISO day of the last roll-call or answer, or "". ``late``: what is overdue, in
    a few Chinese words, or ""."""

    school: PlannedSchool
    stage: Stage
    visited: str
    late: str


@dataclass(frozen=True, slots=True)
class StageCount:
    """How many schools of a team, or of a day, have come how far: a school counts in every stage that it has
    passed."""

    name: str
    reached: dict[Stage, int]
    late: int


def of_plan(book: Casebook, plan: VisitPlan, questions: Sequence[Question], today: dt.date) -> list[VisitProgress]:
    """Each school of a plan in its order, from what was done since the plan was made. Raises StoreError."""
    planned = {school.school_id for school in plan.schools}
    by_school: dict[str, list[Event]] = {school: [] for school in planned}
    with book.reading() as connection:
        for event in stored(connection, term=plan.term, kinds=_KINDS):
            if event.school_id in planned and event.at >= plan.at:
                by_school[event.school_id].append(event)
    return [_progress(book, school, by_school[school.school_id], questions, today) for school in plan.schools]


def _progress(
    book: Casebook, school: PlannedSchool, events: Sequence[Event], questions: Sequence[Question], today: dt.date
) -> VisitProgress:
    kinds = {event.kind for event in events}
    visits = [visit_record.day_of(event) for event in events if event.kind in ("rollcall", "answer")]
    stage = Stage.SAMPLED if "draw" in kinds else Stage.PLANNED
    if visits:
        stage = Stage.VISITED
        if "record" in kinds:
            stage = Stage.RECORDED
        if "signature" in kinds and _is_signed(book, school.school_id, events[0].term, questions, today):
            stage = Stage.SIGNED
    visited = max(visits, default="")
    late = ""
    if not visits and school.day < today.isoformat():
        late = "过了日子没有到校"
    elif stage == Stage.VISITED and visited < today.isoformat():
        late = "到了校没有做记录"
    return VisitProgress(school, stage, visited, late)


def _is_signed(book: Casebook, school_id: str, term: str, questions: Sequence[Question], today: dt.date) -> bool:
    record = visit_record.of_visit(book, school_id, term, questions, today)
    return record is not None and signed_record.is_complete(signed_record.signers(book, record))


def by_team(plan: VisitPlan, progress: Iterable[VisitProgress]) -> list[StageCount]:
    """A line for each team, in their order; those whom nobody may visit last."""
    listed = list(progress)
    lines = [
        _counted(f"第 {number} 组 {names}", [one for one in listed if one.school.team == number])
        for number, names in sorted(plan.teams.items())
    ]
    without = [one for one in listed if one.school.team not in plan.teams]
    return [*lines, *([_counted("还没有派人", without)] if without else [])]


def by_day(plan: VisitPlan, progress: Iterable[VisitProgress]) -> list[StageCount]:
    """A line for each day of the plan."""
    listed = list(progress)
    return [_counted(day, [one for one in listed if one.school.day == day]) for day in plan.days]


def _counted(name: str, own: Sequence[VisitProgress]) -> StageCount:
    order = list(Stage)
    passed = {stage: sum(order.index(one.stage) >= order.index(stage) for one in own) for stage in order}
    return StageCount(name, passed, sum(bool(one.late) for one in own))
