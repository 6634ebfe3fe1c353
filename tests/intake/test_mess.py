"""What bad input gets (data contract, section 2), cell by cell and row by row."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest
import xlwt

from tests.intake.boxes import (
    FIRST,
    HEADS,
    TERM,
    codes,
    content,
    number,
    pupil,
    register,
    take,
    text,
    unknown,
    xls,
    xlsx,
)
from xueji_lib.register.identity import check_digit

pytestmark = pytest.mark.slow


def changed(n: int, **cells: object) -> list[object]:
    return [cells.get(head, value) for head, value in zip(HEADS, pupil(n), strict=True)]


BAD = {
    "性别": ("人妖", "D06", "sex"),
    "出生日期": ("2015-02-30", "D05", "birth_date"),
    "身份证件号": ("640422****03010012", "D11", "id_number"),
    "全国学籍号": ("6.40422E+17", "D04", "register_no"),
    "年级": ("学前班", "D06", "grade"),
    "班号": ("四年级1班", "D06", "class_no"),
    "入学年月": ("去年秋天", "D05", "entry_month"),
    "民族": ("回\ufffd", "D09", "ethnicity"),
    "姓名": ("张\ue5e5", "D09", "name"),
}


@pytest.mark.parametrize("head", BAD)
def test_one_bad_cell_is_unknown_and_named(tmp_path: Path, head: str) -> None:
    value, code, column = BAD[head]
    report, store = take(tmp_path, {"a.csv": text([HEADS, pupil(1), changed(2, **{head: value})])})
    assert [(p.code, p.row, p.column) for p in report.problems] == [(code, 3, head)]
    assert report.left_out
    frame = store.read(TERM, "register")
    assert len(frame) == 2
    assert frame[column].isna().tolist() == [False, True]
    assert unknown(frame, "register", column) == [False, True]
    own = (column, "_unknown", "_row")
    others = [c for c in frame if c not in own and not c.startswith(("id_", "register_", "name"))]
    assert frame[others].iloc[1].notna().tolist() == frame[others].iloc[0].notna().tolist()


def test_blank_is_not_unknown(tmp_path: Path) -> None:
    report, store = take(
        tmp_path, {"a.csv": text([HEADS, changed(1, 民族="", 性别=" ", 身份证件号="", 年级="", 班号="")])}
    )
    assert report.problems == []
    frame = store.read(TERM, "register")
    for column in ("ethnicity", "sex", "id_number", "grade", "class_no"):
        assert frame[column].isna().all()
        assert unknown(frame, "register", column) == [False]
    assert unknown(frame, "register", "boarding") == [True]  # no such column
    assert (frame["id_key"][0], frame["status"][0]) == (0, "在读")


def test_a_number_ruined_by_excel_is_nobody(tmp_path: Path) -> None:
    """Number cells of 15 and more digits, scientific notation, and what Excel cut and saved as text."""
    own = number(3)
    ruined = [
        int(own[:17] + "0"),
        640422150301001,
        6.40422201503010e17,
        "6.40422E+17",
        own[:15] + "000",
        f"{own[:17]}0.0",
    ]
    rows = [HEADS, *(changed(n, 身份证件号=v) for n, v in enumerate(ruined, 1))]
    for data in (xlsx(("a", rows)), xls(rows)):
        report, store = take(tmp_path, {"a": data})
        assert codes(report) == {"D04": len(ruined)}
        frame = store.read(TERM, "register")
        assert (frame["id_key"] == 0).all()
        assert frame["id_number"].isna().all()
        assert not frame["register_no"].isna().any()
    # A wrong check digit is the school's doing and stays; so does a number that happens to end in zeros.
    heads = (f"640422{year}0301{n}00" for year in range(1990, 2016) for n in range(10))
    zeros = next(head + "0" for head in heads if check_digit(head) == "0")
    report, store = take(
        tmp_path / "别的",
        {"a.csv": text([HEADS, changed(1, 身份证件号=number(1)[:17] + "Y"), changed(2, 身份证件号=zeros)])},
    )
    assert report.problems == []
    assert store.read(TERM, "register")["id_check"].tolist() == [False, True]


def test_errors_and_formulas_without_result_are_no_blanks(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(HEADS)
    sheet.append(changed(1, 民族="=VLOOKUP(A2,B:C,2,0)", 性别="#N/A"))
    sheet.append(pupil(2))
    out = io.BytesIO()
    book.save(out)
    report, store = take(tmp_path, {"a.xlsx": out.getvalue()})
    assert [(p.code, p.row, p.column) for p in report.problems] == [("D06", 2, "性别"), ("D06", 2, "民族")]
    frame = store.read(TERM, "register")
    assert unknown(frame, "register", "ethnicity") == [True, False]
    assert unknown(frame, "register", "sex") == [True, False]


def test_errors_in_an_old_workbook_are_no_blanks(tmp_path: Path) -> None:
    book = xlwt.Workbook(encoding="utf-8")
    book.add_sheet("空")
    sheet = book.add_sheet("名册")
    for r, row in enumerate(register(2)):
        for c, value in enumerate(row):
            sheet.write(r, c, value)
    sheet.row(3).write(0, FIRST)
    sheet.row(3).write(1, "丙")
    sheet.row(3).set_cell_error(2, 0x2A)  # #N/A
    out = io.BytesIO()
    book.save(out)
    report, store = take(tmp_path, {"a.xls": out.getvalue()})
    assert [(p.code, p.row, p.column) for p in report.problems] == [("D06", 4, "性别")]
    assert unknown(store.read(TERM, "register"), "register", "sex") == [False, False, True]


def test_rows_that_are_refused(tmp_path: Path) -> None:
    rows = [
        HEADS,
        pupil(1),
        pupil(1),  # D07
        changed(2, 姓名="", 身份证件号="", 全国学籍号=""),  # D10
        changed(3, 学校标识码="2164777777"),  # D08
        changed(4, 姓名="", 身份证件号="640422****", 全国学籍号=""),  # a masked number names someone
        ["", *pupil(5)[1:]],  # D08: no school from any source
        ["", " ", "", ""],
    ]
    report, store = take(tmp_path, {"a.csv": text(rows)})
    assert codes(report) == {"D07": 1, "D08": 2, "D10": 1, "D11": 1}
    sheet = next(s for _, s in report.sheets() if s.table == "register")
    assert (sheet.read, sheet.accepted, sheet.rows_rejected, sheet.rows_skipped) == (7, 2, 4, 1)
    assert sheet.rejected == {"D07": 1, "D08": 2, "D10": 1}
    rejected = store.rejected(TERM)
    assert rejected.values.tolist() == [["register", FIRST, "D07", 1], ["register", FIRST, "D10", 1]]


def test_a_double_alone_leaves_nothing_out(tmp_path: Path) -> None:
    numbered = [["序号", *HEADS], [1, *pupil(1)], [2, *pupil(1)]]
    report, _ = take(tmp_path, {"a.xlsx": xlsx(("a", numbered), ("b", [numbered[0], [9, *pupil(1)]]))})
    # Twice within a list; and a sheet that is a list once more.
    assert codes(report) == {"D07": 1, "D14": 1}
    report, _ = take(tmp_path / "一", {"a.xlsx": xlsx(("a", numbered))})
    assert codes(report) == {"D07": 1}
    assert not report.left_out
    # What the kit does not use tells two rows apart.
    noted = [[*HEADS, "备用"], [*pupil(1), "甲"], [*pupil(1), "乙"]]
    report, store = take(tmp_path / "二", {"a.csv": text(noted)})
    assert codes(report) == {}
    assert len(store.read(TERM, "register")) == 2


def test_the_same_file_twice_counts_once(tmp_path: Path) -> None:
    data = text(register(3))
    report, store = take(tmp_path, {"a.csv": data, "备份/b.csv": data})
    assert codes(report) == {"D14": 1}
    assert "a.csv" in report.problems[0].message
    assert report.left_out
    assert len(store.read(TERM, "register")) == 3
    bare = text([HEADS[1:], pupil(1)[1:], pupil(2)[1:]])
    report, store = take(tmp_path, {f"{FIRST}.csv": bare, "3164000002.csv": bare})
    assert codes(report) == {"D14": 2}  # both stay, and each names the other
    assert all(FIRST in p.message and "3164000002" in p.message for p in report.problems)
    assert store.schools(TERM, "register") == [FIRST, "3164000002"]


def test_missing_columns(tmp_path: Path) -> None:
    def without(*heads: str) -> bytes:
        keep = [i for i, h in enumerate(HEADS) if h not in heads]
        return text([[row[i] for i in keep] for row in register(2)])

    report, store = take(tmp_path, {"a.csv": without("性别")})
    assert [(p.code, p.column) for p in report.problems] == [("D03", "性别")]
    frame = store.read(TERM, "register")
    assert len(frame) == 2
    assert unknown(frame, "register", "sex") == [True, True]
    report, store = take(tmp_path / "2", {"a.csv": without("姓名")})
    assert [(p.code, p.column) for p in report.problems] == [("D03", "姓名")]
    assert not store.has(TERM, "register")
    sheet = next(s for _, s in report.sheets() if s.table == "register")
    assert sheet.rejected == {"D03": 2}


def test_fixed_meanings_of_a_blank(tmp_path: Path) -> None:
    heads = "学校标识码 姓名 休学原因 申请日期 诊断证明 病历".split()
    rows = [heads, [FIRST, "甲", "伤病", "2026-09-01", "", "√"], [FIRST, "乙", "伤病", "2026-09-01", "齐全", "?"]]
    changes = "学校标识码 姓名 全国学籍号 修改项目 修改前 修改后 平台修改日期 销户证明 户口本原件".split()
    change = [FIRST, "甲", "G1", "身份证件号", int(number(1)[:17] + "0"), number(2), "2026-09-02", "", ""]
    dropouts = [["学校标识码", "姓名", "发现日期", "处理结果"], [FIRST, "丙", "2026-09-01", ""]]
    report, store = take(
        tmp_path, {"s.csv": text(rows), "c.xlsx": xlsx(("c", [changes, change])), "d.csv": text(dropouts)}
    )
    assert codes(report) == {"D04": 1, "D06": 1}
    s = store.read(TERM, "suspensions").sort_values("_row")
    assert s["diagnosis"].tolist() == ["无", "有"]
    assert s["medical_record"].isna().tolist() == [False, True]
    assert s["receipts"].isna().all()  # no such column
    assert unknown(s, "suspensions", "receipts") == [True, True]
    c = store.read(TERM, "changes").iloc[0]
    assert (c["cancellation"], c["booklet"], c["after"]) == ("无", "无", number(2))
    assert unknown(store.read(TERM, "changes"), "changes", "before") == [True]
    assert store.read(TERM, "dropouts")["outcome"].tolist() == ["未复学"]


def test_no_row_or_problem_depends_on_the_order_of_columns(tmp_path: Path) -> None:
    rows = [HEADS, pupil(1), changed(2, 性别="x", 民族="\ufffd"), pupil(2)]
    turned = [list(reversed(row)) for row in rows]
    one, store_one = take(tmp_path / "1", {"a.csv": text(rows)})
    two, store_two = take(tmp_path / "2", {"a.csv": text(turned)})
    assert sorted((p.code, p.row, p.column) for p in one.problems) == sorted(
        (p.code, p.row, p.column) for p in two.problems
    )
    a, b = store_one.read(TERM, "register"), store_two.read(TERM, "register")
    assert content(a).equals(content(b))
    assert store_one.fingerprint(TERM) == store_two.fingerprint(TERM)


def test_a_complaint_may_name_the_school_and_one_of_nobody_is_refused(tmp_path: Path) -> None:
    lines = [
        ["受理日期", "学校名称", "类别"],
        ["2026-09-03", "城关第一小学", "拖延办理"],
        ["2026-09-03", "没有的学校", "拖延办理"],
    ]
    report, store = take(tmp_path, {"投诉.csv": text(lines)})
    assert codes(report) == {"D08": 1}
    assert store.read(TERM, "complaints")["school_id"].tolist() == [FIRST]
