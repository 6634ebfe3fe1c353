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
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import xueji_lib.warm_papermill.lean_imports  # noqa: F401 isort: skip

import nbconvert
import nbformat
import papermill
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import DeadKernelError
from papermill.engines import papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.execute import ERROR_MARKER_TAG

from xueji_lib.notebook import clean_notebook, kit_engine
from xueji_lib.register.masking import mask_sentence
from xueji_lib.support import paths, worker
from xueji_lib.support.os_reasons import sentence_of

if TYPE_CHECKING:
    from nbformat import NotebookNode

# These two have types for some functions only.
_format: Any = nbformat
_convert: Any = nbconvert

STOCK: Final = "stock"
WARM: Final = "warm"

_FOR_PEOPLE: Final = frozenset({"UsageError", "StoreError", "Conflict", "AuditFailed"})
"""Kinds of errors whose text is meant for the user (every ``XuejiError``), by name: they come from another process."""
_PACKAGE_PARENT = Path(__file__).resolve().parents[2]
_SOCKET_LIMIT: Final = 90  # a Unix socket's path has at most 104 (macOS) bytes


@dataclass(frozen=True)
class NotebookRun:
    """A notebook that was run, cleaned. ``error``: a sentence where a cell failed, else empty."""

    notebook: NotebookNode
    error: str

    def text(self) -> str:
        """As an .ipynb file."""
        return str(_format.writes(self.notebook)).rstrip("\n") + "\n"

    def page(self, title: str) -> str:
        """One HTML file without code and without any reference outside itself."""
        body, _ = _exporter(paths.templates("html")).from_notebook_node(self.notebook, {"metadata": {"name": title}})
        return str(body)


@dataclass(frozen=True)
class NotebookProgress:
    """How far a notebook is, sent while it runs (``worker.tell``). ``cell``: the cell as it is kept, None when it
    begins."""

    cell_index: int
    cell: NotebookNode | None = None


def execute(
    notebook: Path,
    parameters: Mapping[str, str],
    drop: tuple[str, ...] = (),
    engine: str = STOCK,
    environment: Mapping[str, str] | None = None,
) -> NotebookRun:
    """Run a notebook with parameters, as far as it goes.

    ``drop`` names parameters that belong to this machine and are not kept. ``engine``: stock or warm; warm takes this
    process for itself while it runs and is for worker processes. ``environment``: handed to the stock engine's kernel
    over this process's own. A failing cell is in ``NotebookRun.error``, and so is a dead kernel.
    """
    started: list[NotebookNode] = []
    error = ""
    reports = _CellReports(parameters, drop)
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
                on_notebook_start=lambda notebook: started.append(notebook),
                on_cell_execute=reports.begun,
                on_cell_executed=reports.done,
                **options,
            )
        except PapermillExecutionError as failure:
            error = f"笔记本第 {failure.exec_count} 格出错：{_said(failure.ename, failure.evalue)}"
        except (RuntimeError, DeadKernelError) as failure:
            error = f"笔记本的运行进程意外退出（{type(failure).__name__}）：可能内存不足，请减少同时运行的数目"
    ran = started[-1] if started else _format.read(notebook, as_version=4)
    return NotebookRun(clean_notebook.clean(ran, parameters, drop), error)


def _said(kind: str, message: str) -> str:
    """What a cell's error says, where its text is for people (``XuejiError``) or the system's; else its kind alone, for
    it may quote a record."""
    if kind in _FOR_PEOPLE:
        return mask_sentence(" ".join(message.split()))
    return sentence_of(message) or kind


def interrupted(
    notebook: Path,
    parameters: Mapping[str, str],
    progress: Iterable[NotebookProgress],
    why: str,
    drop: tuple[str, ...] = (),
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
    stopped = _format.v4.new_markdown_cell("")
    stopped.metadata["tags"] = [ERROR_MARKER_TAG]
    ran.cells.insert(max(last_index, 0), stopped)
    where = f"笔记本第 {number} 格" if number else "笔记本还没开始"
    return NotebookRun(clean_notebook.clean(ran, parameters, drop), f"{where}：{why}")


@dataclass(frozen=True)
class _CellReports:
    """Sends the waiting process which cell this one is at, and each finished cell as it is kept."""

    parameters: Mapping[str, str]
    drop: tuple[str, ...]

    def begun(self, cell: NotebookNode, cell_index: int) -> None:  # noqa: ARG002 nbclient calls by name
        worker.tell(NotebookProgress(cell_index))

    def done(self, cell: NotebookNode, cell_index: int, execute_reply: Any) -> None:  # noqa: ARG002
        cleaned = copy.deepcopy(cell)
        clean_notebook.clean_cell(cleaned, cell_index, self.parameters, self.drop)
        worker.tell(NotebookProgress(cell_index, cleaned))


class _Exporter(_convert.HTMLExporter):  # type: ignore[misc]
    """nbconvert's, without its last step: reading the whole page again to mark images and JupyterLab's own boxes, of
    which our template has none, takes as long as making it."""

    def from_notebook_node(self, nb: NotebookNode, resources: Any = None, **more: Any) -> Any:
        return _convert.TemplateExporter.from_notebook_node(self, nb, self._init_resources(resources), **more)


@cache
def _exporter(templates: Path) -> Any:
    """Made once a process: the first takes a second."""
    return _Exporter(
        template_name="xueji",
        extra_template_basedirs=[str(templates)],
        exclude_input=True,
        exclude_anchor_links=True,
    )


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
