"""Where whole registers lie for a moment: one folder in the store, for its owner alone, swept of what killed programs
left. Nothing of it is ever needed again.

::

    <store>/.scratch/.lock                  held while the others are made or swept
    <store>/.scratch/pack-4711-a1b2c3       a program's own
    <store>/.scratch/pack-4711-a1b2c3.lock  held as long as that program lives: the system frees it
"""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Final

from xueji_lib.support.errors import StoreError
from xueji_lib.support.private import private_folder
from xueji_lib.support.safe_write import locked

FOLDER: Final = ".scratch"
_LOCK: Final = ".lock"
_WAIT: Final = 30.0
_OF_EARLIER_KITS: Final = ("casebook/xueji-pack-*", "../.merge-????????")
"""Where earlier kits laid the same, beside no lock: old enough, it is nobody's."""
_OLD: Final = 3600.0


@contextmanager
def scratch(root: Path, purpose: str) -> Iterator[Path]:
    """An empty folder below the store at ``root``, gone when the block ends; what others left there is swept first.
    ``purpose``: a short ASCII word. Raises StoreError, OSError."""
    home = private_folder(root / FOLDER)
    sweep(root)
    folder = home / f"{purpose}-{os.getpid()}-{secrets.token_hex(3)}"
    own = folder.with_name(folder.name + _LOCK)
    with ExitStack() as block:
        with _held(home):
            block.enter_context(locked(own, ""))
            folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    own.unlink(missing_ok=True)


def sweep(root: Path) -> int:
    """Delete what programs that live no more left in the store at ``root``; how many such things. What cannot be
    deleted stays for the next time."""
    home, swept = root / FOLDER, 0
    if home.is_dir():
        try:
            with _held(home):
                swept = sum(_delete(path) for path in _left(home))
        except (StoreError, OSError):  # another program is at it, or the store may only be read
            return 0
    for pattern in _OF_EARLIER_KITS:
        above, _, name = pattern.rpartition("/")
        for path in (root / above).glob(name):
            if path.is_dir() and _age(path) > _OLD:
                swept += _delete(path)
    return swept


def left_behind(root: Path) -> list[Path]:
    """What ``sweep`` would delete now."""
    return _left(root / FOLDER) if (root / FOLDER).is_dir() else []


def _held(home: Path) -> AbstractContextManager[None]:
    return locked(home / _LOCK, f"另一个程序正在整理 {home}，等了 {_WAIT:g} 秒没有等到", _WAIT)


def _left(home: Path) -> list[Path]:
    return [path for path in sorted(home.iterdir()) if path.is_dir() and not _is_alive(path)]


def _is_alive(folder: Path) -> bool:
    own = folder.with_name(folder.name + _LOCK)
    if not own.exists():
        return False
    try:
        with locked(own, ""):
            return False
    except StoreError:
        return True


def _delete(folder: Path) -> int:
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        return 0
    folder.with_name(folder.name + _LOCK).unlink(missing_ok=True)
    return 1


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return 0.0
