"""Lists as they are printed: blocks side by side, words around the pupils, classes told by titles, merged cells."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable
from pathlib import Path
from shutil import which
from typing import Any

import openpyxl
import pytest

from tests.intake.boxes import FIRST, SECOND, TERM, codes, html, pupil, register, take, text, unknown, xls, xlsx
from tests.intake.raw_books import xlsb
from xueji_lib.intake import told

pytestmark = pytest.mark.slow

BARE = "姓名 性别 出生日期 身份证号 全国学籍号 年级 班号".split()
Rows = list[list[Any]]


def bare(n: int) -> list[Any]:
    return pupil(n)[1:8]


def names(*numbers: int) -> set[str]:
    return {pupil(n)[1] for n in numbers}


WRITERS: dict[str, Callable[[Rows], bytes]] = {
    "xlsx": lambda rows: xlsx(("Sheet1", rows)),
    "xls": xls,
    "csv": lambda rows: text(rows, "gb18030"),
    "html.xls": html,
}

# ---- blocks side by side ----

SIDE_BY_SIDE: dict[str, tuple[Rows, set[str]]] = {
    "two, with row numbers": (
        [
            ["城关第一小学学生名册"],
            ["序号", *BARE, "序号", *BARE],
            [1, *bare(1), 4, *bare(4)],
            [2, *bare(2), 5, *bare(5)],
            [3, *bare(3)],
        ],
        names(1, 2, 3, 4, 5),
    ),
    "three, blank columns between": (
        [
            ["城关第一小学"],
            [*BARE, "", *BARE, "", *BARE],
            [*bare(1), "", *bare(2), "", *bare(3)],
            [*bare(4), "", *bare(5)],
        ],
        names(1, 2, 3, 4, 5),
    ),
    "the school before both": (
        [["学校标识码", *BARE, *BARE], [FIRST, *bare(1), *bare(2)], [FIRST, *bare(3), *[""] * 7]],
        names(1, 2, 3),
    ),
    "with a total and a signature": (
        [
            [*BARE, *BARE],
            [*bare(1), *bare(2)],
            ["合计：2人"],
            ["班主任（签字）：", "", "", "", "", "", "", "城关第一小学"],
        ],
        names(1, 2),
    ),
}


@pytest.mark.parametrize("form", ["xlsx", "csv"])
@pytest.mark.parametrize("case", SIDE_BY_SIDE)
def test_blocks_side_by_side_are_both_read(tmp_path: Path, case: str, form: str) -> None:
    rows, expected = SIDE_BY_SIDE[case]
    report, store = take(tmp_path, {f"{FIRST}名册.{form}": WRITERS[form](rows)})
    assert codes(report) == {}, report.problems
    frame = store.read(TERM, "register")
    assert set(frame["name"]) == expected
    assert len(frame) == len(expected)
    assert frame["id_number"].notna().all()


def test_parents_beside_pupils_are_no_second_block(tmp_path: Path) -> None:
    heads = [*BARE, "姓名", "关系", "联系电话"]
    report, store = take(tmp_path, {f"{FIRST}.csv": text([heads, [*bare(1), "家长甲", "父亲", "13900000001"]])})
    assert set(store.read(TERM, "register")["name"]) == names(1)
    assert not report.left_out


# ---- rows above the header ----


@pytest.mark.parametrize("form", WRITERS)
def test_records_above_the_header_are_read_or_named(tmp_path: Path, form: str) -> None:
    rows = [["城关第一小学"], bare(1), bare(2), BARE, bare(3)]
    report, store = take(tmp_path, {f"{FIRST}a.{form}": WRITERS[form](rows)})
    assert set(store.read(TERM, "register")["name"]) == names(1, 2, 3)
    assert codes(report) == {}
    moved = [["", *bare(4)], BARE, bare(5)]
    report, store = take(tmp_path / "b", {f"{FIRST}a.{form}": WRITERS[form](moved)})
    assert codes(report) == {"D02": 1}
    assert "表头上方有 1 行" in report.problems[0].message
    assert report.left_out


# ---- two encodings in one file ----

LINES = [",".join(map(str, row)) + "\r\n" for row in register(4)]
MIXED = {
    "rows of UTF-8 below GBK": b"".join(line.encode("gb18030" if n < 3 else "utf-8") for n, line in enumerate(LINES)),
    "rows of GBK below UTF-8": b"".join(line.encode("utf-8" if n < 3 else "gb18030") for n, line in enumerate(LINES)),
    "below a mark of UTF-8": b"\xef\xbb\xbf"
    + b"".join(line.encode("utf-8" if n < 2 else "gb18030") for n, line in enumerate(LINES)),
    "turn by turn": b"".join(line.encode("utf-8" if n % 2 else "gb18030") for n, line in enumerate(LINES)),
    "within a line": b"".join(
        b",".join(cell.encode("utf-8" if n == 2 and i == 1 else "gb18030") for i, cell in enumerate(line.split(",")))
        for n, line in enumerate(LINES)
    ),
    "with tabs": b"".join(
        line.replace(",", "\t").encode("gb18030" if n < 3 else "utf-8") for n, line in enumerate(LINES)
    ),
}


@pytest.mark.parametrize("case", MIXED)
def test_two_encodings_in_one_file_are_both_read(tmp_path: Path, case: str) -> None:
    report, store = take(tmp_path, {"名册.csv": MIXED[case]})
    assert codes(report) == {}, report.problems
    frame = store.read(TERM, "register")
    assert set(frame["name"]) == names(1, 2, 3, 4)
    assert set(frame["ethnicity"].astype(str)) == {"回族"}


# ---- words around the pupils ----

AROUND: Rows = [
    ["填写说明：身份证号按户口本填写"],
    ["以上共3人"],
    ["全班共3人，其中男生2人，女生1人"],
    ["以下空白"],
    ["第1页，共2页"],
    ["- 1 -"],
    ["————————————"],
    ["2026年9月7日"],
    ["校长（签字）：", "", "", "班主任（签字）："],
    ["1.本表一式两份，学校、县局各一份。"],
    ["注：学籍号以平台为准"],
    ["本表由班主任核对无误"],
    ["（接下页）"],
    ["男生2人，女生1人"],
    ["请各班认真核对后上交"],
    ["城关第一小学（盖章）"],
    ["审核人：", "李某", "", "填表日期：", "2026.9.7"],
]
"""None of them is a pupil, wherever the name's column is."""


