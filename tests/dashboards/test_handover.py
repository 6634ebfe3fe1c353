"""Files handed in: what is taken, what is refused, and in what words."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from tests.dashboards import work
from tests.dashboards.conftest import County
from xueji_lib import demo
from xueji_lib.casebook import cases, replies
from xueji_lib.casebook.book import Casebook
from xueji_lib.casebook.events import Actor
from xueji_lib.intake import handover
from xueji_lib.judge import shelf
from xueji_lib.register.calendar import Calendar
from xueji_lib.reports import deliverables, ledgers, verdicts
from xueji_lib.reports.letter_facts import LetterFacts
from xueji_lib.support.errors import UsageError

HEADS = ["学校标识码", "学校名称", "年级", "班号", "姓名", "性别", "身份证件号", "在校情况", "情形", "学校说明"]


def headcount(school: str, *names: str) -> bytes:
    return csv(HEADS, *[[school, "", "一年级", "1", name, "", "", "在校", "", ""] for name in names])


def csv(*rows: list[str]) -> bytes:
    return ("\n".join(",".join(row) for row in rows) + "\n").encode("gb18030")


def packed(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/") + ".xml", content)
    return out.getvalue()


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "x")
        for n in range(30):
            archive.writestr(f"xl/worksheets/sheet{n}.xml", b"0" * 8_000_000)
    return out.getvalue()


def with_macros() -> bytes:
    out = io.BytesIO()
    openpyxl.Workbook().save(out)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"macro")
    return out.getvalue()


ONE = ["一年级", "1", "王小红", "", "", "在校", "", ""]
DIRECTORY = ["学校标识码", "学校名称", "办学类型", "城乡类别", "所属乡镇"]
REGISTER = ["学校标识码", "姓名", "性别", "出生日期", "身份证件号", "全国学籍号", "年级", "班号"]
COMPLAINTS = ["受理日期", "被投诉学校标识码", "类别", "内容", "核实情况"]
ENTITIES = b'<!DOCTYPE a [<!ENTITY b "' + b"c" * 9999 + b'">]><a>&b;</a>'


def two_schools(county: County) -> bytes:
    return headcount(county.own, "马小明") + headcount(county.other, "王小红").split(b"\n", 1)[1]


def other_by_name(county: County) -> bytes:
    names = county.store.directory(county.term).set_index("school_id")["school_name"]
    return csv(HEADS, ["", str(names[county.other]), *ONE])


def directory(county: County) -> bytes:
    return csv(DIRECTORY, [county.own, "我的大学", "小学", "城区", "城关镇"])


def register(county: County) -> bytes:
    return csv(REGISTER, [county.own, "马小明", "男", "2018-01-01", "", "", "一年级", "1"])


def complaint(county: County) -> bytes:
    return csv(COMPLAINTS, ["2026-10-01", county.own, "其他", "x", "属实"])


def without_presence(county: County) -> bytes:
    return csv(["学校标识码", "姓名", "年级", "班号"], [county.own, "甲", "一年级", "1"])


REFUSED: dict[str, tuple[str, Callable[[County], bytes], str]] = {
    "another school's rows among one's own": ("核对.csv", two_schools, "不是贵校的"),
    "another school by name": ("核对.csv", other_by_name, "不是贵校的"),
    "another school in the file's name": ("2164422002核对.csv", lambda _: csv(HEADS[2:], ONE), "别的学校标识码"),
    "a directory": ("名录.csv", directory, "学校名录"),
    "a register": ("名册.csv", register, "学籍名册"),
    "the county's complaints": ("投诉.csv", complaint, "投诉举报"),
    "a column missing": ("核对.csv", without_presence, "没有收"),
    "a zip bomb": ("核对.xlsx", lambda _: bomb(), "解开后太大"),
    "macros": ("核对.xlsx", lambda _: with_macros(), "有宏"),
    "a damaged workbook": ("核对.xlsx", lambda _: b"PK\x03\x04" + b"\0" * 200, "损坏"),
    "a program": ("核对.exe", lambda _: b"MZ", "只收"),
    "a program called a workbook": ("核对.xlsx", lambda _: b"MZ" + bytes(range(256)) * 20, "没有收"),
    "a picture": ("核对.xls", lambda _: b"\x89PNG\r\n\x1a\n" + b"\0" * 64, "图片"),
    "nothing": ("核对.csv", lambda _: b"", "空"),
    "an entity bomb": ("核对.xlsx", lambda _: packed(xl__workbook=ENTITIES), "没有收"),
    "a name that climbs": ("../../../etc/核对.sh", lambda c: headcount(c.own, "甲"), "只收"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused_in_one_clear_sentence(what: str, county: County) -> None:
    name, content, words = REFUSED[what]
    with pytest.raises(UsageError, match=words) as refused:
        handover.examine(county.store, county.own, county.term, name, content(county), Calendar.load())
    assert "\n" not in str(refused.value) and "/tmp" not in str(refused.value)


def test_taken_queued_once_and_taken_in_by_the_county(county: County) -> None:
    content, root = headcount(county.own, "马小明", "王小红"), county.store.root / "incoming"
    found = handover.examine(county.store, county.own, county.term, r"C:\我的\核对.csv", content, Calendar.load())
    assert (found.name, dict(found.tables)) == ("核对.csv", {"headcount": 2})
    assert any("整张表以这一份为准" in line for line in found.lines), "a class instead of the whole school"
    at = "2026-11-20T08:00:00+00:00"
    one, again = (handover.hand_in(root, county.own, county.term, found, content, "王校长", at) for _ in range(2))
    assert one == again and handover.queue(root) == [one]
    before = len(county.store.read(county.term, "headcount", schools=[county.other]))
    done = handover.take(county.store, one, "局长", Calendar.load())
    assert done.state == handover.TAKEN
    assert county.store.read(county.term, "headcount", schools=[county.own])["name"].tolist() == ["马小明", "王小红"]
    assert len(county.store.read(county.term, "headcount", schools=[county.other])) == before
    with pytest.raises(UsageError, match="已导入"):
        handover.decline(done, "晚了")


def test_a_file_changed_in_the_queue_is_not_taken(county: County) -> None:
    content = headcount(county.own, "马小明")
    found = handover.examine(county.store, county.own, county.term, "核对.csv", content, Calendar.load())
    one = handover.hand_in(
        county.store.root / "incoming", county.own, county.term, found, content, "王校长", "2026-11-20T08:00:00+00:00"
    )
    (one.folder / one.name).write_bytes(headcount(county.other, "王小红"))
    with pytest.raises(UsageError, match="改动过"):
        handover.take(county.store, one, "局长", Calendar.load())


def test_the_prefilled_sheets_come_back_as_they_are(county: County, tmp_path: Path) -> None:
    """Every class of the school, every student called."""
    book = openpyxl.load_workbook(ledgers.write_headcount(tmp_path, county.store, county.term, county.own))
    students = set()  # two of one name and sex in a class: the sheet asks for a number, without one they are one row
    for sheet in book.worksheets:
        heads = {cell.value: cell.column for cell in sheet[1]}
        for row in range(2, sheet.max_row + 1):
            if "在校情况" in heads and sheet.cell(row, heads["姓名"]).value:
                sheet.cell(row, heads["在校情况"]).value = "在校"
                students.add((sheet.title, *(sheet.cell(row, heads[h]).value for h in ("姓名", "性别"))))
    out = io.BytesIO()
    book.save(out)
    found = handover.examine(county.store, county.own, county.term, "核对.xlsx", out.getvalue(), Calendar.load())
    assert found.tables["headcount"] == len(students) > 100


def test_the_findings_ledger_comes_back_as_reports(county: County, tmp_path: Path) -> None:
    """The school's own findings.xlsx as it is downloaded, three rows filled in: one was notified, one not, one half."""
    actor, when = Actor("王校长", "principal", county.own), dt.date(2026, 11, 20)
    with Casebook.open(county.store) as book:
        notified, half, open_one = work.confirm(book, county.own, county.term, county.today, [5, 5], 3)
        theirs = cases.of_school(book, county.other, county.today)[0].id
        answer = shelf.obtain(county.store, county.term, demo.AS_OF)
        states = verdicts.of_school(book, answer, county.own, county.today)
        deliverables.write_school(answer.school(county.own), LetterFacts.load(), tmp_path, states)
        filled = openpyxl.load_workbook(tmp_path / "findings.xlsx")

        def handed(**cells: dict[str, object]) -> replies.Applied:
            for sheet in filled.worksheets:
                heads = {cell.value: cell.column for cell in sheet[3]}
                for row in range(4, sheet.max_row + 1) if "疑点编号" in heads else ():
                    for head, value in cells.get(str(sheet.cell(row, heads["疑点编号"]).value), {}).items():
                        sheet.cell(row, heads[head]).value = value
            out = io.BytesIO()
            filled.save(out)
            found = handover.examine(
                county.store, county.own, county.term, "问题台账.xlsx", out.getvalue(), Calendar.load()
            )
            assert found.replies is not None and set(found.tables) == {"replies"}
            return replies.apply(book, actor, county.own, found.replies, term=county.term, today=county.today)

        whole = {"整改措施": "补办了手续", "责任人": "张三", "完成日期": when, "学校说明": "家长已签字"}
        done = handed(**{notified: whole, open_one: whole, half: {"整改措施": "正在办"}})
        assert done.reported == 1 and len(done.skipped) == 2
        assert any("属实" in line for line in done.skipped), "a finding without notice waits for it"
        assert any("责任人" in line for line in done.skipped), "half a report is none"
        reported = cases.case(book, notified, county.today)
        assert (reported.state, reported.who) == ("学校已报整改", "王校长")
        assert reported.body["note"] == "补办了手续（家长已签字）" and reported.body["done"] == "2026-11-20"
        assert handed().reported == 0, "the same file again"
        before = len(cases.case(book, notified, county.today).history)
        with pytest.raises(UsageError, match="不是贵校的"):
            handed(**{notified: {"疑点编号": theirs}})
        assert len(cases.case(book, notified, county.today).history) == before
