"""A copy of a store to try something on: what is current, without its casebook, pages and papers.

Segments are never changed, so that the copy may share them with the store (a second name of the same file, where the
file system has that).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from xueji_lib.store import check_key, damage, state
from xueji_lib.store.segments import Segments, path
from xueji_lib.store.store import Store

_SMALL = (state.MARKER, damage.PART, check_key.FILE)


def shadow(store: Store, folder: Path, more: Sequence[str] = ()) -> Store:
    """The store's shadow in an empty folder; of a folder that is no store yet, an empty one. ``more``: other small
    files of the store that belong to it. Raises StoreError."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in (*_SMALL, *more):
        if (store.root / name).is_file():
            shutil.copy2(store.root / name, folder / name)
    for term in store.terms():
        source, target = store.root / term, folder / term
        current = state.load(source)
        for part in ("segments", "intakes"):
            (target / part).mkdir(parents=True, exist_ok=True)
        for table, number in Segments(store.root, term, current).resting():
            _share(path(source, number, table), path(target, number, table))
        for record in sorted((source / "intakes").glob("*.json")):
            _share(record, target / "intakes" / record.name)
        state.save(target, current)
    return Store(folder)


def _share(file: Path, target: Path) -> None:
    try:
        os.link(file, target)
    except FileNotFoundError:
        return  # damaged: whoever reads it will say so
    except OSError:
        shutil.copy2(file, target)
