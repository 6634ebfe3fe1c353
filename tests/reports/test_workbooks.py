"""findings.xlsx and county.xlsx as an office program reads them."""

from __future__ import annotations

import zipfile
from pathlib import Path
from types import ModuleType

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from xueji_lib.reports import county_book, workbook
from xueji_lib.results import Results, School


def _open(path: Path) -> openpyxl.Workbook:
    return openpyxl.load_workbook(path)


def _rows(sheet: Worksheet, top: int = 1) -> list[dict[str, object]]:
    head, *rest = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=top)]
    return [dict(zip(head, row, strict=True)) for row in rest]


def _formulas(book: openpyxl.Workbook) -> list[str]:
    return [c.coordinate for s in book for row in s.iter_rows() for c in row if c.data_type == "f"]


def test_the_ledger_lists_every_finding_and_prints_on_a4(big: School, tmp_path: Path) -> None:
    workbook.write(big, tmp_path / "findings.xlsx")
    book = _open(tmp_path / "findings.xlsx")
    assert book.sheetnames == ["总览", "问题", "覆盖", "逐班核对"]
    listed = book["问题"]
    assert [row["疑点编号"] for row in _rows(listed)] == big.findings["finding_id"].tolist()
    assert listed.auto_filter.ref is not None
    assert (listed.freeze_panes, listed.print_title_rows) == ("A2", "$1:$1")
    assert (listed.page_setup.orientation, listed.page_setup.paperSize) == ("landscape", 9)
    assert "&P" in str(listed.oddFooter.right.text)
    assert len(_rows(book["覆盖"])) == len(big.coverage)


def test_the_summary_counts_the_seven_and_says_what_was_not_examined(big: School, tmp_path: Path) -> None:
    workbook.write(big, tmp_path / "findings.xlsx")
    sheet = _open(tmp_path / "findings.xlsx")["总览"]
    cells = {str(row[0].value): [c.value for c in row[1:7]] for row in sheet.iter_rows() if row[0].value}
    total = big.findings["severity"].value_counts()
    assert cells["合计"][:3] == [total["严重"], total["较重"], total["一般"]]
    assert sum(cells["合计"][3:5]) == cells["合计"][5] == len(big.findings)
    assert cells["R402 复学申请超期未办"][:2] == ["出错", "缺 2027 年节假日安排"]
    with zipfile.ZipFile(tmp_path / "findings.xlsx") as parts:
        assert "xl/charts/chart1.xml" in parts.namelist()


def test_data_never_becomes_a_formula_or_a_link(kept: Results, sample: ModuleType, tmp_path: Path) -> None:
    workbook.write(kept.school(sample.ODD), tmp_path / "findings.xlsx")
    book = _open(tmp_path / "findings.xlsx")
    assert _formulas(book) == []
    cell = next(c for row in book["问题"].iter_rows() for c in row if str(c.value).startswith("=HYPERLINK"))
    assert (cell.data_type, cell.hyperlink) == ("s", None)


def test_a_school_without_anything_has_a_whole_workbook(kept: Results, sample: ModuleType, tmp_path: Path) -> None:
    workbook.write(kept.school(sample.ODD), tmp_path / "odd.xlsx")  # no class at all
    assert _open(tmp_path / "odd.xlsx")["逐班核对"]["A2"].value is not None
    workbook.write(kept.school(sample.CLEAN), tmp_path / "clean.xlsx")
    texts = [c.value for row in _open(tmp_path / "clean.xlsx")["总览"].iter_rows() for c in row]
    assert "没有：各项检查都查到了。" in texts


def test_the_same_answer_gives_the_same_bytes(kept: Results, big: School, tmp_path: Path) -> None:
    for name in ("a", "b"):
        workbook.write(big, tmp_path / name / "findings.xlsx")
        county_book.write(kept, tmp_path / name / "county.xlsx")
    for file in ("findings.xlsx", "county.xlsx"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_the_county_has_a_row_a_school_that_adds_up(kept: Results, sample: ModuleType, tmp_path: Path) -> None:
    county_book.write(kept, tmp_path / "county.xlsx")
    book = openpyxl.load_workbook(tmp_path / "county.xlsx", data_only=True)
    *schools, total = _rows(book["各校"], top=4)
    assert [row["学校标识码"] for row in schools] == [sample.BIG, sample.CLEAN, sample.EMPTY, sample.ODD]
    of_schools = kept.findings[kept.findings["school_id"] != ""]
    assert total["疑点合计"] == len(of_schools) == sum(int(str(row["疑点合计"])) for row in schools)
    for name in total:
        if str(name).startswith("七、"):
            assert total[name] == (of_schools["violation"] == 7).sum()
    empty = next(row for row in schools if row["学校标识码"] == sample.EMPTY)
    assert empty["疑点合计"] == 0
    assert int(str(empty["缺数据"])) > 10  # no findings, and yet not clean
    assert _rows(book["县级疑点"])[0]["姓名"] in sample.NAMES
    heat = openpyxl.load_workbook(tmp_path / "county.xlsx")["各校"].conditional_formatting
    assert any(rule.type == "colorScale" for one in heat for rule in one.rules)
