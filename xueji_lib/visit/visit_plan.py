"""The plan of a round of visits (督查方案): schools by risk and by lot, teams, days; drawn, kept in the casebook, read
again. A plan is never changed: a new one follows it, and how often was drawn is shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select

from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log.book import Casebook, Deed, stored
from xueji_lib.casebook.log.events import Event, heads
from xueji_lib.casebook.log.tables import TRAIL
from xueji_lib.register.calendar import Calendar
from xueji_lib.support.errors import UsageError
from xueji_lib.visit import inspectors, lot
from xueji_lib.visit.inspectors import Inspector, Team
from xueji_lib.visit.school_risk import POINTS, SchoolRisk

BY_RISK, BY_LOT = "按风险", "抽签"
A_DAY: Final = 2
"""Schools that a team visits in a day."""


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What is asked of a plan. ``schools`` and ``by_lot``: how many in all, and how many of them by lot; None: as many
    as teams and days allow, and half of them. ``first_day``: the first day on which somebody goes."""

    seed: str
    days: int
    first_day: dt.date
    schools: int | None = None
    by_lot: int | None = None


@dataclass(frozen=True, slots=True)
class PlannedSchool:
    """A school that is visited: ``how`` is one of BY_RISK and BY_LOT; ``day`` is ISO; ``team`` 0 where none may go."""

    school_id: str
    name: str
    township: str
    how: str
    reasons: str
    points: int
    day: str
    team: int


@dataclass(frozen=True, slots=True)
class VisitPlan:
    """A plan as it was drawn. ``frame``: how many schools the lot was drawn from, those by risk apart. ``teams``:
    number → names. ``drawn``: which draw of the term this is. ``line`` and ``check_value``: of the trail."""

    term: str
    made: str
    seed: str
    schools: tuple[PlannedSchool, ...]
    teams: Mapping[int, str]
    days: tuple[str, ...]
    frame: int
    drawn: int
    who: str
    at: str
    line: int
    check_value: str

    @property
    def number(self) -> str:
        """2026-2027-1 第 1 次."""
        return f"{self.term} 第 {self.drawn} 次"

    def of(self, school_id: str) -> PlannedSchool | None:
        """The school's part; None where it is not visited."""
        return next((school for school in self.schools if school.school_id == school_id), None)


def draw(request: PlanRequest, ranked: Sequence[SchoolRisk], people: Sequence[Inspector]) -> dict[str, Any]:
    """The plan as plain JSON, the same for the same request, schools and people. ``ranked``: every school, most points
    first. Raises UsageError for more schools than there are, MissingHolidays."""
    seed = lot.checked_seed(request.seed)
    team_list = inspectors.teams(seed, people) if people else []
    room = request.days * A_DAY * max(len(team_list), 1)
    wanted = min(room, len(ranked)) if request.schools is None else request.schools
    by_lot = wanted // 2 if request.by_lot is None else request.by_lot
    if not 0 < wanted <= len(ranked):
        raise UsageError(f"名录里有 {len(ranked)} 所学校，要检查 {wanted} 所：请写 1 到 {len(ranked)}")
    if not 0 <= by_lot <= wanted:
        raise UsageError(f"共检查 {wanted} 所，抽签的要在 0 到 {wanted} 所之间")
    first, rest = ranked[: wanted - by_lot], ranked[wanted - by_lot :]
    others = {risk.school_id: risk for risk in rest}
    drawn = [others[school] for school in lot.in_lot_order(seed, "抽签学校", others)[:by_lot]]
    how = {risk.school_id: BY_RISK for risk in first} | {risk.school_id: BY_LOT for risk in drawn}
    sent = inspectors.assign(seed, team_list, how)
    days = working_days(request.first_day, request.days)
    on_day = _days(seed, [*first, *drawn], sent, days)
    schools = [
        {
            "school_id": risk.school_id, "school": risk.name, "township": risk.township, "how": how[risk.school_id],
            "reasons": risk.reasons, "points": risk.points, "day": on_day[risk.school_id],
            "team": (sent[risk.school_id] or Team(0, ())).number,
        }
        for risk in [*first, *drawn]
    ]  # fmt: skip
    schools.sort(key=lambda school: (school["day"], school["team"], school["school_id"]))
    return {
        "seed": seed, "method": lot.METHOD, "points": POINTS, "frame": len(rest), "days": days, "schools": schools,
        "teams": {str(team.number): team.names for team in team_list},
    }  # fmt: skip


