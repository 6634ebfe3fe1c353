"""Whether a package's event has the form of one: fields, kind, subject, body. Nothing of it is believed: whoever knows
the package's password can write any event, and work out its id.

What an earlier kit wrote and a later one left out is allowed to be missing; what no kit ever wrote is not there.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from xueji_lib.casebook.carry.value_shape import (
    Check,
    counts,
    is_date,
    like,
    many,
    one_of,
    or_none,
    record,
    text,
    whole_number,
)
from xueji_lib.casebook.letter_corrections import CORRECTION
from xueji_lib.casebook.log.events import KINDS, PLAIN, ROLES, Event
from xueji_lib.casebook.measures import MEASURES
from xueji_lib.casebook.on_site_answers import CHECKED, VALUES
from xueji_lib.casebook.on_site_findings import CLAUSE_LIMIT, MOST_PUPILS
from xueji_lib.casebook.record_signing import NAME_LIMIT, OPINIONS, SIGNERS, WAYS, checked_name
from xueji_lib.casebook.record_signing import subject as signature_subject
from xueji_lib.casebook.signature_image import KEPT_LIMIT
from xueji_lib.casebook.states import EXEMPTIONS, NOTE_LIMIT, STEPS
from xueji_lib.register.calendar import TERM_ID
from xueji_lib.register.catalogue import TITLE_LIMIT
from xueji_lib.register.vocabulary import CaseState, Severity
from xueji_lib.support.errors import UsageError

FINDING_ID: Final = re.compile(r"[A-Z][0-9]{3}-[0-9a-z]{8,32}")
_EVENT_ID: Final = re.compile(r"[0-9a-f]{32}")
_SIGNATURE: Final = re.compile(r"[0-9a-f]{128}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_REF: Final = re.compile(r"[0-9a-f]{8,64}")
_QUESTION: Final = re.compile(r"S[0-9]{3}")
_YEARS: Final = (1970, 2199)
"""Between which a computer's clock may go wrong."""
_MOST_PARENTS: Final = 64
_MOST_PUPILS: Final = 1000
_MOST_FINDINGS: Final = 100_000
_MEDIA: Final = ("image/jpeg", "image/png", "application/pdf")
LETTERS: Final = ("限期整改通知书", "通报", CORRECTION)


def _is_signer(value: Any) -> bool:
    """A name that a page would take."""
    try:
        return text(NAME_LIMIT)(value) and checked_name(value) == value
    except UsageError:
        return False


_PERSON: Final = {
    "ref": like(_REF), "name": text(100), "sex": text(20), "id_number": text(60), "register_no": text(60),
    "reason": text(60), "situation": text(60), "number": text(60), "origin": text(60),
}  # fmt: skip
_PEOPLE: Final = many(record(**_PERSON), _MOST_PUPILS)
_CONCERNED: Final = record(
    name=text(100), ref=text(60), grade=or_none(whole_number(99)), class_no=or_none(whole_number(999))
)
_LEFT: Final = record(
    questions=many(like(_QUESTION), 1000), samples=many(like(_QUESTION), 1000), classes=many(text(60), 1000),
    findings=whole_number(_MOST_FINDINGS),
)  # fmt: skip
_DRAWN: Final = record(
    name=text(100), place=text(60), ref=text(60), stratum=text(60), grade=whole_number(99), class_no=whole_number(999),
    records=many(record(table=text(60), shown=many(many(text(NOTE_LIMIT), 2), 100)), 1000),
)  # fmt: skip
"""A pupil or a class in a sample."""


@dataclass(frozen=True, slots=True)
class _Body:
    """What a kind's body says: always, and perhaps."""

    always: Mapping[str, Check]
    perhaps: Mapping[str, Check] = field(default_factory=dict)

    def fits(self, body: Mapping[str, Any]) -> bool:
        fields = {**self.always, **self.perhaps}
        return set(self.always) <= set(body) and all(n in fields and fields[n](value) for n, value in body.items())


