"""One run of somebody's own notebook: a task that can cross to another process or machine, and be done again."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from xueji_lib.batch import failure_words
from xueji_lib.batch.outputs import Written, record
from xueji_lib.support.files import put_file, swap_folder
from xueji_lib.support.worker_process import WorkerLost

OF_THIS_MACHINE: Final = ("store", "out", "casebook")
"""Parameters that are not kept in the notebook: folders of this machine, an address with its password."""


@dataclass(frozen=True, slots=True)
class OwnTask:
    """A run. ``key``: its folder's name; ``title``: what people call it; ``notebook``: as JSON, named ``name``;
    ``folder``: where it was, in which it runs where that is there; ``parameters``: those that the notebook has, but for
    the folder that it may write to; ``takes_out``: it has that one; ``out``: the folder of all its runs; ``limit``:
    seconds, kept by whoever runs the worker; ``earlier``: files that an earlier run wrote."""

    key: str
    title: str
    fingerprint: str
    name: str
    notebook: str
    folder: Path
    parameters: Mapping[str, Any]
    takes_out: bool
    out: Path
    engine: str = "warm"
    limit: float = 0.0
    earlier: tuple[str, ...] = ()

    @property
    def target(self) -> Path:
        """The folder of what this run makes."""
        return self.out / self.key

    @property
    def failed(self) -> Path:
        """The notebook as far as it went, where a cell failed."""
        return self.out / "failed" / f"{self.key}.ipynb"


@dataclass(frozen=True, slots=True)
class OwnOutcome:
    """What became of a run. ``error``: a sentence, empty where it went well; ``masked``: in how many texts a number was
    masked; ``files``: what it made, by name."""

    seconds: float
    error: str = ""
    masked: int = 0
    files: Mapping[str, Written] = field(default_factory=dict)


def deliver_own(task: OwnTask) -> OwnOutcome:
    """Run the notebook, in a worker; its files are put in place together, or none is. Raises nothing but for Ctrl-C."""
    started = time.monotonic()
    error, masked, files = "", 0, dict[str, Written]()
    aside = task.out / f".{task.key}.{os.getpid()}"
    try:
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        error, masked = _run(task, aside)
        if not error:
            made = [file.relative_to(aside).as_posix() for file in aside.rglob("*") if file.is_file()]
            swap_folder(aside, task.target)
            _withdraw(task, set(task.earlier) - set(made))
            task.failed.unlink(missing_ok=True)
            files = record(task.target, made)
    except Exception as failure:  # noqa: BLE001 the others go on
        error = failure_words.failed(failure, task.out)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return OwnOutcome(round(time.monotonic() - started, 3), error, masked, files)


def _run(task: OwnTask, aside: Path) -> tuple[str, int]:
    """The error, and in how many texts a number was masked."""
    from xueji_lib.notebook import runner  # papermill takes a second to import; the command line needs it not

    with tempfile.TemporaryDirectory(prefix="xueji-own-", ignore_cleanup_errors=True) as temp:
        file = Path(temp) / f"{task.name}.ipynb"
        file.write_text(task.notebook, "utf-8")
        parameters = {**task.parameters, "out": str(aside.resolve())} if task.takes_out else dict(task.parameters)
        folder = task.folder if task.folder.is_dir() else None
        ran = runner.execute(file, parameters, OF_THIS_MACHINE, task.engine, cwd=folder, own=True)
    if ran.error:
        put_file(task.failed, ran.text())
        _withdraw(task, task.earlier)
        return f"{ran.error}。停在出错处的笔记本：{task.failed}", ran.masked
    put_file(aside / f"{task.name}.ipynb", ran.text(), durable=False)
    put_file(aside / f"{task.name}.html", ran.page(f"{task.title} {task.name}"), durable=False)
    return "", ran.masked


def _withdraw(task: OwnTask, names: Iterable[str]) -> None:
    """Take away what an earlier run made: it would pass for today's."""
    for name in names:
        (task.target / name).unlink(missing_ok=True)


def own_outcome_without_worker(task: OwnTask, how: BaseException) -> OwnOutcome:
    """The outcome of a run whose worker died: its notebook is written as far as the worker reported it."""
    if not isinstance(how, WorkerLost):
        return OwnOutcome(0.0, failure_words.never_ran(how))
    why = failure_words.stopped(how, task.limit)
    try:
        error = _keep_lost(task, how.messages, why)
    except Exception as failure:  # noqa: BLE001 the run is named all the same
        error = f"{why}（{type(failure).__name__}）"
    return OwnOutcome(task.limit if how.slow else 0.0, error)


def _keep_lost(task: OwnTask, messages: Iterable[Any], why: str) -> str:
    from xueji_lib.notebook import runner

    steps = [step for step in messages if isinstance(step, runner.NotebookProgress)]
    with tempfile.TemporaryDirectory(prefix="xueji-own-", ignore_cleanup_errors=True) as temp:
        file = Path(temp) / f"{task.name}.ipynb"
        file.write_text(task.notebook, "utf-8")
        ran = runner.interrupted(file, task.parameters, steps, why, OF_THIS_MACHINE, own=True)
    put_file(task.failed, ran.text())
    _withdraw(task, task.earlier)
    return f"{ran.error}。停在出错处的笔记本：{task.failed}"
