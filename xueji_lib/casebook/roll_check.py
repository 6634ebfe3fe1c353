"""What a roll-call shows: against what the school reported for that class, and in the rules' new answer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import pandas as pd

from xueji_lib.casebook.book import Casebook
from xueji_lib.casebook.events import heads
from xueji_lib.casebook.judging import one_at_a_time
from xueji_lib.casebook.rollcall import RollCall
from xueji_lib.casebook.sightings import add_on_site, sync
from xueji_lib.judge import shelf
from xueji_lib.judge.results import School
from xueji_lib.register import labels
from xueji_lib.store import Store

QUESTION: Final = "S201"
"""The on-site question that a roll-call answers; findings made from one carry it as their rule."""
ACROSS_SCHOOLS: Final = frozenset("R106 R112 R202 R203 R207 R210 R302 R303 R305 R308 R508 R710".split())
"""Checks that look at other schools' tables: not to be made on a store that holds some schools only."""
_SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class Compared:
    """What the school reported for the class (None: no row of it) and what the roll-call saw; how they differ."""

    reported_present: int | None
    reported_absent: int
    reported_on: str
    present: int
    absent: int
    extra: int
    said_present: tuple[str, ...]  # reported 在校, not there
    said_absent: tuple[str, ...]  # reported 不在校, there
    not_reported: tuple[str, ...]  # there though on no register, and not reported

    @property
    def differs(self) -> bool:
        return bool(self.said_present or self.said_absent or self.not_reported)


@dataclass(frozen=True, slots=True)
class Delta:
    """What the rules say now of the school and did not before, and the other way round: (finding_id, title, who)."""

    new: tuple[tuple[str, str, str], ...]
    gone: tuple[tuple[str, str, str], ...]


def compare(store: Store, school_id: str, term: str, roll: RollCall) -> Compared:
    """The roll against the school's own rows of the class, by number, else by name."""
    body = heads(roll.events)[-1].body
    rows = store.read(term, "headcount", schools=[school_id]) if store.has(term, "headcount") else pd.DataFrame()
    if len(rows):
        same = rows["grade"].eq(roll.grade).fillna(False) & rows["class_no"].eq(roll.class_no).fillna(False)
        rows = rows[same]
    records = rows.astype(object).where(rows.notna(), None).to_dict("records") if len(rows) else []
    said: dict[str, str] = {}
    for record in records:
        for key in _keys({str(name): value for name, value in record.items()}):
            said[key] = str(record["presence"] or "")

    def reported(person: Mapping[str, object]) -> str:
        return next((said[key] for key in _keys(person) if key in said), "")

    days = [record["check_date"] for record in records if record["check_date"] is not None]
    presence = [record["presence"] for record in records]
    extra = [{**person, "id_number": person["number"]} for person in body["extra"]]
    return Compared(
        presence.count("在校") if records else None,
        presence.count("不在校"),
        labels.text(max(days)) if days else "",
        len(body["present"]),
        len(body["absent"]),
        len(extra),
        tuple(sorted(str(person["name"]) for person in body["absent"] if reported(person) == "在校")),
        tuple(str(person["name"]) for person in body["present"] if reported(person) == "不在校"),
        tuple(str(person["name"]) for person in extra if records and not reported(person)),
    )


def _keys(person: Mapping[str, object]) -> list[str]:
    """How a person may be found among the school's rows, the surest first."""
    found = [f"{name}:{person[name]}" for name in ("id_number", "register_no") if person.get(name)]
    return [*found, f"name:{person.get('name')}"]


def settle(book: Casebook, store: Store, school: School, term: str, roll: RollCall) -> tuple[Compared, Delta]:
    """After a roll-call was saved: keep a finding of violation 2 where the school's report does not hold, judge anew,
    and say what changed. ``school``: the answer before the roll-call."""
    compared = keep(book, store, school, term, roll)
    return compared, rejudged(book, store, school, term)[0]


def keep(book: Casebook, store: Store, school: School, term: str, roll: RollCall) -> Compared:
    """Hold a roll-call against the school's report; where that does not hold, a finding of violation 2 is kept."""
    compared = compare(store, school.id, term, roll)
    if compared.said_present:
        with book.writing() as connection:
            add_on_site(connection, finding(school, roll, compared), term, roll.day)
    return compared


def rejudged(book: Casebook, store: Store, school: School, term: str) -> tuple[Delta, School]:
    """What the rules say now and did not in ``school``, and their answer now. Takes seconds in a large county."""
    now_school = _judged(book, store, school, term)
    after, before = now_school.findings, school.findings
    if store.is_part:
        after, before = (frame[~frame["rule_id"].isin(ACROSS_SCHOOLS)] for frame in (after, before))
    now, then = ({str(row["finding_id"]): row for row in frame.to_dict("records")} for frame in (after, before))
    new = [now[key] for key in now.keys() - then.keys()]
    gone = [then[key] for key in then.keys() - now.keys()]
    return Delta(_named(new), _named(gone)), now_school


def _judged(book: Casebook, store: Store, school: School, term: str) -> School:
    """The school by today's data. A part of a county is judged for this look only: what concerns other
    schools waits for the whole."""
    if store.is_part:
        from xueji_lib.judge import engine  # only here: a page that judges nothing opens faster without

        found = engine.check(store, term, school.as_of, edition=school.edition, school=school.id).findings
        return replace(school, findings=found)
    with one_at_a_time(store):
        answer = shelf.obtain(store, term, school.as_of, edition=school.edition)
        sync(book, store, answer)
        return answer.school(school.id)


def _named(rows: Iterable[Mapping[object, object]]) -> tuple[tuple[str, str, str], ...]:
    named = []
    for row in rows:
        who = labels.text(row["student"]) or labels.place(row["grade"], row["class"])
        named.append((str(row["finding_id"]), str(row["title"]), who))
    return tuple(sorted(named, key=lambda one: (one[0].split("-")[0], one[2], one[0])))


def finding(school: School, roll: RollCall, compared: Compared) -> dict[str, str]:
    """A row of findings.csv: the school reported as present students who were not there."""
    place = labels.place(roll.grade, roll.class_no)
    names = "、".join(compared.said_present[:_SHOWN]) + ("等" if len(compared.said_present) > _SHOWN else "")
    when = f"（{compared.reported_on}）" if compared.reported_on else ""
    evidence = (
        f"学校核对表{when}{place}报在校 {compared.reported_present} 人、不在校 {compared.reported_absent} 人；"
        f"{roll.day} 现场点名在校 {compared.present} 人、不在 {compared.absent} 人。"
        f"核对表记为在校而点名不在的 {len(compared.said_present)} 人：{names}"
    )
    key = f"{QUESTION}|{school.id}|{roll.grade}|{roll.class_no}|{roll.day.isoformat()}"
    return {
        "finding_id": f"{QUESTION}-{hashlib.blake2b(key.encode(), digest_size=8).hexdigest()}",
        "rule_id": QUESTION,
        "violation": "2",
        "severity": "较重",
        "nature": "线索",
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
        "sources": f"现场点名:{place}:{roll.day.isoformat()}",
        "edition": school.edition,
    }
