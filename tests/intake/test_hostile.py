"""Files that are no tables, or hardly: named, never fatal, never slow."""

from __future__ import annotations

import io
import json
import struct
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from tests.intake.boxes import HEADS, NOW, TERM, box, pupil, register, take, text, xls, xlsx
from tests.ordinary import ordinary
from xueji_lib import intake
from xueji_lib.register.calendar import Calendar
from xueji_lib.store import Store
from xueji_lib.support.errors import StoreError

GOOD = xlsx(("名册", register(30)))


def word() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<w/>")
    return out.getvalue()


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("名册.csv", text(register(1)))
    return out.getvalue()


def ole(*streams: str) -> bytes:
    """The skeleton of an OLE file with these names in its directory."""
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    return head + b"".join(name.encode("utf-16-le").ljust(128, b"\0") for name in streams) + bytes(4096)


def locked_xls() -> bytes:
    """An .xls that says at its beginning that all after it is encrypted (FILEPASS)."""
    data = bytearray(xls(register(1)))
    start = data.index(b"\x09\x08\x10\x00\x00\x06\x05\x00") + 20
    data[start : start + 10] = struct.pack("<HHHHH", 0x2F, 6, 1, 1, 1)
    return bytes(data)


def circular_xls() -> bytes:
    """An .xls whose directory's chain of sectors comes back to itself: readers that trust it never end."""
    data = bytearray(xls(register(30)))
    (directory,) = struct.unpack_from("<I", data, 48)
    (table,) = struct.unpack_from("<I", data, 76)
    struct.pack_into("<I", data, (table + 1) * 512 + 4 * directory, directory)
    return bytes(data)


