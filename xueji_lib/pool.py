"""Many tasks over a pool of processes: every outcome is told as it comes, a dead worker costs only its own task,
Ctrl-C lets what is in hand finish, and no worker outlives the program.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import TypeAlias, TypeVar

from xueji_lib.errors import UsageError

T = TypeVar("T")
R = TypeVar("R")


Note: TypeAlias = Callable[[T, R | None], None]
"""Hears how a task went; ``None``: its worker died."""


def local(tasks: Sequence[T], work: Callable[[T], R], note: Note[T, R], jobs: int) -> None:
    """Processes of this machine. A worker that dies takes its pool along: the rest goes on in a new one, and after
    a second death in pools of one, so that the task that kills is found. Raises UsageError for jobs < 1,
    KeyboardInterrupt when what was in hand is done."""
    if jobs < 1:
        raise UsageError("--jobs 至少是 1")
    left, deaths = list(tasks), 0
    while left:
        now, left = (left, []) if deaths < 2 else (left[:1], left[1:])
        workers = min(jobs if deaths < 2 else 1, len(now))
        with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _prepare_worker) as pool:
            broken = through(pool, now, work, note)
        if broken and deaths >= 2:
            note(broken[0], None)
        elif broken:
            deaths, left = deaths + 1, broken


def through(pool: Executor, tasks: Iterable[T], work: Callable[[T], R], note: Note[T, R]) -> list[T]:
    """Put tasks through any pool; returns those whose pool broke. Raises KeyboardInterrupt as ``local`` does."""
    broken: list[T] = []
    futures = {}
    try:
        try:
            for task in tasks:
                futures[pool.submit(work, task)] = task
        except BrokenProcessPool:  # died while being fed
            broken = [task for task in tasks if task not in futures.values()]
        for future in as_completed(list(futures)):
            task = futures.pop(future)
            try:
                note(task, future.result())
            except BrokenProcessPool:
                broken.append(task)
    except KeyboardInterrupt:
        running = [future for future in futures if not future.cancel()]
        for future in as_completed(running):
            if future.exception() is None:
                note(futures[future], future.result())
        raise
    return broken


def _prepare_worker() -> None:
    """Ctrl-C is the parent's to answer; and a worker whose parent was killed goes too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:

        def follow() -> None:
            parent.join()
            os._exit(1)

        threading.Thread(target=follow, daemon=True).start()
