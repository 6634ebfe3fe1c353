"""逐班点名 on a page: a class, its students as the register has them, who is not there, who is there unregistered."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Mapping
from typing import Any, Final

from xueji_lib.casebook import roll_check, rollcall
from xueji_lib.casebook.book import Conflict
from xueji_lib.casebook.events import Actor, heads
from xueji_lib.casebook.roll_check import Compared
from xueji_lib.casebook.rollcall import RollCall
from xueji_lib.judge.results import School
from xueji_lib.register import labels
from xueji_lib.support.errors import UsageError
from xueji_lib.web import assets, wire
from xueji_lib.web.desk import SchoolDesk, repeated
from xueji_lib.web.panel import Handler, Panel, Reply

_MOST: Final = 400
_EXTRA: Final = ("name", "sex", "number", "situation", "origin")


class Roll(Panel):
    """``school``: the answer of the rules as the page was opened; a roll-call shows what changes in it."""

    _esm = assets.script("dom", "line", "rollcard", "roll")
    _css = assets.style("base", "roll")

    def __init__(self, desk: SchoolDesk, school: School, day: dt.date, layout: Any = None) -> None:
        self._desk, self._school, self._judging = desk, school, threading.Lock()
        spec = {
            "absent": list(rollcall.ABSENT_REASONS),
            "extra": list(rollcall.EXTRA_REASONS),
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
            {"grade": grade, "class_no": number, "n": n, "label": labels.place(grade, number)}
            | {"called": called.get((grade, number), "")}
            for grade, number, n in rollcall.classes(desk.store, desk.term, desk.school_id)
        ]

    def _where(self, message: Mapping[str, Any]) -> tuple[int, int, dt.date]:
        grade, class_no = wire.whole(message, "grade", 12), wire.whole(message, "class_no", 999)
        try:
            day = dt.date.fromisoformat(wire.text(message, "day", 10))
        except ValueError:
            raise UsageError("点名的日期不对") from None
        if day > self._desk.today:
            raise UsageError("点名的日期还没有到")
        return grade, class_no, day

    def _shown(self, grade: int, class_no: int, day: dt.date) -> Reply:
        """A class as it stands: students, and the roll-call of that day where there is one."""
        desk = self._desk
        students = rollcall.students(desk.book, desk.store, desk.term, desk.school_id, grade, class_no)
        listed = [[s.ref, s.name, s.sex, s.number_masked, s.status] for s in students]
        found = rollcall.of_class(desk.book, desk.school_id, desk.term, grade, class_no, day)
        return {"students": listed, "roll": self._plain(found) if found else None, "open": desk.open}

    def _plain(self, roll: RollCall) -> dict[str, Any]:
        compared = roll_check.compare(self._desk.store, self._desk.school_id, self._desk.term, roll)
        return {
            "absent": dict(roll.absent),
            "extra": [{name: one.get(name, "") for name in _EXTRA} for one in roll.extra],
            "note": roll.note, "who": roll.who, "at": labels.moment(roll.at), "seen": list(roll.seen),
            "conflict": roll.conflict, "compared": _sentences(compared),
        }  # fmt: skip

    def _class(self, message: Mapping[str, Any], _: object) -> Reply:
        return {"kind": "data", **self._shown(*self._where(message))}

    def _save(self, message: Mapping[str, Any], _: object) -> Reply:
        desk, (grade, class_no, day) = self._desk, self._where(message)
        absent = message.get("absent")
        if not isinstance(absent, Mapping) or len(absent) > _MOST:
            raise UsageError("页面送来的点名不对")
        chosen = {wire.text({"ref": ref}, "ref", 40): wire.text(absent, ref, 40) for ref in absent}
        before = rollcall.of_class(desk.book, desk.school_id, desk.term, grade, class_no, day)
        seen = wire.texts(message.get("seen"), "seen")
        note = wire.text(message, "note", 500)
        if before and set(seen) != set(before.seen):
            if not _repeated(before, desk.actor, seen, chosen, note):
                raise Conflict("这个班今天的点名刚被改过，您的没有存。请看过再定", before.events)
            rollcall.into_store(desk.book, desk.store, desk.school_id, desk.term)
            roll = before
        else:
            roll = rollcall.save(
                desk.book, desk.store, desk.actor, desk.school_id, desk.term, grade, class_no, day, chosen,
                _people(message.get("extra"), before), note, seen=seen,
            )  # fmt: skip
        roll_check.keep(desk.book, desk.store, self._school, desk.term, roll)
        return {"kind": "saved", "roll": self._plain(roll), "classes": self._classes()}

    def _judge(self, message: Mapping[str, Any], _: object) -> Reply:
        """Judging the county takes seconds: done beside, so that other changes are saved meanwhile; the answer comes
        when it is there."""
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
        desk, (grade, class_no, day) = self._desk, message["where"]
        with self._judging:
            roll = rollcall.of_class(desk.book, desk.school_id, desk.term, grade, class_no, day)
            if roll is None:
                raise UsageError("这个班今天还没有点名")
            delta, self._school = roll_check.rejudged(desk.book, desk.store, self._school, desk.term)
        named = {"new": delta.new, "gone": delta.gone}
        return {"kind": "data"} | {k: [f"{title}　{who}" for _, title, who in found] for k, found in named.items()}


def _repeated(roll: RollCall, actor: Actor, seen: list[str], absent: Mapping[str, str], note: str) -> bool:
    """The roll-call as it stands is this very message, whose answer got lost."""
    return repeated(heads(roll.events), actor, seen, {"note": note.strip()}) and dict(roll.absent) == dict(absent)


def _people(listed: Any, before: RollCall | None) -> list[dict[str, str]]:
    """Who sits there unregistered. One saved before is named by its place: a page never sees its number."""
    if not isinstance(listed, list) or len(listed) > _MOST or not all(isinstance(one, Mapping) for one in listed):
        raise UsageError("页面送来的补登学生不对")
    stored = heads(before.events)[-1].body["extra"] if before else []
    people = []
    for one in listed:
        if "kept" in one:
            people.append({name: str(stored[wire.whole(one, "kept", len(stored) - 1)][name]) for name in _EXTRA})
        else:
            people.append({name: wire.text(one, name, 60) for name in _EXTRA if name in one})
    return people


def _sentences(compared: Compared) -> dict[str, Any]:
    """What differs between the school's report and the roll-call, in words."""
    if compared.reported_present is None:
        return {"bad": False, "lines": ["学校的核对表里没有这个班，无从比较。"]}
    on = f"（{compared.reported_on}）" if compared.reported_on else ""
    lines = [
        f"学校核对表{on}：在校 {compared.reported_present} 人，不在校 {compared.reported_absent} 人。",
        f"现场点名：在校 {compared.present} 人，不在 {compared.absent} 人，未登记 {compared.extra} 人。",
    ]
    for label, names in (
        ("报在校而点名不在", compared.said_present),
        ("报不在校而点名在", compared.said_absent),
        ("坐在班里而学校没有报", compared.not_reported),
    ):
        if names:
            lines.append(f"{label} {len(names)} 人：{'、'.join(names)}")
    return {"bad": compared.differs, "lines": lines if compared.differs else [*lines, "与学校所报一致。"]}
