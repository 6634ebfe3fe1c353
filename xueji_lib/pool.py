"""Many tasks over a pool of processes: every outcome is told as it comes, a dead worker costs only its own task,
Ctrl-C lets what is in hand finish, and no worker outlives the program.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, as_completed, wait
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
            broken = through(pool, now, work, note, workers)
        if broken and deaths >= 2:
            note(broken[0], None)
        elif broken:
            deaths, left = deaths + 1, broken


def through(
    pool: Executor, tasks: Iterable[T], work: Callable[[T], R], note: Note[T, R], at_once: int = sys.maxsize
) -> list[T]:
    """Put tasks through any pool, ``at_once`` of them handed over at a time (the fewer, the sooner Ctrl-C ends).

    Returns those whose pool broke. Raises KeyboardInterrupt as ``local`` does.
    """
    waiting, broken = deque(tasks), list[T]()
    running: dict[Future[R], T] = {}
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                try:
                    running[pool.submit(work, waiting[0])] = waiting[0]
                except BrokenProcessPool:  # died meanwhile: nothing more can be handed over
                    broken.extend(waiting)
                    waiting.clear()
                else:
                    waiting.popleft()
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                task = running.pop(future)
                try:
                    note(task, future.result())
                except BrokenProcessPool:
                    broken.append(task)
    except KeyboardInterrupt:
        for future in as_completed([future for future in running if not future.cancel()]):
            if future.exception() is None:
                note(running[future], future.result())
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
