"""One cell as a clerk wrote it: numbers and names with marks, masks, remarks and signs that nobody sees."""

from __future__ import annotations

import datetime as dt
import unicodedata
from pathlib import Path

import pyarrow as pa
import pytest

from tests.intake.boxes import FIRST, HEADS, TERM, pupil, take, unknown, xlsx
from xueji_lib.intake import values
from xueji_lib.register import schema
from xueji_lib.register.identity import check_digit, clean_names, clean_numbers

ID, REGISTER_NO, NAME = (schema.REGISTER[column] for column in ("id_number", "register_no", "name"))
OWN = (head := "64042220150301001") + check_digit(head)
OTHER = (head := "64042220150302003") + check_digit(head)
DAY = dt.date(2015, 3, 1)


def parsed(column: schema.Column, text: str) -> tuple[object, str]:
    result = values.parse(column, pa.array([text], pa.large_string()))
    return result.values[0].as_py(), values.FAULTS[int(result.fault[0])][0]


# ---- numbers ----


@pytest.mark.parametrize("sign", "*X#○●□■◯〇★☆.-_…=~^+xO某—·")
@pytest.mark.parametrize("form", ["640422{}0017", "640422{}{}17", "6404222015{}", "640422201503{}{}1{}7", "{}{}0017"])
def test_a_masked_number_is_nobodys_whatever_the_sign(sign: str, form: str) -> None:
    assert parsed(ID, form.replace("{}", sign * 4)) == (None, "D11")
    assert parsed(REGISTER_NO, "G" + form.replace("{}", sign * 4)) == (None, "D11")


@pytest.mark.parametrize("phone", ["138○○○○0001", "138****0001", "138xxxx0001", "138●●●●0001", "138……0001"])
def test_a_masked_telephone_is_nobodys(phone: str) -> None:
    assert parsed(schema.REGISTER["phone"], phone) == (None, "D11")


@pytest.mark.parametrize("text", ["640422--20150301--001", "6404222O15O3O10017", "E12345678", "6404222015030100A7"])
def test_a_wrong_number_is_still_for_the_rules(text: str) -> None:
    assert parsed(ID, text)[1] == ("D11" if "--" in text else "")
    assert parsed(schema.REGISTER["phone"], "0951--1234567") == ("0951--1234567", "")


@pytest.mark.parametrize("parted", ["640422--20150301--{}", "640422 — 20150301 — {}", "640422-20150301-{}"])
def test_signs_between_the_parts_of_a_whole_number_are_no_mask(parted: str) -> None:
    assert parsed(ID, parted.format(OWN[14:])) == (OWN, "")


@pytest.mark.parametrize("remark", ["（户口本）", "(户口本)", "【身份证】", "（已核对）", "[户口簿]。"])
def test_a_remark_behind_a_number_is_dropped(remark: str) -> None:
    assert parsed(ID, OWN + remark) == (OWN, "")
    assert parsed(REGISTER_NO, f"G{OWN}{remark}") == ("G" + OWN, "")


@pytest.mark.parametrize(
    "text",
    [
        f"{OWN}（母亲）", f"{OWN}（待核实）", f"{OWN}（有误）", f"{OWN}（旧号）", f"{OWN}/{OTHER}", f"{OWN}、{OTHER}",
        f"{OWN}\n{OTHER}", f"{OWN}（{OTHER}）", f"G{OWN} {OWN}", f"{OWN}或{OTHER}", f"640422150301001/{OWN}",
        f"{OWN}/13900000001", f"13900000001、{OWN}",
    ],
)  # fmt: skip
def test_two_numbers_or_a_doubt_are_no_number(text: str) -> None:
    assert parsed(ID, text) == (None, "D06")


def test_a_register_number_with_a_point_is_excels_doing() -> None:
    assert parsed(REGISTER_NO, f"G{OWN}.0") == parsed(REGISTER_NO, f"{OWN}.0") == (None, "D04")


def test_a_truth_of_excel_is_no_number_and_no_grade(tmp_path: Path) -> None:
    row = list(pupil(1))
    for head in ("身份证件号", "年级", "班号"):
        row[HEADS.index(head)] = True
    report, store = take(tmp_path, {"a.xlsx": xlsx(("名册", [HEADS, row, pupil(2)]))})
    assert {(p.row, p.column, p.code) for p in report.problems} == {
        (2, "身份证件号", "D06"), (2, "年级", "D06"), (2, "班号", "D06"),
    }  # fmt: skip
    frame = store.read(TERM, "register")
    assert unknown(frame, "register", "id_number") == [True, False]
    assert FIRST in set(frame["school_id"])


# ---- signs that nobody sees ----

