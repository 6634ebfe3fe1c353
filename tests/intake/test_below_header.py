"""Rows below a header that number its columns, letter them or name them once more: no pupils, and nothing refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.intake.boxes import FIRST, HEADS, TERM, codes, pupil, register, take, text, xlsx
from xueji_lib.intake.column_signs import are_column_signs

N = len(HEADS)
ROWS: dict[str, list[Any]] = {
    "numbers": list(range(1, N + 1)),
    "numbers as text": [str(n) for n in range(1, N + 1)],
    "numbers in brackets": [f"（{n}）" for n in range(1, N + 1)],
    "numbers in circles": list("①②③④⑤⑥⑦⑧⑨⑩"),
    "Chinese numbers": list("一二三四五六七八九十"),
    "stems, then numbers": ["甲", "乙", *range(1, N - 1)],
    "letters": list("ABCDEFGHIJ"),
    "small letters": list("abcdefghij"),
    "field names": ["school_code", "name", "sex", "birth_date", "id_no", "reg_no", "grade", "class", "entry", "nation"],
    "types": ["VARCHAR(10)", "VARCHAR(60)", "CHAR(1)", "DATE", "CHAR(18)", "CHAR(19)", "INT", "INT", "CHAR(6)", "CHAR"],
    "lines": ["---", ":---", ":---:", "---:", *["---"] * (N - 4)],
    "strokes": ["——"] * N,
}


@pytest.mark.slow
@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("case", ROWS)
def test_a_row_of_column_signs_is_no_pupil(tmp_path: Path, case: str, form: str) -> None:
    rows: list[list[Any]] = [HEADS, ROWS[case], pupil(1), pupil(2)]
    report, store = take(tmp_path, {f"a.{form}": text(rows) if form == "csv" else xlsx(("a", rows))})
    assert codes(report) == {}, report.problems
    assert len(store.read(TERM, "register")) == 2
    (sheet,) = [sheet for _, sheet in report.sheets() if sheet.table == "register"]
    assert sheet.skipped == {"填写要求": 1, "表头": 1}


@pytest.mark.slow
def test_columns_are_numbered_on_every_page(tmp_path: Path) -> None:
    heads = ["序号", *HEADS[1:]]
    signs = list(range(1, N + 1))
    rows: list[list[Any]] = [heads, signs, [1, *pupil(1)[1:]], heads, signs, [2, *pupil(2)[1:]]]
    report, store = take(tmp_path, {f"{FIRST}.xlsx": xlsx(("a", rows))})
    assert codes(report) == {}
    assert len(store.read(TERM, "register")) == 2


@pytest.mark.slow
def test_a_table_of_lines_as_plain_text(tmp_path: Path) -> None:
    lines = ["|".join(["", *map(str, row), ""]) for row in [HEADS, ["---"] * N, *register(2)[1:]]]
    report, store = take(tmp_path, {"a.txt": ("\n".join(lines) + "\n").encode()})
    assert codes(report) == {}, report.problems
    assert len(store.read(TERM, "register")) == 2


PERSONS: list[list[Any]] = [
    ["", "Tom Lee", "M", "", "", "", "", "", "", "Han"],
    ["", "一", "女", "", "", "", "3", "1", "", ""],
    ["", "三", "", "", "", "", "3", "4", "", ""],
    ["", "马小军", "", "", "", "", "1", "2", "", ""],
    ["", "A", "B", "", "", "", "", "", "", ""],
    ["Tom", "Anna", "Lee", "", "", "", "", "", "", ""],
]


@pytest.mark.parametrize("cells", PERSONS)
def test_persons_are_no_column_signs(cells: list[Any]) -> None:
    assert not are_column_signs(cells, N, sex=2)
