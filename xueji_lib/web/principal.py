"""The principal's page: his school alone, read from its own view of the store, written through the fenced casebook.

Run by hand or by papermill (then for ``school_id`` of a whole store) the same is shown as text, for the archive.
"""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from xueji_lib.casebook import replies, school_view
from xueji_lib.casebook.book import Casebook
from xueji_lib.casebook.scoped import Desk as Fenced
from xueji_lib.intake import handover
from xueji_lib.judge import results, shelf, standing
from xueji_lib.notebook.audit import parameters
from xueji_lib.register import labels
from xueji_lib.register.calendar import Calendar
from xueji_lib.reports import deliverables, ledgers, verdicts
from xueji_lib.reports.html import Shown
from xueji_lib.reports.letter_facts import LetterFacts
from xueji_lib.reports.standing_chart import standing_svg
from xueji_lib.support.errors import StoreError, UsageError
from xueji_lib.views import duties
from xueji_lib.web import explaining, rectify
from xueji_lib.web.desk import SchoolDesk
from xueji_lib.web.failing import told
from xueji_lib.web.papers import Offer, Papers, Received
from xueji_lib.web.section import Section, heading, listing, table
from xueji_lib.web.shown import piece, styles
from xueji_lib.web.visitor import visitor

_EARLIER: Final = 2  # terms shown besides this one
_OFFERED: Final = {
    "findings.xlsx": ("问题台账", "本校全部疑点；反馈栏可以填，填好在下面交回"),
    "附件1.xlsx": ("附件1", "人籍不一致统计表，按核对结果填好，核对后签字盖章"),
    "限期整改通知书.docx": ("限期整改通知书", "已认定属实的问题和期限"),
    "保密承诺书.docx": ("保密承诺书", "学校和学籍管理员每学年签订"),
}


@told
def open_page(school_id: str = "", term: str = "", as_of: str = "", store: str = "") -> Page:
    """The page of whoever the door let in. Raises UsageError, StoreError."""
    who = visitor()
    if who.school_id:
        fenced = Fenced.of_visitor(os.environ)
        terms = fenced.store.terms()
        if not terms:
            raise StoreError("贵校还没有任何学期的数据。请等县教育体育局导入")
        desk = SchoolDesk(fenced.book, fenced.store, fenced.actor, fenced.school_id, terms[-1], dt.date.today())
        return Page(desk, live=True, incoming=fenced.book.folder.parent / "incoming")
    asked = parameters(school_id, term, as_of, store)
    book = Casebook.open(asked.store, os.environ.get("XUEJI_CASEBOOK", ""))
    desk = SchoolDesk(book, asked.store, who, asked.school_id, asked.term, asked.as_of)
    return Page(desk, live=False, incoming=asked.store.root / "incoming")


