"""What a person reads at once though it is not written as the form asks; and what nobody can know."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.intake.boxes import HEADS, TERM, pupil, take, xlsx
from xueji_lib.intake import classes, dates, values
from xueji_lib.intake.classes import Stages
from xueji_lib.register import schema
from xueji_lib.register.identity import check_digit

ID, REGISTER_NO = schema.REGISTER["id_number"], schema.REGISTER["register_no"]
DAY = dt.date(2013, 9, 15)


def own(birth: str = "20130915", serial: int = 123) -> str:
    head = f"640422{birth}{serial:03d}"
    return head + check_digit(head)


def with_x() -> str:
    """A number whose check digit is X."""
    return next(number for n in range(100, 999) if (number := own(serial=n)).endswith("X"))


def parsed(column: schema.Column, text: str) -> tuple[object, str]:
    found = values.parse(column, pa.array([text], pa.large_string()))
    return found.values[0].as_py(), values.FAULTS[int(found.fault[0])][0]


BEFORE = [
    "",
    " ",
    "'",
    "’",
    "＇",
    '"',
    "“",
    "\u200b",
    "\u202d",
    "\t",
    "身份证：",
    "身份证号码:",
    "公民身份号码",
    "（",
    "ID:",
]
AFTER = ["", " ", ".", "。", ",", "，", "、", ";", '"', "”", "\u202c", "\n", "）", "…", "-"]


@given(st.sampled_from(BEFORE), st.sampled_from(AFTER), st.sampled_from(["", "-", " ", "\u00a0", "—"]), st.booleans())
def test_a_number_is_rid_of_what_stands_around_it(before: str, after: str, within: str, old: bool) -> None:
    number = "640422850915123" if old else own()
    cut = 12 if old else 14
    written = before + within.join([number[:6], number[6:cut], number[cut:]]) + after
    assert parsed(ID, written) == (number, "")
    if not old:
        assert parsed(REGISTER_NO, written.replace(number[:6], "G" + number[:6])) == ("G" + number, "")


@pytest.mark.parametrize("sign", ["x", "Ｘ", "×", "Х", "х", "Χ", "✕", "X.", "×。"])
def test_what_looks_like_an_x_at_the_end_is_one(sign: str) -> None:
    assert parsed(ID, with_x()[:-1] + sign) == (with_x(), "")


@pytest.mark.parametrize("label", ["学籍号：", "全国学籍号:", "G-", "g", "国网学籍号 "])
def test_labels_before_a_register_number(label: str) -> None:
    bare = label.rstrip("-").upper() == "G"
    assert parsed(REGISTER_NO, label + ("" if bare else "G") + own()) == ("G" + own(), "")


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("例：{}", ""), ("{}/{}", "D06"), ("{}（母亲）", "D06"), ("{}5", ""), ("张三{}", ""),
        ("{}.0", "D04"), ("6.40422E+17", "D04"), ("640422****09151234", "D11"), ("640422201309××××", "D11"),
        ("正在办理", "D06"), ("未上户", "D06"),
    ],
)  # fmt: skip
def test_what_is_no_number_with_a_little_dirt_is_not_made_one(written: str, code: str) -> None:
    text = written.format(own(), own())
    value, found = parsed(ID, text)
    assert found == code
    assert value != own()


def test_a_full_stop_behind_a_number_is_not_excels_doing(tmp_path: Path) -> None:
    rows = [HEADS, [*pupil(1)[:4], pupil(1)[4] + ".", pupil(1)[5] + "。", *pupil(1)[6:]]]
    report, store = take(tmp_path, {"a.xlsx": xlsx(("名册", rows))})
    assert report.problems == []
    assert store.read(TERM, "register")["id_number"].tolist() == [pupil(1)[4]]


@pytest.mark.parametrize(
    "text",
    [
        "2013-09-15 00:00:00.0", "2013-09-15T00:00:00", "2013-09-15T00:00:00.000+0800", "2013-09-15T00:00:00.000Z",
        "2013-09-14T16:00:00Z", "2013-09-15T00:00:00+08:00", "2013/9/15 0:00", "2013年9月15", "2013年09月15日。",
        "２０１３－０９－１５", "2013. 9. 15", "2013.9.15.", "2013、9、15", "2013，9，15", "2013 09 15", "2013\\9\\15",
        "20130915.0", "20130915日", "41532", "41532.0", "2013-9-15 星期日", "2013年9月15日（周日）",
        "2013年9月15日（农历八月十一）", "Sun Sep 15 00:00:00 CST 2013", "15-Sep-2013", "Sep 15, 2013",
        "Sun Sep 15 2013 00:00:00 GMT+0800 (中国标准时间)", "二〇一三年九月十五日", "二零一三年九月十五日",
    ],
)  # fmt: skip
def test_a_day_that_a_person_reads_at_once(text: str) -> None:
    assert dates.date(text) == DAY


@pytest.mark.parametrize(
    "text",
    [
        "13.9.15", "9/15/2013", "15/09/2013", "01/02/2013", "15-Sep-13", "2013.9", "2013年9月", "1379174400000",
        "2013年8月11日（农历）", "农历2013年8月11日", "2013年9月15日（身份证上为16日）", "2013-09-15T20:00:00Z",
        "二〇一三年九月", "9999-12-31", "2013-00-00", "1 9 2013",
    ],
)  # fmt: skip
def test_a_day_that_must_be_guessed_stays_unknown(text: str) -> None:
    assert dates.date(text) is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("2026级七（1）班", (7, 1)), ("0701", (7, 1)), ("0712班", (7, 12)), ("七一班", (7, 1)), ("7.1班", (7, 1)),
        ("七·1班", (7, 1)), ("七年级第1班", (7, 1)), ("七年级①班", (7, 1)), ("第3班", (None, 3)),
        ("七年级实验班", (7, None)), ("2026级A班", (7, None)),
        ("十一班", (None, 11)), ("二十一班", (None, 21)), ("三十一班", (None, None)), ("7.1", (None, None)),
        ("2025级七（1）班", (None, None)), ("初一班", (None, None)), ("小一班", (None, None)),
        ("小（一）班", (None, None)), ("0700", (None, None)), ("大一班", (None, None)),
    ],
)  # fmt: skip
def test_names_of_classes(name: str, expected: tuple[int | None, int | None]) -> None:
    found = classes.place(None, name, Stages(2026, "初级中学"))
    assert (found.grade, found.class_no) == expected


@pytest.mark.parametrize(
    ("text", "grade"),
    [
        ("七年级（初一）", 7), ("初一(七年级)", 7), ("2026级七年级", 7), ("七年级(2026级)", 7), ("26级七年级", 7),
        ("七年级（初二）", None), ("2025级七年级", None), ("2026", None), ("七年级（双语）", None),
    ],
)  # fmt: skip
def test_a_grade_said_twice_must_be_the_same(text: str, grade: int | None) -> None:
    assert classes.place(text, "1", Stages(2026, "初级中学")).grade == grade


def test_a_class_that_excel_made_a_day_is_said_to_be_one(tmp_path: Path) -> None:
    rows = [HEADS, *([*pupil(n)[:7], made, *pupil(n)[8:]] for n, made in enumerate((dt.date(2026, 7, 1), "7月1日"), 1))]
    report, store = take(tmp_path, {"a.xlsx": xlsx(("名册", rows))})
    assert store.read(TERM, "register")["class_no"].isna().all()
    assert [(p.code, p.column) for p in report.problems] == [("D06", "班号")] * 2
    assert all("日期（7月1日）" in p.message for p in report.problems)


@given(st.text(alphabet="0123456789GX×Х-. ，：证号（）年月日班级七", max_size=60))
def test_no_dirt_breaks_a_parser_or_makes_a_number_of_another_length(text: str) -> None:
    for column in (ID, REGISTER_NO, schema.REGISTER["birth_date"], schema.REGISTER["entry_month"]):
        parsed(column, text)
    digits = sum(character.isdecimal() for character in text)
    value, _ = parsed(ID, text)
    assert value is None or sum(character.isdecimal() for character in str(value)) == digits
