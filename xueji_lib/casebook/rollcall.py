"""逐班点名: which students of a class were present on a day, who was absent and why, who is not registered.

A roll-call is an event. Who was called, and is otherwise than the school itself reported, is written into the store
beside the school's headcount (``county.onsite``); who was not looked for is not examined: there the school's own row
stands. Source: notice 二(一); docs/reading-conditions.md, 13; on-site question S201.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from xueji_lib.casebook import signoff
from xueji_lib.casebook.date_bounds import DateBounds
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log.book import Casebook, Deed
from xueji_lib.casebook.log.events import Event, head_ids, heads
from xueji_lib.casebook.rollcall_rows import FILE, rows_of_rollcalls
from xueji_lib.casebook.roster import NOT_LOOKED_FOR, NOT_MET, Called, SchoolClass, roll_of_class
from xueji_lib.county.onsite import keep
from xueji_lib.register import identity, labels, schema
from xueji_lib.register.calendar import Calendar
from xueji_lib.register.vocabulary import Sex, Situation, StudentStatus
from xueji_lib.store import Store
from xueji_lib.support.errors import UsageError

EXTRA_REASONS: Final = (
    Situation.PROCEDURE_PENDING,
    Situation.WRONGLY_ADMITTED,
    Situation.NO_HUKOU,
    Situation.GUEST,
    Situation.OTHER,
)
"""情形 of students who sit in a class without being registered."""
ABSENT_REASONS: Final = tuple(s for s in Situation if s is Situation.OTHER or s not in EXTRA_REASONS)
"""情形 of students who are registered and absent."""
_SEEN: Final = ("absent", "missed", "unexamined", "extra")
_MOST: Final = 400


@dataclass(frozen=True, slots=True)
class Attendance:
    """What an inspector saw of a class on a day. ``absent``: ref → one of ABSENT_REASONS, or ``NOT_LOOKED_FOR``; of who
    is not on the register there and was reported by the school, ``NOT_MET`` or ``NOT_LOOKED_FOR``. ``extra``, for who
    sat there unregistered and not reported: name, and as far as known sex (男 女), number, situation (one of
    EXTRA_REASONS), origin."""

    day: dt.date
    absent: Mapping[str, str]
    extra: Sequence[Mapping[str, str]] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class RollCall:
    """One class on one day. ``absent``: ref → reason, ``NOT_MET`` or ``NOT_LOOKED_FOR``. ``extra``: name, sex, number
    (masked), situation, origin."""

    grade: int
    class_no: int
    day: dt.date
    absent: Mapping[str, str]
    extra: tuple[Mapping[str, str], ...]
    note: str
    who: str
    at: str
    seen: tuple[str, ...]
    conflict: bool
    events: tuple[Event, ...]


def of_class(book: Casebook, term: str, school_class: SchoolClass, day: dt.date) -> RollCall | None:
    """The class's roll-call of that day, None where there is none."""
    events = book.about("rollcall", _subject(term, school_class, day))
    return _rollcall(events) if events else None


def of_school(book: Casebook, school_id: str, term: str) -> list[RollCall]:
    """Every roll-call of a school in a term, by grade, class and day."""
    about: dict[str, list[Event]] = {}
    for event in book.events(school_id, term, ("rollcall",)):
        about.setdefault(event.subject, []).append(event)
    return sorted(map(_rollcall, about.values()), key=lambda roll: (roll.grade, roll.class_no, roll.day))


def save(
    desk: Desk, school_class: SchoolClass, attendance: Attendance, *, seen: Sequence[str] | None = None
) -> RollCall:
    """Store a class's roll-call and make it the class's headcount of that day; returns it.

    Raises Conflict, UsageError (a ref that is none of the class, a reason that is none, …), StoreError.
    """
    book, store, term = desk.book, desk.store, desk.term
    absent, extra = attendance.absent, attendance.extra
    if desk.actor.role not in ("inspector", "director"):
        raise UsageError("现场点名由督查人员来做")
    roll = {called.student.ref: called for called in roll_of_class(book, store, term, school_class)}
    if not roll:
        raise UsageError(f"名册和核对表里都没有 {school_class.place}")
    if strangers := [ref for ref in absent if ref not in roll]:
        raise UsageError(f"有 {len(strangers)} 人不在这个班的名单上，点名没有存。请刷新后再点")
    for ref, mark in absent.items():
        _check_mark(roll[ref], mark)
    begun = Calendar.load().term(term).start
    DateBounds(begun, desk.today, "点名只能在本学期开学以后、今天以前").check("点名日期", attendance.day)
    if len(extra) > _MOST:
        raise UsageError(f"补登的学生太多，最多 {_MOST} 人")
    body = {
        "grade": school_class.grade,
        "class_no": school_class.class_no,
        "day": attendance.day.isoformat(),
        "note": _short(attendance.note),
        **_called(roll, absent),
        "extra": [_extra(person) for person in extra],
    }
    school_id, subject = school_class.school_id, _subject(term, school_class, attendance.day)
    with book.writing() as connection:
        signoff.must_be_open(connection, school_id, term)
        deed = Deed("rollcall", subject, school_id, term, f"点名 {school_class.place}", body, seen)
        book.put(connection, desk.actor, deed)
    into_store(book, store, school_id, term)
    return _rollcall(book.about("rollcall", subject))


