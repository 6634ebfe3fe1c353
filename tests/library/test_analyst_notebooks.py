"""The analysts' notebooks by papermill on a county of two terms: they say what the commands say, and no more."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import shutil
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

import xueji_lib as xj
from xueji_lib import demo
from xueji_lib.library.opened_store import OpenedStore
from xueji_lib.notebook import runner
from xueji_lib.support import paths
from xueji_lib.support.errors import UsageError

pytestmark = pytest.mark.slow


def shown(notebook: str, store: OpenedStore, **parameters: str) -> str:
    """The page of a notebook that was run."""
    given = {"store": str(store.workplace.store.root), **parameters}
    done = runner.execute(paths.notebooks(f"{notebook}.ipynb"), given)
    assert done.error == ""
    page = done.page(notebook)
    assert not re.search(r"\d{17}[\dXx]", page)
    return page


def files(folder: Path) -> dict[Path, int]:
    """Every file of a store but its logs, and when it was written."""
    return {f: f.stat().st_mtime_ns for f in folder.rglob("*") if f.is_file() and "logs" not in f.parts}


def test_own_tables_add_up_to_the_findings_and_say_where_nobody_looked(store: OpenedStore, tmp_path: Path) -> None:
    file = tmp_path / "表.xlsx"
    page = shown("analysis", store, rows="check", out=str(file))
    assert "没查" in page and "在 JupyterLab 里打开" in page and "<svg" in page
    book = openpyxl.load_workbook(file)
    assert book.sheetnames == ["表", "明细", "说明"]
    heads, *rows = book["表"].iter_rows(values_only=True)
    total = dict(zip(heads, rows[-1], strict=True))
    findings = store.findings()
    for nature in ("事实", "线索"):
        assert total[f"2026秋 {nature}"] == f"{(findings['nature'] == nature).sum()}＊"
    row = next(row for row in rows if str(row[0]).startswith("R715"))
    assert dict(zip(heads, row, strict=True))["2026春 事实"] == "没查", "the register of the term before is not there"


def test_terms_are_compared_only_where_both_were_examined(store: OpenedStore) -> None:
    page = shown("compare_terms", store)
    assert "可比" in page and "不说明为什么变" in page and "年一年级" in page
    comparison = store.compare_terms()
    whole = comparison.tally[comparison.tally["examined"] == "全查"]
    for line in comparison.by_check().frame.to_dict("records"):
        of_rule = whole[whole["rule_id"] == line["id"]]
        schools = [set(of_rule.loc[of_rule["term"] == term, "school_id"]) for term in comparison.terms]
        assert line["both"] == len(schools[0] & schools[1])
        assert line["both"] or line["facts"] == "没有可比的"
    cohorts = comparison.by_cohort().frame
    before, after = (f"{term}/grade" for term in comparison.terms)
    assert cohorts.loc[cohorts[before] == "五年级", after].tolist() == ["六年级"]
    alone = store.compare_terms(demo.TERM)
    assert "一个学期比不出什么" in repr(alone.by_check()) and alone.by_school().frame.empty


def test_a_figure_that_the_county_changed_between_two_terms_is_named(store: OpenedStore, tmp_path: Path) -> None:
    comparison = store.compare_terms()
    assert "同样的数字" in repr(comparison.basis())
    before, now = comparison.answers
    inputs = json.loads((before.folder / "inputs.json").read_text("utf-8"))
    inputs["figures"]["class_large"] = "大班额人数 50"
    content = json.dumps(inputs).encode()
    other_place = shutil.copytree(before.folder, tmp_path / "answer")
    (other_place / "inputs.json").write_bytes(content)
    digests = {**before.digests, "inputs.json": hashlib.sha256(content).hexdigest()}
    judged_otherwise = dataclasses.replace(before, folder=other_place, digests=digests)
    shown_table = dataclasses.replace(comparison, answers=[judged_otherwise, now]).basis()
    assert any("数字改过：大班额人数 50 → " in note for note in shown_table.notes), shown_table.notes


def test_a_changed_figure_is_tried_and_nothing_is_written(store: OpenedStore) -> None:
    root = store.workplace.store.root
    before = files(root)
    page = shown("figures", store, settings="class_large=20", confirmed="transfer_decision_workdays")
    assert "class_large 大班额人数：56 → 20" in page and "由线索成为事实" in page and "都没有动" in page
    trial = store.what_if("class_large=20")
    assert files(root) == before
    assert len(trial.gained().frame) == len(trial.answer.comparison.gained) > 0
    with pytest.raises(UsageError, match="没有叫"):
        store.what_if("没有这个数=1")


def test_menus_show_another_table_and_say_what_cannot_be_shown(store: OpenedStore, tmp_path: Path) -> None:
    menus = xj.pivot(store.tally(demo.TERM), "township", "").menus()
    choices, area, keeping = menus.children
    (rows, columns, _), (file, button, said) = choices.children, keeping.children
    assert "乡镇" in area.value
    rows.value = "violation"
    assert "违规情形" in area.value and "一、" in area.value
    columns.value = "violation"
    assert "不能相同" in area.value
    columns.value, file.value = "term", str(tmp_path / "自己的.xlsx")
    button.click()
    assert "已存" in said.value and (tmp_path / "自己的.xlsx").is_file()


def test_charts_show_chinese_and_what_was_not_examined(store: OpenedStore, recwarn: pytest.WarningsRecorder) -> None:
    tally = store.tally()
    own = tally[tally["term"] == demo.TERM]
    figures = [
        xj.charts.violations(store.findings()), xj.charts.violations(store.findings(), "severity"),
        xj.charts.heat_map(own), xj.charts.heat_map(own, "school"), xj.charts.terms(tally), xj.charts.statuses(own),
    ]  # fmt: skip
    for figure in figures:
        html = figure._repr_html_()
        assert html.count("<svg") == 1 and html == figure._repr_html_()
    assert not [str(warning.message) for warning in recwarn if "Glyph" in str(warning.message)]
    unlooked = own.assign(examined="没查", facts=0, leads=0)
    texts = {text.get_text() for text in xj.charts.heat_map(unlooked).axes[0].texts}
    assert texts - {""} == {"没查"}, "blank: the county itself has no check of that violation"
    with pytest.raises(UsageError, match="nature、severity"):
        xj.charts.violations(pd.DataFrame(), "学校")