UNREADABLE = {
    "空.xlsx": (b"", "空"),
    "空白.csv": (b" \r\n\r\n", "空"),
    "图.xlsx": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "图片"),
    "照片.xls": (b"\xff\xd8\xff\xe0" + bytes(500), "图片"),
    "半截.xlsx": (GOOD[: len(GOOD) // 2], "损坏"),
    "半截.xls": (xls(register(30))[:3000], "损坏"),
    "坏尾.xlsx": (GOOD[:-30], "损坏"),
    "只有头.xlsx": (b"PK\x03\x04" + bytes(40), "损坏"),
    "两字节.xlsx": (b"PK", "损坏"),
    "半截.zip": (zipped()[:60], "损坏"),
    "加密.xlsx": (ole("Root Entry", "EncryptionInfo", "EncryptedPackage"), "密码"),
    "加密.xls": (locked_xls(), "密码"),
    "转圈.xls": (circular_xls(), "损坏"),
    "通知.docx": (word(), "Word"),
    "通知.doc": (ole("Root Entry", "WordDocument"), "Word"),
    "通知.pdf": (b"%PDF-1.4\n" + bytes(100), "PDF"),
    "打包.rar": (b"Rar!\x1a\x07\x00" + bytes(100), "rar 压缩包"),
    "打包.7z": (b"7z\xbc\xaf\x27\x1c" + bytes(100), "7z 压缩包"),
    "程序.csv": (bytes(range(256)) * 40, "不"),
    "空表.xlsx": (xlsx(("a", []), ("b", [])), "没有内容"),
    "空网页.xls": (b"<html><body>ok</body></html>", "没有表格"),
    "另存.xls": (b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>', "XML"),
}


def test_unreadable_files_are_named_and_the_rest_go_on(tmp_path: Path) -> None:
    report, store = take(tmp_path, {"z/好.xlsx": GOOD, **{name: data for name, (data, _) in UNREADABLE.items()}})
    said = {p.file: (p.code, p.message) for p in report.problems}
    assert said.keys() == UNREADABLE.keys()
    for name, (_, word_in) in UNREADABLE.items():
        assert said[name][0] == "D01", name
        assert word_in in said[name][1], (name, said[name])
    assert report.left_out
    assert len(store.read(TERM, "register")) == 30


def test_unknown_tables_and_what_explains_itself(tmp_path: Path) -> None:
    menu = [["菜名", "数量"], ["白菜", 3]]
    files = {"食谱.csv": text(menu), "名册.xlsx": xlsx(("名册", register(2)), ("填表说明", menu), ("食谱", menu))}
    report, _ = take(tmp_path, files)
    assert [(p.code, p.file, p.sheet) for p in report.problems] == [
        ("D02", "名册.xlsx", "食谱"),
        ("D02", "食谱.csv", ""),
    ]


def test_what_lies_about_is_listed_and_left(tmp_path: Path) -> None:
    outside = tmp_path / "外面.csv"
    outside.write_bytes(text(register(9)))
    files = {
        "~$名册.xlsx": b"x",
        "Thumbs.db": b"x",
        ".DS_Store": b"x",
        "__MACOSX/._a.csv": b"x",
        "名册 1.csv": text(register(1)),
    }
    folder = box(tmp_path / "收件", files)
    (folder / "链接.csv").symlink_to(outside)
    (folder / "圈").symlink_to(folder, target_is_directory=True)
    store = Store(tmp_path / "store")
    report = intake.run(folder, store, TERM, Calendar.load(), now=NOW)
    assert report.problems == []
    assert {name for name, _ in report.ignored} == {
        "~$名册.xlsx",
        "Thumbs.db",
        ".DS_Store",
        "__MACOSX",
        "链接.csv",
        "圈",
    }
    assert len(store.read(TERM, "register")) == 1


def test_nothing_to_take_in(tmp_path: Path) -> None:
    store, calendar = Store(tmp_path / "store"), Calendar.load()
    with pytest.raises(StoreError, match="不存在"):
        intake.run(tmp_path / "没有", store, TERM, calendar)
    (tmp_path / "空").mkdir()
    with pytest.raises(StoreError, match="没有文件"):
        intake.run(tmp_path / "空", store, TERM, calendar)
    with pytest.raises(StoreError, match="学校名录"):
        intake.run(box(tmp_path / "无名录", {"a.csv": text(register(1))}, ""), store, TERM, calendar)
    assert not (tmp_path / "store").exists()


@pytest.mark.slow
def test_wide_deep_and_stray(tmp_path: Path) -> None:
    """A thousand columns; a million blank rows, formatted or not; a stray cell in the last row of Excel."""
    wide = [[*HEADS, *(f"备用{n}" for n in range(1000))], [*pupil(1), *["x"] * 1000]]
    deep = io.BytesIO()
    with xlsxwriter.Workbook(deep, {"in_memory": True}) as book:
        sheet = book.add_worksheet("深")
        for r, row in enumerate([HEADS, pupil(11), pupil(12)]):
            sheet.write_row(r, 0, row)
        shaded = book.add_format({"bg_color": "yellow"})
        for r in range(3, 200_000):
            sheet.write_blank(r, 0, None, shaded)
        sheet.write(1_048_575, 70, "x")
        sheet.write(1_048_575, 0, "y")
    blank = text([HEADS, *map(pupil, (21, 22, 23))]) + b",,,,\r\n" * 1_000_000
    start = time.perf_counter()
    report, store = take(tmp_path, {"宽.xlsx": xlsx(("宽", wide)), "深.xlsx": deep.getvalue(), "空.csv": blank})
    assert time.perf_counter() - start < 20
    assert [(p.code, p.file) for p in report.problems] == [("D01", "深.xlsx")]
    assert "1 行" in report.problems[0].message
    assert store.read(TERM, "register").groupby("_file", observed=True).size().to_dict() == {
        "宽.xlsx": 1,
        "深.xlsx": 2,
        "空.csv": 3,
    }


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    folder = box(tmp_path / "收件", {"a.csv": text(register(1)), "b.csv": text(register(2))})
    (folder / "a.csv").chmod(0)
    command = [sys.executable, "-m", "xueji_lib", "--store", str(tmp_path / "store")]
    command += ["intake", str(folder), "--term", TERM, "--json"]
    done = subprocess.run(ordinary(command), capture_output=True, text=True, encoding="utf-8", timeout=240)
    assert done.returncode == 4, done.stderr
    report = json.loads(done.stdout)
    assert [(p["code"], p["file"]) for p in report["problems"]] == [("D01", "a.csv")]
    assert "没有权限" in report["problems"][0]["message"] or "打不开" in report["problems"][0]["message"]


def test_damaged_encodings_lose_cells_not_files(tmp_path: Path) -> None:
    """One bad byte in a UTF-8 or GB18030 file damages one cell."""
    for encoding in ("utf-8", "gb18030"):
        data = text(register(3), encoding).replace("回族".encode(encoding), b"\xff\xfe", 1)
        report, store = take(tmp_path, {f"{encoding}.csv": data})
        assert [(p.code, p.row, p.column) for p in report.problems] == [("D09", 2, "民族")]
        assert len(store.read(TERM, "register")) == 3
