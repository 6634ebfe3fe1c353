"""逐班点名: who of a class was there on a day, who was not and why, who sat there and is not registered.

A roll-call is an event; the latest of every class and day also becomes the class's headcount in the store, which the
rules then judge. What the school reported stays as it was: the two are compared.
Source: notice 二(一); on-site question S201.
"""

from __future__ import annotations

import datetime as dt
import hmac
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from xueji_lib.casebook import signoff
from xueji_lib.casebook.book import Casebook
from xueji_lib.casebook.events import Actor, Event, head_ids, heads
from xueji_lib.county.onsite import keep
from xueji_lib.register import identity, labels, schema
from xueji_lib.store import Store, empty
from xueji_lib.support.errors import UsageError

ABSENT_REASONS: Final = tuple(
    "已转外校就读 外出不具备转学条件 重度残疾不能到校 疑似辍学无法联系 多次劝返不返 休学 请假 特教就读 其他".split()
)
EXTRA_REASONS: Final = ("符合条件未办手续", "违规招收或转入", "无户口", "借读旁听", "其他")
FILE: Final = "现场点名"
STORE_WAIT: Final = 20.0
"""Seconds for which a page waits while another process writes to the store."""
_MOST: Final = 400
_COLUMNS: Final = ("name", "sex", "id_number", "register_no", "grade", "class_no", "status")


@dataclass(frozen=True, slots=True)
class Student:
    """One on the register. ``ref`` names the student on a page without saying a number."""

    ref: str
    name: str
    sex: str
    number_masked: str
    status: str


@dataclass(frozen=True, slots=True)
class RollCall:
    """One class on one day. ``absent``: ref → reason. ``extra``: name, sex, number (masked), situation, origin."""

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


def classes(store: Store, term: str, school_id: str) -> list[tuple[int, int, int]]:
    """(grade, class number, students 在读) of every class on the school's register."""
    frame = _register(store, term, school_id)
    studying = frame[(frame["status"].astype(object) == "在读") & frame["grade"].notna() & frame["class_no"].notna()]
    counts = studying.groupby(["grade", "class_no"]).size().sort_index().reset_index(name="n")
    return [(int(grade), int(number), int(n)) for grade, number, n in counts.itertuples(index=False)]


def students(book: Casebook, store: Store, term: str, school_id: str, grade: int, class_no: int) -> list[Student]:
    """Those of a class, by name."""
    return [student for student, _ in _class(book, store, term, school_id, grade, class_no)]


def of_class(book: Casebook, school_id: str, term: str, grade: int, class_no: int, day: dt.date) -> RollCall | None:
    """The class's roll-call of that day, if there is one."""
    found = book.about("rollcall", _subject(term, school_id, grade, class_no, day))
    return _rollcall(found) if found else None


def of_school(book: Casebook, school_id: str, term: str) -> list[RollCall]:
    """Every roll-call, by grade, class and day."""
    about: dict[str, list[Event]] = {}
    for event in book.events(school_id, term, ("rollcall",)):
        about.setdefault(event.subject, []).append(event)
    return sorted(map(_rollcall, about.values()), key=lambda roll: (roll.grade, roll.class_no, roll.day))


def save(
    book: Casebook,
    store: Store,
    actor: Actor,
    school_id: str,
    term: str,
    grade: int,
    class_no: int,
    day: dt.date,
    absent: Mapping[str, str],
    extra: Sequence[Mapping[str, str]],
    note: str = "",
    *,
    seen: Sequence[str] | None = None,
) -> RollCall:
    """Keep a roll-call and make it the class's headcount of that day.

    ``absent``: ref → one of ABSENT_REASONS. ``extra``: name, and as far as known sex (男 女), number, situation (one of
    EXTRA_REASONS), origin. Raises Conflict, UsageError (a ref that is none of the class, a reason that is none, …).
    """
    if actor.role not in ("inspector", "director"):
        raise UsageError("现场点名由督查人员来做")
    there = _class(book, store, term, school_id, grade, class_no)
    refs = {student.ref: row for student, row in there}
    if not refs:
        raise UsageError(f"名册里没有 {labels.place(grade, class_no)}")
    if strangers := [ref for ref in absent if ref not in refs]:
        raise UsageError(f"有 {len(strangers)} 人不在这个班的名册上，点名没有存。请刷新后再点")
    if any(reason not in ABSENT_REASONS for reason in absent.values()):
        raise UsageError(f"不在校的情形应是：{'、'.join(ABSENT_REASONS)}")
    if len(extra) > _MOST:
        raise UsageError(f"补登的学生太多，最多 {_MOST} 人")
    body = {
        "grade": grade,
        "class_no": class_no,
        "day": day.isoformat(),
        "note": _short(note),
        "absent": [_person(refs[ref]) | {"ref": ref, "reason": reason} for ref, reason in sorted(absent.items())],
        "present": [_person(row) for ref, row in refs.items() if ref not in absent and row["status"] != "休学"],
        "extra": [_extra(one) for one in extra],
    }
    subject = _subject(term, school_id, grade, class_no, day)
    with book.writing() as connection:
        signoff.must_be_open(connection, school_id, term)
        book.put(
            connection, actor, "rollcall", subject, action=f"点名 {labels.place(grade, class_no)}", body=body,
            school_id=school_id, term=term, seen=seen,
        )  # fmt: skip
    into_store(book, store, school_id, term)
    return _rollcall(book.about("rollcall", subject))


