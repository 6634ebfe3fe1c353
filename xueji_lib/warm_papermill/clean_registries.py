"""Restores registers that have no name in a module of their own: codecs, dialects of csv, callbacks of the garbage
collection, names of log levels; classes and registers of pandas, matplotlib and Arrow (a part of ``clean_slate``).
"""

from __future__ import annotations

import codecs
import csv
import gc
import logging
import sys
from collections.abc import Callable
from typing import Any, Final

from .clean_modules import HostProgram, is_library

Restore = Callable[[], object]
_MISSING: Final = object()


def remember(host: HostProgram) -> Restore:
    """Note what the registers hold; return the function that restores them."""
    restores = [_codecs(host), _csv(), _lists(), *_classes(), _arrow()]

    def restore() -> None:
        for one in restores:
            one()

    return restore


def _codecs(host: HostProgram) -> Restore:
    """Functions that look for codecs: there is no list of them, so that each new one is noted."""
    register, added = codecs.register, list[Any]()

    def noting(search_function: Any, /) -> None:
        owner = sys.modules.get(getattr(search_function, "__module__", "") or "")
        if owner is None or owner.__name__ == "__main__" or not is_library(owner, host):
            added.append(search_function)
        register(search_function)

    codecs.register = noting

    def restore() -> None:
        codecs.register = register
        for search_function in added:
            codecs.unregister(search_function)

    return restore


def _csv() -> Restore:
    dialects: dict[str, Any] = {name: csv.get_dialect(name) for name in csv.list_dialects()}
    limit = csv.field_size_limit()

    def restore() -> None:
        csv.field_size_limit(limit)
        for name in csv.list_dialects():
            if name not in dialects:
                csv.unregister_dialect(name)
        for name, dialect in dialects.items():
            if name not in csv.list_dialects() or csv.get_dialect(name) is not dialect:
                csv.register_dialect(name, dialect)

    return restore


def _lists() -> Restore:
    """Lists and tables that libraries keep: put back in place, for others hold them."""
    held: list[Any] = [gc.callbacks, logging._levelToName, logging._nameToLevel]
    pandas: Any = sys.modules.get("pandas.core.dtypes.base")
    units: Any = sys.modules.get("matplotlib.units")
    matplotlib: Any = sys.modules.get("matplotlib")
    style: Any = sys.modules.get("matplotlib.style.core") or sys.modules.get("matplotlib.style")
    if pandas is not None:
        held.append(pandas._registry.dtypes)
    if units is not None:
        held.append(units.registry)
    if matplotlib is not None and "colormaps" in vars(matplotlib):
        held.append(matplotlib.colormaps._cmaps)
    if style is not None and "library" in vars(style):
        held.append(style.library)
    copies = [(content, content.copy()) for content in held]

    def restore() -> None:
        for content, copy in copies:
            if [*content] == [*copy] and (isinstance(content, list) or [*content.values()] == [*copy.values()]):
                continue
            content.clear()
            content.extend(copy) if isinstance(content, list) else content.update(copy)

    return restore


def _classes() -> list[Restore]:
    """What pandas' classes have: an accessor that is registered is an attribute of the class."""
    pandas: Any = sys.modules.get("pandas")
    if pandas is None:
        return []
    return [_class(kind) for kind in (pandas.DataFrame, pandas.Series, pandas.Index)]


def _class(kind: Any) -> Restore:
    names, accessors = dict(vars(kind)), set(kind._accessors)

    def restore() -> None:
        now = dict(vars(kind))
        for name in now.keys() - names.keys():
            delattr(kind, name)
        for name in names:
            if now.get(name, _MISSING) is not names[name]:
                setattr(kind, name, names[name])
        kind._accessors.intersection_update(accessors)

    return restore


def _arrow() -> Restore:
    arrow: Any = sys.modules.get("pyarrow")
    if arrow is None:
        return lambda: None
    threads, readers = arrow.cpu_count(), arrow.io_thread_count()

    def restore() -> None:
        if arrow.cpu_count() != threads:
            arrow.set_cpu_count(threads)
        if arrow.io_thread_count() != readers:
            arrow.set_io_thread_count(readers)

    return restore
