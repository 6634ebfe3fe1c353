"""Notebooks run under both engines, and what they show, made comparable; the table of all small notebooks.

python -m tests.notebooks.both_engines            # runs them all; a line for each that differs, then the table
python -m tests.notebooks.both_engines recursion  # those with this word in their names
"""

from __future__ import annotations

import json
import os
import re
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import nbformat
import papermill
from jupyter_client.manager import AsyncKernelManager
from papermill.engines import papermill_engines

from tests.notebooks import process_state, small_notebooks
from tests.notebooks.changing_notebooks import CHANGING
from tests.notebooks.small_notebooks import Cell, SmallNotebook
from xueji_lib import batch
from xueji_lib.notebook import kit_engine
from xueji_lib.support import pool
from xueji_lib.support.worker_process import WorkerLost

_format: Any = nbformat
ADDRESS = re.compile(
    r"0x[0-9a-f]{6,}|(?<![0-9a-f])[0-9a-f]{32}|ipykernel_\d+/\d+\.py|Cell In\[\d+\]|/tmp/tmp\w+"
    r"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+|Thread-\d+"
)
"""What differs between any two runs: addresses, ids of models, numbers of processes, temporary folders, moments."""
_LIBRARY_FRAME = re.compile(r"File .{0,20}\S*(?:site-packages|lib[/\\]python|warm_papermill)")
_PRINTED_TRACEBACK = re.compile(r"Traceback \(most recent call last\):\n(?:.|\n)*\n(?=\w+Error: )")
_LOOP = re.compile(r"^(?:Exception in callback |handle: <Handle |ERROR:tornado\.).*\n", re.MULTILINE)
"""How the event loop introduces an error in sending: which of its callbacks sent, depends on the moment."""
PATIENCE: Final = 120.0
"""Seconds a small notebook may take under either engine: it takes one, on a busy machine ten."""
_SECONDS = re.compile(r"[\d.]+ ?(毫秒|秒)")


def write(file: Path, cells: SmallNotebook) -> Path:
    """The notebook of these cells, as a file."""
    book = _format.v4.new_notebook(cells=[_cell(cell, f"c{n}") for n, cell in enumerate(cells)])
    _format.write(book, str(file))
    return file


def _cell(cell: str | Cell, cell_id: str) -> Any:
    if isinstance(cell, str):
        return _format.v4.new_code_cell(cell, id=cell_id)
    make = getattr(_format.v4, f"new_{cell.kind}_cell")
    made = make(cell.source, id=cell_id, metadata={"tags": list(cell.tags)} if cell.tags else {})
    if cell.attachments:
        made.attachments = _format.from_dict(dict(cell.attachments))
    return made


def outputs(book: Any) -> list[dict[str, Any]]:
    """What a notebook shows, without what differs between any two runs: addresses, model ids, seconds.

    The stock engine sends what was printed when a timer strikes: pieces of one stream next to each other are one."""
    shown: list[dict[str, Any]] = []
    for cell in book.cells:
        if cell.cell_type != "code":
            continue
        merged: list[Any] = []
        for output in json.loads(json.dumps(cell.outputs)):
            last = merged[-1] if merged else {}
            if output["output_type"] == "stream" and last.get("name") == output["name"]:
                last["text"] += output["text"]
            else:
                merged.append(output)
        for output in merged:
            if output["output_type"] == "error":
                output["traceback"] = _own_frames(output["traceback"])
            elif output["output_type"] == "stream":
                output["text"] = _LOOP.sub("", _PRINTED_TRACEBACK.sub("", output["text"]))
        text = json.dumps(merged, ensure_ascii=False, sort_keys=True)
        text = _SECONDS.sub(r"? \1", ADDRESS.sub("?", text))
        shown.append({"count": cell.execution_count, "tags": cell.metadata.get("tags"), "outputs": json.loads(text)})
    return shown


def _own_frames(traceback: list[str]) -> list[str]:
    """A traceback without the frames of libraries, which lie deeper in one engine, and without repetitions: how deep a
    recursion goes depends on what it began in."""
    return list(dict.fromkeys(frame for frame in traceback if not _LIBRARY_FRAME.search(frame)))


def run(file: Path, engine: str, given: dict[str, str] | None = None) -> tuple[Any, str]:
    """The notebook and what papermill raised. In a worker for the warm engine, as it is meant."""
    out = file.with_name(f"{engine}-{file.name}")
    os.environ.pop("PYTEST_CURRENT_TEST", None)  # with it ipykernel leaves out what child processes print
    error = ""
    with tempfile.TemporaryDirectory() as sockets:
        if engine == "warm":
            papermill_engines.register("xueji", kit_engine.KitEngine)
            options: dict[str, Any] = {"engine_name": "xueji"}
        else:
            manager = _manager_class(Path(sockets))
            options = {"engine_name": None, "kernel_manager_class": manager, "start_timeout": PATIENCE}
        try:
            papermill.execute_notebook(
                file, out, given or {}, kernel_name="python3", language="python", progress_bar=False, **options
            )
        except papermill.PapermillExecutionError as failure:
            error = f"{failure.ename} {failure.evalue} {failure.exec_count} {failure.cell_index}"
        except Exception as failure:  # noqa: BLE001 compared with the other engine's
            error = type(failure).__name__
    return _format.read(out, as_version=4) if out.exists() else None, error


