"""Tasks through any executor, told one by one how they went."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from typing import Any, Final, TypeAlias, TypeVar

T = TypeVar("T")
R = TypeVar("R")

LOOK_EVERY: Final = 5.0
"""Seconds between two looks whether a pool that can be lost (``is_lost``) still is there."""


def _never() -> bool:
    return False


Note: TypeAlias = Callable[[T, R | BaseException], None]
"""Hears how a task went: its result, or what became of it instead."""


def through(
    pool: Executor, tasks: Iterable[T], work: Callable[[T], R], note: Note[T, R], at_once: int = sys.maxsize
) -> None:
    """Put tasks through a pool, ``at_once`` of them handed over at a time: so few are in the pool that Ctrl-C ends
    soon, and the parent holds no more, however many there are.

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
            done = wait(running, LOOK_EVERY, return_when=FIRST_COMPLETED).done
            for future in done:
                note(running.pop(future), _how_it_went(future))
            if not done and getattr(pool, "is_lost", _never)():  # what it was given will never come back
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
