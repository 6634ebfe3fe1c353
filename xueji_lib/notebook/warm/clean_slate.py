"""Restores a process after a notebook: what one notebook changes is put back before the next.

More than 250 lines: one list of everything in a process that a notebook can change, each with its way back.

``preserved`` remembers, and restores at the end: working folder, environment, ``sys``, builtins, names bound in
modules (and what the kit's own modules keep in lists and tables), warnings, logging, random numbers, locale, time
zone, signals, pandas' and matplotlib's settings, figures, widgets, functions registered with ``atexit``; modules of the
notebook's own are forgotten. What cannot be put back (a thread that runs on, a child process, code that
rebinds what it does not own) is named in ``Residue.reasons``: then the process should not be used again.
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
import sysconfig
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar, Final

from xueji_lib.notebook.warm import clean_libraries, clean_logging

Restore = Callable[[], object]

_MISSING: Final = object()
_OWN_SYS: Final = frozenset({"modules", "path", "meta_path", "path_hooks", "argv", "path_importer_cache"})
_SYS_LISTS: Final = ("path", "meta_path", "path_hooks", "argv", "warnoptions")
_SHELL_BOUND: Final = ("matplotlib.pyplot", "matplotlib_inline", "matplotlib._pylab_helpers")
"""Modules that tie themselves to the shell that first imports them: the next notebook imports its own."""


@dataclass
class Residue:
    """What could not be put back; no reasons = the process is as before. Complete when the block has ended."""

    reasons: list[str] = field(default_factory=list)


@contextlib.contextmanager
def preserved(residue: Residue) -> Iterator[None]:
    """Run one notebook in the block; at its end, however it ends, the process is put back. What cannot be is added to
    ``residue``."""
    threads, library = set(threading.enumerate()), set(sys.modules)
    exit_calls: list[tuple[Any, tuple[Any, ...], dict[str, Any]]] = []
    restores = [_modules(), _system(), _builtins(), _environment(), _random(), _signals(), _numbers()]
    restores += [clean_logging.remember(), clean_libraries.remember(), _exits(exit_calls)]
    try:
        with warnings.catch_warnings():
            yield
    finally:
        for restore in reversed(restores):
            try:
                restore()
            except Exception as error:  # noqa: BLE001 then the process is given up, which is all that is needed
                residue.reasons.append(f"{restore.__qualname__}: {type(error).__name__}")
        _forget(set(sys.modules) - library, residue)
        for thread in set(threading.enumerate()) - threads:
            if thread.is_alive() and not isinstance(thread, threading._DummyThread):
                residue.reasons.append("thread")


# ---- modules ----


def _modules() -> Restore:
    """Names bound in modules; in the kit's own modules also what their lists, sets and tables hold."""
    bound = [(module, _Bound.names(module)) for module in _all_modules()]
    held = []
    for module, names in bound:
        if module.__name__.partition(".")[0] == "xueji_lib":
            held += [(value, value.copy()) for value in names.values() if type(value) in (dict, list, set)]

    def restore() -> None:
        for module, names in bound:
            now = module.__dict__
            if _is_as_before(now, names):
                continue
            for name in [name for name in now if name not in names]:
                # What the import system put there (a sub-module) stays as long as the module does.
                if not isinstance(now[name], ModuleType):
                    del now[name]
            for name, value in names.items():
                if now.get(name, _MISSING) is not value:
                    now[name] = value
        for value, copy in held:
            if value != copy:
                value.clear()
                value.extend(copy) if isinstance(value, list) else value.update(copy)

    return restore


class _Bound:
    """What was bound in a module when a notebook first found it here; every notebook is put back to that."""

    _seen: ClassVar[dict[int, tuple[ModuleType, dict[str, Any]]]] = {}

    @classmethod
    def names(cls, module: ModuleType) -> dict[str, Any]:
        if id(module) not in cls._seen or cls._seen[id(module)][0] is not module:
            cls._seen[id(module)] = module, dict(module.__dict__)
        return cls._seen[id(module)][1]


def _is_as_before(now: dict[str, Any], names: dict[str, Any]) -> bool:
    """Lists compare objects by identity first: for 70,000 names in 1,700 modules that takes a few milliseconds."""
    try:
        return [*now.values()] == [*names.values()] and [*now] == [*names]
    except Exception:  # noqa: BLE001 two different objects that will not be compared
        return False


def _all_modules() -> Iterator[ModuleType]:
    main = sys.modules.get("__main__")
    for name, module in list(sys.modules.items()):  # the main module has a second name in some processes
        if type(module) is ModuleType and module is not main and name not in ("sys", "builtins", "warnings", "logging"):
            yield module


def _forget(added: set[str], residue: Residue) -> None:
    """Modules that came with the notebook: a library's stay (they are only warm now), its own go."""
    for name in sorted(added):
        module = sys.modules.get(name)
        if module is None or _is_library(module):
            continue
        residue.reasons.append(f"module {name}")
        _drop(name)
    for name in [name for name in sys.modules if name.startswith(_SHELL_BOUND)]:
        _drop(name)


def _drop(name: str) -> None:
    module = sys.modules.pop(name, None)
    parent, _, child = name.rpartition(".")
    if module is None or parent not in sys.modules:
        return
    for names in (sys.modules[parent].__dict__, _Bound.names(sys.modules[parent])):
        if names.get(child) is module:
            del names[child]


def _is_library(module: ModuleType) -> bool:
    file = getattr(module, "__file__", None)
    if file is None:
        name = getattr(module, "__name__", "")
        packed = getattr(module, "__path__", None) is not None  # a package without __init__.py
        return name in sys.builtin_module_names or packed or getattr(module, "__spec__", None) is not None
    return Path(file).is_relative_to(Path(__file__).parents[2]) or any(file.startswith(folder) for folder in _homes())


@cache
def _homes() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    folders = {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")} | {sys.prefix, sys.base_prefix}
    return tuple(str(Path(folder)) + os.sep for folder in sorted(folders))


# ---- the process ----


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


def _exits(exit_calls: list[tuple[Any, tuple[Any, ...], dict[str, Any]]]) -> Restore:
    """Functions that a notebook registers with ``atexit`` are called when it ends, as its own process would do."""
    register = atexit.register

    def remember(function: Any, /, *arguments: Any, **named: Any) -> Any:
        owner = sys.modules.get(getattr(function, "__module__", "") or "")
        if owner is not None and owner.__name__ != "__main__" and _is_library(owner):
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
