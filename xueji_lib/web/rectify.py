"""A principal's findings: what is to be put right by when, and the report that it was."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from xueji_lib.casebook import states
from xueji_lib.casebook.cases import Case
from xueji_lib.register import labels
from xueji_lib.register.catalogue import SEVERITIES
from xueji_lib.web.findings import Findings
from xueji_lib.web.table import Action, Block, Column, Field, Row

REPORTED: Final = "学校已报整改"
DEMANDED: Final = ("已通知", "复核不通过")
"""The school has to act."""
LATE: Final = "逾期"
_SOON: Final = 7  # days

COLUMNS: Final = (
    Column("due", "期限"),
    Column("title", "疑点", "open", narrow=False),
    Column("who", "班级、学生"),
    Column("severity", "程度", "tag", tuple(reversed(SEVERITIES))),
    Column("state", "处理", "state", states.STATES),
    Column("said", "督查意见", narrow=False),
    Column("marks", "提示", "marks"),
)
ACTIONS: Final = (Action(REPORTED, "报整改", ("note", "person", "done"), bulk=True),)
FIELDS: Final = (
    Field("note", "整改措施", "long", hint="做了什么，怎样防止再发生"),
    Field("person", states.NAMES["person"]),
    Field("done", states.NAMES["done"], "date"),
)
_ORDER: Final = {"复核不通过": 0, "已通知": 0, "属实": 1, "回潮": 1, "冲突": 2, "待补证": 2, "疑点": 2, REPORTED: 3}


def due(case: Case, today: dt.date) -> str:
    """The day and what is left of it: 2026-12-04 剩 9 天. A finding nobody decided has a suggested day only."""
    if case.state in states.CLOSED or case.state == REPORTED:
        return ""
    if not case.due:
        return f"建议 {case.finding['due']}" if case.finding["due"] else ""
    left = (dt.date.fromisoformat(case.due) - today).days
    return f"{case.due} " + (f"逾期 {-left} 天" if left < 0 else "今天到期" if not left else f"剩 {left} 天")


def is_soon(case: Case, today: dt.date) -> bool:
    """Has to be put right within a week."""
    demanded = case.state in DEMANDED and bool(case.due)
    return demanded and 0 <= (dt.date.fromisoformat(case.due) - today).days <= _SOON


def said(case: Case) -> str:
    """What the inspectors said last."""
    return next(
        (str(e.body["note"]) for e in reversed(case.history) if e.role != "principal" and e.body.get("note")), ""
    )


class Rectify(Findings):
    """The school's findings by due date: what has to be done first comes first, what is over comes last."""

    def rows(self) -> list[Row]:
        today = self._desk.today

        def place(case: Case) -> tuple[int, str, str]:
            over = not case.sighting.present or case.state in states.CLOSED
            return (9 if over else _ORDER.get(case.state, 5), case.due or case.finding["due"] or "9", case.id)

        return self._rows(case for case in sorted(self.cases().values(), key=place) if _shown(case, today))

    def _row(self, case: Case) -> Row:
        row, finding = super()._row(case), case.finding
        who = " ".join(filter(None, [labels.place(finding["grade"], finding["class"]), finding["student"]]))
        cells = {
            "due": due(case, self._desk.today), "title": finding["title"], "who": who or "全校",
            "severity": finding["severity"], "said": said(case),
        }  # fmt: skip
        return replace(row, cells=cells, waiting=case.state in DEMANDED)

    def blocks(self, row_id: str) -> list[Block]:
        """As an inspector sees it, with a hint for who has to report."""
        shown: Sequence[Block] = super().blocks(row_id)
        if self._mine([row_id])[row_id].state not in (*DEMANDED, REPORTED):
            return list(shown)
        hint = "先在“附件”里传照片或扫描件，再在“处理”里选“报整改”，写措施、责任人、完成日期。复核由督查人员作"
        return [*shown, {"kind": "text", "label": "怎样报", "text": hint}]


def _shown(case: Case, _today: dt.date) -> bool:
    return case.sighting.present or bool(case.history)
