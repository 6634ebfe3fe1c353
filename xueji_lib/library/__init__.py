"""The library's front door: ``import xueji_lib as xj``, then ``xj.open("xueji-store")`` or ``xj.read("收件夹", …)``.

Frames of pandas for whoever asks questions of their own. Personal values are masked unless they are asked for with a
reason, which stands in the casebook's trail then. docs/library.md has all of it, run as a test.
"""

from __future__ import annotations

from xueji_lib.library.opened_store import OpenedSchool, OpenedStore, open_store
from xueji_lib.library.read_inbox import InboxTables, read_inbox

__all__ = ["InboxTables", "OpenedSchool", "OpenedStore", "open_store", "read_inbox"]
