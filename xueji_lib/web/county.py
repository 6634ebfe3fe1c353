"""The bureau's page: the whole county, first what has to be done today.

Run by hand or by papermill the same is shown as text, for the archive.
"""

from __future__ import annotations

import os
import tempfile
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from xueji_lib.casebook import states
from xueji_lib.casebook.book import Casebook
from xueji_lib.casebook.judging import judged
from xueji_lib.casebook.sightings import last_day
from xueji_lib.judge import results
from xueji_lib.notebook.audit import parameters
from xueji_lib.register.calendar import Calendar
from xueji_lib.register.catalogue import VIOLATIONS_SHORT
from xueji_lib.register.policy import Policy
from xueji_lib.reports import duties_book
from xueji_lib.reports.html import Shown
from xueji_lib.views import county_view, dropout_steps, duties
from xueji_lib.web import account_table, deciding, signing, taking
from xueji_lib.web.county_desk import CountyDesk
from xueji_lib.web.failing import told
from xueji_lib.web.papers import Offer, Papers
from xueji_lib.web.section import Section, heading, table
from xueji_lib.web.shown import piece, styles
from xueji_lib.web.visitor import USER, inspecting

_NO_SCHOOL_RULE: Final = "R710"
_URGENT: Final = 8  # lines of the first screen
_MOST: Final = 20  # schools shown before the rest is folded


@told
def open_page(term: str = "", as_of: str = "", store: str = "") -> Page:
    """The page of whoever the door let in. ``as_of`` "": findings of the last check (judged anew where the data changed
    since), due dates against today. Raises UsageError, StoreError."""
    who, live = inspecting(), USER in os.environ
    asked = parameters("", term, as_of, store)
    url = os.environ.get("XUEJI_CASEBOOK", "")
    book = Casebook.open(asked.store, url)
    day = asked.as_of if as_of else last_day(book, asked.term) or asked.as_of
    answer = judged(asked.store, asked.term, day, url=url)
    names = dict(zip(answer.schools["school_id"].astype(str), answer.schools["school_name"].astype(str), strict=True))
    desk = CountyDesk(book, asked.store, who, asked.term, asked.as_of, names)
    return Page(desk, answer, live, book.folder.parent / "incoming")


