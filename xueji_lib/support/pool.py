"""Many tasks over processes that can be stopped: a worker that dies or takes too long costs only its own task.

``Workers`` is an ``Executor``: each of its places has one process (``worker``), started when it is first needed,
spoken to over its standard input and output, and replaced after many tasks, when its memory has grown, when a task
left something behind that cannot be put back, when it was lost. No ``fork``, no guarded main module, no
daemon: it works the same on Windows, and inside a Dask worker. ``through`` puts tasks through any executor.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final, TypeAlias, TypeVar

import psutil  # type: ignore[import-untyped]

from xueji_lib.support import worker

T = TypeVar("T")
R = TypeVar("R")

TASKS_A_WORKER: Final = 250
"""After so many tasks a worker makes room for a new one."""
GROWTH: Final = 400 * 2**20
"""Bytes by which a worker's memory may grow over what it had after its first task."""

_PARENT: Final = Path(__file__).resolve().parents[2]
_QUIET: Final[Mapping[str, str]] = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    "PYTHONUTF8": "1",
}


class Lost(Exception):
    """A worker is gone before its task was done. ``slow``: it was stopped because the time was up.

    ``told``: the last things it said of the task (``worker.Tell``), oldest first.
    """

    def __init__(self, slow: bool, told: list[Any]) -> None:
        super().__init__("slow" if slow else "died")
        self.slow, self.told = slow, told

    def __reduce__(self) -> Any:
        return Lost, (self.slow, self.told)


@dataclass
class _Job:
    future: Future[Any]
    task: bytes


