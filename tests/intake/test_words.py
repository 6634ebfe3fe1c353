"""Words as data: labels, signs for nothing, headings, and schools whose names are nearly right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.intake.boxes import FIRST, HEADS, SECOND, TERM, codes, number, pupil, register, take, text, unknown
from xueji_lib.intake import header
from xueji_lib.register import schema
from xueji_lib.register.code_words import code_sets

pytestmark = pytest.mark.slow


def schools(*rows: tuple[str, str]) -> str:
    """A directory of schools with these kinds and areas."""
    lines = ["学校标识码,学校名称,办学类型,城乡类别,所属乡镇"]
    lines += [f"216400{n:04d},第{n}学校,{kind},{area},某镇" for n, (kind, area) in enumerate(rows, 1)]
    return "\n".join(lines)


KINDS = {
    "小学": ["完全小学", "村小", "民办小学", "中心小学", "211", "211-小学"],
    "教学点": ["教学点（复式）", "小学教学点", "218"],
    "初级中学": ["初中", "普通初中", "初级中学校", "311"],
    "九年一贯制学校": ["九年制", "九年制学校", "九年一贯制", "312"],
    "完全中学": ["完中", "341"],
    "高级中学": ["高中", "普通高级中学", "342"],
    "十二年一贯制学校": ["十二年一贯制", "345"],
    "特殊教育学校": ["特教学校", "培智学校"],
}
AREAS = {
    "城区": ["111", "112", "主城区", "城乡结合区", "县城", "111主城区"],
    "镇区": ["121", "122", "123", "镇中心区", "镇乡结合区", "特殊区域", "乡镇"],
    "乡村": ["210", "220", "乡中心区", "村庄", "农村", "220-村庄"],
}


def test_kinds_and_areas_of_schools(tmp_path: Path) -> None:
    said = [(kind, "镇区") for words in KINDS.values() for kind in words]
    said += [("小学", area) for words in AREAS.values() for area in words]
    meant = [(label, "镇区") for label, words in KINDS.items() for _ in words]
    meant += [("小学", label) for label, words in AREAS.items() for _ in words]
    report, store = take(tmp_path, {}, schools(*said))
    assert report.problems == []
    frame = store.read(TERM, "schools")
    assert list(zip(frame["school_kind"], frame["area"], strict=True)) == meant


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("sex", {"男": ["1", "1.0", "1-男", "男 ", "M"], "女": ["２", "2.女", "女生"], None: ["未知", "0"]}),
        ("status", {"在读": ["在籍", "在籍在读", "正常在校", "在校就读", "就读中", "在校生", "正常学籍", "01"]}),
        ("status", {"休学": ["休学中"], "转出": ["已转出"], "毕业": ["毕业生"], "死亡": ["病故"], None: ["挂靠", "7"]}),
        (
            "boarding",
            {"走读": ["走读生", "通校"], "住校": ["住宿生", "寄宿生", "寄宿"], "借宿": ["借宿"], "其他": ["9"]},
        ),
        (
            "id_type",
            {"居民身份证": ["01", "1.0", "居民身份证（18位）", "1-居民身份证", "居民户口簿"], None: ["会员卡"]},
        ),
    ],
)
def test_words_of_the_register(column: str, words: dict[str | None, list[str]]) -> None:
    labels = code_sets()[schema.REGISTER[column].codes or ""]
    for label, spellings in words.items():
        for spelling in spellings:
            assert labels.label(spelling) == label, spelling


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "presence",
            {"在校": ["到", "已到", "在籍在校", "在校就读", "√"], "不在校": ["未到", "缺勤", "在籍不在校", "×"]},
        ),
        ("presence", {None: ["○", "请假", "在校（请假）", "？"]}),
        (
            "has",
            {
                "有": ["有（县医院）", "有(原件)", "√", "有（县中医院）"],
                "无": ["没有"],
                None: ["有（缺第二页）", "待补"],
            },
        ),
        ("complete", {"齐全": ["齐全（原件）", "齐"], "不齐": ["缺"], None: ["齐全（缺户口本）", "齐全？"]}),
        ("suspension_reason", {"伤病": ["因病休学", "因伤", "因病（住院）"], "不可抗力": ["不可抗拒"], None: ["其他"]}),
        ("area", {None: ["113", "城镇", "0"]}),
    ],
)
def test_words_of_the_ledgers(name: str, words: dict[str | None, list[str]]) -> None:
    """A remark that may turn the meaning round is no remark; then nothing is known, and it is said."""
    for label, spellings in words.items():
        for spelling in spellings:
            assert code_sets()[name].label(spelling) == label, spelling


NOTHING = ["/", "／", "—", "——", "-", "无", "空", "nan", "NaN", "None", "NULL", "null", "N/A", "ＮＵＬＬ", "\\N", " / "]


@pytest.mark.parametrize("sign", NOTHING)
def test_a_sign_for_nothing_is_a_blank_in_a_cell_that_may_be_empty(tmp_path: Path, sign: str) -> None:
    heads = [*HEADS, "残疾类型", "学生状态", "就读方式", "成员1姓名", "成员1身份证件号", "联系电话", "现住址"]
    row: list[Any] = [*pupil(1), *[sign] * 7]
    row[HEADS.index("入学年月")] = row[HEADS.index("民族")] = sign
    report, store = take(tmp_path, {"a.csv": text([heads, row])})
    assert report.problems == []
    frame = store.read(TERM, "register")
    for column in ("disability", "boarding", "member1_name", "member1_id_number", "phone", "address", "entry_month"):
        assert frame[column].isna().all(), column
        assert unknown(frame, "register", column) == [False], column
    assert frame["status"].tolist() == ["在读"]


def test_a_sign_for_nothing_where_something_must_stand_is_unknown_and_said(tmp_path: Path) -> None:
    rows = register(3)
    rows[1] = [FIRST, "学生甲", "/", "—", "无", "/", "3", "1", "202409", "回族"]
    rows[2] = [FIRST, "NULL", *pupil(2)[2:]]
    rows[3] = [FIRST, "/", "/", "/", "/", "/", "3", "1", "/", "/"]
    report, store = take(tmp_path, {"a.csv": text(rows)})
    frame = store.read(TERM, "register")
    said = {(p.row, p.column): p.code for p in report.problems}
    assert said == {
        (2, "性别"): "D06", (2, "出生日期"): "D05", (2, "身份证件号"): "D06", (2, "全国学籍号"): "D06",
        (3, "姓名"): "D06", (4, ""): "D10",
    }  # fmt: skip
    assert len(frame) == 2
    assert unknown(frame, "register", "name") == [False, True]


def test_the_word_of_a_code_set_comes_before_the_sign(tmp_path: Path) -> None:
    heads = "学校标识码 办理方向 姓名 全国学籍号 年级 转学原因 申请日期 办理结果".split()
    heads += ["是否随迁子女", "申报表", "平台办结日期", "班号"]
    row = [FIRST, "转入", "甲", "G" + number(1), "3", "户口迁移", "2026-09-01", "办理中", "无", "/", "无", "/"]
    report, store = take(tmp_path, {"转学.csv": text([heads, row])})
    assert report.problems == []
    (found,) = store.read(TERM, "transfers").to_dict("records")
    assert (found["migrant_child"], found["form"]) == ("否", "无")
    assert str(found["platform_done_date"]) == "NaT"
    assert unknown(store.read(TERM, "transfers"), "transfers", "class_no") == [False]


@pytest.mark.parametrize("head", ["班别", "所属班级", "所在班", "班级名", "学生班级"])
def test_headings_of_the_class(head: str) -> None:
    found = header.find([["姓名", "性别", "出生日期", "身份证号", "学籍号", "年级", head]])
    assert found is not None and found.texts["class_no"] == head


def parents(*rows: tuple[str, str, str, str]) -> bytes:
    heads = [*HEADS, "父亲姓名", "父亲联系电话", "父亲身份证号", "母亲姓名", "母亲联系电话", "成员1地址"]
    return text([heads, *([*pupil(n), *row[:2], number(900), *row[2:], "某乡"] for n, row in enumerate(rows, 1))])


def test_father_and_mother_are_the_members(tmp_path: Path) -> None:
    """Where only the mother is written down she is the first: that a guardian's name is missing would be false."""
    rows = [("张父", "13800000001", "李母", "13800000002"), ("", "", "李母", "13800000002"), ("/", "", "王母", "1")]
    report, store = take(tmp_path, {"a.csv": parents(*rows)})
    assert report.problems == []
    frame = store.read(TERM, "register")
    assert frame["member1_name"].tolist() == ["张父", "李母", "王母"]
    assert frame["member1_phone"].tolist()[:2] == ["13800000001", "13800000002"]
    assert frame["member2_name"].fillna("").tolist() == ["李母", "", ""]
    assert frame["member1_id_number"].notna().tolist() == [True, False, False]
    assert set(frame["member1_address"]) == {"某乡"}