_BODIES: Final[Mapping[str, _Body]] = {
    "finding": _Body(
        {"to": one_of(STEPS), "from": one_of([str(state) for state in CaseState])},
        {
            "note": text(NOTE_LIMIT), "person": text(NOTE_LIMIT),
            "approver": text(NOTE_LIMIT), "reason": one_of(EXEMPTIONS), "until": is_date, "due": is_date,
            "done": is_date, "data": text(200), "times_gone": whole_number(100_000), "evidence": like(_SHA256),
            "undoes": like(_EVENT_ID),
            # A decision about both sides of a case at two schools (``two_sided``).
            "joint": like(_REF), "said": text(64), "people": many(text(64), _MOST_PUPILS),
            "papers": many(like(_SHA256), _MOST_PUPILS),
        },
    ),
    "answer": _Body({"question": like(_QUESTION), "value": one_of((*VALUES, "")), "note": text(NOTE_LIMIT)}),
    "rollcall": _Body(
        {
            "grade": whole_number(99), "class_no": whole_number(999), "day": is_date, "note": text(NOTE_LIMIT),
            "absent": _PEOPLE, "present": _PEOPLE, "extra": _PEOPLE,
        },
        {"met": _PEOPLE, "missed": _PEOPLE, "unexamined": _PEOPLE},
    ),
    "explanation": _Body(
        {"ref": like(_REF), "note": text(NOTE_LIMIT), "measure": text(NOTE_LIMIT)},
        {
            "name": text(100), "id_number": text(60), "register_no": text(60), "grade": or_none(whole_number(99)),
            "class_no": or_none(whole_number(999)),
        },
    ),
    "evidence": _Body(
        {
            "about": text(150), "sha256": like(_SHA256), "media": one_of(_MEDIA), "size": whole_number(2**31),
            "name": text(100),
        }
    ),
    "signoff": _Body(
        {"step": one_of(("sign", "countersign", "reopen")), "note": text(NOTE_LIMIT), "of": like(_SHA256)},
        {name: many(like(FINDING_ID), _MOST_FINDINGS) for name in ("findings", "gone")} | {"left": _LEFT},
    ),
    "measure": _Body({"decision": one_of(MEASURES), "suggested": text(NOTE_LIMIT), "note": text(NOTE_LIMIT)}),
    "letter": _Body(
        {
            "letter": one_of(LETTERS), "day": is_date, "number": text(100),
            "findings": many(like(FINDING_ID), _MOST_FINDINGS),
        },
        {"note": text(NOTE_LIMIT)},
    ),
    "plan": _Body({}),  # the county's; no package has it
    "visit": _Body(
        {
            "seed": text(40), "drawn": whole_number(10_000), "made": is_date, "frame": whole_number(100_000),
            "school_id": text(20), "school": text(200), "township": text(100), "how": text(20),
            "reasons": text(NOTE_LIMIT), "points": whole_number(100_000), "day": is_date, "team": whole_number(10_000),
            "inspectors": text(NOTE_LIMIT),
        }
    ),
    "draw": _Body(
        {
            "question": like(_QUESTION), "unit": text(20), "against": text(NOTE_LIMIT), "asked": whole_number(10_000),
            "seed": text(40), "method": text(NOTE_LIMIT), "strata": counts, "items": many(_DRAWN, _MOST_PUPILS),
            "reserve": many(_DRAWN, _MOST_PUPILS), "why": text(NOTE_LIMIT), "absent_tables": many(text(60), 100),
            "replaced": many(record(old=_DRAWN, new=_DRAWN, why=text(NOTE_LIMIT)), _MOST_PUPILS),
        }
    ),
    "sample_check": _Body({
        "question": like(_QUESTION), "item": like(_REF), "value": one_of((*CHECKED, "")), "note": text(NOTE_LIMIT),
        "name": text(100), "place": text(60), "ref": text(60),
    }),
    "on_site": _Body({
            "question": like(_QUESTION), "title": text(TITLE_LIMIT), "what": text(NOTE_LIMIT),
            "severity": one_of([str(severity) for severity in Severity]), "clause": text(CLAUSE_LIMIT),
            "remedy": text(NOTE_LIMIT), "due": lambda value: value == "" or is_date(value), "day": is_date,
            "until": is_date, "school": text(200), "edition": text(40), "note": text(NOTE_LIMIT),
            "withdrawn": lambda value: isinstance(value, bool),
            "pupils": many(lambda value: _CONCERNED(value) and len(value) == 4, MOST_PUPILS),
    }),
    "record": _Body(
        {"number": text(100), "check_value": text(64), "line": whole_number(2**31), "trail": text(64)},
    ),
    "key_signature": _Body({"signs": like(_EVENT_ID), "public": like(_SHA256), "signature": like(_SIGNATURE)}),
    "statement": _Body({"value": one_of(OPINIONS), "note": text(NOTE_LIMIT)}),
    "signature": _Body(
        {
            "signer": one_of(SIGNERS), "name": _is_signer, "way": one_of(WAYS), "note": text(NOTE_LIMIT),
            "of": like(_REF),
        },
        {"sha256": like(_SHA256), "media": one_of(("image/png",)), "size": whole_number(KEPT_LIMIT)},
    ),
}  # fmt: skip
"""By ``events.KINDS``."""


