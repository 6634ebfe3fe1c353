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
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.log.events import Actor
from xueji_lib.intake import difference, handover
from xueji_lib.judge import shelf
from xueji_lib.register.calendar import Calendar
from xueji_lib.reports import deliverables, verdicts
from xueji_lib.reports.office_facts import LetterFacts
from xueji_lib.reports.workbooks import ledgers
from xueji_lib.support.errors import UsageError
from xueji_lib.web.desks.handover_desk import HandoverTable
from xueji_lib.web.panels.papers import HandIn, Papers, Received
from xueji_lib.web.shared.county_desk import CountyDesk

pytestmark = pytest.mark.slow

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


def examined(county: County, name: str, content: bytes) -> handover.Examined:
    file = handover.SchoolFile(county.own, county.term, name, content)
    return handover.examine(county.store, file, Calendar.load())


@pytest.mark.parametrize("what", REFUSED)
def test_refused_in_one_clear_sentence(what: str, county: County) -> None:
    name, content, words = REFUSED[what]
    with pytest.raises(UsageError, match=words) as refused:
        examined(county, name, content(county))
    assert "\n" not in str(refused.value) and "/tmp" not in str(refused.value)


def test_taken_queued_once_and_taken_in_by_the_county(county: County) -> None:
    content, root = headcount(county.own, "马小明", "王小红"), county.store.root / "incoming"
    found = examined(county, r"C:\我的\核对.csv", content)
    assert (found.file.name, dict(found.tables)) == ("核对.csv", {"headcount": 2})
    assert any("其余班照原来的" in line for line in found.lines), "a class instead of the whole school"
    at = "2026-11-20T08:00:00+00:00"
    one, again = (handover.hand_in(root, found, "王校长", at) for _ in range(2))
    assert one == again and handover.queue(root) == [one]
    before = len(county.store.read(county.term, "headcount", schools=[county.other]))
    done = handover.take(county.store, one, "局长", Calendar.load())
    assert done.state == handover.TAKEN
    own = county.store.read(county.term, "headcount", schools=[county.own])
    of_class = (own["grade"] == 1) & (own["class_no"] == 1)
    assert own.loc[of_class, "name"].tolist() == ["马小明", "王小红"] and (~of_class).sum() > 100
    assert len(county.store.read(county.term, "headcount", schools=[county.other])) == before
    with pytest.raises(UsageError, match="已导入"):
        handover.decline(done, "晚了")


def test_a_file_changed_in_the_queue_is_not_taken(county: County) -> None:
    content = headcount(county.own, "马小明")
    found = examined(county, "核对.csv", content)
    one = handover.hand_in(county.store.root / "incoming", found, "王校长", "2026-11-20T08:00:00+00:00")
    (one.folder / one.name).write_bytes(headcount(county.other, "王小红"))
    with pytest.raises(UsageError, match="改动过"):
        handover.take(county.store, one, "局长", Calendar.load())


def test_the_prefilled_sheets_come_back_as_they_are(county: County, tmp_path: Path) -> None:
    """Every class of the school, every student called."""
    book = openpyxl.load_workbook(ledgers.write_headcount(tmp_path, county.store, county.term, county.own))
    students = []  # two of one name and sex in a class are two rows: their 核对编号 differ
    for sheet in book.worksheets:
        heads = {cell.value: cell.column for cell in sheet[1]}
        for row in range(2, sheet.max_row + 1):
            if "在校情况" in heads and sheet.cell(row, heads["姓名"]).value:
                sheet.cell(row, heads["在校情况"]).value = "在校"
                students.append((sheet.title, sheet.cell(row, heads["核对编号"]).value))
    out = io.BytesIO()
    book.save(out)
    found = examined(county, "核对.xlsx", out.getvalue())
    assert found.tables["headcount"] == len(set(students)) == len(students) > 100


def test_the_findings_ledger_comes_back_as_reports(county: County, tmp_path: Path) -> None:
    """The school's own findings.xlsx as it is downloaded, three rows filled in: one was notified, one not, one half."""
    actor, when = Actor("王校长", "principal", county.own), dt.date(2026, 11, 20)
    with Casebook.open(county.store) as book:
        notified, half, open_one = work.confirm(county.desk(book), county.own, [5, 5], 3)
        theirs = cases.of_school(book, county.other, county.today)[0].id
        answer = shelf.obtain(county.store, demo.INSPECTION)
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
            found = examined(county, "问题台账.xlsx", out.getvalue())
            assert found.replies is not None and set(found.tables) == {"replies"}
            return replies.apply(county.desk(book, actor), county.own, found.replies)

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


# ---- what a file would change, before it is taken ----


def sheet_of(county: County) -> tuple[bytes, list[str]]:
    """The school's own headcount of one class as it is in force, everybody there; and the names."""
    rows = county.store.read(county.term, "headcount", schools=[county.own])
    first = rows[(rows["grade"] == rows["grade"].min()) & (rows["class_no"] == 1)]
    names = [str(name) for name in first["name"]]
    lines = [
        [county.own, "", str(int(row["grade"])), "1", str(row["name"]), "", "", "在校", "", ""]
        for row in first.to_dict("records")
    ]
    return csv(HEADS, *lines), names


