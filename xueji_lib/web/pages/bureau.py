"""The bureau's page: the whole county, first what has to be done today.

Run by hand or by papermill the same is shown as text, for the archive.
"""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from xueji_lib.casebook.check_record import MANY
from xueji_lib.casebook.closed_findings import closed_of
from xueji_lib.casebook.judging import judged
from xueji_lib.casebook.sightings import last_day
from xueji_lib.judge import results
from xueji_lib.notebook.audit import parameters
from xueji_lib.notebook.by_hand import USER, served
from xueji_lib.register.calendar import Calendar
from xueji_lib.register.catalogue import VIOLATIONS_SHORT
from xueji_lib.register.policy import Policy
from xueji_lib.reports.pages.piece import HtmlPiece
from xueji_lib.views import check_records, county_view, dropout_steps
from xueji_lib.web.desks import account_desk, correction_desk, countersign_desk, handover_desk, measure_desk
from xueji_lib.web.desks.two_sided_desk import TwoSidedTable
from xueji_lib.web.pages.bureau_papers import PoolPart, duties_section
from xueji_lib.web.pages.html_pieces import piece, styles
from xueji_lib.web.pages.opening_errors import shows_errors
from xueji_lib.web.pages.section import Section, heading, table
from xueji_lib.web.pages.visitor import inspecting
from xueji_lib.web.panels.table_panel import TableDesk, TableForm
from xueji_lib.web.shared.county_desk import CountyDesk

_NO_SCHOOL_RULE: Final = "R710"
_URGENT: Final = 8  # lines of the first screen
_MOST: Final = 20  # schools shown before the rest is folded


@shows_errors
def open_page(term: str = "", as_of: str = "", store: str = "") -> BureauPage:
    """The bureau's page for the person who logged in.

    ``as_of`` "": findings of the last check (judged anew where the data changed since), due dates counted from today.
    Raises UsageError, StoreError.
    """
    actor, live = inspecting(store=store), USER in os.environ or served(os.environ)
    request = parameters("", term, as_of, store)
    workplace, inspection = request.workplace, request.inspection
    book, today = workplace.open_casebook(), inspection.as_of
    if not as_of:
        inspection = replace(inspection, as_of=last_day(book, inspection.term_id) or today)
    answer = judged(workplace, inspection)
    names = dict(zip(answer.schools["school_id"].astype(str), answer.schools["school_name"].astype(str), strict=True))
    desk = CountyDesk(book, workplace.store, actor, inspection.term_id, today, names=names)
    return BureauPage(desk, answer, live, book.folder.parent / "incoming")