def into_store(book: Casebook, store: Store, school_id: str, term: str) -> None:
    """Make the school's roll-calls its headcount in the store; the same ones again change nothing.

    Raises StoreError.
    """
    records = [record for roll in of_school(book, school_id, term) for record in _records(roll, school_id)]
    if not records and not store.has(term, schema.ROLLCALLS.id):
        return
    keep(store, term, schema.ROLLCALLS, records, FILE, book.now())


def _records(roll: RollCall, school_id: str) -> list[dict[str, Any]]:
    """Rows of a headcount."""
    body = heads(roll.events)[-1].body
    day = dt.datetime.combine(roll.day, dt.time())
    common = {"school_id": school_id, "grade": roll.grade, "class_no": roll.class_no}
    common |= {"check_date": day, "checker": roll.who}
    there = [{**person, "presence": "在校"} for person in body["present"]]
    away = [{**person, "presence": "不在校", "situation": person["reason"]} for person in body["absent"]]
    more = [
        {**person, "presence": "在校", "id_number": person["number"], "whereabouts": person["origin"]}
        for person in body["extra"]
    ]
    return [common | {name: value for name, value in row.items() if value} for row in (*there, *away, *more)]


def _person(row: Mapping[Hashable, Any]) -> dict[str, str]:
    return {name: labels.text(row[name]) for name in ("name", "sex", "id_number", "register_no")}


def _class(
    book: Casebook, store: Store, term: str, school_id: str, grade: int, class_no: int
) -> list[tuple[Student, Mapping[Hashable, Any]]]:
    frame = _register(store, term, school_id)
    frame = frame[frame["grade"].eq(grade).fillna(False) & frame["class_no"].eq(class_no).fillna(False)]
    frame = frame.sort_values(["name", "register_no", "id_number"], na_position="last")
    result: list[tuple[Student, Mapping[Hashable, Any]]] = []
    met: dict[str, int] = {}
    for row in frame.astype(object).where(frame.notna(), None).to_dict("records"):
        said = f"{row['register_no'] or row['id_number'] or row['name'] or ''}"
        met[said] = met.get(said, 0) + 1
        ref = hmac.new(book.salt, f"{school_id}|{said}|{met[said]}".encode(), "sha256").hexdigest()[:16]
        number = identity.mask_id(row["id_number"] or row["register_no"] or "")
        result.append(
            (Student(ref, row["name"] or "（无姓名）", row["sex"] or "", number, row["status"] or "在读"), row)
        )
    return result


def _register(store: Store, term: str, school_id: str) -> pd.DataFrame:
    if not store.has(term, "register"):
        return empty(schema.REGISTER, list(_COLUMNS))
    return store.read(term, "register", columns=list(_COLUMNS), schools=[school_id])


def _extra(one: Mapping[str, Any]) -> dict[str, str]:
    if not isinstance(one, Mapping):
        raise UsageError("补登的学生格式不对")
    values = {name: _short(one.get(name, ""), 60) for name in ("name", "sex", "number", "situation", "origin")}
    values["name"] = identity.clean_name(values["name"])
    if not values["name"]:
        raise UsageError("补登的学生要有姓名")
    if values["sex"] and values["sex"] not in ("男", "女"):
        raise UsageError("性别只填男、女")
    if values["situation"] not in ("", *EXTRA_REASONS):
        raise UsageError(f"在校不在籍的情形应是：{'、'.join(EXTRA_REASONS)}")
    values["number"] = values["number"].upper().replace(" ", "")
    return values


def _short(text: object, limit: int = 500) -> str:
    if not isinstance(text, str) or len(text) > limit:
        raise UsageError(f"每一项最多 {limit} 字")
    return text.strip()


def _subject(term: str, school_id: str, grade: int, class_no: int, day: dt.date) -> str:
    return f"{term}/{school_id}/{grade}/{class_no}/{day.isoformat()}"


def _rollcall(events: Sequence[Event]) -> RollCall:
    last = heads(events)
    body = last[-1].body
    extra = tuple({**one, "number": identity.mask_id(one["number"]) if one["number"] else ""} for one in body["extra"])
    absent = {one["ref"]: one["reason"] for one in body["absent"]}
    same = len({str({k: e.body[k] for k in ("absent", "extra")}) for e in last}) == 1
    day = dt.date.fromisoformat(body["day"])
    return RollCall(
        int(body["grade"]), int(body["class_no"]), day, absent, extra, body["note"], last[-1].who, last[-1].at,
        head_ids(events), not same, tuple(events),
    )  # fmt: skip
