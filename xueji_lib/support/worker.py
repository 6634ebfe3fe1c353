"""A worker process of ``pool``: tasks on standard input, answers on standard output.

Frames: eight bytes of length, then a pickle. When the input ends (the parent closed it, or was killed) the worker
ends, in the middle of a task too.
"""

from __future__ import annotations

import gc
import importlib
import os
import pickle
import queue
import signal
import struct
import sys
import threading
import traceback
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

Tell = Callable[[Any], None]

COLLECT_EVERY: Final = 10
"""Tasks between two full collections of garbage; Python itself collects the young."""


@dataclass
class _Current:
    """The task at hand."""

    tell: Tell
    spent: bool = False


_CURRENT: ContextVar[_Current] = ContextVar("_CURRENT")


def tell(content: Any) -> None:
    """Called by a task: send the parent what was done so far, for the case that this process dies. Does nothing outside
    a worker."""
    current = _CURRENT.get(None)
    if current is not None:
        current.tell(content)


def retire() -> None:
    """Called by a task: have this process replaced after the task."""
    current = _CURRENT.get(None)
    if current is not None:
        current.spent = True


@dataclass(frozen=True, slots=True)
class Hello:
    """The first frame: ``path``, where modules are; ``warm``, which to import before the first task; ``memory``: bytes
    of address space this process may take (0 = no limit); only systems with such a limit keep it."""

    path: list[str]
    warm: tuple[str, ...]
    memory: int = 0


@dataclass(frozen=True, slots=True)
class TaskResult:
    """The last frame of a task. ``content``: the pickle of its result and of its error, so that the frame can be read
    whatever they are; ``kind``: which class that is. ``memory``: bytes resident; ``spent``: this process should not be
    used again."""

    content: bytes
    kind: str
    memory: int
    spent: bool

    def opened(self) -> tuple[Any, BaseException | None]:
        """The task's result, and its error; what cannot be read back is one."""
        try:
            result, error = pickle.loads(self.content)  # noqa: S301 from our own child
        except Exception as failure:  # noqa: BLE001 whatever a class does when it is put together again
            return None, _cannot_be_sent(self.kind, failure)
        return result, error


def _cannot_be_sent(kind: str, failure: BaseException) -> TypeError:
    return TypeError(f"{kind} cannot be sent: {type(failure).__name__}")


def send(stream: IO[bytes], content: Any) -> None:
    """Write one frame: the pickle of ``content``."""
    send_raw(stream, pickle.dumps(content))


def send_raw(stream: IO[bytes], frame: bytes) -> None:
    """Write one frame of these bytes."""
    stream.write(struct.pack("<q", len(frame)) + frame)
    stream.flush()


def receive(stream: IO[bytes]) -> Any:
    """The next frame. Raises EOFError where there is none, or only a part of one."""
    return pickle.loads(_receive_raw(stream))  # noqa: S301 from our own parent or child


def _receive_raw(stream: IO[bytes]) -> bytes:
    head = stream.read(8)
    if len(head) < 8:
        raise EOFError
    (length,) = struct.unpack("<q", head)
    frame = stream.read(length)
    if len(frame) < length:
        raise EOFError
    return frame


def main() -> None:
    """Answer tasks until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # The pipes are for frames alone: whatever prints goes nowhere, and may not read.
    source = os.fdopen(os.dup(0), "rb")
    target = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
    lock = threading.Lock()

    def say(content: Any) -> None:
        with lock:
            send(target, content)

    hello: Hello = receive(source)
    sys.path[:] = hello.path
    _limit_memory(hello.memory)
    gc.disable()  # what is loaded now stays: looking through it for garbage would take 0.1 s each time
    for name in hello.warm:
        importlib.import_module(name)
    gc.freeze()
    gc.enable()
    say("ready")
    frames: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(source, frames), daemon=True).start()
    task_count = 0
    while True:
        say(_answer(frames.get(), say))
        task_count += 1
        if task_count % COLLECT_EVERY == 0:
            gc.collect()


def _listen(source: IO[bytes], frames: queue.SimpleQueue[bytes]) -> None:
    try:
        while True:
            frames.put(_receive_raw(source))
    except (EOFError, OSError):
        os._exit(0)


def _answer(frame: bytes, say: Tell) -> TaskResult:
    result, error = None, None
    current = _Current(say)
    token = _CURRENT.set(current)
    try:
        function, arguments, keywords = pickle.loads(frame)  # noqa: S301 from our own parent
        result = function(*arguments, **keywords)
    except BaseException as failure:  # noqa: BLE001 the parent's to judge; of its traceback only the places go along
        failure.add_note("".join(traceback.format_tb(failure.__traceback__)))
        error = failure.with_traceback(None)
        error.__cause__ = error.__context__ = None
    finally:
        _CURRENT.reset(token)
    kind = type(result if error is None else error).__name__
    try:
        content = pickle.dumps((result, error), pickle.HIGHEST_PROTOCOL)
    except Exception as failure:  # noqa: BLE001
        content = pickle.dumps((None, _cannot_be_sent(kind, failure)))
    return TaskResult(content, kind, memory_of(os.getpid()), current.spent)


def _limit_memory(size: int) -> None:
    """Where the system can refuse memory: whoever asks for more gets an error at once, before the machine is full."""
    if size and sys.platform == "linux":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (size if hard == resource.RLIM_INFINITY else min(size, hard), hard))


def memory_of(pid: int) -> int:
    """Bytes of a process that are in memory; 0 where it is gone."""
    try:
        if Path("/proc/self/statm").is_file():  # without psutil, which takes longer to load than a small file to read
            return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0
    import psutil  # type: ignore[import-untyped]

    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0
