"""Engine and reference on counties of a few rows: what the engine once answered otherwise."""

from __future__ import annotations

from pathlib import Path

from tests.reference.small_world import (
    ONE,
    SPECIAL,
    THREE,
    TWO,
    day,
    made,
    number,
    numberless,
    pupil,
    school,
    settled_by_both,
)
from tests.reference.three_valued import BLANK, UNKNOWN

TRANSFER = {"direction": "转出", "result": "同意", "apply_date": day(9, 2), "centre_date": day(9, 9)}


def test_a_transfer_excuses_no_number_that_stands_twice_in_one_school(tmp_path: Path) -> None:
    twice = [pupil("马两"), pupil("马双")]
    county = made(day(9, 10), register=twice, transfers=[pupil("马两", to_school=UNKNOWN, **TRANSFER)])
    assert settled_by_both("R202", county, tmp_path)[ONE] == "发现"


def test_a_namesake_who_may_have_departed_leaves_the_other_open(tmp_path: Path) -> None:
    born = {"birth_date": day(6, 5, 2017)}
    county = made(register=[pupil("马同", 11, **born), pupil("马同", 13, school_id=TWO, status=UNKNOWN, **born)])
    assert settled_by_both("R203", county, tmp_path) == {
        ONE: "无法判定",
        TWO: "无法判定",
        THREE: "未发现",
        SPECIAL: "未发现",
    }


def test_a_child_whose_register_row_may_be_of_one_who_departed(tmp_path: Path) -> None:
    child = {"name": "马户", "id_number": number(11), "township": "白崖乡", "school_id": BLANK}
    for status, expected in (("在读", "未发现"), (UNKNOWN, "无法判定")):
        county = made(residents=[child], register=[pupil("马户", status=status)])
        assert settled_by_both("R710", county, tmp_path)[""] == expected


def test_a_pupil_whom_two_schools_say_they_sent_is_one(tmp_path: Path) -> None:
    """One school's row leads from another number to that of the other school."""
    rows = [
        pupil("马转", school_id=ONE, to_school=THREE, **TRANSFER),
        pupil("马转", school_id=TWO, to_school=THREE, **TRANSFER),
        pupil("马甲", 13, school_id=TWO, register_no="G" + number(11), direction="转入", result="不同意"),
        pupil("旁人", 15, school_id=THREE),
    ]
    county = made(transfers=rows, register=[pupil("马甲", 13, school_id=TWO)])
    assert settled_by_both("R112", county, tmp_path)[THREE] == "发现"


def test_a_row_beside_one_that_holds_the_number_accounts_for_the_pupil(tmp_path: Path) -> None:
    asked = pupil("马一", 13, register_no="G7", direction="转入", result="不同意")
    left = numberless("马二", register_no="G7", **TRANSFER)
    old = pupil("马不见", 13, register_no=BLANK)
    county = made(register=[], previous_register=[old], transfers=[asked, left])
    assert settled_by_both("R119", county, tmp_path)[ONE] == "未发现"


def test_who_is_at_a_school_without_register_may_be_on_it(tmp_path: Path) -> None:
    home = pupil("欧阳青云", register_no=BLANK)
    away = {**home, "presence": "不在校", "situation": "其他"}
    there = numberless("欧阳青云", school_id=TWO, presence="在校", grade=3, situation="其他")
    for handed_in, expected in ((True, "发现"), (False, "无法判定")):
        county = made(register=[home], headcount=[away, there])
        if not handed_in:
            register = county.frames["register"]
            county.frames["register"] = register[register["school_id"] != TWO].reset_index(drop=True)
        assert settled_by_both("R117", county, tmp_path)[ONE] == expected


