"""Blocks side by side, each under a title of its own: whose pupils they are, and which class they are in."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.intake.boxes import FIRST, SECOND, TERM, codes, pupil, take, text
from xueji_lib.intake.block_titles import own_title

HEADS = "姓名 性别 出生日期 身份证号 全国学籍号 年级".split()
NO_PLACE = HEADS[:5]
SCHOOL = "城关第一小学"


def cells(n: int, heads: list[str]) -> list[Any]:
    return pupil(n)[1 : 1 + len(heads)]


def book(titles: list[list[str]], heads: list[str], blocks: int, gap: int, merged: bool) -> bytes:
    """``titles``: a list a row above the header, a text a block; a row of one text is over all of them."""
    out = openpyxl.Workbook()
    sheet = out.active
    period = len(heads) + gap
    for r, row in enumerate(titles, 1):
        for n, title in enumerate(row):
            sheet.cell(r, 1 + n * period, title)
            if merged and len(row) == blocks:
                sheet.merge_cells(
                    start_row=r, end_row=r, start_column=1 + n * period, end_column=n * period + len(heads)
                )
    for n in range(blocks):
        for r, row in enumerate([heads, cells(2 * n + 1, heads), cells(2 * n + 2, heads)], len(titles) + 1):
            for c, value in enumerate(row):
                sheet.cell(r, 1 + n * period + c, value)
    stream = io.BytesIO()
    out.save(stream)
    return stream.getvalue()


def classes_by_pupil(tmp_path: Path, data: bytes, name: str = "名册.xlsx") -> dict[str, tuple[int, int]]:
    report, store = take(tmp_path, {name: data})
    assert codes(report) == {}, report.problems
    frame = store.read(TERM, "register")
    return dict(zip(frame["name"], zip(frame["grade"], frame["class_no"], strict=True), strict=True))


@pytest.mark.slow
@pytest.mark.parametrize(("blocks", "gap", "merged"), [(2, 0, False), (2, 1, False), (2, 1, True), (3, 1, True)])
@pytest.mark.parametrize("heads", [HEADS, NO_PLACE])
def test_each_block_is_the_class_of_its_title(
    tmp_path: Path, heads: list[str], blocks: int, gap: int, merged: bool
) -> None:
    titles = [[f"{SCHOOL}学籍名册"], [f"三（{n + 1}）班" for n in range(blocks)]]
    expected = {pupil(i)[1]: (3, (i + 1) // 2) for i in range(1, 2 * blocks + 1)}
    assert classes_by_pupil(tmp_path, book(titles, heads, blocks, gap, merged)) == expected


@pytest.mark.slow
def test_a_grade_over_all_and_a_class_over_each(tmp_path: Path) -> None:
    titles = [[f"{SCHOOL}五年级学籍名册"], ["1班", "2班"]]
    expected = {pupil(i)[1]: (5, (i + 1) // 2) for i in range(1, 5)}
    assert classes_by_pupil(tmp_path, book(titles, NO_PLACE, 2, 1, False)) == expected


@pytest.mark.slow
def test_one_class_in_two_blocks_is_told_by_texts_over_either(tmp_path: Path) -> None:
    """School, class and teacher in one line over both blocks: neither is of one block alone."""
    titles = [[f"学校：{SCHOOL}", "班级：三（1）班"]]
    expected = {pupil(i)[1]: (3, 1) for i in range(1, 5)}
    assert classes_by_pupil(tmp_path, book(titles, NO_PLACE, 2, 1, False)) == expected


@pytest.mark.slow
def test_a_merged_title_is_of_the_blocks_that_it_covers(tmp_path: Path) -> None:
    heads, period = NO_PLACE, len(NO_PLACE)
    data = openpyxl.load_workbook(io.BytesIO(book([[SCHOOL], ["三（1）班"]], heads, 3, 0, False)))
    sheet = data.active
    sheet.cell(2, 1 + 2 * period, "三（2）班")
    sheet.merge_cells(start_row=2, end_row=2, start_column=1, end_column=2 * period)
    sheet.merge_cells(start_row=1, end_row=1, start_column=1, end_column=3 * period)
    stream = io.BytesIO()
    data.save(stream)
    expected = {pupil(i)[1]: (3, 1 if i < 5 else 2) for i in range(1, 7)}
    assert classes_by_pupil(tmp_path, stream.getvalue()) == expected


@pytest.mark.slow
def test_each_block_is_of_the_school_of_its_title(tmp_path: Path) -> None:
    rows = [
        [f"{SCHOOL}三年级1班", *[""] * 4, "河西第二中学七年级2班"],
        [*NO_PLACE, *NO_PLACE],
        [*cells(1, NO_PLACE), *cells(2, NO_PLACE)],
    ]
    report, store = take(tmp_path, {"名册.csv": text(rows)})
    assert codes(report) == {}
    frame = store.read(TERM, "register").sort_values("school_id")
    told_rows = zip(frame["school_id"], frame["name"], frame["grade"], frame["class_no"], strict=True)
    assert list(told_rows) == [(FIRST, pupil(1)[1], 3, 1), (SECOND, pupil(2)[1], 7, 2)]


def test_what_one_block_alone_says_is_of_all() -> None:
    spans = [(0, 3), (3, 6)]
    assert own_title(["三年级", "", "", "2026年9月"], 0, spans, (), 1) == ["三年级", "", "", "2026年9月"]
    assert own_title(["三（1）班", "", "", "三（2）班"], 0, spans, (), 1) == ["", "", "", "三（2）班"]
    assert own_title(["三（1）班", "", "", "三（2）班"], 0, spans, (((0, 0), (0, 5)),), 1) == [
        "三（1）班",
        "",
        "",
        "三（2）班",
    ]
    assert own_title(["三（1）班", "", "", "四年级"], 0, spans, (), 0) == ["三（1）班", "", "", ""]
