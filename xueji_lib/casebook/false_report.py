"""What the school reported of a class against what a roll-call saw there: the finding S201.

It waits for the school's word like all that people alone saw, and is looked for again whenever a check enters: what the
school put right meanwhile, or the inspector himself, is found no more.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from xueji_lib.casebook.log import trail
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.log.events import heads
from xueji_lib.casebook.rollcall import RollCall, of_class
from xueji_lib.casebook.roster import Record, SchoolClass, own_headcount, records
from xueji_lib.casebook.seen_on_site import add_on_site, last_day_to_explain, withdraw
from xueji_lib.casebook.sightings import MACHINE, ON_SITE, Sighting, sightings
from xueji_lib.judge.results import Results, School
from xueji_lib.register import labels
from xueji_lib.register.vocabulary import Nature, Presence, Severity
from xueji_lib.store import Store

QUESTION: Final = "S201"
"""The on-site question that a roll-call answers; findings made from one carry it as their rule."""
_MOST_NAMES: Final = 12


@dataclass(frozen=True, slots=True)
class Compared:
    """What the school reported for the class (None: no row of it) and what the roll-call counted; how they differ. Rows
    with a later 核对日期 than the roll-call do not contradict it."""

    reported_present: int | None
    reported_absent: int
    reported_on: str
    present: int
    absent: int
    extra: int
    absent_at_call: tuple[str, ...]  # reported 在校, not there
    present_at_call: tuple[str, ...]  # reported 不在校, there
    not_reported: tuple[str, ...]  # there though on no register, and not reported
    not_met: tuple[str, ...] = ()  # reported 在校, on no register of the class, looked for and not met
    unexamined: tuple[str, ...] = ()  # not looked for: what the school reported stands
    corrected_on: str = ""  # the last 核对日期 of those who were away, where it is after the roll-call

    @property
    def differs(self) -> bool:
        """Whether the school's report does not agree with the roll-call."""
        return bool(self.missing or self.present_at_call or self.not_reported)

    @property
    def missing(self) -> tuple[str, ...]:
        """Whom the school reported present, and who were not there."""
        return (*self.absent_at_call, *self.not_met)


def compare(store: Store, term: str, school_id: str, roll: RollCall) -> Compared:
    """How a roll-call differs from the school's own headcount rows of the class; students are matched by number, else
    by name."""
    body = heads(roll.events)[-1].body
    own = own_headcount(store, term, school_id)
    same = own["grade"].eq(roll.grade).fillna(False) & own["class_no"].eq(roll.class_no).fillna(False)
    rows = records(own[same])
    absent, missed = list(body["absent"]), list(body.get("missed", ()))
    there = [*body["present"], *body.get("met", ())]
    extra = [{**person, "id_number": person["number"]} for person in body["extra"]]
    said = _Said(rows, (*absent, *missed, *there, *extra), pd.Timestamp(roll.day))
    presence = [row["presence"] for row in rows]
    days = [row["check_date"] for row in rows if row["check_date"] is not None]
    before = [day for day in days if day <= pd.Timestamp(roll.day)] or days
    return Compared(
        presence.count(Presence.PRESENT) if rows else None,
        presence.count(Presence.ABSENT),
        labels.text(max(before)) if before else "",
        len(there),
        len(absent),
        len(extra),
        tuple(sorted(said.named(absent, Presence.PRESENT))),
        tuple(said.named(there, Presence.ABSENT)),
        tuple(str(person["name"]) for person in extra if rows and not said.rows(person)),
        tuple(said.named(missed, Presence.PRESENT)),
        tuple(str(person["name"]) for person in body.get("unexamined", ())),
        said.corrected_on((*absent, *missed)),
    )


class _Said:
    """The school's rows of the pupils that a roll-call names: by number, else by name where the row is nobody's by
    number."""

    def __init__(self, rows: Sequence[Record], people: Sequence[Mapping[str, Any]], day: pd.Timestamp) -> None:
        self._day = day
        self._by_key: dict[str, list[Record]] = {}
        taken = {key for person in people for key in _numbers(person)}
        for row in rows:
            numbers = _numbers(row)
            keys = numbers if taken.intersection(numbers) else [*numbers, f"name:{row['name']}"]
            for key in keys:
                self._by_key.setdefault(key, []).append(row)

    def rows(self, person: Mapping[str, Any]) -> list[Record]:
        """The school's rows of a pupil."""
        keys = (*_numbers(person), f"name:{person.get('name')}")
        return next((self._by_key[key] for key in keys if key in self._by_key), [])

    def _later(self, person: Mapping[str, Any]) -> list[pd.Timestamp]:
        days = (row["check_date"] for row in self.rows(person))
        return [day for day in days if day is not None and day > self._day]

    def named(self, people: Sequence[Mapping[str, Any]], presence: str) -> list[str]:
        """Those of whom the school said so up to the day of the roll-call, and nothing since."""
        return [
            str(person["name"])
            for person in people
            if (rows := self.rows(person)) and rows[-1]["presence"] == presence and not self._later(person)
        ]

    def corrected_on(self, people: Sequence[Mapping[str, Any]]) -> str:
        """The last day on which the school said something else of these since; "" where none is written."""
        days = [day for person in people for day in self._later(person)]
        return max(days).date().isoformat() if days else ""


