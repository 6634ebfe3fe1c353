"""The reference judge on counties of a few rows, whose answers anyone can say."""

from __future__ import annotations

from tests.reference.compare import BOOK
from tests.reference.small_world import (
    ONE,
    SPECIAL,
    THREE,
    TWO,
    day,
    found,
    number,
    numberless,
    pupil,
    school,
    status,
    world,
)
from tests.reference.three_valued import BLANK, UNKNOWN

GROUP = [school(ONE), school(TWO), school(THREE, central_school=f" {TWO}小学"), school(SPECIAL)]


def test_a_departed_pupil_is_in_no_check() -> None:
    gone = pupil("马离", status="转出", id_number=number(11)[:17] + "0")
    county = world(register=[gone, pupil("马离", school_id=TWO)], headcount=[])
    assert [status(county, rule) for rule in ("R111", "R202", "R205")] == ["未发现"] * 3


def test_namesakes_without_numbers_match_one_to_one() -> None:
    two = [pupil("马骞", 11), pupil("马骞", 13)]
    row = numberless("马骞", presence="在校")
    county = world(register=two, headcount=[row, {**row, "checker": "另一行"}])
    assert [status(county, rule) for rule in ("R111", "R711", "R518", "R508")] == ["未发现"] * 4
    county = world(register=two, headcount=[row])
    assert status(county, "R111") == "无法判定"
    assert status(county, "R711") == "未发现"
    county = world(register=two[:1], headcount=[row, {**row, "checker": "另一行"}])
    assert status(county, "R111") == "未发现"
    assert status(county, "R518") == "无法判定"


def test_of_namesakes_one_of_whom_is_absent_nobody_is_accused() -> None:
    rows = [numberless("马骞", presence=p) for p in ("在校", "不在校")]
    reports = [{"school_id": ONE, "term": "2026-2027-1", "report_date": day(9, 4), "registered_absent": 1}]
    county = world(register=[pupil("马骞", 11), pupil("马骞", 13)], headcount=rows, reports=reports)
    assert status(county, "R201") == "无法判定"
    assert status(county, "R204") == "未发现"


def test_an_old_name_is_a_name() -> None:
    row = numberless("欧阳云", presence="在校")
    change = pupil("马新", field="姓名", before="欧阳云", after="马新", approve_date=day(9, 1))
    for county in (
        world(register=[pupil("马新", former_name="欧阳云")], headcount=[row]),
        world(register=[pupil("马新")], headcount=[row], changes=[change]),
        world(register=[pupil("马新")], headcount=[row], earlier_changes=[change]),
    ):
        assert [status(county, rule) for rule in ("R111", "R114", "R518")] == ["未发现"] * 3
    unapproved = world(register=[pupil("马新")], headcount=[row], changes=[{**change, "approve_date": BLANK}])
    assert found(unapproved, "R111")


def test_a_long_name_cut_off_is_suspected() -> None:
    county = world(
        register=[pupil("白音都呼木·阿不都热依木江")], headcount=[numberless("白音都呼木·阿不都", presence="在校")]
    )
    assert found(county, "R114") == [("白音都呼木·阿不都", "线索")]


def test_two_good_numbers_that_differ_are_suspected_of_equal_names_only() -> None:
    def county(name: str) -> list[tuple[object, str]]:
        return found(world(register=[pupil("马小燕", 11)], headcount=[pupil(name, 13, presence="在校")]), "R114")

    assert county("马小燕") == [("马小燕", "线索")]
    assert county("马晓燕") == []


def test_ledger_rows_are_linked_through_any_number() -> None:
    row = pupil("马劝", found_date=day(9, 1), return_by_date=day(10, 1))
    county = world(dropouts=[row, {**row, "id_number": BLANK, "found_date": day(9, 2)}])
    assert found(county, "R714") == [("马劝", "线索")]


def test_a_week_that_begins_in_the_holiday_begins_with_the_term() -> None:
    row = pupil("马转", direction="转入", result="同意", apply_date=day(3, 4), centre_date=day(7, 20))
    assert status(world(day(9, 7), transfers=[row]), "R103") == "未发现"
    assert found(world(day(9, 8), transfers=[row]), "R103") == [("马转", "事实")]


def test_the_own_side_in_time_makes_a_lead() -> None:
    row = pupil("马转", direction="转入", result="同意", centre_date=day(9, 9), to_submit_date=day(9, 10))
    assert found(world(transfers=[row]), "R102") == [("马转", "线索")]
    assert found(world(transfers=[{**row, "to_submit_date": BLANK}]), "R102") == [("马转", "事实")]


