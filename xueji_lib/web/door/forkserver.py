"""The warm parent of kernels: a process that imports everything a page needs once, then forks a kernel at each request.

``python -m xueji_lib.web.door.forkserver FD``: FD is a socket; a request is JSON with ``number``, ``command`` (as the
plain way would run it), ``environment`` and ``folder``; the answer has the same ``number`` and the child's ``pid``.
When the other end closes, it ends, and its kernels with it (each looks whether its parent lives).

No thread and no zmq context may be there before a fork; what was read is put out of the garbage collector's sight, so
that children do not copy it by counting references.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import json
import os
import random
import signal
import socket
import sys
import threading
from typing import Any, Final

from xueji_lib.web.door.confinement import confine

WARM = (
    "ipykernel.kernelapp", "ipykernel.ipkernel", "ipywidgets", "anywidget", "traitlets", "IPython.display",
    "ipykernel.debugger", "tornado.platform.asyncio", "tornado.queues", "IPython.core.debugger",
    "IPython.core.oinspect", "IPython.core.completerlib", "pdb", "bdb", "http.client",
    "encodings.idna", "encodings.utf_8_sig",
    "IPython.core.completer", "IPython.core.magics", "IPython.extensions.storemagic", "comm", "jedi",
    "numpy", "pandas", "pyarrow", "pyarrow.parquet", "pyarrow.compute", "pyarrow.dataset",
    "sqlalchemy", "sqlalchemy.dialects.sqlite", "alembic", "argon2", "jinja2", "PIL.Image", "PIL.PngImagePlugin",
    "PIL.JpegImagePlugin", "yaml", "xlsxwriter", "chinese_calendar", "matplotlib.figure",
    "matplotlib.backends.backend_svg",
    "xueji_lib.store", "xueji_lib.judge.results", "xueji_lib.casebook.access.school_view",
    "xueji_lib.casebook.access.fence", "xueji_lib.casebook.cases", "xueji_lib.casebook.evidence",
    "xueji_lib.casebook.judging", "xueji_lib.judge.engine",
)  # fmt: skip
_REST_SECONDS: Final = 2.0
"""Without a cell, after which a kernel tidies up: its page is there by then."""


def main(descriptor: int) -> None:
    """Answer requests on the socket ``descriptor`` until its other end closes."""
    channel = socket.socket(fileno=descriptor)
    _warm()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which closes the channel
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system takes care of children that ended
    while True:
        try:
            packet = channel.recv(1_000_000)
        except OSError:
            return
        if not packet:
            return
        request = json.loads(packet)
        pid = os.fork()
        if pid == 0:
            channel.close()
            _child(request)
            os._exit(1)  # not reached
        channel.send(json.dumps({"number": request["number"], "pid": pid}).encode())


def _warm() -> None:
    import importlib
    import pkgutil

    sys.modules["debugpy"] = None  # type: ignore[assignment]  # 20 MB a kernel, and nobody debugs here

    import xueji_lib.web

    # A kernel never needs the door: that is the server's side.
    shown = (module.name for module in pkgutil.walk_packages(xueji_lib.web.__path__, "xueji_lib.web."))
    for name in (*WARM, *(name for name in shown if not name.startswith("xueji_lib.web.door"))):
        try:
            importlib.import_module(name)
        except Exception:  # noqa: BLE001 - what cannot be warmed is read by the kernel that needs it
            continue
    _prepare()
    import pyarrow

    pyarrow.set_cpu_count(1)
    pyarrow.set_io_thread_count(1)
    gc.collect()
    _trim()
    gc.freeze()
    if threading.active_count() > 1:
        raise SystemExit("a thread before the first fork")


def _prepare() -> None:
    """Compile the templates of the pages, and read the kit's files for its mark: each kernel would do it again."""
    from xueji_lib.judge.shelf import kit_mark
    from xueji_lib.reports.pages.piece import compile_all
    from xueji_lib.web.pages.html_pieces import environment

    compile_all(environment())
    kit_mark()


def _trim() -> None:
    """Give unused memory back to the system."""
    try:
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    except (OSError, AttributeError):  # another libc
        return


def settle() -> None:
    """Called in a kernel: once no cell has run for a while, give unused memory back to the system. After each cell it
    would keep the visitor waiting a dozen times."""
    from IPython import get_ipython

    shell: Any = get_ipython()
    timer: asyncio.TimerHandle | None = None

    def tidy_later() -> None:
        nonlocal timer
        if timer is not None:
            timer.cancel()
        timer = asyncio.get_event_loop().call_later(_REST_SECONDS, _tidy)

    shell.events.register("post_execute", tidy_later)


def _tidy() -> None:
    gc.collect()
    _trim()


def _child(request: dict[str, Any]) -> None:
    """Become the kernel."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(request["environment"])
    if request["folder"]:
        os.chdir(request["folder"])
    command = request["command"]
    sys.argv = command[command.index("-m") + 1 :]
    if "-f" in sys.argv:
        confine(os.environ, sys.argv[sys.argv.index("-f") + 1])
    random.seed()
    from ipykernel.kernelapp import IPKernelApp

    # It ends when the parent does; the variable that says so the plain way was read before the fork.
    # No history file and no completer: nobody types here.
    IPKernelApp.launch_instance(
        [
            *sys.argv[1:],
            f"--IPKernelApp.parent_handle={os.getppid()}",
            "--HistoryManager.enabled=False",
            "--IPCompleter.use_jedi=False",
            "--IPKernelApp.exec_lines=from xueji_lib.web.door.forkserver import settle; settle(); del settle",
        ]
    )
    os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
