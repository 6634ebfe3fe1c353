"""A notebook through papermill, by its stock engine or the warm one, and what is kept of it.

The stock engine's kernel is this very Python in a process of its own, whatever kernels the machine has registered,
and talks over local sockets where the platform has them; the warm engine (``warm_engine``) runs the cells in this
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
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import xueji_lib.notebook.lean_imports  # noqa: F401 isort: skip

import nbconvert
import nbformat
import papermill
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import DeadKernelError
from papermill.engines import papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.execute import ERROR_MARKER_TAG

from xueji_lib.notebook import warm_engine
from xueji_lib.register.identity import mask_text
from xueji_lib.support import errors, paths, worker

if TYPE_CHECKING:
    from nbformat import NotebookNode

# These two have types for some functions only.
_format: Any = nbformat
_convert: Any = nbconvert

STOCK: Final = "stock"
WARM: Final = "warm"
ENGINES: Final = (STOCK, WARM)

_PACKAGE_PARENT = Path(__file__).resolve().parents[2]
_FRAME = re.compile(r"File (?P<file>\S+?):(?P<line>\d+), in (?P<where>[\w.<>]+)")
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_SOCKET_LIMIT: Final = 90  # a Unix socket's path has at most 104 (macOS) bytes
_KERNELSPEC: Final = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


@dataclass(frozen=True)
class Done:
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
class Step:
    """How far a notebook is, as told while it runs (``worker.tell``). ``cell``: what is kept of it; None: begun."""

    place: int
    cell: NotebookNode | None = None


def execute(
    notebook: Path, given: Mapping[str, str], drop: tuple[str, ...] = (), transport: str = "", engine: str = STOCK
) -> Done:
    """Run a notebook with parameters, as far as it goes.

    ``drop`` names parameters that belong to this machine and are not kept. ``engine``: stock or warm; warm takes this
    process for itself while it runs and is for worker processes. ``transport`` of the stock engine: ipc or tcp; by
    default ipc where the platform has it. A failing cell is told in ``Done.error``, and so is a dead kernel.
    """
    seen: list[NotebookNode] = []
    error = ""
    hear = _Hear(given, drop)
    with tempfile.TemporaryDirectory(prefix="xueji-", ignore_cleanup_errors=True) as temp:
        options: dict[str, Any] = {"engine_name": None}
        if engine == WARM:
            # By name where the kit is installed; a checkout's metadata may be older than its code.
            papermill_engines.register(warm_engine.NAME, warm_engine.WarmEngine)
            options = {"engine_name": warm_engine.NAME, "on_left": worker.retire}
        else:
            options |= {"kernel_manager_class": _manager_class(Path(temp), transport), "shutdown_kernel": "immediate"}
        try:
            papermill.execute_notebook(
                notebook,
                None,  # nothing is written: see above
                dict(given),
                kernel_name="python3",
                language="python",
                progress_bar=False,
                request_save_on_cell_execute=False,
                autosave_cell_every=0,
                start_timeout=120,
                record_timing=False,
                on_notebook_start=lambda notebook: seen.append(notebook),
                on_cell_execute=hear.begun,
                on_cell_executed=hear.done,
                **options,
            )
        except PapermillExecutionError as failure:
            error = f"笔记本第 {failure.exec_count} 格出错：{failure.ename}"
        except (RuntimeError, DeadKernelError) as failure:
            error = f"笔记本的运行进程意外退出（{type(failure).__name__}）：可能内存不足，请减少同时运行的数目"
    ran = seen[-1] if seen else _format.read(notebook, as_version=4)
    return Done(_clean(ran, given, drop), error)


def interrupted(
    notebook: Path, given: Mapping[str, str], told: Iterable[Step], why: str, drop: tuple[str, ...] = ()
) -> Done:
    """The notebook as far as it went in a process that is gone; ``why``: what ended it, without the cell."""
    ran = papermill.execute_notebook(
        notebook, None, dict(given), prepare_only=True, kernel_name="python3", language="python", progress_bar=False
    )
    at = -1
    for step in told:
        at = step.place
        if step.cell is not None:
            ran.cells[step.place] = step.cell
    number = sum(1 for cell in ran.cells[: at + 1] if cell.cell_type == "code")
    stopped = _format.v4.new_markdown_cell("")
    stopped.metadata["tags"] = [ERROR_MARKER_TAG]
    ran.cells.insert(max(at, 0), stopped)
    where = f"笔记本第 {number} 格" if number else "笔记本还没开始"
    return Done(_clean(ran, given, drop), f"{where}：{why}")


@dataclass(frozen=True)
class _Hear:
    """Tells whoever waits for this process which cell it is at, and what is kept of those that are done."""

    given: Mapping[str, str]
    drop: tuple[str, ...]

    def begun(self, cell: NotebookNode, cell_index: int) -> None:  # noqa: ARG002 nbclient calls by name
        worker.tell(Step(cell_index))

    def done(self, cell: NotebookNode, cell_index: int, execute_reply: Any) -> None:  # noqa: ARG002
        kept = copy.deepcopy(cell)
        _clean_cell(kept, cell_index, self.given, self.drop)
        worker.tell(Step(cell_index, kept))


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


def _manager_class(temp: Path, transport: str) -> type[AsyncKernelManager]:
    """A kernel manager that starts this Python, with its files in ``temp``."""
    if not transport:
        transport = "ipc" if os.name == "posix" and len(str(temp)) < _SOCKET_LIMIT else "tcp"
    inherited = os.environ.get("PYTHONPATH")
    environment = {
        "PYTHONPATH": os.pathsep.join(filter(None, [str(_PACKAGE_PARENT), inherited])),
        "IPYTHONDIR": str(temp),  # no start-up files, no history of whoever runs it
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
    argv = [sys.executable, "-Xfrozen_modules=off", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = KernelSpec(argv=argv, env=environment, **_KERNELSPEC)

    class Manager(AsyncKernelManager):
        """Knows one kernel only."""

        def __init__(self, **options: Any) -> None:
            super().__init__(**{**options, "transport": transport, "connection_file": str(temp / "k.json")})

        @property
        def kernel_spec(self) -> KernelSpec:
            return spec

    return Manager


def _clean(notebook: NotebookNode, given: Mapping[str, str], drop: tuple[str, ...]) -> NotebookNode:
    """What may be kept: see the module's own text. The same run gives the same bytes."""
    notebook.metadata = _format.from_dict({"kernelspec": _KERNELSPEC, "language_info": {"name": "python"}})
    for place, cell in enumerate(notebook.cells):
        _clean_cell(cell, place, given, drop)
    return notebook


