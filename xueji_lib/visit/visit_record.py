"""The record of a visit to a school, as the casebook has it: who was there, when, by which plan, and what was seen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy import select

from xueji_lib.casebook import cases, evidence, on_site_answers, record_signing, rollcall
from xueji_lib.casebook.cases import Case
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.evidence import Evidence
from xueji_lib.casebook.false_report import QUESTION as ROLL_QUESTION
from xueji_lib.casebook.log.book import Casebook, Deed, stored
from xueji_lib.casebook.log.events import Event, digest, heads, in_order
from xueji_lib.casebook.log.tables import TRAIL
from xueji_lib.casebook.on_site_answers import OnSiteAnswer
from xueji_lib.casebook.record_signing import Statement
from xueji_lib.casebook.sightings import BY_HAND, BY_PEOPLE
from xueji_lib.register import labels
from xueji_lib.register.catalogue import Question
from xueji_lib.visit import left_open, sample_check
from xueji_lib.visit.sample_check import SampleCheck, item_key
from xueji_lib.visit.sample_draw import DrawnSample, of_school

SEEN_KINDS: Final = ("rollcall", "answer", "draw", "on_site", "sample_check")
"""Events of people at the school."""
_APART: Final = ("record", "signature", "signoff", "key_signature", "measure", "letter")
"""Kinds of events that a record says nothing of: made after it, they leave it as it is."""


@dataclass(frozen=True, slots=True)
class CalledRoll:
    """A class that was called. ``drawn``: the lot gave it. ``absent``: 马丽（请假）, …"""

    place: str
    day: str
    drawn: bool
    registered: int
    present: int
    absent: tuple[str, ...]
    strangers: tuple[str, ...]
    unexamined: int
    note: str
    conflict: bool


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A photo or scan. ``shows``: which question it belongs to, or which finding."""

    shows: str
    file: Evidence


@dataclass(frozen=True, slots=True)
class SignedOff:
    """An inspector's sign-off of the school (签署), which stands. ``words``: what it left open, in Chinese; "" where it
    says nothing of that. ``at``: ISO."""

    who: str
    at: str
    words: str


@dataclass(frozen=True, slots=True)
class VisitRecord:
    """A visit. ``plan``: the body of the school's event of kind ``visit`` at that time, empty where no plan has it.
    ``days``: ISO. ``answers``: every question with its answer, also where there is none. ``findings``: what was found
    on site. ``exhibits``: the files of answers and findings, each once. ``checks``: (question, ``item_key``) → what was
    said of a drawn pupil. ``signed_off``: after the last time the school was opened again. ``line`` and
    ``check_value``: of the trail's last line about this school that records something of it."""

    school_id: str
    term: str
    people: tuple[str, ...]
    days: tuple[str, ...]
    plan: Mapping[str, Any]
    rolls: tuple[CalledRoll, ...]
    samples: tuple[DrawnSample, ...]
    answers: tuple[tuple[Question, OnSiteAnswer], ...]
    findings: tuple[Case, ...]
    exhibits: tuple[Exhibit, ...]
    statement: Statement
    checks: Mapping[tuple[str, str], SampleCheck]
    signed_off: tuple[SignedOff, ...]
    line: int
    check_value: str

    @property
    def content_value(self) -> str:
        """Sixteen hex digits of what people recorded at the school: what is signed. The same wherever and whenever the
        record is printed: nothing of the office and of this casebook's trail goes in, and of findings only which were
        written down at the school; what the machine makes of roll-calls, and how far a finding is, moves on later.
        Nor does the sign-off go in: it comes after the signatures, and must leave them as they are."""
        shown = ("drawn", "how", "reasons", "day")
        told = {
            "school": self.school_id, "term": self.term, "people": sorted(self.people), "days": self.days,
            "plan": {name: self.plan.get(name) for name in shown}, "rolls": [asdict(roll) for roll in self.rolls],
            "samples": [
                [of.question, of.unit, of.seed, of.why, list(map(dict, of.items)), list(map(dict, of.replaced))]
                for of in self.samples
            ],
            "answers": [[question.id, question.ask, answer.value, answer.note] for question, answer in self.answers],
            "findings": [
                [case.finding[name] for name in ("title", "grade", "class", "student", *_text_of(case))]
                for case in self.findings
                if case.sighting.origin in BY_PEOPLE
            ],
            "checks": [
                [of.question, item_key(item), check.value, check.note]
                for of in self.samples
                for item, check in self.looked_at(of)
                if check.value
            ],
            "exhibits": sorted([exhibit.shows, exhibit.file.sha256] for exhibit in self.exhibits),
            "statement": [self.statement.value, self.statement.note],
        }  # fmt: skip
        return digest(told)[:16]

    def looked_at(self, sample: DrawnSample) -> list[tuple[Mapping[str, Any], SampleCheck]]:
        """Each drawn pupil or class with what was said of it."""
        unseen = sample_check.NOBODY_LOOKED
        return [(item, self.checks.get((sample.question, item_key(item)), unseen)) for item in sample.items]

    @property
    def unanswered(self) -> tuple[str, ...]:
        """The ids of the questions that nobody answered, or about which people differ."""
        return tuple(question.id for question, answer in self.answers if answer.value not in on_site_answers.VALUES)