def test_a_row_matched_to_one_who_may_have_departed_carries_his_number(tmp_path: Path) -> None:
    home = pupil("欧阳青云", register_no=BLANK)
    away = {**home, "presence": "不在校", "situation": "其他"}
    other = pupil("欧阳青云", 13, school_id=TWO, status=UNKNOWN)
    there = numberless("欧阳青云", school_id=TWO, presence="在校", grade=3, situation="符合条件未办手续")
    county = made(register=[home, other], headcount=[away, there], transfers=[])
    assert settled_by_both("R117", county, tmp_path)[ONE] == "未发现"
    assert settled_by_both("R508", county, tmp_path)[TWO] == "未发现"


def test_a_returner_of_another_school_takes_nobody_s_seat_here(tmp_path: Path) -> None:
    leave = {"start_date": day(9, 1, 2025), "end_date": day(11, 1), "school_id": ONE}
    here = pupil("马休", **leave)
    other = pupil("马休", **{**leave, "school_id": TWO, "start_date": UNKNOWN})
    seats = [{"school_id": ONE, "grade": UNKNOWN, "class_no": UNKNOWN, "seats": 9, "reserved_seats": 1}]
    county = made(register=[], suspensions=[here, other], classes=seats)
    assert settled_by_both("R712", county, tmp_path)[ONE] == "无法判定"


def test_where_r508_is_undecided_r518_is_too(tmp_path: Path) -> None:
    there = pupil("马到", school_id=TWO, presence="在校", situation="其他")
    row = pupil("马到", school_id=TWO, direction="转入", result=UNKNOWN)
    county = made(register=[pupil("马到")], headcount=[there], transfers=[row])
    assert (
        settled_by_both("R508", county, tmp_path)[TWO] == settled_by_both("R518", county, tmp_path)[TWO] == "无法判定"
    )


def test_a_pair_by_name_is_shown_by_the_name_of_the_register(tmp_path: Path) -> None:
    home = pupil("欧阳青云", register_no=BLANK)
    away = [{**home, "name": name, "presence": "不在校", "situation": "其他"} for name in ("田文静", "欧阳青云")]
    there = numberless("欧阳青云", school_id=TWO, presence="在校", grade=3, situation="其他")
    county = made(register=[home], headcount=[*away, there])
    assert settled_by_both("R117", county, tmp_path)[ONE] == "发现"


def test_a_change_of_no_number_and_one_whose_number_was_not_read_may_be_one(tmp_path: Path) -> None:
    row = pupil(
        "马改", id_number=BLANK, field="身份证件号", before=number(13), after=number(11), platform_date=day(9, 2)
    )
    county = made(changes=[row | {"register_no": UNKNOWN}], earlier_changes=[row | {"register_no": BLANK}])
    assert settled_by_both("R303", county, tmp_path)[ONE] == "无法判定"


def test_counted_from_the_lowest_grade_of_the_school_any_grade_may_fit(tmp_path: Path) -> None:
    schools = [school(ONE, school_kind="九年一贯制学校"), school(TWO)]
    for grade, expected in ((12, "未发现"), (UNKNOWN, "无法判定"), (9, "发现")):
        county = made(schools=schools, register=[pupil("马久", grade=grade, entry_month=201509)])
        assert settled_by_both("R109", county, tmp_path)[ONE] == expected


def test_whom_a_namesake_hides_is_a_stranger_only_where_a_row_may_be_nobodys(tmp_path: Path) -> None:
    """By number on the register there; one of several of his name; perhaps none of them, for there are more rows."""
    row = pupil("马在", school_id=TWO, register_no=BLANK, presence="在校")
    his, first, second = (pupil("马在", n, school_id=TWO, id_number=UNKNOWN) for n in (11, 13, 15))
    for there, rows, expected in (
        ([his, first], 1, "未发现"),
        ([first, second], 1, "未发现"),
        ([his, first], 3, "未发现"),
        ([first], 2, "无法判定"),
    ):
        more = [numberless("马在", school_id=TWO, presence="在校")] * (rows - 1)
        county = made(register=[pupil("马在"), *there], headcount=[row, *more])
        assert settled_by_both("R210", county, tmp_path)[ONE] == expected


