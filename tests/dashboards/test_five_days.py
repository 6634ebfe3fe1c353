"""Five days of an inspection: two inspectors, a principal, the bureau, a package out and back. After each day all
pages, papers and exports say the same of every finding (``surfaces``)."""

from __future__ import annotations

import datetime as dt
import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from tests.dashboards.surfaces import DIRECTOR, INSPECTOR, Surfaces
from tests.filled_letters import fill_in
from xueji_lib import demo, intake
from xueji_lib.casebook import (
    cases,
    explanations,
    false_report,
    letter_corrections,
    measures,
    rollcall,
    signoff,
)
from xueji_lib.casebook.access import school_view
from xueji_lib.casebook.access.fence import principals_desk
from xueji_lib.casebook.cases import Case
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.explanations import Explanation
from xueji_lib.casebook.judging import judged
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.log.events import Actor
from xueji_lib.casebook.rollcall import Attendance
from xueji_lib.casebook.roster import SchoolClass, classes, students
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.cli import xueji
from xueji_lib.cli.chinese import run
from xueji_lib.judge import shelf
from xueji_lib.register import catalogue
from xueji_lib.register.calendar import Calendar
from xueji_lib.register.inspection import Inspection
from xueji_lib.register.policy import Policy
from xueji_lib.store import Store
from xueji_lib.web.desks.correction_desk import SENT, CorrectionTable
from xueji_lib.web.desks.handover_desk import HandoverTable
from xueji_lib.web.pages.principal_papers import SchoolPapers
from xueji_lib.web.shared.county_desk import CountyDesk
from xueji_lib.web.shared.school_desk import SchoolDesk

pytestmark = pytest.mark.slow

SECOND = Actor("督查乙", "inspector")
MONDAY, TUESDAY, WEDNESDAY = (dt.date(2026, 11, day) for day in (16, 17, 18))
FRIDAY, WEEK_AFTER = dt.date(2026, 11, 20), dt.date(2026, 11, 28)
WORD = "督查-口令-2026"


class Office:
    """The bureau: its store, what its batches write, and who works there."""

    def __init__(self, root: Path) -> None:
        demo.make(root, schools=6, students=700, seed=7)
        self.root, self.store, self.term, self.day = root, Store(root / "store"), demo.TERM, MONDAY
        for term in (demo.PREVIOUS_TERM, demo.TERM):
            intake.run(root / "inbox" / term, self.store, term, Calendar.load())
        ids = self.store.directory(self.term)["school_id"].astype(str)
        self.own, self.far = sorted(school for school in ids if school.startswith("21"))[:2]

    def command(self, *arguments: str, store: Path | None = None) -> None:
        assert run(xueji, ["--store", str(store or self.store.root), *arguments]) in (0, 4)

    def judge(self) -> None:
        """The county is judged, as by opening a page."""
        judged(Workplace(self.store), Inspection(self.term, self.day))

    def close_the_day(self) -> None:
        """The batch runs, and everything agrees."""
        out = self.root / "成果"
        day = self.day.isoformat()
        self.command("batch", "--term", self.term, "--as-of", day, "--out", str(out), "--jobs", "1")
        assert Surfaces(self.store, self.term, self.day, out).disagreements() == []

    def desk(self, book: Casebook, actor: Actor = INSPECTOR, store: Store | None = None) -> Desk:
        return Desk(book, store or self.store, actor, self.term, self.day)

    def known(self, book: Casebook, school: str) -> list[Case]:
        return cases.of_school(book, school, self.day)

    def undecided(self, book: Casebook, school: str) -> list[Case]:
        return [case for case in self.known(book, school) if case.state == "疑点" and case.sighting.present]

    def principal(self) -> tuple[SchoolDesk, SchoolPapers]:
        """The principal of ``own`` at his page: his view of the store, the casebook behind its fence."""
        view = school_view.refresh(Workplace(self.store), self.own, self.day)
        who = {
            "HTTP_X_XUEJI_USER": "王校长", "HTTP_X_XUEJI_ROLE": "principal", "HTTP_X_XUEJI_SCHOOL": self.own,
            "XUEJI_STORE": str(view.root), "XUEJI_CASEBOOK_FOLDER": str(self.store.root / "casebook"),
        }  # fmt: skip
        desk = SchoolDesk.of(principals_desk(who, self.day), self.own)
        answer = shelf.newest(view, self.term)
        assert answer is not None
        school, incoming = answer.school(self.own), self.store.root / "incoming"
        return desk, SchoolPapers(desk, incoming, answer, school, lambda: school.name)

    def county_desk(self, book: Casebook) -> CountyDesk:
        names = dict(self.store.directory(self.term)[["school_id", "school_name"]].astype(str).to_numpy())
        return CountyDesk(book, self.store, DIRECTOR, self.term, self.day, names=names)

    def take_what_was_handed_in(self) -> None:
        """The bureau looks at the queue and takes it."""
        with Casebook.open(self.store) as book:
            table = HandoverTable(self.county_desk(book), self.store.root / "incoming", self.day)
            for row in table.rows():
                if row.waiting:
                    table.blocks(row.id)
                    table.step({row.id: ()}, "导入", {})


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setattr("xueji_lib.casebook.carry.sealed._COST", {"n": 2**4, "r": 8, "p": 1})
    fill_in(tmp_path / "工具箱", monkeypatch)
    yield Office(tmp_path / "县")
    shutil.rmtree(tmp_path / "县", ignore_errors=True)


