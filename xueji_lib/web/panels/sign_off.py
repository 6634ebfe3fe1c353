"""The end of a school's page: what is still open, the measure, the signatures, and what the audit trail holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select

from xueji_lib.casebook import measures, signoff
from xueji_lib.casebook.log.events import Event
from xueji_lib.casebook.log.tables import TRAIL
from xueji_lib.register import labels
from xueji_lib.register.catalogue import Question
from xueji_lib.register.policy import Policy
from xueji_lib.support.errors import UsageError
from xueji_lib.visit import left_open
from xueji_lib.visit.left_open import LeftOpen
from xueji_lib.web.panels import wire
from xueji_lib.web.panels.panel import Handler, Panel, Reply
from xueji_lib.web.shared.school_desk import SchoolDesk, repeated

STEPS: Final = {"sign": "签署", "countersign": "会签", "reopen": "重新打开"}
_LINES: Final = 12


class SignOffPanel(Panel):
    """The widget. ``policy``: the figures by which a measure is suggested; ``questions``: those asked on site."""

    entry = "sign"

    def __init__(
        self, desk: SchoolDesk, policy: Policy, layout: Any = None, questions: Sequence[Question] = ()
    ) -> None:
        self._desk, self._policy, self._questions = desk, policy, questions
        spec = {"steps": STEPS, "measures": list(measures.MEASURES), "mark": desk.mark(), "state": self.state()}
        super().__init__(desk, f"{desk.actor.name}/{desk.school_id}/{desk.term}/sign", spec, layout)

    def handlers(self) -> Mapping[str, Handler]:
        return {"state": self._state, "sign": self._sign, "measure": self._measure}

    def fresh(self, _message: Mapping[str, Any]) -> Reply:
        return {"state": self.state()}

    def state(self) -> dict[str, Any]:
        """All that the page shows of signatures, the measure and the trail."""
        desk, signed = self._desk, self._desk.signed()
        suggestion, decided = self._suggested(), measures.decision(desk.book, desk.school_id, desk.term)
        return {
            "signed": signed.state,
            "seen": list(signed.seen),
            "history": [_history_entry(event) for event in signed.history],
            "may": [step for step in STEPS if self._may(step)],
            "waiting": suggestion.waiting,
            "left": self._left().lines(),
            "suggested": suggestion.measure,
            "reasons": list(suggestion.reasons),
            "measure": decided.measure,
            "measure_note": decided.note,
            "measure_by": f"{decided.who} {labels.moment(decided.at)}" if decided.who else "",
            "measure_seen": list(decided.seen),
            "may_measure": desk.actor.role == "director",
            "trail": self._trail(),
        }

    def _left(self) -> LeftOpen:
        desk = self._desk
        return left_open.of_school(desk, desk.school_id, self._questions, list(desk.cases().values()))

    def _suggested(self) -> measures.Suggestion:
        return measures.suggest(list(self._desk.cases().values()), self._policy, self._desk.today)

    def _may(self, step: str) -> bool:
        actor, signed = self._desk.actor, self._desk.signed()
        if step == "sign":
            return signed.state == signoff.OPEN or any(case.history for case in self._desk.later())
        if step == "countersign":
            return actor.role == "director" and signed.state == signoff.SIGNED and signed.who != actor.name
        return signed.state == signoff.SIGNED or (signed.state == signoff.COUNTERSIGNED and actor.role == "director")

    def _trail(self) -> dict[str, Any]:
        """The school's last entries, and number and digest of the whole trail's last entry, to be noted on paper."""
        query = select(TRAIL.c.at, TRAIL.c.who, TRAIL.c.action, TRAIL.c.n).order_by(TRAIL.c.n.desc())
        with self._desk.book.reading() as connection:
            last = connection.execute(select(TRAIL.c.n, TRAIL.c.hash).order_by(TRAIL.c.n.desc()).limit(1)).first()
            rows = connection.execute(query.where(TRAIL.c.school_id == self._desk.school_id).limit(_LINES)).all()
        lines = [f"第 {row.n} 条　{labels.moment(row.at)}　{row.who}　{row.action}" for row in rows]
        return {"n": last.n if last else 0, "hash": last.hash[:16] if last else "", "lines": lines}

    def _state(self, message: Mapping[str, Any], _: object) -> Reply:
        mark = self._desk.mark()
        same = wire.text(message, "mark") == mark
        return {"kind": "data", "mark": mark, **({} if same else {"state": self.state()})}

    def _sign(self, message: Mapping[str, Any], _: object) -> Reply:
        desk, step = self._desk, wire.text(message, "step", 20)
        seen, note = wire.texts(message.get("seen"), "seen"), wire.fields(message).get("note", "")
        if not repeated(desk.signed().history, desk.actor, seen, {"step": step, "note": note.strip()}):
            left = self._left().plain() if step == "sign" else None
            signoff.step(desk, desk.school_id, step, note, seen, left=left)
        return {"kind": "saved", "state": self.state()}

    def _measure(self, message: Mapping[str, Any], _: object) -> Reply:
        desk, body = self._desk, wire.fields(message)
        if set(body) - {"measure", "note"}:
            raise UsageError("页面送来的处理意见不对")
        seen, measure, note = wire.texts(message.get("seen"), "seen"), body.get("measure", ""), body.get("note", "")
        before = measures.decision(desk.book, desk.school_id, desk.term)
        if not repeated(before.history, desk.actor, seen, {"decision": measure, "note": note.strip()}):
            choice = measures.Choice(measure, note)
            measures.decide(desk, desk.school_id, choice, self._suggested(), seen=seen)
        return {"kind": "saved", "state": self.state()}


def _history_entry(event: Event) -> dict[str, str]:
    return {"what": STEPS[str(event.body["step"])], "who": event.who, "at": labels.moment(event.at)} | {
        "note": str(event.body.get("note", "")),
        "left": left_open.signed_words(event.body),
    }
