"""One process of ``pool``, and the pipes to it."""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Final

import psutil  # type: ignore[import-untyped]

from xueji_lib.support import worker

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


class WorkerProcess:
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
