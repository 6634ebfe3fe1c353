"""What makes a batch's schools: processes of this machine, or an executor from outside (a cluster)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Final, Protocol, TypeVar

from xueji_lib.support import pool
from xueji_lib.support.task_runs import Note, run_tasks

T = TypeVar("T")
R = TypeVar("R")

MAX_JOBS: Final = 8
"""A worker takes about 300 MB."""
WARM: Final = ("xueji_lib.notebook.warm_up",)
"""What a worker imports before its first school."""


def default_jobs() -> int:
    """As many as processors, at most eight."""
    return max(1, min(os.cpu_count() or 1, MAX_JOBS))


class SchoolMaker(Protocol):
    """Makes schools, or whatever else is a task."""

    def get_ready(self, schools: int) -> None:
        """Prepare for at least so many schools."""

    def make(self, todo: Sequence[T], work: Callable[[T], R], note: Note[T, R]) -> None:
        """Do ``work`` for each, calling ``note`` with each outcome. After Ctrl-C, finishes what was begun and raises
        KeyboardInterrupt."""


@contextmanager
def school_maker(executor: Executor | None, jobs: int, limit: float, engine: str) -> Iterator[SchoolMaker]:
    """A maker over ``jobs`` processes of this machine, or over ``executor``, which is not shut down."""
    if executor is not None:
        yield _GivenExecutor(executor)
        return
    with pool.Workers(jobs, limit, WARM if engine == "warm" else ()) as workers:
        yield _LocalProcesses(workers)


class _LocalProcesses(SchoolMaker):
    def __init__(self, workers: pool.Workers) -> None:
        self._workers = workers

    def get_ready(self, schools: int) -> None:
        self._workers.start(schools)

    def make(self, todo: Sequence[T], work: Callable[[T], R], note: Note[T, R]) -> None:
        if not todo:
            self._workers.shutdown(wait=False)  # a process that was started for nothing is stopped at once
            return
        self._workers.processes = min(self._workers.processes, len(todo))
        run_tasks(self._workers, todo, work, note, 2 * self._workers.processes)


class _GivenExecutor(SchoolMaker):
    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def get_ready(self, schools: int) -> None:
        pass

    def make(self, todo: Sequence[T], work: Callable[[T], R], note: Note[T, R]) -> None:
        run_tasks(self._executor, todo, work, note, getattr(self._executor, "at_once", 1000))