@pytest.mark.parametrize("form", WRITERS)
def test_words_around_the_pupils_are_none(tmp_path: Path, form: str) -> None:
    by_name = [BARE, bare(1), bare(2), *AROUND[:1], bare(3), *AROUND[1:]]
    heads = ["序号", "性别", "姓名", *BARE[2:]]
    inside = [heads, *([n, bare(n)[1], bare(n)[0], *bare(n)[2:]] for n in (4, 5, 6))]
    inside += [["", "", *row] for row in AROUND] + AROUND
    files = {f"{FIRST}a.{form}": WRITERS[form](by_name), f"{SECOND}b.{form}": WRITERS[form](inside)}
    report, store = take(tmp_path, files)
    assert set(store.read(TERM, "register")["name"]) == names(1, 2, 3, 4, 5, 6)
    assert codes(report) == {}, [(p.row, p.code, p.message) for p in report.problems]
    skipped = [sheet.rows_skipped for _, sheet in report.sheets() if sheet.table == "register"]
    assert skipped == [1 + len(AROUND), 1 + 2 * len(AROUND)]


EXAMPLES: list[list[Any]] = [
    ["例", "张三", "男", "2015-01-01", "640422201501010012", "", "三年级", "1"],
    ["示例：", "李四", "女", "2015-01-01", "640422201501010012", "G640422201501010012", "三年级", "1"],
    ["", "张三（示例）", "男", "2015-01-01", "640422201501010012", "", "三年级", "1"],
    ["", "王五", "男", "2015-01-01", "如：640422201501010012", "", "三年级", "1"],
    ["", "按户口本填写", "男/女", "8位数字", "18位", "G+身份证号", "填汉字", "填数字"],
    ["必填", "必填", "选填", "必填", "必填", "必填", "下拉选择", "文本格式"],
]


def test_examples_and_instructions_below_the_header_are_no_pupils(tmp_path: Path) -> None:
    heads = ["序号", *BARE]
    for n, example in enumerate(EXAMPLES):
        report, store = take(
            tmp_path / str(n), {f"{FIRST}.xlsx": xlsx(("a", [heads, example, [1, *bare(1)], [2, *bare(2)]]))}
        )
        assert set(store.read(TERM, "register")["name"]) == names(1, 2), example
        assert codes(report) == {}, example


