"""Runs a notebook through papermill, by its stock engine or the warm one, and cleans what is kept of it.

The stock engine's kernel is this very Python in a process of its own, whatever kernels the machine has registered,
and talks over local sockets where the platform has them; the warm engine (``kit_engine``) runs the cells in this
process. Both give the same outputs. Nothing reaches the disk before it is cleaned: no
timings, no paths of this machine, no text that a library printed, no message of an unexpected error (it may
quote a record): docs/data-contract.md, 4.
"""

from __future__ import annotations

import copy
import os
import re
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import xueji_lib.warm_papermill.lean_imports  # noqa: F401 isort: skip

import nbformat
import papermill
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import DeadKernelError
from papermill.engines import papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.execute import ERROR_MARKER_TAG

from xueji_lib.notebook import clean_notebook, kit_engine, notebook_page
from xueji_lib.notebook.own_output import Masking
from xueji_lib.register.masking import mask_sentence
from xueji_lib.support import worker
from xueji_lib.support.os_reasons import sentence_of

if TYPE_CHECKING:
    from nbformat import NotebookNode

_format: Any = nbformat  # it has types for some functions only

STOCK: Final = "stock"
WARM: Final = "warm"

_FOR_PEOPLE: Final = frozenset({"UsageError", "StoreError", "Conflict", "AuditFailed"})
"""Kinds of errors whose text is meant for the user (every ``XuejiError``), by name: they come from another process."""
_HEADING: Final = re.compile(r"^#{1,6}\s+(.+?)\s*#*\s*$", re.MULTILINE)
_LONGEST: Final = 200
"""Characters of an error's message that are said."""
_PACKAGE_PARENT = Path(__file__).resolve().parents[2]
_SOCKET_LIMIT: Final = 90  # a Unix socket's path has at most 104 (macOS) bytes


@dataclass(frozen=True)
class NotebookRun:
    """A notebook that was run, cleaned. ``error``: a sentence where a cell failed, else empty; ``masked``: in how many
    texts of somebody's own notebook a number was masked; ``error_kind``: the kind of a failed cell's error, by name."""

    notebook: NotebookNode
    error: str
    masked: int = 0
    error_kind: str = ""

    def text(self) -> str:
        """As an .ipynb file."""
        return str(_format.writes(self.notebook)).rstrip("\n") + "\n"

    def page(self, title: str) -> str:
        """One HTML file without code and without any reference outside itself."""
        return notebook_page.page(self.notebook, title)


@dataclass(frozen=True)
class NotebookProgress:
    """How far a notebook is, sent while it runs (``worker.tell``). ``cell``: the cell as it is kept, None when it
    begins."""

    cell_index: int
    cell: NotebookNode | None = None


def execute(
    notebook: Path,
    parameters: Mapping[str, Any],
    drop: tuple[str, ...] = (),
    engine: str = STOCK,
    environment: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    own: bool = False,
) -> NotebookRun:
    """Run a notebook with parameters, as far as it goes.

    ``drop`` names parameters that belong to this machine and are not kept. ``engine``: stock or warm; warm takes this
    process for itself while it runs and is for worker processes. ``environment``: handed to the stock engine's kernel
    over this process's own. ``cwd``: the folder in which it runs. ``own``: it is not the kit's: what it prints and the
    messages of its errors are kept too, and every text is searched for numbers. A failing cell is in
    ``NotebookRun.error``, by its number and title, and so is a dead kernel.
    """
    started: list[NotebookNode] = []
    failure_of: PapermillExecutionError | None = None
    error = ""
    reports = _CellReports(parameters, drop, own)
    with tempfile.TemporaryDirectory(prefix="xueji-", ignore_cleanup_errors=True) as temp:
        options: dict[str, Any] = {"engine_name": None}
        if engine == WARM:
            # By name where the kit is installed; a checkout's metadata may be older than its code.
            papermill_engines.register(kit_engine.NAME, kit_engine.KitEngine)
            options = {"engine_name": kit_engine.NAME}
        else:
            manager = _manager_class(Path(temp), environment or {})
            options |= {"kernel_manager_class": manager, "shutdown_kernel": "immediate"}
        try:
            papermill.execute_notebook(
                notebook,
                None,  # nothing is written: see above
                dict(parameters),
                kernel_name="python3",
                language="python",
                progress_bar=False,
                request_save_on_cell_execute=False,
                autosave_cell_every=0,
                start_timeout=120,
                record_timing=False,
                cwd=None if cwd is None else str(cwd),
                on_notebook_start=lambda notebook: started.append(notebook),
                on_cell_execute=reports.begun,
                on_cell_executed=reports.done,
                **options,
            )
        except PapermillExecutionError as failure:
            failure_of = failure
        except (RuntimeError, DeadKernelError) as failure:
            error = f"笔记本的运行进程意外退出（{type(failure).__name__}）：可能内存不足，请减少同时运行的数目"
    ran = started[-1] if started else _format.read(notebook, as_version=4)
    if failure_of is not None:
        at = _cell_name(failure_of.exec_count, _title(ran, failure_of.source))
        error = f"{at}出错：{_said(failure_of.ename, failure_of.evalue, own)}"
    masking = Masking() if own else None
    cleaned = clean_notebook.clean(ran, parameters, drop, masking)
    return NotebookRun(
        cleaned, error, masking.count if masking else 0, str(failure_of.ename) if failure_of is not None else ""
    )