class Page:
    """``live``: served, to work in. ``incoming``: the queue of what schools handed in."""

    def __init__(self, desk: CountyDesk, answer: results.Results, live: bool, incoming: Path) -> None:
        self.desk, self.answer, self.live = desk, answer, live
        self._policy = Policy.load(answer.edition)
        self._deciding = deciding.Deciding(desk, self._policy)
        self._signing = signing.Signing(desk)
        self._taking = taking.Taking(desk, incoming)

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

    def _key(self, name: str) -> str:
        return f"{self.desk.actor.name}:county:{self.desk.term}:{name}"

    # ---- the parts ----

    def top(self) -> Shown:
        """What has to be done today."""
        came, standing = self._reported, self._standings
        late = [child for child in self._children if child.late]
        tiles = [
            ("整改逾期", sum(one.overdue for one in standing), f"{sum(bool(one.overdue) for one in standing)} 所学校",
             "rectifications", "urgent"),
            ("控辍超期", len(late), "人，过了期限", "children", "urgent"),
            ("排摸没上报", len(came.missing), f"另有 {len(came.late)} 所迟报", "reported", "urgent"),
            ("处理意见待定", self._deciding.waiting(), "所学校", "measures", "soon"),
            ("待会签", self._signing.waiting(), "所学校", "signoffs", "soon"),
            ("认定冲突", sum(one.conflicts for one in standing), "两人认定不同", "rectifications", "soon"),
            ("回潮", sum(one.returned for one in standing), "销号后又查出", "rectifications", "soon"),
            ("交来待导入", self._taking.waiting(), "份表册", "incoming", "soon"),
        ]  # fmt: skip
        return piece(
            "county_top", style=styles(), term_id=self.desk.term, today=self.desk.today.isoformat(),
            as_of=self.answer.as_of.isoformat(), edition=self.answer.edition, schools=len(self.answer.schools),
            tiles=[dict(zip(("label", "n", "more", "to", "tone"), tile, strict=True)) for tile in tiles],
            overdue=[(self.desk.name(s.school_id), s) for s in standing if s.overdue][:_URGENT],
            late=late[:_URGENT], late_n=len(late), overdue_n=sum(bool(s.overdue) for s in standing),
            missing=[self.desk.name(school) for school in came.missing][:12], missing_n=len(came.missing),
            school_name=self.desk.name,
        )  # fmt: skip

    def heat(self) -> Shown:
        closed = frozenset(
            case.id for found in self.desk.cases().values() for case in found if case.state in states.CLOSED
        )  # fmt: skip
        towns = county_view.heat(self.answer, closed)
        return piece("county_heat", towns=towns, violations=VIOLATIONS_SHORT, live=self.live)

    def measures(self) -> Section:
        told = "只按已经认定属实的算，数字在 data/policy 里。由局负责人定；与建议不同的，写明原因。"
        widget = table(
            self.live, self._deciding, self._key("measures"), deciding.COLUMNS, deciding.ACTIONS, deciding.FIELDS,
            title="", empty="还没有要处理的学校：没有认定属实的问题。", waiting=deciding.OPEN,
        )  # fmt: skip
        return Section(heading("measures", "处理意见", told), widget)

    def rectifications(self) -> Shown:
        rows = [
            (self.desk.name(one.school_id) if one.school_id else "（不属于学校的）", one) for one in self._standings
        ]
        return piece("county_rectifications", rows=rows, most=_MOST, live=self.live)

    def reported(self) -> Shown:
        groups = [
            ("没有上报", self._reported.missing, "late"), ("迟报", self._reported.late, ""),
            ("判不了", self._reported.unknown, ""),
        ]  # fmt: skip
        shown = [
            (label, tone, [(school, self.desk.name(school), self._reported.said.get(school, "")) for school in ids])
            for label, ids, tone in groups
        ]
        on_time, not_due = len(self._reported.on_time), len(self._reported.not_due)
        return piece("county_reported", groups=shown, on_time=on_time, not_due=not_due)

    def children(self) -> Shown:
        """The children being brought back, and those of school age whom no register has (R710), by township."""
        found = self.answer.findings
        unknown = found[found["rule_id"] == _NO_SCHOOL_RULE]
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
        told = "督查人员在核查清单上签署，局负责人在这里会签；签署和会签不能是同一个人。重新打开要写原因。"
        widget = table(
            self.live, self._signing, self._key("signoffs"), signing.COLUMNS, signing.ACTIONS, signing.FIELDS,
            title="", empty="还没有学校签署。", waiting="待会签的",
        )  # fmt: skip
        return Section(heading("signoffs", "签署与会签", told), widget)

    def incoming(self) -> Section:
        told = "校长在本校页面交来的，已经单独检查过。导入后替换那所学校的那张表，原来的留在历史里；重新核查才计入。"
        widget = table(
            self.live, self._taking, self._key("incoming"), taking.COLUMNS, taking.ACTIONS, taking.FIELDS,
            title="", empty="没有交来的表册。", waiting="待导入的",
        )  # fmt: skip
        return Section(heading("incoming", "各校交来的表册", told), widget)

    def duties(self) -> Section:
        """What the notice asks of every school each year, kept for every year; exported as a workbook."""
        by_year = {year: duties.of_year(self.desk.store, year) for year in duties.years(self.desk.store)}
        shown = piece("county_duties", by_year=by_year)
        if not self.live:
            return Section(shown)

        def make() -> tuple[str, bytes]:
            with tempfile.TemporaryDirectory(prefix="xueji-", ignore_cleanup_errors=True) as temp:
                file = Path(temp, "学籍管理与保密责任.xlsx")
                duties_book.write(by_year, self.answer.as_of, file)
                self.desk.book.log(self.desk.actor.name, "导出", "", {"file": file.name})
                return file.name, file.read_bytes()

        offer = Offer("duties", "导出责任表", "各学年一张工作表", make)
        return Section(shown, Papers(self.desk, self._key("duties"), [offer]))

    def accounts(self) -> Section:
        told = "新建账号、重置口令用命令：xueji user add、xueji user passwd。停用马上生效，正在用的页面也会断开。"
        desk = account_table.AccountTable(self.desk)
        widget = table(
            self.live, desk, self._key("accounts"), account_table.COLUMNS, account_table.ACTIONS,
            account_table.FIELDS, title="", empty="还没有账号。", waiting="锁定的",
        )  # fmt: skip
        return Section(heading("accounts", "账号", told), widget)
