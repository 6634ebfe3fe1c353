"""The principal's page: one school, read from a copy of its part of the store, written to its part of the casebook.

Reading is limited by ``school_view``, writing by ``fence`` (both in ``casebook.access``).

Run by hand or by papermill (then for ``school_id`` of a whole store) the same is shown as text, for the archive.
"""

from __future__ import annotations

import datetime as dt
import os
from functools import cached_property
from pathlib import Path
from typing import Final

from xueji_lib.casebook.access import school_view
from xueji_lib.casebook.access.fence import principals_desk
from xueji_lib.casebook.closed_findings import apart_ids
from xueji_lib.casebook.desk import Desk
from xueji_lib.intake import handover
from xueji_lib.judge import results
from xueji_lib.judge.school_background import Background, of_answer
from xueji_lib.notebook.audit import parameters
from xueji_lib.register import labels
from xueji_lib.register.inspection import Inspection
from xueji_lib.register.vocabulary import CaseState
from xueji_lib.reports.pages import background_page
from xueji_lib.reports.pages.piece import HtmlPiece
from xueji_lib.views import duties
from xueji_lib.web.desks import explanation_desk, on_site_desk, rectification_desk
from xueji_lib.web.pages.html_pieces import piece, styles
from xueji_lib.web.pages.opening_errors import shows_errors
from xueji_lib.web.pages.principal_papers import SchoolPapers, handed_in
from xueji_lib.web.pages.section import Section, following, heading, listing, table
from xueji_lib.web.pages.visitor import visitor
from xueji_lib.web.panels.live_piece import LivePiece
from xueji_lib.web.panels.papers import HandIn, Papers
from xueji_lib.web.panels.table_panel import TableForm, with_bounds
from xueji_lib.web.shared.school_desk import SchoolDesk

_SKIPS: Final = (("跳到要处理的第一条", ".xt .xr-waiting .xr-open"), ("跳到下载与交表", "#papers"))


@shows_errors
def open_page(school_id: str = "", term: str = "", as_of: str = "", store: str = "") -> PrincipalPage:
    """The principal's page for the person who logged in. Raises UsageError, StoreError."""
    actor = visitor(store=store)
    if actor.school_id:
        fenced = principals_desk(os.environ, dt.date.today())
        desk = SchoolDesk.of(fenced, actor.school_id)
        return PrincipalPage(desk, live=True, incoming=fenced.book.folder.parent / "incoming")
    request = parameters(school_id, term, as_of, store)
    workplace, inspection = request.workplace, request.inspection
    whole = Desk(workplace.open_casebook(), workplace.store, actor, inspection.term_id, inspection.as_of)
    desk = SchoolDesk.of(whole, request.school_id)
    return PrincipalPage(desk, live=False, incoming=workplace.store.root / "incoming")


