"""The checklist notebook: thin, and prepared for one school by papermill."""

from __future__ import annotations

import ast
import json
from types import ModuleType

import pytest

from xueji_lib.notebook import runner
from xueji_lib.store import Store
from xueji_lib.support import paths

pytestmark = pytest.mark.slow


def test_the_notebook_is_thin_and_kept_without_outputs() -> None:
    cells = json.loads(paths.notebooks("checklist.ipynb").read_text("utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert len(code) <= 12
    assert code[0]["metadata"]["tags"] == ["parameters"]
    assert [cell["outputs"] for cell in code] == [[]] * len(code)
    nodes = [node for cell in code for top in ast.parse("".join(cell["source"])).body for node in ast.walk(top)]
    assert not [n for n in nodes if isinstance(n, ast.FunctionDef | ast.For | ast.While | ast.If | ast.comprehension)]


def test_papermill_prepares_it_for_a_school(
    sample_store: Store, sample: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SERVER_SOFTWARE", raising=False)
    given = {"school_id": sample.BIG, "as_of": sample.AS_OF.isoformat(), "store": str(sample_store.root)}
    done = runner.execute(paths.notebooks("checklist.ipynb"), given)
    assert done.error == ""
    shown = [out.data for cell in done.notebook.cells for out in cell.get("outputs", []) if "data" in out]
    # The head, two for each violation, the roll, what waits for the school, the record and its papers, the end.
    assert sum("application/vnd.jupyter.widget-view+json" in data for data in shown) == 20
    assert [secret for secret in sample.SECRETS if secret in done.text()] == []
