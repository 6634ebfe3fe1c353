"""逐班点名 on a page: a class's students by the register and by the school's own report, who is absent, who is present
and not registered."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Mapping
from typing import Any, Final

from xueji_lib.casebook import false_report, rollcall, rollcall_outcome, roster
from xueji_lib.casebook.false_report import Compared
from xueji_lib.casebook.log.book import Conflict
from xueji_lib.casebook.log.events import Actor, heads
from xueji_lib.casebook.rollcall import Attendance, RollCall
from xueji_lib.casebook.roster import SchoolClass
from xueji_lib.judge.results import School
from xueji_lib.register import labels
from xueji_lib.support.errors import UsageError
from xueji_lib.web.panels import wire
from xueji_lib.web.panels.panel import Handler, Panel, Reply
from xueji_lib.web.shared.school_desk import SchoolDesk, repeated

_MOST: Final = 400
_EXTRA: Final = ("name", "sex", "number", "situation", "origin")


class Roll(Panel):
    """The widget. ``school``: the school's results when the page was opened; a roll-call shows what changes in them."""

    entry = "roll"

    def __init__(self, desk: SchoolDesk, school: School, day: dt.date, layout: Any = None) -> None:
        self._desk, self._school, self._judging = desk, school, threading.Lock()
        spec = {
            "absent": list(rollcall.ABSENT_REASONS),
            "extra": list(rollcall.EXTRA_REASONS),
            "notMet": roster.NOT_MET,
            "notLookedFor": roster.NOT_LOOKED_FOR,
            "day": day.isoformat(),
            "classes": self._classes(),
            "open": desk.open,
        }
        super().__init__(desk, f"{desk.actor.name}/{desk.school_id}/{desk.term}/roll", spec, layout)

    def handlers(self) -> Mapping[str, Handler]:
        return {"class": self._class, "save": self._save, "judge": self._judge}

    def fresh(self, message: Mapping[str, Any]) -> Reply:
        try:
            return self._shown(*self._where(message))
        except UsageError:
            return {}

    def _classes(self) -> list[dict[str, Any]]:
        desk = self._desk
        called = {
            (roll.grade, roll.class_no): roll.day.isoformat()
            for roll in rollcall.of_school(desk.book, desk.school_id, desk.term)
        }
        return [
            {"grade": grade, "class_no": number, "n": n, "label": labels.class_label(grade, number)}
            | {"called": called.get((grade, number), "")}
            for grade, number, n in desk.classes()
        ]

    def _where(self, message: Mapping[str, Any]) -> tuple[SchoolClass, dt.date]:
        grade, class_no = wire.whole(message, "grade", 12), wire.whole(message, "class_no", 999)
        try:
            day = dt.date.fromisoformat(wire.text(message, "day", 10))
        except ValueError:
            raise UsageError("点名的日期不对") from None
        if day > self._desk.today:
            raise UsageError("点名的日期还没有到")
        return SchoolClass(self._desk.school_id, grade, class_no), day

    def _shown(self, school_class: SchoolClass, day: dt.date) -> Reply:
        """The class at present: its students, and the roll-call of that day where there is one."""
        desk = self._desk
        students = roster.students(desk.book, desk.store, desk.term, school_class)
        listed = [
            [s.ref, s.name, s.sex, s.number_masked, s.status, s.registered, s.reported, s.preset] for s in students
        ]
        roll = rollcall.of_class(desk.book, desk.term, school_class, day)
        return {"students": listed, "roll": self._plain(roll) if roll else None, "open": desk.open}

    def _plain(self, roll: RollCall) -> dict[str, Any]:
        compared = false_report.compare(self._desk.store, self._desk.term, self._desk.school_id, roll)
        return {
            "absent": dict(roll.absent),
            "extra": [{name: student.get(name, "") for name in _EXTRA} for student in roll.extra],
            "note": roll.note, "who": roll.who, "at": labels.moment(roll.at), "seen": list(roll.seen),
            "conflict": roll.conflict, "compared": _sentences(compared),
        }  # fmt: skip

    def _class(self, message: Mapping[str, Any], _: object) -> Reply:
        return {"kind": "data", **self._shown(*self._where(message))}

    def _save(self, message: Mapping[str, Any], _: object) -> Reply:
        desk, (school_class, day) = self._desk, self._where(message)
        absent = message.get("absent")
        if not isinstance(absent, Mapping) or len(absent) > _MOST:
            raise UsageError("页面送来的点名不对")
        chosen = {wire.text({"ref": ref}, "ref", 40): wire.text(absent, ref, 40) for ref in absent}
        before = rollcall.of_class(desk.book, desk.term, school_class, day)
        seen = wire.texts(message.get("seen"), "seen")
        note = wire.text(message, "note", 500)
        if before and set(seen) != set(before.seen):
            if not _repeated(before, desk.actor, seen, chosen, note):
                raise Conflict("这个班今天的点名刚被改过，您的没有存。请看过再定", before.events)
            rollcall.into_store(desk.book, desk.store, desk.school_id, desk.term)
            roll = before
        else:
            attendance = Attendance(day, chosen, _people(message.get("extra"), before), note)
            roll = rollcall.save(desk, school_class, attendance, seen=seen)
        false_report.keep(desk.book, desk.store, self._school, roll)
        return {"kind": "saved", "roll": self._plain(roll), "classes": self._classes()}

    def _judge(self, message: Mapping[str, Any], _: object) -> Reply:
        """Judge the county in a thread of its own: it takes seconds, in which other changes are saved. The result is
        sent when it is ready."""
        number, where = wire.text(message, "n", 40), self._where(message)

        def run() -> None:
            reply = self.answer({"op": "judged", "n": number, "where": where})
            self.send({"re": number, **reply})

        threading.Thread(target=run, daemon=True).start()
        return {"kind": "working"}

    def answer(self, message: Any, buffers: Any = ()) -> Reply:
        """As in Panel; ``judged`` is asked by ``_judge`` alone: what a browser sends has no dates in it."""
        if isinstance(message, Mapping) and message.get("op") == "judged" and isinstance(message.get("where"), tuple):
            return self.guarded(message, self._judged, buffers)
        return super().answer(message, buffers)

    def _judged(self, message: Mapping[str, Any], _: object) -> Reply:
        desk, (school_class, day) = self._desk, message["where"]
        with self._judging:
            roll = rollcall.of_class(desk.book, desk.term, school_class, day)
            if roll is None:
                raise UsageError("这个班今天还没有点名")
            delta, self._school = rollcall_outcome.rejudged(desk.book, desk.store, self._school, day)
        named = {"new": delta.new, "gone": delta.gone, "awaiting": delta.awaiting}
        as_of = self._school.as_of.isoformat()
        return {"kind": "data", "later": delta.later, "as_of": as_of} | {
            k: [f"{title}　{who}" for _, title, who in findings] for k, findings in named.items()
        }


