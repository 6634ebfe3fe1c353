"""Below the last pupil of a list: counts, signatures and small tables are skipped, who may be a pupil is taken in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.intake.boxes import HEADS, TERM, codes, pupil, take, text, xlsx
from xueji_lib.intake.report import Report, SheetReport

pytestmark = pytest.mark.slow

SCHOOL = "城关第一小学"
BARE = HEADS[1:]
COUNTED = "年级 班号 姓名 性别 身份证件号 在校情况 情形".split()
Rows = list[list[Any]]


def bare(n: int) -> list[Any]:
    return pupil(n)[1:]


def counted(n: int, presence: str = "在校") -> list[Any]:
    own = pupil(n)
    return ["3", "1", own[1], own[2], own[4], presence, ""]


def taken(tmp_path: Path, heads: list[str], rows: Rows) -> tuple[Report, SheetReport, list[str]]:
    """The report, that of the list, and the names in the store; the file's name tells the school."""
    report, store = take(tmp_path, {f"{SCHOOL}.xlsx": xlsx(("名册", [heads, *rows]))})
    (sheet,) = [sheet for _, sheet in report.sheets() if sheet.table != "schools"]
    assert sheet.read == sheet.accepted + sheet.rows_rejected + sheet.rows_skipped == len(rows) + 1
    return report, sheet, store.read(TERM, str(sheet.table)).sort_values("_row")["name"].tolist()


COUNTS: Rows = [
    ["男生人数", "11"],
    ["女生人数", "9"],
    ["男", "2"],
    ["女", 1],
    ["男", "2", "人"],
    ["人数", "3"],
    ["应到人数", "3"],
    ["实有人数：", "3"],
    ["总人数", "3"],
    ["汇总", "3"],
    ["平均年龄", "11.2"],
    ["转出", "1"],
    ["转入", "0"],
    ["三年级", "3"],
    ["三（1）班", "3"],
    ["性别统计"],
    ["年级", "班号", "人数", "男", "女"],
    ["三年级", "1班", "3", "2", "1"],
    ["3", "2", "1"],
]
WORDS: Rows = [
    ["以上信息属实"],
    ["完"],
    ["END"],
    ["略"],
    ["同上"],
    ["……"],
    ["县教育局制"],
    ["班主任", "张三"],
    ["年级主任", "张三"],
    ["填表人", "李四"],
    ["校长", "王五"],
    ["负责人", "王五"],
    ["审核", "王五"],
    ["制表", "李"],
    ["学籍管理员", "张三"],
    ["日期", "2026-9-1"],
    ["截止日期", "2026-9-1"],
    ["打印日期", "", "2026-9-1"],
    ["备注", "无"],
    ["注", "以上为全部学生"],
    ["联系电话", "0955-4000000"],
    [SCHOOL],
]


@pytest.mark.parametrize(("below", "kind"), [(COUNTS, "合计"), (WORDS, "落款")])
def test_below_a_register_nobody_is_added(tmp_path: Path, below: Rows, kind: str) -> None:
    pupils = [bare(n) for n in range(1, 5)]
    for n, row in enumerate(below):
        report, sheet, names = taken(tmp_path / str(n), BARE, [*pupils, row])
        assert names == [p[0] for p in pupils], row
        assert sheet.skipped == {kind: 1, "表头": 1}, row
        assert codes(report) == {}, (row, report.problems)
    _, sheet, names = taken(tmp_path / "all", BARE, [*pupils, *COUNTS, *WORDS])
    assert names == [p[0] for p in pupils]
    assert sheet.rows_skipped == 1 + len(COUNTS) + len(WORDS)


def test_below_a_headcount_nobody_is_added(tmp_path: Path) -> None:
    pupils = [counted(n) for n in range(1, 5)]
    below = [["", "", *row] for row in (*COUNTS, *WORDS) if len(row) < 5]
    below += [["应到人数", "3"], ["年级", "班号", "人数", "男", "女"], ["三年级", "1班", "3", "2", "1"]]
    report, sheet, names = taken(tmp_path, COUNTED, [*pupils, *below])
    assert names == [p[2] for p in pupils]
    assert codes(report) == {}
    assert sheet.rows_skipped == 1 + len(below)


