"""各校交来的表册: the queue of what principals handed in, to be taken into the store or given back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from xueji_lib.intake import handover
from xueji_lib.intake.handover import Handed
from xueji_lib.register import labels
from xueji_lib.register.calendar import Calendar
from xueji_lib.support.errors import UsageError
from xueji_lib.web.county_desk import CountyDesk, NoFiles
from xueji_lib.web.table import Action, Block, Column, Field, Row

_MOST: Final = 500

COLUMNS: Final = (
    Column("school", "学校", "open"),
    Column("name", "文件", narrow=False),
    Column("said", "内容", narrow=False),
    Column("at", "交来"),
    Column("state", "处理", "state", (handover.WAITING, handover.TAKEN, handover.DECLINED)),
    Column("note", "说明", narrow=False),
)
ACTIONS: Final = (Action("导入", "导入数据仓", ()), Action("退回", "退回学校", ("note",)))
FIELDS: Final = (Field("note", "退回原因", "long"),)


class Taking(NoFiles):
    """A table's desk. Files are taken in by the ordinary intake, after being looked at again."""

    def __init__(self, desk: CountyDesk, incoming: Path) -> None:
        self._desk, self._incoming = desk, incoming
        self.now, self.refused, self.logs = desk.now, desk.refused, desk.logs

    def mark(self) -> str:
        said = [f"{one.id}{one.state}" for one in self._queue()]
        return f"{self._desk.mark()}|{hash(tuple(said))}"

    def waiting(self) -> int:
        return sum(one.state == handover.WAITING for one in self._queue())

    def _queue(self) -> list[Handed]:
        found = sorted(handover.queue(self._incoming), key=lambda one: one.state != handover.WAITING)
        return found[:_MOST]

    def rows(self) -> list[Row]:
        return [self._row(one) for one in self._queue()]

    def step(self, chosen: Mapping[str, Sequence[str]], action: str, body: Mapping[str, str]) -> list[Row]:
        here = {one.id: one for one in self._queue()}
        desk, done = self._desk, []
        for key in chosen:
            if key not in here:
                raise UsageError("这一份不在队列里")
            one = here[key]
            if (one.state, action) not in ((handover.TAKEN, "导入"), (handover.DECLINED, "退回")):  # else: asked twice
                one = self._settle(one, action, body.get("note", ""))
                desk.book.log(desk.actor.name, f"{action}上交表册", one.school_id, {"sha256": one.sha256})
            done.append(one)
        return [self._row(one) for one in done]

    def _settle(self, one: Handed, action: str, note: str) -> Handed:
        if action == "导入":
            return handover.take(self._desk.store, one, self._desk.actor.name, Calendar.load())
        return handover.decline(one, note)

    def blocks(self, row_id: str) -> list[Block]:
        one = next((one for one in self._queue() if one.id == row_id), None)
        if one is None:
            raise UsageError("这一份不在队列里")
        texts = [("交表人", f"{one.who} {labels.moment(one.at)}"), ("学期", labels.term(one.term))]
        texts += [("检查报告", "\n".join(one.lines))]
        return [{"kind": "text", "label": label, "text": text} for label, text in texts if text]

    def _row(self, one: Handed) -> Row:
        waits = one.state == handover.WAITING
        steps: dict[str, Sequence[str]] = {"导入": (), "退回": ("note",)} if waits else {}
        cells = {
            "school": self._desk.name(one.school_id), "name": one.name, "said": one.said,
            "at": labels.moment(one.at), "note": one.note,
        }  # fmt: skip
        return Row(one.id, (), cells, one.state, steps, (), waits)