def working_days(first: dt.date, count: int) -> list[str]:
    """The first ``count`` working days from a day on, ISO. Raises MissingHolidays."""
    calendar, result, day = Calendar.load(), list[str](), first
    while len(result) < count:
        if calendar.is_workday(day):
            result.append(day.isoformat())
        day += dt.timedelta(days=1)
    return result


def _days(
    seed: str, risks: Sequence[SchoolRisk], sent: Mapping[str, Team | None], days: Sequence[str]
) -> dict[str, str]:
    """School → day: a team's schools, township by township, spread evenly over the days."""
    of_team: dict[int, list[SchoolRisk]] = {}
    for risk in risks:
        of_team.setdefault((sent[risk.school_id] or Team(0, ())).number, []).append(risk)
    result: dict[str, str] = {}
    for own in of_team.values():
        own.sort(key=lambda risk: (lot.ticket(seed, "乡镇", risk.township), lot.ticket(seed, "日程", risk.school_id)))
        for n, risk in enumerate(own):
            result[risk.school_id] = days[n * len(days) // len(own)]
    return result


# ---- kept in the casebook ----


def keep(desk: Desk, plan: Mapping[str, Any], seen: Sequence[str] | None = None) -> VisitPlan:
    """Keep a plan: an event of the county, and one of each school that is visited, which goes with its package; returns
    the plan as it stands. ``seen``: the heads of the term's plans that the person knew. Raises UsageError for a
    principal, Conflict, StoreError."""
    if desk.actor.role not in ("inspector", "director"):
        raise UsageError("督查方案由督查人员、局负责人来定")
    with desk.book.writing() as connection:
        drawn = len(stored(connection, term=desk.term, kinds=("plan",))) + 1
        whole = {**plan, "drawn": drawn, "made": desk.today.isoformat()}
        action = f"抽取督查方案 第{drawn}次"
        desk.book.put(connection, desk.actor, Deed("plan", f"{desk.term}/plan", "", desk.term, action, whole, seen))
        for school in plan["schools"]:
            own = {name: whole[name] for name in ("seed", "drawn", "made", "frame")} | dict(school)
            own["inspectors"] = plan["teams"].get(str(school["team"]), "")
            subject = f"{desk.term}/{school['school_id']}/visit"
            deed = Deed("visit", subject, school["school_id"], desk.term, f"列入督查方案 第{drawn}次", own)
            desk.book.put(connection, desk.actor, deed)
    kept = newest(desk.book, desk.term)
    assert kept is not None
    return kept


def newest(book: Casebook, term: str) -> VisitPlan | None:
    """The last plan of a term; None where there is none."""
    with book.reading() as connection:
        last = heads(stored(connection, term=term, kinds=("plan",)))
    return _plan(book, last[-1]) if last else None


def every(book: Casebook, term: str) -> list[VisitPlan]:
    """All plans of a term, the first draw first."""
    with book.reading() as connection:
        events = stored(connection, term=term, kinds=("plan",))
    return [_plan(book, event) for event in events]


def _plan(book: Casebook, event: Event) -> VisitPlan:
    body = event.body
    names = ("school_id", "school", "township", "how", "reasons", "points", "day", "team")
    schools = tuple(PlannedSchool(*(school[name] for name in names)) for school in body["schools"])
    teams = {int(number): str(members) for number, members in body["teams"].items()}
    return VisitPlan(
        event.term, str(body["made"]), str(body["seed"]), schools, teams, tuple(body["days"]), int(body["frame"]),
        int(body["drawn"]), event.who, event.at, *trail_place(book, event.id),
    )  # fmt: skip


def trail_place(book: Casebook, event_id: str) -> tuple[int, str]:
    """The number and check value of the trail's line that records an event: what is copied onto paper."""
    with book.reading() as connection:
        row = connection.execute(select(TRAIL.c.n, TRAIL.c.hash).where(TRAIL.c.ref == event_id)).first()
    return (int(row[0]), str(row[1])) if row else (0, "")


def last_visits(book: Casebook) -> dict[str, str]:
    """School → ISO day of its last roll-call or on-site answer, in any term."""
    result: dict[str, str] = {}
    with book.reading() as connection:
        for event in stored(connection, kinds=("rollcall", "answer")):
            day = str(event.body.get("day") or event.at[:10])
            result[event.school_id] = max(result.get(event.school_id, ""), day)
    return result
