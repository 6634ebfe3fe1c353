"""A principal's findings: what has to be put right by when, and his report that it was done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from xueji_lib.casebook import states
from xueji_lib.casebook.cases import Case
from xueji_lib.register import labels
from xueji_lib.register.catalogue import SEVERITIES
from xueji_lib.register.vocabulary import CaseState
from xueji_lib.web.desks.findings_desk import FindingsTable
from xueji_lib.web.panels.table_panel import Action, Block, Field, Row, TableColumn

DEMANDED: Final = (CaseState.NOTIFIED, CaseState.NOT_ACCEPTED)
"""States in which the school has to act."""
_SOON: Final = 7  # days

COLUMNS: Final = (
    TableColumn("due", "期限"),
    TableColumn("title", "疑点", "open", narrow=False),
    TableColumn("who", "班级、学生"),
    TableColumn("severity", "程度", "tag", tuple(reversed(SEVERITIES))),
    TableColumn("state", "处理", "state", tuple(state for state in CaseState if state != CaseState.ON_SITE)),
    TableColumn("said", "督查意见", narrow=False),
    TableColumn("marks", "提示", "marks"),
)
ACTIONS: Final = (Action(CaseState.REPORTED, "报整改", ("note", "person", "done"), bulk=True),)
FIELDS: Final = (
    Field("note", "整改措施", "long", hint="做了什么，怎样防止再发生"),
    Field("person", states.NAMES["person"]),
    Field("done", states.NAMES["done"], "date"),
)
_ORDER: Final[Mapping[str, int]] = {
    CaseState.NOT_ACCEPTED: 0, CaseState.NOTIFIED: 0, CaseState.CONFIRMED: 1, CaseState.RETURNED: 1,
    CaseState.CONFLICT: 2, CaseState.NEEDS_PROOF: 2, CaseState.OPEN: 2, CaseState.REPORTED: 3,
}  # fmt: skip


def is_demanded(case: Case) -> bool:
    """The school still has to put it right: notified, and the last check still finds it."""
    return case.state in DEMANDED and not case.to_close


def due(case: Case, today: dt.date) -> str:
    """The due day in words and the days left: 2026-12-04 剩 9 天. Where nobody decided yet, the suggested day; where
    nothing is due any more, an empty text."""
    if case.state in states.CLOSED or case.state == CaseState.REPORTED:
        return ""
    if case.to_close:
        return "未再发现，待销号"
    if not case.due:
        return f"建议 {case.finding['due']}" if case.finding["due"] else ""
    left = (dt.date.fromisoformat(case.due) - today).days
    return f"{case.due} " + (f"逾期 {-left} 天" if left < 0 else "今天到期" if not left else f"剩 {left} 天")


def is_soon(case: Case, today: dt.date) -> bool:
    """The school has to put it right within seven days of ``today``."""
    demanded = is_demanded(case) and bool(case.due)
    return demanded and 0 <= (dt.date.fromisoformat(case.due) - today).days <= _SOON


def last_inspector_note(case: Case) -> str:
    """The note of the newest event that is not the principal's, or an empty text."""
    inspectors = (event for event in reversed(case.history) if event.role != "principal")
    return next((str(event.body["note"]) for event in inspectors if event.body.get("note")), "")


class RectificationTable(FindingsTable):
    """The desk (``TableDesk``) of a principal's findings, by due date: the most urgent first, the closed ones last."""

    def rows(self) -> list[Row]:
        today = self._desk.today

        def order(case: Case) -> tuple[int, str, str]:
            over = not case.sighting.present or case.state in states.CLOSED
            return (9 if over else _ORDER.get(case.state, 5), case.due or case.finding["due"] or "9", case.id)

        return self._rows(case for case in sorted(self.cases().values(), key=order) if _shown(case, today))

    def _row(self, case: Case) -> Row:
        row, finding = super()._row(case), case.finding
        who = " ".join(filter(None, [labels.class_label(finding["grade"], finding["class"]), finding["student"]]))
        cells = {
            "due": due(case, self._desk.today), "title": finding["title"], "who": who or "全校",
            "severity": finding["severity"], "said": last_inspector_note(case),
        }  # fmt: skip
        return replace(row, cells=cells, waiting=is_demanded(case))

    def blocks(self, row_id: str) -> list[Block]:
        """As an inspector sees it, with a hint for who has to report."""
        blocks: Sequence[Block] = super().blocks(row_id)
        if self._current([row_id])[row_id].state not in (*DEMANDED, CaseState.REPORTED):
            return list(blocks)
        hint = "先在“附件”里传照片或扫描件，再在“处理”里选“报整改”，写措施、责任人、完成日期。复核由督查人员作"
        return [*blocks, {"kind": "text", "label": "怎样报", "text": hint}]


def _shown(case: Case, _today: dt.date) -> bool:
    return case.sighting.present or bool(case.history)
