"""Taking in again, taking in a correction, history, determinism, and what the report may show."""

from __future__ import annotations

import io
import json
from pathlib import Path

import openpyxl
import pytest

from tests.intake.boxes import (
    DIRECTORY,
    FIRST,
    HEADS,
    NOW,
    SECOND,
    TERM,
    box,
    codes,
    number,
    pupil,
    register,
    take,
    text,
    xlsx,
)
from xueji_lib import intake
from xueji_lib.intake import report_book
from xueji_lib.intake.report import Report, mask_value
from xueji_lib.register import schema
from xueji_lib.register.calendar import Calendar
from xueji_lib.store import Store
from xueji_lib.support.errors import UsageError

pytestmark = pytest.mark.slow

BOTH = {"a.csv": text(register(3)), "b.xlsx": xlsx(("b", register(2, SECOND)))}


def test_the_same_inbox_twice_changes_nothing(tmp_path: Path) -> None:
    first, store = take(tmp_path, BOTH)
    before = {p: p.read_bytes() for p in sorted(store.root.rglob("*")) if p.is_file()}
    again, _ = take(tmp_path, BOTH)
    assert (first.intake, again.intake) == (1, None)
    assert {c.kind for c in again.changes} == {"unchanged"}
    assert {p: p.read_bytes() for p in sorted(store.root.rglob("*")) if p.is_file()} == before


def test_the_same_facts_in_another_form_change_nothing(tmp_path: Path) -> None:
    _, store = take(tmp_path, BOTH)
    before = store.fingerprint(TERM)
    other = {"c.xls": text(register(3), "gb18030", "\t"), "d.csv": text(register(2, SECOND), "utf-16")}
    report, _ = take(tmp_path, other)
    assert report.intake is None
    assert store.fingerprint(TERM) == before


def test_a_correction_replaces_one_table_of_one_school(tmp_path: Path) -> None:
    _, store = take(tmp_path, BOTH)
    before = store.fingerprint(TERM)
    report, _ = take(tmp_path, {"更正.csv": text(register(2))}, "", replace=True)
    assert [(c.table, c.school_id, c.kind, c.old_rows, c.new_rows) for c in report.changes] == [
        ("register", FIRST, "replaced", 3, 2)
    ]
    assert f"{FIRST} 的学籍名册：3 行 → 2 行" in "\n".join(report.lines())
    assert store.fingerprint(TERM) != before
    frame = store.read(TERM, "register")
    assert frame.groupby("school_id", observed=True).size().to_dict() == {FIRST: 2, SECOND: 2}
    history = store.history(TERM)
    assert [(h.number, h.time, len(h.files)) for h in history] == [(1, NOW.isoformat(), 3), (2, NOW.isoformat(), 1)]
    # The earlier version stays where it was.
    assert len(list((store.root / TERM / "segments").glob("*register*"))) == 2
    back, _ = take(tmp_path, BOTH)
    assert [c.kind for c in back.changes if c.table == "register"] == ["replaced", "unchanged"]
    assert store.fingerprint(TERM) == before


def test_several_files_of_one_school_are_one_table(tmp_path: Path) -> None:
    """A file a grade; together they replace what was there."""
    _, store = take(tmp_path, {"a.csv": text(register(5))})
    files = {"一年级.csv": text(register(2)), "二年级.csv": text([HEADS, pupil(7), pupil(8)])}
    take(tmp_path, files, replace=True)
    assert sorted(store.read(TERM, "register")["id_number"]) == sorted(number(n) for n in (1, 2, 7, 8))


def test_a_roster_handed_in_twice_is_pointed_out(tmp_path: Path) -> None:
    twice = {
        "名册.xlsx": xlsx(("a", register(5))),
        "名册.csv": text(register(6)),
        "另校.csv": text(register(5, SECOND)),
    }
    report, _ = take(tmp_path, twice)
    doubled, *at_two_schools = sorted(report.problems, key=lambda problem: problem.file != "名册.xlsx")
    assert (doubled.code, doubled.file) == ("D14", "名册.xlsx")  # the larger stands
    assert "名册.csv" in doubled.message
    assert [problem.code for problem in at_two_schools] == ["D14", "D14"]
    assert doubled.message in "\n".join(report.lines())


def test_tables_without_rows_are_there(tmp_path: Path) -> None:
    heads = "学校标识码 提供日期 接收单位 内容 批准文号".split()
    report, store = take(tmp_path, {"登记.csv": text([heads]), "a.csv": text(register(1))})
    assert report.problems == []
    assert store.has(TERM, "disclosures")
    assert store.schools(TERM, "disclosures") == []
    assert not store.has(TERM, "transfers")


def test_county_tables_are_replaced_as_a_whole(tmp_path: Path) -> None:
    heads = "姓名 身份证件号 户籍乡镇".split()
    _, store = take(tmp_path, {"户籍.csv": text([heads, *([f"孩{n}", number(n), "城关镇"] for n in range(5))])})
    take(tmp_path, {"户籍.csv": text([heads, ["孩9", number(9), "河西镇"]])})
    assert store.read(TERM, "residents")["township"].tolist() == ["河西镇"]


def test_terms_stay_apart_and_share_a_directory(tmp_path: Path) -> None:
    _, store = take(tmp_path, BOTH)
    calendar, earlier = Calendar.load(), "2025-2026-2"
    folder = box(tmp_path / "上学期", {"a.csv": text(register(9))}, "")
    report = intake.run(folder, store, earlier, calendar, now=NOW)
    assert report.problems == []
    assert (len(store.read(earlier, "register")), len(store.read(TERM, "register"))) == (9, 5)
    assert store.terms() == [earlier, TERM]
    assert store.directory(earlier)["school_id"].tolist() == store.directory(TERM)["school_id"].tolist()
    with pytest.raises(UsageError, match="校历"):
        intake.run(folder, store, "2031-2032-1", calendar)


