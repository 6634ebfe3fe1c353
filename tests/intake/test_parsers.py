"""Dates, months, terms, grades, class names, numbers: what is written many ways is read one way, or not at all."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xueji_lib.intake import classes, dates, values
from xueji_lib.intake.classes import ENDS, Stages
from xueji_lib.register import schema
from xueji_lib.register.identity import check_digit

DAYS = st.dates(dt.date(1930, 1, 1), dt.date(2099, 12, 31))
EPOCH = dt.date(1899, 12, 30)
CHINESE = ["", *"一二三四五六七八九十", "十一", "十二"]


@given(DAYS, st.sampled_from(["-", "/", "."]), st.booleans(), st.sampled_from(["", " 00:00:00", "T08:30", " 8:30"]))
def test_a_date_is_read_however_it_is_written(day: dt.date, mark: str, padded: bool, time: str) -> None:
    month, date = (f"{day.month:02d}", f"{day.day:02d}") if padded else (str(day.month), str(day.day))
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    for text in (
        f"{day.year}{mark}{month}{mark}{date}",
        f"{day.year}年{month}月{date}日",
        f" {day.year} 年{month} 月 {date}日 ",
    ):
        assert dates.date(text) == day
        assert dates.date(text.translate(wide)) == day
        assert dates.date(text.strip() + time) == day
        assert dates.month(text) == day.year * 100 + day.month
    for text in (f"{day:%Y%m%d}", f"'{day:%Y%m%d}", str((day - EPOCH).days), f"{(day - EPOCH).days}.75"):
        assert dates.date(text) == day


@pytest.mark.slow
@given(st.text(max_size=12))
def test_no_text_breaks_a_parser(text: str) -> None:
    day = dates.date(text)
    assert day is None or 1900 <= day.year <= 2100
    month = dates.month(text)
    assert month is None or 1 <= month % 100 <= 12
    dates.term(text), dates.school_year(text), classes.grade(text)
    place = classes.place(text, text, Stages(2026, None))
    assert place.grade is None or 1 <= place.grade <= 12
    assert place.class_no is None or 1 <= place.class_no <= 999


@pytest.mark.parametrize(
    "text",
    [
        "",
        "无",
        "/",
        "—",
        "2026-02-30",
        "2026-13-01",
        "20260931",
        "2026-09",
        "2026年",
        "9月1日",
        "1/9/2026",
        "26-9-1",
        "0",
        "999999",
    ],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert dates.date(text) is None


def test_months_terms_and_years() -> None:
    months = ["202609", "2026-09", "2026.09", "2026.9", "2026/9", "2026年9月", "2026年09月份", "46266", "2026-09-15"]
    assert {dates.month(t) for t in months} == {202609}
    assert [dates.month(t) for t in ("202613", "2026.1", "2026", "九月")] == [None] * 4
    terms = [
        "2026-2027-1",
        "2026—2027学年第一学期",
        "2026-2027学年度第1学期",
        "2026-2027学年上学期",
        "2026年秋季学期",
        "2026秋",
    ]
    assert {dates.term(t) for t in terms} == {"2026-2027-1"}
    assert dates.term("2027年春季学期") == "2026-2027-2"
    assert {dates.school_year(t) for t in ("2026-2027", "2026~2027学年", "2026—2027学年度", "2026-27", "2026学年")} == {
        "2026-2027"
    }
    assert [dates.school_year(t) for t in ("2026", "2026-2028", "2026-28")] == [None] * 3


@given(st.integers(1, 12), st.integers(1, 40))
def test_a_class_is_read_however_it_is_named(grade: int, number: int) -> None:
    stages = Stages(2026, "十二年一贯制学校")
    names = {
        str(number),
        f"{number:02d}",
        f"{number}班",
        f"（{number}）班",
        f"({number})",
        f"{grade}{number:02d}",
        f"{grade}{number:02d}班",
    }
    names |= {
        f"{CHINESE[grade]}年级{number}班",
        f"{grade}年级（{number}）班",
        f"{CHINESE[grade]}（{number}）班",
        f"{grade}({number})班",
    }
    if number <= 10:
        names |= {f"{CHINESE[number]}班", f"{CHINESE[grade]}年级{CHINESE[number]}班"}
    start = max(s for s in ENDS if s <= grade)
    cohort = 2026 - (grade - start)
    names.add(f"{cohort}级{number}班")
    grades = {str(grade), f"{grade}.0", CHINESE[grade], f"{CHINESE[grade]}年级", f"{grade}年级"}
    if start > 1:
        short = "初" if start == 7 else "高"
        grades |= {
            f"{short}{CHINESE[grade - start + 1]}",
            f"{short}中{CHINESE[grade - start + 1]}年级",
            f"{short}中{cohort}级",
        }
        names |= {f"{short}{CHINESE[grade - start + 1]}（{number}）班", f"{short}{grade - start + 1}({number})班"}
    for name in names:
        assert classes.place(str(grade), name, stages) == classes.Place(grade, number), name
    for text in grades:
        assert classes.place(text, str(number), stages) == classes.Place(grade, number), text


@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 20))
def test_a_class_name_never_overrules_the_grade(grade: int, other: int, number: int) -> None:
    place = classes.place(str(grade), f"{CHINESE[other]}年级{number}班", Stages(2026, None))
    assert place.grade == grade
    assert (place.class_no == number) is (grade == other)
    assert bool(place.class_fault) is (grade != other)


@pytest.mark.parametrize(
    ("kind", "cohort", "grade"),
    [
        ("小学", 2025, 2),
        ("教学点", 2021, 6),
        ("小学", 2020, None),  # left
        ("小学", 2027, None),  # not yet there
        ("初级中学", 2025, 8),
        ("初级中学", 2022, None),
        ("高级中学", 2024, 12),
        ("九年一贯制学校", 2025, None),  # grade 2 or 8
        ("九年一贯制学校", 2022, 5),  # five years into grade 7 would be grade 11
        ("完全中学", 2025, None),
        ("十二年一贯制学校", 2023, 4),
        ("特殊教育学校", 2022, 5),
        (None, 2022, 5),
        (None, 2025, None),
    ],
)
def test_a_cohort_gives_a_grade_where_one_is_possible(kind: str | None, cohort: int, grade: int | None) -> None:
    place = classes.place(None, f"{cohort}级3班", Stages(2026, kind))
    assert (place.grade, place.class_no) == (grade, 3)
    assert classes.place(f"{cohort}级", "3", Stages(2026, kind)).grade == grade


@pytest.mark.parametrize(
    ("grade", "name", "expected"),
    [
        ("", "701", (7, 1)),
        ("", "1201", (None, None)),  # no grade 12 in this school
        ("7", "", (7, None)),
        ("七年级2班", "", (7, 2)),
        ("7", "101", (7, None)),
        ("大班", "1", (None, 1)),
        ("7", "0", (7, None)),
        ("7", "火箭班", (7, None)),
        ("", "七年级(1)班（寄宿）", (7, 1)),
        ("", "12级1班", (None, None)),  # a year or a grade, who knows
    ],
)
def test_odd_class_names(grade: str, name: str, expected: tuple[int | None, int | None]) -> None:
    place = classes.place(grade, name, Stages(2026, "九年一贯制学校"))
    assert (place.grade, place.class_no) == expected


def parsed(column: schema.Column, texts: list[str]) -> list[tuple[object, str]]:
    result = values.parse(column, pa.array(texts, pa.large_string()))
    return list(zip(result.values.to_pylist(), (values.FAULTS[f][0] for f in result.fault), strict=True))


@given(st.integers(10**16, 10**17 - 1), st.sampled_from(["{}", " {}\u200b", "'{}", "{}\n", "\ufeff{}　"]))
def test_a_number_is_read_through_dirt(head: int, dirt: str) -> None:
    own = f"{head}{check_digit(str(head))}"
    wide = {ord(c): ord(c) + 0xFEE0 for c in "0123456789X"}
    for text in (own, own.lower(), own.translate(wide), f"{own[:6]} {own[6:]}"):
        assert parsed(schema.ID_NUMBER, [dirt.format(text), ""]) == [(own, ""), (None, "")]
    ruined = f"\x01{float(own[:17]) * 10:.0f}"
    assert parsed(
        schema.ID_NUMBER, [ruined, f"{float(head):E}", own[:6] + "********" + own[14:], own[:14] + "xxxx"]
    ) == [
        (None, "D04"),
        (None, "D04"),
        (None, "D11"),
        (None, "D11"),
    ]


def test_a_wrong_number_is_no_fault_of_the_file() -> None:
    """Too short, a letter, a wrong check digit: the rules judge these, so they must get them."""
    texts = ["64042220150301001", "64042220150301001A", "G123", "L640422201503010010", "H12345678", "640422150301001"]
    assert parsed(schema.REGISTER["id_number"], texts) == [(t, "") for t in texts]
    assert parsed(schema.REGISTER["id_number"], ["无", "/", "待补"]) == [(None, "D06")] * 3


@pytest.mark.parametrize("label", ["✓", "✔", "√", "1", "Y", "yes", " 是 ", "有", "１", "1.0", "TRUE"])
def test_yes_in_many_ways(label: str) -> None:
    assert parsed(schema.SUSPENSIONS["diagnosis"], [label]) == [("有", "")]
    assert parsed(schema.TRANSFERS["migrant_child"], [label]) == [("是", "")]


@pytest.mark.parametrize("label", ["✓", "✔", "☑", "√", "1", "Y", "TRUE"])
def test_a_tick_says_present(label: str) -> None:
    assert parsed(schema.HEADCOUNT["presence"], [label]) == [("在校", "")]


@pytest.mark.parametrize("label", ["×", "✗", "✘", "0", "N", "FALSE"])
def test_a_cross_says_no(label: str) -> None:
    assert parsed(schema.HEADCOUNT["presence"], [label]) == [("不在校", "")]
    assert parsed(schema.SUSPENSIONS["diagnosis"], [label]) == [("无", "")]
    assert parsed(schema.TRANSFERS["originals"], [label]) == [("不齐", "")]
    assert parsed(schema.TRANSFERS["migrant_child"], [label]) == [("否", "")]


def test_codes_open_and_closed() -> None:
    assert parsed(schema.REGISTER["sex"], ["1", "2-女", "男生", "未知", "9"]) == [
        ("男", ""),
        ("女", ""),
        ("男", ""),
        (None, "D06"),
        (None, "D06"),
    ]
    assert parsed(schema.REGISTER["status"], ["在籍在校", "已毕业", "3"]) == [
        ("在读", ""),
        ("毕业", ""),
        (None, "D06"),
    ]
    assert parsed(schema.REGISTER["ethnicity"], ["回", "某族"]) == [("回族", ""), ("某族", "")]
    assert parsed(schema.REGISTER["phone"], ["13900000001.0", "0951-1234567", "不详", "没有"]) == [
        ("13900000001", ""),
        ("0951-1234567", ""),
        (None, "D06"),
        (None, ""),
    ]
    assert parsed(schema.DROPOUTS["visits"], ["3次", "3.0", "１２", "1,200", "若干", "-1"]) == [
        (3, ""),
        (3, ""),
        (12, ""),
        (1200, ""),
        (None, "D06"),
        (None, "D06"),
    ]
