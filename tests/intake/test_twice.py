"""The same list twice counts once (D14); which stands is in the contract; last term's list is held out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.intake.boxes import FIRST, HEADS, NOW, SECOND, TERM, box, codes, html, pupil, register, take, text, xls, xlsx
from xueji_lib import intake
from xueji_lib.intake import list_dates
from xueji_lib.register.calendar import Calendar
from xueji_lib.store import Store

pytestmark = pytest.mark.slow

LAST = "2025-2026-2"


def pupils(*numbers: int, **cells: str) -> list[list[Any]]:
    rows = [pupil(n) for n in numbers]
    return [HEADS, *([cells.get(head, value) for head, value in zip(HEADS, row, strict=True)] for row in rows)]


def classes_of(store: Store, table: str = "register") -> dict[str, list[int]]:
    frame = store.read(TERM, table)
    return frame.groupby("name")["class_no"].agg(list).to_dict()  # type: ignore[no-any-return]


A, B = pupils(*range(1, 7)), pupils(*range(1, 7), 班号="2")
"""The same six children; in the second in another class, by which it is known which list stands."""
WHICH = {
    "the first by path": ({"甲.csv": text(A), "乙.xlsx": xlsx(("a", B))}, 2),  # 乙 comes before 甲
    "the larger": ({"甲.csv": text(pupils(*range(1, 8))), "乙.xls": xls(B)}, 1),
    "the later date in the name": (
        {"名册2026-09-10.xlsx": xlsx(("a", B)), "名册2026-09-02.xls": xls([*A, pupil(7)])},
        2,
    ),
    "the later date in the title": (
        {"a.csv": text([["名册（9月2日）"], *A]), "b.xls": html([["学籍名册", "2026年9月12日更正"], *B])},
        2,
    ),
    "the sheet in front": ({"a.xlsx": xlsx(("Sheet1", A), ("Sheet1 (2)", B))}, 1),
    "the later sheet": ({"a.xlsx": xlsx(("9.1", A), ("9.10", B))}, 2),
    "the year's": ({"2025秋名册.csv": text([*B, pupil(8)]), "2026秋名册.csv": text(A)}, 1),
}


@pytest.mark.parametrize("case", WHICH)
def test_one_of_two_lists_stands(tmp_path: Path, case: str) -> None:
    files, class_no = WHICH[case]
    report, store = take(tmp_path, files)
    assert codes(report) == {"D14": 1}, report.problems
    assert report.left_out
    (problem,) = report.problems
    names = [*files, "Sheet1", "9.1"]
    assert sum(name in f"{problem.file} {problem.message} {problem.sheet}" for name in names) >= 2
    stands = classes_of(store)
    assert all(stands[pupil(n)[1]] == [class_no] for n in range(1, 7))
    before = store.read(TERM, "register")
    again, _ = take(tmp_path, files)
    assert again.intake is None
    assert store.read(TERM, "register").equals(before)


def test_what_was_never_taken_in_stands(tmp_path: Path) -> None:
    """Even where it is smaller and older by name; and it goes on to stand when both come once more."""
    old = {"名册2026-09-10.csv": text(pupils(*range(1, 11)))}
    take(tmp_path, old)
    both = {**old, "名册2026-09-01.xlsx": xlsx(("a", pupils(*range(1, 11), 班号="2")))}
    report, store = take(tmp_path, both)
    assert codes(report) == {"D14": 1}
    assert set(map(tuple, classes_of(store).values())) == {(2,)}
    again, _ = take(tmp_path, both)
    assert again.intake is None
    assert set(map(tuple, classes_of(store).values())) == {(2,)}


def test_a_correction_of_a_part_updates_the_whole(tmp_path: Path) -> None:
    whole = [*pupils(*range(1, 6)), *pupils(*range(11, 16), 年级="4")[1:]]
    part = [*pupils(1, 2, 班号="5"), pupil(30)]
    files = {"名册9月1日.csv": text(whole), "三年级更正9月8日.xlsx": xlsx(("a", part))}
    report, store = take(tmp_path, files)
    assert codes(report) == {"D14": 1}
    stands = classes_of(store)
    assert stands.pop(pupil(30)[1]) == [1]
    assert {name: n for name, n in stands.items() if n != [1]} == {pupil(n)[1]: [5] for n in (1, 2)}
    assert len(stands) == 10
    assert "2 行" in report.problems[0].message and "8 行" in report.problems[0].message


def test_lists_that_share_less_than_half_keep_who_changed_class(tmp_path: Path) -> None:
    first, second = pupils(1, 2, 3, 4, 5), pupils(4, 6, 7, 8, 9)
    second.append(pupils(5, 班号="2")[1])
    report, store = take(tmp_path, {"a.csv": text(first), "b.xlsx": xlsx(("a", second))})
    assert codes(report) == {"D14": 1}
    stands = classes_of(store)
    assert stands[pupil(4)[1]] == [1]
    assert sorted(stands[pupil(5)[1]]) == [1, 2]
    assert len(stands) == 9


COUNT = "年级 班号 姓名 在校情况 核对人".split()


def counted(*names: str, class_no: str = "1", who: str = "马某") -> list[list[str]]:
    return [COUNT, *(["3", class_no, name, "在校", who] for name in names)]


def test_headcounts_are_told_by_names_and_replaced_by_class(tmp_path: Path) -> None:
    names = ["甲一", "乙二", "丙三", "丁四"]
    report, store = take(
        tmp_path, {f"{FIRST}a.xlsx": xlsx(("a", counted(*names))), f"{FIRST}b.csv": text(counted(*names))}
    )
    assert codes(report) == {"D14": 1}
    assert len(store.read(TERM, "headcount")) == 4
    # Two namesakes of one list are two; two classes of one name are two lists.
    report, store = take(
        tmp_path / "b",
        {
            f"{FIRST}a.csv": text(counted("甲一", "甲一", "乙二")),
            f"{FIRST}b.csv": text(counted("甲一", "戊五", "己六", class_no="2")),
        },
    )
    assert codes(report) == {}
    assert len(store.read(TERM, "headcount")) == 6
    # A class that is corrected takes the place of that class.
    whole = [*counted(*names), *counted("庚七", "辛八", class_no="2")[1:], *counted("壬九", "癸十", class_no="3")[1:]]
    report, store = take(
        tmp_path / "c",
        {
            f"{FIRST}_全校9月1日.xls": xls(whole),
            f"{FIRST}_2班9月9日.csv": text(counted("庚七", "丑丑", class_no="2", who="李某")),
        },
    )
    assert codes(report) == {"D14": 1}
    frame = store.read(TERM, "headcount")
    assert set(frame.loc[frame["class_no"] == 2, "name"]) == {"庚七", "丑丑"}
    assert len(frame) == 8


def test_of_other_ledgers_only_rows_alike_in_every_cell_are_repeated(tmp_path: Path) -> None:
    heads = "学校标识码 姓名 全国学籍号 修改项目 修改前 修改后 平台修改日期 备注".split()

    def row(n: int, day: str, note: str = "") -> list[str]:
        return [FIRST, pupil(n)[1], pupil(n)[5], "姓名", "甲", pupil(n)[1], day, note]

    report, store = take(
        tmp_path,
        {
            "a.csv": text([heads, row(1, "2026/9/1"), row(2, "2026-09-02"), row(3, "2026-09-03")]),
            "b.xlsx": xlsx(("修改", [heads, row(1, "2026-09-01"), row(2, "2026-09-02", "补"), row(3, "2026-09-04")])),
        },
    )
    assert codes(report) == {"D14": 1}
    assert report.left_out
    assert "第 2 行" in report.problems[0].message and "a.csv" in report.problems[0].message
    assert len(store.read(TERM, "changes")) == 5


def test_one_list_under_two_codes_stays_at_both_and_is_said(tmp_path: Path) -> None:
    bare = [row[1:] for row in register(4)]
    report, store = take(tmp_path, {f"{FIRST}.xlsx": xlsx(("a", bare)), f"{SECOND}.csv": text(bare)})
    assert codes(report) == {"D14": 2}
    assert all(FIRST in p.message and SECOND in p.message for p in report.problems)
    assert len(store.read(TERM, "register")) == 8
    # The other school's may have come before.
    take(tmp_path / "b", {f"{FIRST}.csv": text(bare)})
    report, store = take(tmp_path / "b", {f"{SECOND}.csv": text(bare)})
    assert codes(report) == {"D14": 1}
    assert store.schools(TERM, "register") == [FIRST, SECOND]


# ---- last term's ----


def last_term(tmp_path: Path, rows: list[list[Any]]) -> Store:
    store = Store(tmp_path / "store")
    inbox = box(tmp_path / "上学期", {"a.csv": text(rows)})
    intake.run(inbox, store, LAST, Calendar.load(), now=NOW)
    return store


FORMS = {"a.csv": text, "b.xls": xls, "c.xls": html, "d.xlsx": lambda rows: xlsx(("名册", rows))}


@pytest.mark.parametrize("form", FORMS)
def test_last_terms_register_is_held_out(tmp_path: Path, form: str) -> None:
    last_term(tmp_path, pupils(*range(1, 13)))
    report, store = take(tmp_path, {form: FORMS[form]([*pupils(*range(1, 12)), pupil(40)])})
    assert codes(report) == {"D14": 1}
    assert LAST in report.problems[0].message
    assert report.left_out
    assert len(store.read(TERM, "register")) == 0


def test_this_terms_register_is_taken_in_beside_last_terms(tmp_path: Path) -> None:
    last_term(tmp_path, pupils(*range(1, 13)))
    old, new = pupils(*range(1, 13)), pupils(*range(1, 13), 年级="4")
    report, store = take(tmp_path, {"a旧.csv": text([*old, pupil(40)]), "b新.xlsx": xlsx(("a", new))})
    assert codes(report) == {"D14": 1}
    assert report.problems[0].file == "a旧.csv"
    assert store.read(TERM, "register")["grade"].tolist() == [4] * 12
    # Some repeat a grade; that is no list of last term's.
    report, store = take(tmp_path, {"b.csv": text([*pupils(1, 2, 3), *pupils(*range(4, 13), 年级="4")[1:]])})
    assert codes(report) == {}


def test_days_that_names_and_titles_tell() -> None:
    days = {
        "名册2026-09-10": (2026, 9, 10),
        "20260905三中": (2026, 9, 5),
        "名册（9月5日更正）": (2026, 9, 5),
        "3164000103名册": list_dates.NO_DAY,
        "2026年9月": (2026, 9, 0),
        "2026—2027学年第一学期学籍名册": (2026, 8, 0),
        "2025-2026学年第二学期": (2026, 2, 0),
        "2026.9.7": (2026, 9, 7),
        "3月1日": (2027, 3, 1),
        "七年级1班": list_dates.NO_DAY,
    }
    assert {text_: list_dates.of([text_], 2026) for text_ in days} == days
