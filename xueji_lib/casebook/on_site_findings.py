"""Findings that inspectors write down at the school (现场记录): recorded, changed and taken back, each as an event.

The finding's row in ``sightings`` follows from these events alone, whatever order packages come in. It waits for the
school's word like all that people alone saw (``seen_on_site``); an inspector who heard the school there and then may
confirm it before. What nobody numbered a question for stands under S100 … S700, one a violation.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from xueji_lib.casebook import cases, evidence, signoff, states
from xueji_lib.casebook.date_bounds import bounds_of
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log.book import Casebook, Conflict, Deed, stored
from xueji_lib.casebook.log.events import Event, digest, head_ids, heads, in_order
from xueji_lib.casebook.log.tables import SIGHTINGS
from xueji_lib.casebook.seen_on_site import due_day, last_day_to_explain
from xueji_lib.casebook.sightings import BY_HAND, sighting, sighting_row
from xueji_lib.register import labels
from xueji_lib.register.catalogue import TITLE_LIMIT
from xueji_lib.register.vocabulary import CaseState, Nature, Severity
from xueji_lib.support.errors import UsageError

KIND: Final = "on_site"
CLAUSE_LIMIT: Final = 100
MOST_PUPILS: Final = 60
_UNDECIDED: Final = (CaseState.ON_SITE, CaseState.OPEN)


def unnumbered(violation: int) -> str:
    """The number under which a violation's findings stand that answer no question: S100 … S700."""
    return f"S{violation}00"


@dataclass(frozen=True, slots=True)
class PupilConcerned:
    """A pupil whom a finding is about. ``ref``: the masked number."""

    name: str
    ref: str
    grade: int | None
    class_no: int | None

    @property
    def words(self) -> str:
        """张三（七年级3班）."""
        place = labels.class_label(self.grade, self.class_no)
        return f"{self.name}（{place}）" if place else self.name


