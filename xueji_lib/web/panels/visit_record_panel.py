"""现场检查记录 on a school's page: what it says so far, the school's word on it, and who signs it, on the screen or on
paper."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from xueji_lib.casebook import evidence, record_signing
from xueji_lib.casebook.log.book import Conflict
from xueji_lib.casebook.record_signing import DRAWN, HEAD, INSPECTOR, ON_PAPER, OPINIONS, REFUSED, TAKEN_BACK, Signing
from xueji_lib.register import labels
from xueji_lib.register.catalogue import Question
from xueji_lib.register.masking import mask_text
from xueji_lib.support.errors import StoreError, UsageError
from xueji_lib.visit import signed_record, visit_record
from xueji_lib.visit.signed_record import SignerLine
from xueji_lib.visit.visit_record import VisitRecord
from xueji_lib.web.panels import wire
from xueji_lib.web.panels.panel import Handler, Panel, Reply
from xueji_lib.web.shared.school_desk import SchoolDesk, repeated

_LONGEST_DRAWING: Final = 400_000
"""Characters of base64."""


@dataclass(frozen=True, slots=True)
class SchoolWords:
    """What the panel says besides the record. ``names``: who signs for the school, where the directory has it (signer →
    name); ``papers_hint``: above the papers that follow the panel."""

    names: Mapping[str, str]
    papers_hint: str


class VisitRecordPanel(Panel):
    """The widget."""

    entry = "visit_record"

    def __init__(self, desk: SchoolDesk, questions: Sequence[Question], words: SchoolWords, layout: Any = None) -> None:
        self._desk, self._questions, self._names = desk, tuple(questions), dict(words.names)
        spec = {
            "opinions": list(OPINIONS), "objects": record_signing.OBJECTS, "inspector": INSPECTOR,
            "ways": {"drawn": DRAWN, "paper": ON_PAPER, "refused": REFUSED, "back": TAKEN_BACK},
            "void": signed_record.VOID, "papers": words.papers_hint, "mark": desk.mark(), "state": self.state(),
        }  # fmt: skip
        super().__init__(desk, f"{desk.actor.name}/{desk.school_id}/{desk.term}/record", spec, layout)

    def handlers(self) -> Mapping[str, Handler]:
        return {"state": self._state, "statement": self._statement, "sign": self._sign}

    def fresh(self, _message: Mapping[str, Any]) -> Reply:
        return {"state": self.state()}

    def state(self) -> dict[str, Any]:
        """All that the page shows of the record."""
        desk, record = self._desk, self._record()
        if record is None:
            return {"record": None}
        lines, said = signed_record.signers(desk.book, record), record.statement
        return {
            "record": _summary(record),
            "value": record.content_value,
            "statement": {
                "value": said.value, "note": said.note, "seen": list(said.seen), "conflict": said.conflict,
                "by": f"{said.who} {labels.moment(said.at)}" if said.who else "",
            },
            "signers": [self._signer(line) for line in lines],
            "inspectors": self._inspectors(),
            "complete": signed_record.is_complete(lines),
            "open": desk.open,
            "may": desk.actor.role in ("inspector", "director"),
        }  # fmt: skip

    def _record(self) -> VisitRecord | None:
        desk = self._desk
        return visit_record.of_visit(desk.book, desk.school_id, desk.term, self._questions, desk.today)

    def _inspectors(self) -> dict[str, list[str]]:
        """The heads of each inspector's signature by name, also of those taken back: who signs anew follows them."""
        desk = self._desk
        listed = record_signing.signatures(desk.book, desk.school_id, desk.term)
        return {one.name: list(one.seen) for one in listed if one.signer == INSPECTOR}

    def _signer(self, line: SignerLine) -> dict[str, Any]:
        last = line.last
        told: dict[str, Any] = {
            "signer": line.signer, "name": line.name or self._names.get(line.signer, ""), "state": line.state,
            "settled": line.is_settled, "mayRefuse": line.signer != INSPECTOR, "picture": "",
        }  # fmt: skip
        if last is None:
            return told | {"seen": [], "note": "", "by": ""}
        if line.state == DRAWN:
            try:
                told["picture"] = base64.b64encode(evidence.kept(self._desk.book, last.sha256)).decode()
            except StoreError as error:
                return told | {"seen": list(last.seen), "note": str(error), "by": ""}
        return told | {"seen": list(last.seen), "note": last.note, "by": f"{labels.moment(last.at)}，{last.who} 记"}

    def _state(self, message: Mapping[str, Any], _: object) -> Reply:
        mark = self._desk.mark()
        same = wire.text(message, "mark") == mark
        return {"kind": "data", "mark": mark, **({} if same else self.fresh(message))}

    def _statement(self, message: Mapping[str, Any], _: object) -> Reply:
        desk, body = self._desk, wire.fields(message)
        if set(body) - {"value", "note"}:
            raise UsageError("页面送来的陈述意见不对")
        seen, value, note = wire.texts(message.get("seen"), "seen"), body.get("value", ""), body.get("note", "").strip()
        before = record_signing.statement(desk.book, desk.school_id, desk.term)
        exact = [
            event for event in before.history if (event.body["value"], event.body["note"]) == (value, mask_text(note))
        ]
        if not repeated(exact, desk.actor, seen, {}):
            self._must_be_there()
            record_signing.state(desk, desk.school_id, value, note, seen)
        return {"kind": "saved", **self.fresh(message)}

    def _sign(self, message: Mapping[str, Any], _: object) -> Reply:
        desk, body = self._desk, wire.fields(message)
        if set(body) - {"signer", "name", "way", "note", "of"}:
            raise UsageError("页面送来的签字不对")
        told = {name: body.get(name, "") for name in ("signer", "name", "way", "note", "of")}
        signing, seen = Signing(**told, drawing=_drawing(message)), wire.texts(message.get("seen"), "seen")
        asked = record_signing.content_of(signing)
        before = [
            event for one in record_signing.signatures(desk.book, desk.school_id, desk.term) for event in one.history
            if all(event.body.get(name, "") == value for name, value in asked.items())
        ]  # fmt: skip
        if not repeated(before, desk.actor, seen, {}):
            if signing.of != self._must_be_there().content_value:
                raise Conflict("记录的内容刚才变了，这个签字没有存。请双方看过现在的内容，再签", ())
            record_signing.sign(desk, desk.school_id, signing, seen)
        return {"kind": "saved", **self.fresh(message)}

    def _must_be_there(self) -> VisitRecord:
        record = self._record()
        if record is None:
            raise UsageError("还没有点名、抽样，也没有填过现场核查，没有可签的")
        return record


def names_of_school(row: Mapping[str, str]) -> dict[str, str]:
    """Who signs for a school, as its row of the directory says."""
    return {HEAD: row.get("principal", ""), record_signing.REGISTRAR: row.get("registrar", "")}


def _drawing(message: Mapping[str, Any]) -> bytes:
    try:
        return base64.b64decode(wire.text(message, "drawing", _LONGEST_DRAWING), validate=True)
    except (binascii.Error, ValueError):
        raise UsageError("签名没有传完整，请再签一次") from None


def _summary(record: VisitRecord) -> dict[str, Any]:
    """What the record says, in a few lines."""
    answered = len(record.answers) - len(record.unanswered)
    parts = [
        f"点名 {len(record.rolls)} 个班", f"抽样 {len(record.samples)} 问", f"答了 {answered} 问",
        f"现场发现 {len(record.findings)} 条", f"照片、扫描件 {len(record.exhibits)} 个",
    ]  # fmt: skip
    return {
        "what": "，".join(parts), "days": "、".join(record.days), "people": "、".join(record.people),
        "unanswered": list(record.unanswered),
    }  # fmt: skip
