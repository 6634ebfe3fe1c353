"""The secret from which 核对编号 are made (``register.check_number``), and the names of two sides of a case: one a
county, kept in its store for good.

A part of a store (a package, a principal's view) holds the keys of its schools alone.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from xueji_lib.register import check_number
from xueji_lib.store import damage
from xueji_lib.support.checked import Damaged, read_checked, write_checked

if TYPE_CHECKING:
    from xueji_lib.store.store import Store

_WAIT: Final = 10.0
FILE: Final = "check-key.json"


def keys(root: Path, schools: Collection[str]) -> dict[str, bytes]:
    """School → its key, of those that have one. Where the file is gone or damaged none has: then sheets are matched by
    number and name."""
    content = _content(root)
    if "secret" in content:
        secret = bytes.fromhex(content["secret"])
        return {school: check_number.school_key(secret, school) for school in schools}
    theirs = content.get("schools", {})
    return {school: bytes.fromhex(theirs[school]) for school in schools if school in theirs}


def made(store: Store, schools: Collection[str]) -> dict[str, bytes]:
    """The same, with the county's secret made first where there is none; a part of a store makes none. Raises
    StoreError where another process writes for long."""
    root = store.root
    if not (root / damage.PART).is_file() and not _content(root):
        with store.lock(_WAIT):
            if not _content(root):
                write_checked(root / FILE, {"secret": secrets.token_hex(32)})
    return keys(root, schools)


def pair_key(store: Store) -> bytes:
    """The secret under which the two sides of a case are named (``rules.sides``), made as ``made`` does; empty in a
    part of a store, which has no county to compare."""
    made(store, ())
    secret = _content(store.root).get("secret", "")
    return hmac.digest(bytes.fromhex(secret), b"two sides", "sha256") if secret else b""


def hand_on(store: Store, part: Path, schools: Collection[str]) -> None:
    """Put the keys of these schools into a part of the store."""
    theirs = {school: key.hex() for school, key in sorted(made(store, schools).items())}
    if theirs:
        write_checked(part / FILE, {"schools": theirs})


def _content(root: Path) -> dict[str, Any]:
    try:
        return read_checked(root / FILE)
    except (OSError, Damaged):
        return {}
