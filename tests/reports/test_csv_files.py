"""findings.csv and coverage.csv as a spreadsheet and a program read them."""

from __future__ import annotations

import csv
from pathlib import Path
from types import ModuleType

from xueji_lib.judge.results import Results
from xueji_lib.register import catalogue as catalogues
from xueji_lib.reports import csv_files


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_every_finding_is_a_row_in_contract_columns(kept: Results, tmp_path: Path) -> None:
    csv_files.write_findings_csv(kept, tmp_path / "a" / "findings.csv")
    raw = (tmp_path / "a" / "findings.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbffinding_id,rule_id,violation,severity,nature,school_id,school,grade,class,")
    rows = _read(tmp_path / "a" / "findings.csv")
    assert [row["finding_id"] for row in rows] == kept.findings["finding_id"].tolist()
    by_rule = {row["rule_id"]: row for row in rows}
    assert (by_rule["R102"]["grade"], by_rule["R101"]["grade"], by_rule["R710"]["school_id"]) == ("6", "", "")
    csv_files.write_findings_csv(kept, tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == raw


def test_no_cell_is_a_formula(kept: Results, sample: ModuleType, tmp_path: Path) -> None:
    csv_files.write_findings_csv(kept, tmp_path / "findings.csv")
    csv_files.write_coverage_csv(kept, tmp_path / "coverage.csv")
    rows = _read(tmp_path / "findings.csv") + _read(tmp_path / "coverage.csv")
    assert not [value for row in rows for value in row.values() if value[:1] in set("=+-@\t\r")]
    odd = next(row for row in rows if row["school_id"] == sample.ODD and row.get("student"))
    assert odd["student"] == '\'=HYPERLINK("http://x")'


def test_coverage_has_a_row_for_every_school_and_rule(kept: Results, tmp_path: Path) -> None:
    csv_files.write_coverage_csv(kept, tmp_path / "coverage.csv")
    rows = _read(tmp_path / "coverage.csv")
    entries = catalogues.load().entries.values()
    of_county = sum(entry.of_county for entry in entries)
    assert len(rows) == 4 * (len(entries) - of_county) + of_county
    assert {row["reason"] for row in rows if row["status"] == "缺数据"} == {"没有该校的逐班核对表"}