def of_visit(
    book: Casebook, school_id: str, term: str, questions: Sequence[Question], today: dt.date
) -> VisitRecord | None:
    """The record of what was done at a school in a term; None where nobody did anything there."""
    events = book.events(school_id, term, SEEN_KINDS)
    if not events:
        return None
    last = max(event.at for event in events)
    plans = heads(event for event in book.events(school_id, term, ("visit",)) if event.at <= last)
    plan = dict(plans[-1].body) if plans else {}
    samples = of_school(book, school_id, term)
    drawn = {str(item["place"]) for item in samples[ROLL_QUESTION].items} if ROLL_QUESTION in samples else set()
    answers = on_site_answers.of_school(book, school_id, term, [question.id for question in questions])
    found = [case for case in cases.of_school(book, school_id, today) if is_on_site(case)]
    return VisitRecord(
        school_id,
        term,
        tuple(dict.fromkeys([*filter(None, str(plan.get("inspectors", "")).split("、")), *(e.who for e in events)])),
        tuple(sorted({day_of(event) for event in events})),
        plan,
        tuple(_roll(roll, drawn) for roll in rollcall.of_school(book, school_id, term)),
        tuple(samples[question.id] for question in questions if question.id in samples),
        tuple((question, answers[question.id]) for question in questions),
        tuple(found),
        tuple(_exhibits(book, school_id, term, questions, found)),
        record_signing.statement(book, school_id, term),
        sample_check.of_school(book, school_id, term),
        tuple(_signed_off(book, school_id, term)),
        *_last_line(book, school_id),
    )


def _signed_off(book: Casebook, school_id: str, term: str) -> list[SignedOff]:
    standing: list[SignedOff] = []
    for event in in_order(book.events(school_id, term, ("signoff",))):
        if event.body["step"] == "reopen":
            standing = []
        if event.body["step"] == "sign":
            standing.append(SignedOff(event.who, event.at, left_open.signed_words(event.body)))
    return standing


def _text_of(case: Case) -> tuple[str, ...]:
    """Which texts of a finding the inspector wrote: of one that an answer or a roll-call made, none."""
    return ("evidence",) if case.sighting.origin == BY_HAND else ()


def _exhibits(
    book: Casebook, school_id: str, term: str, questions: Sequence[Question], found: Sequence[Case]
) -> list[Exhibit]:
    files = evidence.of_school(book, school_id, term)
    shown = {f"answer/{term}/{school_id}/{question.id}": question.id for question in questions}
    shown |= {f"finding/{case.id}": str(case.finding["title"]) for case in found}
    listed: dict[str, Exhibit] = {}
    for about, shows in shown.items():
        for file in files.get(about, ()):
            listed.setdefault(file.sha256, Exhibit(shows, file))
    return list(listed.values())


def is_on_site(case: Case) -> bool:
    """Whether people saw it at the school, and nobody found it to be nothing."""
    seen = case.sighting
    return bool(seen.found_on) or seen.origin in BY_PEOPLE


def day_of(event: Event) -> str:
    """The ISO day of something done at the school: of a roll-call the day it was called."""
    return str(event.body.get("day") or dt.datetime.fromisoformat(event.at).astimezone().date())


def _roll(roll: rollcall.RollCall, drawn: set[str]) -> CalledRoll:
    body = heads(roll.events)[-1].body
    class_label = labels.class_label(roll.grade, roll.class_no)
    absent = tuple(f"{person['name']}（{person.get('situation') or person['reason']}）" for person in body["absent"])
    sat = [*body.get("met", ()), *body["extra"]]
    return CalledRoll(
        class_label, roll.day.isoformat(), class_label in drawn,
        len(body["present"]) + len(absent), len(body["present"]), absent,
        tuple(f"{person['name']}（{person.get('situation') or '情形未写'}）" for person in sat),
        len(body.get("unexamined", ())), roll.note, roll.conflict,
    )  # fmt: skip


def remember(desk: Desk, record: VisitRecord, number: str, check_value: str) -> None:
    """Note that this record was made on paper; the same one again is noted once. Raises StoreError."""
    subject = f"{record.term}/{record.school_id}/record"
    before = desk.book.about("record", subject)
    if any(event.body["check_value"] == check_value for event in before):
        return
    body = {"number": number, "check_value": check_value, "line": record.line, "trail": record.check_value}
    with desk.book.writing() as connection:
        deed = Deed("record", subject, record.school_id, record.term, "做现场检查记录", body)
        desk.book.put(connection, desk.actor, deed)


def _last_line(book: Casebook, school_id: str) -> tuple[int, str]:
    """Of the trail about the school, what a record does not speak of apart: printed twice, or signed, it is the
    same."""
    query = select(TRAIL.c.n, TRAIL.c.hash).where(TRAIL.c.school_id == school_id, TRAIL.c.ref != "")
    with book.reading() as connection:
        records = [event.id for event in stored(connection, school_id=school_id, kinds=_APART)]
        query = query.where(TRAIL.c.ref.notin_(records))
        row = connection.execute(query.order_by(TRAIL.c.n.desc()).limit(1)).first()
    return (int(row[0]), str(row[1])) if row else (0, "")
