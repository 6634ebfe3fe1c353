"""The same row twice in a file, written in another way: one pupil (D07)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from tests.intake.boxes import FIRST, HEADS, TERM, codes, pupil, take, text, xlsx

pytestmark = pytest.mark.slow

Row = list[Any]


def changed(n: int, **cells: Any) -> Row:
    return [cells.get(head, value) for head, value in zip(HEADS, pupil(n), strict=True)]


def wide(text_: str) -> str:
    return text_.translate({c: c + 0xFEE0 for c in range(0x21, 0x7F)})


SAME: dict[str, Row] = {
    "blanks behind": [f"{cell} " for cell in pupil(1)],
    "blanks before": [f"\u3000{cell}" for cell in pupil(1)],
    "another form of day": changed(1, 出生日期="2015/3/1"),
    "a day in Chinese": changed(1, 出生日期="2015年3月1日"),
    "wide digits": [wide(str(cell)) for cell in pupil(1)],
    "an apostrophe": changed(1, 身份证件号="'" + pupil(1)[4]),
    "a small letter": changed(1, 全国学籍号=pupil(1)[5].lower()),
    "grade and class in words": changed(1, 年级="三年级", 班号="1班"),
    "a blank in the name": changed(1, 姓名=" ".join(pupil(1)[1])),
}


@pytest.mark.parametrize("case", SAME)
def test_what_says_the_same_counts_once(tmp_path: Path, case: str) -> None:
    report, store = take(tmp_path, {"a.csv": text([HEADS, pupil(1), pupil(2), SAME[case]])})
    assert codes(report) == {"D07": 1}, report.problems
    assert not report.left_out
    assert "写法不同" in report.problems[0].message and "第 2 行" in report.problems[0].message
    frame = store.read(TERM, "register")
    assert sorted(frame["name"]) == sorted([pupil(1)[1], pupil(2)[1]])


def test_a_day_as_a_day_and_as_a_text(tmp_path: Path) -> None:
    rows = [HEADS, changed(1, 出生日期=dt.date(2015, 3, 1)), pupil(1)]
    report, _ = take(tmp_path, {"a.xlsx": xlsx(("a", rows))})
    assert codes(report) == {"D07": 1}


def test_word_for_word_the_same_is_called_so(tmp_path: Path) -> None:
    report, _ = take(tmp_path, {"a.csv": text([HEADS, pupil(1), pupil(1)])})
    assert [p.message for p in report.problems] == ["与第 2 行完全相同，只算一次"]


def test_what_the_kit_does_not_use_is_compared_without_white_space(tmp_path: Path) -> None:
    noted = [[*HEADS, "备用"], [*pupil(1), "甲 乙"], [*pupil(1), " 甲乙"], [*pupil(1), "丙"]]
    report, store = take(tmp_path, {"a.csv": text(noted)})
    assert codes(report) == {"D07": 1}
    assert len(store.read(TERM, "register")) == 2


DIFFERENT: dict[str, Row] = {
    "another day": changed(1, 出生日期="2015-03-11"),
    "no day that is one": changed(1, 出生日期="2015-03"),
    "another class": changed(1, 班号="11"),
    "another number": changed(1, 身份证件号=pupil(3)[4]),
    "another name": changed(1, 姓名=pupil(1)[1] + "甲"),
    "the sex left out": changed(1, 性别=""),
}


@pytest.mark.parametrize("case", DIFFERENT)
def test_what_says_something_else_is_another_row(tmp_path: Path, case: str) -> None:
    report, store = take(tmp_path, {"a.csv": text([HEADS, pupil(1), DIFFERENT[case]])})
    assert "D07" not in codes(report)
    assert len(store.read(TERM, "register")) == 2


def test_namesakes_without_numbers_in_a_headcount_are_two(tmp_path: Path) -> None:
    heads = "学校标识码 年级 班号 姓名 在校情况".split()
    rows = [heads, [FIRST, "3", "1", "马兰", "在校"], [FIRST, "三年级", "1班", "马 兰", "在校"]]
    report, store = take(tmp_path, {"a.csv": text(rows)})
    assert "D07" not in codes(report)
    assert len(store.read(TERM, "headcount")) == 2
