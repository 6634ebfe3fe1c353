"""What is current in a term (``current.json`` and its copy), and the file that says that a folder is a store.

Both are checked JSON: they carry their own digest. What 0.1.0 wrote has none; it is held against what it must look
like.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from xueji_lib.register.calendar import TERM_ID
from xueji_lib.store import damage
from xueji_lib.store.digests import rows_of
from xueji_lib.support.checked import Damaged, checked_text, read_checked, write_checked, write_text
from xueji_lib.support.errors import StoreError

FORMAT: Final = 2
_OLDEST: Final = 1
MARKER: Final = "xueji-store.json"
CURRENT: Final = "current.json"
COPY: Final = "current-copy.json"
"""Written just before ``current.json``, the same; read where that one is damaged or gone."""
_VERSION: Final = {"segment": int, "rows": int, "hash": str, "rejected": dict}


def terms(root: Path) -> Iterator[str]:
    """The ids of the terms with data, in no order."""
    if root.is_dir():
        for folder in root.iterdir():
            if TERM_ID.match(folder.name) and any((folder / name).is_file() for name in (CURRENT, COPY)):
                yield folder.name


def load(folder: Path) -> dict[str, Any]:
    """What is current in a term's folder: ``intake`` (its last number), ``tables``: table → school → version,
    ``segments``: number → table → SHA-256. Raises StoreError."""
    for file in (folder / CURRENT, folder / COPY):
        try:
            current = read_checked(file, _is_of_format_1)
            _check(current)
        except (OSError, Damaged):
            continue
        return {"segments": {}, **current}
    raise damage.of_current(folder.name, folder / CURRENT)


def nothing() -> dict[str, Any]:
    """What is current in a term without data."""
    return {"format": FORMAT, "intake": 0, "tables": {}, "segments": {}}


def save(folder: Path, current: dict[str, Any]) -> None:
    """Write what is current into both files: the copy first, then the one that counts."""
    current["format"] = FORMAT
    text = checked_text(current)
    for file in (folder / COPY, folder / CURRENT):
        write_text(file, text)


def is_to_be_written(folder: Path) -> bool:
    """Whether something is current that not both files say, each with its digest."""
    if not any((folder / name).is_file() for name in (CURRENT, COPY)):
        return False
    try:
        return read_checked(folder / CURRENT) != read_checked(folder / COPY)
    except (OSError, Damaged):
        return True


def damaged(root: Path) -> list[Path]:
    """The store's small files (marker, what is current in a term, its copy) that are gone or not what was written. The
    store can be used as long as another stands in for them; the next intake writes them again."""
    files = [root / MARKER, *(root / term / name for term in sorted(terms(root)) for name in (CURRENT, COPY))]
    broken = []
    for file in files:
        try:
            content = read_checked(file, _is_of_format_1)
            if file.name != MARKER:
                _check(content)
        except FileNotFoundError:
            if not (file.name == COPY and _is_old(file.with_name(CURRENT))):
                broken.append(file)
        except (OSError, Damaged):
            broken.append(file)
    return broken


def _is_old(file: Path) -> bool:
    """Written by 0.1.0, which made no copy."""
    try:
        return _is_of_format_1(read_checked(file, _is_of_format_1))
    except (OSError, Damaged):
        return False


def _is_of_format_1(content: Mapping[str, Any]) -> bool:
    """Written by 0.1.0, whose JSON has no digest."""
    return content.get("format") == 1


def _check(current: Mapping[str, Any]) -> None:
    """Raises Damaged for what no release has written. Where a digest says that all is as it was written, only the
    release is asked."""
    sound = current.get("format") == FORMAT or (_is_of_format_1(current) and _looks_like_format_1(current))
    if not sound:
        raise Damaged(CURRENT)


def _looks_like_format_1(current: Mapping[str, Any]) -> bool:
    try:
        return isinstance(current["intake"], int) and all(
            set(version) == set(_VERSION)
            and all(type(version[name]) is kind for name, kind in _VERSION.items())
            and rows_of(version["hash"]) == version["rows"]
            for versions in current["tables"].values()
            for version in versions.values()
        )
    except (KeyError, TypeError, AttributeError, ValueError):
        return False


# ---- the marker ----


def check_marker(root: Path) -> None:
    """Raises StoreError where the folder is no store, or one of a newer release. A marker that is damaged or gone does
    not matter where every term can be read."""
    marker = root / MARKER
    try:
        version = read_checked(marker, _is_of_format_1)["format"]
        if version in range(_OLDEST, FORMAT + 1):
            return
        problem = StoreError(f"数据仓 {root} 是第 {version} 版格式，本程序只认到第 {FORMAT} 版。请换用相应版本的程序")
    except FileNotFoundError:
        problem = StoreError(f"{root} 不是数据仓（里面没有 {MARKER}）。用 --store 指到正确的文件夹")
    except (OSError, Damaged, KeyError):
        problem = damage.of_marker(marker)
    term_ids = list(terms(root))
    try:
        for term in term_ids:
            load(root / term)
    except StoreError:
        raise problem from None
    if not term_ids:
        raise problem


def write_marker(root: Path) -> None:
    """Write the marker that this is a store of today's format, where it is not there yet."""
    try:
        if read_checked(root / MARKER) == {"format": FORMAT}:
            return
    except (OSError, Damaged):
        pass
    write_checked(root / MARKER, {"format": FORMAT})
