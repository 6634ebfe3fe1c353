"""An 逐班核对表 that a school made out of its register is the headcount, and leaves the register alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.intake.boxes import HEADS, TERM, codes, pupil, register, take, text, xlsx

pytestmark = pytest.mark.slow

ANSWERS = {1: ["不在校", "已转外校就读", "县二小"], 2: ["在校", "", ""], 3: ["在校", "", ""]}


def answered(*more: str) -> list[list[str]]:
    """Three pupils of a register with an answer beside each. ``more``: its columns."""
    return [[*HEADS, *more], *([*pupil(n), *answer[: len(more)]] for n, answer in ANSWERS.items())]


@pytest.mark.parametrize("more", [("在校情况",), ("在校情况", "情形"), ("是否到校", "情形", "去向或来源")])
def test_it_is_taken_as_the_headcount_beside_the_register(tmp_path: Path, more: tuple[str, ...]) -> None:
    files = {"名册.csv": text(register(3)), "核对表.xlsx": xlsx(("表", [["逐班核对表"], *answered(*more)]))}
    report, store = take(tmp_path, files)
    assert (codes(report), len(store.read(TERM, "register"))) == ({}, 3)
    assert sorted(store.read(TERM, "headcount")["presence"]) == ["不在校", "在校", "在校"]
    (ignored,) = [sheet.ignored for _, sheet in report.sheets() if sheet.table == "headcount"]
    assert set(ignored) == {"出生日期", "入学年月", "民族"}


@pytest.mark.parametrize("title", ["三年级逐班核对表", "学籍名册"])
def test_a_column_that_a_register_may_have_too_needs_the_title(tmp_path: Path, title: str) -> None:
    _, store = take(tmp_path, {"表.xlsx": xlsx(("表", [[title], *answered("在校状态")]))})
    table = "register" if title == "学籍名册" else "headcount"
    assert len(store.read(TERM, table)) == 3
    assert not store.has(TERM, "headcount" if table == "register" else "register")
