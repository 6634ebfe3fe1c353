"""A list that is called one of another term is taken in, and that is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.intake.boxes import FIRST, HEADS, TERM, codes, pupil, register, take, text, xlsx
from xueji_lib.intake.other_term import named


@pytest.mark.parametrize(
    ("title", "terms"),
    [
        ("城关第一小学2025-2026学年第二学期学籍名册", "2025-2026-2"),
        ("城关第一小学 2025—2026 学年度（下学期）在籍学生名册", "2025-2026-2"),
        ("2025～26学年第1学期", "2025-2026-1"),
        ("2025-2026-2 名册.xlsx", "2025-2026-2"),
        ("2025-2026学年春季学期学籍名册", "2025-2026-2"),
        ("2026年春季学期学籍名册", "2025-2026-2"),
        ("2026秋 名册", "2026-2027-1"),
        ("2025学年第二学期名册", "2025-2026-2"),
        ("2025-2026学年学籍名册", "2025-2026"),
        ("名册2025-2026学年第二学期和2026-2027学年第一学期", "2025-2026-2 2026-2027-1"),
        ("2026-2027学年第一学期名册（与2025-2026学年第二学期比对）", "2026-2027-1"),
        ("2025-2026学年入学新生名册", ""),
        ("2025年秋季入学学生名册", ""),
        ("2026年9月名册", ""),
        ("2023级1班 2026-09-08 名册", ""),
        ("2023-2026届学生", ""),
        ("学籍名册 2164000001 20260908", ""),
        ("根据2025-2026学年第二学期工作安排，" + "请各校认真填写本表，" * 8, ""),
    ],
)
def test_the_terms_that_a_title_names(title: str, terms: str) -> None:
    assert named(title) == set(terms.split())


OTHER = "城关第一小学2025-2026学年第二学期学籍名册"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "sheet", "title", "where"),
    [
        ("名册", "表", OTHER, "标题"),
        (OTHER, "表", "学籍名册", "文件名"),
        ("名册", "2025-2026-2", "学籍名册", "工作表名"),
        (OTHER, "表", OTHER, "标题"),
        (OTHER, "表", "2026-2027学年第一学期", ""),
        ("2026-2027-1", "2026年9月", "2023级学籍名册", ""),
    ],
)
def test_it_is_taken_in_and_said(tmp_path: Path, name: str, sheet: str, title: str, where: str) -> None:
    report, store = take(tmp_path, {f"{name}.xlsx": xlsx((sheet, [[title], *register(3)]))})
    assert len(store.read(TERM, "register")) == 3
    assert (codes(report), report.left_out) == (({"D14": 1}, True) if where else ({}, False))
    assert [p.message.partition("写的是")[0] for p in report.problems] == ([where] if where else [])


@pytest.mark.slow
def test_a_files_name_is_said_once(tmp_path: Path) -> None:
    sheets = xlsx(("三1", register(3)), ("三2", [HEADS, *([*pupil(n)[:7], "2", *pupil(n)[8:]] for n in (7, 8))]))
    report, _ = take(tmp_path, {f"{OTHER}.xlsx": sheets})
    assert codes(report) == {"D14": 1}


@pytest.mark.slow
def test_a_title_above_blocks_side_by_side_is_said_once(tmp_path: Path) -> None:
    sides = [[*pupil(n), "", *pupil(n + 10)] for n in (1, 2, 3)]
    report, store = take(tmp_path, {"名册.xlsx": xlsx(("表", [[OTHER], [*HEADS, "", *HEADS], *sides]))})
    assert (len(store.read(TERM, "register")), codes(report)) == (6, {"D14": 1})


@pytest.mark.slow
def test_reports_of_the_term_before_are_reports(tmp_path: Path) -> None:
    heads = "学校标识码 学期 上报日期 在籍人数 在校人数 在籍不在校人数 在校不在籍人数".split()
    rows = [["2025-2026学年第二学期排摸上报"], heads, [FIRST, "2025-2026-2", "2026-03-08", "100", "100", "0", "0"]]
    report, _ = take(tmp_path, {"排摸上报.csv": text(rows)})
    assert report.problems == []
