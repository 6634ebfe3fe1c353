"""学籍检查工具箱：把一堆乱文件变成一份逐校、逐条、有证据的学籍核查结果。

``import xueji_lib as xj``: ``xj.open(store)`` and ``xj.read(inbox, term)`` (docs/library.md). What they need is loaded
when they are called: no command waits for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xueji_lib.support.version import __version__

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from xueji_lib.library import InboxTables, OpenedStore

__all__ = ["__version__", "open", "read"]


def open(folder: str | Path, casebook: str = "") -> OpenedStore:
    """The store in ``folder``. ``casebook``: the address of its casebook's database, where that is elsewhere. Raises
    StoreError where no store is."""
    from xueji_lib.library import open_store

    return open_store(folder, casebook)


def read(folder: str | Path, term: str, as_of: dt.date | None = None) -> InboxTables:
    """The files of an inbox as tables, without a store (``read_inbox.read_inbox``)."""
    from xueji_lib.library import read_inbox

    return read_inbox(folder, term, as_of)
