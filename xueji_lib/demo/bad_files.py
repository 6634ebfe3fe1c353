"""Files that no intake can read, as every inbox has some."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from xueji_lib.demo.cell_styles import Cell
from xueji_lib.demo.county import DemoCounty
from xueji_lib.demo.file_forms import Sheet, write
from xueji_lib.demo.model import TERM
from xueji_lib.demo.people import People
from xueji_lib.demo.truth import PlantedTruth


def add(folder: Path, county: DemoCounty, people: People, truth: PlantedTruth) -> None:
    """Write them into the inbox of the term, and what intake must say into the truth."""
    inbox = folder / "inbox" / TERM / "其他"
    inbox.mkdir(parents=True, exist_ok=True)

    def say(name: str, code: str, row: str, note: str) -> None:
        truth.intake.append([TERM, f"其他/{name}", code, row, "", note])

    child = people.child(3, county.schools[0].township)
    whole = write(inbox / "名册备份（传坏了）.xlsx", "xlsx", [Sheet("名册", ["姓名", "性别"], [["某某", "男"]] * 40)])
    whole.write_bytes(whole.read_bytes()[:2000])
    say(whole.name, "D01", "", "传输中断的 xlsx")
    (inbox / "校门照片.xlsx").write_bytes(_picture())
    say("校门照片.xlsx", "D01", "", "改了名的图片")
    (inbox / "空文件.csv").write_bytes(b"")
    say("空文件.csv", "D01", "", "0 字节")
    (inbox / "会议通知.docx").write_bytes(b"PK\x03\x04 not a table")
    say("会议通知.docx", "D01", "", "不是表格")
    meals = Sheet("营养餐", ["日期", "早餐", "午餐", "单价"], [["2026-09-01", "牛奶", "米饭", 5]] * 5)
    write(inbox / "营养餐台账.xlsx", "xlsx", [meals])
    say("营养餐台账.xlsx", "D02", "", "没有认识的表头")
    head = [
        "学校标识码",
        "学生类别",
        "户籍乡镇",
        "发现日期",
        "劝返次数",
        "上报乡镇日期",
        "限期复学通知书日期",
        "处理结果",
    ]
    lost = Sheet(
        "劝返",
        head,
        [[county.schools[0].id, "留守", "云台镇", "2026-09-07", "2", "2026-09-10", "2026-09-15", "已复学"]],
    )
    write(inbox / "劝返台账（缺姓名列）.csv", "csv_utf8", [lost])
    say("劝返台账（缺姓名列）.csv", "D03", "1", "没有姓名列，整表不收")
    head = ["学校标识码", "姓名", "性别", "出生日期", "身份证件类型", "身份证件号", "全国学籍号", "年级", "班号"]
    row: list[Cell] = [
        "2164999999",
        child.name,
        child.sex,
        child.birth,
        "居民身份证",
        child.id_number,
        child.register_no,
        "3",
        "1",
    ]
    write(inbox / "外县名册.csv", "csv_utf8", [Sheet("名册", head, [row])])
    say("外县名册.csv", "D08", "2", "学校不在名录")


def _picture() -> bytes:
    """A PNG of one pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0\xff\xff\xff"))
        + chunk(b"IEND", b"")
    )