def _cell_name(number: int, title: str) -> str:
    return f"笔记本第 {number} 格（{title}）" if title else f"笔记本第 {number} 格"


def _title(notebook: NotebookNode, source: str) -> str:
    """The heading under which a code cell stands; "" where there is none."""
    title = ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and ERROR_MARKER_TAG not in cell.metadata.get("tags", []):
            headings = _HEADING.findall(cell.source)
            title = headings[-1].strip() if headings and "guide" not in cell.metadata.get("tags", []) else title
        elif cell.cell_type == "code" and cell.source == source:
            break
    return mask_sentence(title)


def _said(kind: str, message: str, own: bool) -> str:
    """What a cell's error says, where its text is for people (``XuejiError``) or the system's; else its kind, for it
    may quote a record. Whoever wrote the notebook needs the message too: numbers in it are masked."""
    masked = mask_sentence(" ".join(message.split()))
    if kind in _FOR_PEOPLE:
        return masked
    return sentence_of(message) or (f"{kind}：{masked[:_LONGEST]}" if own and masked else kind)


def interrupted(
    notebook: Path,
    parameters: Mapping[str, Any],
    progress: Iterable[NotebookProgress],
    why: str,
    drop: tuple[str, ...] = (),
    own: bool = False,
) -> NotebookRun:
    """The notebook as far as it went in a process that died. ``why``: what ended it, without naming the cell."""
    ran = papermill.execute_notebook(
        notebook,
        None,
        dict(parameters),
        prepare_only=True,
        kernel_name="python3",
        language="python",
        progress_bar=False,
    )
    last_index = -1
    for step in progress:
        last_index = step.cell_index
        if step.cell is not None:
            ran.cells[step.cell_index] = step.cell
    number = sum(1 for cell in ran.cells[: last_index + 1] if cell.cell_type == "code")
    title = _title(ran, ran.cells[last_index].source) if number else ""
    stopped = _format.v4.new_markdown_cell("")
    stopped.metadata["tags"] = [ERROR_MARKER_TAG]
    ran.cells.insert(max(last_index, 0), stopped)
    where = _cell_name(number, title) if number else "笔记本还没开始"
    masking = Masking() if own else None
    return NotebookRun(clean_notebook.clean(ran, parameters, drop, masking), f"{where}：{why}")


@dataclass(frozen=True)
class _CellReports:
    """Sends the waiting process which cell this one is at, and each finished cell as it is kept."""

    parameters: Mapping[str, Any]
    drop: tuple[str, ...]
    own: bool

    def begun(self, cell: NotebookNode, cell_index: int) -> None:  # noqa: ARG002 nbclient calls by name
        worker.tell(NotebookProgress(cell_index))

    def done(self, cell: NotebookNode, cell_index: int, execute_reply: Any) -> None:  # noqa: ARG002
        cleaned = copy.deepcopy(cell)
        masking = Masking() if self.own else None
        clean_notebook.clean_cell(cleaned, cell_index, self.parameters, self.drop, masking)
        worker.tell(NotebookProgress(cell_index, cleaned))


def _manager_class(temp: Path, environment: Mapping[str, str]) -> type[AsyncKernelManager]:
    """A kernel manager that starts this Python, with its files in ``temp``, and talks to it over sockets of the file
    system where the platform has them."""
    transport = "ipc" if os.name == "posix" and len(str(temp)) < _SOCKET_LIMIT else "tcp"
    inherited = os.environ.get("PYTHONPATH")
    environment = {
        **environment,
        "PYTHONPATH": os.pathsep.join(filter(None, [str(_PACKAGE_PARENT), inherited])),
        "IPYTHONDIR": str(temp),  # no start-up files, no history of whoever runs it
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
    argv = [sys.executable, "-Xfrozen_modules=off", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = KernelSpec(argv=argv, env=environment, **clean_notebook.KERNELSPEC)

    class Manager(AsyncKernelManager):
        """Knows one kernel only."""

        def __init__(self, **options: Any) -> None:
            super().__init__(**{**options, "transport": transport, "connection_file": str(temp / "k.json")})

        @property
        def kernel_spec(self) -> KernelSpec:
            return spec

    return Manager
