"""Reading 6: who is who in one school; namesakes; old names; numbers that a row carries; rows of one pupil's ledger."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

from tests.county.tables import ONE, THREE, TWO, county, number, of_names, words

pytestmark = pytest.mark.slow

HEAD = "学校标识码,姓名,曾用名,性别,身份证件号,全国学籍号,年级,班号,学生状态\n"
COUNT = "学校标识码,姓名,性别,身份证件号,全国学籍号,年级,班号,在校情况,情形,核对人\n"
CHANGES = "学校标识码,姓名,身份证件号,全国学籍号,修改项目,修改前,修改后,审批日期,平台修改日期\n"


_ROWS = count()
"""No two rows alike: namesakes, and not one row twice."""


def pupil(
    name: str, place: int, *, former: str = "", class_no: int = 1, school: str = ONE, id_: str | None = None
) -> str:
    return f"{school},{name},{former},,{number(place) if id_ is None else id_},,3,{class_no},\n"


def counted(
    name: str,
    id_: str = "",
    presence: str = "在校",
    *,
    class_no: int = 1,
    no: str = "",
    school: str = ONE,
    why: str = "",
) -> str:
    return f"{school},{name},,{id_},{no},3,{class_no},{presence},{why},老师{next(_ROWS)}\n"


def test_namesakes_equally_often_are_all_counted_and_nobody_is_named(tmp_path: Path) -> None:
    made = county(
        tmp_path,
        学籍名册=HEAD + pupil("马骞", 1) + pupil("马骞", 2),
        逐班核对表=COUNT + counted("马骞") + counted("马骞", presence="不在校", why="其他"),
    )
    assert words(made.reconciled.present_unregistered) == ["否", "否"]
    assert words(made.reconciled.not_counted) == ["否", "否"]
    assert words(made.reconciled.registered_absent) == ["未知", "未知"]
    assert sorted(words(made.tally.absent)) == ["否", "是"]
    assert made.reconciled.interchangeable.all() and made.reconciled.interchangeable_registered.all()
    assert len(made.reconciled.link.left) == 0


def test_namesakes_who_are_all_there_are_no_question(tmp_path: Path) -> None:
    made = county(
        tmp_path,
        学籍名册=HEAD + pupil("马骞", 1) + pupil("马骞", 2),
        逐班核对表=COUNT + counted("马骞") + counted("马骞"),
    )
    assert words(made.reconciled.registered_absent) == ["否", "否"] == words(made.tally.absent)
    assert words(made.tally.unregistered) == ["否", "否"]


@pytest.mark.parametrize(
    ("registered", "present", "absent", "missing", "strange", "away"),
    [
        (2, 1, 0, ["未知", "未知"], ["否"], ["否", "否"]),
        (1, 2, 0, ["否"], ["否", "未知"], ["否"]),
        (1, 1, 1, ["否"], ["否", "未知"], ["未知"]),
        (3, 0, 1, ["未知"] * 3, ["否"], ["否", "否", "是"]),
        (1, 0, 2, ["否"], ["否", "否"], ["是"]),
    ],
)
def test_of_unequal_namesakes_the_leftover_is_undecided(
    tmp_path: Path, registered: int, present: int, absent: int, missing: list[str], strange: list[str], away: list[str]
) -> None:
    made = county(
        tmp_path,
        学籍名册=HEAD + "".join(pupil("马骞", n) for n in range(1, registered + 1)),
        逐班核对表=COUNT + "".join(counted("马骞", presence=word) for word in ["在校"] * present + ["不在校"] * absent),
    )
    assert sorted(words(made.reconciled.not_counted)) == sorted(missing)
    assert sorted(words(made.tally.unregistered)) == sorted(strange)
    assert sorted(words(made.tally.absent)) == sorted(away)
    assert "是" not in words(made.reconciled.registered_absent) + words(made.reconciled.present_unregistered)


def test_a_namesake_with_a_number_of_his_own_is_told_apart(tmp_path: Path) -> None:
    made = county(
        tmp_path,
        学籍名册=HEAD + pupil("马骞", 1) + pupil("马骞", 2),
        逐班核对表=COUNT + counted("马骞", number(1), "不在校") + counted("马骞"),
    )
    assert words(made.reconciled.registered_absent) == ["是", "否"]
    assert not made.reconciled.interchangeable.any()


def test_a_namesake_s_row_that_says_present_may_be_the_absent_pupil_s(tmp_path: Path) -> None:
    """Of three pupils of one name one is away by number at a school of the 中心校, and one row at his own school, which
    may be his, says 在校."""
    made = county(
        tmp_path,
        学籍名册=HEAD + "".join(pupil("马骞", n, school=TWO) for n in (1, 2, 3)),
        逐班核对表=COUNT + counted("马骞", school=TWO) + counted("别名", number(1), "不在校", school=ONE),
    )
    assert words(made.reconciled.registered_absent) == ["未知", "否", "否"]


def test_one_of_namesakes_who_are_all_there_is_there(tmp_path: Path) -> None:
    """Whatever the row at another school of the 中心校 may say, which could not be read."""
    for presence, others in (("不在校", ["否", "否"]), ("？", ["否", "否"])):
        made = county(
            tmp_path / presence,
            学籍名册=HEAD + pupil("马骞", 1, school=TWO) + pupil("马骞", 2, school=TWO),
            逐班核对表=COUNT
            + counted("马骞", school=TWO)
            + counted("马骞", school=TWO)
            + counted("别名", number(1), presence, school=ONE),
        )
        assert words(made.reconciled.registered_absent) == others


def test_a_number_that_differs_is_no_match_by_name(tmp_path: Path) -> None:
    made = county(tmp_path, 学籍名册=HEAD + pupil("马骞", 1), 逐班核对表=COUNT + counted("马骞", number(2)))
    assert not made.reconciled.matched.any()
    assert len(made.reconciled.suspected[0]) == 1, "the equal name is suspected all the same"


@pytest.mark.parametrize(
    ("written", "id_", "suspected"),
    [
        ("马千", "", True),  # the same sound
        ("马千", number(2), False),  # two sound numbers that differ
        ("马千", number(2)[:-1] + ("1" if number(2)[-1] != "1" else "2"), True),  # a number that fails the check
        ("马骞", number(2), True),  # exactly equal
    ],
)
def test_two_sound_numbers_that_differ_leave_only_equal_names_suspected(
    tmp_path: Path, written: str, id_: str, suspected: bool
) -> None:
    made = county(tmp_path, 学籍名册=HEAD + pupil("马骞", 1), 逐班核对表=COUNT + counted(written, id_))
    assert bool(len(made.reconciled.suspected[0])) is suspected


@pytest.mark.parametrize(("written", "suspected"), [("阿卜杜热合曼", True), ("阿卜杜热合", False)])
def test_the_beginning_of_a_long_name(tmp_path: Path, written: str, suspected: bool) -> None:
    made = county(tmp_path, 学籍名册=HEAD + pupil("阿卜杜热合曼·阿卜杜瓦里", 1), 逐班核对表=COUNT + counted(written))
    assert bool(len(made.reconciled.suspected[0])) is suspected


def test_a_name_from_before_is_the_pupil_s_too(tmp_path: Path) -> None:
    made = county(
        tmp_path,
        学籍名册=HEAD + pupil("马新", 1, former="马旧") + pupil("李改", 2) + pupil("王改", 3),
        逐班核对表=COUNT + counted("马旧") + counted("李原") + counted("周成"),
        信息修改台账=CHANGES
        + f"{ONE},李改,{number(2)},,姓名,李 原,李改,2026-09-02,2026-09-03\n"
        + f"{ONE},王改,{number(3)},,姓名,周成,王改,,2026-09-03\n",
    )
    assert of_names(made, "headcount", made.reconciled.present_unregistered) == {
        "马旧": "否",
        "李原": "否",
        "周成": "是",
    }


def test_a_ledger_row_without_a_number_renames_whom_its_name_tells(tmp_path: Path) -> None:
    made = county(
        tmp_path,
        学籍名册=HEAD + pupil("李改", 2),
        逐班核对表=COUNT + counted("李原"),
        信息修改台账=CHANGES + f"{ONE},李改,,,姓名,李原,李改,2026-09-02,2026-09-03\n",
    )
    assert words(made.reconciled.present_unregistered) == ["否"]


def test_a_name_from_before_is_suspected_too(tmp_path: Path) -> None:
    made = county(tmp_path, 学籍名册=HEAD + pupil("周新", 1, former="马骞"), 逐班核对表=COUNT + counted("马千"))
    assert len(made.reconciled.suspected[0]) == 1


def test_a_row_whose_number_is_nobody_s_is_none_of_the_namesakes(tmp_path: Path) -> None:
    made = county(
        tmp_path,
        学籍名册=HEAD + pupil("马骞", 1) + pupil("马骞", 2),
        逐班核对表=COUNT + counted("马骞", number(3), "不在校", why="重度残疾不能到校") + counted("马骞"),
    )
    assert words(made.reconciled.registered_absent) == ["否", "否"]


def test_a_row_carries_the_numbers_of_the_pupil_it_is_matched_to(tmp_path: Path) -> None:
    """Matched by name in its school, it is the same child as a number elsewhere says."""
    made = county(
        tmp_path,
        学籍名册=HEAD + pupil("马骞", 1) + pupil("马骞", 1, school=THREE),
        逐班核对表=COUNT + counted("马骞") + counted("马骞", number(1), school=THREE) + counted("无名", school=THREE),
    )
    here, there = made.reconciled.counted_elsewhere
    assert sorted(zip(here.tolist(), there.tolist(), strict=True)) == [(0, 1), (1, 0)]
    assert len(made.reconciled.registered_elsewhere[0]) == 2
    assert made.reconciled.numbers.none.tolist() == [False, False, True]
    assert words(made.reconciled.strangers_without_number) == ["否", "否", "是"]


def test_a_ledger_s_class_tells_namesakes_apart_but_not_that_of_a_suspension(tmp_path: Path) -> None:
    made = county(
        tmp_path,
        学籍名册=HEAD + pupil("马骞", 1) + pupil("马骞", 2, class_no=2) + pupil("马独", 3, class_no=2),
        转学台账=f"学校标识码,姓名,年级,班号,办理方向,申请日期\n{ONE},马骞,3,2,转出,2026-09-01\n{ONE},马独,3,1,转出,2026-09-01\n",
        休复学台账=f"学校标识码,姓名,年级,班号,休学原因,申请日期\n{ONE},马骞,3,2,伤病,2026-09-01\n{ONE},马独,2,1,伤病,2026-09-01\n",
    )
    names = made["register"].strings("name").tolist()
    assert [names[i] if i >= 0 else "" for i in made.link("transfers").first.tolist()] == ["马骞", ""]
    assert [names[i] if i >= 0 else "" for i in made.link("suspensions").first.tolist()] == ["", "马独"]


DROPOUTS = "学校标识码,姓名,身份证件号,全国学籍号,发现日期\n"


def subjects(made_rows: list[tuple[str, str, str]], folder: Path) -> list[int]:
    """Which rows are one subject: the number of the first row of each."""
    text = "".join(f"{school},吴苒,{id_},{no},2026-09-0{n}\n" for n, (school, id_, no) in enumerate(made_rows, 1))
    made = county(folder, 学籍名册=HEAD + pupil("旁人", 99), 疑似失学劝返台账=DROPOUTS + text)
    persons = made.persons(made["dropouts"]).tolist()
    return [persons.index(person) for person in persons]


def test_rows_of_a_ledger_are_linked_through_any_number(tmp_path: Path) -> None:
    a, b, c = (number(n) for n in (1, 2, 3))
    g = "G" + a
    assert subjects([(ONE, a, g), (ONE, "", g)], tmp_path / "二") == [0, 0]
    assert subjects([(ONE, a, ""), (ONE, "", g), (ONE, a, g)], tmp_path / "三") == [0, 0, 0]
    assert (
        subjects([(ONE, a, ""), (ONE, a, g), (ONE, b, g), (ONE, b, "G" + c), (ONE, "", "G" + c)], tmp_path / "链")
        == [0] * 5
    )
    assert subjects([(ONE, a, ""), (ONE, b, g)], tmp_path / "无") == [0, 1]
    elsewhere = [(ONE, a, ""), (ONE, "", g), (THREE, a, g)]
    assert subjects(elsewhere, tmp_path / "他校")[:2] == [0, 1], "another school's row links nothing here"


def test_a_ledger_row_beside_one_of_the_register_is_the_register_s_pupil(tmp_path: Path) -> None:
    text = f"{ONE},吴苒,{number(1)},G1,2026-09-01\n{ONE},吴某,,G1,2026-09-02\n"
    made = county(tmp_path, 学籍名册=HEAD + pupil("吴苒", 1), 疑似失学劝返台账=DROPOUTS + text)
    assert set(made.persons(made["dropouts"]).tolist()) == set(made.registry.persons.tolist())


def test_a_ledger_row_speaks_of_whom_its_companions_name(tmp_path: Path) -> None:
    """Three rows of one child; only the first two hold a number that the register holds, and not the same one."""
    rows = [(number(1), "G1"), (number(2), "G1"), ("", "G1"), (number(3), "")]
    text = "".join(f"{ONE},吴苒,{id_},{no},2026-09-0{n}\n" for n, (id_, no) in enumerate(rows, 1))
    register = HEAD + pupil("马一", 1) + pupil("马二", 2) + pupil("马三", 3)
    made = county(tmp_path, 学籍名册=register, 疑似失学劝返台账=DROPOUTS + text)
    link, names = made.link("dropouts"), made["register"].strings("name")
    spoken_of = sorted(zip(link.left.tolist(), names[link.right].tolist(), strict=True))
    assert spoken_of == [*((row, name) for row in range(3) for name in ("马一", "马二")), (3, "马三")]
    assert names[link.first[[0, 1, 3]]].tolist() == ["马一", "马二", "马三"], "first whom the row itself names"
