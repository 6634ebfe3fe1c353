"""Every document opened by an office program that is not ours, without a repair, and what it prints looked into."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

from xueji_lib.judge.results import Results, School
from xueji_lib.reports import deliverables
from xueji_lib.reports.case_states import CaseStates, FindingState, Measure
from xueji_lib.reports.office_facts import LetterFacts

pytestmark = pytest.mark.office


@pytest.mark.skipif(shutil.which("soffice") is None or shutil.which("pdftotext") is None, reason="没有 LibreOffice")
def test_an_office_program_opens_and_prints_every_document(
    kept: Results, big: School, sample: ModuleType, tmp_path: Path
) -> None:
    found = big.findings["finding_id"]
    states = CaseStates({i: FindingState("属实") for i in found[:3]}, measures=(Measure("约谈主要负责人", "属实"),))
    deliverables.write_school(big, LetterFacts.load(), tmp_path / "校", states)
    deliverables.write_county(kept, LetterFacts.load(), tmp_path / "县")
    files = [file for file in tmp_path.rglob("*") if file.suffix in (".docx", ".xlsx")]
    assert len(files) == 6 + 5
    for place in ("校", "县"):
        given = ["soffice", f"-env:UserInstallation={(tmp_path / 'lo').as_uri()}", "--headless", "--convert-to", "pdf"]
        given += ["--outdir", str(tmp_path / "pdf" / place), *(str(f) for f in files if f.parent.name == place)]
        subprocess.run(given, check=True, capture_output=True, timeout=240)
    printed: dict[str, str] = {}
    for file in files:
        pdf = tmp_path / "pdf" / file.parent.name / f"{file.stem}.pdf"
        done = subprocess.run(["pdftotext", "-layout", str(pdf), "-"], check=True, capture_output=True, text=True)
        printed[f"{file.parent.name}/{file.name}"] = done.stdout
        for bad in ("#REF!", "#NAME?", "#VALUE!", "Err:", "{{", "{%", "####"):
            assert bad not in done.stdout, (file.name, bad)
    assert "尚未" not in printed["校/findings.xlsx"].split("\f")[0] and "第 1 页" in printed["校/findings.xlsx"]
    assert found[0] not in printed["校/findings.xlsx"], "what programs need is not printed"
    assert "人籍不一致学生统计表" in printed["校/附件1.xlsx"]
    assert re.search(r"—\s*1\s*—", printed["校/限期整改通知书.docx"])
    assert "草稿" in printed["县/通报.docx"] and sample.ODD not in printed["县/通报.docx"]
