"""The warm parents of kernels (``forkserver``): asked for child processes, and another one started where one died or
does not answer any more.

Every request has a number and its answer the same, so that a late answer is never taken for the next one. A parent that
does not answer is left alone, for the kernels it made end with it; what it makes when it wakes up is ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

_LONGEST: Final = 200_000
"""Bytes of a request: the environment and a path."""
_WARM_SECONDS: Final = 60.0
"""In which a parent has read what it needs, and answers for the first time."""
_ANSWER_SECONDS: Final = 20.0
"""In which it answers afterwards: a fork takes milliseconds."""
_PAUSE: Final = 10.0
"""Seconds between two starts, so that a parent that cannot live is not started all the time."""
_PACKAGE_PARENT: Final = Path(__file__).resolve().parents[3]


class WarmParent:
    """One running parent process."""

    def __init__(self, process: subprocess.Popen[bytes], channel: socket.socket) -> None:
        self.process = process
        self._channel = channel
        self._numbers = itertools.count(1)
        self._has_answered = False

    @classmethod
    def start(cls, private: Path) -> WarmParent:
        """Start it; it answers as soon as it has read what kernels need. Raises OSError."""
        parent_end, child_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        inherited = os.environ.get("PYTHONPATH")
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, [str(_PACKAGE_PARENT), inherited])),
            "IPYTHONDIR": str(private),
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "ARROW_DEFAULT_MEMORY_POOL": "system",
            "ARROW_IO_THREADS": "1",
            "MALLOC_ARENA_MAX": "1",
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        }
        module = "xueji_lib.web.door.forkserver"
        with child_end:
            process = subprocess.Popen(
                [sys.executable, "-Xfrozen_modules=off", "-m", module, str(child_end.fileno())],
                env=environment,
                pass_fds=[child_end.fileno()],
                stdin=subprocess.DEVNULL,
            )
        parent_end.setblocking(False)
        return cls(process, parent_end)

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self.process.poll() is None

    async def child(self, request: dict[str, Any]) -> int:
        """The process id of a new kernel. One request at a time. Raises OSError, ValueError where there will be none,
        TimeoutError where no answer comes."""
        number = next(self._numbers)
        packet = json.dumps({**request, "number": number}).encode()
        if len(packet) > _LONGEST:
            raise ValueError("environment too large")
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(_ANSWER_SECONDS if self._has_answered else _WARM_SECONDS):
            await loop.sock_sendall(self._channel, packet)
            while True:
                raw = await loop.sock_recv(self._channel, 1000)
                if not raw:
                    raise OSError("the parent is gone")
                answer = json.loads(raw)
                self._has_answered = True
                if answer["number"] == number:
                    return int(answer["pid"])
                _end(int(answer["pid"]))

    def end_strays(self) -> None:
        """End kernels that it made for requests which nobody waits for any more."""
        for answer in self._unread():
            _end(int(answer["pid"]))

    def _unread(self) -> Iterator[dict[str, Any]]:
        while True:
            try:
                raw = self._channel.recv(1000)
            except OSError:
                return
            if not raw:
                return
            yield json.loads(raw)

    def stop(self, patience: float = 5.0) -> None:
        """End it: it ends by itself when its socket is closed, else it is killed."""
        self._channel.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(patience)
        if self.alive:
            self.process.kill()
            self.process.wait()


class WarmParents:
    """The parent that is asked, and those that did not answer any more."""

    def __init__(self, private: Path) -> None:
        self._private = private
        self._asking = asyncio.Lock()
        self._hung: list[WarmParent] = []
        self._started = time.monotonic()
        self.current = WarmParent.start(private)

    @classmethod
    def start(cls, private: Path) -> WarmParents | None:
        """Start the first; None where the system cannot fork this way."""
        if not sys.platform.startswith("linux") or not hasattr(os, "pidfd_open"):
            return None
        return cls(private)

    async def child(self, command: list[str], environment: dict[str, str], folder: str) -> int:
        """The process id of a new kernel. Raises OSError, ValueError, TimeoutError where there will be none; then the
        next request finds another parent."""
        request = {"command": command, "environment": environment, "folder": folder}
        async with self._asking:
            for hung in self._hung:
                hung.end_strays()
            if self.current in self._hung or not self.current.alive:
                self._another()
            try:
                return await self.current.child(request)
            except TimeoutError:
                self._hung.append(self.current)
                self._another()
                raise

    def _another(self) -> None:
        """Start another parent. Raises OSError where one was started a moment ago."""
        if time.monotonic() - self._started < _PAUSE:
            raise OSError("started a moment ago")
        why = "没有回答（已打开的网页不受影响）"
        if self.current not in self._hung:
            self.current.stop(0.0)
            why = f"意外结束（退出状态 {self.current.process.returncode}）"
        self._started = time.monotonic()
        self.current = WarmParent.start(self._private)
        logging.getLogger("xueji").warning("内核的母进程%s，已重新启动", why)

    def stop(self) -> None:
        """End all of them."""
        self.current.stop()
        for hung in self._hung:
            hung.end_strays()
            hung.stop(0.0)


def _end(pid: int) -> None:
    with contextlib.suppress(OSError):
        os.kill(pid, signal.SIGKILL)
