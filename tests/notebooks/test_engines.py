"""The warm engine beside the stock one: the same outputs, the same errors; nothing of one notebook in the next."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat
import papermill
import pytest
from papermill.engines import papermill_engines

from tests.notebooks import cases
from tests.notebooks.both_engines import ADDRESS, outputs, run, write
from xueji_lib import batch
from xueji_lib.notebook import kit_engine, runner
from xueji_lib.store import Store
from xueji_lib.support import paths, pool
from xueji_lib.warm_papermill import clean_slate

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pool.Workers]:
    with pytest.MonkeyPatch.context() as patch, pool.Workers(1, warm=batch.WARM) as made:
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        yield made


def test_everything_a_cell_can_show_comes_out_as_from_the_stock_engine(tmp_path: Path, workers: pool.Workers) -> None:
    file = write(tmp_path / "rich.ipynb", cases.RICH)
    stock, no_error = run(file, "stock")
    warm, none_either = workers.submit(run, file, "warm").result()
    assert (no_error, none_either) == ("", "")
    for number, (theirs, ours) in enumerate(zip(outputs(stock), outputs(warm), strict=True)):
        assert ours == theirs, cases.RICH[number]
    assert warm.metadata.language_info == stock.metadata.language_info
    states = [
        sorted(json.dumps(model, sort_keys=True) for model in book.metadata.widgets[kind]["state"].values())
        for book in (stock, warm)
        for kind in ["application/vnd.jupyter.widget-state+json"]
    ]
    hidden = [[ADDRESS.sub("?", model) for model in state] for state in states]
    assert len(hidden[0]) >= 4
    assert sorted(hidden[0]) == sorted(hidden[1])


def test_a_failing_notebook_fails_in_the_same_way(tmp_path: Path, workers: pool.Workers) -> None:
    files = {name: write(tmp_path / f"{name}.ipynb", cells) for name, cells in cases.ENDINGS.items()}
    with pool.Workers(2) as others:
        stock_runs = {name: others.submit(run, file, "stock") for name, file in files.items()}
        for name, file in files.items():
            stock, theirs = stock_runs[name].result()
            warm, ours = workers.submit(run, file, "warm").result()
            assert (name, ours) == (name, theirs) != (name, "")
            assert (name, outputs(warm)) == (name, outputs(stock))
            assert [c.source for c in warm.cells] == [c.source for c in stock.cells]


@pytest.mark.parametrize("name", sorted(file.name for file in paths.notebooks().glob("*.ipynb")))
def test_the_kits_own_notebooks_say_the_same(
    name: str, sample_store: Store, sample: ModuleType, tmp_path: Path, workers: pool.Workers
) -> None:
    file = tmp_path / name
    shutil.copy(paths.notebooks(name), file)
    known = set(papermill.inspect_notebook(str(file)))
    possible = {"store": str(sample_store.root), "term": sample.TERM, "as_of": sample.AS_OF.isoformat()}
    given = {key: value for key, value in possible.items() if key in known}
    stock, theirs = run(file, "stock", given)
    warm, ours = workers.submit(run, file, "warm", given).result()
    assert ours == theirs
    assert outputs(warm) == outputs(stock)
    assert any(shown["outputs"] for shown in outputs(warm))


def test_what_is_kept_of_a_school_is_the_same_to_the_byte(
    sample_store: Store, sample: ModuleType, broken_home: None, tmp_path: Path, workers: pool.Workers
) -> None:
    given = {"school_id": sample.CLEAN, "term": sample.TERM, "as_of": sample.AS_OF.isoformat()}
    given |= {"store": str(sample_store.root)}
    for file, error in (
        (paths.notebooks("school_audit.ipynb"), "笔记本第 11 格（逐班核对）出错：ValueError"),
        (BOOK, ""),
    ):
        stock = runner.execute(file, given, ("store",))
        warm = workers.submit(execute_at, paths.home(), file, given).result()
        assert (stock.error, warm.error) == (error, error)
        assert warm.text() == stock.text()
        assert warm.page("页") == stock.page("页")


BOOK = paths.notebooks("school_audit.ipynb")


def execute_at(home: Path, file: Path, given: dict[str, str]) -> runner.NotebookRun:
    """In a worker that was started before the test chose its home."""
    os.environ["XUEJI_HOME"] = str(home)
    try:
        return runner.execute(file, given, ("store",), engine="warm")
    finally:
        del os.environ["XUEJI_HOME"]


# ---- leaks ----


def before_and_after(folder: Path, keep: bool) -> dict[str, tuple[Any, Any]]:
    """Per leak: what a probing notebook shows before and after one that soils the process. Without ``keep`` the
    process is not put back: then every probe must see the dirt, or it proves nothing."""
    papermill_engines.register("xueji", kit_engine.KitEngine)
    with pytest.MonkeyPatch.context() as patch:
        if not keep:
            patch.setattr(clean_slate, "preserved", lambda *_: contextlib.nullcontext())
        seen = {}
        for name, (soil, probe) in cases.LEAKS.items():
            shown = []
            for cells in ([probe], [soil], [probe]):
                file = write(folder / "leak.ipynb", [cases.start(folder), *cells])
                book, error = run(file, "warm")
                assert error == "", (name, error, outputs(book))
                shown.append(outputs(book)[-1]["outputs"])
            seen[name] = (shown[0], shown[2])
        return seen


def test_nothing_of_a_notebook_is_in_the_next(tmp_path: Path) -> None:
    with pool.Workers(1, warm=batch.WARM) as workers:
        clean = workers.submit(before_and_after, tmp_path, True).result()
    assert {name: seen for name, seen in clean.items() if seen[0] != seen[1]} == {}


def test_every_leak_would_be_seen(tmp_path: Path) -> None:
    with pool.Workers(1, warm=batch.WARM) as workers:
        soiled = workers.submit(before_and_after, tmp_path, False).result()
    # A fresh shell and a fresh context close these two by themselves.
    assert {name for name, seen in soiled.items() if seen[0] == seen[1]} == cases.CLOSED_BY_THE_KERNEL


@pytest.mark.parametrize(("code", "retires"), cases.RETIRING)
def test_a_process_that_cannot_be_put_back_is_given_up(
    code: str, retires: bool, tmp_path: Path, workers: pool.Workers
) -> None:
    (tmp_path / "own_module.py").write_text("VALUE = 1\n")
    file = write(tmp_path / "given_up.ipynb", [cases.start(tmp_path), code])
    book = nbformat.read(str(file), as_version=4)
    residue = workers.submit(cases.reasons_of, book).result()
    assert bool(residue) == retires, residue