def test_counts_between_classes_are_no_pupils(tmp_path: Path) -> None:
    rows = [bare(1), bare(2), ["男生人数", "2"], ["女生人数", "0"], ["班主任", "张三"], bare(3), bare(4)]
    report, sheet, names = taken(tmp_path, BARE, rows)
    assert names == [bare(n)[0] for n in (1, 2, 3, 4)]
    assert sheet.skipped == {"合计": 2, "落款": 1, "表头": 1}
    assert codes(report) == {}


SURE: Rows = [
    ["马小军", "男", "", "", "", "3", "1"],
    ["马小军", "", "", "", "", "三年级"],
    ["男", "男", "2015-03-01", "640422201503010071", "", "3", "1"],
    ["男生人数", "男", "2015-03-01", "", "G640422201503010071"],
    ["完", "", "2015-03-01", "640422201503010071"],
    ["方向", "女", "", "", "", "3", "1"],
    ["张三", "", "2015-03-01"],
]
UNSURE: Rows = [
    ["马小军"],
    ["阿卜杜热合曼·买买提"],
    ["马小军", "", "", "", "", "", "", "", "回族"],
    ["方向"],
    ["安全教育处宣"],
]


@pytest.mark.parametrize("row", [*SURE, *UNSURE])
def test_a_child_below_the_others_is_taken_in(tmp_path: Path, row: list[Any]) -> None:
    """And where it may be none, that is said."""
    report, _, names = taken(tmp_path, BARE, [*(bare(n) for n in range(1, 5)), row])
    assert names == [*(bare(n)[0] for n in range(1, 5)), row[0]]
    asked = [p for p in report.problems if "名单末尾" in p.message]
    assert [p.row for p in asked] == ([6] if row in UNSURE else [])
    assert report.left_out or row in SURE


def test_lists_without_numbers_lose_nobody(tmp_path: Path) -> None:
    heads = "年级 班号 姓名 在校情况 情形 去向或来源".split()
    names = ["马小军", "方向", "男", "注", "合群", "马", "安琪", "三"]
    rows: Rows = [["三年级", "1班", name, "在校", ""] for name in names] + [["", "", "马小红"], ["", "", "丁一"]]
    report, _, taken_names = taken(tmp_path, heads, rows)
    assert taken_names == [*names, "马小红", "丁一"]
    assert codes(report) == {}
    _, _, taken_names = taken(tmp_path / "b", heads, [*rows, ["", "", "应到人数", "8"], ["", "", "男", "5"]])
    assert taken_names == [*names, "马小红", "丁一"]


def test_a_list_half_of_whose_pupils_have_no_number_loses_nobody(tmp_path: Path) -> None:
    rows = [bare(1), bare(2), *([name] for name in ("马一", "马二", "马三", "马四", "马五"))]
    _, _, names = taken(tmp_path, BARE, rows)
    assert names == [r[0] for r in rows]


def test_names_and_sexes_exchanged_are_not_skipped(tmp_path: Path) -> None:
    """Every 姓名 says 男 or 女: the list is wrong, and must not look empty."""
    heads = "年级 班号 姓名 性别 在校情况 情形".split()
    rows: Rows = [["3", "1", "男" if n % 2 else "女", pupil(n)[1], "在校"] for n in range(1, 6)]
    _, sheet, _ = taken(tmp_path, heads, rows)
    assert sheet.accepted == 5


def test_csv_too(tmp_path: Path) -> None:
    rows = [BARE, bare(1), bare(2), ["男生人数", "2"], ["女生人数", "0"], ["以上信息属实"]]
    report, store = take(tmp_path, {f"{SCHOOL}.csv": text(rows)})
    assert len(store.read(TERM, "register")) == 2
    assert codes(report) == {}
