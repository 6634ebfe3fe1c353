"""逐一说明: a row for every student who is on the register and not at school, or at school and not on the register."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

# Comparing names by sound reads a dictionary of 60 MB: here, so that a warm parent has it and its kernels share it.
import xueji_lib.register.names  # noqa: F401
from xueji_lib.casebook import explanations
from xueji_lib.casebook.explanations import Mismatch
from xueji_lib.register import labels
from xueji_lib.support.errors import UsageError
from xueji_lib.web.panels.table_panel import Action, Block, Field, Row, TableColumn
from xueji_lib.web.shared.county_desk import NoFiles
from xueji_lib.web.shared.school_desk import SchoolDesk, repeated

STEP: Final = "说明"
NEEDED, DONE, EXCUSED = "待说明", "已说明", "不需说明"

COLUMNS: Final = (
    TableColumn("name", "学生", "open"),
    TableColumn("place", "班级"),
    TableColumn("number", "号码"),
    TableColumn("kind", "情况", "tag", (explanations.ABSENT, explanations.UNREGISTERED)),
    TableColumn("situation", "情形"),
    TableColumn("state", "说明情况", "state", (NEEDED, DONE, EXCUSED)),
    TableColumn("note", "学校说明", narrow=False),
    TableColumn("measure", "措施", narrow=False),
)
ACTIONS: Final = (Action(STEP, "填写说明", ("note", "measure"), bulk=False),)
FIELDS: Final = (
    Field("note", "说明", "long", hint="人在哪里，什么原因，何时起；转出的写明学校"),
    Field("measure", "措施", "long", hint="已做和要做的，如 已发转学联系函"),
)


class ExplanationTable(NoFiles):
    """The desk (``TableDesk``) of the table of mismatches.

    The lists are matched again only when the casebook has changed: it takes a second.
    """

    def __init__(self, desk: SchoolDesk) -> None:
        self._desk = desk
        self.now, self.refused, self.logs, self.mark = desk.now, desk.refused, desk.logs, desk.mark
        self._kept: tuple[str, list[Mismatch]] = ("", [])

    def mismatches(self) -> list[Mismatch]:
        """The students for whom register and headcount differ, as of the casebook's last change."""
        desk, mark = self._desk, self._desk.mark()
        if self._kept[0] != mark:
            self._kept = (mark, explanations.mismatches(desk.book, desk.store, desk.school_id, desk.term))
        return self._kept[1]

    def rows(self) -> list[Row]:
        return [_row(mismatch) for mismatch in self.mismatches()]

    def step(self, chosen: Mapping[str, Sequence[str]], action: str, body: Mapping[str, str]) -> list[Row]:
        if action != STEP or len(chosen) != 1:
            raise UsageError("逐一说明，一次写一名学生")
        desk = self._desk
        [(ref, seen)] = chosen.items()
        note, measure = body.get("note", ""), body.get("measure", "")
        events = desk.book.about("explanation", f"{desk.term}/{desk.school_id}/{ref}")
        if not repeated(events, desk.actor, seen, {"note": note.strip(), "measure": measure.strip()}):
            mismatch = next((one for one in self.mismatches() if one.ref == ref), None)
            if not note.strip() and not (mismatch and "note" in mismatch.by_headcount):
                raise UsageError("说明不能是空的")
            explanations.explain(desk, desk.school_id, ref, explanations.Explanation(note, measure), seen=seen)
        return [_row(mismatch) for mismatch in self.mismatches() if mismatch.ref == ref]

    def blocks(self, row_id: str) -> list[Block]:
        mismatch = next((mismatch for mismatch in self.mismatches() if mismatch.ref == row_id), None)
        if mismatch is None:
            raise UsageError("这名学生不在本页")
        written_here = f"{mismatch.who} {labels.moment(mismatch.at)}" if mismatch.at else ""
        by_headcount = "逐班核对表" if mismatch.by_headcount else ""
        author = "，".join(filter(None, (by_headcount, written_here))) or ("附件1" if mismatch.note else "")
        texts = [
            ("情况", f"{mismatch.kind}，{mismatch.situation or '没有写情形'}"),
            ("说明", mismatch.note),
            ("措施", mismatch.measure),
            ("谁写的", author),
        ]
        return [{"kind": "text", "label": label, "text": text} for label, text in texts if text]


def _row(mismatch: Mismatch) -> Row:
    state = NEEDED if mismatch.needed else DONE if mismatch.note else EXCUSED
    cells: dict[str, Any] = {
        "name": mismatch.name or "（无姓名）", "place": labels.place(mismatch.grade, mismatch.class_no),
        "number": mismatch.number_masked, "kind": mismatch.kind, "situation": mismatch.situation,
        "note": mismatch.note, "measure": mismatch.measure,
    }  # fmt: skip
    open_fields = [name for name in ("note", "measure") if name not in mismatch.by_headcount]
    steps = {STEP: tuple(open_fields[:1])} if open_fields else {}
    return Row(mismatch.ref, mismatch.seen, cells, state, steps, (), mismatch.needed)
