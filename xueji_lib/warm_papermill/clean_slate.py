"""Restores a process after a notebook: what one notebook changes is put back before the next.

``preserved`` remembers, and restores at the end: working folder, environment, ``sys``, builtins, names bound in
modules (and what the host's own modules keep in lists and tables), warnings, logging, random numbers, locale, time
zone, signals, pandas' and matplotlib's settings, figures, registers (``clean_registries``), widgets, functions
registered with ``atexit``; modules of the notebook's own are forgotten. What cannot be put back (a thread that runs on,
a child process, code that rebinds what it does not own) is named in ``Residue.reasons``: then the process should not be
used again.
Names of the notebook itself are the kernel's (``kernel``), and context variables its loop's.
"""

from __future__ import annotations

import atexit
import builtins
import contextlib
import decimal
import gc
import locale
import os
import random
import signal
import socket
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from . import clean_libraries, clean_logging, clean_modules, clean_registries
from .clean_modules import HostProgram

Restore = Callable[[], object]

_MISSING: Final = object()
_OWN_SYS: Final = frozenset({"modules", "path", "meta_path", "path_hooks", "argv", "path_importer_cache"})
_SYS_LISTS: Final = ("path", "meta_path", "path_hooks", "argv", "warnoptions")


ALONE: Final = HostProgram()


@dataclass
class Residue:
    """What could not be put back; no reasons = the process is as before. Complete when the block has ended."""

    reasons: list[str] = field(default_factory=list)


@contextlib.contextmanager
def preserved(residue: Residue, host: HostProgram = ALONE) -> Iterator[None]:
    """Run one notebook in the block; at its end, however it ends, the process is put back. What cannot be is added to
    ``residue``."""
    threads, library = set(threading.enumerate()), set(sys.modules)
    exit_calls: list[tuple[Any, tuple[Any, ...], dict[str, Any]]] = []
    restores = [clean_modules.remember(host), _system(), _builtins(), _environment(), _random(), _signals(), _numbers()]
    restores += [clean_logging.remember(), clean_libraries.remember(), clean_registries.remember(host)]
    restores.append(_exits(exit_calls, host))
    try:
        with warnings.catch_warnings():
            yield
    finally:
        for restore in reversed(restores):
            try:
                restore()
            except Exception as error:  # noqa: BLE001 then the process is given up, which is all that is needed
                residue.reasons.append(f"{restore.__qualname__}: {type(error).__name__}")
        residue.reasons += [f"module {name}" for name in clean_modules.forget(set(sys.modules) - library, host)]
        for thread in set(threading.enumerate()) - threads:
            if thread.is_alive() and not isinstance(thread, threading._DummyThread):
                residue.reasons.append("thread")


def _system() -> Restore:
    names = {name: value for name, value in vars(sys).items() if name not in _OWN_SYS}
    lists = {name: (getattr(sys, name), list(getattr(sys, name))) for name in _SYS_LISTS}
    limits = sys.getrecursionlimit(), sys.getswitchinterval(), sys.get_int_max_str_digits()
    tracers = sys.gettrace(), sys.getprofile()

    def restore() -> None:
        for name in [name for name in vars(sys) if name not in names and name not in _OWN_SYS]:
            delattr(sys, name)
        for name, value in names.items():
            if vars(sys).get(name, _MISSING) is not value:
                setattr(sys, name, value)
        for name, (was, content) in lists.items():
            if getattr(sys, name) is not was or was != content:
                was[:] = content
                setattr(sys, name, was)
        sys.setrecursionlimit(limits[0])
        sys.setswitchinterval(limits[1])
        sys.set_int_max_str_digits(limits[2])
        if (sys.gettrace(), sys.getprofile()) != tracers:
            sys.settrace(tracers[0])
            sys.setprofile(tracers[1])

    return restore


def _builtins() -> Restore:
    names = dict(vars(builtins))

    def restore() -> None:
        now = vars(builtins)
        for name in [name for name in now if name not in names]:
            del now[name]
        for name, value in names.items():
            if now.get(name, _MISSING) is not value:
                now[name] = value

    return restore


def _environment() -> Restore:
    """Working folder, environment, file mask, locale, time zone."""
    folder, environment, spoken = Path.cwd(), dict(os.environ), locale.setlocale(locale.LC_ALL)
    mask = os.umask(0o22)
    os.umask(mask)

    def restore() -> None:
        os.chdir(folder)
        if dict(os.environ) != environment:
            os.environ.clear()
            os.environ.update(environment)
            if hasattr(time, "tzset"):
                time.tzset()
        os.umask(mask)
        if locale.setlocale(locale.LC_ALL) != spoken:
            locale.setlocale(locale.LC_ALL, spoken)

    return restore


def _random() -> Restore:
    state = random.getstate()

    def restore() -> None:
        random.setstate(state)

    return restore


def _numbers() -> Restore:
    """Garbage collection, sockets, decimal numbers: switches of the interpreter that have no name in a module."""
    counted = decimal.getcontext().copy()
    collecting, thresholds, patience = gc.isenabled(), gc.get_threshold(), socket.getdefaulttimeout()

    def restore() -> None:
        (gc.enable if collecting else gc.disable)()
        gc.set_threshold(*thresholds)
        socket.setdefaulttimeout(patience)
        decimal.setcontext(counted)

    return restore


def _signals() -> Restore:
    if threading.current_thread() is not threading.main_thread():
        return lambda: None
    handlers = {number: signal.getsignal(number) for number in signal.valid_signals()}

    def restore() -> None:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in handlers.items():
            if handler is not None and signal.getsignal(number) is not handler:
                signal.signal(number, handler)

    return restore


def _exits(exit_calls: list[tuple[Any, tuple[Any, ...], dict[str, Any]]], host: HostProgram) -> Restore:
    """Functions that a notebook registers with ``atexit`` are called when it ends, as its own process would do."""
    register = atexit.register

    def remember(function: Any, /, *arguments: Any, **named: Any) -> Any:
        owner = sys.modules.get(getattr(function, "__module__", "") or "")
        if owner is not None and owner.__name__ != "__main__" and clean_modules.is_library(owner, host):
            return register(function, *arguments, **named)
        exit_calls.append((function, arguments, named))
        return function

    atexit.register = remember

    def restore() -> None:
        atexit.register = register
        for function, arguments, named in reversed(exit_calls):
            with contextlib.suppress(Exception):
                function(*arguments, **named)
        exit_calls.clear()

    return restore