class PrincipalPage:
    """``live``: served, to work in. ``incoming``: where what is handed in is queued for the county."""

    def __init__(self, desk: SchoolDesk, live: bool, incoming: Path) -> None:
        self.desk, self.live, self.incoming = desk, live, incoming

    # ---- the results ----

    @cached_property
    def answer(self) -> results.Results | None:
        """The newest results of the county; None where it was not judged yet."""
        return school_view.newest_answer(self.desk.store, Inspection(self.desk.term, self.desk.today))

    @cached_property
    def school(self) -> results.School | None:
        """The school's part of the results; None where there are none."""
        return self.answer.school(self.desk.school_id) if self.answer else None

    @cached_property
    def _background(self) -> Background:
        store, term = self.desk.store, self.desk.term
        if school_view.owner(store):
            return school_view.background_of(store, term)
        if self.answer is None:
            return Background()
        apart = apart_ids(self.desk.book, self.desk.today)
        return of_answer(store, self.answer, apart).of_school(self.desk.school_id)

    @cached_property
    def _rectification_table(self) -> rectification_desk.RectificationTable:
        return rectification_desk.RectificationTable(self.desk, lambda case: not case.awaits_school)

    @cached_property
    def _on_site_table(self) -> on_site_desk.OnSiteTable:
        return on_site_desk.OnSiteTable(self.desk, on_site_desk.awaits_school)

    @cached_property
    def _explanation_table(self) -> explanation_desk.ExplanationTable:
        return explanation_desk.ExplanationTable(self.desk)

    def _key(self, name: str) -> str:
        return f"{self.desk.actor.name}:{self.desk.school_id}:{self.desk.term}:{name}"

    # ---- the parts ----

    def top(self) -> LivePiece | HtmlPiece:
        """The first screen: how the school compares with the county, and what has to be done first."""
        return following(self.live, self.desk, self._key("top"), self._top, _SKIPS)

    def _top(self) -> HtmlPiece:
        desk, school, today = self.desk, self.school, self.desk.today
        cases = list(desk.cases().values())
        waiting = sum(mismatch.needed for mismatch in self._explanation_table.mismatches())
        on_site = sum(case.still_awaits_school for case in cases)
        unlooked = sum(case.state == CaseState.OPEN and case.sighting.present for case in cases)
        tiles = [
            ("整改逾期", sum(case.overdue(today) for case in cases), "rectify", "urgent"),
            ("七天内到期", sum(rectification_desk.is_soon(case, today) for case in cases), "rectify", "soon"),
            ("要整改", sum(rectification_desk.is_demanded(case) for case in cases), "rectify", "soon"),
            ("现场发现，待说明", on_site, "on_site", "soon"),
            ("待逐一说明", waiting, "explain", "soon"),
            ("已报，等复核", sum(case.state == CaseState.REPORTED for case in cases), "rectify", ""),
            ("未再发现，等销号", sum(case.to_close for case in cases), "rectify", ""),
            ("疑点，等核实", unlooked, "rectify", ""),
        ]
        info = school.info if school else self._directory_row()
        return piece(
            "principal_top", style=styles(), info=info, term_id=desk.term, today=today.isoformat(),
            as_of=self.answer.as_of.isoformat() if self.answer else "",
            tiles=[{"label": label, "n": n, "to": to, "tone": tone} for label, n, to, tone in tiles],
            **background_page.values(self._background),
            problem="" if school else "本学期还没有核查结果。县教育体育局核查以后，这里才有疑点。",
            disclaimer=labels.DISCLAIMER,
        )  # fmt: skip

    def _school_name(self) -> str:
        return self._directory_row()["school_name"]

    def _directory_row(self) -> dict[str, str]:
        directory = self.desk.store.directory(self.desk.term)
        own = directory[directory["school_id"].astype("str") == self.desk.school_id]
        name = labels.text(own["school_name"].iloc[0]) if len(own) else ""
        return {"school_id": self.desk.school_id, "school_name": name}

    def rectify(self) -> Section:
        """The table of findings, to report what was put right."""
        hint = "要整改的排在前面，期限最早的在最上。点开一条看证据、依据和经过；在“处理”里选“报整改”。"
        scope = "认定由督查人员作，校长不能改认定；整改以后，下次核查计入。"
        form = TableForm(
            rectification_desk.COLUMNS,
            rectification_desk.ACTIONS,
            with_bounds(rectification_desk.FIELDS, self.desk.today),
            empty="没有疑点。没查的项目不等于没有问题，见问题台账。",
            waiting="要整改的",
            upload=True,
        )
        widget = table(self.live, self._rectification_table, self._key("rectify"), form)
        return Section(heading("rectify", "疑点与整改", hint, scope), widget)

    def on_site(self) -> Section:
        """The table of what people saw at the school and wait for its word, to answer each."""
        hint = f"{on_site_desk.HINT}点开一条看经过；在“处理”里写说明。核对表报错了的，更正后在下面交回。"
        form = TableForm(
            on_site_desk.COLUMNS,
            on_site_desk.ACTIONS[:1],
            on_site_desk.FIELDS,
            empty="没有等学校说明的。",
            waiting="还没有说明的",
            upload=True,
        )
        widget = table(self.live, self._on_site_table, self._key("on_site"), form)
        return Section(heading("on_site", CaseState.ON_SITE, hint), widget)

    def explain(self) -> Section:
        """The table of students for whom register and headcount differ, to explain each."""
        hint = "在籍不在校、在校不在籍的，逐人写明原因和措施（通知二（一））。写了的，下次核查不再列为“未逐一说明”。"
        hint += "几名学生情形一样的，选中一起写；各人不同的，一人一条写。"
        if not self.desk.store.has(self.desk.term, "headcount"):
            hint += "还没有逐班核对表：在下面下载，填好交回。"
        form = TableForm(
            explanation_desk.COLUMNS,
            explanation_desk.ACTIONS,
            explanation_desk.FIELDS,
            empty="没有人籍不一致的学生。",
            waiting=explanation_desk.NEEDED,
            groups=explanation_desk.GROUPS,
        )
        widget = table(self.live, self._explanation_table, self._key("explain"), form)
        return Section(heading("explain", "人籍不一致，逐一说明", hint), widget)

    def duties(self) -> Section:
        """Who keeps the register and the papers, year by year."""
        columns = [*duties.RECORDED, next(column for column in duties.COLUMNS if column.name == "lacking")]
        rows = [
            [year, *(duty.cells[column.name] for column in columns)]
            for year in duties.years(self.desk.store)
            for duty in duties.of_year(self.desk.store, year, self.desk.school_id)
        ]
        heads = ["学年", *(column.heading for column in columns)]
        return Section(heading("duties", "学籍管理与保密"), listing(heads, rows, "没有记录。"))

    def papers(self) -> Section:
        """Files to download, and where filled-in ones are handed in."""
        hint = (
            "表里没有完整号码。交回的文件先在这里检查：只收本校的，有问题会说明在哪里；"
            "收下的由县教育体育局导入，导入后下次核查计入。"
        )
        title = heading("papers", "下载与交表", hint)
        listed = handed_in(self.incoming, self.desk.school_id)
        if not self.live:
            rows = [[file["name"], file["said"], file["at"], file["state"], file["note"]] for file in listed]
            return Section(title, listing(["交过的文件", "内容", "时间", "状态", "说明"], rows, "没有交过文件。"))
        files = SchoolPapers(self.desk, self.incoming, self.answer, self.school, self._school_name)
        hand_in = HandIn(
            files.receive, listed, handover.LIMIT, ".xlsx,.xls,.csv,.txt", files.selfcheck, files.difference
        )
        widget = Papers(self.desk, self._key("papers"), files.offers(), hand_in)
        return Section(title, widget)
