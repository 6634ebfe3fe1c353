"""One file never stops the others: each is read by a process of its own, with limits of time and memory."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.intake.boxes import DIRECTORY, FIRST, HEADS, NOW, TERM, box, html, register, text, xls
from tests.intake.raw_books import PLAIN, Raw, workbook
from tests.ordinary import ordinary
from xueji_lib import intake
from xueji_lib.intake import handover, reading
from xueji_lib.intake.readers import one_file
from xueji_lib.intake.reading import Limits
from xueji_lib.register.calendar import Calendar
from xueji_lib.store import Store
from xueji_lib.support.errors import UsageError

pytestmark = pytest.mark.slow


def many_sheets(sheets: int, rows: int) -> bytes:
    """One large sheet under many names."""
    data = workbook([[1, 2, 3]] * rows)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    named = "".join(f'<sheet name="s{n}" sheetId="{n}" r:id="rId1"/>' for n in range(1, sheets + 1))
    book = parts["xl/workbook.xml"].partition(b"<sheets>")
    parts["xl/workbook.xml"] = book[0] + book[1] + named.encode() + b"</sheets></workbook>"
    return zipped(parts)


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def far_cell_of_an_xls() -> bytes:
    """One flipped bit: a cell that says it stands in column 65,000."""
    data = bytearray(xls(register(3)))
    at = data.index(b"\xfd\x00\x0a\x00\x01\x00\x00\x00")  # LabelSst, row 1, column 0
    struct.pack_into("<HH", data, at + 4, 65_535, 65_000)
    return bytes(data)


def long_texts_again_and_again() -> bytes:
    """A kilobyte whose cells all show the same hundred thousand characters."""
    sheet = [[Raw(' t="s"><v>0</v>')] * 20] * 4000
    data = workbook(sheet, replace(PLAIN, shared="sharedStrings.xml"))
    texts = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>' + b"y" * 100_000
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    return zipped(parts | {"xl/sharedStrings.xml": texts + b"</t></si></sst>"})


def spanning(cells: str) -> bytes:
    return html([HEADS]).replace(b"</table>", f"{cells}</table>".encode())


HOSTILE: dict[str, Callable[[], bytes]] = {
    "远格.xls": far_cell_of_an_xls,
    "很长的字.xlsx": long_texts_again_and_again,
    "一张表很多名字.xlsx": lambda: many_sheets(1000, 20_000),
    "横竖合并.xls": lambda: spanning("<tr>" + "<td rowspan=2000 colspan=2000>x</td>" * 8 + "</tr>"),
    "横着合并.xls": lambda: spanning("<tr><td colspan=2000>x<td colspan=2000>x</tr>" * 20_000),
    "注释里的格.xlsx": lambda: workbook([["x"]], extra="<!--<f " + '<c "' * 100_000 + "-->"),
    "没关上的格.xlsx": lambda: workbook([["x"]], extra='<f ="e' + "<c>" * 100_000),
    "很多列.csv": lambda: "学校标识码,姓名".encode() + b"," * (10 << 20),
    "很多行.csv": lambda: "学校标识码,姓名,性别\n".encode() + b"a,b\n" * (5 << 20),
    "很长的格.csv": lambda: text([HEADS, [FIRST, *["1-" * 50_000] * (len(HEADS) - 1)]]),
    "大炸弹.xlsx": lambda: zipped({"xl/workbook.xml": b"<workbook/>", "xl/worksheets/sheet1.xml": bytes(900 << 20)}),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_costs_itself_alone(tmp_path: Path, name: str) -> None:
    data = HOSTILE[name]()
    folder = box(tmp_path / "收件", {f"{FIRST}/{name}": data, "好.csv": text(register(3))})
    started = time.monotonic()
    report = intake.run(
        folder, store := Store(tmp_path / "store"), TERM, Calendar.load(), now=NOW, limits=Limits(20.0, 2**30)
    )
    assert time.monotonic() - started < 60
    assert len(store.read(TERM, "register", columns=["name"]).dropna()) == 3
    assert report.left_out
    about = [p for p in report.problems if p.file.endswith(name)]
    assert about and {p.code for p in about} <= {"D01", "D02", "D06", "D08"}, report.lines()


@pytest.mark.parametrize("name", ["远格.xls", "很长的字.xlsx", "横着合并.xls", "很多列.csv"])
def test_the_same_through_a_schools_page(tmp_path: Path, name: str) -> None:
    """The page's process is not the one that reads; the school hears one clear sentence."""
    calendar, store = Calendar.load(), Store(tmp_path / "store")
    intake.run(box(tmp_path / "收件", {}), store, TERM, calendar, now=NOW)
    with pytest.raises(UsageError, match=f"^{name}.*请"):
        handover.examine(store, handover.SchoolFile(FIRST, TERM, name, HOSTILE[name]()), calendar)


def test_limits_are_kept_and_said(tmp_path: Path) -> None:
    """A file that takes too long, one that takes too much, and others beside them that take neither."""
    files = {"慢.xlsx": many_sheets(30, 40_000), "好.csv": text(register(3))}
    report = intake.run(
        box(tmp_path / "慢", files), Store(tmp_path / "1"), TERM, Calendar.load(), now=NOW, limits=Limits(0.7)
    )
    assert [(p.code, p.file) for p in report.problems] == [("D01", "慢.xlsx")]
    assert "0.7 秒" in report.problems[0].message and "--limit" in report.problems[0].message
    files = {"大.csv": text([HEADS, *[["x" * 30] * 10] * 400_000]), "好.csv": text(register(3))}
    report = intake.run(
        box(tmp_path / "大", files),
        Store(tmp_path / "2"),
        TERM,
        Calendar.load(),
        now=NOW,
        limits=Limits(60, 300 * 2**20),
    )
    assert [(p.code, p.file) for p in report.problems] == [("D01", "大.csv")]
    assert "300 MB" in report.problems[0].message and "--memory" in report.problems[0].message