class BureauPage:
    """``live``: served, to work in. ``incoming``: the queue of what schools handed in."""

    def __init__(self, desk: CountyDesk, answer: results.Results, live: bool, incoming: Path) -> None:
        self.desk, self.answer, self.live = desk, answer, live
        self._policy = Policy.load(answer.edition)
        self._measure_table = measure_desk.MeasureTable(desk, self._policy)
        self._countersign_table = countersign_desk.CountersignTable(desk)
        self._correction_table = correction_desk.CorrectionTable(desk)
        self._two_sided = TwoSidedTable(desk)
        self._handover_table = handover_desk.HandoverTable(desk, incoming, answer.as_of)
        self._pool = PoolPart(desk, answer, self._closed)

    @cached_property
    def _reported(self) -> county_view.Reported:
        return county_view.reported(self.answer, self.desk.store)

    @cached_property
    def _children(self) -> list[dropout_steps.Child]:
        store, term = self.desk.store, self.desk.term
        if not store.has(term, "dropouts"):
            return []
        return dropout_steps.children(store.read(term, "dropouts"), self.desk.today, self._policy, Calendar.load())

    @cached_property
    def _standings(self) -> list[county_view.Standing]:
        return county_view.standings(self.desk.cases(), self.desk.today)

    @cached_property
    def _checks(self) -> check_records.CheckRecords:
        return check_records.overview(self.desk.book, self.answer.edition)

    def _closed(self) -> frozenset[str]:
        """The findings that people have closed."""
        return closed_of(case for cases in self.desk.cases().values() for case in cases)

    def _key(self, name: str) -> str:
        return f"{self.desk.actor.name}:county:{self.desk.term}:{name}"

    def _table(self, anchor: str, title: str, hint: str, rows: TableDesk, form: TableForm) -> Section:
        return Section(heading(anchor, title, hint), table(self.live, rows, self._key(anchor), form))

    # ---- the parts ----

    def top(self) -> HtmlPiece:
        """What has to be done today."""
        reports, standings = self._reported, self._standings
        late = [child for child in self._children if child.late]
        tiles = [
            ("整改逾期", sum(s.overdue for s in standings), f"{sum(bool(s.overdue) for s in standings)} 所学校",
             "rectifications", "urgent"),
            ("控辍超期", len(late), "人，过了期限", "children", "urgent"),
            ("去向待核实", len(self._pool.now().children), "学生，离校去向", "pool", "urgent"),
            ("排摸没上报", len(reports.missing), f"另有 {len(reports.late)} 所迟报", "reported", "urgent"),
            ("处理意见待定", self._measure_table.waiting(), "所学校", "measures", "soon"),
            ("待会签", self._countersign_table.waiting(), "所学校", "signoffs", "soon"),
            ("签署后新增", sum(map(len, self.desk.later().values())), "条待认定，签署后查出", "signoffs", "soon"),
            ("认定冲突", sum(s.conflicts for s in standings), "两人认定不同", "rectifications", "soon"),
            ("两校一件待定", self._two_sided.waiting(), "件，一次定两校", "two_sided", "soon"),
            ("回潮", sum(s.returned for s in standings), "销号后又查出", "rectifications", "soon"),
            ("待销号", sum(s.to_close for s in standings), "属实，复查未再发现", "rectifications", "soon"),
            ("更正通知待发", self._correction_table.waiting(), "所学校，文书里写错过", "corrections", "urgent"),
            ("交来待导入", self._handover_table.waiting(), "份表册", "incoming", "soon"),
            ("误报过半", len(self._checks.mostly_wrong), f"项检查，认定 {MANY} 条以上", "checks", "soon"),
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

    @cached_property
    def towns(self) -> dict[str, list[county_view.SchoolLine]]:
        """Township → its schools with their findings, without closed ones."""
        return county_view.heat(self.answer, self.desk.cases())

    def heat(self) -> HtmlPiece:
        """The heat map: townships × violations."""
        return piece("county_heat", towns=self.towns, violations=VIOLATIONS_SHORT, live=self.live)

    def measures(self) -> Section:
        """The table of measures to decide."""
        hint = "只按已经认定属实的算，数字在 data/policy 里。由局负责人定；与建议不同的，写明原因。"
        form = TableForm(
            measure_desk.COLUMNS, measure_desk.ACTIONS, measure_desk.FIELDS,
            empty="还没有要处理的学校：没有认定属实的问题。", waiting=measure_desk.OPEN,
        )  # fmt: skip
        return self._table("measures", "处理意见", hint, self._measure_table, form)

    def rectifications(self) -> HtmlPiece:
        """How far each school is with putting its findings right."""
        rows = [
            (self.desk.name(standing.school_id) if standing.school_id else "（不属于学校的）", standing)
            for standing in self._standings
        ]
        return piece("county_rectifications", rows=rows, most=_MOST, live=self.live)

    def two_sided(self) -> Section:
        """The table of findings of two schools that are one case, to decide for both."""
        return self._table("two_sided", "两校一件", self._two_sided.hint, self._two_sided, self._two_sided.form())

    def corrections(self) -> Section:
        """The table of schools that are owed a 更正通知."""
        hint = (
            "限期整改通知书、通报里写过的属实问题，后来改了认定（不属实、豁免、撤销等）的，要给学校发更正通知。"
            "下一份通报也会写明更正。"
        )
        form = TableForm(
            correction_desk.COLUMNS, correction_desk.ACTIONS, correction_desk.FIELDS,
            empty="没有要更正的文书。", waiting=correction_desk.DUE,
        )  # fmt: skip
        return self._table("corrections", "更正通知", hint, self._correction_table, form)

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

    def pool(self) -> Section:
        """The children whom nobody surely teaches, one table for all townships."""
        return self._pool.section(self.live, self._key("pool"))

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
            report_days=self._policy["township_report_days"], notice_days=self._policy["return_notice_days"],
        )  # fmt: skip

    def signoffs(self) -> Section:
        """The table of signed schools, for the countersignature."""
        hint = "督查人员在核查清单上签署，局负责人在这里会签；签署和会签不能是同一个人。重新打开要写原因。"
        form = TableForm(
            countersign_desk.COLUMNS, countersign_desk.ACTIONS, countersign_desk.FIELDS,
            empty="还没有学校签署。", waiting="待会签的",
        )  # fmt: skip
        return self._table("signoffs", "签署与会签", hint, self._countersign_table, form)

    def incoming(self) -> Section:
        """The queue of files that schools handed in."""
        hint = (
            "校长在本校页面交来的，已经单独检查过。先点开那一行，看与现有的差异，再导入；"
            "导入后替换那所学校的那张表，原来的留在历史里；重新核查才计入。"
        )
        form = TableForm(
            handover_desk.COLUMNS, handover_desk.ACTIONS, handover_desk.FIELDS,
            empty="没有交来的表册。", waiting="待导入的",
        )  # fmt: skip
        return self._table("incoming", "各校交来的表册", hint, self._handover_table, form)

    def checks(self) -> HtmlPiece:
        """What became of each check: how many of its findings were judged, and how many were not true."""
        checks = self._checks
        return piece(
            "county_checks", heads=check_records.HEADS, hint=check_records.HINT, many=MANY, most=_MOST,
            wrong=checks.mostly_wrong, judged=checks.judged, never=checks.never, by_people=checks.by_people,
        )  # fmt: skip

    def duties(self) -> Section:
        """What the notice asks of every school each year."""
        return duties_section(self.desk, self.answer, self.live, self._key("duties"))

    def accounts(self) -> Section:
        """The table of accounts."""
        hint = "新建账号、重置口令用命令：xueji user add、xueji user passwd。停用马上生效，正在用的页面也会断开。"
        desk = account_desk.AccountTable(self.desk)
        form = TableForm(
            account_desk.COLUMNS, account_desk.ACTIONS, account_desk.FIELDS, empty="还没有账号。", waiting="锁定的"
        )
        return self._table("accounts", "账号", hint, desk, form)