KEPT: list[list[Any]] = [
    ["全某", "男", "2015-03-01", "640422201503010071", "", "3", "1"],
    ["以下空白", "男", "2015-03-01", "640422201503010071", "", "3", "1"],  # a number: never a title
    ["说明", "", "", "", "G640422201503010071", "", ""],
    ["男生", "男", "2015-03-01", "无", "G640422201503010071", "3", "1"],
    ["马小军", "", "", "", "", "", ""],
    ["阿卜杜热合曼·买买提", "", "", "", "", "3", "1"],
    ["计生", "男", "2015-03-01", "", "", "3", "1"],
]


def test_children_are_never_taken_for_words(tmp_path: Path) -> None:
    for n, row in enumerate(KEPT):
        _, store = take(tmp_path / str(n), {f"{FIRST}.csv": text([BARE, bare(1), row, bare(2)])})
        assert len(store.read(TERM, "register")) == 3, row


def test_a_row_with_as_many_cells_as_the_header_is_no_title(tmp_path: Path) -> None:
    heads = "年级 班号 姓名 在校情况".split()
    rows = [heads, ["3", "1", "注", "在校"], ["3", "1", "合群", "在校"], ["日期：", "1", "班长", "在校"]]
    _, store = take(tmp_path, {f"{FIRST}.csv": text(rows)})
    assert len(store.read(TERM, "headcount")) == 3


# ---- told by headings, titles, names ----

NO_CLASS = BARE[:5]


def without_class(*numbers: int) -> Rows:
    return [NO_CLASS, *(bare(n)[:5] for n in numbers)]


TOLD: dict[str, tuple[str, bytes, list[tuple[int, int]]]] = {
    "sheets": ("a.xlsx", xlsx(("七（1）班", without_class(1)), ("七（2）班", without_class(2))), [(7, 1), (7, 2)]),
    "short names of sheets": ("a.xlsx", xlsx(("701", without_class(1)), ("八3", without_class(2))), [(7, 1), (8, 3)]),
    "the title": ("a.csv", text([["河西第二中学八年级（3）班学生花名册"], *without_class(1, 2)]), [(8, 3), (8, 3)]),
    "a line above": ("a.xls", xls([["班级：九年级2班", "", "班主任：马某"], *without_class(1, 2)]), [(9, 2), (9, 2)]),
    "the file": ("初一4班名册.csv", text(without_class(1, 2)), [(7, 4), (7, 4)]),
    "grade in the file, class in the sheet": (
        "九年级.xlsx",
        xlsx(("1班", without_class(1)), ("2班", without_class(2))),
        [(9, 1), (9, 2)],
    ),
    "headings between": (
        "a.xls",
        html([["河西第二中学"], NO_CLASS, ["七年级1班"], bare(1)[:5], ["七年级2班"], bare(2)[:5]]),
        [(7, 1), (7, 2)],
    ),
    "a title on each page": (
        "a.xlsx",
        xlsx(("名册", [["七（5）班"], *without_class(1), ["七（6）班"], *without_class(2)])),
        [(7, 5), (7, 6)],
    ),
    "grade only": (
        "a.xlsx",
        xlsx(("八年级", [[*BARE[:5], "班级"], [*bare(1)[:5], "1班"], [*bare(2)[:5], "2班"]])),
        [(8, 1), (8, 2)],
    ),
    "an empty column": (
        "a.csv",
        text([["七年级3班"], BARE, [*bare(1)[:5], "", ""], [*bare(2)[:5], "", ""]]),
        [(7, 3), (7, 3)],
    ),
}


@pytest.mark.parametrize("case", TOLD)
def test_a_class_is_told_by_what_stands_nearest(tmp_path: Path, case: str) -> None:
    name, data, expected = TOLD[case]
    report, store = take(tmp_path, {f"河西第二中学/{name}": data})
    assert codes(report) == {}, report.problems
    frame = store.read(TERM, "register").sort_values("name")
    assert list(zip(frame["grade"], frame["class_no"], strict=True)) == expected


def test_a_text_that_names_two_classes_tells_none() -> None:
    texts = [
        "七年级1班、2班",
        "3-4年级",
        "五六年级",
        "七年级1-3班",
        "共3班",
        "毕业班",
        "2026—2027学年第一学期",
        "第三中学",
        "3164000103",
    ]
    assert {text_: told.said_in(text_) for text_ in texts} == dict.fromkeys(texts, told.ToldPlace())