@dataclass
class Workers(Executor):
    """``places`` processes. ``limit``: seconds a task may take (0 = for ever); ``warm``: modules they import first;
    ``idle``: seconds without a task after which a process ends (0 = never), to be started again when one comes.

    A task whose worker died is tried once more in a new one: the system may have ended it for want of memory.
    """

    places: int
    limit: float = 0.0
    warm: tuple[str, ...] = ()
    tasks_a_worker: int = TASKS_A_WORKER
    growth: int = GROWTH
    idle: float = 0.0
    started: int = 0
    _jobs: queue.SimpleQueue[_Job | None] = field(default_factory=queue.SimpleQueue)
    _threads: list[threading.Thread] = field(default_factory=list)
    _live: set[_Process] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _closed: bool = False

    def submit(self, function: Callable[..., R], /, *given: Any, **named: Any) -> Future[R]:
        with self._lock:
            if self._closed:
                raise RuntimeError("cannot schedule new futures after shutdown")
            if len(self._threads) < self.places:
                thread = threading.Thread(target=self._place, daemon=True, name=f"xueji-place-{len(self._threads)}")
                self._threads.append(thread)
                thread.start()
        future: Future[R] = Future()
        self._jobs.put(_Job(future, pickle.dumps((function, given, named))))
        return future

    def start(self, places: int) -> None:
        """Begin to start so many processes now: they take a second, in which the tasks may still be found."""
        for _ in range(min(places, self.places)):
            self.submit(_nothing)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Ends the workers; without ``wait`` at once, whatever they are doing."""
        with self._lock:
            self._closed = True
        if cancel_futures:
            with contextlib.suppress(queue.Empty):
                while True:
                    job = self._jobs.get_nowait()
                    if job is not None:
                        job.future.cancel()
        for _ in self._threads:
            self._jobs.put(None)
        if not wait:
            for process in list(self._live):
                process.kill()
        for thread in self._threads if wait else ():
            thread.join()

    # ---- one place ----

    def _place(self) -> None:
        process: _Process | None = None
        try:
            while True:
                try:
                    job = self._jobs.get(timeout=self.idle if self.idle and process is not None else None)
                except queue.Empty:
                    if process is not None:
                        self._end(process)
                    process = None
                    continue
                if job is None:
                    break
                if job.future.set_running_or_notify_cancel():
                    try:
                        process = self._do(job, process)
                    except BaseException as error:  # noqa: BLE001 whoever waits must hear of it
                        job.future.set_exception(error)
        finally:
            if process is not None:
                self._end(process)

    def _do(self, job: _Job, process: _Process | None) -> _Process | None:
        for attempt in (1, 2):
            if process is None or not process.is_alive():
                process = self._start()
            answer = process.do(job.task, self.limit)
            if isinstance(answer, worker.Answer):
                if self._is_spent(process, answer):
                    self._end(process)
                    process = None
                if answer.error is not None:
                    job.future.set_exception(answer.error)
                else:
                    job.future.set_result(answer.result)
                return process
            self._end(process, at_once=True)
            process = None
            if answer.slow or attempt == 2 or self._closed:
                job.future.set_exception(answer)
                break
        return None

    def _is_spent(self, process: _Process, answer: worker.Answer) -> bool:
        process.tasks += 1
        process.memory = process.memory or answer.memory
        grown = answer.memory - process.memory > self.growth
        return answer.spent or grown or process.tasks >= self.tasks_a_worker

    def _start(self) -> _Process:
        with self._lock:  # on Windows two starts at a time would inherit each other's pipes
            process = _Process(self.warm)
            self.started += 1
            self._live.add(process)
        return process

    def _end(self, process: _Process, at_once: bool = False) -> None:
        (process.kill if at_once else process.close)()
        self._live.discard(process)


class _Process:
    """One worker and the pipes to it."""

    def __init__(self, warm: tuple[str, ...]) -> None:
        inherited = os.environ.get("PYTHONPATH")
        environment = {**os.environ, **_QUIET}
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(_PARENT), inherited]))
        # A session of its own: Ctrl-C in the terminal is the parent's to answer.
        apart: dict[str, Any] = {"start_new_session": True}
        if sys.platform == "win32":
            apart = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
        self._popen = subprocess.Popen(
            [sys.executable, "-c", f"from {worker.__name__} import main; main()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            **apart,
        )
        assert self._popen.stdin is not None
        assert self._popen.stdout is not None
        self._to: IO[bytes] = self._popen.stdin
        self._from: IO[bytes] = self._popen.stdout
        self.tasks, self.memory = 0, 0
        self._hello: worker.Hello | None = worker.Hello(sys.path, warm)

    def is_alive(self) -> bool:
        return self._popen.poll() is None

    def do(self, task: bytes, limit: float) -> worker.Answer | Lost:
        """Hand a task over and wait for the answer, at most ``limit`` seconds from when the worker is ready."""
        told: deque[Any] = deque(maxlen=200)
        slow = threading.Event()
        watch: threading.Timer | None = None

        def stop() -> None:
            slow.set()
            self.kill()

        try:
            if self._hello is not None:
                worker.send(self._to, self._hello)
                self._hello = None
                worker.receive(self._from)
            if limit:
                watch = threading.Timer(limit, stop)
                watch.daemon = True
                watch.start()
            worker.send_raw(self._to, task)
            while True:
                said = worker.receive(self._from)
                if isinstance(said, worker.Answer):
                    return said
                told.append(said)
        except (EOFError, OSError, pickle.UnpicklingError):
            return Lost(slow.is_set(), list(told))
        finally:
            if watch is not None:
                watch.cancel()

    def close(self) -> None:
        """Nothing more will be asked of it."""
        with contextlib.suppress(OSError):
            self._to.close()
        try:
            self._popen.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()
        self._from.close()

    def kill(self) -> None:
        """End it, and whatever it started."""
        family: list[Any] = []
        with contextlib.suppress(psutil.Error):
            family = psutil.Process(self._popen.pid).children(recursive=True)
        self._popen.kill()
        for child in family:
            with contextlib.suppress(psutil.Error):
                child.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(10)
        with contextlib.suppress(OSError):
            self._to.close()


def _nothing() -> None:
    """A task that only wants a process."""


# ---- any executor ----

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


def wait_for(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether something comes true in time."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True