def _manager_class(sockets: Path) -> type[AsyncKernelManager]:
    """The stock manager of kernels, whose kernel is reached over sockets in this folder.

    Over TCP it takes five numbers of ports that were free a moment ago. Where many kernels and browsers start at once
    another process may have one by then: the kernel dies at its start, or its client waits for ever at another's."""

    class Manager(AsyncKernelManager):
        """Of one kernel."""

        def __init__(self, **options: Any) -> None:
            super().__init__(**{**options, "transport": "ipc", "connection_file": str(sockets / "k.json")})

    return Manager


# ---- the table of small notebooks ----


@dataclass(frozen=True)
class Comparison:
    """What became of one small notebook. ``differences``: what the engines show otherwise, empty where they agree;
    ``left``: what the notebook changed in its process and nobody put back; ``retired``: why the process was given
    up."""

    name: str
    differences: list[str]
    left: list[str]
    retired: list[str]
    stock_seconds: float
    warm_seconds: float

    @property
    def well(self) -> bool:
        """Both show the same, and whoever runs next finds the process as it was."""
        return not self.differences and not (self.left and not self.retired)


def all_notebooks() -> dict[str, SmallNotebook]:
    """By their names."""
    return {**small_notebooks.ALL, **CHANGING}


def compared(names: Sequence[str], folder: Path) -> list[Comparison]:
    """These small notebooks under both engines, each in a folder of its own."""
    notebooks = all_notebooks()
    with pool.Workers(1, PATIENCE, warm=batch.WARM) as warm, pool.Workers(2, PATIENCE) as stock:
        files = {}
        waiting = {}
        for name in names:
            for engine, workers in (("stock", stock), ("warm", warm)):
                place = folder / engine / re.sub(r"\W", "-", name)
                place.mkdir(parents=True)
                files[name, engine] = write(place / "book.ipynb", notebooks[name])
                waiting[name, engine] = workers.submit(one_run, files[name, engine], engine)
        for name in names:
            if _is_slow(waiting[name, "stock"]):
                waiting[name, "stock"] = stock.submit(one_run, files[name, "stock"], "stock")
        ran = {(name, engine): _answer(name, run_of_notebook) for (name, engine), run_of_notebook in waiting.items()}
        return [_comparison(name, notebooks[name], ran[name, "stock"], ran[name, "warm"]) for name in names]


def _is_slow(run_of_notebook: Future[Any]) -> bool:
    """Whether it was stopped for its time. A kernel of the stock engine, seldom, does not answer its client for ever:
    that is nothing about the notebook, and a second kernel says what it shows."""
    error = run_of_notebook.exception()
    return isinstance(error, WorkerLost) and error.slow


def _answer(name: str, run_of_notebook: Future[Any]) -> Any:
    """What ``one_run`` returned. An error says which notebook it was."""
    try:
        return run_of_notebook.result()
    except WorkerLost as error:
        error.add_note(f"notebook: {name}")
        raise


def one_run(file: Path, engine: str) -> tuple[Any, str, float, list[str], list[str]]:
    """In a worker: the notebook, papermill's error, seconds, what is left of it in this process, why it is given up."""
    os.environ.setdefault("IPYTHONDIR", tempfile.mkdtemp(prefix="ipython-"))
    os.environ.pop("PYTEST_CURRENT_TEST", None)
    retired: list[str] = []
    given = {"a": "5"} if "parameters" in file.parent.name else None
    before = process_state.state() if engine == "warm" else {}
    started = time.perf_counter()
    with process_state.retirement_noted(retired):
        book, error = run(file, engine, given)
    took = time.perf_counter() - started
    after = process_state.state() if engine == "warm" else {}
    left = [name for name in before | after if before.get(name) != after.get(name)]
    return book, error, took, left, retired


def _comparison(name: str, cells: SmallNotebook, stock: Any, warm: Any) -> Comparison:
    (stock_book, stock_error, stock_seconds, _, _), (warm_book, warm_error, warm_seconds, left, retired) = stock, warm
    differences = [] if stock_error == warm_error else [f"error: {stock_error!r} ≠ {warm_error!r}"]
    if (stock_book is None) != (warm_book is None):
        differences.append(f"a notebook: {stock_book is not None} ≠ {warm_book is not None}")
    elif stock_book is not None:
        theirs, ours = outputs(stock_book), outputs(warm_book)
        if len(theirs) != len(ours):
            differences.append(f"{len(theirs)} ≠ {len(ours)} cells")
        for number, (their, our) in enumerate(zip(theirs, ours, strict=False)):
            if their != our:
                differences.append(f"cell {number}:\n   stock {_short(their)}\n   warm  {_short(our)}")
    return Comparison(name, differences, left, retired, stock_seconds, warm_seconds)


def _short(shown: Any) -> str:
    text = json.dumps(shown, ensure_ascii=False)
    return text if len(text) < 1500 else f"{text[:700]} … {text[-700:]}"


def table(comparisons: Sequence[Comparison]) -> str:
    """A Markdown table, a line a notebook."""
    lines = ["| notebook | outputs | process | stock (s) | warm (s) |", "| --- | --- | --- | --- | --- |"]
    for c in comparisons:
        process = (
            f"given up: {'; '.join(c.retired)}" if c.retired else "left: " + ", ".join(c.left) if c.left else "put back"
        )
        same = "differ" if c.differences else "the same"
        lines.append(f"| {c.name} | {same} | {process} | {c.stock_seconds:.1f} | {c.warm_seconds:.2f} |")
    return "\n".join(lines)
