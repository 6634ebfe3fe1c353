"""A room to try something in: beside the store where that may be, so that a killed program's remains are swept."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from xueji_lib.store.store import Store
from xueji_lib.support.scratch import scratch


@contextmanager
def workroom(store: Store | None, purpose: str) -> Iterator[Path]:
    """An empty folder for its owner alone, gone when the block ends: in the county's store (``scratch``); in the
    system's folder for such things where there is no store yet, or only a part of one. ``purpose``: an ASCII word."""
    if store is not None and store.root.is_dir() and not store.is_part:
        with scratch(store.root, purpose) as folder:
            yield folder
    else:
        with tempfile.TemporaryDirectory(prefix="xueji-", ignore_cleanup_errors=True) as temp:
            yield Path(temp)
