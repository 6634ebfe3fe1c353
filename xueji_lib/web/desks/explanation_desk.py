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
from xueji_lib.web.panels.table_panel import Action, Block, Field, Row, RowGroup, TableColumn
from xueji_lib.web.shared.county_desk import NoFiles
from xueji_lib.web.shared.school_desk import SchoolDesk, repeated

STEP: Final = "说明"
NEEDED, DONE, EXCUSED = "待说明", "已说明", "不需说明"

COLUMNS: Final = (
    TableColumn("name", "学生", "open"),
    TableColumn("place", "班级", picked=True),
    TableColumn("number", "号码"),
    TableColumn("kind", "情况", "tag", (explanations.ABSENT, explanations.UNREGISTERED)),
    TableColumn("situation", "情形", picked=True),
    TableColumn("state", "说明情况", "state", (NEEDED, DONE, EXCUSED)),
    TableColumn("note", "学校说明", narrow=False),
    TableColumn("measure", "措施", narrow=False),
)
ACTIONS: Final = (Action(STEP, "填写说明", ("note", "measure")),)
GROUPS: Final = (RowGroup("情形", ("kind", "situation")), RowGroup("班级", ("place",)))
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
        if action != STEP:
            raise UsageError("没有这一步")
        note, measure = body.get("note", ""), body.get("measure", "")
        if not all(self._is_repeated(ref, seen, note, measure) for ref, seen in chosen.items()):
            said_there = {one.ref for one in self.mismatches() if "note" in one.by_headcount}
            if not note.strip() and not set(chosen) <= said_there:
                raise UsageError("说明不能是空的")
            explanation = explanations.Explanation(note, measure)
            explanations.explain_many(self._desk, self._desk.school_id, chosen, explanation)
        return [_row(mismatch) for mismatch in self.mismatches() if mismatch.ref in chosen]

    def _is_repeated(self, ref: str, seen: Sequence[str], note: str, measure: str) -> bool:
        desk = self._desk
        events = desk.book.about("explanation", f"{desk.term}/{desk.school_id}/{ref}")
        return repeated(events, desk.actor, seen, {"note": note.strip(), "measure": measure.strip()})

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
        "name": mismatch.name or "（无姓名）", "place": labels.class_label(mismatch.grade, mismatch.class_no),
        "number": mismatch.number_masked, "kind": mismatch.kind, "situation": mismatch.situation,
        "note": mismatch.note, "measure": mismatch.measure,
    }  # fmt: skip
    open_fields = [name for name in ("note", "measure") if name not in mismatch.by_headcount]
    steps = {STEP: tuple(open_fields[:1])} if open_fields else {}
    return Row(mismatch.ref, mismatch.seen, cells, state, steps, (), mismatch.needed)
