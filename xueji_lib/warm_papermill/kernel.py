"""An IPython kernel inside this very process: the stock kernel's own code without its sockets.

More than 250 lines: one class of the stock kernel and the streams, descriptors and singletons it needs replaced.

ipykernel's shell, display hook, display publisher and comms make the same messages as ever; ``Wire`` hands them
over in memory instead of over ZeroMQ. Nothing here remembers a notebook: a ``WarmKernel`` lives for one.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import io
import logging
import os
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any, Final, TextIO

from ipykernel import eventloops, ipkernel, kernelbase
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.interactiveshell import InteractiveShell
from jupyter_client.session import Session
from traitlets import observe
from traitlets.config import Config

Message = dict[str, Any]

# ipykernel has types for some functions only.
_ipkernel: Any = ipkernel
_kernelbase: Any = kernelbase
_eventloops: Any = eventloops

FLUSH_EVERY: Final = 0.2
"""Seconds after which the stock kernel sends what was printed (``OutStream.flush_interval``)."""

_INLINE: Final = "module://matplotlib_inline.backend_inline"


class Wire(Session):
    """A session whose messages go to ``deliver`` at once, as JSON would have carried them."""

    deliver: Callable[[Message], None] | None = None

    def send(  # type: ignore[override]  # what goes over a socket only is taken and dropped
        self,
        stream: Any,  # noqa: ARG002
        msg_or_type: Any,
        content: Any = None,
        parent: Any = None,
        **more: Any,
    ) -> Message:
        if isinstance(msg_or_type, str):
            message = self.msg(msg_or_type, content, parent, more.get("header"), more.get("metadata"))
        else:
            message = dict(msg_or_type)
        # There and back: whatever JSON cannot carry fails here as it would on a socket.
        message["content"] = self.unpack(self.pack(message["content"]))
        message["buffers"] = [memoryview(b) for b in more.get("buffers") or ()]
        if self.deliver is not None:
            self.deliver(message)
        return message


class OutStream(io.TextIOBase):
    """sys.stdout or sys.stderr of a notebook: text is collected and sent when flushed, as ipykernel's OutStream
    does, and named as there: a notebook may see it."""

    encoding = "UTF-8"
    errors = None

    def __init__(self, name: str, kernel: WarmKernel, descriptor: int) -> None:
        self.name, self._kernel, self._descriptor = name, kernel, descriptor
        self._kept: list[str] = []
        self._since = 0.0
        self._lock = threading.RLock()

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        self._kernel.flush_old()
        with self._lock:
            if not self._kept:
                self._since = time.monotonic()
            self._kept.append(text)
        return len(text)

    def is_old(self, now: float) -> bool:
        """Something was printed so long ago that the stock kernel would have sent it by now."""
        return bool(self._kept) and now - self._since > FLUSH_EVERY

    def flush(self) -> None:
        self._kernel.read_descriptors()
        self.send()

    def send(self) -> None:
        with self._lock:
            text, self._kept = "".join(self._kept), []
        if not text:
            return
        try:
            self._kernel.publish("stream", {"name": self.name, "text": text})
        except UnicodeEncodeError:  # half a character: the stock kernel says so on stderr and drops the text
            why = f"ERROR:tornado.general:Uncaught exception in ZMQStream callback\n{traceback.format_exc()}"
            self._kernel.publish("stream", {"name": "stderr", "text": why.encode("ascii", "replace").decode()})

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def set_parent(self, parent: Message) -> None:
        """The kernel's own parent is asked for when something is sent."""


class _NoDebugger:
    """Nobody steps through a notebook here; loading a debugger would cost 0.1 s."""

    def __init__(self, *_: Any) -> None:
        pass


class WarmKernel(_ipkernel.IPythonKernel):  # type: ignore[misc]
    """One notebook's kernel. Use ``open_kernel``."""

    debugger_class = _NoDebugger
    _execute_sleep = 0
    shell_channel_thread = SimpleNamespace(parent_thread=None)  # Ctrl-C is the batch's to answer, not a cell's

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.streams: dict[str, OutStream] = {}
        self._captured: list[_Descriptor] = []

    @observe("eventloop")
    def _update_eventloop(self, change: object) -> None:
        """No loop of a graphical interface runs between cells: nobody sits before them."""

    def publish(self, kind: str, content: Message) -> None:
        """Send a message of this kind about the cell that runs."""
        self.session.send(None, kind, content, parent=self.get_parent())

    def flush_old(self) -> None:
        """Send what was printed longer ago than the stock kernel would wait."""
        now = time.monotonic()
        for stream in self.streams.values():
            if stream.is_old(now):
                stream.send()

    def read_descriptors(self) -> None:
        """Send what C code and child processes wrote without Python's streams."""
        for descriptor in self._captured:
            text = descriptor.read()
            if text:
                self.streams[descriptor.name].write(text)

    def request(self, code: str, *, stop_on_error: bool) -> Message:
        """The message that asks for a cell to be run."""
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}}
        content |= {"allow_stdin": False, "stop_on_error": stop_on_error}
        message: Message = self.session.msg("execute_request", content)
        return message

    async def answer(self, request: Message) -> None:
        """Run what is asked; outputs and the reply go to ``deliver``."""
        self.set_parent([], request)
        await self.execute_request(None, [], request)

    def hear(self, message: Message) -> None:
        """Handle a message that a page would send back: a widget's new state. The answers belong to no cell."""
        message = {**message, "content": self.session.unpack(self.session.pack(message["content"])), "buffers": []}
        self.set_parent([], message)
        handler = self.shell_handlers.get(message["header"]["msg_type"])
        if handler is not None:
            handler(None, [], message)

    def _publish_execute_input(self, code: str, parent: Message, execution_count: int) -> None:  # noqa: ARG002
        self.publish("execute_input", {"code": code, "execution_count": execution_count})

    def _abort_queues(self, subshell_id: str | None = None) -> None:
        """There is no queue: the next cell comes when this one has ended."""


