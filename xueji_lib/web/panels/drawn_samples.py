"""The samples of a section's questions: drawn on the page, each drawn pupil or class ticked, one replaced, a list to
print. The draw is the command's (``visit.sample_draw``)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from xueji_lib.casebook import rollcall
from xueji_lib.casebook.false_report import QUESTION as ROLL_QUESTION
from xueji_lib.casebook.log.book import Conflict
from xueji_lib.casebook.on_site_answers import CHECKED
from xueji_lib.register import labels
from xueji_lib.register.catalogue import Question
from xueji_lib.reports.workbooks import sample_book
from xueji_lib.support.errors import UsageError
from xueji_lib.visit import sample_check, sample_draw
from xueji_lib.visit.sample_check import SampleCheck
from xueji_lib.visit.sample_draw import DrawnSample
from xueji_lib.web.panels import wire
from xueji_lib.web.panels.panel import Handler, Reply
from xueji_lib.web.shared.school_desk import SchoolDesk

_WORKBOOK: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_CHANGED: Final = "抽样刚被别人改过，您的没有存。请看过现在的抽样再定"


class DrawnSamples:
    """Of those of ``questions`` for which something is drawn. ``school``: its name, as the list prints it."""

    def __init__(self, desk: SchoolDesk, school: str, questions: Mapping[str, Question]) -> None:
        self._desk, self._school = desk, school
        self._asked = {key: question for key, question in questions.items() if question.sample is not None}

    def handlers(self) -> Mapping[str, Handler]:
        """``op`` → what changes; the panel answers with all that it shows."""
        return {"draw": self._draw, "replace": self._replace, "check": self._check}

    def shown(self) -> dict[str, dict[str, Any]]:
        """Question → its sample as the page shows it; ``drawn`` is None where nothing is drawn so far."""
        if not self._asked:
            return {}
        desk = self._desk
        drawn = sample_draw.of_school(desk.book, desk.school_id, desk.term)
        checks = sample_check.of_school(desk.book, desk.school_id, desk.term)
        return {key: self._plain(question, drawn.get(key), checks) for key, question in self._asked.items()}

    def _plain(
        self, question: Question, sample: DrawnSample | None, checks: Mapping[tuple[str, str], SampleCheck]
    ) -> dict[str, Any]:
        assert question.sample is not None
        asked = {"unit": question.sample["unit"], "n": question.sample["n"], "values": list(CHECKED)}
        asked |= {"roll": question.id == ROLL_QUESTION, "against": question.sample.get("against", "")}
        if sample is None:
            return {**asked, "drawn": None}
        items, called = [], self._called() if question.id == ROLL_QUESTION else {}
        for number, item in enumerate(sample.items, 1):
            key = sample_check.item_key(item)
            check = checks.get((question.id, key), sample_check.NOBODY_LOOKED)
            records = [_record_line(record) for record in item["records"]]
            items.append(
                {"id": f"{question.id}/{key}", "number": number, "place": item["place"], "name": item["name"]}
                | {"ref": item["ref"], "grade": item.get("grade"), "class_no": item.get("class_no")}
                | {"called": called.get((item.get("grade"), item.get("class_no")), ""), "records": records}
                | {"value": check.value, "note": check.note, "who": check.who}
                | {"at": labels.moment(check.at) if check.at else "", "seen": list(check.seen)}
            )
        name_of = sample_book.name_of
        replaced = [f"换下 {name_of(of['old'])}，换上 {name_of(of['new'])}：{of['why']}" for of in sample.replaced]
        told = f"{sample.words}种子 {sample.seed}，{sample.who} {labels.moment(sample.at)} 抽取。"
        again = f"第 {sample.times} 次抽取，理由：{sample.why}" if sample.why else ""
        return {**asked, "drawn": {"words": told, "items": items, "replaced": replaced, "again": again}
                | {"times": sample.times, "stamp": _stamp(sample)}}  # fmt: skip

    def _called(self) -> dict[tuple[Any, Any], str]:
        """Grade and number of a class → the day on which its roll was called last."""
        rolls = rollcall.of_school(self._desk.book, self._desk.school_id, self._desk.term)
        return {(roll.grade, roll.class_no): roll.day.isoformat() for roll in rolls}

    def item(self, about: str) -> Mapping[str, Any]:
        """The drawn pupil or class that a page names as ``S101/…``. Raises UsageError where it was not drawn."""
        question, key = self._question({"id": about}), about.partition("/")[2]
        sample = self._standing(question)
        for item in sample.items if sample else ():
            if sample_check.item_key(item) == key:
                return item
        raise UsageError("没有抽到这一个")

    def _question(self, message: Mapping[str, Any]) -> Question:
        question = self._asked.get(wire.text(message, "id").partition("/")[0])
        if question is None:
            raise UsageError("这一问不用抽样")
        return question

    def _standing(self, question: Question) -> DrawnSample | None:
        return sample_draw.of_school(self._desk.book, self._desk.school_id, self._desk.term).get(question.id)

    def _draw(self, message: Mapping[str, Any], _: object) -> Reply:
        """Draw, or draw anew with a reason; the same message again draws nothing more."""
        desk, question = self._desk, self._question(message)
        why, before = wire.fields(message).get("why", "").strip(), self._standing(question)
        if before is None:
            sample_draw.take(desk, desk.school_id, question)
        elif wire.text(message, "stamp", 40) == _stamp(before):
            if not why:
                raise UsageError("重新抽样要写理由")
            sample_draw.take(desk, desk.school_id, question, again=why)
        elif (before.why, before.who) != (why, desk.actor.name):
            raise Conflict(_CHANGED, ())
        return {"kind": "saved"}

    def _replace(self, message: Mapping[str, Any], _: object) -> Reply:
        desk, question = self._desk, self._question(message)
        why, number = wire.fields(message).get("why", "").strip(), wire.whole(message, "number", 1000)
        before = self._standing(question)
        if before is None:
            raise UsageError(f"{question.id} 还没有抽样")
        if wire.text(message, "stamp", 40) == _stamp(before):
            sample_draw.replace(desk, desk.school_id, question.id, number, why)
        elif not before.replaced or (before.replaced[-1]["why"], before.who) != (why, desk.actor.name):
            raise Conflict(_CHANGED, ())
        return {"kind": "saved"}

    def _check(self, message: Mapping[str, Any], _: object) -> Reply:
        desk, question = self._desk, self._question(message)
        item = self.item(wire.text(message, "id"))
        key = sample_check.item_key(item)
        body, seen = wire.fields(message), wire.texts(message.get("seen"), "seen")
        value, note = body.get("value", ""), body.get("note", "").strip()
        standing = sample_check.of_school(desk.book, desk.school_id, desk.term).get((question.id, key))
        if standing is None or (standing.value, standing.note, standing.who) != (value, note, desk.actor.name):
            sample_check.tick(desk, desk.school_id, question.id, item, (value, note), seen)
        return {"kind": "saved"}

    def sheet(self, _message: Mapping[str, Any], _: object) -> Reply:
        """抽样清单.xlsx of all that is drawn at the school for these questions. Raises UsageError where nothing is."""
        desk = self._desk
        drawn = sample_draw.of_school(desk.book, desk.school_id, desk.term)
        listed = [(question.ask, drawn[key]) for key, question in self._asked.items() if key in drawn]
        if not listed:
            raise UsageError("还没有抽样")
        content = sample_book.content(self._school, desk.term, _last_day([sample for _, sample in listed]), listed)
        return {"kind": "data", "name": sample_book.FILE, "media": _WORKBOOK, "buffers": [content]}


def _stamp(sample: DrawnSample) -> str:
    """What a page has seen of a sample: the page's next step is refused where this has changed."""
    return f"{sample.line}"


def _last_day(samples: Sequence[DrawnSample]) -> dt.date:
    return max(dt.datetime.fromisoformat(sample.at).date() for sample in samples)


def _record_line(record: Mapping[str, Any]) -> str:
    """〔转学台账〕申请日期：2026-09-01，平台办结日期：（空）."""
    return f"〔{record['table']}〕" + "，".join(f"{head}：{value or '（空）'}" for head, value in record["shown"])