def test_a_change_that_may_be_an_earlier_terms_still_says_when_it_was(tmp_path: Path) -> None:
    row = pupil("马改", field="身份证件号", before=number(13), after=number(11), platform_date=day(4, 10))
    earlier = [row, row | {"school_id": TWO, "before": number(15), "platform_date": day(3, 20)}]
    named = row | {"field": UNKNOWN, "platform_date": UNKNOWN}
    county = made(changes=[row | {"platform_date": UNKNOWN}, named], earlier_changes=earlier)
    for rule, expected in (("R302", "无法判定"), ("R303", "发现")):
        said = settled_by_both(rule, county, tmp_path)
        assert (said[ONE], said[TWO]) == (expected, "未发现")


def test_every_row_of_a_pupil_says_whether_there_is_a_number_to_compare(tmp_path: Path) -> None:
    home = pupil("马两行", id_number=BLANK)
    plain = {**home, "presence": "不在校", "situation": "其他"}
    rows = [plain, {**plain, "id_number": number(13)}]
    there = numberless("马两行", school_id=TWO, id_number=number(15), presence="在校", situation="其他")
    for order in (rows, rows[::-1]):
        county = made(register=[home], headcount=[*order, there])
        assert [settled_by_both("R117", county, tmp_path)[code] for code in (ONE, TWO)] == ["未发现"] * 2
        assert settled_by_both("R518", county, tmp_path)[TWO] == "发现"
    county = made(register=[home], headcount=[plain, there])
    assert [settled_by_both("R117", county, tmp_path)[code] for code in (ONE, TWO)] == ["发现"] * 2


def test_rows_that_a_number_links_are_one_pupil_at_the_other_school(tmp_path: Path) -> None:
    away = numberless("马两班", presence="不在校", situation="其他")
    there = pupil("马两班", school_id=TWO, presence="在校", situation="其他")
    rows = [{**there, "id_number": BLANK}, {**there, "class_no": 2}]
    county = made(register=[numberless("马两班")], headcount=[away, *rows])
    assert [settled_by_both("R117", county, tmp_path)[code] for code in (ONE, TWO)] == ["发现"] * 2
    county = made(register=[pupil("马两班", 13, register_no=BLANK)], headcount=[away, *rows])
    assert [settled_by_both("R117", county, tmp_path)[code] for code in (ONE, TWO)] == ["未发现"] * 2


def test_a_number_that_one_of_two_namesakes_has_leaves_both_open(tmp_path: Path) -> None:
    homes = [pupil("马双半", order, id_number=BLANK) for order in (11, 13)]
    away = numberless("马双半", presence="不在校", situation="其他")
    there = numberless("马双半", school_id=TWO, id_number=number(19), presence="在校", situation="其他")
    for own, expected in (((15, None), "无法判定"), ((None, 15), "无法判定"), ((15, 17), "未发现")):
        rows = [{**away, "id_number": number(order) if order else BLANK} for order in own]
        county = made(register=homes, headcount=[*rows, there])
        assert [settled_by_both("R117", county, tmp_path)[code] for code in (ONE, TWO)] == [expected] * 2


def test_a_transfer_is_of_every_row_of_its_number(tmp_path: Path) -> None:
    """Its ledger names one of the two records that the school has of the number."""
    register = [pupil("马转"), pupil("马转", school_id=TWO, register_no=BLANK), pupil("马旧名", school_id=TWO)]
    row = numberless("马转", school_id=TWO, **{**TRANSFER, "direction": "转入"})
    for to, expected in ((ONE, "未发现"), (UNKNOWN, "无法判定"), (THREE, "发现")):
        county = made(day(9, 10), register=register, transfers=[{**row, "from_school": to}])
        assert settled_by_both("R202", county, tmp_path)[ONE] == expected