def test_a_reader_that_stumbles_is_a_word_in_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_file, "read", stumble)
    folder = box(tmp_path / "收件", {}, DIRECTORY)
    with reading.Reading(folder) as begun:
        (done,) = begun.finish()
    assert "出错（ZeroDivisionError）" in done.read.why


def stumble(*_given: object) -> None:
    raise ZeroDivisionError


def test_the_command_has_the_limits_as_options(tmp_path: Path) -> None:
    folder = box(tmp_path / "收件", {"慢.xlsx": many_sheets(30, 40_000), "好.csv": text(register(3))})
    command = [sys.executable, "-m", "xueji_lib", "--store", str(tmp_path / "store"), "intake", str(folder)]
    command += ["--term", TERM, "--limit", "1", "--memory", "512", "--jobs", "2"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 4, done.stderr
    assert "慢.xlsx" in done.stdout and "上限 1 秒" in done.stdout
    assert "Traceback" not in done.stderr


# ---- names and folders ----


def test_links_to_themselves_and_what_is_no_file_are_left_lying(tmp_path: Path) -> None:
    folder = box(tmp_path / "收件", {"好.csv": text(register(1))})
    try:
        (folder / "圈.csv").symlink_to(folder / "圈.csv")
        (folder / "甲.csv").symlink_to(folder / "乙.csv")
        (folder / "乙.csv").symlink_to(folder / "甲.csv")
        (folder / "空.csv").symlink_to("/dev/zero")
    except OSError as error:
        pytest.skip(f"这个系统不能建链接：{error}")
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "管.csv")
    report = intake.run(folder, Store(tmp_path / "store"), TERM, Calendar.load(), now=NOW)
    assert report.problems == []
    assert {name for name, _ in report.ignored} >= {"圈.csv", "甲.csv", "乙.csv", "空.csv"}
    assert not hasattr(os, "mkfifo") or ("管.csv", "不是普通文件") in report.ignored


@pytest.mark.skipif(sys.platform != "linux", reason="这个系统的文件名都是字，不是字节")
def test_names_in_gbk_are_read_as_such(tmp_path: Path) -> None:
    """As an old program unpacks a zip from Windows: bytes that are no UTF-8, of files and of folders."""
    folder = box(tmp_path / "收件", {})
    inside = folder / os.fsdecode("城关第一小学".encode("gbk"))
    inside.mkdir()
    for name in ("名册.csv".encode("gbk"), b"\xff\xfe.csv"):
        (inside / os.fsdecode(name)).write_bytes(text([row[1:] for row in register(2)]))
    report = intake.run(folder, store := Store(tmp_path / "store"), TERM, Calendar.load(), now=NOW)
    shown = {file.file for file in report.files}
    assert "城关第一小学/名册.csv" in shown
    assert all(name.encode() for name in shown)
    assert set(store.read(TERM, "register")["school_id"]) == {FIRST}  # told by the folder's name


@pytest.mark.skipif(sys.platform == "win32", reason="Windows 的文件名里没有控制字符")
def test_a_name_does_not_write_on_the_screen(tmp_path: Path) -> None:
    name = "a\n[ERROR] 伪造的一行\r\x1b[31m红\u202e.csv"
    folder = box(tmp_path / "收件", {name: b"x,y\n", "b.csv": text([HEADS, [FIRST, "甲", "男\x1b[31m", *[""] * 7]])})
    command = [sys.executable, "-m", "xueji_lib", "--store", str(tmp_path / "store"), "intake", str(folder)]
    done = subprocess.run([*command, "--term", TERM], capture_output=True, text=True, encoding="utf-8")
    said = done.stdout + done.stderr
    assert done.returncode == 4, said
    assert not {"\x1b", "\r", "\u202e"} & set(said)
    assert not any(line.startswith("[ERROR]") for line in said.splitlines())
    assert "a□[ERROR] 伪造的一行□□[31m红□.csv" in said


def test_a_folder_that_may_not_be_entered_is_said(tmp_path: Path) -> None:
    folder = box(tmp_path / "收件", {"关着/a.csv": text(register(1)), "好.csv": text(register(1))})
    (folder / "关着").chmod(0)
    command = [sys.executable, "-m", "xueji_lib", "--store", str(tmp_path / "store"), "intake", str(folder)]
    try:
        done = subprocess.run(
            ordinary([*command, "--term", TERM]), capture_output=True, text=True, encoding="utf-8", timeout=240
        )
    finally:
        (folder / "关着").chmod(0o700)
    assert done.returncode == 4, done.stderr
    assert "关着" in done.stdout and "打不开" in done.stdout


def test_a_file_that_is_gone_meanwhile_is_said(tmp_path: Path) -> None:
    folder = box(tmp_path / "收件", {"a.csv": text(register(1)), "好.csv": text(register(2))})
    begun = reading.Reading(folder, Limits(jobs=1))
    begun.__exit__(None, None, None)
    (folder / "a.csv").unlink()
    with reading.Reading(folder, Limits(jobs=1)) as again:
        assert {one.file.relative for one in again.finish()} == {"学校名录.csv", "好.csv"}
    gone = one_file.read(begun.inbox.files[0])
    assert begun.inbox.files[0].relative == "a.csv" and "打不开" in gone.why
