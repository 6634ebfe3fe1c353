"""Reading 11: schools of one 中心校 are one school to the notice, by number."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.county.tables import AS_OF, ONE, TERM, THREE, TWO, county, hand_in, number, of_names, words
from xueji_lib import intake
from xueji_lib.casebook.access import school_view
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.county.counted_classes import has_class
from xueji_lib.judge.shared_centre import share_centre
from xueji_lib.register.calendar import Calendar
from xueji_lib.register.school_references import named_schools, school_groups
from xueji_lib.store import Store

HEAD = "学校标识码,姓名,身份证件号,年级,班号,出生日期,学生状态\n"
COUNT = "学校标识码,姓名,身份证件号,年级,班号,在校情况,情形,核对日期\n"


def pupil(school: str, name: str, place: int, class_no: int = 1) -> str:
    return f"{school},{name},{number(place)},2,{class_no},,\n"


def counted(school: str, name: str, place: int | None, presence: str, class_no: int = 1) -> str:
    return f"{school},{name},{'' if place is None else number(place)},2,{class_no},{presence},,2026-09-02\n"


@pytest.mark.parametrize("other", [TWO, THREE])
def test_counted_at_the_other_school_of_the_group(tmp_path: Path, other: str) -> None:
    """The same lists at a school of the group and at any other."""
    made = county(
        tmp_path,
        学籍名册=HEAD
        + pupil(ONE, "点上生", 1)
        + pupil(ONE, "漏核生", 2)
        + pupil(ONE, "不在生", 3)
        + pupil(ONE, "甲", 4),
        逐班核对表=COUNT
        + counted(ONE, "点上生", 1, "不在校")
        + counted(ONE, "甲", 4, "在校")
        + counted(other, "点上生", 1, "在校")
        + counted(other, "漏核生", 2, "在校")
        + counted(other, "不在生", 3, "不在校"),
    )
    reconciled, near = made.reconciled, other == TWO
    away = {"点上生": "否", "漏核生": "否", "不在生": "是", "甲": "否"}
    assert of_names(made, "register", reconciled.registered_absent) == (
        away if near else {**away, "点上生": "是", "不在生": "否"}
    )
    assert words(reconciled.present_unregistered) == ["否", "否", *(["否", "否", "否"] if near else ["是", "是", "否"])]
    assert of_names(made, "register", reconciled.not_counted) == dict.fromkeys(away, "否") | (
        {} if near else {"漏核生": "是", "不在生": "是"}
    )
    assert made.school_ids[made["register"].school[reconciled.absences.reg]].tolist() == [ONE], "the register's school"
    assert (len(reconciled.registered_elsewhere[0]) == 0) is near
    assert (len(reconciled.counted_elsewhere[0]) == 0) is near


def test_only_by_number(tmp_path: Path) -> None:
    made = county(
        tmp_path,
        学籍名册=HEAD + pupil(ONE, "点上生", 1) + pupil(ONE, "甲", 4),
        逐班核对表=COUNT + counted(ONE, "甲", 4, "在校") + counted(TWO, "点上生", None, "在校"),
    )
    assert words(made.reconciled.present_unregistered) == ["否", "是"]
    assert of_names(made, "register", made.reconciled.not_counted) == {"点上生": "是", "甲": "否"}


def test_a_row_matched_by_name_brings_its_number_to_the_group(tmp_path: Path) -> None:
    made = county(
        tmp_path,
        学籍名册=HEAD + pupil(ONE, "点上生", 1) + pupil(TWO, "点上生", 1),
        逐班核对表=COUNT + counted(TWO, "点上生", None, "在校"),
    )
    assert words(made.reconciled.not_counted) == ["否", "否"]


def test_a_class_on_any_headcount_of_the_group_has_been_counted(tmp_path: Path) -> None:
    made = county(
        tmp_path,
        学籍名册=HEAD + pupil(ONE, "甲", 1) + pupil(ONE, "乙", 2, 2) + pupil(ONE, "丙", 3, 3),
        逐班核对表=COUNT + counted(TWO, "甲", 1, "在校") + counted(THREE, "丙", 3, "在校", 3),
    )
    register = made["register"]
    classes = register["grade"].values.astype(int), register["class_no"].values.astype(int)
    assert words(has_class(made.reconciled, register.school, *classes)) == ["是", "否", "否"]


def test_who_is_whose_centre() -> None:
    ids, names = ["1", "2", "3", "4", "5", "6"], ["中心小学", "东点", "西点", "同名校", "同名校", "独校"]
    assert named_schools(["中心小学 ", "3", "同名校", "没有的", None], ids, names).tolist() == [0, 2, -1, -1, -1]
    groups = school_groups([None, "中心小学", "1", "同名校", "没有的", "没有的"], ids, names).tolist()
    assert groups[0] == groups[1] == groups[2]
    assert len(set(groups[2:])) == 4, "an unknown name, or one that two schools have, stands for none"
    assert len(set(school_groups(["3", "1", "2"], ids[:3], names[:3]).tolist())) == 1, "in a circle"
    assert len(set(school_groups([None, "1", "2", "3"], ids[:4], names[:4]).tolist())) == 1, "in a chain"


def test_intake_reports_a_centre_that_nobody_is(tmp_path: Path) -> None:
    head = "学校标识码,学校名称,办学类型,城乡类别,所属乡镇,所属中心校\n"
    rows = "".join(
        f"{school},{name},小学,镇区,柳林镇,{centre}\n"
        for school, name, centre in (
            (ONE, "中心小学", ""),
            (TWO, "上湾小学", "中心小学 "),
            (THREE, "城关小学", "城关中心校"),
        )
    )
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "名录.csv").write_text(head + rows, "utf-8")
    report = intake.run(inbox, Store(tmp_path / "store"), "2026-2027-1", Calendar.load())
    problems = [(p.code, p.row, p.column, p.value) for p in report.problems]
    assert problems == [("D06", 4, "所属中心校", "城关中心校")]


def test_who_shares_a_centre_with_others(tmp_path: Path) -> None:
    store = hand_in(tmp_path, 学籍名册=HEAD + pupil(ONE, "甲", 1))
    shares = {school: share_centre(store, TERM, {school}) for school in (ONE, TWO, THREE)}
    assert shares == {ONE: True, TWO: True, THREE: False}
    assert share_centre(store, TERM, {ONE, THREE}) and not share_centre(store, TERM, ())
    alone = f"学校标识码,学校名称,办学类型,城乡类别,所属乡镇,所属中心校\n{TWO},上湾教学点,教学点,乡村,柳林镇,中心小学\n"
    store = hand_in(tmp_path / "自带", 学校名录=alone, 学籍名册=HEAD + pupil(TWO, "甲", 1))
    assert share_centre(store, TERM, {TWO}), "a directory of its own does not say who the centre is"


@pytest.mark.slow
def test_a_school_s_view_of_the_store_knows_that_there_are_others(tmp_path: Path) -> None:
    """Nothing of another school is in it; all the same a centre is not judged as if it stood alone."""
    store = hand_in(tmp_path, 学籍名册=HEAD + pupil(ONE, "甲", 1))
    views = {school: school_view.refresh(Workplace(store), school, AS_OF) for school in (ONE, TWO, THREE)}
    assert {school: share_centre(view, TERM, {school}) for school, view in views.items()} == {
        ONE: True, TWO: True, THREE: False,
    }  # fmt: skip
