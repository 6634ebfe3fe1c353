"""findings.xlsx, 附件1.xlsx and county.xlsx as an office program reads them."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from tests.print_size import complaints
from xueji_lib.judge.results import Results, School
from xueji_lib.reports.case_states import AnswerOnPaper, CaseStates, FindingState, SignOff, shown
from xueji_lib.reports.office_facts import LetterFacts
from xueji_lib.reports.pages import school_page
from xueji_lib.reports.workbooks import annex, county_book, findings_book

FILL = ("整改措施", "责任人", "完成日期", "学校说明")


def _open(path: Path) -> openpyxl.Workbook:
    return openpyxl.load_workbook(path)


def _rows(sheet: Worksheet, top: int = 3) -> list[dict[str, object]]:
    head, *rest = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=top)]
    return [dict(zip(head, row, strict=True)) for row in rest]


def _texts(sheet: Worksheet) -> list[str]:
    return [str(c.value) for row in sheet.iter_rows() for c in row if c.value is not None]


def test_the_ledger_lists_every_finding_once_and_prints_on_a4(big: School, tmp_path: Path) -> None:
    findings_book.write(big, tmp_path / "findings.xlsx")
    book = _open(tmp_path / "findings.xlsx")
    assert book.sheetnames == ["封面", "问题", "逐班核对", "覆盖", "现场询问"]
    sheet, rows = book["问题"], _rows(book["问题"])
    assert sorted(str(row["疑点编号"]) for row in rows) == sorted(big.findings["finding_id"])
    numerals = "一二三四五六七"
    order = [numerals.index(str(row["违规情形"])) + 1 for row in rows]
    assert order == sorted(big.findings["violation"]), "in the notice's order, by its own numbers"
    assert "一 录入变动上报不及时" in str(sheet["A2"].value), "and says what they stand for"
    assert sheet.auto_filter.ref is not None
    assert (sheet.freeze_panes, sheet.print_title_rows) == ("G4", "$3:$3")
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert str(sheet.print_area).endswith(f"$P${sheet.max_row}"), "provenance is not printed"
    assert complaints(tmp_path / "findings.xlsx") == []
    assert len(_rows(book["覆盖"])) == len(big.coverage)
    first = [row["结果"] for row in _rows(book["覆盖"])][:2]
    assert first == ["出错", "无法判定"], "what was not examined comes first"


def test_only_what_the_school_fills_in_is_open_and_a_date_is_a_date(big: School, tmp_path: Path) -> None:
    findings_book.write(big, tmp_path / "findings.xlsx")
    book = _open(tmp_path / "findings.xlsx")
    for sheet in book:
        assert sheet.protection.sheet, sheet.title
        unlocked = {c.column for row in sheet.iter_rows() for c in row if not c.protection.locked}
        heads = {c.column: c.value for c in sheet[3]}
        expected = set(FILL) if sheet.title == "问题" else set()
        assert {heads[place] for place in unlocked} == expected, sheet.title
    sheet = book["问题"]
    rules = {heads.value: None for heads in sheet[3]}
    letters = {c.column_letter: str(c.value) for c in sheet[3]}
    for rule in sheet.data_validations.dataValidation:
        for span in rule.sqref.ranges:
            rules[letters[openpyxl.utils.get_column_letter(span.min_col)]] = rule
            assert (span.min_row, span.max_row) == (4, sheet.max_row)
    assert rules["完成日期"].type == "date"
    assert rules["责任人"].formula1 == '"张建国,李敏,马秀兰"'
    assert rules["整改措施"].type == "list" and not rules["整改措施"].showErrorMessage
    assert not sheet.protection.autoFilter, "filtering stays allowed (the flag says what is forbidden)"


def test_the_cover_counts_the_seven_and_says_that_nobody_has_looked(big: School, tmp_path: Path) -> None:
    findings_book.write(big, tmp_path / "findings.xlsx")
    sheet = _open(tmp_path / "findings.xlsx")["封面"]
    values = openpyxl.load_workbook(tmp_path / "findings.xlsx", data_only=True)["封面"]
    cells = {str(row[0].value): [c.value for c in row[2:8]] for row in values.iter_rows() if row[0].value}
    total = big.findings["severity"].value_counts()
    assert cells["合计"][:3] == [total["严重"], total["较重"], total["一般"]]
    assert sum(cells["合计"][3:5]) == cells["合计"][5] == len(big.findings)
    formulas = {str(c.value) for row in sheet.iter_rows() for c in row if c.data_type == "f"}
    assert "=SUM(C11:E11)" in formulas and "=SUM(H11:H17)" in formulas
    assert any("尚未经督查人员核实认定" in text for text in _texts(sheet))
    assert any("没有查、没有查全的检查 2 项" in text for text in _texts(sheet))
    with zipfile.ZipFile(tmp_path / "findings.xlsx") as parts:
        assert "xl/charts/chart1.xml" in parts.namelist()


def test_what_people_decided_stands_beside_the_findings(big: School, tmp_path: Path) -> None:
    ids = big.findings.loc[big.findings["violation"] == 1, "finding_id"].tolist()
    states = CaseStates(
        {
            ids[0]: FindingState(
                "学校已报整改", due="2026-12-01", measure="已补办", person="马秀兰", done="2026-11-30"
            ),
            ids[1]: FindingState("不属实", "系统延迟"),
        },
        {"S101": AnswerOnPaper("不符合", "两人对不上")},
        (SignOff("督查人员", "王强", "2026-11-21"),),
    )
    findings_book.write(big, tmp_path / "findings.xlsx", states)
    book = _open(tmp_path / "findings.xlsx")
    rows = {str(row["疑点编号"]): row for row in _rows(book["问题"])}
    assert rows[ids[0]]["认定"] == "学校已报整改" and rows[ids[0]]["整改期限"] == "2026-12-01"
    assert rows[ids[0]]["完成日期"] == dt.datetime(2026, 11, 30)
    assert rows[ids[1]]["认定"] == "不属实" and rows[ids[2]]["认定"] == "疑点"
    assert _rows(book["现场询问"])[0]["结果"] == "不符合"
    assert any("王强" in text for text in _texts(book["现场询问"]))
    assert any("不属实 1 条" in text for text in _texts(book["封面"]))


def test_pupils_proved_to_be_two_are_counted_nowhere(kept: Results, big: School, tmp_path: Path) -> None:
    """By check, in the county's workbook, the school's and on its page: what was found on site is, what is settled is
    not, and the check that found nothing else says why."""
    pairs = big.findings.loc[big.findings["rule_id"] == "R201", "finding_id"]
    row = dict.fromkeys(big.findings, "") | {"finding_id": "S201-1", "rule_id": "S201", "violation": "2"}
    row |= {"severity": "严重", "nature": "事实", "school_id": big.id, "title": "点名时人不在", "evidence": "点名"}
    states = CaseStates({key: FindingState("不是同一人") for key in pairs}, besides=(row,))
    county_book.write(kept, tmp_path / "county.xlsx", {big.id: states})
    book = openpyxl.load_workbook(tmp_path / "county.xlsx", data_only=True)
    by_check = {row["检查"]: row for row in _rows(book["各项检查"])}
    of_county = int((kept.findings["school_id"] == "").sum())
    total = _rows(book["各校"], top=4)[-1]["疑点合计"]
    assert by_check["合计"]["疑点"] == int(str(total)) + of_county == len(kept.findings) - len(pairs) + 1
    assert (by_check["R201"]["疑点"], by_check["R201"]["发现的学校"], by_check["S201"]["疑点"]) == (0, 0, 1)
    school = shown(big, states)
    findings_book.write(school, tmp_path / "findings.xlsx", states)
    [check] = [r for r in _rows(_open(tmp_path / "findings.xlsx")["覆盖"]) if r["检查"] == "R201"]
    told = f"程序列出的 {len(pairs)} 条，已认定不是同一人"
    assert (check["结果"], check["疑点数"], check["说明"]) == ("未发现", 0, told)
    assert (big.coverage.set_index("rule_id")["findings"]["R201"]) == len(pairs), "the machine's answer stays"
    assert "点名时人不在" in school_page.findings(school).html


def test_data_never_becomes_a_formula_or_a_link(kept: Results, sample: ModuleType, tmp_path: Path) -> None:
    findings_book.write(kept.school(sample.ODD), tmp_path / "findings.xlsx")
    annex.write(kept.school(sample.BIG), LetterFacts.load(), tmp_path / "附件1.xlsx")
    book = _open(tmp_path / "findings.xlsx")
    cell = next(c for row in book["问题"].iter_rows() for c in row if str(c.value).startswith("=HYPERLINK"))
    assert (cell.data_type, cell.hyperlink) == ("s", None)
    links = {c.hyperlink.target for s in book for row in s.iter_rows() for c in row if c.hyperlink}
    assert links <= {None}, "only places in the workbook"
    cells = [c for s in _open(tmp_path / "附件1.xlsx") for row in s.iter_rows() for c in row]
    for text in ("@SUM(A1)", "=1+1"):
        assert {c.data_type for c in cells if c.value == text} == {"s"}, text


def test_a_school_without_anything_has_a_whole_workbook(kept: Results, sample: ModuleType, tmp_path: Path) -> None:
    findings_book.write(kept.school(sample.ODD), tmp_path / "odd.xlsx")  # no class at all
    assert _open(tmp_path / "odd.xlsx")["逐班核对"]["A4"].value is not None
    findings_book.write(kept.school(sample.CLEAN), tmp_path / "clean.xlsx")
    assert "各项检查都查到了。" in _texts(_open(tmp_path / "clean.xlsx")["封面"])
    annex.write(kept.school(sample.EMPTY), LetterFacts.load(), tmp_path / "empty.xlsx")
    said = _texts(_open(tmp_path / "empty.xlsx")["在籍不在校"])
    assert any("没有查，不等于没有" in text for text in said), "a school that gave no headcount is not clean"


def test_annex_1_adds_up_by_class_school_and_county(kept: Results, sample: ModuleType, tmp_path: Path) -> None:
    annex.write(kept.school(sample.BIG), LetterFacts.load(), tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx", data_only=True)
    *classes, total = [row for row in _rows(book["附件1"], top=5) if row["年级"] and "签字" not in str(row["年级"])]
    assert len(classes) == 18 and total["年级"] == "合计"
    for name in ("在籍", "在校", "在籍不在校合计", "重度残疾", "疑似辍学", "无户口", "在校不在籍合计"):
        assert total[name] == sum(int(str(row[name])) for row in classes), name
    assert (total["在籍不在校合计"], total["在校不在籍合计"], total["重度残疾"], total["疑似辍学"]) == (3, 3, 1, 1)
    listed = {row["情形"]: row for row in _rows(book["在籍不在校"], top=5) if row["学生姓名"]}
    assert set(listed) == {"重度残疾不能到校", "多次劝返不返", "（未注明）"}
    assert listed["重度残疾不能到校"]["通知要求的整改措施"] == "组织教师送教上门服务"
    assert "由乡镇政府发放" in str(listed["多次劝返不返"]["通知要求的整改措施"])
    assert any("校长（签字）" in text for text in _texts(book["附件1"]))

    annex.write_county(kept, LetterFacts.load(), tmp_path / "b.xlsx")
    book = openpyxl.load_workbook(tmp_path / "b.xlsx", data_only=True)
    rows = _rows(book["各校汇总"], top=5)
    totals = next(row for row in rows if row["学校标识码"] == "合计")
    assert totals["在籍不在校合计"] == totals["在校不在籍合计"] == 3
    assert totals["在籍"] == int(kept.classes["registered"].sum())
    townships = next(row for row in _rows(book["各乡镇"], top=5) if row["所属乡镇"] == "合计")
    assert (townships["学校数"], townships["在籍"]) == (4, totals["在籍"])
    formula = _open(tmp_path / "b.xlsx")["各校汇总"]["D10"].value
    assert formula == "=SUBTOTAL(109,D6:D9)", "sums follow the filter"


def test_the_same_answer_gives_the_same_bytes(kept: Results, big: School, tmp_path: Path) -> None:
    for name in ("a", "b"):
        findings_book.write(big, tmp_path / name / "findings.xlsx")
        annex.write(big, LetterFacts.load(), tmp_path / name / "annex.xlsx")
        county_book.write(kept, tmp_path / name / "county.xlsx")
    for file in ("findings.xlsx", "annex.xlsx", "county.xlsx"):
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
    assert all(row["认定属实"] is None for row in schools), "nobody has looked: no number, not a nought"
    assert _rows(book["县级疑点"])[0]["姓名"] in sample.NAMES
    *stages, sums = _rows(book["学段"])
    assert [row["学段"] for row in stages] == ["小学", "初中", "高中", "不分学段"]
    assert sums["疑点"] == len(of_schools) and sums["在籍不在校"] == 3
    groups = {(row["群体"], row["范围"]): row for row in _rows(book["特殊群体"])}
    assert groups["单亲", "初中"]["其中未复学"] == 1 and groups["残疾", "全部学段"]["是这一群体的"] == 3
    assert groups["留守", "全部学段"]["是这一群体的"] == "—", "nobody asked is not nobody there"
    heat = openpyxl.load_workbook(tmp_path / "county.xlsx")["各校"].conditional_formatting
    assert any(rule.type == "colorScale" for one in heat for rule in one.rules)


_MANY = """
import datetime as dt, re, sys
from pathlib import Path
import pandas as pd
from xueji_lib.reports.workbooks import findings_book
from xueji_lib.judge.results import School
n = 10_000
blanks = "school_id school student_ref clause remedy due sources nature_reason edition"
base = {name: [""] * n for name in blanks.split()}
found = pd.DataFrame({**base,
    "finding_id": [f"R705-{i:016x}" for i in range(n)], "rule_id": "R705", "violation": 7, "severity": "较重",
    "nature": "事实", "grade": 3, "class": 1, "student": [f"马{i}" for i in range(n)], "title": "大班额",
    "evidence": [f"第 {i} 条，七年级 3 班在读 61 人，超过 55 人" for i in range(n)]})
blank = lambda columns: pd.DataFrame({c: [] for c in columns.split()})
coverage = blank("school_id rule_id status population findings undecided reason")
classes = blank("school_id grade class_no registered enrolled headcount_rows present absent registered_absent "
                "present_unregistered suspected unchecked")
info = dict.fromkeys("school_id school_name school_kind area township principal vice_principal registrar".split(), "x")
school = School("2026-2027-1", dt.date(2026, 11, 20), "2020-154", info, found, coverage, classes)
peak = lambda: int(re.search("VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
before = peak()
findings_book.write(school, Path(sys.argv[1]))
print((peak() - before) // 1024)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="内存只在 Linux 上量")
def test_many_findings_stream(tmp_path: Path) -> None:
    """Ten thousand here; ``python -m benchmarks`` holds 100,000 against 300 MiB."""
    file = tmp_path / "many.xlsx"
    done = subprocess.run([sys.executable, "-c", _MANY, str(file)], capture_output=True, text=True, check=True)
    assert int(done.stdout) <= 16, f"{done.stdout.strip()} MiB more"
    with zipfile.ZipFile(file) as parts:
        assert parts.read("xl/worksheets/sheet2.xml").count(b"<row ") == 10_003
