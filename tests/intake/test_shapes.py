"""Titles, merged cells, two-row headers, totals, footers: every row is accounted for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.intake.boxes import (
    DIRECTORY,
    FIRST,
    HEADS,
    NINE,
    SECOND,
    TERM,
    codes,
    html,
    number,
    pupil,
    register,
    take,
    text,
    unknown,
    xlsx,
)
from xueji_lib.intake import header
from xueji_lib.register import schema

pytestmark = pytest.mark.slow


def only(report):  # type: ignore[no-untyped-def]
    """The one sheet that is no directory."""
    (sheet,) = [s for f, s in report.sheets() if s.table != "schools"]
    return sheet


def test_everything_around_a_table(tmp_path: Path) -> None:
    heads = ["序号", *HEADS]
    rows = [
        ["城关第一小学学生名册"],
        [],
        ["学校：城关第一小学", "", "", "2026年9月"],
        heads,
        [1, *pupil(1)],
        [],
        [2, *pupil(2)],
        ["本页小计", 2],
        heads,  # the header again, as on every printed page
        [3, *pupil(3)],
        ["4", "", "", "", "", "", "", "", "", "", ""],  # numbered in advance, never filled in
        ["", "", "合 计", 3],
        ["填表人：张某", "", "", "审核：李某", "", "2026年9月1日"],
        ["注：1.本表一式两份"],
    ]
    report, store = take(tmp_path, {"a.xlsx": xlsx(("一年级", rows), ("Sheet2", []), ("填表说明", [["说明"], ["一"]]))})
    assert report.problems == []
    sheet = next(s for _, s in report.sheets() if s.table == "register")
    assert (sheet.read, sheet.accepted, sheet.header_row) == (14, 3, 4)
    assert sheet.skipped == {"标题": 2, "空行": 3, "表头": 2, "合计": 2, "落款": 2}
    assert store.read(TERM, "register")["_row"].tolist() == [5, 7, 10]


def test_merged_cells_say_the_same_in_every_row(tmp_path: Path) -> None:
    rows = [["", *HEADS[1:]], *(["", *pupil(n)[1:]] for n in (1, 2, 3)), ["", *pupil(4, SECOND)[1:]]]
    merges = [(1, 0, 3, 0, FIRST)]
    rows[0][0], rows[4][0] = HEADS[0], FIRST
    report, store = take(tmp_path, {"a.xlsx": xlsx(("名册", rows), merges=merges)})
    assert report.problems == []
    assert store.read(TERM, "register")["school_id"].tolist() == [FIRST] * 4
    spanned = (
        html(rows[:1])
        .decode("gb18030")
        .replace(
            "</table>",
            f"<tr><td rowspan=3>{FIRST}</td>"
            + "</tr><tr>".join("".join(f"<td>{v}</td>" for v in r[1:]) for r in rows[1:4])
            + "</tr></table>",
        )
    )
    apart = tmp_path / "另"  # in the same store three of four pupils would be a part, which takes nobody out
    apart.mkdir()
    report, store = take(apart, {"a.xls": spanned.encode("gb18030")})
    assert report.problems == []
    assert store.read(TERM, "register")["school_id"].tolist() == [FIRST] * 3


@pytest.mark.parametrize("merged", [True, False])
def test_header_in_two_rows(tmp_path: Path, merged: bool) -> None:
    """成员1 above 姓名 and 关系: the student's own 姓名 is another column."""
    top = [*HEADS, "成员1", "", "成员2", ""]
    low = [*[""] * len(HEADS), "姓名", "关系", "姓名", "联系电话"]
    rows = [["名册"], top, low, [*pupil(1), "张父", "父亲", "李母", "13800000001"]]
    n = len(HEADS)
    merges = [(1, n, 1, n + 1, "成员1"), (1, n + 2, 1, n + 3, "成员2")] if merged else []
    report, store = take(tmp_path, {"a.xlsx": xlsx(("名册", rows), merges=merges)})
    assert report.problems == []
    row = store.read(TERM, "register").iloc[0]
    assert (row["name"], row["member1_name"], row["member1_relation"]) == (pupil(1)[1], "张父", "父亲")
    assert (row["member2_name"], row["member2_phone"]) == ("李母", "13800000001")


