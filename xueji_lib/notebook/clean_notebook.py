"""What may be kept of a notebook that was run: no timings, no paths of this machine, no text that a library printed, no
message of an unexpected error (it may quote a record): docs/data-contract.md, 4.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import nbformat
from papermill.execute import ERROR_MARKER_TAG

from xueji_lib.register.identity import mask_sentence
from xueji_lib.support import errors

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from xueji_lib.notebook.own_output import Masking

_format: Any = nbformat  # it has types for some functions only

KERNELSPEC: Final = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
"""Of every kernel: whatever kernels the machine has registered, a kept notebook names this one."""
_FRAME = re.compile(r"File (?P<file>\S+?):(?P<line>\d+), in (?P<where>[\w.<>]+)")
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


def clean(
    notebook: NotebookNode, parameters: Mapping[str, Any], drop: tuple[str, ...], masking: Masking | None = None
) -> NotebookNode:
    """Take out of a notebook what may not be kept (see the module's text), in place; return it. ``parameters``:
    those of the run; ``drop``: names of those that belong to this machine; ``masking``: of somebody's own notebook,
    which keeps what it prints. The same run gives the same bytes."""
    notebook.metadata = _format.from_dict({"kernelspec": KERNELSPEC, "language_info": {"name": "python"}})
    for cell_index, cell in enumerate(notebook.cells):
        clean_cell(cell, cell_index, parameters, drop, masking)
    return notebook


def clean_cell(
    cell: NotebookNode,
    cell_index: int,
    parameters: Mapping[str, Any],
    drop: tuple[str, ...],
    masking: Masking | None = None,
) -> None:
    """Take out of one cell what may not be kept. ``drop``: parameters that belong to this machine; ``masking``: as in
    ``clean``."""
    tags = cell.metadata.get("tags", [])
    cell.metadata = _format.from_dict({"tags": tags} if tags else {})
    if "injected-parameters" in tags:
        cell.id = "injected-parameters"
        assignments = [f"{name} = {value!r}" for name, value in parameters.items() if name not in drop]
        cell.source = "\n".join(["# 本次运行的参数", *assignments]).replace("'", '"')
    if ERROR_MARKER_TAG in tags:
        cell.id = f"failed-{cell_index}"
        cell.source = "**这个笔记本没有运行完：在下面出错的一格停住了。**"
    if masking is not None:
        cell.source = masking.markup(cell.source) if cell.cell_type == "markdown" else masking.text(cell.source)
        for output in cell.get("outputs", []):
            masking.output(output)
    elif cell.cell_type == "code":
        cell.outputs = [
            _clean_error(o) if o.output_type == "error" else o for o in cell.outputs if o.output_type != "stream"
        ]


def _clean_error(output: NotebookNode) -> NotebookNode:
    """An error output with its place and kind; with its message only for the kit's own errors, written for the
    screen."""
    trace = _ANSI.sub("", "\n".join(output.traceback))
    own = isinstance(getattr(errors, output.ename, None), type)
    message = mask_sentence(output.evalue) if own else "（错误内容可能引用学生资料，不保留）"
    frames = [f"{Path(m['file']).name} 第 {m['line']} 行 {m['where']}" for m in _FRAME.finditer(trace)]
    cleaned: NotebookNode = _format.v4.new_output(
        "error", ename=output.ename, evalue=message, traceback=[*frames, f"{output.ename}：{message}"]
    )
    return cleaned
