"""What another figure of data/policy would do, as a notebook shows it: findings that would come, go, become facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from xueji_lib.judge.comparison import ComparisonLine
from xueji_lib.judge.confirming import FigureUse
from xueji_lib.judge.what_if import WhatIfAnswer
from xueji_lib.library.shown_table import ShownTable
from xueji_lib.register import labels
from xueji_lib.register.policy import Policy
from xueji_lib.register.vocabulary import Nature
from xueji_lib.reports.comparison_lines import unexamined

__all__ = ["FIGURE_COLUMNS", "TriedFigures", "figure_table"]

FIGURE_COLUMNS: Final = "name title value source confirmed rules".split()
_HEADS: Final[Mapping[str, str]] = {
    "before": "现在", "after": "换过以后", "gained": "多出", "lost": "消去", "changed": "变动",
}  # fmt: skip
_FINDING: Final[Mapping[str, str]] = {
    "rule_id": "编号", "title": "检查", "severity": "程度", "nature": "性质", "school": "学校", "place": "班级",
    "student": "学生", "student_ref": "证件号（遮盖）", "evidence": "证据", "note": "说明",
}  # fmt: skip
_FIGURE: Final[Mapping[str, str]] = {
    "name": "名字", "title": "叫法", "value": "现在", "source": "出处", "confirmed": "确认", "rules": "用它的检查",
}  # fmt: skip
_TO_FACT: Final = f"{Nature.LEAD}→{Nature.FACT}"
_TO_LEAD: Final = f"{Nature.FACT}→{Nature.LEAD}"
_NOTHING_WRITTEN: Final = "只在内存里试判，数据仓、核查台账和 data/policy 都没有动。"
_GONE: Final = "消去的不一定是没有问题：换了数字就不再列出，“说明”写着没查、无法判定的更不等于没有。"


@dataclass(frozen=True)
class TriedFigures:
    """A trial. ``answer``: the two results and what differs; ``in_force``: the figures as they stand
    (``FIGURE_COLUMNS``)."""

    answer: WhatIfAnswer
    in_force: pd.DataFrame

    def figures(self) -> ShownTable:
        """The figures as they stand, with their source and the checks that use them: what could be tried."""
        confirmed = self.in_force["confirmed"].map({True: "已有出处", False: "待县局确认"})
        notes = ["待县局确认的数字，依据它的疑点只算线索。", "没有写检查的，用于整改期限、处理建议、去向台账。"]
        return ShownTable(self.in_force.assign(confirmed=confirmed), _FIGURE, "现在的数字", notes)

    def changes(self) -> ShownTable:
        """Which figures and which edition differ, and how many findings come, go, become facts or leads."""
        comparison, (to_fact, to_lead, other) = self.answer.comparison, self._turned()
        about = f"{labels.term(self.answer.inspection.term_id)}，检查基准日 {self.answer.inspection.as_of}"
        rows = [
            ("现在的疑点", len(comparison.before.findings)), ("换过以后的疑点", len(comparison.after.findings)),
            ("多出", len(comparison.gained)), ("消去", len(comparison.lost)),
            ("由线索成为事实", len(to_fact)), ("由事实成为线索", len(to_lead)), ("只是程度或期限变了", len(other)),
        ]  # fmt: skip
        notes = [about, *(self.answer.lines or ["换上的数字与现在的相同"])]
        if self.answer.edition != self.answer.inspection.edition:
            notes.append(f"检查目录和数字由 {self.answer.inspection.edition} 版换成 {self.answer.edition} 版。")
        if self.answer.crashed:
            notes.append(f"这几条检查出错，没有比成：{'、'.join(self.answer.crashed)}。")
        notes.append(_NOTHING_WRITTEN)
        frame = pd.DataFrame(rows, columns=["what", "findings"])
        return ShownTable(frame, {"what": "", "findings": "条"}, "换了数字会怎样", notes)

    def by_check(self) -> ShownTable:
        """A row for each check of which a finding, or the number of schools not examined, would differ."""
        lines = self.answer.comparison.by_rule
        frame = _counted(lines).assign(gaps=pd.Series([unexamined(line) for line in lines], dtype="str"))
        return ShownTable(frame, {"id": "编号", "name": "检查", **_HEADS, "gaps": "没查全的校"}, "按检查", [_GONE])

    def by_school(self) -> ShownTable:
        """A row for each school that a difference is at, those with most first."""
        frame = _counted(self.answer.comparison.by_school)
        return ShownTable(frame, {"name": "学校", **_HEADS}, "按学校", [_GONE])

    def gained(self) -> ShownTable:
        """The findings that would come."""
        return _findings(self.answer.comparison.gained, "会多出的疑点")

    def lost(self) -> ShownTable:
        """The findings that would go."""
        return _findings(self.answer.comparison.lost, "会消去的疑点", _GONE)

    def new_facts(self) -> ShownTable:
        """The findings that are leads and would be facts."""
        return _findings(self._turned()[0], "会由线索成为事实的")

    def new_leads(self) -> ShownTable:
        """The findings that are facts and would be leads only."""
        return _findings(self._turned()[1], "会由事实成为线索的")

    def _turned(self) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """Findings that stand, by what changes: to a fact, to a lead, neither."""
        changed = self.answer.comparison.changed
        to_fact, to_lead = (changed["note"].str.contains(turn, regex=False) for turn in (_TO_FACT, _TO_LEAD))
        return changed[to_fact], changed[to_lead], changed[~to_fact & ~to_lead]


def figure_table(uses: Sequence[FigureUse], policy: Policy) -> pd.DataFrame:
    """The figures of an edition, a row each (``FIGURE_COLUMNS``, all text but ``confirmed``). ``rules``: the checks
    whose conditions name it, a blank between."""
    rows = [
        (
            use.name,
            policy.title(use.name),
            _text(policy.figures[use.name]),
            use.source,
            not use.unconfirmed,
            " ".join(use.rules),
        )
        for use in uses
    ]
    frame = pd.DataFrame(rows, columns=FIGURE_COLUMNS)
    return frame.astype({name: "bool" if name == "confirmed" else "str" for name in FIGURE_COLUMNS})


def _text(value: object) -> str:
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)


def _counted(lines: Sequence[ComparisonLine]) -> pd.DataFrame:
    names = ("id", "name", *_HEADS)
    return pd.DataFrame([[getattr(line, name) for name in names] for line in lines], columns=list(names))


def _findings(rows: pd.DataFrame, title: str, note: str = "") -> ShownTable:
    places = [labels.class_label(grade, class_no) for grade, class_no in zip(rows["grade"], rows["class"], strict=True)]
    frame = rows.assign(place=pd.Series(places, index=rows.index, dtype="str"))
    return ShownTable(frame, _FINDING, f"{title}：{len(rows)} 条", [note] if note else [])
