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
    """Called by a task: what it has done so far, for the parent to have should this process be lost. Outside a
    worker nobody hears it."""
    current = _CURRENT.get(None)
    if current is not None:
        current.tell(content)


def retire() -> None:
    """Called by a task: this process should not be used again."""
    current = _CURRENT.get(None)
    if current is not None:
        current.spent = True


@dataclass(frozen=True, slots=True)
class Hello:
    """The first frame: where modules are, and which to import before the first task."""

    path: list[str]
    warm: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The last frame of a task. ``memory``: bytes resident; ``spent``: this process should not be used again."""

    result: Any
    error: BaseException | None
    memory: int
    spent: bool


def send(stream: IO[bytes], content: Any) -> None:
    send_raw(stream, pickle.dumps(content))


def send_raw(stream: IO[bytes], frame: bytes) -> None:
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
    gc.disable()  # what is loaded now stays: looking through it for garbage would take 0.1 s each time
    for name in hello.warm:
        importlib.import_module(name)
    gc.freeze()
    gc.enable()
    say("ready")
    frames: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(source, frames), daemon=True).start()
    memory, done = _memory(), 0
    while True:
        say(_answer(frames.get(), say, memory))
        done += 1
        if done % COLLECT_EVERY == 0:
            gc.collect()


def _listen(source: IO[bytes], frames: queue.SimpleQueue[bytes]) -> None:
    try:
        while True:
            frames.put(_receive_raw(source))
    except (EOFError, OSError):
        os._exit(0)


def _answer(frame: bytes, say: Tell, memory: Callable[[], int]) -> Answer:
    result, error = None, None
    current = _Current(say)
    token = _CURRENT.set(current)
    try:
        function, given, named = pickle.loads(frame)  # noqa: S301 from our own parent
        result = function(*given, **named)
    except BaseException as failure:  # noqa: BLE001 the parent's to judge; of its traceback only the places go along
        failure.add_note("".join(traceback.format_tb(failure.__traceback__)))
        error = failure.with_traceback(None)
        error.__cause__ = error.__context__ = None
    finally:
        _CURRENT.reset(token)
    try:
        pickle.loads(pickle.dumps((result, error)))  # noqa: S301 our own
    except Exception as failure:  # noqa: BLE001
        kind = type(result if error is None else error).__name__
        result, error = None, TypeError(f"{kind} cannot be sent: {type(failure).__name__}")
    return Answer(result, error, memory(), current.spent)


def _memory() -> Callable[[], int]:
    import psutil  # type: ignore[import-untyped]

    process = psutil.Process()
    return lambda: int(process.memory_info().rss)
