"""A child's row of 离校学生去向台账, from the findings about it and the rows of the store that they rest on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from xueji_lib.judge.results import Results
from xueji_lib.register import identity, labels
from xueji_lib.register.vocabulary import Direction, Nature
from xueji_lib.views.pool_children import Traces
from xueji_lib.views.pool_steps import (
    BY_NAME,
    CLOSED_SCHOOL,
    NextStep,
    PoolSetting,
    away,
    day_of,
    ledger_row,
    next_step,
    seen,
)
from xueji_lib.views.traced_records import PREVIOUS, TracedRow

NO_TOWNSHIP: Final = "（没有写乡镇）"
NOT_SEEN: Final = "本县没有查到"
NO_REGISTER: Final = "没有学籍（户籍名单）"
LAST_COMPULSORY: Final = 9
_HOMES: Final = ("register", PREVIOUS, "dropouts", "transfers")
"""Whose row says at which school the child was, the surest first."""


@dataclass(frozen=True, slots=True)
class FoundBy:
    """A finding about the child, as findings.csv has it."""

    rule_id: str
    title: str
    nature: str
    school: str
    finding_id: str


@dataclass(frozen=True, slots=True)
class PoolChild:
    """A row. ``names``: every one that it is written with; ``ref``: its masked number; ``by_school``: the township is
    the school's, because nobody wrote the child's own; ``grade``: None where not known; ``workdays`` since ``since``,
    None where there is no day or the calendar lacks it; ``seen``: "" where it was not."""

    names: tuple[str, ...]
    ref: str
    township: str
    by_school: bool
    school_id: str
    school: str
    grade: int | None
    class_no: int | None
    category: str
    found_by: tuple[FoundBy, ...]
    left: str
    since: dt.date | None
    since_by: str
    workdays: int | None
    seen: str
    step: NextStep
    in_ledger: bool

    @property
    def id(self) -> str:
        """A text that no other row has: its first finding_id."""
        return min(check.finding_id for check in self.found_by)

    @property
    def name(self) -> str:
        """The child's name, the others in brackets."""
        first, *others = self.names or ("",)
        return f"{first}（又作{'、'.join(others)}）" if others else first

    @property
    def place(self) -> str:
        """七年级3班."""
        return labels.class_label(self.grade, self.class_no)

    @property
    def checks(self) -> str:
        """The checks that found it, each once: R116、R508."""
        return "、".join(dict.fromkeys(check.rule_id for check in self.found_by))

    @property
    def why(self) -> str:
        """The same in words, with what each is: 已报不在校…（线索）."""
        return "；".join(dict.fromkeys(f"{check.title}（{check.nature}）" for check in self.found_by))

    @property
    def senior(self) -> bool:
        """Whether the child is in 高中, which is not compulsory."""
        return self.grade is not None and self.grade > LAST_COMPULSORY

    @property
    def step_text(self) -> str:
        """The next step; of a pupil of 高中 with the reminder that nobody is bound to come."""
        return f"{self.step.text}（高中，不属义务教育）" if self.senior else self.step.text

    @property
    def due_text(self) -> str:
        """The last day for the next step and whether it is past, or why there is none."""
        if self.step.due is None:
            return self.step.why
        return f"{self.step.due} 已过" if self.step.late else str(self.step.due)

    @property
    def only_leads(self) -> bool:
        """Whether no check calls it a fact."""
        return all(check.nature == Nature.LEAD for check in self.found_by)


