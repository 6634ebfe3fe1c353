"""Where a batch's schools are made: in processes of this machine, or wherever a given pool makes them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Final, Protocol

from xueji_lib.batch.school_task import Outcome, Task, deliver
from xueji_lib.support import pool
from xueji_lib.support.through import Note, through

MAX_JOBS: Final = 8
"""A worker takes about 300 MB."""
WARM: Final = ("xueji_lib.notebook.warm_up",)
"""What a worker imports before its first school."""


def default_jobs() -> int:
    """As many as processors, at most eight."""
    return max(1, min(os.cpu_count() or 1, MAX_JOBS))


class Places(Protocol):
    """Makes schools."""

    def get_ready(self, schools: int) -> None:
        """So many schools at least will come soon."""

    def make(self, todo: Sequence[Task], note: Note[Task, Outcome]) -> None:
        """Make them, and say how each went. Raises KeyboardInterrupt when what was in hand is done."""


@contextmanager
def places(executor: Executor | None, jobs: int, limit: float, engine: str) -> Iterator[Places]:
    """``jobs`` processes of this machine, or the pool that was given, which is not shut down."""
    if executor is not None:
        yield _Given(executor)
        return
    with pool.Workers(jobs, limit, WARM if engine == "warm" else ()) as workers:
        yield _Local(workers)


class _Local(Places):
    def __init__(self, workers: pool.Workers) -> None:
        self._workers = workers

    def get_ready(self, schools: int) -> None:
        self._workers.start(schools)

    def make(self, todo: Sequence[Task], note: Note[Task, Outcome]) -> None:
        if not todo:
            self._workers.shutdown(wait=False)  # one that was started for nothing need not get ready
            return
        self._workers.places = min(self._workers.places, len(todo))
        through(self._workers, todo, deliver, note, 2 * self._workers.places)


class _Given(Places):
    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def get_ready(self, schools: int) -> None:
        pass

    def make(self, todo: Sequence[Task], note: Note[Task, Outcome]) -> None:
        through(self._executor, todo, deliver, note, getattr(self._executor, "at_once", 1000))
