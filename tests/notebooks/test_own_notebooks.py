# ruff: noqa: ISC004 - a cell is a line
"""Somebody's own notebook in the batch: real papermill runs, whole or not at all, only where something changed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat
import papermill
import pytest
from click.testing import CliRunner

from tests.waiting import wait_for
from xueji_lib.batch import BatchOptions
from xueji_lib.batch.own_runs import OwnRequest, OwnResult, run_own
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.cli import xueji
from xueji_lib.notebook.own_notebook import read_own
from xueji_lib.store import Store
from xueji_lib.support import paths
from xueji_lib.support.errors import UsageError
from xueji_lib.warm_papermill import suspicion

pytestmark = pytest.mark.slow

_format: Any = nbformat
DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
PARAMETERS = 'school_id = ""\nterm = ""\nas_of = ""\nstore = ""\nout = ""\nleast = 3\nlabel = "甲"'


def write(file: Path, *cells: str, parameters: str = PARAMETERS) -> Path:
    """A notebook: its parameter cell, then these; a cell that begins with # is Markdown."""
    tagged = _format.v4.new_code_cell(parameters, id="p", metadata={"tags": ["parameters"]})
    made = [
        (_format.v4.new_markdown_cell if cell.startswith("#") else _format.v4.new_code_cell)(cell, id=f"c{n}")
        for n, cell in enumerate(cells)
    ]
    _format.write(_format.v4.new_notebook(cells=[tagged, *made]), str(file))
    return file


def run(file: Path, store: Store, sample: ModuleType, out: Path, each: str = "school", **options: Any) -> OwnResult:
    notebook = read_own(file)
    values = notebook.with_values(options.pop("values", ()))
    request = OwnRequest(notebook, each, values)
    return run_own(Workplace(store), sample.INSPECTION, out, request, BatchOptions(1, **options))


def folder_of(out: Path, sample: ModuleType, name: str) -> Path:
    return out / sample.TERM / "notebooks" / name