def test_a_line_of_a_directory_does_not_make_the_others_vanish(tmp_path: Path) -> None:
    """A new term, and the first file names one school only: the others are carried over, and that is said."""
    _, store = take(tmp_path, BOTH)
    corrected = DIRECTORY.splitlines()[0] + f"\n{FIRST},城关第一小学,小学,镇区,城关镇\n"
    folder = box(tmp_path / "新", {"a.csv": text(register(1))}, corrected)
    report = intake.run(folder, store, "2025-2026-2", Calendar.load(), now=NOW)
    assert "沿用" in report.notes[0]
    assert store.directory("2025-2026-2")["area"].tolist() == ["镇区", "镇区", "乡村"]


def test_a_school_named_twice_in_the_directory(tmp_path: Path) -> None:
    twice = DIRECTORY + f"{FIRST},城关第一小学,完全中学,城区,城关镇\n"
    report, store = take(tmp_path, {"a.csv": text(register(1))}, twice)
    assert codes(report) == {"D07": 1}
    assert report.left_out  # not the same line twice: something the county has to put right
    assert store.directory(TERM)["school_kind"].tolist()[0] == "小学"


# ---- the report ----

SECRET = {
    "身份证件号": ("640422201503010x19*", "D11"),
    "出生日期": ("2015-03-99", "D05"),
    "联系电话": ("1390000123*", "D11"),
    "现住址": ("白崖乡柳树村三组17号\ufffd", "D09"),
    "成员1工作单位": ("县医院\ufffd内科", "D09"),
}


def secrets() -> tuple[dict[str, bytes], list[str]]:
    heads = [*HEADS, "联系电话", "现住址", "成员1工作单位"]
    line = dict(zip(heads, [*pupil(1), "", "", ""], strict=True)) | {h: v for h, (v, _) in SECRET.items()}
    wrong = dict(line, 性别=number(5), 民族="13900001234", 入学年月=number(6), 年级=number(7))
    files = {
        f"张三{number(8)}.csv": text([heads, list(line.values()), list(wrong.values())]),
        f"{number(9)}.xlsx": xlsx((f"{number(9)}", [[number(9), "x"]])),
    }
    hidden = [number(n) for n in (1, 5, 6, 7, 8, 9)] + ["13900001234", "柳树村", "县医院", "03-99", "0301", "0000123"]
    return files, hidden


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("01/03/2015", "2015…"),
        ("2015-03-99", "2015…"),
        ("20150399", "2015…"),
        ("3月1日", "（不显示）"),
        ("150301", "（不显示）"),
        ("15.3.1", "（不显示）"),
        ("0320152", "（不显示）"),
        ("#N/A", "#N/A"),
        ("不详", "不详"),
    ],
)
def test_of_a_birth_date_that_is_none_only_the_year_is_shown(written: str, shown: str) -> None:
    assert mask_value(schema.REGISTER["birth_date"], written) == shown


def test_the_report_shows_no_personal_value(tmp_path: Path) -> None:
    files, hidden = secrets()
    report, store = take(tmp_path, files)
    assert len(report.problems) >= 8
    book = tmp_path / "报告.xlsx"
    report_book.write(report, book)
    cells = [str(c.value) for s in openpyxl.load_workbook(book) for row in s for c in row]
    kept = [p.read_text("utf-8") for p in store.root.rglob("*.json")]
    shown = "\n".join([*report.lines(), json.dumps(report.to_dict(), ensure_ascii=False), *cells, *kept])
    for secret in hidden:
        assert secret not in shown, secret
    assert "640422" in shown  # masked, not gone
    assert not set(store.read(TERM, "register")["_file"]) & set(files)


def test_the_report_is_the_same_every_time(tmp_path: Path) -> None:
    files, _ = secrets()

    def once(place: Path) -> tuple[Report, bytes]:
        report, _ = take(place, files | BOTH)
        report_book.write(report, place / "r.xlsx")
        return report, (place / "r.xlsx").read_bytes()

    one, two = once(tmp_path / "1"), once(tmp_path / "2")
    assert one[0].to_dict() == two[0].to_dict()
    assert one[0].lines() == two[0].lines()
    assert one[1] == two[1]


def test_the_workbook_names_every_problem_and_balances(tmp_path: Path) -> None:
    heads = [*HEADS, "现住址"]
    rows = [heads, [*pupil(1), "=1+1"], [*pupil(1), "=1+1"], [*pupil(2)[:2], "x", *pupil(2)[3:], "a"]]
    report, _ = take(tmp_path, {"a.csv": text(rows), "坏.xlsx": b"PK\x03\x04xl/"})
    out = tmp_path / "r.xlsx"
    report_book.write(report, out)
    book = openpyxl.load_workbook(io.BytesIO(out.read_bytes()))
    overview = list(book["总览"].iter_rows(min_row=3, values_only=True))
    assert len(overview) == 3
    assert all(read == sum(rest) for _, _, _, _, _, read, *rest in (row[:9] for row in overview))
    assert [row[4] for row in book["问题"].iter_rows(min_row=2, values_only=True)] == ["D07", "D06", "D01"]
    assert book["写入"].max_row == 5


def test_progress_counts_the_files(tmp_path: Path) -> None:
    seen: list[tuple[int, int, str]] = []
    folder = box(tmp_path / "收件", BOTH)
    intake.run(folder, Store(tmp_path / "store"), TERM, Calendar.load(), progress=lambda *step: seen.append(step))
    assert [(done, total) for done, total, _ in seen] == [(0, 3), (1, 3), (2, 3), (3, 3)]
