"""What people do in a keepsake's county, written out: every state of a finding, and everything else a casebook holds.

The clock goes on by a second whenever it is asked. Nothing here is a real person.
"""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path
from typing import Any

import openpyxl
import says
from PIL import Image
from says import AS_OF, TERM, TODAY, module

A, B, C, D = "2164422001", "2164422002", "3164422003", "3164422004"
"""Schools: judged through and through, carried on a laptop, closed for good and reopened, countersigned."""
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n%%EOF\n"


class Clock:
    """Goes on by a second whenever it is asked."""

    def __init__(self, day: int, hour: int) -> None:
        self.now = dt.datetime(2026, 11, day, hour, tzinfo=dt.UTC)

    def __call__(self) -> dt.datetime:
        self.now += dt.timedelta(seconds=1)
        return self.now


def people() -> dict[str, Any]:
    """Who acts, by a short name."""
    actor = module("casebook.log.events", "casebook.events").Actor
    return {
        "first": actor("王督查", "inspector"),
        "second": actor("李督查", "inspector"),
        "head": actor("周局长", "director"),
        "principal": actor("甲校长", "principal", A),
    }


def at_work(root: Path, book: Any) -> dict[str, Any]:
    """Everybody at a desk of their own, the open casebook before them, by the short names of ``people``."""
    desk, store = module("casebook.desk").Desk, module("store").Store.open(root)
    return {name: desk(book, store, actor, TERM, TODAY) for name, actor in people().items()}


def decide(desk: Any, finding_id: str, **body: str) -> None:
    """Take one step in a finding's life."""
    module("casebook.cases").decide(desk, finding_id, body)


def open_findings(book: Any, school: str) -> list[str]:
    """Findings of a school that nobody has decided, in the order of its list."""
    return [case.id for case in module("casebook.cases").of_school(book, school, TODAY) if not case.history]


def at_the_office(root: Path) -> None:
    """Every state of a finding, evidence, answers, a measure, a roll-call, an explanation, sign-offs."""
    evidence, answers, measures = (
        module("casebook.evidence"),
        module("casebook.on_site_answers"),
        module("casebook.measures"),
    )
    report = {"note": "已按要求更正", "person": "张老师", "done": "2026-11-22"}
    with says.casebook(root, Clock(20, 1)) as book:
        who = at_work(root, book)
        true, false, doubtful, told, reported, closed, again, exempt, *_ = open_findings(book, A)
        for finding in (true, told, reported, closed, again):
            decide(who["first"], finding, to="属实")
        decide(who["first"], false, to="不属实", note="核对原件，台账无误")
        decide(who["second"], doubtful, to="待补证", note="等学校交出院证明")
        for finding in (told, reported, closed, again):
            decide(who["first"], finding, to="已通知", due="2026-12-18")
        for finding in (reported, closed, again):
            decide(who["principal"], finding, to="学校已报整改", **report)
        decide(who["second"], closed, to="复核销号", note="现场看过，已改")
        decide(who["second"], again, to="复核不通过", note="系统里还没有改")
        approved = {"reason": "历史遗留已备案", "approver": "周局长", "until": "2027-08-31"}
        decide(who["head"], exempt, to="豁免", note="县教体局〔2019〕12号", **approved)
        evidence.attach(who["first"], A, f"finding/{true}", "台账原件.pdf", PDF)
        evidence.attach(who["second"], A, f"finding/{false}", "原件.png", picture())
        questions = [question.id for question in module("register.catalogue").load("2020-154").questions]
        answers.answer(who["first"], A, answers.Tick(questions[0], "符合"), questions=questions)
        answers.answer(who["second"], A, answers.Tick(questions[1], "不符合", "没有专人保管"), questions=questions)
        suggestion = measures.Suggestion("限期整改", ("属实 4 条，尚未销号",), 0)
        measures.decide(who["head"], A, measures.Choice("限期整改"), suggestion)
        on_site(who)
        signoff = module("casebook.signoff")
        signoff.step(who["first"], D, "sign")
        signoff.step(who["head"], D, "countersign")
        signoff.step(who["second"], C, "sign")
        signoff.step(who["head"], C, "reopen", "还有一张表没有看")


def on_site(who: dict[str, Any]) -> None:
    """The smallest class of a school called, and one mismatch explained by the principal."""
    rollcall, roster, explain = (module(f"casebook.{name}") for name in ("rollcall", "roster", "explanations"))
    inspector = who["first"]
    grade, number, _ = min(roster.classes(inspector.store, TERM, A), key=lambda row: row[2])
    smallest = roster.SchoolClass(A, grade, number)
    pupils = roster.students(inspector.book, inspector.store, TERM, smallest)
    extra = [{"name": "巴小北", "sex": "女", "number": "", "situation": "借读旁听", "origin": "邻县"}]
    rollcall.save(inspector, smallest, rollcall.Attendance(AS_OF, {pupils[0].ref: "请假"}, extra, "上午第一节"))
    mismatches = explain.mismatches(inspector.book, inspector.store, A, TERM)
    ref = next(mismatch.ref for mismatch in mismatches if mismatch.needed)
    explain.explain(who["principal"], A, ref, explain.Explanation("随父母外出，十二月返校", "每周联系家长"))


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(out, "PNG")
    return out.getvalue()


def closed_for_good(root: Path) -> None:
    """A finding put right and closed, with no later change of data to bring it back."""
    with says.casebook(root, Clock(20, 8)) as book:
        who = at_work(root, book)
        finding = open_findings(book, C)[0]
        decide(who["second"], finding, to="属实")
        decide(who["second"], finding, to="已通知", due="2026-11-27")
        decide(who["second"], finding, to="学校已报整改", note="补交了表", person="丁老师", done="2026-11-20")
        decide(who["head"], finding, to="复核销号", note="表已看过")


def apart(office: Path, laptop: Path) -> None:
    """What office and laptop decide without knowing of one another: one finding both ways, one on the laptop alone."""
    with says.casebook(office, Clock(21, 1)) as book:
        who = at_work(office, book)
        contested, alone, *_ = open_findings(book, B)
        decide(who["first"], contested, to="不属实", note="学校电话里说清了")
    with says.casebook(laptop, Clock(21, 1)) as book:
        who = at_work(laptop, book)
        decide(who["second"], contested, to="属实", note="到校看了，人不在")
        decide(who["second"], alone, to="属实", note="到校看了")
        about, scan = f"finding/{alone}", PDF + b"%"
        module("casebook.evidence").attach(who["second"], B, about, "现场.pdf", scan)


def filled_in(workbook: Path, target: Path) -> int:
    """The school's list with two findings answered, saved by another program; the rows filled in."""
    book, filled = openpyxl.load_workbook(workbook), 0
    for sheet in book.worksheets:
        heads = {str(cell.value): cell.column for cell in sheet[3] if cell.value}
        if "整改措施" in heads and "疑点编号" in heads:
            for row in (4, 5):
                if filled < 2 and sheet.cell(row, heads["疑点编号"]).value:
                    sheet.cell(row, heads["整改措施"], "已补办手续")
                    sheet.cell(row, heads["责任人"], "马老师")
                    sheet.cell(row, heads["完成日期"], dt.date(2026, 11, 23))
                    filled += 1
    book.save(target)
    return filled