def _clean_cell(cell: NotebookNode, place: int, given: Mapping[str, str], drop: tuple[str, ...]) -> None:
    tags = cell.metadata.get("tags", [])
    cell.metadata = _format.from_dict({"tags": tags} if tags else {})
    if "injected-parameters" in tags:
        cell.id = "injected-parameters"
        kept = [f"{name} = {value!r}" for name, value in given.items() if name not in drop]
        cell.source = "\n".join(["# 本次运行的参数", *kept]).replace("'", '"')
    if ERROR_MARKER_TAG in tags:
        cell.id = f"failed-{place}"
        cell.source = "**这个笔记本没有运行完：在下面出错的一格停住了。**"
    if cell.cell_type == "code":
        cell.outputs = [
            _clean_error(o) if o.output_type == "error" else o for o in cell.outputs if o.output_type != "stream"
        ]


def _clean_error(output: NotebookNode) -> NotebookNode:
    """Where and what kind; the message only of the kit's own errors, which are written for the screen."""
    trace = _ANSI.sub("", "\n".join(output.traceback))
    own = isinstance(getattr(errors, output.ename, None), type)
    message = mask_text(output.evalue) if own else "（错误内容可能引用学生资料，不保留）"
    places = [f"{Path(m['file']).name} 第 {m['line']} 行 {m['where']}" for m in _FRAME.finditer(trace)]
    made: NotebookNode = _format.v4.new_output(
        "error", ename=output.ename, evalue=message, traceback=[*places, f"{output.ename}：{message}"]
    )
    return made
