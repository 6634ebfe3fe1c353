"""The bureau's page: the whole county, first what has to be done today.

Run by hand or by papermill the same is shown as text, for the archive.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from xueji_lib.casebook.closed_findings import apart_ids, closed_of
from xueji_lib.casebook.judging import judged
from xueji_lib.casebook.sightings import last_day
from xueji_lib.judge import results, school_background
from xueji_lib.notebook.audit import parameters
from xueji_lib.notebook.by_hand import USER, served
from xueji_lib.register.policy import Policy
from xueji_lib.reports.pages import background_page
from xueji_lib.reports.pages.piece import HtmlPiece
from xueji_lib.views import county_view
from xueji_lib.web.desks import account_desk, correction_desk, countersign_desk, handover_desk, measure_desk
from xueji_lib.web.desks.two_sided_desk import TwoSidedTable
from xueji_lib.web.pages.bureau_figures import CountyFigures
from xueji_lib.web.pages.bureau_lists import CountyLists
from xueji_lib.web.pages.bureau_papers import PoolPart, duties_section
from xueji_lib.web.pages.bureau_visits import VisitsPart
from xueji_lib.web.pages.opening_errors import shows_errors
from xueji_lib.web.pages.section import Section, following, heading, table
from xueji_lib.web.pages.visitor import inspecting
from xueji_lib.web.panels.live_piece import LivePiece
from xueji_lib.web.panels.table_panel import TableDesk, TableForm
from xueji_lib.web.shared.county_desk import CountyDesk

_SKIPS: Final = (
    ("跳到各校进度", "#schools"),
    ("跳到全县疑点", "#findings"),
    ("跳到等着处理的第一条", ".xt .xr-waiting .xr-open"),
)


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
        self._visits = VisitsPart(desk, answer)
        waiting = {
            "measures": self._measure_table.waiting, "signoffs": self._countersign_table.waiting,
            "corrections": self._correction_table.waiting, "incoming": self._handover_table.waiting,
            "pool": lambda: len(self._pool.now().children), "two_sided": self._two_sided.waiting,
        }  # fmt: skip
        self._figures = CountyFigures(desk, answer, self._policy, waiting)
        self._lists = CountyLists(desk, answer, live)

    def _closed(self) -> frozenset[str]:
        """The findings that people have closed."""
        return closed_of(case for cases in self.desk.cases().values() for case in cases)

    def _key(self, name: str) -> str:
        return f"{self.desk.actor.name}:county:{self.desk.term}:{name}"

    def _table(self, anchor: str, title: str, hint: str, rows: TableDesk, form: TableForm) -> Section:
        return Section(heading(anchor, title, hint), table(self.live, rows, self._key(anchor), form))

    def _following(
        self, name: str, make: Callable[[], HtmlPiece], skips: Sequence[tuple[str, str]] = ()
    ) -> LivePiece | HtmlPiece:
        return following(self.live, self.desk, self._key(name), make, skips)

    # ---- the parts ----

    def top(self) -> LivePiece | HtmlPiece:
        """What has to be done today."""
        return self._following("top", self._figures.top, _SKIPS)

    @property
    def towns(self) -> dict[str, list[county_view.SchoolLine]]:
        """Township → its schools with their findings, without closed ones."""
        return self._figures.towns()

    def visits(self) -> Section:
        """Plans of visits, how far each is, and what roll-calls of drawn classes let say of the county."""
        return self._visits.section(self.live, self._key("visits"))

    def heat(self) -> LivePiece | HtmlPiece:
        """The heat map: townships × violations."""
        return self._following("heat", partial(self._figures.heat, self.live))

    def trend(self) -> Section:
        """The county's terms side by side."""
        apart = apart_ids(self.desk.book, self.desk.today)
        held_against = school_background.of_answer(self.desk.store, self.answer, apart).of_county()
        return Section(heading("trend", "与前几个学期"), background_page.trend(held_against))

    def schools(self) -> Section:
        """The list of schools and how far each is."""
        return self._lists.schools(self._key("schools"))

    def findings(self) -> Section:
        """The list of all findings of the county."""
        return self._lists.findings(self._key("findings"))

    def measures(self) -> Section:
        """The table of measures to decide."""
        hint = "只按已经认定属实的算，数字在 data/policy 里。由局负责人定；与建议不同的，写明原因。"
        form = TableForm(
            measure_desk.COLUMNS, measure_desk.ACTIONS, measure_desk.FIELDS,
            empty="还没有要处理的学校：没有认定属实的问题。", waiting=measure_desk.OPEN,
        )  # fmt: skip
        return self._table("measures", "处理意见", hint, self._measure_table, form)

    def rectifications(self) -> LivePiece | HtmlPiece:
        """How far each school is with putting its findings right."""
        return self._following("rectifications", partial(self._figures.rectifications, self.live))

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
        return self._figures.reported()

    def pool(self) -> Section:
        """The children whom nobody surely teaches, one table for all townships."""
        return self._pool.section(self.live, self._key("pool"))

    def children(self) -> HtmlPiece:
        """The children being brought back, and those of school age whom no register has (R710), by township."""
        return self._figures.children()

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

    def checks(self) -> LivePiece | HtmlPiece:
        """What became of each check: how many of its findings were judged, and how many were not true."""
        return self._following("checks", self._figures.checks)

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