def _repeated(roll: RollCall, actor: Actor, seen: list[str], absent: Mapping[str, str], note: str) -> bool:
    """The stored roll-call is this very message, whose answer got lost on the way."""
    return repeated(heads(roll.events), actor, seen, {"note": note.strip()}) and dict(roll.absent) == dict(absent)


def _people(listed: Any, before: RollCall | None) -> list[dict[str, str]]:
    """The unregistered students of a message. One saved before is named by its index: a page never sees its number."""
    if not isinstance(listed, list) or len(listed) > _MOST or not all(isinstance(entry, Mapping) for entry in listed):
        raise UsageError("页面送来的补登学生不对")
    stored = heads(before.events)[-1].body["extra"] if before else []
    people = []
    for entry in listed:
        if "kept" in entry:
            people.append({name: str(stored[wire.whole(entry, "kept", len(stored) - 1)][name]) for name in _EXTRA})
        else:
            people.append({name: wire.text(entry, name, 60) for name in _EXTRA if name in entry})
    return people


def _sentences(compared: Compared) -> dict[str, Any]:
    """What differs between the school's report and the roll-call, in words."""
    if compared.reported_present is None:
        return {"bad": False, "lines": ["学校的核对表里没有这个班，无从比较。"]}
    on = f"（{compared.reported_on}）" if compared.reported_on else ""
    lines = [
        f"学校核对表{on}：在校 {compared.reported_present} 人，不在校 {compared.reported_absent} 人。",
        f"现场点名：在校 {compared.present} 人，不在 {compared.absent} 人，补登 {compared.extra} 人。",
    ]
    for label, names in (
        ("报在校而点名不在", compared.absent_at_call),
        ("报不在校而点名在", compared.present_at_call),
        ("坐在班里而学校没有报", compared.not_reported),
        ("学校报在校、名册上没有，而没有见到", compared.not_met),
    ):
        if names:
            lines.append(f"{label} {len(names)} 人：{'、'.join(names)}")
    if not compared.differs:
        lines.append("见到的与学校所报一致。" if compared.unexamined else "与学校所报一致。")
    if names := compared.unexamined:
        lines.append(f"没有看 {len(names)} 人，仍按学校自己报的：{'、'.join(names)}")
    return {"bad": compared.differs, "lines": lines}