def test_schools_of_one_central_school_are_one() -> None:
    tables = {
        "register": [pupil("马点", school_id=TWO)],
        "headcount": [pupil("马点", school_id=THREE, presence="在校")],
    }
    apart = world(**{name: list(rows) for name, rows in tables.items()})
    assert found(apart, "R210", TWO) == [("马点", "事实")]
    assert found(apart, "R508", THREE) == [("马点", "事实")]
    together = world(schools=GROUP, **tables)
    for rule in ("R210", "R508", "R518", "R111", "R116"):
        assert [status(together, rule, code) for code in (TWO, THREE)] == ["未发现"] * 2
    away = pupil("马点", school_id=THREE, presence="不在校", situation="其他")
    absent = world(schools=GROUP, register=[pupil("马点", school_id=TWO)], headcount=[away])
    assert found(absent, "R201", TWO) == [("马点", "线索")]


def test_absent_at_home_and_present_elsewhere() -> None:
    def county(situation: str, **cells: object) -> list[str]:
        away = pupil("丁海", presence="不在校", situation=situation)
        there = pupil("丁海", school_id=TWO, presence="在校", situation="其他", **cells)
        made = world(register=[pupil("丁海")], headcount=[away, there], transfers=[])
        return [
            rule for rule in ("R107", "R116", "R210", "R508", "R518") if found(made, rule) or found(made, rule, TWO)
        ]

    assert county("外出不具备转学条件") == ["R116", "R508"]
    assert county("已转外校就读") == ["R107", "R508"]


def test_one_student_by_name_at_two_schools() -> None:
    home = pupil("欧阳青云", register_no=BLANK)
    away = {**home, "presence": "不在校", "situation": "其他"}
    there = numberless("欧阳青云", school_id=TWO, presence="在校", grade=4, situation="其他")
    county = world(register=[home], headcount=[away, there])
    assert found(county, "R117") == found(county, "R117", TWO) == [("欧阳青云", "线索")]
    assert status(county, "R518", TWO) == "未发现"
    again = world(register=[home], headcount=[away, there, {**there, "school_id": THREE}])
    assert [status(again, "R117", code) for code in (ONE, TWO, THREE)] == ["未发现"] * 3


def test_who_left_and_never_came() -> None:
    row = pupil(
        "马没到", direction="转出", result="同意", to_school=f"{TWO}小学", apply_date=day(9, 1), centre_date=day(9, 9)
    )
    assert found(world(transfers=[row], register=[]), "R118") == [("马没到", "线索")]
    assert status(world(transfers=[row], register=[pupil("马没到", school_id=THREE)]), "R118") == "未发现"
    departed = pupil("马没到", school_id=THREE, status="离校")
    assert status(world(transfers=[row], register=[departed]), "R118") == "未发现"
    seen = pupil("马没到", school_id=TWO, presence="在校")
    assert status(world(transfers=[row], register=[], headcount=[seen]), "R118") == "未发现"


def test_who_was_on_the_register_last_term() -> None:
    old = [pupil("马不见"), pupil("马高", 13, grade=6)]
    county = world(register=[], previous_register=old, transfers=[])
    assert found(county, "R119") == [("马不见", "线索")]
    closed = world(register=[], previous_register=[{**old[0], "school_id": "2264000999"}], transfers=[])
    assert found(closed, "R120", "") == []  # his grade is the highest there: it may have been a 教学点
    older = pupil("马大", 15, school_id="2264000999", grade=5)
    closed = world(register=[], previous_register=[{**old[0], "school_id": "2264000999"}, older], transfers=[])
    assert found(closed, "R120", "") == [("马不见", "线索")]


def test_leave_and_lessons_elsewhere_that_nothing_shows() -> None:
    away = pupil("马休", presence="不在校", situation="休学")
    assert found(world(register=[pupil("马休")], headcount=[away]), "R211") == [("马休", "线索")]
    assert status(world(register=[pupil("马休", status="休学")], headcount=[away]), "R211") == "未发现"
    special = {**away, "situation": "特教就读"}
    assert found(world(register=[pupil("马休")], headcount=[special]), "R212") == [("马休", "线索")]
    there = pupil("马休", school_id=SPECIAL, presence="在校")
    assert status(world(register=[pupil("马休")], headcount=[special, there]), "R212") == "未发现"


def test_back_by_the_ledger_and_absent_by_the_headcount() -> None:
    away = pupil("马劝", presence="不在校", situation="其他", check_date=day(9, 2))
    back = pupil("马劝", found_date=day(8, 1), outcome="已复学", returned_date=day(9, 1))
    county = world(register=[pupil("马劝")], headcount=[away], dropouts=[back])
    assert found(county, "R213") == [("马劝", "线索")]
    later = {**back, "found_date": day(10, 1), "outcome": "未复学"}
    county = world(register=[pupil("马劝")], headcount=[away], dropouts=[back, later])
    assert status(county, "R213") == "未发现"


def test_a_wrong_number_put_right_is_a_lead() -> None:
    wrong = number(11)[:17] + ("0" if number(11)[17] != "0" else "1")
    change = pupil("马错", field="身份证件号", before=wrong, after=number(11), platform_date=day(9, 3))
    register = [pupil("马错", birth_date=day(6, 5, 2017))]
    assert found(world(register=register, changes=[change]), "R301") == [("马错", "线索")]
    other = {**change, "before": number(13)}
    assert found(world(register=[pupil("马错", birth_date=day(6, 5, 2017))], changes=[other]), "R301") == [
        ("马错", "事实")
    ]


