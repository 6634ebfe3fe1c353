"""Files that are held against what was written: by a digest that is kept elsewhere, or one of their own (JSON)."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from xueji_lib.support.files import sha256_of_content
from xueji_lib.support.safe_write import write_aside

_KEY: Final = "digest"
_UNSET: Final = "0" * 64
_SETTLED: Final = 1.0
"""Seconds after which a file's time tells a second writing from the first: clocks of file systems tick slowly."""

_known: dict[Path, tuple[tuple[int, ...], str]] = {}


class Damaged(ValueError):
    """A file is not what was written."""


def sha256_of(file: Path) -> str:
    """64 hex digits. Read once in a process as long as the file stays as it is. Raises OSError."""
    state = file.stat()
    mark = (state.st_mtime_ns, state.st_ctime_ns, state.st_size, state.st_ino)
    if (known := _known.get(file)) and known[0] == mark:
        return known[1]
    digest = sha256_of_content(file)
    if time.time() - max(state.st_mtime, state.st_ctime) > _SETTLED:
        _known[file] = mark, digest
    return digest


def is_whole(file: Path, sha256: str) -> bool:
    """The file is there and its digest is this one."""
    try:
        return sha256_of(file) == sha256
    except OSError:
        return False


# ---- JSON that carries its own digest ----


def checked_text(content: Mapping[str, Any]) -> bytes:
    """JSON with sorted keys and ``digest``, the SHA-256 of the text with zeros in the digest's place."""
    blank = json.dumps({**content, _KEY: _UNSET}, ensure_ascii=False, sort_keys=True).encode()
    return blank.replace(_UNSET.encode(), hashlib.sha256(blank).hexdigest().encode())


def write_checked(file: Path, content: Mapping[str, Any]) -> None:
    """``checked_text``, whole or not at all."""
    write_text(file, checked_text(content))


def write_text(file: Path, text: bytes) -> None:
    """A ``checked_text`` that is written more than once, whole or not at all."""
    with write_aside(file) as aside:
        aside.write_bytes(text)


def read_checked(file: Path, unmarked: Callable[[Mapping[str, Any]], bool] = lambda _: False) -> dict[str, Any]:
    """What was written, without the digest. ``unmarked``: says of content without a digest that it is of a release that
    wrote none; it is then taken as it is. Raises OSError, and Damaged where it is not what was written."""
    text = file.read_bytes()
    try:
        content: Any = json.loads(text)
    except ValueError:
        raise Damaged(str(file)) from None
    if not isinstance(content, dict):
        raise Damaged(str(file))
    mark = content.pop(_KEY, None)
    if mark is None and unmarked(content):
        return content
    if not isinstance(mark, str) or len(mark) != len(_UNSET):
        raise Damaged(str(file))
    if hashlib.sha256(text.replace(mark.encode(), _UNSET.encode())).hexdigest() != mark:
        raise Damaged(str(file))
    return content
