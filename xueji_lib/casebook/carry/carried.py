"""Work in a package: it is unpacked into a folder while it is used, and packed again when work ends.

The folder lies in the user's own data folder of this machine, never beside the package (which may be on a stick that
gets lost). After a crash it is still there and is used again, so that nothing reported as saved is lost.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from platformdirs import user_data_path

from xueji_lib.casebook.carry.merge import merge
from xueji_lib.casebook.carry.package import pack
from xueji_lib.casebook.carry.sealed import Sealed, check_readable
from xueji_lib.casebook.log.events import Actor
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.judge import shelf
from xueji_lib.register.inspection import Inspection
from xueji_lib.store import PART
from xueji_lib.support.errors import StoreError
from xueji_lib.support.safe_write import locked


@contextmanager
def carried(package: Sealed, actor: Actor, say: Callable[[str], None], home: Path | None = None) -> Iterator[Path]:
    """The folder of the store made from a package, while the block runs; then the package holds what was done.

    ``say`` is called with what happens, for the screen. ``home``: where packages are unpacked (default: the user's data
    folder). Raises UsageError for a wrong password, StoreError where the package is damaged or already open.
    """
    file = package.file
    home = home or user_data_path("xueji", appauthor=False) / "packages"
    root = home / hashlib.sha256(str(file.resolve()).encode()).hexdigest()[:16]
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with locked(root.with_suffix(".lock"), f"{file} 已经在另一个窗口里打开了"):
        check_readable(file, package.password)
        if root.exists() and (root / PART).is_file():
            say(f"上次没有正常结束，接着用当时的内容（{file.name}）")
            merge(root, "", package, actor)  # mends what was damaged meanwhile; else it changes nothing
        else:
            shutil.rmtree(root, ignore_errors=True)
            merge(root, "", package, actor)
            root.chmod(0o700)
        try:
            yield root
        finally:
            _pack_again(root, package, actor)
            say(f"已写回 {file}")
        shutil.rmtree(root)


def _pack_again(root: Path, package: Sealed, actor: Actor) -> None:
    """Raises StoreError where it could not be written: the unpacked folder then stays."""
    workplace = Workplace.open(root)
    try:
        part = json.loads((root / PART).read_text("utf-8"))
    except (OSError, ValueError):
        raise StoreError(f"{root / PART} 读不出来，没有写回 {package.file}。内容还在 {root}") from None
    answer = shelf.obtain(workplace.store, Inspection(part["term"], dt.date.today()))
    pack(workplace, actor, part["schools"], answer, package)
