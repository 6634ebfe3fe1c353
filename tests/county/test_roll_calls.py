"""Reading 13: a roll-call's row stands in place of the school's row of the pupil it names, and of no other."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from tests.county.tables import ONE, county, hand_in, load, number
from xueji_lib.county import County
from xueji_lib.county.onsite import keep
from xueji_lib.judge import engine
from xueji_lib.register import catalogue as catalogues
from xueji_lib.register import schema
from xueji_lib.store import Store

HEAD = "学校标识码,姓名,身份证件号,年级,班号,出生日期,学生状态\n"
COUNT = "学校标识码,姓名,身份证件号,年级,班号,在校情况,情形,学校说明,离校或到校日期,核对日期\n"
PUPILS = {"甲": 1, "乙": 2, "丙": 3}
OWN = COUNT + f"{ONE},甲,{number(1)},3,1,在校,,,,2026-09-02\n{ONE},乙,,3,1,不在校,其他,随父母,2026-09-01,2026-09-02\n"
DAY = dt.datetime(2026, 11, 10)


def laid(folder: Path, own: str = OWN) -> Store:
    register = HEAD + "".join(f"{ONE},{name},{number(n)},3,1,,\n" for name, n in PUPILS.items())
    return hand_in(folder, 学籍名册=register, 逐班核对表=own)


def call(store: Store, *seen: dict[str, Any]) -> None:
    common = {"school_id": ONE, "grade": 3, "class_no": 1, "check_date": DAY, "checker": "督查"}
    keep(store, "2026-2027-1", schema.ROLLCALLS, [common | one for one in seen], "现场点名", "2026-11-10T09:00")


def row(name: str, presence: str, day: dt.datetime = DAY, **more: Any) -> dict[str, Any]:
    numbers = {"id_number": number(PUPILS[name])} if name in PUPILS else {}
    return {"name": name, "presence": presence, "check_date": day, **numbers, **more}


def seen(made: County) -> dict[str, str]:
    rows = made["headcount"]
    return dict(zip(rows.strings("name").tolist(), rows.strings("presence").tolist(), strict=True))


def test_a_pupil_it_does_not_name_keeps_the_school_s_row(tmp_path: Path) -> None:
    store = laid(tmp_path)
    call(store, row("甲", "不在校", situation="其他"))
    made = load(store)
    assert seen(made) == {"甲": "不在校", "乙": "不在校"}
    assert made.reported_headcount.strings("presence").tolist() == ["在校", "不在校"], "what the school reported stays"
    assert made.called.tolist() == [False, True] == made.only_called.tolist()


def test_the_school_s_row_without_a_number_is_found_through_the_register(tmp_path: Path) -> None:
    store = laid(tmp_path)
    call(store, row("乙", "在校"))
    assert seen(load(store)) == {"甲": "在校", "乙": "在校"}


def test_what_the_school_had_said_so_itself_is_no_news(tmp_path: Path) -> None:
    store = laid(tmp_path)
    call(store, row("乙", "不在校", situation="其他"), row("丙", "不在校", situation="请假"))
    made = load(store)
    rows = made["headcount"]
    news = dict(zip(rows.strings("name").tolist(), made.only_called.tolist(), strict=True))
    assert news == {"甲": False, "乙": False, "丙": True}
    of = rows.strings("name").tolist().index("乙")
    assert rows.strings("school_note")[of] == "随父母", "its explanation is one of the same absence"
    assert str(rows["moved_date"].values[of]) == "2026-09-01"


@pytest.mark.parametrize(
    ("day", "stands"), [("2026-11-09", "不在校"), ("2026-11-10", "不在校"), ("2026-11-11", "在校"), ("", "不在校")]
)
def test_a_later_row_of_the_school_stands_in_its_place(tmp_path: Path, day: str, stands: str) -> None:
    store = laid(tmp_path, COUNT + f"{ONE},甲,{number(1)},3,1,在校,,,,{day}\n")
    call(store, row("甲", "不在校", situation="其他"))
    assert seen(load(store)) == {"甲": stands}


def test_of_several_roll_calls_the_last_and_none_after_the_day(tmp_path: Path) -> None:
    store = laid(tmp_path)
    call(store, row("甲", "不在校", situation="其他"), row("甲", "在校", DAY + dt.timedelta(days=2)))
    assert seen(load(store, dt.date(2026, 11, 9)))["甲"] == "在校"
    assert seen(load(store, dt.date(2026, 11, 10)))["甲"] == "不在校"
    assert seen(load(store, dt.date(2026, 11, 11)))["甲"] == "不在校"
    assert seen(load(store, dt.date(2026, 11, 12)))["甲"] == "在校"


def test_a_child_on_no_list_is_added(tmp_path: Path) -> None:
    store = laid(tmp_path)
    call(store, row("外来", "在校", situation="借读旁听"))
    made = load(store)
    assert seen(made) == {"甲": "在校", "乙": "不在校", "外来": "在校"}
    assert made["headcount"].strings("name", made.reconciled.present_unregistered.yes.nonzero()[0]).tolist() == ["外来"]
    assert not made.reported.present_unregistered.yes.any()


def rules(made: County, folder: Path, name: str) -> tuple[set[str], set[str]]:
    """The checks that find the pupil, and those that wait for the school."""
    check = engine.judge(made, catalogues.load(), folder / "logs")
    return tuple(  # type: ignore[return-value]
        set(frame.loc[frame["student"] == name, "rule_id"]) for frame in (check.findings, check.awaiting)
    )


@pytest.mark.slow
@pytest.mark.parametrize(("day", "is_found"), [("2026-11-17", False), ("2026-11-18", True)])
def test_what_it_alone_brought_to_light_waits_a_week(tmp_path: Path, day: str, is_found: bool) -> None:
    store = laid(tmp_path)
    call(store, row("甲", "不在校", situation="其他"))
    found, waiting = rules(load(store, dt.date.fromisoformat(day)), tmp_path, "甲")
    assert ("R201" in found, "R201" in waiting) == (is_found, not is_found)
    assert ("R711" in found, "R711" in waiting) == (is_found, not is_found)
    assert "R201" in rules(load(store, dt.date.fromisoformat(day)), tmp_path, "乙")[0], "the school's own word"


def test_a_county_without_roll_calls_has_one_view(tmp_path: Path) -> None:
    made = county(tmp_path, 逐班核对表=OWN)
    assert made["headcount"] is made.reported_headcount
    assert made.reconciled is made.reported