@dataclass(frozen=True, slots=True)
class OnSiteFinding:
    """What an inspector writes down. ``question``: the number of the on-site question that it answers, or
    ``unnumbered``; ``what``: what was seen, in words; ``due``: ISO, "" for what the figures say."""

    question: str
    title: str
    what: str
    severity: str
    clause: str
    remedy: str = ""
    due: str = ""
    pupils: tuple[PupilConcerned, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordedFinding:
    """A finding as its events have it. ``rivals``: what two people who did not know of one another wrote; ``seen`` goes
    back with the next change."""

    id: str
    finding: OnSiteFinding
    day: str
    withdrawn: bool
    note: str
    who: str
    at: str
    seen: tuple[str, ...]
    rivals: tuple[Event, ...]
    history: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class OfSchool:
    """At which school, by which edition. ``name``: as papers print it."""

    school_id: str
    name: str
    edition: str


def of_school(book: Casebook, school_id: str, term: str) -> list[RecordedFinding]:
    """All that was written down at a school in a term, also what was taken back, oldest first."""
    about: dict[str, list[Event]] = {}
    for event in book.events(school_id, term, (KIND,)):
        about.setdefault(event.subject, []).append(event)
    return [recorded(events) for events in about.values()]


def recorded(events: Sequence[Event]) -> RecordedFinding:
    """The finding that its events amount to: of two who did not know of one another, the later speaks, and a finding
    that one of them took back stands."""
    last = heads(events)
    standing = [event for event in last if not event.body["withdrawn"]] or last
    event, body = standing[-1], standing[-1].body
    pupils = tuple(PupilConcerned(**pupil) for pupil in body["pupils"])
    plain = {name: str(body[name]) for name in ("question", "title", "severity", "clause", "remedy", "due")}
    what = "；另记：".join(dict.fromkeys(str(one.body["what"]) for one in reversed(standing)))
    return RecordedFinding(
        event.subject, OnSiteFinding(**plain, what=what, pupils=pupils), str(body["day"]), bool(body["withdrawn"]),
        str(body["note"]), event.who, event.at, head_ids(events), tuple(last) if len(last) > 1 else (), tuple(events),
    )  # fmt: skip


def record(desk: Desk, school: OfSchool, finding: OnSiteFinding, questions: Sequence[str], key: str = "") -> str:
    """Write a finding down, with the files of the answer; returns its id. ``questions``: the numbers that may be named
    besides ``unnumbered``; ``key``: a text of the page's own, so that the same message again records nothing more.
    Raises UsageError, StoreError."""
    if finding.question not in (*questions, *map(unnumbered, range(1, 8))):
        raise UsageError(f"没有 {finding.question} 这一问")
    secret = digest([school.school_id, desk.term, desk.actor.name, key or uuid.uuid4().hex])[:16]
    finding_id = f"{finding.question}-{secret}"
    until = last_day_to_explain(school.edition, desk.today).isoformat()
    fixed = {"day": desk.today.isoformat(), "until": until, "school": school.name, "edition": school.edition}
    with desk.book.writing() as connection:
        if not stored(connection, kinds=(KIND,), subjects=[finding_id]):
            body = _body(desk, finding, fixed) | {"note": "", "withdrawn": False}
            _put(desk, connection, school.school_id, finding_id, body, "记现场发现", ())
    about = f"answer/{desk.term}/{school.school_id}/{finding.question}"
    evidence.show_as_well(desk, school.school_id, about, f"finding/{finding_id}")
    return finding_id


def change(
    desk: Desk, school_id: str, finding_id: str, finding: OnSiteFinding, *, note: str = "", seen: Sequence[str]
) -> None:
    """Write a finding down otherwise, or again after it was taken back. Raises Conflict, UsageError (it was decided
    already), StoreError."""
    with desk.book.writing() as connection:
        before = _open_finding(desk, connection, school_id, finding_id, seen)
        old = before.history[-1].body
        body = _body(desk, replace(finding, question=before.finding.question), old)
        action = "恢复现场发现" if before.withdrawn else "改现场发现"
        _put(desk, connection, school_id, finding_id, body | {"note": note.strip(), "withdrawn": False}, action, seen)


def withdraw(desk: Desk, school_id: str, finding_id: str, *, note: str, seen: Sequence[str]) -> None:
    """Take a finding back, with a reason; it stays in the casebook. Raises Conflict, UsageError, StoreError."""
    if not note.strip():
        raise UsageError("撤回现场发现要写原因")
    with desk.book.writing() as connection:
        before = _open_finding(desk, connection, school_id, finding_id, seen)
        if before.withdrawn:
            raise UsageError("这一条已经撤回")
        body = {**heads(before.history)[-1].body, "note": note.strip(), "withdrawn": True}
        _put(desk, connection, school_id, finding_id, body, "撤回现场发现", seen)


def enter(connection: Connection, events: Sequence[Event]) -> None:
    """Make the row in ``sightings`` of the finding that these are all the events of what they say."""
    now, first = recorded(events), in_order(events)[0]
    row = _row(first, now) | {"present": not now.withdrawn, "times_gone": int(now.withdrawn), "origin": BY_HAND}
    row["gone_at"] = now.at[:10] if now.withdrawn else ""
    where = SIGHTINGS.c.finding_id == now.id
    if connection.execute(select(SIGHTINGS.c.finding_id).where(where)).first():
        connection.execute(update(SIGHTINGS).where(where).values(**row))
    else:
        connection.execute(insert(SIGHTINGS).values(**row))


def _row(first: Event, now: RecordedFinding) -> dict[str, Any]:
    body, finding, pupils = first.body, now.finding, now.finding.pupils
    places = {(pupil.grade, pupil.class_no) for pupil in pupils}
    grade, class_no = places.pop() if len(places) == 1 else (None, None)
    named = f"涉及学生：{'、'.join(pupil.words for pupil in pupils)}。" if len(pupils) > 1 else ""
    row = {
        "finding_id": now.id, "rule_id": finding.question, "violation": finding.question[1],
        "severity": finding.severity, "nature": Nature.LEAD, "school_id": first.school_id, "school": body["school"],
        "grade": labels.text(grade), "class": labels.text(class_no),
        "student": pupils[0].name if len(pupils) == 1 else "",
        "student_ref": pupils[0].ref if len(pupils) == 1 else "",
        "title": finding.title, "evidence": f"{now.day} 现场检查：{finding.what}{named and '。' + named}",
        "clause": finding.clause, "remedy": finding.remedy, "due": finding.due,
        "sources": f"现场检查:{finding.question}:{now.day}", "edition": body["edition"],
    }  # fmt: skip
    return sighting_row({**row, "found_on": now.day, "waits_until": str(body["until"])}, first.term, now.day, "")


def _open_finding(
    desk: Desk, connection: Connection, school_id: str, finding_id: str, seen: Sequence[str]
) -> RecordedFinding:
    """The finding, if it may still be changed."""
    events = stored(connection, school_id=school_id, term=desk.term, kinds=(KIND,), subjects=[finding_id])
    standing = sighting(connection, finding_id)
    if not events or standing is None:
        raise UsageError("没有这一条现场发现")
    if set(seen) != set(head_ids(events)):
        raise Conflict("这一条刚被别人改过，您的修改没有存。请看过现在的内容再定", events)
    state = cases.case_of(standing, stored(connection, kinds=("finding",), subjects=[finding_id]), desk.today).state
    if state not in _UNDECIDED:
        raise UsageError(f"这一条已经是“{state}”，不能再改。要改，先在疑点表里撤销认定")
    return recorded(events)


def _body(desk: Desk, finding: OnSiteFinding, fixed: Mapping[str, Any]) -> dict[str, Any]:
    """The finding as an event says it. ``fixed``: what a change leaves as it was. Raises UsageError."""
    texts = {"title": TITLE_LIMIT, "what": states.NOTE_LIMIT, "clause": CLAUSE_LIMIT, "remedy": states.NOTE_LIMIT}
    names = {"title": "问题", "what": "现场看到的", "clause": "依据", "remedy": "整改要求"}
    plain = {name: str(getattr(finding, name)).strip() for name in texts}
    if missing := [names[name] for name in ("title", "what", "clause") if not plain[name]]:
        raise UsageError(f"现场发现要写{'、'.join(missing)}")
    if too_long := [f"{names[name]}（最多 {limit} 字）" for name, limit in texts.items() if len(plain[name]) > limit]:
        raise UsageError(f"太长：{'、'.join(too_long)}")
    if finding.severity not in tuple(Severity):
        raise UsageError(f"程度只写{'、'.join(Severity)}")
    if len(finding.pupils) > MOST_PUPILS:
        raise UsageError(f"一条最多写 {MOST_PUPILS} 名学生，多的另记一条")
    due = finding.due.strip()
    if due:
        try:
            bounds_of(desk.today)["due"].check("整改期限", dt.date.fromisoformat(due))
        except ValueError:
            raise UsageError(f"整改期限应是日期，如 2026-12-18，现在是 {due}") from None
    pupils = [{name: getattr(pupil, name) for name in PupilConcerned.__slots__} for pupil in finding.pupils]
    until = dt.date.fromisoformat(str(fixed["until"]))
    return {
        **{name: fixed[name] for name in ("day", "until", "school", "edition")}, **plain,
        "question": finding.question, "severity": str(finding.severity), "pupils": pupils,
        "due": due or due_day(str(fixed["edition"]), finding.severity, until),
    }  # fmt: skip


def _put(
    desk: Desk, connection: Connection, school_id: str, finding_id: str, body: Mapping[str, Any], action: str,
    seen: Sequence[str],
) -> None:  # fmt: skip
    if desk.actor.role not in ("inspector", "director"):
        raise UsageError("现场发现由督查人员来记")
    signoff.must_be_open(connection, school_id, desk.term)
    desk.book.put(connection, desk.actor, Deed(KIND, finding_id, school_id, desk.term, action, body, seen))
    enter(connection, stored(connection, kinds=(KIND,), subjects=[finding_id]))
