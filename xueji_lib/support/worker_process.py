"""One worker process of ``pool``, and the pipes to it."""

from __future__ import annotations

import contextlib
import math
import os
import pickle
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, Final

from xueji_lib.support import worker
from xueji_lib.support.worker import memory_of

_PARENT: Final = Path(__file__).resolve().parents[2]
_QUIET: Final[Mapping[str, str]] = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    "PYTHONUTF8": "1",
}


_LOOK_EVERY: Final = 0.1
"""Seconds between two looks at a worker's memory."""
START_LIMIT: Final = 120.0
"""Seconds in which a worker must be ready: one takes a second, on a busy machine ten."""


class WorkerLost(Exception):
    """A worker is gone before its task was done. ``slow``: it was stopped because the time was up; ``large``: because
    it took more memory than it may.

    ``messages``: the last that it sent about the task (``worker.tell``), oldest first.
    """

    def __init__(self, slow: bool, messages: list[Any], large: bool = False) -> None:
        super().__init__("slow" if slow else "large" if large else "died")
        self.slow, self.messages, self.large = slow, messages, large

    def __reduce__(self) -> Any:
        return WorkerLost, (self.slow, self.messages, self.large)


class _Watch:
    """Kills a process whose task takes too long or too much memory, and knows which. One thread for all its tasks."""

    def __init__(self, pid: int, kill: Callable[[], None], memory: int) -> None:
        self.slow = self.large = False
        self._pid, self._kill, self._memory = pid, kill, memory
        self._until = math.inf
        self._busy = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def begin(self, limit: float) -> None:
        """A task begins, which may take ``limit`` seconds (0 = for ever)."""
        with self._changed:
            self._until = time.monotonic() + limit if limit else math.inf
            self._busy = True
            self._changed.notify()
        if self._thread is None:
            self._thread = threading.Thread(target=self._look, daemon=True)
            self._thread.start()

    def end(self) -> None:
        """The task is done; its process is not killed for it after this."""
        with self._changed:
            self._busy = False

    def close(self) -> None:
        """There will be no other."""
        with self._changed:
            self._until = -math.inf
            self._busy = False
            self._changed.notify()

    def _look(self) -> None:
        pause = _LOOK_EVERY if self._memory else threading.TIMEOUT_MAX
        while True:
            with self._changed:
                self._changed.wait(min(pause, max(self._until - time.monotonic(), 0.0)) if self._busy else None)
                if self._until == -math.inf:
                    return
                if not self._busy:
                    continue
                self.slow = time.monotonic() >= self._until
                self.large = not self.slow and bool(self._memory) and memory_of(self._pid) > self._memory
                if self.slow or self.large:
                    self._kill()
                    return


class WorkerProcess:
    """One worker and the pipes to it. ``memory``: bytes it may take (0 = no limit)."""

    def __init__(self, warm: tuple[str, ...], memory: int = 0) -> None:
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
        self._watch = _Watch(self._popen.pid, self.kill, memory)
        self._hello: worker.Hello | None = worker.Hello(sys.path, warm, memory)

    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self._popen.poll() is None

    def do(self, task: bytes, limit: float) -> worker.TaskResult | WorkerLost:
        """Hand a task over and wait for the answer, at most ``limit`` seconds from when the worker is ready, which it
        has to be in ``START_LIMIT`` seconds."""
        messages: deque[Any] = deque(maxlen=200)
        try:
            if self._hello is not None:
                self._watch.begin(START_LIMIT)
                worker.send(self._to, self._hello)
                self._hello = None
                worker.receive(self._from)
            self._watch.begin(limit)
            worker.send_raw(self._to, task)
            while True:
                message = worker.receive(self._from)
                if isinstance(message, worker.TaskResult):
                    return message
                messages.append(message)
        except (EOFError, OSError, pickle.UnpicklingError):
            return WorkerLost(self._watch.slow, list(messages), self._watch.large)
        finally:
            self._watch.end()

    def close(self) -> None:
        """End the process after its task, within ten seconds."""
        self._watch.close()
        with contextlib.suppress(OSError):
            self._to.close()
        try:
            self._popen.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()
        self._from.close()

    def kill(self) -> None:
        """End the process and its children at once."""
        import psutil  # type: ignore[import-untyped]  # here: it is slow to load, and most processes end by themselves

        self._watch.close()
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
