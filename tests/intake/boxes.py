"""Inboxes made of real files: what the tests of intake take in."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter
import xlwt

from xueji_lib import intake
from xueji_lib.intake.report import Report
from xueji_lib.register.calendar import Calendar
from xueji_lib.register.identity import check_digit
from xueji_lib.register.schema import TABLES
from xueji_lib.register.unknown_cells import columns_of
from xueji_lib.store import Store

TERM = "2026-2027-1"
NOW = dt.datetime(2026, 9, 10, 8, 30)
FIRST, SECOND, NINE = "2164000001", "3164000002", "3164000003"
DIRECTORY = (
    "学校标识码,学校名称,办学类型,城乡类别,所属乡镇\n"
    f"{FIRST},城关第一小学,小学,城区,城关镇\n"
    f"{SECOND},河西第二中学,初级中学,镇区,河西镇\n"
    f"{NINE},白崖九年制学校,九年一贯制学校,乡村,白崖乡\n"
)
HEADS = "学校标识码 姓名 性别 出生日期 身份证件号 全国学籍号 年级 班号 入学年月 民族".split()

Row = Sequence[Any]


def number(n: int, birth: str = "20150301") -> str:
    """An ID number of nobody, with the right check digit."""
    head = f"640422{birth}{n:03d}"
    return head + check_digit(head)


def pupil(n: int, school: str = FIRST) -> list[Any]:
    """One line of a register, in the order of HEADS."""
    own = number(n)
    return [school, f"学生{chr(0x4E00 + n)}", "男", "2015-03-01", own, "G" + own, "3", "1", "202409", "回族"]


def register(n: int, school: str = FIRST) -> list[Row]:
    return [HEADS, *(pupil(i, school) for i in range(1, n + 1))]


# ---- files ----


def text(rows: Sequence[Row], encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode(encoding)


def xlsx(*sheets: tuple[str, Sequence[Row]], merges: Sequence[tuple[int, int, int, int, str]] = ()) -> bytes:
    """``merges``: first row, first column, last row, last column, text; on the first sheet."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for place, (name, rows) in enumerate(sheets):
            sheet = book.add_worksheet(name)
            for r, row in enumerate(rows):
                for c, value in enumerate(row):
                    if isinstance(value, dt.date):
                        sheet.write_datetime(r, c, dt.datetime(value.year, value.month, value.day), day)
                    elif value is not None and value != "":
                        sheet.write(r, c, value)
            for merge in merges if place == 0 else ():
                sheet.merge_range(*merge)
    return out.getvalue()


def xls(rows: Sequence[Row]) -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("名册")
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            sheet.write(r, c, value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def html(rows: Sequence[Row], charset: str = "gb2312", encoding: str = "gb18030") -> bytes:
    lines = "".join("<tr>" + "".join(f"<td>{v}</td>" for v in row) + "</tr>\r\n" for row in rows)
    page = f'<html><head><meta http-equiv="Content-Type" content="text/html; charset={charset}"></head>'
    return f"{page}<body><table border=1>{lines}</table></body></html>".encode(encoding)


# ---- taking in ----


def box(folder: Path, files: dict[str, bytes], directory: str = DIRECTORY) -> Path:
    """An inbox with these files (paths below it) and, unless empty, a directory."""
    folder.mkdir(parents=True, exist_ok=True)
    if directory:
        files = {"学校名录.csv": directory.encode(), **files}
    for name, data in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return folder


def take(
    tmp_path: Path, files: dict[str, bytes], directory: str = DIRECTORY, *, replace: bool = False
) -> tuple[Report, Store]:
    """Take these files into a new store (or the one that is there)."""
    tmp_path.mkdir(parents=True, exist_ok=True)
    place = tmp_path / f"收件 {sum(1 for _ in tmp_path.iterdir())}"
    store = Store(tmp_path / "store")
    report = intake.run(box(place, files, directory), store, TERM, Calendar.load(), now=NOW, replace=replace)
    report.check()
    return report, store


def codes(report: Report) -> Counter[str]:
    return Counter(p.code for p in report.problems)


def unknown(frame: pd.DataFrame, table: str, column: str) -> list[bool]:
    """Per row: the cell is unknown."""
    assert column in {c.id for c in TABLES[table]}
    return [column in columns_of(text) for text in frame["_unknown"]]


def content(frame: pd.DataFrame) -> pd.DataFrame:
    """What a frame says, without where it came from."""
    return frame.drop(columns=["_file", "_sheet", "_row"]).astype(object).reset_index(drop=True)
