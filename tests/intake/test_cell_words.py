"""One cell as a clerk wrote it: remarks, ticks, dates, grades and classes, read as a person would, or not at all."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow as pa
import pytest

from tests.intake.boxes import FIRST, TERM, pupil, take, xlsx
from xueji_lib.intake import classes, dates, values
from xueji_lib.intake.classes import Stages
from xueji_lib.register import schema
from xueji_lib.register.code_words import code_sets

DAY = dt.date(2015, 3, 1)


def parsed(column: schema.Column, text: str) -> tuple[object, str]:
    result = values.parse(column, pa.array([text], pa.large_string()))
    return result.values[0].as_py(), values.FAULTS[int(result.fault[0])][0]


# ---- words of code sets ----


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("status", "在读（休学中）"), ("status", "在读（借读外校）"), ("status", "在读（休）"),
        ("status", "在读（已转学）"), ("status", "在读（已退）"), ("status", "在读（辍）"),
        ("status", "在读（离校）"), ("status", "在读（病亡）"), ("status", "在校（在外校就读）"),
        ("status", "毕业（已转学）"), ("status", "休学（已复学）"), ("status", "在读（待核）"), ("sex", "男（女）"),
        ("sex", "男（女生）"), ("boarding", "住校（走读）"), ("boarding", "走读（本周住宿）"),
        ("ethnicity", "回族（汉族）"), ("ethnicity", "回（原汉族）"), ("id_type", "居民身份证（护照）"),
    ],
)  # fmt: skip
def test_a_remark_that_says_another_thing_leaves_nothing_known(column: str, text: str) -> None:
    assert parsed(schema.REGISTER[column], text) == (None, "D06")


@pytest.mark.parametrize(
    ("name", "text", "label"),
    [
        ("yes_no", "是（事实孤儿）", "是"), ("yes_no", "是（父母双亡）", "是"), ("yes_no", "是（有证明）", "是"),
        ("yes_no", "是（否）", None), ("student_status", "在读（走读生）", "在读"),
        ("student_status", "在读（正常在读）", "在读"), ("student_status", "休学（休学一年）", "休学"),
        ("student_status", "转出（转往外省）", "转出"), ("student_status", "休学（因病）", "休学"),
        ("student_status", "在读（送教）", "在读"), ("dropout_category", "单亲（离异）", "单亲"),
        ("suspension_reason", "伤病（休养三个月）", "伤病"), ("boarding", "借宿（借住亲戚家）", "借宿"),
        ("boarding", "走读（不住校）", "走读"), ("ethnicity", "回族（同心）", "回族"),
        ("id_type", "居民身份证（18位）", "居民身份证"), ("has", "有（原件）", "有"), ("has", "有（未见）", None),
        ("presence", "不在校（请假）", "不在校"), ("presence", "不在校（已转学）", "不在校"),
        ("presence", "不在校（疑似辍学）", "不在校"), ("presence", "不在校（外出务工）", "不在校"),
        ("presence", "不在校（已到校）", None), ("presence", "在校（请假）", None),
        ("presence", "在校（休学）", None), ("presence", "不在校（未核实）", None),
    ],
)  # fmt: skip
def test_a_remark_that_agrees_is_dropped(name: str, text: str, label: str | None) -> None:
    assert code_sets()[name].label(text) == label


@pytest.mark.parametrize(
    ("name", "text", "label"),
    [
        ("presence", "x", "不在校"), ("presence", "X", "不在校"), ("presence", "×", "不在校"),
        ("presence", "ｘ", "不在校"), ("has", "X", "无"), ("yes_no", "x", "否"), ("complete", "✕", "不齐"),
        ("has_or_na", "X", "无"), ("presence", "☑在校 □不在校", "在校"), ("presence", "□在校 ☑不在校", "不在校"),
        ("presence", "在校√", "在校"), ("presence", "√在校", "在校"), ("presence", "在校☑ 不在校□", "在校"),
        ("presence", "■在校　□不在校", "在校"), ("presence", "（√）在校（ ）不在校", "在校"),
        ("presence", "[ ]在校[√]不在校", "不在校"), ("presence", "☐在校☒不在校", "不在校"),
        ("presence", "在校（√） 不在校（ ）", "在校"), ("presence", "√在校 / □不在校", "在校"),
        ("presence", "□在校 □不在校", None), ("presence", "☑在校 ☑不在校", None), ("presence", "□在校", None),
        ("presence", "不在校×", None), ("presence", "在校×", None), ("presence", "☑请假 □在校", None),
        ("sex", "☑男 □女", "男"), ("sex", "男□ 女√", "女"), ("transfer_result", "□同意 ☑不同意", "不同意"),
        ("has", "有☑ 无□", "有"), ("has", "☑有 □无", "有"), ("complete", "√齐全 □不齐", "齐全"),
    ],
)  # fmt: skip
def test_a_printed_form_says_what_is_ticked(name: str, text: str, label: str | None) -> None:
    assert code_sets()[name].label(text) == label


def test_a_remark_on_absence_says_nothing_of_the_reason(tmp_path: Path) -> None:
    heads = "学校标识码 年级 班号 姓名 身份证件号 在校情况 情形 核对日期".split()
    rows = [heads, *([FIRST, "3", "1", *pupil(n)[1:2], pupil(n)[4], text, "", "2026-09-10"] for n, text in
            enumerate(["不在校（请假）", "☑在校 □不在校", "x"], 1))]  # fmt: skip
    report, store = take(tmp_path, {"核对.xlsx": xlsx(("核对表", rows))})
    assert report.problems == []
    frame = store.read(TERM, "headcount")
    assert frame["presence"].tolist() == ["不在校", "在校", "不在校"]
    assert frame["situation"].isna().all()


# ---- dates ----


@pytest.mark.parametrize(
    "text",
    [
        "二0一五年三月一日", "二０一五年三月一日", "2015年三月一日", "二〇一五年3月1日", "贰零壹伍年叁月壹日",
        "1 March 2015", "贰零壹伍年零叁月零壹日", "2015年3月1日生", "2015年3月1日出生", "出生于2015年3月1日",
        "公历2015年3月1日",
        "阳历：2015年3月1日", "2015。3。1", "2015·03·01", "2015•3•1", "2015_03_01", "2015/03/01/", "2015-3-1、",
        "2015-03-01，", "2015-03-01 上午 12:00:00", "2015-03-01 12:00:00 AM", "2015/3/1 12:00 am",
        "2015-03-01 凌晨0:00", "2015年3月1日0:00:00", "2015年3月1日 0时0分0秒", "2015年3月1日出生（农历正月十一）",
        "二〇一五年三月一号", "２０１５年三月１日",
    ],
)  # fmt: skip
def test_a_date_that_is_plainly_readable(text: str) -> None:
    assert dates.date(text) == DAY
    assert parsed(schema.REGISTER["birth_date"], text) == (DAY, "")


@pytest.mark.parametrize(
    "text",
    [
        "农历2015年3月1日", "阴历二〇一五年三月一日", "2015年3月1日（农历）", "2015年3月1日农历",
        "二〇一五年正月初一", "2015年三月初一", "2015年三月廿一", "2015年三月十五", "二〇一五年腊月一日",
        "二〇一五年闰三月一日", "旧历2015-3-1", "15年3月1日", "一五年三月一日", "2O15-03-01", "2O15年3月1日",
        "15。3。1", "3_1_2015", "2015年十三月一日", "2015年三月三十二日", "二〇一五年二月三十日", "乙未年三月一日",
        "2015年3月1日死", "2015_3", "生", "公历", "2015年1十月3日",
    ],
)  # fmt: skip
def test_a_date_of_the_moon_or_a_short_one_stays_refused(text: str) -> None:
    assert dates.date(text) is None


def test_a_month_in_chinese_numbers() -> None:
    texts = [
        "二〇二四年九月",
        "二0二四年九月",
        "2024年九月份",
        "二〇二四年9月",
        "贰零贰肆年玖月",
        "2024。9",
        "2024·09",
        "2024_09",
        "2024年9月入学",
    ]
    assert [dates.month(text) for text in texts] == [202409] * len(texts)
    refused = [
        "农历二〇二四年九月",
        "二四年九月",
        "九月",
        "2024年正月",
        "二〇二四年",
        "2024·1",
        "2024。1",
        "2024年十三月",
    ]
    assert [dates.month(text) for text in refused] == [None] * len(refused)


# ---- grades and classes ----


@pytest.mark.parametrize(
    "text",
    [
        "三年", "3年", "第三年级", "三年级上", "三年级（上）", "三年级上学期", "三年级下册", "三年级学生",
        "小学部三年级", "三年级（小学）", "3（年级）", "三年級", "叁年级", "Ⅲ", "Ⅲ年级", "三年级2024级", "G3", "g3",
        "Grade 3", "grade3", "三年级。", "小学部3年级（下学期）",
    ],
)  # fmt: skip
def test_grades_that_a_person_reads_at_once(text: str) -> None:
    place = classes.place(text, "2", Stages(2026, "小学"))
    assert (place.grade, place.class_no) == (3, 2)


@pytest.mark.parametrize(
    "text",
    [
        "三年级2023级",
        "2024年",
        "24年",
        "12年",
        "三年级（初三）",
        "三年级（初中）",
        "G13",
        "三年制",
        "三上四下",
        "X",
        "三年级四年级",
        "毕业年级",
    ],
)
def test_what_is_no_grade_for_sure(text: str) -> None:
    assert classes.place(text, "2", Stages(2026, "小学")).grade is None


@pytest.mark.parametrize(
    "text",
    [
        "三.二班", "三[2]班", "三【2】班", "三〔2〕班", "(3)2班", "（三）2班", "（3）（2）班", "2号班", "Ⅱ班", "贰班",
        "2班。", "三年级·2班", "三年级_2班", "三年級2班", "小2024级2班", "［2］班", "叁年级贰班", "三年级、2班",
        "三（Ⅱ）班", "三年级2号班",
    ],
)  # fmt: skip
def test_classes_that_a_person_reads_at_once(text: str) -> None:
    place = classes.place("3", text, Stages(2026, "小学"))
    assert (place.grade, place.class_no, place.class_fault) == (3, 2, "")


@pytest.mark.parametrize(
    "text", ["四.二班", "(4)2班", "四[2]班", "四年级_2班", "三、四班", "三.二十班班长", "小2023级2班"]
)
def test_a_class_of_another_grade_or_two_classes_are_none(text: str) -> None:
    assert classes.place("3", text, Stages(2026, "小学")).class_no is None
