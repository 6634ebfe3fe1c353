"""A violation's on-site questions: 符合 / 不符合 / 不适用, a note, photos; what is drawn for them; what is written down
as a finding; and what the machine could not check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xueji_lib.casebook import evidence, on_site_answers
from xueji_lib.casebook.on_site_answers import OnSiteAnswer
from xueji_lib.judge.results import School
from xueji_lib.register import labels
from xueji_lib.register.catalogue import VIOLATIONS, Catalogue, Question
from xueji_lib.support.errors import UsageError
from xueji_lib.web.panels import wire
from xueji_lib.web.panels.attachments import content, files_block
from xueji_lib.web.panels.drawn_samples import DrawnSamples
from xueji_lib.web.panels.findings_by_hand import FindingsByHand
from xueji_lib.web.panels.overview import unexamined
from xueji_lib.web.panels.panel import Handler, Panel, Reply
from xueji_lib.web.panels.uploads import Uploads
from xueji_lib.web.shared.school_desk import SchoolDesk, repeated


class Questions(Panel):
    """The widget at the head of a violation's section."""

    entry = "questions"

    def __init__(
        self, desk: SchoolDesk, school: School, catalogue: Catalogue, violation: int, layout: Any = None
    ) -> None:
        self._desk, self._uploads = desk, Uploads()
        self._questions: dict[str, Question] = {q.id: q for q in catalogue.questions if q.violation == violation}
        self._samples = DrawnSamples(desk, school.name, self._questions)
        self._findings = FindingsByHand(desk, school, catalogue, violation, self._samples)
        missed = [
            f"{catalogue[check['rule_id']].title}（{check['rule_id']}，{check['status']}）：{check['reason']}"
            for check in unexamined(school, violation)
            if check["rule_id"] in catalogue.entries
        ]
        spec = {
            "number": violation,
            "title": f"{labels.violation(violation)}、{VIOLATIONS[violation]}",
            "values": list(on_site_answers.VALUES),
            "unexamined": missed,
            "mark": desk.mark(),
            "items": self.items(),
            "findings": self._findings.items(),
            "writing": self._findings.spec(),
            "today": desk.today.isoformat(),
            "open": desk.open,
        }
        key = f"{desk.actor.name}/{desk.school_id}/{desk.term}/questions{violation}"
        super().__init__(desk, key, spec, layout)

    def handlers(self) -> Mapping[str, Handler]:
        own: dict[str, Handler] = {"items": self._items, "answer": self._answer, "part": self._part, "view": self._view}
        asked = {"pupils": self._findings.pupils, "sheet": self._samples.sheet}
        changing = {**self._samples.handlers(), **self._findings.handlers()}
        return own | asked | {op: self._shown_anew(handler) for op, handler in changing.items()}

    def _shown_anew(self, handler: Handler) -> Handler:
        """The handler, its answer with all that the section shows then."""
        return lambda message, buffers: {**handler(message, buffers), **self.fresh(message)}

    def items(self) -> list[dict[str, Any]]:
        """Every question with its answer, files and history, as the page shows it."""
        desk = self._desk
        by_question = on_site_answers.of_school(desk.book, desk.school_id, desk.term, list(self._questions))
        samples = self._samples.shown()
        return [self._item(by_question[key]) | {"sample": samples.get(key)} for key in self._questions]

    def fresh(self, _message: Mapping[str, Any]) -> Reply:
        return {"items": self.items(), "findings": self._findings.items(), "open": self._desk.open}

    def _item(self, answer: OnSiteAnswer) -> dict[str, Any]:
        files = files_block(self._desk.evidence().get(self._about(answer.question), ()))["items"]
        history = [
            {"value": event.body["value"] or "撤回", "note": event.body["note"], "who": event.who}
            | {"at": labels.moment(event.at)}
            for event in answer.history
        ]
        return {
            "id": answer.question, "ask": self._questions[answer.question].ask, "value": answer.value,
            "county": self._questions[answer.question].county,
            "note": answer.note, "who": answer.who, "at": labels.moment(answer.at) if answer.at else "",
            "seen": list(answer.seen), "files": files, "history": history,
        }  # fmt: skip

    def _about(self, question: str) -> str:
        return f"answer/{self._desk.term}/{self._desk.school_id}/{question}"

    def _id(self, message: Mapping[str, Any]) -> str:
        question = wire.text(message, "id")
        if question not in self._questions:
            raise UsageError("没有这一问")
        return question

    def _items(self, message: Mapping[str, Any], _: object) -> Reply:
        mark = self._desk.mark()
        same = wire.text(message, "mark") == mark
        return {"kind": "data", "mark": mark, **({} if same else self.fresh(message))}

    def _answer(self, message: Mapping[str, Any], _: object) -> Reply:
        desk, question = self._desk, self._id(message)
        seen, body = wire.texts(message.get("seen"), "seen"), wire.fields(message)
        value, note = body.get("value", ""), body.get("note", "").strip()
        before = on_site_answers.of_school(desk.book, desk.school_id, desk.term, [question])[question]
        exact = [event for event in before.history if (event.body["value"], event.body["note"]) == (value, note)]
        if not repeated(exact, desk.actor, seen, {}):
            tick = on_site_answers.Tick(question, value, note)
            on_site_answers.answer(desk, desk.school_id, tick, questions=self._questions, seen=seen)
        return {"kind": "saved", **self.fresh(message)}

    def _subject(self, subject: str) -> str:
        """What files are attached to (``Evidence.about``): a question's answer, or a finding of the section."""
        return f"finding/{subject}" if self._findings.holds(subject) else self._about(self._id({"id": subject}))

    def _part(self, message: Mapping[str, Any], buffers: Sequence[memoryview]) -> Reply:
        self._subject(wire.text(message, "id"))
        coming = self._uploads.take(message, buffers)
        if coming is None:
            return {"kind": "part"}
        desk = self._desk
        evidence.attach(desk, desk.school_id, self._subject(coming.subject), coming.name, bytes(coming.content))
        return {"kind": "saved", **self.fresh(message)}

    def _view(self, message: Mapping[str, Any], _: object) -> Reply:
        files = self._desk.evidence().get(self._subject(wire.text(message, "id")), ())
        media, photo = content(self._desk, files, wire.text(message, "sha256", 64))
        return {"kind": "data", "media": media, "buffers": [photo]}