def test_the_direction_of_transfers_is_told_by_sheets(tmp_path: Path) -> None:
    heads = "学校标识码 姓名 身份证件号 年级 班号 转出学校 转入学校 转学原因 申请日期 办理结果".split()

    def row(n: int) -> list[Any]:
        return [FIRST, pupil(n)[1], pupil(n)[4], "3", "1", "甲校", "乙校", "户口迁移", "2026-09-01", "同意"]

    report, store = take(
        tmp_path,
        {
            "a.xlsx": xlsx(("转入", [heads, row(1)]), ("转出", [heads, row(2)])),
            "转出学生.csv": text([heads, row(3)]),
            "b.xls": xls([["转入学生花名册（转入学校填）"], heads, row(4)]),
        },
    )
    assert codes(report) == {}
    frame = store.read(TERM, "transfers").sort_values("name")
    assert frame["direction"].astype(str).tolist() == ["转入", "转出", "转出", "转入"]


# ---- written once ----


@pytest.mark.parametrize("form", WRITERS)
def test_a_class_written_once_is_everybodys_below_and_said(tmp_path: Path, form: str) -> None:
    rows = [BARE, *(bare(n) for n in range(1, 9))]
    for n, row in enumerate(rows[1:]):
        row[5], row[6] = ("三年级" if n == 0 else ""), {0: "1班", 4: "2班"}.get(n, "")
    report, store = take(tmp_path, {f"{FIRST}.{form}": WRITERS[form](rows)})
    assert codes(report) == {"D06": 2}
    assert {p.column for p in report.problems} == {"年级", "班号"}
    frame = store.read(TERM, "register").sort_values("_row")
    assert frame["grade"].tolist() == [3] * 8
    assert frame["class_no"].tolist() == [1] * 4 + [2] * 4


def test_a_class_forgotten_here_and_there_stays_blank(tmp_path: Path) -> None:
    rows = [BARE, *(bare(n) for n in range(1, 9))]
    for row in rows[3:]:
        row[6] = ""
    _, store = take(tmp_path, {f"{FIRST}.csv": text(rows)})
    frame = store.read(TERM, "register")
    assert frame["class_no"].notna().sum() == 2  # 1, 1, and then nothing: not written once
    assert unknown(frame, "register", "class_no") == [False] * 8


# ---- merged cells ----


def merged_xlsx() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in [["班级", *NO_CLASS], *(["", *bare(n)[:5]] for n in range(1, 7))]:
        sheet.append(row)
    for first, last, name in ((2, 4, "三（1）班"), (5, 7, "三（2）班")):
        sheet.cell(first, 1).value = name
        sheet.merge_cells(start_row=first, end_row=last, start_column=1, end_column=1)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def check_merged(tmp_path: Path, name: str, data: bytes) -> None:
    report, store = take(tmp_path, {f"{FIRST}.{name}": data})
    assert codes(report) == {}, report.problems
    frame = store.read(TERM, "register").sort_values("_row")
    assert frame["class_no"].tolist() == [1, 1, 1, 2, 2, 2]


@pytest.mark.slow
@pytest.mark.parametrize("form", ["ods", "xls", "html"])
def test_merged_cells_in_every_format_of_an_office(tmp_path: Path, form: str) -> None:
    office = which("soffice")
    if office is None:
        pytest.skip("no LibreOffice")
    source = tmp_path / "a.xlsx"
    source.write_bytes(merged_xlsx())
    profile = f"-env:UserInstallation=file://{tmp_path / 'profile'}"
    command = [office, profile, "--headless", "--convert-to", form, "--outdir", str(tmp_path), str(source)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    check_merged(tmp_path / form, "xls" if form == "html" else form, (tmp_path / f"a.{form}").read_bytes())


def test_merged_cells_of_an_xlsx_and_an_xlsb(tmp_path: Path) -> None:
    check_merged(tmp_path / "a", "xlsx", merged_xlsx())
    rows = [["班级", *NO_CLASS], *(["", *bare(n)[:5]] for n in range(1, 7))]
    rows[1][0], rows[4][0] = "三（1）班", "三（2）班"
    check_merged(tmp_path / "b", "xlsb", xlsb(rows, merges=[(1, 3, 0, 0), (4, 6, 0, 0)]))