UNSEEN = (
    "\ufe0f\ufe00\u2028\u2029\u3164\u115f\u1160\uffa0\u180e\x85\x08\x00\x1f\x7f\u00ad\u200b\u2003\u202f\u205f"
    "\u2066\u2069\u061c\U000e0100\U000e01ef\U000e0041\ufff9\u034f\u2800"
)


@pytest.mark.parametrize("sign", UNSEEN, ids=[f"U+{ord(sign):04X}" for sign in UNSEEN])
def test_what_nobody_sees_is_not_there(sign: str) -> None:
    assert parsed(ID, f"{sign}{OWN[:6]}{sign}{OWN[6:]}{sign}") == (OWN, "")
    assert parsed(REGISTER_NO, f"G{sign}{OWN}") == ("G" + OWN, "")
    assert parsed(NAME, f"{sign}陈丽{sign}阳{sign}") == ("陈丽阳", "")
    assert parsed(schema.REGISTER["sex"], f"男{sign}") == ("男", "")
    assert parsed(schema.REGISTER["birth_date"], f"{sign}2015-03-01{sign}") == (DAY, "")
    assert parsed(schema.REGISTER["phone"], f"1390000{sign}0001") == ("13900000001", "")
    assert parsed(schema.REGISTER["name"], sign) == (None, "")
    assert clean_names(pa.array([f"陈丽{sign}阳"])).to_pylist() == ["陈丽阳"]
    assert clean_numbers(pa.array([f"{OWN}{sign}"])).to_pylist() == [OWN]


@pytest.mark.parametrize("sign", "\ufffd\ue000\uf8ff\U000f0000\U00100000")
def test_what_is_lost_is_not_hidden(sign: str) -> None:
    assert parsed(NAME, f"陈{sign}阳") == (None, "D09")


def test_every_sign_without_a_shape_is_among_them() -> None:
    """Whatever Unicode calls a control, a format or a separator, and nothing that has a shape."""
    signs = [c for c in map(chr, range(5, 0x30000)) if unicodedata.category(c) in ("Cc", "Cf", "Zs", "Zl", "Zp")]
    result = values.parse(NAME, pa.array([f"陈{sign}阳" for sign in signs], pa.large_string()))
    assert {name: hex(ord(sign)) for sign, name in zip(signs, result.values.to_pylist(), strict=True)}.keys() == {
        "陈阳"
    }


# ---- names ----


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("*陈丽阳", "陈丽阳"), ("陈丽伟★", "陈丽伟"), ("▲马晓", "马晓"), ("陈丽阳*", "陈丽阳"),
        ("☆△陈丽阳", "陈丽阳"), ("#陈丽阳", "陈丽阳"), ("●马晓", "马晓"), ("陈丽阳 ■", "陈丽阳"),
        ("＊陈丽阳＊", "陈丽阳"), ("1.陈晓斌", "陈晓斌"), ("1、陈晓斌", "陈晓斌"), ("12．陈晓斌", "陈晓斌"),
        ("（3）陈晓斌", "陈晓斌"), ("③陈晓斌", "陈晓斌"), ("07 陈晓斌", "陈晓斌"), ("5)陈晓斌", "陈晓斌"),
        ("1.★陈晓斌", "陈晓斌"), ("陈佳梅（女）", "陈佳梅"), ("陈佳梅(男)", "陈佳梅"), ("陈佳梅［女生］", "陈佳梅"),
        ("陈佳梅【女】*", "陈佳梅"), ("2、古丽·买买提", "古丽·买买提"), ("★古丽•买买提（女）", "古丽·买买提"),
        ("1.古丽●买买提", "古丽·买买提"), ("陈丽阳●●", "陈丽阳"), ("王丽●", "王丽"),
    ],
)  # fmt: skip
def test_marks_are_no_part_of_a_name(written: str, name: str) -> None:
    assert parsed(NAME, written) == (name, "")


@pytest.mark.parametrize(
    "name",
    [
        "古丽·买买提", "阿卜杜拉·努尔·麦麦提", "王志芳/某某", "陈某某", "王伟1", "王伟2", "张女", "Mary Xu", "王X玲",
        "李丽A", "㛃丽", "𠮷田", "王〇", "杨（转学）",
    ],
)  # fmt: skip
def test_a_name_without_marks_stays_as_it_is(name: str) -> None:
    value, code = parsed(NAME, name)
    assert code == ""
    assert value == unicodedata.normalize("NFKC", name).replace(" ", "")


@pytest.mark.parametrize(
    "text",
    [
        "陈**",
        "陈*",
        "陈*阳",
        "*阳",
        "**阳",
        "陈＊＊",
        "陈××",
        "陈XX",
        "陈xx",
        "陈○○",
        "陈●●",
        "陈丽*",
        "欧阳**",
        "*丽阳*玉*",
        "陈●",
        "欧阳●●",
    ],
)
def test_a_masked_name_is_nobodys(text: str) -> None:
    assert parsed(NAME, text) == (None, "D11")