def test_blank_cells_and_whoever_is_no_more_in_it_are_said(county: County) -> None:
    """Most of 在校情况 left blank, and two pupils gone: it does not pass without a word, on either page."""
    content, names = sheet_of(county)
    lines = content.decode("gb18030").splitlines()
    left = len(lines) - 1 - 2
    written = [lines[0], *(line if n < 5 else line.replace("在校", "") for n, line in enumerate(lines[1:-2]))]
    file = handover.SchoolFile(county.own, county.term, "核对.csv", ("\n".join(written) + "\n").encode("gb18030"))
    before = county.store.fingerprint(county.term)
    said = difference.lines(county.store, file, demo.INSPECTION, Calendar.load())
    assert said[0] == f"！逐班核对表“在校情况”：{left} 行里有 {left - 5} 行空着"
    gone = next(line for line in said if "不再有" in line)
    assert all(name in gone for name in names[-2:]) and "不再有 2 人" in gone
    assert any(line.startswith("在籍不在校 ") and "→" in line for line in said)
    assert county.store.fingerprint(county.term) == before, "nothing was stored"


def test_an_all_present_table_shows_what_it_would_wash_away(county: County) -> None:
    rows = county.store.read(county.term, "headcount", schools=[county.own])
    absent = rows[rows["presence"] == "2"] if (rows["presence"] == "2").any() else rows[rows["presence"] != "在校"]
    assert len(absent), "somebody is away in the table in force"
    lines = [
        [county.own, "", str(int(r["grade"])), str(int(r["class_no"])), str(r["name"]), "", "", "在校", "", ""]
        for r in rows.to_dict("records")
    ]
    file = handover.SchoolFile(county.own, county.term, "全在校.csv", csv(HEADS, *lines))
    said = difference.lines(county.store, file, demo.INSPECTION, Calendar.load())
    assert any(line.startswith("会消去疑点 ") for line in said), said
    before, after = (
        next(line for line in said if line.startswith("在籍不在校 ")).removeprefix("在籍不在校 ").split(" → ")
    )
    assert int(before) > int(after.split("，")[0])
    apart = difference.lines(county.store, file, demo.INSPECTION, Calendar.load(), apart=True)
    assert any(line.startswith("会消去疑点 ") for line in apart) and apart[-1] == difference.OF_SCHOOL


def test_the_queue_is_not_taken_in_blind(county: County) -> None:
    content, _ = sheet_of(county)
    found = examined(county, "核对.csv", content)
    root = county.store.root / "incoming"
    waiting = handover.hand_in(root, found, "王校长", "2026-11-20T08:00:00+00:00")
    other = handover.hand_in(
        root, examined(county, "核对二.csv", headcount(county.own, "马小明")), "王校长", "2026-11-20T09:00:00+00:00"
    )
    with Casebook.open(county.store) as book:
        director = Actor("局长", "director")
        desk = CountyDesk(book, county.store, director, county.term, county.today, names={county.own: "某校"})
        table = HandoverTable(desk, root, demo.INSPECTION.as_of)
        with pytest.raises(UsageError, match=r"先点开“核对\.csv”这一行"):
            table.step({waiting.id: ()}, "导入", {})
        for one in (waiting, other):
            assert any(block["label"] == "与现有的差异" for block in table.blocks(one.id))
        with pytest.raises(UsageError, match="不在队列里"):
            table.step({waiting.id: (), "另一份": ()}, "导入", {})
        [row] = table.step({other.id: ()}, "导入", {})
        assert row.state == handover.TAKEN
        with pytest.raises(UsageError, match="现有的数据又变了"):
            table.step({waiting.id: ()}, "导入", {})
        table.blocks(waiting.id)
        [row] = table.step({waiting.id: ()}, "导入", {})
        assert row.state == handover.TAKEN
        [again] = table.step({waiting.id: ()}, "导入", {})  # a browser asks twice
        assert again.state == handover.TAKEN


def test_a_page_cannot_take_what_it_did_not_show(county: County) -> None:
    """The message by which a page takes a file names the file that was shown, and no other."""
    taken: list[str] = []

    def receive(name: str, _: bytes) -> Received:
        taken.append(name)
        return Received("收下了", (), ())

    def shows(_: str, content: bytes) -> Received | None:
        return Received("先看", ("少了两人",), ()) if content != b"replies" else None

    class Plain:
        logs = county.store.root / "logs"

        def now(self) -> str:
            return "2026-11-20T08:00:00+00:00"

        def refused(self, why: str) -> None:
            raise AssertionError(why)

    panel = Papers(Plain(), "键", (), HandIn(receive, [], 10**6, ".csv", None, shows))
    part, confirm = panel.handlers()["part"], panel.handlers()["confirm"]

    def send(n: str, content: bytes) -> dict[str, object]:
        message = {"n": n, "id": "", "part": 0, "parts": 1, "size": len(content), "name": "a.csv"}
        return part(message, [memoryview(content)])

    with pytest.raises(UsageError, match="先看过"):
        confirm({"id": ""}, [])
    shown = send("1", b"table")
    assert shown["lines"] == ["少了两人"] and taken == []
    with pytest.raises(UsageError, match="先看过"):
        confirm({"id": "0" * 64}, [])
    assert confirm({"id": shown["asks"]}, [])["message"] == "收下了" and taken == ["a.csv"]
    assert "asks" not in send("2", b"replies") and len(taken) == 2