def fault(event: Event, schools: set[str]) -> str:
    """What is wrong with an event's form, in a few Chinese words; "" where nothing is. ``schools``: those of the
    package."""
    plain = [getattr(event, name) for name in PLAIN]
    if not all(text(200)(value) for value in plain) or not 1 <= len(event.who) <= 100:
        return "写法不对"
    if event.kind not in KINDS or event.role not in ROLES:
        return "种类或角色没有这一种"
    if event.school_id not in schools:
        return "不是包里的学校的"
    if not TERM_ID.fullmatch(event.term) or not _is_moment(event.at):
        return "学期或时间不对"
    if len(event.parents) > _MOST_PARENTS or not all(map(like(_EVENT_ID), event.parents)):
        return "前后关系的写法不对"
    if not _BODIES[event.kind].fits(event.body):
        return "内容的写法不对"
    return "" if _subject_fits(event) else "所说的事和内容对不上"


def _is_moment(at: str) -> bool:
    """UTC, ISO with microseconds, in a year in which a clock may be."""
    try:
        moment = dt.datetime.fromisoformat(at)
    except ValueError:
        return False
    is_utc = moment.utcoffset() == dt.timedelta(0)
    return is_utc and moment.isoformat(timespec="microseconds") == at and _YEARS[0] <= moment.year <= _YEARS[1]


def _subject_fits(event: Event) -> bool:
    body, of_school = event.body, f"{event.term}/{event.school_id}"
    if event.kind == "finding":
        return bool(FINDING_ID.fullmatch(event.subject))
    if event.kind == "evidence":
        return event.subject == f"{body['about']}#{body['sha256'][:32]}" and _about_fits(body["about"], of_school)
    if event.kind == "rollcall":
        return event.subject == f"{of_school}/{body['grade']}/{body['class_no']}/{body['day']}"
    if event.kind == "signature":
        with_file = {"sha256", "media", "size"} & set(body)
        return len(with_file) in (0, 3) and event.subject == signature_subject(
            event.term, event.school_id, body["signer"], body["name"]
        )
    if event.kind in ("visit", "record", "statement"):
        return (
            event.subject == f"{of_school}/{event.kind}" and body.get("school_id", event.school_id) == event.school_id
        )
    if event.kind == "on_site":
        return bool(FINDING_ID.fullmatch(event.subject)) and event.subject.partition("-")[0] == body["question"]
    if event.kind == "sample_check":
        return event.subject == f"{of_school}/sample_check/{body['question']}/{body['item']}"
    if event.kind == "draw":
        return event.subject == f"{of_school}/draw/{body['question']}"
    if event.kind == "key_signature":
        return event.subject == f"{of_school}/key/{body['signs']}"
    last = {"answer": "question", "explanation": "ref", "letter": "letter"}.get(event.kind)
    return event.subject == (f"{of_school}/{body[last]}" if last else of_school)


def _about_fits(about: str, of_school: str) -> bool:
    """A finding, or a question asked at the school."""
    kind, _, subject = about.partition("/")
    if kind == "finding":
        return bool(FINDING_ID.fullmatch(subject))
    before, _, question = subject.rpartition("/")
    return kind == "answer" and bool(_QUESTION.fullmatch(question)) and before == of_school