def _numbers(person: Mapping[Any, Any]) -> list[str]:
    return [f"{name}:{person[name]}" for name in ("id_number", "register_no") if person.get(name)]


# ---- the finding ----


def keep(book: Casebook, store: Store, school: School, roll: RollCall) -> Compared:
    """Compare a roll-call with the school's report; where students reported present were not there, that is stored: it
    waits for the school's word, and is a finding of violation 2 when the days for it have passed. Returns the
    comparison."""
    compared = compare(store, school.term_id, school.id, roll)
    with book.writing() as connection:
        if compared.missing:
            until = last_day_to_explain(school.edition, roll.day).isoformat()
            add_on_site(connection, finding(school, roll, compared), school.term_id, roll.day, until)
        else:  # the inspector called the class again and has put right what he saw
            withdraw(connection, finding_id(school.id, roll), book.today().isoformat())
    return compared


def look_again(book: Casebook, store: Store, answer: Results) -> None:
    """Compare the roll-calls behind such findings with what the school reports now: who was corrected is named no more,
    a finding without anybody is gone, and stands again where the correction is taken back. Raises StoreError."""
    changes = list[tuple[Sighting, School, RollCall, Compared]]()
    with book.reading() as connection:
        made_at_schools = [seen for seen in sightings(connection, origin=ON_SITE) if _is_looked_for(seen, answer)]
    for seen in made_at_schools:
        school_class = SchoolClass(seen.school_id, int(seen.finding["grade"]), int(seen.finding["class"]))
        roll = of_class(book, answer.term_id, school_class, dt.date.fromisoformat(seen.found_on))
        if roll is None or finding_id(seen.school_id, roll) != seen.finding_id:
            continue  # not made from a roll-call
        school = answer.school(seen.school_id)
        compared = compare(store, answer.term_id, seen.school_id, roll)
        same_words = finding(school, roll, compared)["evidence"] == seen.finding["evidence"]
        if seen.present != bool(compared.missing) or (seen.present and not same_words):
            changes.append((seen, school, roll, compared))
    if not changes:
        return
    day = answer.as_of.isoformat()
    with book.writing() as connection:
        for seen, school, roll, compared in changes:
            if compared.missing:
                row = {**finding(school, roll, compared), "due": seen.finding["due"]}
                add_on_site(connection, row, answer.term_id, roll.day, seen.waits_until)
            else:
                withdraw(connection, seen.finding_id, compared.corrected_on or max(day, seen.found_on))
            detail = {"finding": seen.finding_id, "missing": len(compared.missing)}
            trail.add(connection, book.now(), MACHINE, "学校更正核对表", seen.school_id, detail=detail)


def _is_looked_for(seen: Sighting, answer: Results) -> bool:
    has_class = seen.finding["grade"].isdigit() and seen.finding["class"].isdigit()
    of_term = seen.finding["rule_id"] == QUESTION and seen.last_term == answer.term_id
    return has_class and of_term and seen.school_id in set(answer.schools["school_id"].astype(str))


def finding_id(school_id: str, roll: RollCall) -> str:
    """The id of what a roll-call showed of the school's report."""
    key = f"{QUESTION}|{school_id}|{roll.grade}|{roll.class_no}|{roll.day.isoformat()}"
    return f"{QUESTION}-{hashlib.blake2b(key.encode(), digest_size=8).hexdigest()}"


def finding(school: School, roll: RollCall, compared: Compared) -> dict[str, str]:
    """A row of findings.csv: the school reported as present students who were not there."""
    class_name = labels.class_label(roll.grade, roll.class_no)
    missing = compared.missing
    names = "、".join(missing[:_MOST_NAMES]) + ("等" if len(missing) > _MOST_NAMES else "")
    when = f"（{compared.reported_on}）" if compared.reported_on else ""
    evidence = (
        f"学校核对表{when}{class_name}报在校 {compared.reported_present} 人、不在校 {compared.reported_absent} 人；"
        f"{roll.day} 现场点名在校 {compared.present} 人、不在 {compared.absent} 人。"
        f"核对表记为在校而点名不在的 {len(missing)} 人：{names}"
    )
    return {
        "finding_id": finding_id(school.id, roll),
        "rule_id": QUESTION,
        "violation": "2",
        "severity": Severity.SERIOUS,
        "nature": Nature.LEAD,
        "school_id": school.id,
        "school": school.name,
        "grade": str(roll.grade),
        "class": str(roll.class_no),
        "student": "",
        "student_ref": "",
        "title": "现场点名与学校核对表不符",
        "evidence": evidence,
        "clause": "二(一)",
        "remedy": "逐人说明点名时不在校的原因和去向，更正核对表",
        "due": "",
        "sources": f"现场点名:{class_name}:{roll.day.isoformat()}",
        "edition": school.edition,
    }
