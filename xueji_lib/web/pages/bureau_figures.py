"""The bureau's page: the parts that are figures and lists to read, computed anew whenever they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from xueji_lib.casebook.check_record import MANY
from xueji_lib.judge.results import Results
from xueji_lib.register.calendar import Calendar
from xueji_lib.register.catalogue import VIOLATIONS_SHORT
from xueji_lib.register.policy import Policy
from xueji_lib.reports.pages.piece import HtmlPiece
from xueji_lib.views import check_records, county_view, dropout_steps
from xueji_lib.web.pages.html_pieces import piece, styles
from xueji_lib.web.shared.county_desk import CountyDesk

_NO_SCHOOL_RULE: Final = "R710"
_URGENT: Final = 8  # lines of the first screen
_MOST: Final = 20  # schools shown before the rest is folded


@dataclass(eq=False)
class CountyFigures:
    """``waiting``: a table of the page → how many of its rows somebody still has to decide. What the data alone says
    is computed once; what people decide may change while the page is open."""

    desk: CountyDesk
    answer: Results
    policy: Policy
    waiting: Mapping[str, Callable[[], int]]

    @cached_property
    def _reported(self) -> county_view.Reported:
        return county_view.reported(self.answer, self.desk.store)

    @cached_property
    def _children(self) -> list[dropout_steps.Child]:
        store, term = self.desk.store, self.desk.term
        if not store.has(term, "dropouts"):
            return []
        return dropout_steps.children(store.read(term, "dropouts"), self.desk.today, self.policy, Calendar.load())

    def _standings(self) -> list[county_view.Standing]:
        return county_view.standings(self.desk.cases(), self.desk.today)

    def _checks(self) -> check_records.CheckRecords:
        return check_records.overview(self.desk.book, self.answer.edition)

    def top(self) -> HtmlPiece:
        """What has to be done today."""
        reports, standings = self._reported, self._standings()
        late = [child for child in self._children if child.late]
        tiles = [
            ("整改逾期", sum(s.overdue for s in standings), f"{sum(bool(s.overdue) for s in standings)} 所学校",
             "rectifications", "urgent"),
            ("控辍超期", len(late), "人，过了期限", "children", "urgent"),
            ("去向待核实", self.waiting["pool"](), "学生，离校去向", "pool", "urgent"),
            ("排摸没上报", len(reports.missing), f"另有 {len(reports.late)} 所迟报", "reported", "urgent"),
            ("处理意见待定", self.waiting["measures"](), "所学校", "measures", "soon"),
            ("待会签", self.waiting["signoffs"](), "所学校", "signoffs", "soon"),
            ("签署后新增", sum(map(len, self.desk.later().values())), "条待认定，签署后查出", "signoffs", "soon"),
            ("认定冲突", sum(s.conflicts for s in standings), "两人认定不同", "rectifications", "soon"),
            ("两校一件待定", self.waiting["two_sided"](), "件，一次定两校", "two_sided", "soon"),
            ("回潮", sum(s.returned for s in standings), "销号后又查出", "rectifications", "soon"),
            ("待销号", sum(s.to_close for s in standings), "属实，复查未再发现", "rectifications", "soon"),
            ("更正通知待发", self.waiting["corrections"](), "所学校，文书里写错过", "corrections", "urgent"),
            ("交来待导入", self.waiting["incoming"](), "份表册", "incoming", "soon"),
            ("误报过半", len(self._checks().mostly_wrong), f"项检查，认定 {MANY} 条以上", "checks", "soon"),
        ]  # fmt: skip
        return piece(
            "county_top", style=styles(), term_id=self.desk.term, today=self.desk.today.isoformat(),
            as_of=self.answer.as_of.isoformat(), edition=self.answer.edition, schools=len(self.answer.schools),
            tiles=[dict(zip(("label", "n", "more", "to", "tone"), tile, strict=True)) for tile in tiles],
            overdue=[(self.desk.name(s.school_id), s) for s in standings if s.overdue][:_URGENT],
            late=late[:_URGENT], late_n=len(late), overdue_n=sum(bool(s.overdue) for s in standings),
            missing=[self.desk.name(school) for school in reports.missing][:12], missing_n=len(reports.missing),
            school_name=self.desk.name,
        )  # fmt: skip

    def towns(self) -> dict[str, list[county_view.SchoolLine]]:
        """Township → its schools with their findings, without closed ones."""
        return county_view.heat(self.answer, self.desk.cases())

    def heat(self, live: bool) -> HtmlPiece:
        """The heat map: townships × violations; ``live``: a school's name opens its checklist."""
        return piece("county_heat", towns=self.towns(), violations=VIOLATIONS_SHORT, live=live)

    def rectifications(self, live: bool) -> HtmlPiece:
        """How far each school is with putting its findings right."""
        rows = [
            (self.desk.name(standing.school_id) if standing.school_id else "（不属于学校的）", standing)
            for standing in self._standings()
        ]
        return piece("county_rectifications", rows=rows, most=_MOST, live=live)

    def reported(self) -> HtmlPiece:
        """Which schools reported their headcount late or not at all."""
        groups = [
            ("没有上报", self._reported.missing, "late"), ("迟报", self._reported.late, ""),
            ("判不了", self._reported.unknown, ""),
        ]  # fmt: skip
        rows = [
            (label, tone, [(one, self.desk.name(one), self._reported.sentences.get(one, "")) for one in ids])
            for label, ids, tone in groups
        ]
        on_time, not_due = len(self._reported.on_time), len(self._reported.not_due)
        return piece("county_reported", groups=rows, on_time=on_time, not_due=not_due)

    def children(self) -> HtmlPiece:
        """The children being brought back, and those of school age whom no register has (R710), by township."""
        findings = self.answer.findings
        unknown = findings[findings["rule_id"] == _NO_SCHOOL_RULE]
        towns: dict[str, tuple[list[Any], list[Any]]] = {}
        for child in self._children:
            towns.setdefault(child.township or "（没有写乡镇）", ([], []))[0].append(child)
        for row in unknown.to_dict("records"):
            towns.setdefault(str(row["school"]) or "（没有写乡镇）", ([], []))[1].append(row)
        return piece(
            "county_children", towns=dict(sorted(towns.items())), school_name=self.desk.name,
            steps=list(dropout_steps.STEPS.values()), total=len(self._children), unknown=len(unknown),
            report_days=self.policy["township_report_days"], notice_days=self.policy["return_notice_days"],
        )  # fmt: skip

    def checks(self) -> HtmlPiece:
        """What became of each check: how many of its findings were judged, and how many were not true."""
        checks = self._checks()
        return piece(
            "county_checks", heads=check_records.HEADS, hint=check_records.HINT, many=MANY, most=_MOST,
            wrong=checks.mostly_wrong, judged=checks.judged, never=checks.never, by_people=checks.by_people,
        )  # fmt: skip