def test_tables_below_one_another_are_tables_of_their_own(tmp_path: Path) -> None:
    """The second one's title and header are no students, and its rows are in its own columns."""
    counted = ["年级", "班号", "姓名", "性别", "身份证件号", "在校情况", "情形", "去向或来源", "核对人"]
    rows: list[Any] = [
        *register(3),
        ["合计", 3],
        [],
        ["三年级一班核对表"],
        counted,
        ["三年级", "一班", "马小", "男", number(40), "在校"],
        ["三年级", "一班", "马大", "男", "", "不在校", "其他"],
        [],
        ["学校标识码", "年级", "班号", "班主任", "核定学位"],
        [FIRST, 3, 1, "某", 45],
    ]
    forms = {f"{FIRST}.csv": text(rows), f"{FIRST}.xlsx": xlsx(("叠", rows), merges=[(6, 0, 6, 8, rows[6][0])])}
    for name, data in forms.items():
        report, store = take(tmp_path / name, {name: data})
        assert codes(report) == {}, name
        assert store.read(TERM, "register")["name"].tolist() == [r[1] for r in register(3)[1:]]
        headcount = store.read(TERM, "headcount")
        assert headcount["name"].tolist() == ["马小", "马大"] and headcount["_row"].tolist() == [9, 10]
        assert headcount["grade"].tolist() == [3, 3] and headcount["presence"].tolist() == ["在校", "不在校"]
        assert store.read(TERM, "classes")["seats"].tolist() == [45]
        (file,) = (f for f in report.files if f.file == name)
        assert [(s.table, s.header_row, s.read) for s in file.sheets] == [
            ("register", 1, 5),
            ("headcount", 8, 5),
            ("classes", 12, 3),
        ]


def test_every_table_is_recognised_by_its_header() -> None:
    """All columns; the required ones; all but one required: always the same table, never another."""
    for table in schema.TABLES.values():
        full = [c.header for c in table]
        required = [c.header for c in table if c.required]
        for heads in [full, required, *([h for h in full if h != r] for r in required)]:
            found = header.find([["某县统计表"], heads, ["x"] * len(heads)])
            if len(heads) > 1:
                assert found is not None, (table.id, heads)
                assert found.table.id == table.id, (table.id, heads)
                assert set(found.columns) >= {c.id for c in table if c.header in heads}


def test_platform_headers_as_seen_in_the_wild() -> None:
    heads = (
        "学校标识码 姓名 性别 出生日期 出生地 籍贯 民族 国籍 身份证类型 港澳台外侨 健康状况 政治面貌 "
        "身份证号码 户口性质 户口所在地 班级名称 入学年月 "
        "国网学籍号 省网学籍号 现住地址 上下学距离（公里） 上下学交通方式 "
        "是否是独生子女 是否残疾人 家庭成员或监护人姓名一 成员或监护人1关系 "
        "家庭成员2姓名 成员2身份证号 是否进城务工人员随迁子女"
    ).split()
    found = header.find([heads, ["x"] * len(heads)])
    assert found is not None
    assert found.ignored == ()
    assert len(found.columns) == len(heads)
    assert {"id_number", "register_no", "auxiliary_no", "member1_name", "member1_relation", "member2_id_number"} <= set(
        found.columns
    )


def test_other_lists_are_not_taken_for_a_register() -> None:
    for heads in (
        "姓名 性别 出生日期 身份证号 联系电话",
        "姓名 职务 电话",
        "物品 数量 单价",
        "学校名称 学生数 教师数",
        "年级 班级 人数",
    ):
        found = header.find([heads.split(), ["x"] * 6])
        assert found is None, (heads, found and found.table.id)


