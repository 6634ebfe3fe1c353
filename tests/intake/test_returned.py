"""After an intake: what goes back to each school, and the county's view of it; by the command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import docx
import openpyxl
import pytest

from tests.intake.boxes import FIRST, HEADS, NINE, SECOND, TERM, box, number, pupil, register, text, xlsx
from xueji_lib.intake.returned import row_text

CUSTODY = "学校标识码 学年 学籍管理员 任职日期".split()
RUINED = "6.40422E+17"


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One school with faults of several kinds, one without, one that sent nothing; a file nobody knows."""
    folder = tmp_path_factory.mktemp("papers")
    bad = register(6)
    bad[2] = [*pupil(2)[:4], RUINED, *pupil(2)[5:]]
    for line in (3, 4, 6):
        bad[line] = [*pupil(line)[:3], "不知道", *pupil(line)[4:]]
    bad.append(
        ["" if head in ("姓名", "身份证件号", "全国学籍号") else v for head, v in zip(HEADS, pupil(7), strict=True)]
    )
    files = {
        "名册.xlsx": xlsx(("三年级", bad)),
        f"{SECOND}名册.csv": text([HEADS, *(pupil(n, SECOND) for n in range(60, 63))]),
        "管理.csv": text([CUSTODY, [FIRST, "2026-2027", "马老师", "2020-09-01"], [SECOND, "2026-2027", "王老师", ""]]),
        f"{SECOND}/照片.xlsx": b"\xff\xd8\xff\xe0 not a table",
        "旧表.csv": text([["学校标识码", "年级", "性别", "在校情况", "情形"], [SECOND, "3", "男", "在校", ""]]),
        "谁的.csv": text([HEADS, pupil(50, "9999999999")]),
    }
    inbox = box(folder / "收件", files)
    command = [sys.executable, "-m", "xueji_lib", "--store", folder / "store", "intake", inbox, "--term", TERM]
    done = subprocess.run([*command, "--out", folder / "出"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 4, done.stderr
    assert "退回单 2 份" in done.stdout
    return folder / "出"


def words(file: Path) -> str:
    document = docx.Document(str(file))
    lines = [paragraph.text for paragraph in document.paragraphs]
    lines += ["|".join(cell.text for cell in row.cells) for table in document.tables for row in table.rows]
    return "\n".join(lines)


def test_a_school_is_told_cell_by_cell(papers: Path) -> None:
    told = words(papers / "退回单" / f"{FIRST}.docx")
    assert "城关第一小学" in told and "有 5 处" in told
    lines = told.splitlines()
    (ruined,) = [line for line in lines if "D04" in line]
    assert ruined.split("|")[1:4] == ["名册.xlsx 工作表“三年级”", "3", "身份证件号"] and "设为文本" in ruined
    (dates,) = [line for line in lines if "D05" in line]
    assert dates.split("|")[2:4] == ["4、5、7", "出生日期"]
    assert any("D10" in line and line.split("|")[2] == "8" for line in lines)
    assert "学籍名册|名册.xlsx|6|新收" in told and "逐班核对表、班级设置、排摸上报" in told
    assert number(2) not in told and SECOND not in told and "9999999999" not in told


def test_a_school_without_faults_gets_its_own_alone(papers: Path) -> None:
    told = words(papers / "退回单" / f"{SECOND}.docx")
    assert f"学籍名册|{SECOND}名册.csv|3|新收" in told and "D04" not in told
    assert "旧表.csv" in told and "没有“姓名”列" in told, "a table that was refused whole, told by its rows"
    assert "照片.xlsx" in told, "a file that nobody can read is told to the school by its folder"
    assert {file.stem for file in (papers / "退回单").iterdir()} == {FIRST, SECOND}


def test_the_county_sees_who_sent_what_and_what_is_missing(papers: Path) -> None:
    (file,) = papers.glob("收件总览-*.xlsx")
    book = openpyxl.load_workbook(file)
    rows = {row[1]: row for row in book["各校交表"].iter_rows(min_row=4, values_only=True)}
    assert set(rows) == {FIRST, SECOND, NINE}
    heads = [cell.value for cell in book["各校交表"][3]]
    at = {head: n for n, head in enumerate(heads)}
    assert rows[FIRST][at["学籍名册"]].startswith("6 行") and rows[FIRST][at["要改的"]] == 5
    assert rows[NINE][at["学籍名册"]] == "未交" and rows[NINE][at["最近收到"]] in (None, "")
    missing = [row[2:5:2] for row in book["还缺的"].iter_rows(min_row=4, values_only=True)]
    assert (NINE, "学籍名册") in missing and (FIRST, "学籍名册") not in missing and (FIRST, "逐班核对表") in missing
    strangers = "\n".join(str(row) for row in book["认不出学校的"].iter_rows(values_only=True))
    assert "谁的.csv" in strangers and "照片" not in strangers


def test_rows_are_named_briefly() -> None:
    assert row_text([3, 4, 5, 9, 11, 12]) == "3—5、9、11、12" and row_text([]) == ""
