"""Reading 5: who has departed is in no check and in no count; whose status cannot be read may have."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.county.tables import ONE, before, county, hand_in, load, number, of_names, words
from xueji_lib.register.vocabulary import DEPARTED

pytestmark = pytest.mark.slow

HEAD = "学校标识码,姓名,身份证件号,全国学籍号,年级,班号,学生状态\n"
COUNT = "学校标识码,姓名,身份证件号,年级,班号,在校情况,情形\n"


def pupil(name: str, place: int, status: str = "在读") -> str:
    return f"{ONE},{name},{number(place)},,3,1,{status}\n"


def counted(name: str, place: int, presence: str, situation: str = "") -> str:
    return f"{ONE},{name},{number(place)},3,1,{presence},{situation}\n"


@pytest.mark.parametrize("status", sorted(DEPARTED))
def test_who_has_departed_is_on_no_register(tmp_path: Path, status: str) -> None:
    made = county(
        tmp_path,
        学籍名册=HEAD + pupil("马在", 1) + pupil("马走", 2, status),
        逐班核对表=COUNT + counted("马在", 1, "在校") + counted("马走", 2, "在校"),
    )
    assert made["register"].strings("name").tolist() == ["马在"]
    assert made.departed.strings("name").tolist() == ["马走"]
    assert of_names(made, "headcount", made.reconciled.present_unregistered) == {"马在": "否", "马走": "是"}
    assert int(made.registry.sizes.low.sum()) == 1
    assert made.tally.class_table()["registered"].tolist() == [1]


@pytest.mark.parametrize("status", ["休学", "辍学", "结业", "", "在读"])
def test_other_states_are_on_the_register(tmp_path: Path, status: str) -> None:
    made = county(tmp_path, 学籍名册=HEAD + pupil("马某", 1, status))
    assert (len(made["register"]), len(made.departed)) == (1, 0)


def test_a_departed_pupil_who_is_reported_away_is_of_neither_kind(tmp_path: Path) -> None:
    made = county(
        tmp_path,
        学籍名册=HEAD + pupil("马在", 1) + pupil("马走", 2, "转出"),
        逐班核对表=COUNT + counted("马在", 1, "在校") + counted("马走", 2, "不在校", "已转外校就读"),
    )
    assert words(made.reconciled.registered_absent) == ["否"]
    assert made.reconciled.stray_absent.tolist() == [False, True]


def test_a_school_whose_register_holds_departed_pupils_alone_has_a_register(tmp_path: Path) -> None:
    made = county(tmp_path, 学籍名册=HEAD + pupil("马走", 2, "毕业"))
    assert made.schools_with("register").tolist() == [True, False, False]


def test_who_departed_last_term_is_kept_apart_too(tmp_path: Path) -> None:
    before(tmp_path, 学籍名册=HEAD + pupil("马在", 1) + pupil("马走", 2, "毕业"))
    made = load(hand_in(tmp_path, 学籍名册=HEAD + pupil("马在", 1)))
    assert made["previous_register"].strings("name").tolist() == ["马在"]


def test_a_status_that_cannot_be_read_leaves_undecided_what_rests_on_it(tmp_path: Path) -> None:
    made = county(
        tmp_path,
        学籍名册=HEAD + "".join(pupil(name, n, "休\ufffd") for n, name in enumerate(["马来", "马去", "马没"], 1)),
        逐班核对表=COUNT + counted("马来", 1, "在校") + counted("马去", 2, "不在校"),
    )
    assert of_names(made, "register", made.reconciled.registered_absent) == {"马来": "否", "马去": "未知", "马没": "否"}
    assert of_names(made, "register", made.reconciled.not_counted) == {"马来": "否", "马去": "否", "马没": "未知"}
    assert of_names(made, "headcount", made.reconciled.present_unregistered) == {"马来": "未知", "马去": "否"}


def test_on_leave_by_both_lists_is_not_absent(tmp_path: Path) -> None:
    made = county(
        tmp_path,
        学籍名册=HEAD + pupil("马休", 1, "休学") + pupil("马称", 2) + pupil("马病", 3, "休学"),
        逐班核对表=COUNT
        + counted("马休", 1, "不在校", "休学")
        + counted("马称", 2, "不在校", "休学")
        + counted("马病", 3, "不在校", "请假"),
    )
    assert of_names(made, "register", made.reconciled.registered_absent) == {"马休": "否", "马称": "是", "马病": "是"}
    assert of_names(made, "register", made.tally.on_leave) == {"马休": "是", "马称": "否", "马病": "否"}
    assert made["register"].strings("name", made.reconciled.absences.reg).tolist() == ["马称", "马病"]
