"""Identity numbers, names and masks; python-stdnum is the oracle for numbers it knows."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric

from xueji_lib.register import identity

BIRTHS = st.dates(dt.date(1950, 1, 1), dt.date(2020, 12, 31))


def id_number(birth: dt.date, sequence: int, area: str = "110101") -> str:
    first17 = f"{area}{birth:%Y%m%d}{sequence:03d}"
    return first17 + identity.check_digit(first17)


@given(BIRTHS, st.integers(0, 999))
def test_a_made_number_is_valid_for_us_and_for_the_oracle(birth: dt.date, sequence: int) -> None:
    number = id_number(birth, sequence)
    parsed = identity.parse_ids([number])
    assert ric.is_valid(number)
    assert parsed.check_ok[0]
    assert parsed.birth[0] == np.datetime64(birth)
    assert parsed.sex[0] == ("男" if sequence % 2 else "女")


@given(BIRTHS, st.integers(0, 999), st.integers(0, 17), st.sampled_from("0123456789X"))
def test_one_changed_character_is_judged_as_the_oracle_does(birth: dt.date, seq: int, place: int, put: str) -> None:
    number = id_number(birth, seq)
    changed = number[:place] + put + number[place + 1 :]
    parsed = identity.parse_ids([changed])
    ours = bool(parsed.check_ok[0]) and not np.isnat(parsed.birth[0])
    # The oracle also looks up the area and trusts dates before 1900; keep those aside.
    if changed[:6] == "110101" and changed[6:8] in ("19", "20"):
        assert ours == ric.is_valid(changed)


@given(st.text("0123456789", min_size=17, max_size=17))
def test_the_check_digit_of_any_seventeen_digits(digits: str) -> None:
    assert identity.check_digit(digits) == ric.calc_check_digit(digits + "0")
    parsed = identity.parse_ids([digits + last for last in "0123456789X"])
    assert [last for last, ok in zip("0123456789X", parsed.check_ok, strict=True) if ok] == [
        identity.check_digit(digits)
    ]


def test_the_first_year_that_counts() -> None:
    births = identity.parse_ids(["110101190001010011", "110101189912310011"]).birth
    assert [str(d) for d in births] == ["1900-01-01", "NaT"]


def test_forms_and_impossible_dates() -> None:
    parsed = identity.parse_ids(["640422150230123", "640422150228123", "E12345678", None, "", "64042220150230123X"])
    assert parsed.form.tolist() == [15, 15, 0, 0, 0, 18]
    assert np.isnat(parsed.birth).tolist() == [True, False, True, True, True, True]
    assert str(parsed.birth[1]) == "1915-02-28"


def test_a_taiwan_permit_is_judged_by_date_and_check_digit_only() -> None:
    assert identity.parse_ids([id_number(dt.date(2014, 5, 6), 3, area="830000")]).check_ok[0]


@given(st.lists(st.text("0123456789XGLJE", max_size=20), min_size=2, max_size=30))
def test_keys_are_equal_exactly_where_numbers_are(numbers: list[str]) -> None:
    keys = identity.keys(numbers)
    for i, a in enumerate(numbers):
        for j, b in enumerate(numbers):
            assert (keys[i] == keys[j]) == (a == b)
        assert (keys[i] == identity.NO_KEY) == (a == "")


DIGITS = st.text("0123456789", min_size=14, max_size=17)


@given(st.sampled_from(["", "G", "L", "J"]), DIGITS, st.sampled_from("0123456789X"), st.integers(0, 18), st.data())
def test_numbers_one_character_apart_have_other_keys(
    letter: str, digits: str, last: str, place: int, data: st.DataObject
) -> None:
    number = letter + digits + last
    place %= len(number)
    other = number[:place] + data.draw(st.sampled_from("0123456789XGLJ")) + number[place + 1 :]
    shorter, longer = number[:-1], number + "0"
    keys = identity.keys([number, other, shorter, longer, number])
    assert keys[0] == keys[4]
    assert (keys[0] == keys[1]) == (number == other)
    assert len({int(keys[0]), int(keys[2]), int(keys[3])}) == 3


@given(st.integers(1, 12), st.integers(0, 32), st.integers(1890, 2030))
def test_a_birth_date_exists_or_there_is_none(month: int, day: int, year: int) -> None:
    number = f"110101{year:04d}{month:02d}{day:02d}0011"
    try:
        expected = np.datetime64(dt.date(year, month, day)) if year >= 1900 else np.datetime64("NaT")
    except ValueError:
        expected = np.datetime64("NaT")
    birth = identity.parse_ids([number]).birth[0]
    assert (np.isnat(birth) and np.isnat(expected)) or birth == expected


def test_an_old_number_tells_birth_and_sex() -> None:
    parsed = identity.parse_ids(["640422991231124", "640422991231123", "640422001301123"])
    assert [str(d) for d in parsed.birth] == ["1999-12-31", "1999-12-31", "NaT"]
    assert parsed.sex.tolist() == ["女", "男", "男"]
    assert not parsed.check_ok.any()


def test_the_same_digits_behind_other_letters_are_other_numbers() -> None:
    number = id_number(dt.date(2015, 3, 4), 12)
    texts = [number, "G" + number, "L" + number, "J" + number, number[:15], "G" + number[:15]]
    assert len(set(identity.keys(texts).tolist())) == len(texts)


def test_what_an_office_types_is_made_one_form() -> None:
    number = id_number(dt.date(2015, 3, 4), 12)
    messy = pa.array(
        [f" '{number.lower()}\u200b", "".join(chr(ord(c) + 0xFEE0) for c in number), f"{number[:6]} {number[6:]}"]
    )
    assert set(identity.clean_numbers(messy).to_pylist()) == {number}
    names = pa.array(["马•穆罕默德", "马・穆罕 默德", "马·穆罕默德", "马\u3000∙穆罕默德"])
    assert set(identity.clean_names(names).to_pylist()) == {"马·穆罕默德"}
    assert identity.clean_name("䶮龙") == "䶮龙"


@given(BIRTHS, st.integers(0, 999))
def test_masks_keep_what_the_contract_allows_and_no_more(birth: dt.date, sequence: int) -> None:
    number = id_number(birth, sequence)
    masked = identity.mask_id(number)
    assert masked[:6] == number[:6]
    assert masked[-1] == number[-1]
    assert set(masked[6:-1]) == {"*"}
    assert number not in identity.mask_text(f"号码{number}，电话13812345678")
    assert "138123456" not in identity.mask_text(f"电话13812345678 和 {number}")


def test_a_short_number_keeps_less() -> None:
    assert identity.mask_id("E12345678") == "E1******8"
    assert identity.mask_id("E123456789") == "E12345***9"
    assert identity.mask_id("") == ""
    assert identity.mask_id("640422201503120017") == "640422***********7"


def test_a_number_has_its_form_only_where_every_place_fits() -> None:
    whole, old = "640422201503120017", "640422150312001"
    spoiled = [
        whole[:9] + "A" + whole[10:],
        whole[:17] + "A",
        whole[:16] + "X7",
        old[:14] + "X",
        old[:5] + "B" + old[6:],
    ]
    assert identity.parse_ids([whole, whole[:17] + "X", old]).form.tolist() == [18, 18, 15]
    assert identity.parse_ids(spoiled).form.tolist() == [0] * 5
    assert identity.parse_ids([whole + "0", whole[:16], old[:13], ""]).form.tolist() == [0] * 4


def test_a_very_short_number_shows_almost_nothing() -> None:
    assert identity.mask_id("12") == "12*2"
    assert identity.mask_id("1234") == "12*4"
    assert identity.mask_phone("12") == "12"


def test_other_masks() -> None:
    assert identity.mask_address("青石镇某村，原住白崖乡某村") == "青石镇（略）"
    assert identity.mask_phone("13812345678") == "*********78"
    assert identity.mask_address("宁夏西吉县青石镇某村3组12号") == "宁夏西吉县青石镇（略）"
    assert identity.mask_address("不知何处12号") == "（略）"
    assert identity.mask_birth(dt.date(2015, 3, 4)) == "2015年"