def _check_mark(called: Called, mark: str) -> None:
    """Raises UsageError where a pupil cannot be called so."""
    student = called.student
    if mark == NOT_LOOKED_FOR or (student.registered and mark in (*ABSENT_REASONS, student.preset)):
        return
    if student.registered:
        raise UsageError(f"不在校的情形应是：{'、'.join(ABSENT_REASONS)}")
    if mark != NOT_MET:
        raise UsageError(f"学校报的、名册上没有的学生只能是见到、{NOT_MET}、{NOT_LOOKED_FOR}")


def _called(roll: Mapping[str, Called], absent: Mapping[str, str]) -> dict[str, list[dict[str, str]]]:
    """The parts of an event's body: the pupils of the roll by what was seen of each."""
    parts: dict[str, list[dict[str, str]]] = {name: [] for name in ("absent", "present", "met", "missed", "unexamined")}
    for ref, called in roll.items():
        student, mark = called.student, absent.get(ref, "")
        person = _person(called.row) | {"ref": ref}
        if mark == NOT_LOOKED_FOR:
            parts["unexamined"].append({"name": person["name"], "ref": ref})
        elif mark == NOT_MET:
            parts["missed"].append(person)
        elif not student.registered:
            parts["met"].append(person | {"situation": labels.text(called.row["situation"])})
        elif mark:
            reported = called.by_school and mark == student.preset
            situation = labels.text(called.row["situation"]) if reported else mark
            parts["absent"].append(person | {"reason": mark, "situation": situation})
        elif student.status != StudentStatus.SUSPENDED or called.by_school:
            parts["present"].append(person)
    return parts


def into_store(book: Casebook, store: Store, school_id: str, term: str) -> None:
    """Write the school's roll-calls into the store, beside its headcount (``rows_of_rollcalls``); the same ones again
    change nothing. Raises StoreError."""
    events = [heads(roll.events)[-1] for roll in of_school(book, school_id, term)]
    records = rows_of_rollcalls(events, store, school_id, term)
    if records or store.has(term, schema.ROLLCALLS.id):
        keep(store, term, schema.ROLLCALLS, records, FILE, book.now())


def _person(row: Mapping[Hashable, Any]) -> dict[str, str]:
    return {name: labels.text(row[name]) for name in ("name", "sex", "id_number", "register_no")}


def _extra(person: Mapping[str, Any]) -> dict[str, str]:
    if not isinstance(person, Mapping):
        raise UsageError("补登的学生格式不对")
    values = {name: _short(person.get(name, ""), 60) for name in ("name", "sex", "number", "situation", "origin")}
    values["name"] = identity.clean_name(values["name"])
    if not values["name"]:
        raise UsageError("补登的学生要有姓名")
    if values["sex"] and values["sex"] not in (Sex.MALE, Sex.FEMALE):
        raise UsageError("性别只填男、女")
    if values["situation"] not in ("", *EXTRA_REASONS):
        raise UsageError(f"在校不在籍的情形应是：{'、'.join(EXTRA_REASONS)}")
    values["number"] = values["number"].upper().replace(" ", "")
    return values


def _short(text: object, limit: int = 500) -> str:
    if not isinstance(text, str) or len(text) > limit:
        raise UsageError(f"每一项最多 {limit} 字")
    return text.strip()


def _subject(term: str, school_class: SchoolClass, day: dt.date) -> str:
    return f"{term}/{school_class.school_id}/{school_class.grade}/{school_class.class_no}/{day.isoformat()}"


def _rollcall(events: Sequence[Event]) -> RollCall:
    last = heads(events)
    body = last[-1].body
    extra = tuple(
        {**person, "number": identity.mask_id(person["number"]) if person["number"] else ""} for person in body["extra"]
    )
    absent = {person["ref"]: person["reason"] for person in body["absent"]}
    absent |= {person["ref"]: NOT_MET for person in body.get("missed", ())}
    absent |= {person["ref"]: NOT_LOOKED_FOR for person in body.get("unexamined", ())}
    agree = len({str({k: e.body.get(k) for k in _SEEN}) for e in last}) == 1
    day = dt.date.fromisoformat(body["day"])
    return RollCall(
        int(body["grade"]), int(body["class_no"]), day, absent, extra, body["note"], last[-1].who, last[-1].at,
        head_ids(events), not agree, tuple(events),
    )  # fmt: skip
