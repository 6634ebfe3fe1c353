"""Restores what is bound in modules, and forgets the notebook's own modules (a part of ``clean_slate``)."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar, Final

_MISSING: Final = object()
_SHELL_BOUND: Final = ("matplotlib.pyplot", "matplotlib_inline", "matplotlib._pylab_helpers")
"""Modules that tie themselves to the shell that first imports them: the next notebook imports its own."""


@dataclass(frozen=True, slots=True)
class HostProgram:
    """The program that runs notebooks. ``packages``: its top-level packages: what their modules keep in lists, sets and
    tables is put back too. ``folders``: where it lies, if not with Python's libraries; a module that lies in neither is
    taken for the notebook's own."""

    packages: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()


def remember(host: HostProgram) -> Callable[[], object]:
    """Note the names bound in modules, and what the lists, sets and tables of the host's modules hold; return the
    function that restores them."""
    bound = [(module, _Bound.names(module)) for module in _all_modules()]
    held = []
    for module, names in bound:
        if module.__name__.partition(".")[0] in host.packages:
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


def forget(added: set[str], host: HostProgram) -> list[str]:
    """Forget the modules that came with the notebook and are its own; return their names. A library's stay: they are
    only warm now."""
    own = []
    for name in sorted(added):
        module = sys.modules.get(name)
        if module is None or is_library(module, host):
            continue
        own.append(name)
        _drop(name)
    for name in [name for name in sys.modules if name.startswith(_SHELL_BOUND)]:
        _drop(name)
    return own


def _drop(name: str) -> None:
    module = sys.modules.pop(name, None)
    parent, _, child = name.rpartition(".")
    if module is None or parent not in sys.modules:
        return
    for names in (sys.modules[parent].__dict__, _Bound.names(sys.modules[parent])):
        if names.get(child) is module:
            del names[child]


def is_library(module: ModuleType, host: HostProgram) -> bool:
    """Whether a module belongs to Python, to an installed library or to the host: not to the notebook."""
    file = getattr(module, "__file__", None)
    if file is None:
        name = getattr(module, "__name__", "")
        packed = getattr(module, "__path__", None) is not None  # a package without __init__.py
        return name in sys.builtin_module_names or packed or getattr(module, "__spec__", None) is not None
    near = any(Path(file).is_relative_to(folder) for folder in [str(Path(__file__).parent), *host.folders])
    return near or file.startswith(_homes())


@cache
def _homes() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    folders = {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")} | {sys.prefix, sys.base_prefix}
    return tuple(str(Path(folder)) + os.sep for folder in sorted(folders))
