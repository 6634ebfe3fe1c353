"""两校一件 on the bureau's page: findings of two schools about the same pupils, decided for both at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from xueji_lib.casebook import evidence, states, two_sided
from xueji_lib.casebook.cases import Case
from xueji_lib.casebook.two_sided import FOR_BOTH, TwoSidedCase
from xueji_lib.register import labels
from xueji_lib.register.vocabulary import CaseState, Nature
from xueji_lib.support.errors import UsageError
from xueji_lib.web.desks.findings_desk import history_entry
from xueji_lib.web.panels.attachments import files_block
from xueji_lib.web.panels.table_panel import Action, Block, Field, Row, TableColumn, TableForm, with_bounds
from xueji_lib.web.shared.county_desk import CountyDesk

HALF, UNLIKE, ONLY_LEADS = "一方已定", "两校不同", "只是线索"

COLUMNS: Final = (
    TableColumn("title", "问题", "open", narrow=False),
    TableColumn("students", "学生"),
    TableColumn("schools", "两校现在", narrow=False),
    TableColumn("state", "处理", "state", (HALF, UNLIKE, *(state for state in CaseState if state in FOR_BOTH))),
    TableColumn("note", "说明", narrow=False),
    TableColumn("marks", "提示", "marks"),
)
_NEEDS: Final[Mapping[str, tuple[str, ...]]] = {CaseState.EXEMPT: ("reason", "approver", "until", "note")}
_LABELS: Final[Mapping[str, str]] = {CaseState.OPEN: "恢复为疑点"}
ACTIONS: Final = tuple(Action(to, _LABELS.get(to, to), _NEEDS.get(to, ("note",)), bulk=False) for to in FOR_BOTH)
FIELDS: Final = (
    Field("note", states.NAMES["note"], "long", hint="两校的校长都看得到，不要写另一方学生的情况"),
    Field("reason", states.NAMES["reason"], "choice", states.EXEMPTIONS),
    Field("approver", states.NAMES["approver"]),
    Field("until", states.NAMES["until"], "date", hint="到期后自动恢复为疑点"),
)

_HINT: Final = (
    "同一个学生（或像是同一个）在两校各有一条疑点的，是一件事：两校各自说明、整改，这里一次定两校。"
    "有佐证不是同一人的，哪项检查再查出这两人都不再列出，直到证据变了。"
)


class TwoSidedTable:
    """The desk (``TableDesk``) of the county's cases at two schools: those that were decided for one school alone
    first, then the undecided, the closed last."""

    def __init__(self, desk: CountyDesk) -> None:
        self._desk = desk
        self.now, self.refused, self.logs, self.mark = desk.now, desk.refused, desk.logs, desk.mark

    hint = _HINT
    """What is said above the table."""

    def form(self) -> TableForm:
        """What the table shows and asks for."""
        fields = with_bounds(FIELDS, self._desk.today)
        return TableForm(COLUMNS, ACTIONS, fields, empty="没有两校一件的疑点。", waiting="待局里定的", upload=True)

    def known(self) -> dict[str, TwoSidedCase]:
        """Case id → case, in the order of the table."""
        listed = two_sided.of_cases(case for cases in self._desk.cases().values() for case in cases)
        ordered = sorted(listed, key=lambda one: (not one.half_decided, not one.is_waiting, one.closed))
        return {one.id: one for one in ordered}

    def waiting(self) -> int:
        """How many wait for the bureau's decision."""
        return sum(one.is_waiting for one in self.known().values())

    def rows(self) -> list[Row]:
        return [self._row(one) for one in self.known().values()]

    def step(self, chosen: Mapping[str, Sequence[str]], action: str, body: Mapping[str, str]) -> list[Row]:
        [(case_id, seen)] = chosen.items()
        change: dict[str, Any] = {"to": action} | {name: value.strip() for name, value in body.items()}
        if not self._case(case_id).was_decided_by(self._desk.actor, seen, change):
            two_sided.decide(self._desk, case_id, change, seen)
        return self._rows_of(case_id)

    def _rows_of(self, case_id: str) -> list[Row]:
        """The case's row, and those of others that were decided with it."""
        now = self._case(case_id)
        others = (one for one in self.known().values() if now.joint and one.joint == now.joint and one.id != case_id)
        return [self._row(now), *map(self._row, others)]

    def undo(self, chosen: Mapping[str, Sequence[str]]) -> list[Row]:
        for case_id, seen in chosen.items():
            if not self._case(case_id).was_undone_by(self._desk.actor, seen):
                two_sided.undo(self._desk, case_id, seen)
        return [self._row(self._case(case_id)) for case_id in chosen]

    def attach(self, row_id: str, name: str, content: bytes) -> None:
        two_sided.attach(self._desk, self._case(row_id).id, name, content)

    def content(self, row_id: str, sha256: str) -> tuple[str, bytes]:
        files = two_sided.files(self._desk.book, self._case(row_id))
        file = next((candidate for candidate in files if candidate.sha256 == sha256), None)
        if file is None:
            raise UsageError("没有这个附件")
        return file.media, evidence.content(self._desk.book, sha256)

    def blocks(self, row_id: str) -> list[Block]:
        now = self._case(row_id)
        texts = [text for side in now.sides for text in _texts(side)]
        blocks: list[Block] = [{"kind": "text", "label": label, "text": text} for label, text in texts]
        how = "先在“附件”里附上能看出是两个人的佐证（户口簿、学籍卡），再选“不是同一人”。只有局里看得到这里的附件"
        if CaseState.DIFFERENT in now.steps(self._desk.actor) and now.is_waiting:
            blocks.append({"kind": "text", "label": "不是同一人", "text": how})
        blocks.append(files_block(two_sided.files(self._desk.book, now)))
        items = [
            history_entry(event) | {"what": f"{side.finding['school']}：{history_entry(event)['what']}"}
            for side in now.sides
            for event in side.history
        ]
        return [*blocks, {"kind": "history", "label": "处理经过", "items": items}] if items else blocks

    def _case(self, case_id: str) -> TwoSidedCase:
        case = self.known().get(case_id)
        if case is None:
            raise UsageError("没有这一件：数据更新后，两校的疑点不再是一件，请刷新")
        return case

    def _row(self, case: TwoSidedCase) -> Row:
        sides, actor = case.sides, self._desk.actor
        alike = {side.state for side in sides}
        state = HALF if case.half_decided else sides[0].state if len(alike) == 1 else UNLIKE
        notes = dict.fromkeys(str(side.body.get("note", "")) for side in sides)
        cells = {
            "title": "／".join(dict.fromkeys(side.finding["title"] for side in sides)),
            "students": "、".join(dict.fromkeys(side.finding["student"] for side in sides)),
            "schools": "；".join(f"{side.finding['school']} {_place(side)} {side.state}" for side in sides),
            "note": "；".join(filter(None, notes)),
        }
        leads = all(side.finding["nature"] == Nature.LEAD for side in sides)
        marks = dict.fromkeys([*(mark for side in sides for mark in side.marks), *([ONLY_LEADS] if leads else [])])
        last = {event.who for side in sides for event in side.history[-1:]}
        may_undo = bool(case.joint) and (last == {actor.name} or actor.role == "director")
        return Row(case.id, case.seen, cells, state, case.steps(actor), tuple(marks), case.is_waiting, may_undo)


def _place(side: Case) -> str:
    return labels.class_label(side.finding["grade"], side.finding["class"])


def _texts(side: Case) -> list[tuple[str, str]]:
    """What is shown of a side: label and text."""
    finding = side.finding
    who = " ".join(filter(None, (_place(side), finding["student"], finding["student_ref"])))
    by = f"（{side.who}，{labels.moment(side.at)}）" if side.at else ""
    note = f"：{side.body['note']}" if side.body.get("note") else ""
    about = f"{who}　{finding['title']}（{finding['rule_id']}，{finding['nature']}）"
    return [(finding["school"], about), ("证据", finding["evidence"]), ("现在", f"{side.state}{by}{note}")]