class Page:
    """``live``: served, to work in. ``incoming``: where what is handed in is queued for the county."""

    def __init__(self, desk: SchoolDesk, live: bool, incoming: Path) -> None:
        self.desk, self.live, self.incoming = desk, live, incoming

    # ---- what is known ----

    @cached_property
    def answer(self) -> results.Results | None:
        """None where the county was not judged yet."""
        return school_view.newest_answer(self.desk.store, self.desk.term, self.desk.today)

    @cached_property
    def school(self) -> results.School | None:
        return self.answer.school(self.desk.school_id) if self.answer else None

    @cached_property
    def _earlier(self) -> list[results.School]:
        found = []
        for answer in shelf.earlier(self.desk.store, self.desk.term)[-_EARLIER:]:
            try:
                found.append(answer.school(self.desk.school_id))
            except (StoreError, UsageError):  # kept by an older kit, or the school was not there yet
                continue
        return found

    @cached_property
    def _middle(self) -> Any:
        if school_view.owner(self.desk.store):
            return school_view.county_figures(self.desk.store, self.desk.term)
        if self.answer is None or self.school is None:
            return {}
        return standing.county_middle(self.answer, self.school.info["school_kind"]) or standing.county_middle(
            self.answer
        )

    @cached_property
    def _rectify(self) -> rectify.Rectify:
        return rectify.Rectify(self.desk, lambda _case: True)

    @cached_property
    def _explaining(self) -> explaining.Explaining:
        return explaining.Explaining(self.desk)

    def _key(self, name: str) -> str:
        return f"{self.desk.actor.name}:{self.desk.school_id}:{self.desk.term}:{name}"

    # ---- the parts ----

    def top(self) -> Shown:
        """Where the school stands, and what has to be done first."""
        desk, school, today = self.desk, self.school, self.desk.today
        found = list(desk.cases().values())
        lines = standing.lines(school, self._middle, self._earlier) if school else []
        waiting = sum(one.needed for one in self._explaining.mismatches())
        tiles = [
            ("整改逾期", sum(case.overdue(today) for case in found), "rectify", "urgent"),
            ("七天内到期", sum(rectify.is_soon(case, today) for case in found), "rectify", "soon"),
            ("要整改", sum(case.state in rectify.DEMANDED for case in found), "rectify", "soon"),
            ("待逐一说明", waiting, "explain", "soon"),
            ("已报，等复核", sum(case.state == rectify.REPORTED for case in found), "rectify", ""),
            ("疑点，等核实", sum(case.state == "疑点" and case.sighting.present for case in found), "rectify", ""),
        ]
        info = school.info if school else self._directory_row()
        return piece(
            "principal_top", style=styles(), info=info, term_id=desk.term, today=today.isoformat(),
            as_of=self.answer.as_of.isoformat() if self.answer else "",
            tiles=[{"label": label, "n": n, "to": to, "tone": tone} for label, n, to, tone in tiles],
            lines=lines, chart=standing_svg(lines) if lines else "", middle=self._middle,
            unlooked=any(line.unlooked for line in lines), terms=[labels.short_term(s.term_id) for s in self._earlier],
            problem="" if school else "本学期还没有核查结果。县教育体育局核查以后，这里才有疑点。",
            disclaimer=labels.DISCLAIMER,
        )  # fmt: skip

    def _directory_row(self) -> dict[str, str]:
        directory = self.desk.store.directory(self.desk.term)
        own = directory[directory["school_id"].astype("str") == self.desk.school_id]
        name = labels.text(own["school_name"].iloc[0]) if len(own) else ""
        return {"school_id": self.desk.school_id, "school_name": name}

    def rectify(self) -> Section:
        told = "要整改的排在前面，期限最早的在最上。点开一条看证据、依据和经过；在“处理”里选“报整改”。"
        again = "认定由督查人员作，校长不能改认定；整改以后，下次核查计入。"
        widget = table(
            self.live, self._rectify, self._key("rectify"), rectify.COLUMNS, rectify.ACTIONS, rectify.FIELDS,
            title="", empty="没有疑点。没查的项目不等于没有问题，见问题台账。", waiting="要整改的", upload=True,
        )  # fmt: skip
        return Section(heading("rectify", "疑点与整改", told, again), widget)

    def explain(self) -> Section:
        told = "在籍不在校、在校不在籍的，逐人写明原因和措施（通知二（一））。写了的，下次核查不再列为“未逐一说明”。"
        if not self.desk.store.has(self.desk.term, "headcount"):
            told += "还没有逐班核对表：在下面下载，填好交回。"
        widget = table(
            self.live, self._explaining, self._key("explain"), explaining.COLUMNS, explaining.ACTIONS,
            explaining.FIELDS, title="", empty="没有人籍不一致的学生。", waiting=explaining.NEEDED,
        )  # fmt: skip
        return Section(heading("explain", "人籍不一致，逐一说明", told), widget)

    def duties(self) -> Section:
        rows = [
            [year, one.registrar, one.since, one.vice_principal, one.pledge, one.trainings, "、".join(one.lacking)]
            for year in duties.years(self.desk.store)
            for one in duties.of_year(self.desk.store, year, self.desk.school_id)
        ]
        heads = ["学年", "学籍管理员", "任职日期", "分管副校长", "保密承诺书签订", "培训次数", "还缺"]
        return Section(heading("duties", "学籍管理与保密"), listing(heads, rows, "没有记录。"))

    def papers(self) -> Section:
        """Downloads, and the way back."""
        told = (
            "表里没有完整号码。交回的文件先在这里检查：只收本校的，有问题会说明在哪里；"
            "收下的由县教育体育局导入，导入后下次核查计入。"
        )
        shown = heading("papers", "下载与交表", told)
        listed = [_listed(one) for one in handover.queue(self.incoming, self.desk.school_id)]
        if not self.live:
            rows = [[one["name"], one["said"], one["at"], one["state"], one["note"]] for one in listed]
            return Section(shown, listing(["交过的文件", "内容", "时间", "状态", "说明"], rows, "没有交过文件。"))
        widget = Papers(
            self.desk, self._key("papers"), self._offers(), self._receive, listed,
            handover.LIMIT, ".xlsx,.xls,.csv,.txt",
        )  # fmt: skip
        return Section(shown, widget)

    # ---- papers ----

    def _offers(self) -> list[Offer]:
        offers = [Offer("headcount", "逐班核对表", "按班填好了名单，交给班主任点名", self._made(self._headcount))]
        if self.school is not None:
            offers += [Offer(name, label, hint, self._paper(name)) for name, (label, hint) in _OFFERED.items()]
        return offers

    def _headcount(self, folder: Path) -> Path:
        return ledgers.write_headcount(folder, self.desk.store, self.desk.term, self.desk.school_id)

    def _paper(self, name: str) -> Callable[[], tuple[str, bytes]]:
        def write(folder: Path) -> Path:
            if self.answer is None or self.school is None:
                raise UsageError("本学期还没有核查结果")
            said = verdicts.of_school(self.desk.book, self.answer, self.desk.school_id, self.desk.today)
            deliverables.write_school(self.school, LetterFacts.load(), folder, said)
            return folder / name

        return self._made(write)

    def _made(self, write: Callable[[Path], Path]) -> Callable[[], tuple[str, bytes]]:
        def make() -> tuple[str, bytes]:
            with tempfile.TemporaryDirectory(prefix="xueji-", ignore_cleanup_errors=True) as temp:
                file = write(Path(temp))
                content = file.read_bytes()
            name = "问题台账.xlsx" if file.name == "findings.xlsx" else file.name
            desk = self.desk
            desk.book.log(desk.actor.name, "下载", desk.school_id, {"file": name})
            return f"{self._directory_row()['school_name']}-{name}", content

        return make

    def _receive(self, name: str, content: bytes) -> Received:
        desk = self.desk
        found = handover.examine(desk.store, desk.school_id, desk.term, name, content, Calendar.load())
        lines, message = list(found.lines), ""
        if found.replies is not None:
            done = replies.apply(desk.book, desk.actor, desk.school_id, found.replies, term=desk.term, today=desk.today)
            message = f"{found.name}：报了 {done.reported} 条整改。"
            lines = [*done.skipped, *lines]
        if set(found.tables) - {handover.REPLIES}:
            one = handover.hand_in(
                self.incoming, desk.school_id, desk.term, found, content, desk.actor.name, desk.now()
            )  # fmt: skip
            desk.book.log(
                desk.actor.name, "上交表册", desk.school_id, {"sha256": one.sha256, "tables": dict(one.tables)}
            )
            message += f"{found.name} 收下了：{one.said}。县教育体育局导入后，下次核查计入。"
        listed = tuple(_listed(one) for one in handover.queue(self.incoming, desk.school_id))
        return Received(message, tuple(lines), listed)


def _listed(one: handover.Handed) -> dict[str, str]:
    return {"name": one.name, "said": one.said, "at": labels.moment(one.at), "state": one.state, "note": one.note}
