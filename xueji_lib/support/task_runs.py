"""Runs tasks on any executor and reports each as it ends."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from typing import Any, Final, TypeAlias, TypeVar

T = TypeVar("T")
R = TypeVar("R")

LOOK_EVERY: Final = 5.0
"""Seconds between two checks of an executor that can be lost (``is_lost``)."""


def _never() -> bool:
    return False


Note: TypeAlias = Callable[[T, R | BaseException], None]
"""Called with a task and its result, or with the exception that it ended in."""


def run_tasks(
    pool: Executor, tasks: Iterable[T], work: Callable[[T], R], note: Note[T, R], at_once: int = sys.maxsize
) -> None:
    """Run tasks on an executor, at most ``at_once`` of them handed over at a time: Ctrl-C then ends soon, and memory
    does not grow with the number of tasks. ``note`` is called as each ends.

    Raises KeyboardInterrupt when what was in hand is done; at once where it is pressed again.
    """
    waiting = iter(tasks)
    running: dict[Future[R], T] = {}
    stopped = False
    while True:
        try:
            while not stopped and len(running) < at_once:
                try:
                    task = next(waiting)
                except StopIteration:
                    break
                try:
                    running[pool.submit(work, task)] = task
                except (OSError, RuntimeError) as error:  # the pool is gone: its tasks are told as not done
                    note(task, error)
            if not running:
                break
            finished = wait(running, LOOK_EVERY, return_when=FIRST_COMPLETED).done
            for future in finished:
                note(running.pop(future), _how_it_went(future))
            if not finished and getattr(pool, "is_lost", _never)():  # what it was given will never come back
                for task in running.values():
                    note(task, ConnectionError())
                running.clear()
        except KeyboardInterrupt:
            if stopped:  # a second time: whoever asks does not want to wait
                raise
            stopped = True
            running = {future: task for future, task in running.items() if not future.cancel()}
    if stopped:
        raise KeyboardInterrupt


def _how_it_went(future: Future[Any]) -> Any:
    try:
        return future.result()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 told, not raised: the other tasks go on
        return error