def test_an_unknown_school_is_told_the_schools_that_are_near(tmp_path: Path) -> None:
    heads = ["学校名称", *HEADS[1:]]
    rows = [["城关镇第一小学", *pupil(1)[1:]], ["河西二中", *pupil(2)[1:]], ["某市外国语学校", *pupil(3)[1:]]]
    report, _ = take(tmp_path, {"a.csv": text([heads, *rows])})
    said = {p.value: p.message for p in report.problems}
    assert f"城关第一小学（{FIRST}）" in said["城关镇第一小学"]
    assert f"河西第二中学（{SECOND}）" in said["河西二中"]
    assert "相近" not in said["某市外国语学校"]
    assert codes(report) == {"D08": 3}


def test_a_school_is_known_by_its_code_and_name_in_one_cell_and_with_a_seals_words(tmp_path: Path) -> None:
    """Code and name must be of one school."""
    heads = ["学校标识码", "学校名称", *HEADS[1:]]
    written = [
        (f"{FIRST}城关第一小学", ""),
        (f"城关第一小学（{FIRST}）", ""),
        ("", f"{FIRST} - 城关第一小学"),
        ("", "城关第一小学（盖章）"),
        ("", "城关 第一小学(公章)"),
        (f"{FIRST}河西第二中学", ""),
        ("", f"{SECOND}没有的学校"),
    ]
    rows = [[*school, *pupil(n)[1:]] for n, school in enumerate(written, 1)]
    report, store = take(tmp_path, {"a.csv": text([heads, *rows])})
    assert store.read(TERM, "register")["school_id"].tolist() == [FIRST] * 5
    assert [(p.code, p.row) for p in report.problems] == [("D08", 7), ("D08", 8)]


@pytest.mark.parametrize("head", ["所在年级班级", "年级/班级", "就读年级班级"])
def test_grade_and_class_in_one_column(tmp_path: Path, head: str) -> None:
    heads = [head if h == "年级" else h for h in HEADS if h != "班号"]
    lines = [[*pupil(n)[:6], "三年级2班", *pupil(n)[8:]] for n in (1, 2)]
    report, store = take(tmp_path, {"a.csv": text([heads, *lines])})
    frame = store.read(TERM, "register")
    assert (frame["grade"].tolist(), frame["class_no"].tolist()) == ([3, 3], [2, 2])
    assert codes(report).keys() <= {"D03"}
