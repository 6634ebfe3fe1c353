"""The same register in every form it circulates in says the same."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from tests.intake.boxes import FIRST, HEADS, TERM, content, html, number, pupil, register, take, text, xls, xlsx

pytestmark = pytest.mark.slow

ROWS = register(12)
QUOTED = [[*row[:1], f"'{row[1]}", *row[2:4], f"'{row[4]}", *row[5:]] for row in ROWS[1:]]
FORMS = {
    "名册.xlsx": xlsx(("名册", ROWS)),
    "名册.xls": xls(ROWS),
    "utf8.csv": text(ROWS),
    "带BOM.csv": text(ROWS, "utf-8-sig"),
    "国标.csv": text(ROWS, "gb18030"),
    "十六.txt": text(ROWS, "utf-16", "\t"),
    "小端无BOM.txt": text(ROWS, "utf-16-le", "\t"),
    "分号.txt": text(ROWS, "gb18030", ";"),
    "竖线.txt": text(ROWS, delimiter="|"),
    "制表.tsv": text(ROWS, delimiter="\t"),
    "假的.xls": text([HEADS, *QUOTED], "gb18030", "\t"),
    "网页.xls": html(ROWS),
    "网页8.xls": html(ROWS, "utf-8", "utf-8"),
    "网页16.xls": html(ROWS, "unicode", "utf-16"),
    "改了名的.dat": xlsx(("名册", ROWS)),
}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    _, store = take(tmp_path_factory.mktemp("plain"), {"a.csv": text(ROWS)})
    return content(store.read(TERM, "register"))


@pytest.mark.parametrize("name", FORMS)
def test_every_form_says_the_same(tmp_path: Path, plain: pd.DataFrame, name: str) -> None:
    report, store = take(tmp_path, {name: FORMS[name]})
    assert report.problems == []
    pd.testing.assert_frame_equal(content(store.read(TERM, "register")), plain)


def test_the_frame_says_what_the_file_says(plain: pd.DataFrame) -> None:
    row = plain.iloc[0]
    assert (row["school_id"], row["name"], row["sex"], row["grade"], row["class_no"]) == (FIRST, "学生丁", "男", 3, 1)
    assert row["id_number"] == number(1)
    assert row["register_no"] == "G" + number(1)
    assert (row["birth_date"], row["id_birth"]) == (pd.Timestamp(2015, 3, 1), pd.Timestamp(2015, 3, 1))
    assert (row["entry_month"], row["ethnicity"], row["status"]) == (202409, "回族", "在读")
    assert (row["id_form"], row["id_check"], row["id_sex"]) == (18, True, "男")


def test_numbers_and_dates_in_cells(tmp_path: Path, plain: pd.DataFrame) -> None:
    """Excel's own types: a date cell, a serial number, whole numbers, a code as a float."""
    rows: list[list[object]] = [HEADS]
    for n, row in enumerate(ROWS[1:]):
        birth = [dt.date(2015, 3, 1), 42064, "42064", "2015/3/1", "2015.3.1", "20150301", 20150301, "2015年3月1日"][
            n % 8
        ]
        month = [202409, "2024-09", "2024.09", "2024年9月", dt.date(2024, 9, 1), "2024/9", 2024.09, "202409"][n % 8]
        grade = [3, "三", "三年级", "3年级", "小学三年级", "３", "2024级", 3.0][n % 8]
        group = [1, "01", "1班", "（1）班", "一班", "三年级1班", "三（1）班", "301"][n % 8]
        rows.append([float(FIRST), f" {row[1][:1]} {row[1][1:]}", [1, "1", "男 "][n % 3], birth, *row[4:6]])
        rows[-1] += [grade, group, month, ["回", "3", "03", "回族"][n % 4]]
    for data in (xlsx(("名册", rows)), xls([[str(v) if isinstance(v, dt.date) else v for v in r] for r in rows])):
        report, store = take(tmp_path, {"名册": data})
        assert report.problems == []
        pd.testing.assert_frame_equal(content(store.read(TERM, "register")), plain)


def test_wide_digits_and_stray_characters(tmp_path: Path, plain: pd.DataFrame) -> None:
    wide = {ord(c): ord(c) + 0xFEE0 for c in "0123456789GX"}
    rows = [[f"{h}*（必填）\n" for h in HEADS]]
    rows += [[str(v).translate(wide) + "\u200b\u3000" for v in row] for row in ROWS[1:]]
    report, store = take(tmp_path, {"名册.csv": text(rows)})
    assert report.problems == []
    pd.testing.assert_frame_equal(content(store.read(TERM, "register")), plain)


def test_rare_characters_survive_every_encoding(tmp_path: Path) -> None:
    """䶮 and 𬭚 are names, not damage; so are GB18030's old code points in the private use area."""
    names = ["王䶮", "李𬭚", "古丽·买买提", "张\ue816"]
    rows = [HEADS, *([row[0], name, *row[2:]] for row, name in zip(ROWS[1:], names, strict=False))]
    for encoding in ("utf-8", "gb18030", "utf-16"):
        report, store = take(tmp_path, {f"{encoding}.csv": text(rows, encoding)})
        assert report.problems == []
        assert store.read(TERM, "register")["name"].tolist() == ["王䶮", "李𬭚", "古丽·买买提", "张\U00020087"]


@pytest.mark.parametrize("name", ["名册.csv", "充作.xls", "网页.xls"])
def test_text_written_as_a_formula_is_that_text(tmp_path: Path, plain: pd.DataFrame, name: str) -> None:
    """="640422…" keeps Excel from ruining a number: the number is what is between the quotes."""
    rows = [[f'="{cell}"' for cell in row] for row in ROWS]
    delimiter = "," if name.endswith("csv") else "\t"
    lines = [delimiter.join(row) for row in rows]
    quoted = text(rows, delimiter=delimiter).decode().splitlines()  # as a writer of CSV quotes it: "=""640422…"""
    data = html(rows) if name == "网页.xls" else "\r\n".join([*lines[:3], *quoted[3:]]).encode("gb18030")
    report, store = take(tmp_path, {name: data})
    assert report.problems == []
    pd.testing.assert_frame_equal(content(store.read(TERM, "register")), plain)


def test_quotes_delimiters_and_line_breaks_in_cells(tmp_path: Path) -> None:
    row = pupil(1)
    data = (
        ",".join([*HEADS, "现住址"])
        + "\r\n"
        + ",".join(row)
        + ',"白崖乡,""三""组\n17号"\r\n'
        + ",".join(pupil(2))
        + ","
    )
    report, store = take(tmp_path, {"名册.csv": data.encode()})
    assert report.problems == []
    assert store.read(TERM, "register")["address"].astype(object).tolist()[0] == '白崖乡,"三"组 17号'
    stray = ",".join([*HEADS, "现住址"]) + "\n" + ",".join(row) + ',"白崖乡\n' + ",".join(pupil(2)) + ",城关镇\n"
    report, store = take(tmp_path, {"名册.csv": stray.encode()})
    assert store.read(TERM, "register")["name"].tolist() == [row[1], pupil(2)[1]]  # a lone quote swallows nothing