class PoolRowMaker:
    """Makes rows of children."""

    def __init__(self, answer: Results, setting: PoolSetting, former_townships: Mapping[str, str]) -> None:
        """``former_townships``: school_id → township, of the directory of the term before."""
        self._setting, self._former_townships = setting, former_townships
        self._townships = dict(zip(answer.schools["school_id"], answer.schools["township"], strict=True))
        told = answer.mismatches
        pairs = zip(told["sources"], told["groups"], strict=True)
        self._groups = {str(source): str(groups) for source, groups in pairs if groups}

    def child(self, traces: Traces) -> PoolChild:
        home, first = self._home(traces), traces.findings[0]
        school_id, school = self._school(home, traces)
        township, by_school = self._township(traces, school_id)
        since, since_by = self._since(traces)
        grade_and_class = self._place(home, first)
        there = seen(traces)
        ledger = ledger_row(traces)
        return PoolChild(
            names=tuple(traces.names),
            ref=_ref(traces),
            township=township,
            by_school=by_school,
            school_id=school_id,
            school=school,
            grade=grade_and_class[0],
            class_no=grade_and_class[1],
            category=self._category(ledger, traces),
            found_by=tuple(
                FoundBy(*(labels.text(row[name]) for name in ("rule_id", "title", "nature", "school", "finding_id")))
                for row in sorted(traces.findings, key=lambda row: (row["rule_id"], row["school_id"]))
            ),
            left=self._left(school, grade_and_class, traces),
            since=since,
            since_by=since_by,
            workdays=self._workdays(since),
            seen="；".join(dict.fromkeys(self._where(row, traces) for row in there)),
            step=next_step(traces, self._setting, school, "" if by_school else township),
            in_ledger=ledger is not None,
        )

    @staticmethod
    def _home(traces: Traces) -> TracedRow | None:
        for table in _HOMES:
            rows = traces.of(table)
            if table == "transfers":
                rows = [row for row in rows if row.row.get("direction") == Direction.OUT]
            if rows:
                return min(rows, key=lambda row: row.school_id)
        return away(traces)

    def _school(self, home: TracedRow | None, traces: Traces) -> tuple[str, str]:
        """The school that has to answer for the child: its id ("" for none of the directory), and its name."""
        if home is not None and home.school_id in self._townships:
            return home.school_id, self._setting.name(home.school_id)
        charged = [row for row in traces.findings if row["school_id"]]
        if charged and home is None:
            return str(charged[0]["school_id"]), str(charged[0]["school"])
        closed = [row for row in traces.findings if row["rule_id"] == CLOSED_SCHOOL]
        return "", f"{closed[0]['school']}（已撤并）" if closed else ""

    def _township(self, traces: Traces, school_id: str) -> tuple[str, bool]:
        for record in traces.of("dropouts", "residents"):
            if text := labels.text(record.row.get("township")):
                return text, False
        former = {row.school_id for row in traces.of(PREVIOUS)}
        known = [self._townships.get(school_id), *(self._former_townships.get(school) for school in sorted(former))]
        return next(filter(None, known), NO_TOWNSHIP), True

    @staticmethod
    def _place(home: TracedRow | None, first: Mapping[str, Any]) -> tuple[int | None, int | None]:
        row = first if home is None or "grade" not in home.row else home.row
        names = ("grade", "class" if row is first else "class_no")
        grade, class_no = (None if labels.is_blank(row.get(name)) else int(row[name]) for name in names)
        return grade, class_no

    def _category(self, ledger: TracedRow | None, traces: Traces) -> str:
        """学生类别: the ledger's, else the groups that the register says."""
        if ledger is not None and (text := labels.text(ledger.row.get("category"))):
            return text
        sources = [source for row in traces.findings for source in labels.text(row["sources"]).split(" | ")]
        return next((self._groups[source] for source in sources if source in self._groups), "")

    def _since(self, traces: Traces) -> tuple[dt.date | None, str]:
        """Since when nobody surely teaches the child, by the surest day that a row has, and what that day is."""
        gone, listed, there = away(traces), ledger_row(traces), (*seen(traces), None)[0]
        moved = next(iter(traces.of("transfers")), None)
        days = (
            (gone, "moved_date", "离校"),
            (listed, "found_date", "台账发现"),
            (moved, "centre_date", "转出确认"),
            (there, "moved_date", "到就读学校"),
            (gone, "check_date", "核对不在校"),
            (there, "check_date", "点名见于他校"),
        )
        for record, column, word in days:
            if (day := day_of(record, column)) is not None:
                return day, word
        if traces.of(PREVIOUS):
            return self._setting.term.start, "开学时已不在"
        return None, "没有日期"

    def _workdays(self, since: dt.date | None) -> int | None:
        if since is None:
            return None
        days = (np.array([day], dtype="datetime64[D]") for day in (since, self._setting.as_of))
        count, gap = self._setting.calendar.workdays_between(*days)
        return None if gap[0] else int(count[0])

    def _where(self, row: TracedRow, traces: Traces) -> str:
        class_label = labels.class_label(row.row.get("grade"), row.row.get("class_no"))
        day = day_of(row, "check_date")
        doubt = "，只是姓名相符，未核实" if traces.rules == {BY_NAME} else ""
        called = f"（{day} 点名{doubt}）" if day else f"（点名{doubt}）"
        return f"{self._setting.name(row.school_id)} {class_label}{called}"

    def _left(self, school: str, place: tuple[int | None, int | None], traces: Traces) -> str:
        if not school:
            return NO_REGISTER
        moved = [row for row in traces.of("transfers") if row.row.get("direction") == Direction.OUT]
        target = next((self._setting.name(labels.text(row.row.get("to_school"))) for row in moved), "")
        return f"{school} {labels.class_label(*place)}".strip() + (f"，转往{target}" if target else "")


def _ref(traces: Traces) -> str:
    """The masked number; that of the findings first, which is the best they know."""
    shown = [labels.text(row["student_ref"]) for row in traces.findings]
    own = [labels.text(r.row.get("id_number")) or labels.text(r.row.get("register_no")) for r in traces.records]
    return next(filter(None, [*shown, *map(identity.mask_id, own)]), "")