def test_who_waits_for_the_county() -> None:
    row = pupil("马等", direction="转入", result="办理中", apply_date=day(9, 2), to_opinion_date=day(9, 3))
    theirs = {**row, "school_id": TWO, "direction": "转出", "from_opinion_date": day(9, 3)}
    county = world(transfers=[row, theirs])
    assert found(county, "R408", "") == [("马等", "线索")]
    assert status(county, "R401") == "未发现"
    unsigned = world(transfers=[{**row, "to_opinion_date": BLANK}])
    assert found(unsigned, "R401") == [("马等", "线索")]


def test_acts_out_of_order() -> None:
    back = pupil("马复", platform_resume_date=day(9, 2), resume_date=day(9, 3))
    assert found(world(suspensions=[back]), "R717") == [("马复", "事实")]
    assert status(world(suspensions=[{**back, "resume_date": day(9, 2)}]), "R717") == "未发现"
    agreed = pupil("马转", direction="转出", result="同意", from_opinion_date=day(9, 9), centre_date=day(9, 8))
    assert found(world(transfers=[agreed]), "R718") == [("马转", "事实")]
    leave = pupil("马休", sudden="否", start_date=day(9, 1), centre_date=day(9, 2), school_review_date=day(9, 2))
    assert found(world(suspensions=[leave]), "R719") == [("马休", "线索")]
    assert found(world(suspensions=[{**leave, "school_review_date": day(9, 3)}]), "R719") == [("马休", "事实")]


def test_how_long_a_leave_may_be() -> None:
    away = pupil("马假", presence="不在校", situation="请假", moved_date=day(9, 1), check_date=day(10, 1))
    assert status(world(register=[pupil("马假")], headcount=[away]), "R721") == "未发现"
    longer = {**away, "check_date": day(10, 2)}
    assert found(world(register=[pupil("马假")], headcount=[longer]), "R721") == [("马假", "线索")]
    assert status(world(register=[pupil("马假")], headcount=[{**away, "check_date": BLANK}]), "R721") == "无法判定"


def test_a_change_that_may_be_an_earlier_terms_is_open() -> None:
    row = pupil("马改", field="身份证件号", before=number(13), after=number(11), platform_date=day(9, 2))
    now = row | {"household_date": day(9, 1)}
    for earlier, expected in ((now, "未发现"), (row | {"household_date": UNKNOWN}, "无法判定"), (row, "发现")):
        assert status(world(changes=[now], earlier_changes=[earlier]), "R303") == expected


def test_what_another_school_handed_in_makes_nobody_comparable() -> None:
    now = numberless("马无", register_no="G" + number(11))
    own = pupil("马甲", 21, register_no=BLANK)
    county = world(register=[now], previous_register=[own, pupil("马乙", 31, school_id=TWO)])
    assert status(county, "R305") == "无法判定"


def test_an_old_grade_that_was_not_read_matters_only_at_the_top() -> None:
    for grade, expected in ((1, "未发现"), (6, "无法判定")):
        old = pupil("马升", grade=UNKNOWN)
        assert status(world(register=[pupil("马升", grade=grade)], previous_register=[old]), "R406") == expected


def test_a_pupil_of_doubtful_status_belongs_to_the_finding_of_his_namesake() -> None:
    born = {"birth_date": day(6, 5, 2017)}
    twice = [pupil("马同", 11, **born), pupil("马同", 11, status=UNKNOWN, **born)]
    county = world(register=[*twice, pupil("马同", 13, school_id=TWO, **born)])
    outcome = BOOK.judge("R203", county)[ONE]
    assert (len(outcome.hits), outcome.undecided) == (1, 0)


def test_a_name_of_another_schools_ledger_is_not_this_ones() -> None:
    change = pupil("马新", field="姓名", before="欧阳云", after="马新", approve_date=day(9, 1))
    row = numberless("欧阳云", presence="在校")
    assert found(world(register=[pupil("马新")], headcount=[row], changes=[change | {"school_id": TWO}]), "R111")


def test_who_is_in_class_by_number_at_his_central_school_is_not_absent() -> None:
    """Whatever two rows of his name and no number say at his own school, of which one might be his."""
    register = [pupil("马双", school_id=THREE)]
    two = [
        numberless("马双", school_id=THREE, presence=presence, situation="已转外校就读")
        for presence in ("在校", "不在校")
    ]
    there = pupil("别名", school_id=TWO, presence="在校")
    apart = world(schools=GROUP, register=register, headcount=two, transfers=[])
    assert status(apart, "R107", THREE) == "无法判定"
    together = world(schools=GROUP, register=register, headcount=[*two, there], transfers=[])
    assert status(together, "R107", THREE) == "未发现"