def decide(desk: Desk, case: Case, to: str, **more: str) -> None:
    cases.decide(desk, case.id, {"to": to, **more})


def call_a_class(office: Office, book: Casebook, desk: Desk, school: str) -> SchoolClass:
    """Two who were reported present are away, one sits there unregistered; returns the class."""
    answer = shelf.newest(desk.store, office.term)
    assert answer is not None
    for grade, class_no, _ in classes(desk.store, office.term, school):
        school_class = SchoolClass(school, grade, class_no)
        listed = students(book, desk.store, office.term, school_class)
        there = [student for student in listed if student.registered and not student.preset]
        if len(there) > 5:
            away = {there[0].ref: "其他", there[1].ref: "请假"}
            extra = [{"name": "马旁听", "situation": "借读旁听"}]
            roll = rollcall.save(desk, school_class, Attendance(office.day, away, extra))
            false_report.keep(book, desk.store, answer.school(school), roll)
            return school_class
    raise AssertionError("no class")


def test_page_paper_casebook_and_exports_agree(office: Office) -> None:
    office.judge()

    # Monday. One inspector at a school, another takes a package to a school without network.
    with Casebook.open(office.store) as book:
        desk = office.desk(book)
        found = office.undecided(book, office.own)
        assert len(found) >= 12
        for case in found[:6]:
            decide(desk, case, "属实")
        for case in found[6:8]:
            decide(desk, case, "不属实", note="已核实，材料齐全")
        decide(desk, found[8], "待补证", note="材料要再看")
        decide(desk, found[9], "豁免", note="县里另有规定", reason="政策特许", approver="周局长", until="2027-06-30")
        called = call_a_class(office, book, desk, office.own)
        far = office.undecided(book, office.far)
        assert len(far) >= 4
        decide(desk, far[0], "属实")
        waiting = {case.id for case in office.known(book, office.own) if case.still_awaits_school}
        assert any(key.startswith("S201") for key in waiting)
    office.close_the_day()
    laptop, package, back = office.root / "笔记本", office.root / "带出.xjpack", office.root / "带回.xjpack"
    _with_password("pack", office.far, "--term", office.term, "--as-of", office.day.isoformat(),
                   "--out", str(package), store=office.store.root)  # fmt: skip
    _with_password("merge", str(package), store=laptop)

    # Tuesday. Notices are given; the principal explains and corrects his headcount; out there somebody decides
    # otherwise.
    office.day = TUESDAY
    with Casebook.open(office.store) as book:
        desk = office.desk(book)
        confirmed = [case for case in office.known(book, office.own) if case.state == "属实"]
        # What rests on the headcount goes with the corrected one; of the rest two run out of time.
        confirmed.sort(key=lambda case: "headcount" in catalogue.load()[case.finding["rule_id"]].needs)
        for case, days in zip(confirmed[:5], (8, 8, 9, 9, 30), strict=True):
            due = (office.day + dt.timedelta(days)).isoformat()
            decide(desk, case, "已通知", due=due, note="请整改")
        decide(desk, office.undecided(book, office.far)[0], "属实")
    part = Store.open(laptop)
    with Casebook.open(part) as book:
        desk = office.desk(book, SECOND, part)
        theirs = office.undecided(book, office.far)
        decide(desk, theirs[0], "不属实", note="看过原件")
        decide(desk, theirs[1], "属实")
        call_a_class(office, book, desk, office.far)
    principal, papers = office.principal()
    told = explanations.mismatches(principal.book, principal.store, office.own, office.term)
    for mismatch in [one for one in told if one.needed][:2]:
        said = Explanation("随父母外出两周，已联系", "已发函")
        explanations.explain(principal, office.own, mismatch.ref, said, seen=mismatch.seen)
    received = papers.receive("核对表更正.xlsx", _corrected(papers, called, TUESDAY))
    assert "收下了" in received.message
    office.take_what_was_handed_in()
    office.close_the_day()

    # Wednesday. The package comes back; two differ, the director settles it; the school is signed and countersigned.
    office.day = WEDNESDAY
    _with_password("pack", office.far, "--term", office.term, "--out", str(back), store=laptop)
    _with_password("merge", str(back), store=office.store.root)
    with Casebook.open(office.store) as book:
        [quarrel] = [case for case in office.known(book, office.far) if case.state == "冲突"]
        decide(office.desk(book, DIRECTOR), quarrel, "属实", note="一起看过")
        signoff.step(office.desk(book), office.own, "sign")
        signoff.step(office.desk(book, DIRECTOR), office.own, "countersign")
        suggestion = measures.suggest(office.known(book, office.own), Policy.load(), office.day)
        choice = measures.Choice(suggestion.measure)
        measures.decide(office.desk(book, DIRECTOR), office.own, choice, suggestion)
    office.close_the_day()

    # Friday. The school reports what it put right; its headcount changes: some findings go, others come after the
    # signature; a verdict that stood in a letter is reversed.
    office.day = FRIDAY
    principal, papers = office.principal()
    received = papers.receive("问题台账.xlsx", _replied(papers))
    assert "报了 2 条整改" in received.message
    received = papers.receive("核对表.xlsx", _called(_download(papers, "headcount"), FRIDAY, but=3))
    office.take_what_was_handed_in()
    with Casebook.open(office.store) as book:
        reported = [case for case in office.known(book, office.own) if case.state == "学校已报整改"]
        decide(office.desk(book), reported[0], "复核销号", note="看过，已办好")
        decide(office.desk(book), reported[1], "复核不通过", note="缺回执")
        far = [case for case in office.known(book, office.far) if case.state == "属实"]
        decide(office.desk(book), far[0], "不属实", note="当时看错了")
    office.close_the_day()
    with Casebook.open(office.store) as book:
        corrections = CorrectionTable(office.county_desk(book))
        assert corrections.waiting() == 1
        later = [case for case in SchoolDesk.of(office.desk(book), office.own).later() if case.is_waiting]
        assert later, "found after the signature"
        decide(office.desk(book), later[0], "属实")
        signoff.step(office.desk(book), office.own, "sign")
    office.close_the_day()
    with Casebook.open(office.store) as book:
        corrections = CorrectionTable(office.county_desk(book))
        [row] = [row for row in corrections.rows() if row.waiting]
        corrections.step({row.id: row.seen}, SENT, {"note": "专人送达"})
        every = {office.far: office.known(book, office.far)}
        assert [item.sent for item in letter_corrections.of_county(book, every)[office.far]] == [True]

    # A week later. What was seen on site and never corrected is a finding by now; deadlines have passed.
    office.day = WEEK_AFTER
    office.close_the_day()
    with Casebook.open(office.store) as book:
        far = office.known(book, office.far)
        assert any(case.sighting.found_on and case.state == "疑点" for case in far)
        assert not any(case.still_awaits_school for case in far)
        assert any(case.overdue(office.day) for case in office.known(book, office.own))
        own = {case.id: case for case in office.known(book, office.own)}
        [false] = [own[key] for key in waiting if key.startswith("S201")]
        assert (false.sighting.present, false.awaits_school) == (False, True), "corrected in time"
        assert not book.verify().broken


