"""Files and folders that nobody but their owner may look into, whatever the umask says.

A folder is private where others than its owner and his group may not enter it; what is made in it is private too: so
the store is made private once, and all that comes below it follows. Windows has no such bits; there it is the folder's
own rights that count.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_OTHERS: Final = stat.S_IRWXO
_GROUP: Final = stat.S_IRWXG
HAS_BITS: Final = sys.platform != "win32"


def private_folder(folder: Path) -> Path:
    """The folder, made where it is not there, for its owner alone. One that others may enter is closed to them; one
    that was opened to a group alone stays so, for somebody did that on purpose; and so does one that everybody shares
    (/tmp, by its sticky bit). Raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if HAS_BITS:
        mode = stat.S_IMODE(folder.stat().st_mode)
        if mode & _OTHERS and not mode & stat.S_ISVTX and folder.stat().st_uid == os.geteuid():
            with contextlib.suppress(OSError):  # on a disk that may only be read nobody writes either
                folder.chmod(mode & ~(_OTHERS | _GROUP))
    return folder


def make_folder(folder: Path) -> Path:
    """The folder with all above it, made where they are not there; private where they are made in a private one. Raises
    OSError."""
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        if folder.parent == folder:
            break
        folder = folder.parent
    for level in reversed(missing):
        level.mkdir(exist_ok=True)
        keep_private(level)
    return missing[0] if missing else folder


def keep_private(path: Path) -> None:
    """Close a file or folder that was just made, where its folder is private."""
    if not HAS_BITS:
        return
    above = stat.S_IMODE(path.parent.stat().st_mode)
    if not above & _OTHERS:
        mode = stat.S_IMODE(path.stat().st_mode)
        path.chmod(mode & ~_OTHERS & ~(_GROUP & ~above))


def keep_all_private(folder: Path) -> None:
    """``keep_private`` of a folder and all that lies in it."""
    for path in (folder, *folder.rglob("*")):
        keep_private(path)


def private_file(file: Path, content: str) -> None:
    """Write a text that only its owner may read, into a folder that is private. Raises OSError."""
    private_folder(file.parent)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(content)


def open_to_others(root: Path) -> Iterator[Path]:
    """The files and folders below a root, and itself, that others than owner and group may read."""
    if HAS_BITS:
        for path in (root, *sorted(root.rglob("*"))):
            if not path.is_symlink() and path.lstat().st_mode & _OTHERS:
                yield path
