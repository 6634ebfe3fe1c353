"""逐一说明: a line for every student who is registered and not there, or there and not registered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

# Comparing names by sound reads a dictionary of 60 MB: here, so that a warm parent has it and its kernels share it.
import xueji_lib.register.names  # noqa: F401
from xueji_lib.casebook import explain
from xueji_lib.casebook.explain import Mismatch
from xueji_lib.register import labels
from xueji_lib.support.errors import UsageError
from xueji_lib.web.county_desk import NoFiles
from xueji_lib.web.desk import SchoolDesk, repeated
from xueji_lib.web.table import Action, Block, Column, Field, Row

STEP: Final = "说明"
NEEDED, DONE, EXCUSED = "待说明", "已说明", "不需说明"

COLUMNS: Final = (
    Column("name", "学生", "open"),
    Column("place", "班级"),
    Column("number", "号码"),
    Column("kind", "情况", "tag", (explain.ABSENT, explain.UNREGISTERED)),
    Column("situation", "情形"),
    Column("state", "说明情况", "state", (NEEDED, DONE, EXCUSED)),
    Column("note", "学校说明", narrow=False),
    Column("measure", "措施", narrow=False),
)
ACTIONS: Final = (Action(STEP, "填写说明", ("note", "measure"), bulk=False),)
FIELDS: Final = (
    Field("note", "说明", "long", hint="人在哪里，什么原因，何时起；转出的写明学校"),
    Field("measure", "措施", "long", hint="已做和要做的，如 已发转学联系函"),
)


class Explaining(NoFiles):
    """A table's desk. ``matching`` happens once for a page: it takes a second; what people write is read anew."""

    def __init__(self, desk: SchoolDesk) -> None:
        self._desk = desk
        self.now, self.refused, self.logs, self.mark = desk.now, desk.refused, desk.logs, desk.mark
        self._kept: tuple[str, list[Mismatch]] = ("", [])

    def mismatches(self) -> list[Mismatch]:
        desk, mark = self._desk, self._desk.mark()
        if self._kept[0] != mark:
            self._kept = (mark, explain.mismatches(desk.book, desk.store, desk.school_id, desk.term))
        return self._kept[1]

    def rows(self) -> list[Row]:
        return [_row(one) for one in self.mismatches()]

    def step(self, chosen: Mapping[str, Sequence[str]], action: str, body: Mapping[str, str]) -> list[Row]:
        if action != STEP or len(chosen) != 1:
            raise UsageError("逐一说明，一次写一名学生")
        desk = self._desk
        [(ref, seen)] = chosen.items()
        note, measure = body.get("note", ""), body.get("measure", "")
        events = desk.book.about("explanation", f"{desk.term}/{desk.school_id}/{ref}")
        if not repeated(events, desk.actor, seen, {"note": note.strip(), "measure": measure.strip()}):
            if not note.strip():
                raise UsageError("说明不能是空的")
            explain.explain(
                desk.book, desk.store, desk.actor, desk.school_id, desk.term, ref, note, measure, seen=seen
            )  # fmt: skip
        return [_row(one) for one in self.mismatches() if one.ref == ref]

    def blocks(self, row_id: str) -> list[Block]:
        one = next((one for one in self.mismatches() if one.ref == row_id), None)
        if one is None:
            raise UsageError("这名学生不在本页")
        texts = [
            ("情况", f"{one.kind}，{one.situation or '没有写情形'}"), ("说明", one.note), ("措施", one.measure),
            ("谁写的", f"{one.who} {labels.moment(one.at)}" if one.at else "逐班核对表" if one.note else ""),
        ]  # fmt: skip
        return [{"kind": "text", "label": label, "text": text} for label, text in texts if text]


def _row(one: Mismatch) -> Row:
    state = NEEDED if one.needed else DONE if one.note else EXCUSED
    cells: dict[str, Any] = {
        "name": one.name or "（无姓名）", "place": labels.place(one.grade, one.class_no), "number": one.number_masked,
        "kind": one.kind, "situation": one.situation, "note": one.note, "measure": one.measure,
    }  # fmt: skip
    return Row(one.ref, one.seen, cells, state, {STEP: ("note",)}, (), one.needed)
