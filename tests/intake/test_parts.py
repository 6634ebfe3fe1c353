"""A part sent later updates a school's list; other tables are replaced, and what vanishes by it is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.intake.boxes import FIRST, HEADS, SECOND, TERM, number, pupil, register, take, text
from xueji_lib.store import Store

pytestmark = pytest.mark.slow

COUNT = "学校标识码 年级 班号 姓名 在校情况".split()
MOVE = "学校标识码 办理方向 姓名 身份证件号 年级 转学原因 申请日期 办理结果".split()


def with_class(n: int, class_no: str) -> list[str]:
    line = pupil(n)
    line[HEADS.index("班号")] = class_no
    return line


def frame_rows(store: Store) -> list[list[str]]:
    """What the first school's register in the store says, as lines of a register."""
    frame = store.read(TERM, "register", schools=[FIRST])
    ids = dict(zip(frame["id_number"], frame["class_no"].astype(int).astype(str), strict=True))
    return [with_class(n, ids[number(n)]) for n in (*range(1, 11), 40)]


def headcount(*rows: tuple[int, str], presence: str = "在校") -> bytes:
    return text([COUNT, *([FIRST, "3", str(class_no), name, presence] for class_no, name in rows)])


def transfers(*numbers: int, school: str = FIRST) -> list[list[str]]:
    line = [school, "转出", "", "", "3", "户口迁移", "2026-09-01", "同意"]
    return [MOVE, *([*line[:2], pupil(n)[1], number(n), *line[4:]] for n in numbers)]


def test_a_part_of_a_register_updates_the_pupils_it_names(tmp_path: Path) -> None:
    """Two pupils of eleven corrected, one new; the rest stays, the other school is not touched."""
    _, store = take(
        tmp_path, {"a.csv": text(register(10)), "b.csv": text([HEADS, *(pupil(n, SECOND) for n in range(60, 64))])}
    )
    part = text([HEADS, with_class(2, "7"), with_class(3, "7"), pupil(40)])
    report, _ = take(tmp_path, {"更正.csv": part}, "")
    frame = store.read(TERM, "register", schools=[FIRST]).set_index("id_number")
    assert len(frame) == 11 and len(store.read(TERM, "register", schools=[SECOND])) == 4
    assert [frame.loc[number(n), "class_no"] for n in (1, 2, 3, 4)] == [1, 7, 7, 1]
    assert [(u.units, u.replaced_rows, u.new_rows, u.stayed_rows) for u in report.updated] == [(3, 2, 3, 8)]
    assert "其余 8 行照原样保留" in "\n".join(report.lines()) and not report.left_out
    mark = store.fingerprint(TERM)
    again, _ = take(tmp_path, {"更正.csv": part}, "")
    assert (again.intake, again.updated, store.fingerprint(TERM)) == (None, [], mark)
    assert any("其余 8 行照原样保留" in note and "没有改动" in note for note in again.notes) and not again.left_out
    # What says nothing new changes nothing, wherever it comes from.
    same, _ = take(tmp_path, {"别名.csv": text([HEADS, pupil(5), pupil(4)])}, "")
    assert (same.intake, same.updated) == (None, [])
    assert ["其余 9 行照原样保留" in note and "--replace" in note for note in same.notes] == [True]
    # The whole list again has left nobody out.
    whole, _ = take(tmp_path, {"a.csv": text([HEADS, *frame_rows(store)])}, "")
    assert whole.notes == []


def test_nine_tenths_of_a_register_are_the_register(tmp_path: Path) -> None:
    _, store = take(tmp_path, {"a.csv": text(register(20))})
    report, _ = take(tmp_path, {"b.csv": text(register(18))}, "")
    assert (len(store.read(TERM, "register")), report.updated) == (18, [])
    report, _ = take(tmp_path, {"c.csv": text(register(16))}, "")
    assert (len(store.read(TERM, "register")), report.intake) == (18, None), "16 of 18: a part, and it says nothing new"
    take(tmp_path, {"c.csv": text(register(16))}, "", replace=True)
    assert len(store.read(TERM, "register")) == 16


def test_a_part_without_numbers_updates_by_name_within_the_class(tmp_path: Path) -> None:
    _, store = take(tmp_path, {"a.csv": text(register(6))})
    blank = pupil(2)
    blank[HEADS.index("身份证件号")] = blank[HEADS.index("全国学籍号")] = ""
    blank[HEADS.index("民族")] = "汉族"
    take(tmp_path, {"b.csv": text([HEADS, blank])}, "")
    frame = store.read(TERM, "register").set_index("name")
    assert len(frame) == 6 and frame.loc[blank[1], "ethnicity"] == "汉族"


def test_a_headcount_that_comes_class_by_class_keeps_the_other_classes(tmp_path: Path) -> None:
    first = headcount((1, "甲"), (1, "乙"), (2, "丙"), (2, "丁"))
    _, store = take(tmp_path, {"a.csv": first})
    report, _ = take(tmp_path, {"b.csv": headcount((2, "丙"), (3, "戊"))}, "")
    frame = store.read(TERM, "headcount")
    assert sorted(zip(frame["class_no"], frame["name"], strict=True)) == [(1, "乙"), (1, "甲"), (2, "丙"), (3, "戊")]
    assert [(u.units, u.replaced_rows, u.stayed_rows) for u in report.updated] == [(2, 2, 2)]
    # The whole list, a class renumbered: nothing of the old stays.
    take(tmp_path, {"c.csv": headcount((1, "甲"), (1, "乙"), (2, "丙"), (4, "戊"))}, "")
    assert sorted(store.read(TERM, "headcount")["class_no"]) == [1, 1, 2, 4]


def test_replies_come_finding_by_finding(tmp_path: Path) -> None:
    heads = "学校标识码 疑点编号 整改措施 责任人 完成日期".split()
    line = [FIRST, "", "已补录", "马老师", "2026-10-01"]
    _, store = take(tmp_path, {"a.csv": text([heads, [FIRST, "R705-aaaaaaaa", *line[2:]]])})
    take(tmp_path, {"b.csv": text([heads, [FIRST, "R111-bbbbbbbb", *line[2:]]])}, "")
    assert sorted(store.read(TERM, "replies")["finding_id"]) == ["R111-bbbbbbbb", "R705-aaaaaaaa"]


def test_rows_that_vanish_from_another_table_are_named(tmp_path: Path) -> None:
    _, store = take(tmp_path, {"a.csv": text(transfers(*range(10))), "b.csv": text(transfers(1, 2, school=SECOND))})
    report, _ = take(tmp_path, {"a.csv": text(transfers(*range(9), 20))}, "")
    assert not report.left_out and len(store.read(TERM, "transfers", schools=[FIRST])) == 10
    report, _ = take(tmp_path, {"a.csv": text(transfers(0, 1, 2, 20, 30))}, "")
    assert report.left_out and [(v.school_id, v.rows, v.before) for v in report.vanished] == [(FIRST, 6, 10)]
    assert any("6 行" in note for note in report.notes) and len(store.read(TERM, "transfers")) == 7