def test_whose_row(tmp_path: Path) -> None:
    """By code, by name, by what file, folder, sheet or title say; a row that names nobody falls back."""
    bare = [HEADS[1:], pupil(1)[1:], pupil(2)[1:]]
    by_name = [["就读学校", *HEADS[1:]], ["河西 第二中学", *pupil(3)[1:]], ["", *pupil(4)[1:]]]
    files = {
        f"{FIRST}名册.csv": text(bare),
        f"{SECOND}/名册.csv": text([HEADS[1:], pupil(5)[1:], pupil(6)[1:]]),
        "白崖九年制学校/学生名册.xlsx": xlsx(("Sheet1", by_name)),
    }
    report, store = take(tmp_path, files)
    assert report.problems == []
    frame = store.read(TERM, "register")
    assert frame.groupby("school_id", observed=True).size().to_dict() == {FIRST: 2, SECOND: 3, NINE: 1}
    for n, data in enumerate([xlsx(("河西第二中学", bare)), xlsx(("a", [["河西第二中学学生名册"], *bare]))]):
        report, store = take(tmp_path / str(n), {"x.xlsx": data})
        assert report.problems == []
        assert store.schools(TERM, "register") == [SECOND]


def test_a_school_that_nobody_knows(tmp_path: Path) -> None:
    bare = [HEADS[1:], pupil(1)[1:]]
    named = [["学校名称", *HEADS[1:]], ["没有的学校", *pupil(5)[1:]]]
    files = {
        "名册.csv": text(bare),
        "2164999999.csv": text(bare),
        "c.csv": text(register(2, "2164888888")),
        "d.csv": text(named),
    }
    report, store = take(tmp_path, files)
    assert codes(report) == {"D03": 1, "D08": 4}
    assert not store.has(TERM, "register")
    assert {(p.file, p.row) for p in report.problems} == {
        ("名册.csv", 1), ("2164999999.csv", 2), ("c.csv", 2), ("c.csv", 3), ("d.csv", 2),
    }  # fmt: skip


def test_two_schools_of_one_name_are_nobody(tmp_path: Path) -> None:
    twice = DIRECTORY + "2164000009,城关第一小学,小学,城区,城关镇\n"
    rows = [["学校名称", *HEADS[1:]], ["城关第一小学", *pupil(1)[1:]]]
    report, _ = take(tmp_path, {"a.csv": text(rows)}, twice)
    assert codes(report) == {"D08": 1}


def test_cohorts_need_a_kind_of_school(tmp_path: Path) -> None:
    heads = [h for h in HEADS if h != "年级"]
    heads[heads.index("班号")] = "班级"

    def row(n: int, school: str, group: str) -> list[object]:
        line = pupil(n, school)
        return [*line[:6], group, *line[8:]]

    rows = [
        row(1, FIRST, "2025级1班"),
        row(2, SECOND, "2025级2班"),
        row(3, NINE, "2025级3班"),
        row(4, NINE, "初二（4）班"),
    ]
    report, store = take(tmp_path, {"a.csv": text([heads, *rows])})
    frame = store.read(TERM, "register").sort_values("_row")
    assert frame["grade"].tolist()[:2] == [2, 8]
    assert frame["grade"].isna().tolist() == [False, False, True, False]
    assert unknown(frame, "register", "grade") == [False, False, True, False]
    assert frame["class_no"].tolist() == [1, 2, 3, 4]
    assert codes(report) == {"D03": 1}  # 年级 is missing and not to be had for one row
    report, _ = take(tmp_path, {"a.csv": text([heads, *rows[:2], rows[3]])})
    assert report.problems == []


def test_the_directory_may_come_last_and_grow(tmp_path: Path) -> None:
    report, store = take(tmp_path, {"a.csv": text(register(1)), "z/名录.csv": DIRECTORY.encode()}, "")
    assert report.problems == []
    one = DIRECTORY.splitlines()[0] + "\n2164000007,新建小学,小学,城区,城关镇\n"
    report, store = take(tmp_path, {"a.csv": text(register(1, "2164000007"))}, one)
    assert report.problems == []
    assert store.directory(TERM)["school_id"].tolist() == [FIRST, "2164000007", SECOND, NINE]
    report, _ = take(tmp_path, {"a.csv": text(register(2))}, "")
    assert report.problems == []
    assert number(2) in store.read(TERM, "register")["id_number"].tolist()
