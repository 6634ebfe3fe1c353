"""各校交来的表册: the queue of files that principals handed in, to be imported into the store or sent back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from xueji_lib.intake import difference, handover
from xueji_lib.intake.handover import Handed
from xueji_lib.register import labels
from xueji_lib.register.calendar import Calendar
from xueji_lib.register.inspection import Inspection
from xueji_lib.support.errors import UsageError
from xueji_lib.web.panels.table_panel import Action, Block, Field, Row, TableColumn
from xueji_lib.web.shared.county_desk import CountyDesk, NoFiles

_MOST: Final = 500

COLUMNS: Final = (
    TableColumn("school", "学校", "open"),
    TableColumn("name", "文件", narrow=False),
    TableColumn("said", "内容", narrow=False),
    TableColumn("at", "交来"),
    TableColumn("state", "处理", "state", (handover.WAITING, handover.TAKEN, handover.DECLINED)),
    TableColumn("note", "说明", narrow=False),
)
ACTIONS: Final = (Action("导入", "导入数据仓", ()), Action("退回", "退回学校", ("note",)))
FIELDS: Final = (Field("note", "退回原因", "long"),)


class HandoverTable(NoFiles):
    """The desk (``TableDesk``) of the queue. A file is checked again and then imported by the ordinary intake, once its
    difference against the tables in force was shown (an opened row). ``as_of``: the day it is judged for."""

    def __init__(self, desk: CountyDesk, incoming: Path, as_of: dt.date) -> None:
        self._desk, self._incoming, self._as_of = desk, incoming, as_of
        self._shown: dict[str, str] = {}  # of an entry: what was in force when its difference was shown
        self.now, self.refused, self.logs = desk.now, desk.refused, desk.logs

    def mark(self) -> str:
        queue_states = [f"{handed.id}{handed.state}" for handed in self._queue()]
        return f"{self._desk.mark()}|{hash(tuple(queue_states))}"

    def waiting(self) -> int:
        """How many files were neither imported nor sent back."""
        return sum(handed.state == handover.WAITING for handed in self._queue())

    def _queue(self) -> list[Handed]:
        queue = sorted(handover.queue(self._incoming), key=lambda handed: handed.state != handover.WAITING)
        return queue[:_MOST]

    def rows(self) -> list[Row]:
        return [self._row(handed) for handed in self._queue()]

    def step(self, chosen: Mapping[str, Sequence[str]], action: str, body: Mapping[str, str]) -> list[Row]:
        queue = {handed.id: handed for handed in self._queue()}
        desk, settled = self._desk, []
        if any(key not in queue for key in chosen):
            raise UsageError("这一份不在队列里")
        if action == "导入":  # before the first is taken
            for key in chosen:
                self._must_be_shown(queue[key])
        for key in chosen:
            handed = queue[key]
            if (handed.state, action) not in (
                (handover.TAKEN, "导入"),
                (handover.DECLINED, "退回"),
            ):  # else the browser asked twice
                handed = self._settle(handed, action, body.get("note", ""))
                desk.book.log(desk.actor.name, f"{action}上交表册", handed.school_id, {"sha256": handed.sha256})
            settled.append(handed)
        return [self._row(handed) for handed in settled]

    def _must_be_shown(self, handed: Handed) -> None:
        """Raises UsageError where nobody here has seen what the file would change, as things are now."""
        if handed.state != handover.WAITING or self._shown.get(handed.id) == self._in_force(handed):
            return
        again = "看过以后，现有的数据又变了。" if handed.id in self._shown else ""
        raise UsageError(f"{again}先点开“{handed.name}”这一行，看过与现有的差异，再导入")

    def _in_force(self, handed: Handed) -> str:
        return self._desk.store.school_mark(handed.term, handed.school_id)

    def _difference(self, handed: Handed) -> str:
        """What the file would change. Raises UsageError, StoreError."""
        in_force, store = self._in_force(handed), self._desk.store
        as_of = self._as_of if handed.term == self._desk.term else self._desk.today
        file = handover.file_of(handed)
        changes = difference.lines(store, file, Inspection(handed.term, as_of), Calendar.load())
        self._shown[handed.id] = in_force
        return "\n".join(changes)

    def _settle(self, handed: Handed, action: str, note: str) -> Handed:
        if action == "导入":
            return handover.take(self._desk.store, handed, self._desk.actor.name, Calendar.load())
        return handover.decline(handed, note)

    def blocks(self, row_id: str) -> list[Block]:
        handed = next((handed for handed in self._queue() if handed.id == row_id), None)
        if handed is None:
            raise UsageError("这一份不在队列里")
        texts = [("交表人", f"{handed.who} {labels.moment(handed.at)}"), ("学期", labels.term(handed.term))]
        if handed.state == handover.WAITING:
            texts += [("与现有的差异", self._difference(handed))]
        texts += [("检查报告", "\n".join(handed.lines))]
        return [{"kind": "text", "label": label, "text": text} for label, text in texts if text]

    def _row(self, handed: Handed) -> Row:
        waits = handed.state == handover.WAITING
        steps: dict[str, Sequence[str]] = {"导入": (), "退回": ("note",)} if waits else {}
        cells = {
            "school": self._desk.name(handed.school_id), "name": handed.name, "said": handed.said,
            "at": labels.moment(handed.at), "note": handed.note,
        }  # fmt: skip
        return Row(handed.id, (), cells, handed.state, steps, (), waits)
