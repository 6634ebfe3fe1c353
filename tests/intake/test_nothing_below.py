"""A header with no record below it is said; a program's data is no header."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.intake.boxes import FIRST, HEADS, SECOND, TERM, codes, register, take, text, xlsx

pytestmark = pytest.mark.slow

Pupils = list[dict[str, Any]]
WRITERS: dict[str, Callable[[Pupils], str]] = {
    "one line": lambda pupils: json.dumps(pupils, ensure_ascii=False),
    "tight": lambda pupils: json.dumps(pupils, ensure_ascii=False, separators=(",", ":")),
    "indented": lambda pupils: json.dumps(pupils, ensure_ascii=False, indent=1),
    "a line each": lambda pupils: "\n".join(json.dumps(pupil, ensure_ascii=False) for pupil in pupils),
    "in an object": lambda pupils: json.dumps({"数据": pupils}, ensure_ascii=False),
    "keys apart": lambda pupils: json.dumps([list(pupils[0]), *(list(p.values()) for p in pupils)]),
    "as Python": str,
}


@pytest.mark.parametrize("form", WRITERS)
def test_a_programs_data_is_no_table(tmp_path: Path, form: str) -> None:
    pupils = [dict(zip(HEADS, row, strict=True)) for row in register(3)[1:]]
    report, store = take(tmp_path, {"a.json": WRITERS[form](pupils).encode()})
    assert codes(report) == {"D02": 1} and report.left_out
    assert not store.has(TERM, "register")


def test_a_header_with_nothing_below_it_is_said(tmp_path: Path) -> None:
    """Of lists by file, so that a school reads of its own; of ledgers, which are often empty, all together."""
    moves = "学校标识码 办理方向 姓名 身份证件号 年级 转学原因 申请日期 办理结果".split()
    classes = "学校标识码 年级 班号 班主任".split()
    book = xlsx(("转学", [moves]), ("名册", [["学籍名册"], HEADS]), ("班级", [classes]))
    files = {"空表.xlsx": book, f"{SECOND}/名册.csv": text([HEADS]), f"{FIRST}.csv": text(register(2))}
    report, _ = take(tmp_path, files)
    assert len(report.notes) == 3
    said = "\n".join(report.notes)
    assert "“空表.xlsx”里的学籍名册、班级设置只有表头" in said
    assert "转学台账 1 张" in said and FIRST not in said
    assert [SECOND in note for note in report.notes].count(True) == 1
    assert report.problems == [] and not report.left_out
    assert all(note in "\n".join(report.lines()) for note in report.notes)