def _with_password(*arguments: str, store: Path) -> None:
    """A command that reads its password from standard input."""
    from click.testing import CliRunner

    done = CliRunner().invoke(
        xueji, ["--store", str(store), *arguments, "--password-stdin"], input=f"{WORD}\n", standalone_mode=False
    )
    assert done.exception is None, done.output


def _download(papers: SchoolPapers, offered: str) -> openpyxl.Workbook:
    [offer] = [offer for offer in papers.offers() if offer.id == offered]
    return openpyxl.load_workbook(io.BytesIO(offer.make()[1]))


def _saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _called(book: openpyxl.Workbook, day: dt.date, but: int = 0) -> bytes:
    """Everyone on the sheets is there; ``but``: so many of the first sheet are left out."""
    for sheet in book.worksheets:
        heads = {cell.value: cell.column for cell in sheet[1]}
        if "在校情况" not in heads:
            continue
        for row in range(2, sheet.max_row + 1):
            if sheet.cell(row, heads["姓名"]).value:
                sheet.cell(row, heads["在校情况"]).value = "在校"
                sheet.cell(row, heads["核对日期"]).value = day.isoformat()
        if but:
            sheet.delete_rows(2, but)
            but = 0
    return _saved(book)


def _corrected(papers: SchoolPapers, school_class: SchoolClass, day: dt.date) -> bytes:
    """The class's sheet alone: both who were away are back."""
    book = _download(papers, "headcount")
    for name in book.sheetnames:
        if name != school_class.place:
            del book[name]
    return _called(book, day)


def _replied(papers: SchoolPapers) -> bytes:
    """Two of those that were notified are put right."""
    book, left = _download(papers, "findings.xlsx"), 2
    for sheet in book.worksheets:
        rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
        at = next((n for n, row in enumerate(rows) if "疑点编号" in row), None)
        if at is None:
            continue
        heads = {name: column for column, name in enumerate(rows[at], 1)}
        for number, row in enumerate(rows[at + 1 :], at + 2):
            if left and row[heads["认定"] - 1] == "已通知":
                left -= 1
                for name, value in (("整改措施", "已补办手续"), ("责任人", "马老师"), ("完成日期", "2026-11-19")):
                    sheet.cell(number, heads[name]).value = value
    return _saved(book)
