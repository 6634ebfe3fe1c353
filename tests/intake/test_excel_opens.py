"""Files that Excel opens without a word: read right, or named as what they are with what to do."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msoffcrypto
import msoffcrypto.format.ooxml
import pytest

from tests.intake.boxes import HEADS, SECOND, TERM, codes, content, pupil, register, take, text, xls, xlsx
from tests.intake.raw_books import DIALECTS, PLAIN, in_container, old_records, workbook
from xueji_lib.intake.readers import sniff

pytestmark = pytest.mark.slow

N = 4


def names(n: int = N) -> list[str]:
    return [row[1] for row in register(n)[1:]]


def protected(data: bytes) -> bytes:
    """As Excel saves a workbook whose structure is protected: encrypted with a password of its own."""
    out = io.BytesIO()
    msoffcrypto.format.ooxml.OOXMLFile(io.BytesIO(data)).encrypt("VelvetSweatshop", out)
    return out.getvalue()


def grouped(levels: int) -> list[list[Any]]:
    """A register with a header of two or three rows."""
    groups = ["学生基本信息", *[""] * (len(HEADS) - 1), "家庭成员", "", "", ""]
    members = [*[""] * len(HEADS), "成员1", "", "成员2", ""]
    fields = [*[""] * len(HEADS), "姓名", "联系电话", "姓名", "联系电话"]
    heads = [groups, [*HEADS, *members[len(HEADS) :]], fields][3 - levels :]
    return [["某校名册"], *heads, *([*pupil(n), "张父", "13800000011", "李母", "13800000022"] for n in range(1, N + 1))]


def spaced(rows: list[list[Any]], gap: str = "  ") -> bytes:
    """Columns padded to one width, as a terminal shows them."""
    width = 20
    return "\r\n".join("".join(str(v).ljust(width) + gap for v in row).rstrip() for row in rows).encode("gb18030")


def by_wide(mark: str) -> bytes:
    return "\r\n".join(mark.join(map(str, row)) for row in register(N)).encode("utf-8-sig")


def zeros_within() -> bytes:
    """Fields of fixed length, filled up with zeros."""
    return "\r\n".join(",".join(f"{v}\0\0" for v in row) for row in register(N)).encode("gb18030")


READ: dict[str, Callable[[], bytes]] = {
    "反斜杠.xlsx": lambda: workbook(register(N), replace(PLAIN, separator="\\")),
    "范围A0.xlsx": lambda: workbook(register(N), replace(PLAIN, dimension=f"A0:J{N + 1}")),
    "范围乱写.xlsx": lambda: workbook(register(N), replace(PLAIN, dimension="foo")),
    "范围A1.xlsx": lambda: workbook(register(N), replace(PLAIN, dimension="A1")),
    "结构保护.xlsx": lambda: protected(xlsx(("名册", register(N)))),
    "九五.xls": lambda: in_container(old_records(register(N))),
    "九五没写代码页.xls": lambda: in_container(old_records(register(N), codepage=None)),
    "九五写成西文.xls": lambda: in_container(old_records(register(N), codepage=1252)),
    "裸记录.xls": lambda: old_records(register(N)),
    "小程序的记录.xls": lambda: old_records(register(N), version=0, codepage=None),
    "尾零.csv": lambda: text(register(N), "gb18030") + bytes(300),
    "中零.csv": zeros_within,
    "宽逗号.csv": lambda: by_wide("，"),
    "顿号.csv": lambda: by_wide("、"),
    "宽分号.csv": lambda: by_wide("；"),
    "写明分号.csv": lambda: b"sep=;\r\n" + text(register(N), "gb18030", ";"),
    "只有回车.csv": lambda: text(register(N), "gb18030").replace(b"\r\n", b"\r"),
    "空格对齐.txt": lambda: spaced(register(N)),
    "空格对齐有空格.txt": lambda: spaced([[*row[:9], ""] for row in register(N)[:1]] + register(N)[1:]),
    "改名.et": lambda: xls(register(N)),
}


@pytest.mark.parametrize("name", READ)
def test_what_excel_opens_is_read(tmp_path: Path, name: str) -> None:
    plain, expected = take(tmp_path / "平常", {"a.xlsx": xlsx(("名册", register(N)))})
    report, store = take(tmp_path / "这种", {name: READ[name]()})
    if name == "空格对齐有空格.txt":  # the header has one word less than the rows: nobody can say which
        assert codes(report)["D01"] + codes(report)["D02"] == 1
        return
    assert plain.problems == report.problems == []
    assert content(store.read(TERM, "register")).equals(content(expected.read(TERM, "register")))


@pytest.mark.parametrize("levels", [1, 2, 3])
def test_a_header_of_up_to_three_rows(tmp_path: Path, levels: int) -> None:
    rows = grouped(max(levels, 2))
    if levels == 1:
        rows = [[*HEADS, "成员1姓名", "成员1联系电话", "成员2姓名", "成员2联系电话"], *rows[3:]]
    report, store = take(tmp_path, {"a.xlsx": xlsx(("名册", rows))})
    assert report.problems == []
    frame = store.read(TERM, "register")
    assert frame["name"].tolist() == names()
    assert set(frame["member1_name"]) == {"张父"} and set(frame["member2_phone"]) == {"13800000022"}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_letter_in_a_far_corner_costs_no_row_of_the_table(tmp_path: Path, dialect: str) -> None:
    prefix = DIALECTS[dialect].prefix
    far = f'<{prefix}row r="1048576"><{prefix}c r="XFD1048576"><{prefix}v>1</{prefix}v></{prefix}c></{prefix}row>'
    data = workbook(register(N), DIALECTS[dialect])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    out = io.BytesIO()
    encoding = DIALECTS[dialect].encoding
    with zipfile.ZipFile(out, "w") as archive:
        for name, part in parts.items():
            if "worksheets" in name:
                end = f"</{prefix}sheetData>"
                part = part.decode(encoding).replace(end, far + end).encode(encoding)
            archive.writestr(name, part)
    report, store = take(tmp_path, {"远.xlsx": out.getvalue(), "好.csv": text(register(1, SECOND))})
    assert [(p.code, p.file) for p in report.problems] == [("D01", "远.xlsx")]
    assert "1 行" in report.problems[0].message
    assert sorted(store.read(TERM, "register")["name"]) == sorted([*names(), names(1)[0]])


NAMED = {
    "另存.xls": (
        b'\xef\xbb\xbf<?xml version="1.0"?>\r\n<?mso-application progid="Excel.Sheet"?>\r\n<!--' + b"x" * 600 + b"-->"
        b'<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
        "XML 表格 2003",
    ),
    "另存2.xls": ('<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>'.encode("utf-16"), "XML 表格 2003"),
    "平面.fods": (
        b'<?xml version="1.0"?><office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"/>',
        "fods",
    ),
    "网页.xls": (b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n\r\n<html><table>", "单个文件网页"),
    "西里尔.xls": (in_container(old_records(register(1), codepage=1251)), "5.0/95"),
    "四零.xls": (b"\x09\x00\x04\x00\x02\x00\x10\x00" + b"\x04\0\x08\0" + bytes(8), "5.0/95 或更早"),
    "打包.rar": (b"Rar!\x1a\x07\x01\x00" + bytes(100), "rar 压缩包"),
    "打包.7z": (b"7z\xbc\xaf\x27\x1c" + bytes(100), "7z 压缩包"),
    "打包.gz": (b"\x1f\x8b\x08" + bytes(100), "压缩包"),
    "扫描.tif": (b"II*\0" + bytes(100), "图片"),
    "库.db": (b"SQLite format 3\0" + bytes(100), "数据库"),
}


@pytest.mark.parametrize("name", NAMED)
def test_what_is_not_read_is_named_with_what_to_do(tmp_path: Path, name: str) -> None:
    data, word = NAMED[name]
    report, store = take(tmp_path, {name: data, "好.csv": text(register(2))})
    (problem,) = report.problems
    assert (problem.file, problem.code) == (name, "D01")
    assert word in problem.message and "请" in problem.message
    assert len(store.read(TERM, "register")) == 2


def test_the_questions_what_a_file_is_are_asked_in_their_order() -> None:
    """The last fits everything, and every kind can be reached."""
    assert sniff.KINDS[-1][0](sniff.Bytes(b"anything"))
    assert {kind for _, kind, _ in sniff.KINDS} == set(sniff.Form)