def test_a_new_notebook_runs_at_once_under_papermill_and_in_the_batch(
    sample_store: Store, sample: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made = CliRunner().invoke(xueji, ["new-notebook", "看人数"])
    assert made.exit_code == 0, made.output
    monkeypatch.setenv("XUEJI_STORE", str(sample_store.root))
    papermill.execute_notebook("看人数.ipynb", "stock.ipynb", kernel_name="python3", progress_bar=False)
    arguments = ["--store", str(sample_store.root), "batch", "--term", sample.TERM, "--as-of", str(sample.AS_OF)]
    arguments += ["--notebook", "看人数.ipynb", "--out", "out", "--jobs", "1"]
    done = CliRunner().invoke(xueji, arguments)
    assert done.exit_code == 0, done.output
    folder = folder_of(tmp_path / "out", sample, "看人数")
    assert {path.name for path in folder.iterdir() if path.is_dir()} == {
        sample.BIG, sample.CLEAN, sample.EMPTY, sample.ODD,
    }  # fmt: skip
    page = (folder / sample.BIG / "看人数.html").read_text("utf-8")
    assert "西乡县第一小学" in page
    assert "各年级人数" in page
    assert not [secret for secret in sample.SECRETS if secret in page]
    assert (folder / sample.BIG / "各年级人数.csv").is_file()
    index = (folder / "index.html").read_text("utf-8")
    assert "西乡县第一小学" in index and "完成 4 份" in index
    again = CliRunner().invoke(xueji, arguments)
    assert again.exit_code == 0 and "跳过 4 份" in again.output
    refused = CliRunner().invoke(xueji, ["new-notebook", "看人数"])
    assert isinstance(refused.exception, UsageError) and "已经有了" in str(refused.exception)


def test_the_new_notebook_gives_no_reason_to_give_a_process_up() -> None:
    book = _format.read(str(paths.templates("notebooks", "starter.ipynb")), as_version=4)
    assert suspicion.in_notebook(book) == []


def test_only_what_changed_is_run_again_and_a_failure_stops_nobody_else(
    sample_store: Store, sample: ModuleType, tmp_path: Path
) -> None:
    file, out = tmp_path / "我的.ipynb", tmp_path / "out"
    bad = f"if school_id == '{sample.ODD}':\n    raise KeyError('列名')\nschool_id, least, label"
    write(file, "## 一、看人数", bad, "open(out + '/另存.txt', 'w').write('x')")
    result = run(file, sample_store, sample, out, values=["least=5", "label=7"])
    folder = folder_of(out, sample, "我的")
    assert (len(result.done), result.skipped, result.left_out) == (3, [], True)
    (why,) = result.failed.values()
    assert "第 3 格（一、看人数）出错：KeyError" in why
    assert "(&#39;2164000001&#39;, 5, &#39;7&#39;)" in (folder / sample.BIG / "我的.html").read_text("utf-8")
    assert (folder / "failed" / f"{sample.ODD}.ipynb").is_file()
    assert not (folder / sample.ODD).exists()
    assert "第 3 格（一、看人数）出错" in (folder / "index.html").read_text("utf-8")

    again = run(file, sample_store, sample, out, values=["least=5", "label=7"])
    assert (again.done, len(again.skipped), len(again.failed)) == ([], 3, 1)
    (folder / sample.CLEAN / "我的.html").write_text("别的", "utf-8")  # not what was written
    assert len(run(file, sample_store, sample, out, values=["least=5", "label=7"]).done) == 1
    assert len(run(file, sample_store, sample, out, values=["least=6", "label=7"]).done) == 3  # another parameter
    write(file, "## 一、看人数", "school_id")  # another notebook: mended, and it saves no file any more
    mended = run(file, sample_store, sample, out, values=["least=6", "label=7"])
    assert (len(mended.done), mended.failed, mended.left_out) == (4, {}, False)
    assert not (folder / sample.BIG / "另存.txt").exists()
    assert not (folder / "failed" / f"{sample.ODD}.ipynb").exists()


def test_townships_and_terms_have_a_run_each(sample_store: Store, sample: ModuleType, tmp_path: Path) -> None:
    out = tmp_path / "out"
    file = write(tmp_path / "乡镇.ipynb", "township, term", parameters='township = ""\nterm = ""')
    assert sorted(run(file, sample_store, sample, out, "township").done) == ["什字镇", "城关镇", "白崖乡"]
    assert "白崖乡" in (folder_of(out, sample, "乡镇") / "白崖乡" / "乡镇.html").read_text("utf-8")
    assert run(file, sample_store, sample, out, "term").done == [f"{sample.TERM} 学期"]
    with pytest.raises(UsageError, match="参数格里没有 school_id"):
        run(file, sample_store, sample, out)


def test_what_is_shown_is_searched_for_numbers_and_everything_lies_in_the_page(
    sample_store: Store, sample: ModuleType, tmp_path: Path
) -> None:
    (tmp_path / "dot.png").write_bytes(__import__("base64").b64decode(DOT))
    number = repr(sample.ID)
    cells = [
        "# 图\n\n![点](dot.png) ![没有](none.png) ![网上](http://example.invalid/x.png)",
        f"n = ''.join({list(sample.ID)!r})\nprint('打印', n)",
        "from IPython.display import HTML, JSON, Markdown, Latex, SVG, Javascript, Image\n"
        "HTML('<td title=\"' + n + '\">' + n + '</td>')",
        "display(Markdown('**粗** ' + n), JSON({'号': n, '数': int(n)}), Latex('$x^2$'))",
        "display(SVG('<svg xmlns=\"http://www.w3.org/2000/svg\"><text>' + n + '</text></svg>'), Javascript('1'))",
        "import ipywidgets\nipywidgets.IntSlider(3)",
        "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()",
    ]
    file, out = write(tmp_path / "看.ipynb", *cells), tmp_path / "out"
    result = run(file, sample_store, sample, out, only=[sample.BIG])
    assert result.failed == {}
    assert result.masked >= 6
    assert [note for note in result.notes if "none.png" in note] and [note for note in result.notes if "网上" in note]
    made = [file for file in folder_of(out, sample, "看").rglob("*") if file.is_file()]
    assert not [file.name for file in made if sample.ID in file.read_text("utf-8") or number in file.read_text("utf-8")]
    page = (folder_of(out, sample, "看") / sample.BIG / "看.html").read_text("utf-8")
    assert page.count("data:image/png;base64") == 2
    assert page.count("data:image/svg+xml;base64") == 2  # the drawing, and the formula
    for words in (
        "打印 640422",
        "<strong>粗</strong>",
        "JavaScript，存下来的网页里不运行",
        "交互控件",
        "图片没有放进来：<code>none.png</code>",
    ):
        assert words in page, words


def test_mistakes_are_said_in_a_sentence(sample_store: Store, sample: ModuleType, tmp_path: Path) -> None:
    file = write(tmp_path / "我的.ipynb", "1")
    with pytest.raises(UsageError, match="没有参数 laest。是不是想写 least"):
        read_own(file).with_values(["laest=3"])
    with pytest.raises(UsageError, match="名字=值"):
        read_own(file).with_values(["least"])
    with pytest.raises(UsageError, match="不是 Jupyter 笔记本"):
        read_own(Path(__file__))
    with pytest.raises(UsageError, match="打不开笔记本"):
        read_own(tmp_path / "none.ipynb")
    plain = _format.v4.new_notebook(cells=[_format.v4.new_code_cell("1")])
    _format.write(plain, str(tmp_path / "plain.ipynb"))
    with pytest.raises(UsageError, match="没有参数格"):
        read_own(tmp_path / "plain.ipynb")


def test_a_kill_in_the_middle_leaves_whole_runs_and_the_next_goes_on(
    sample_store: Store, sample: ModuleType, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    slow = (
        f"import time\nopen(out + '/half.txt', 'w').write('x')\ntime.sleep(300 if school_id == '{sample.EMPTY}' else 0)"
    )
    write(tmp_path / "慢.ipynb", slow)
    command = [sys.executable, "-m", "xueji_lib", "--store", str(sample_store.root), "batch", "--term", sample.TERM]
    command += [
        "--as-of",
        str(sample.AS_OF),
        "--notebook",
        str(tmp_path / "慢.ipynb"),
        "--out",
        str(out),
        "--jobs",
        "1",
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    folder = folder_of(out, sample, "慢")
    assert wait_for(
        lambda: (folder / sample.CLEAN / "慢.html").exists() and bool(list(folder.glob(f".{sample.EMPTY}.*/half.txt"))),
        200,
    )
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    time.sleep(1)  # its worker ends when the pipe does
    assert not (folder / sample.EMPTY).exists()
    kept = json.loads((folder / "manifest.journal").read_text("utf-8").splitlines()[0])
    assert kept[sample.BIG]["status"] == "完成"
    result = run(tmp_path / "慢.ipynb", sample_store, sample, out, only=[sample.BIG, sample.CLEAN, sample.ODD])
    assert len(result.skipped) == 2
    assert not list(folder.glob(f".{sample.EMPTY}.*"))
