"""现场发现，待学校说明: what people saw at a school and is no finding yet; the school answers, or the days pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from xueji_lib.casebook.cases import Case
from xueji_lib.register import labels
from xueji_lib.register.vocabulary import CaseState
from xueji_lib.web.desks.findings_desk import FindingsTable
from xueji_lib.web.panels.table_panel import Action, Block, Field, Row, TableColumn

ANSWER: Final = "说明"
NOT_ANSWERED, ANSWERED, CORRECTED = "待学校说明", "学校已说明", "已更正，未再发现"
COLUMNS: Final = (
    TableColumn("found_on", "现场"),
    TableColumn("title", "现场看到的", "open", narrow=False),
    TableColumn("who", "班级、学生"),
    TableColumn("until", "说明期限"),
    TableColumn("state", "处理", "state", (NOT_ANSWERED, ANSWERED, CORRECTED)),
    TableColumn("note", "学校说明", narrow=False),
    TableColumn("marks", "提示", "marks"),
)
ACTIONS: Final = (
    Action(ANSWER, "写学校说明", ("note",), bulk=False),
    Action(CaseState.REFUTED, "情况属正常，撤下", ("note",), bulk=False),
)
FIELDS: Final = (Field("note", "说明", "long", hint="人在哪里，什么原因，何时起；核对表报错了的，写明何时更正"),)
HINT: Final = (
    "只有现场看出来、学校自己没有报过的，先由学校说明，还不是疑点，不进文书和统计。"
    "过了期限学校没有更正核对表的，下次核查自动转为疑点。"
)


class OnSiteTable(FindingsTable):
    """The desk (``TableDesk``) of what waits for the school's word, the earliest day first; last what the school put
    right in time."""

    def rows(self) -> list[Row]:
        def order(case: Case) -> tuple[bool, str, str]:
            return not case.sighting.present, case.sighting.waits_until, case.id

        return self._rows(sorted(self.cases().values(), key=order))

    def step(self, chosen: Mapping[str, Sequence[str]], action: str, body: Mapping[str, str]) -> list[Row]:
        return super().step(chosen, CaseState.ON_SITE if action == ANSWER else action, body)

    def blocks(self, row_id: str) -> list[Block]:
        """As a finding's; nothing is demanded of the school so far."""
        return [block for block in super().blocks(row_id) if block.get("label") not in ("整改要求", "建议期限")]

    def _row(self, case: Case) -> Row:
        row, finding, seen = super()._row(case), case.finding, case.sighting
        who = " ".join(filter(None, [labels.class_label(finding["grade"], finding["class"]), finding["student"]]))
        note = str(case.body.get("note", "")) if case.history else ""
        cells = {
            "found_on": seen.found_on,
            "title": finding["title"],
            "who": who,
            "until": seen.waits_until,
            "note": note,
        }
        steps = {ANSWER if step == CaseState.ON_SITE else step: needs for step, needs in row.steps.items()}
        state = row.state if not case.awaits_school else ANSWERED if note else NOT_ANSWERED
        if case.awaits_school and not case.sighting.present:
            state, steps = CORRECTED, {}
        return replace(row, cells=cells, steps=steps, state=state, waiting=state == NOT_ANSWERED)


def called_and_awaits_school(case: Case) -> bool:
    """It comes from a roll-call; what an inspector wrote down stands in its violation's section."""
    return case.awaits_school and not case.by_hand


def awaits_school(case: Case) -> bool:
    """It is in this table."""
    return case.awaits_school
