"""The audit notebook: thin, runs by hand, and whole or not at all through papermill."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from playwright.sync_api import Browser

from xueji_lib.casebook.workplace import Workplace
from xueji_lib.notebook import audit, runner
from xueji_lib.store import Store
from xueji_lib.support import paths
from xueji_lib.support.errors import StoreError, UsageError

pytestmark = pytest.mark.slow


def _cells(path: Path, kind: str = "code") -> list[dict[str, Any]]:
    return [cell for cell in json.loads(path.read_text("utf-8"))["cells"] if cell["cell_type"] == kind]


def _source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def _no_references(page: str) -> bool:
    return not re.search(r"https?:|src=|<link|<script|@import|url\(|href=\"[^#]", page)


def test_the_notebook_is_thin_and_kept_without_outputs() -> None:
    cells = _cells(paths.notebooks("school_audit.ipynb"))
    assert len(cells) <= 12
    assert cells[0]["metadata"]["tags"] == ["parameters"]
    for cell in cells:
        assert cell["outputs"] == []
        assert cell["execution_count"] is None
        nodes = [node for top in ast.parse(_source(cell)).body for node in ast.walk(top)]
        assert not [
            n for n in nodes if isinstance(n, ast.FunctionDef | ast.For | ast.While | ast.If | ast.comprehension)
        ]
        assert len([n for n in nodes if isinstance(n, ast.Call)]) <= 3


def test_it_runs_by_hand_from_top_to_bottom(
    sample_store: Store, monkeypatch: pytest.MonkeyPatch, sample: ModuleType
) -> None:
    monkeypatch.setenv("XUEJI_STORE", str(sample_store.root))
    done = runner.execute(paths.notebooks("school_audit.ipynb"), {"as_of": sample.AS_OF.isoformat()})
    assert done.error == ""
    shown = done.page("手工运行")
    assert "西乡县第一小学" in shown
    assert "没有指定学校" in shown
    assert "没有指定 out" in shown


def test_a_school_gets_all_its_deliverables_twice_the_same(
    sample_store: Store, sample: ModuleType, tmp_path: Path
) -> None:
    made = []
    for name in ("a", "b"):
        folder = audit.run(Workplace(sample_store), audit.SchoolRun(sample.BIG, sample.INSPECTION, tmp_path / name))
        assert folder == tmp_path / name / sample.TERM / "schools" / sample.BIG
        made.append({file.name: file.read_bytes() for file in folder.iterdir()})
        assert [p.name for p in folder.parent.iterdir()] == [sample.BIG]
    due = {"送教上门学生名单.docx"}  # a child who cannot come is on its lists
    assert set(made[0]) == set(audit.DELIVERABLES) | due
    assert made[0] == made[1]
    page, notebook = made[0]["audit.html"].decode(), made[0]["audit.ipynb"].decode()
    assert "<title>西乡县第一小学 学籍核查 2026-11-20</title>" in page
    assert _no_references(page)
    assert "report.heading()" not in page  # no code
    assert str(tmp_path) not in notebook
    assert "papermill" not in notebook
    text = page + notebook
    assert [secret for secret in sample.SECRETS if secret in text] == []


def test_files_of_others_in_the_folder_stay(sample_store: Store, sample: ModuleType, tmp_path: Path) -> None:
    folder = tmp_path / sample.TERM / "schools" / sample.CLEAN
    (folder / "限期复学通知书").mkdir(parents=True)
    (folder / "限期复学通知书" / "1.docx").write_bytes(b"x")
    (folder / "audit.html").write_text("旧")
    audit.run(Workplace(sample_store), audit.SchoolRun("白崖乡中心小学", sample.INSPECTION, tmp_path))
    assert (folder / "限期复学通知书" / "1.docx").read_bytes() == b"x"
    assert "白崖乡中心小学" in (folder / "audit.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"school_id": 21.5}, "school_id 应是文字.*21.5.*float"),
        ({"school_id": True}, "school_id 应是文字.*True.*bool"),
        ({"school_id": "2164000009"}, "没有 2164000009.*2164000001 西乡县第一小学"),
        ({"school_id": "第三中学"}, "3164000003 西乡县第三中学"),
        ({"term": "2025-2026-1"}, "2025-2026-1.*现有：2026-2027-1"),
        ({"term": None}, "term 应是文字"),
        ({"as_of": "2026年11月20日"}, "as_of 应是日期"),
        ({"as_of": 20261120}, "as_of 应是文字"),
        ({"out": ["a"]}, "out 应是文字"),
    ],
)
def test_a_wrong_parameter_is_told_in_one_sentence(sample_store: Store, given: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said) as told:
        audit.parameters(**{"store": str(sample_store.root), **given})
    assert told.value.exit_status == 2


def test_in_a_notebook_a_mistake_is_one_sentence_without_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XUEJI_STORE", str(tmp_path / "没有"))
    with pytest.raises(StoreError) as told:
        audit.parameters()
    done = runner.execute(paths.notebooks("school_audit.ipynb"), {"as_of": "2026-11-20"})
    shown = next(o for cell in done.notebook.cells for o in cell.get("outputs", []) if o.output_type == "error")
    assert (shown.ename, shown.evalue) == ("StoreError", str(told.value))
    assert shown.traceback == [f"StoreError：{told.value}"]


def test_a_failing_cell_leaves_a_masked_notebook_and_nothing_stale(
    sample_store: Store, sample: ModuleType, broken_home: None, tmp_path: Path
) -> None:
    folder = tmp_path / sample.TERM / "schools" / sample.CLEAN
    folder.mkdir(parents=True)
    for name in audit.DELIVERABLES:
        (folder / name).write_text("上次的")
    with pytest.raises(audit.AuditFailed) as told:
        audit.run(Workplace(sample_store), audit.SchoolRun(sample.CLEAN, sample.INSPECTION, tmp_path))
    assert told.value.exit_status == 1
    failed = tmp_path / sample.TERM / "failed" / f"{sample.CLEAN}.ipynb"
    assert str(failed) in str(told.value)
    assert "ValueError" in str(told.value)
    assert [p for p in (tmp_path / sample.TERM).rglob("*") if p.is_file()] == [failed]
    text = failed.read_text("utf-8")
    assert [secret for secret in sample.SECRETS if secret in text + str(told.value)] == []
    assert "没有运行完" in text
    assert "ValueError" in text
    # Another school is well, and its folder whole.
    assert audit.run(Workplace(sample_store), audit.SchoolRun(sample.ODD, sample.INSPECTION, tmp_path)).is_dir()


def test_the_page_asks_for_nothing_and_fits_a_telephone(
    sample_store: Store, sample: ModuleType, tmp_path: Path, browser: Browser
) -> None:
    folder = audit.run(Workplace(sample_store), audit.SchoolRun(sample.BIG, sample.INSPECTION, tmp_path))
    page = browser.new_page(viewport={"width": 390, "height": 844})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((folder / "audit.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    assert asked == [(folder / "audit.html").as_uri()]
    page.close()
