"""Writes files whole or not at all, and locks so that there is one writer at a time."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from xueji_lib.support.errors import StoreError
from xueji_lib.support.os_reasons import naming
from xueji_lib.support.private import keep_private, make_folder

_AGAIN: Final = 0.05

if sys.platform == "win32":
    import msvcrt

    def _try_lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _try_lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def locked(file: Path, busy: str, wait: float = 0.0) -> Iterator[None]:
    """Hold the lock file. Raises StoreError(``busy``) where another process holds it for longer than ``wait`` seconds.

    The system frees the lock of a process that died, so none is ever left behind.
    """
    handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        end = time.monotonic() + wait
        while True:
            try:
                _try_lock(handle)
                break
            except OSError:
                if time.monotonic() >= end:
                    raise StoreError(busy) from None
                time.sleep(_AGAIN)
        yield
    finally:
        os.close(handle)


@contextmanager
def write_aside(file: Path) -> Iterator[Path]:
    """A path to write to; when the block ends without an error, that file replaces ``file`` in one step. In a private
    folder it is private."""
    make_folder(file.parent)
    aside = file.with_name(file.name + ".part")
    try:
        with naming(file):
            yield aside
            # Windows lets only a handle that may write flush.
            with aside.open("r+b") as handle:
                os.fsync(handle.fileno())
            keep_private(aside)
            aside.replace(file)
            if sys.platform != "win32":
                folder = os.open(file.parent, os.O_RDONLY)
                try:
                    os.fsync(folder)
                finally:
                    os.close(folder)
    except BaseException:
        with contextlib.suppress(OSError):  # where nothing may be written there is nothing either
            aside.unlink(missing_ok=True)
        raise


def write_json(file: Path, content: Mapping[str, Any]) -> None:
    """Write JSON with sorted keys, whole or not at all."""
    with write_aside(file) as aside:
        aside.write_text(json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1), "utf-8")
