"""学籍检查工具箱：把一堆乱文件变成一份逐校、逐条、有证据的学籍核查结果。

``import xueji_lib as xj`` is the front door for notebooks and analysts (docs/library.md): its names are ``__all__``.
What they need is loaded when they are used: no command waits for it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from xueji_lib.support.version import __version__

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from xueji_lib.library import charts, pages
    from xueji_lib.library.opened_store import OpenedStore
    from xueji_lib.library.pivots import pivot
    from xueji_lib.library.read_inbox import InboxTables
    from xueji_lib.local_rules import local_rule

__all__ = ["__version__", "charts", "local_rule", "open", "pages", "pivot", "read"]

_LOADED_LATE = {
    "charts": ("xueji_lib.library.charts", ""),
    "local_rule": ("xueji_lib.local_rules", "local_rule"),
    "pages": ("xueji_lib.library.pages", ""),
    "pivot": ("xueji_lib.library.pivots", "pivot"),
}
"""Name of the door → its module, and its name there where it is not the module itself."""


def open(folder: str | Path = "", casebook: str = "") -> OpenedStore:
    """The store in ``folder``; left out: that of the environment variable XUEJI_STORE, else the folder xueji-store.
    ``casebook``: the address of its casebook's database, where that is elsewhere. Raises StoreError where no store
    is."""
    from xueji_lib.library.opened_store import open_store

    return open_store(folder, casebook)


def read(folder: str | Path, term: str, as_of: dt.date | None = None) -> InboxTables:
    """The files of an inbox as tables, without a store (``read_inbox.read_inbox``)."""
    from xueji_lib.library.read_inbox import read_inbox

    return read_inbox(folder, term, as_of)


if not TYPE_CHECKING:  # else mypy would believe every name

    def __getattr__(name: str) -> Any:
        if name not in _LOADED_LATE:
            raise AttributeError(f"module 'xueji_lib' has no attribute {name!r}")
        module, own = _LOADED_LATE[name]
        return getattr(import_module(module), own) if own else import_module(module)


def __dir__() -> list[str]:
    return sorted(__all__)
