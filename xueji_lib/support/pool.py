"""An executor over processes that can be stopped: one that dies or takes too long costs only its own task.

``Workers`` is an ``Executor``: it has some worker processes (``worker``), each started when it is first needed,
spoken to over its standard input and output, and replaced after many tasks, when its memory has grown, when a task
left something behind that cannot be put back, when it was lost. No ``fork``, no guarded main module, no
daemon: it works the same on Windows, and inside a Dask worker. ``task_runs`` puts tasks through any executor.
"""

from __future__ import annotations

import contextlib
import pickle
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from xueji_lib.support import worker
from xueji_lib.support.worker_process import WorkerProcess

T = TypeVar("T")
R = TypeVar("R")

TASKS_A_WORKER: Final = 250
"""After so many tasks a worker is replaced."""
GROWTH: Final = 400 * 2**20
"""Bytes by which a worker's memory may grow over what it had after its first task."""


@dataclass
class _Job:
    future: Future[Any]
    task: bytes


@dataclass
class Workers(Executor):
    """``processes`` at most. ``limit``: seconds a task may take (0 = for ever); ``warm``: modules they
    import first; ``idle``: seconds without a task after which a process ends (0 = never), to be started again when
    one comes; ``memory``: bytes a process may take (0 = no limit).

    A task whose worker died is tried once more in a new one (``tries``): the system may have ended it for want of
    memory. One whose worker was stopped for its time or its memory is not.
    """

    processes: int
    limit: float = 0.0
    warm: tuple[str, ...] = ()
    tasks_a_worker: int = TASKS_A_WORKER
    growth: int = GROWTH
    idle: float = 0.0
    memory: int = 0
    tries: int = 2
    started: int = 0
    _jobs: queue.SimpleQueue[_Job | None] = field(default_factory=queue.SimpleQueue)
    _threads: list[threading.Thread] = field(default_factory=list)
    _live: set[WorkerProcess] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _closed: bool = False

    def submit(self, function: Callable[..., R], /, *arguments: Any, **keywords: Any) -> Future[R]:
        """As ``Executor.submit``. The result raises ``WorkerLost`` where the worker died or took too long."""
        with self._lock:
            if self._closed:
                raise RuntimeError("cannot schedule new futures after shutdown")
            if len(self._threads) < self.processes:
                thread = threading.Thread(target=self._serve, daemon=True, name=f"xueji-worker-{len(self._threads)}")
                self._threads.append(thread)
                thread.start()
        future: Future[R] = Future()
        self._jobs.put(_Job(future, pickle.dumps((function, arguments, keywords))))
        return future

    def start(self, processes: int) -> None:
        """Start so many processes now: they take a second, in which the caller may still look for tasks."""
        for _ in range(min(processes, self.processes)):
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

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        """End the workers; at once where the block ends in an error."""
        self.shutdown(wait=kind is None)

    # ---- one process, in a thread of its own ----

    def _serve(self) -> None:
        process: WorkerProcess | None = None
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

    def _do(self, job: _Job, process: WorkerProcess | None) -> WorkerProcess | None:
        for attempt in range(1, self.tries + 1):
            if process is None or not process.is_alive():
                process = self._start()
            answer = process.do(job.task, self.limit)
            if isinstance(answer, worker.TaskResult):
                if self._is_spent(process, answer):
                    self._end(process)
                    process = None
                result, error = answer.opened()
                if error is not None:
                    job.future.set_exception(error)
                else:
                    job.future.set_result(result)
                return process
            self._end(process, at_once=True)
            process = None
            if answer.slow or answer.large or attempt == self.tries or self._closed:
                job.future.set_exception(answer)
                break
        return None

    def _is_spent(self, process: WorkerProcess, answer: worker.TaskResult) -> bool:
        process.tasks += 1
        process.memory = process.memory or answer.memory
        grown = answer.memory - process.memory > self.growth
        return answer.spent or grown or process.tasks >= self.tasks_a_worker

    def _start(self) -> WorkerProcess:
        with self._lock:  # on Windows two starts at a time would inherit each other's pipes
            process = WorkerProcess(self.warm, self.memory)
            self.started += 1
            self._live.add(process)
        return process

    def _end(self, process: WorkerProcess, at_once: bool = False) -> None:
        (process.kill if at_once else process.close)()
        self._live.discard(process)


def _nothing() -> None:
    """A task that does nothing: it makes a process start."""