class _Descriptor:
    """File descriptor 1 or 2, led into a nameless file while a notebook runs."""

    def __init__(self, name: str, number: int) -> None:
        self.name, self._number = name, number
        self._file: Any = tempfile.TemporaryFile(mode="a+b", buffering=0)  # noqa: SIM115 closed in ``restore``
        self._saved = os.dup(number)
        os.dup2(self._file.fileno(), number)
        self._at = 0

    def read(self) -> str:
        if os.fstat(self._number).st_size == self._at:
            return ""
        self._file.seek(self._at)
        raw: bytes = self._file.read()
        self._at += len(raw)
        return raw.decode("utf-8", "replace")

    def restore(self) -> None:
        os.dup2(self._saved, self._number)
        os.close(self._saved)
        self._file.close()


@contextlib.contextmanager
def open_kernel(deliver: Callable[[Message], None]) -> Iterator[WarmKernel]:
    """A kernel with a fresh shell and namespace; ``deliver`` is called with every message. The process's streams,
    display hook and kernel singletons are its own while the block lasts, and put back afterwards."""
    outer = sys.stdin, sys.stdout, sys.stderr, sys.displayhook, sys.modules.get("__main__")
    enable_gui, breakpoint_hook = _eventloops.enable_gui, sys.breakpointhook
    for stream in (sys.stdout, sys.stderr):
        _flush(stream)
    _forget_singletons()
    lock = threading.RLock()

    def one_at_a_time(message: Message) -> None:
        with lock:  # a cell's threads may display things too
            deliver(message)

    config = Config()
    config.HistoryManager.enabled = False
    captured: list[_Descriptor] = []
    kernel: WarmKernel | None = None
    try:
        log = logging.getLogger(__name__)
        log.addHandler(logging.NullHandler())
        log.propagate = False  # its messages may quote a cell's error
        kernel = WarmKernel.instance(session=Wire(key=b""), config=config, log=log)
        kernel.session.deliver = one_at_a_time
        for name, number in (("stdout", 1), ("stderr", 2)):
            with contextlib.suppress(OSError):  # a program without a console has no such descriptor
                captured.append(_Descriptor(name, number))
            kernel.streams[name] = OutStream(name, kernel, number)
        kernel._captured = captured
        sys.stdout, sys.stderr = kernel.streams["stdout"], kernel.streams["stderr"]
        _eventloops.enable_gui = partial(enable_gui, kernel=kernel)  # it would look for an application
        sys.breakpointhook = _pass_over
        if "" not in sys.path:
            sys.path.insert(0, "")  # modules beside the notebook
        _introduce_libraries(kernel)
        yield kernel
    finally:
        _eventloops.enable_gui, sys.breakpointhook = enable_gui, breakpoint_hook
        for descriptor in captured:
            descriptor.restore()
        sys.stdin, sys.stdout, sys.stderr, sys.displayhook, main = outer
        if kernel is not None:
            kernel.session.deliver = None
            _close(kernel)
        if main is not None:
            sys.modules["__main__"] = main
        _forget_singletons()


def _pass_over(*_: Any, **__: Any) -> None:
    """What ``breakpoint()`` does where nobody steps through."""


@contextlib.contextmanager
def one_loop() -> Iterator[Callable[[Coroutine[Any, Any, Any]], Any]]:
    """A function that runs coroutines in one new event loop and one context; whatever still runs then ends with it."""
    with asyncio.Runner() as runner:
        yield runner.run


def _flush(stream: TextIO | None) -> None:
    with contextlib.suppress(AttributeError, OSError, ValueError):
        assert stream is not None
        stream.flush()


def _close(kernel: WarmKernel) -> None:
    """Release everything the notebook made: its namespace, its widgets' comms, the shell's function for exit."""
    shell: Any = kernel.shell
    atexit.unregister(shell.atexit_operations)
    # Not shell.reset(): it also collects garbage, which is the worker's to do, when it has the time.
    for names in (shell.user_ns, shell.user_ns_hidden):
        names.clear()
    shell.restore_sys_module_state()


def _forget_singletons() -> None:
    _ipkernel._comm_manager = None  # the one place where ipykernel keeps comms across kernels
    for kind in (WarmKernel, _ipkernel.IPythonKernel, _kernelbase.Kernel):
        kind.clear_instance()
    for shell in (ZMQInteractiveShell, InteractiveShell):
        shell.clear_instance()


def _introduce_libraries(kernel: WarmKernel) -> None:
    """Do for this kernel what libraries do when a kernel first imports them; here they were imported long ago."""
    os.environ.setdefault("MPLBACKEND", _INLINE)
    matplotlib: Any = sys.modules.get("matplotlib")
    if matplotlib is not None and os.environ["MPLBACKEND"] == _INLINE:
        matplotlib.rcParams["backend"] = _INLINE
    pandas: Any = sys.modules.get("pandas")
    if pandas is not None and pandas.get_option("display.max_columns") == 0:
        pandas.set_option("display.max_columns", 20)  # imported without a kernel it took this for a terminal
    widgets: Any = sys.modules.get("ipywidgets")
    if widgets is not None:
        widgets.load_ipython_extension(kernel.shell)
