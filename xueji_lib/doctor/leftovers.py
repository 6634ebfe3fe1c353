"""Finds half-written files that killed runs left behind."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from xueji_lib.doctor.diagnosis import Diagnosis, good, to_do
from xueji_lib.store import Store
from xueji_lib.support import scratch

OLD: Final = 3600.0
"""Seconds after which a half-written file belongs to no running program."""
_LISTED: Final = 20
_HALF: Final = re.compile(r".+\.part")
"""A file that was to replace another."""
_ASIDE: Final = re.compile(r"\..+\.(\d+|old)")
"""A folder that was to replace another, named for the process that wrote it."""
_SEGMENT: Final = re.compile(r"(\d+)-.+\.parquet")


def leftovers(store: Store | None, out: Path | None) -> Iterator[Diagnosis]:
    """Half-written files and folders in the store and in a folder of deliverables, and segments that no intake names.
    Nothing is deleted here."""
    paths = [path for root in (store.root if store else None, out) if root is not None for path in _aside(root)]
    if store is not None:
        paths += [*_unnamed(store), *scratch.left_behind(store.root)]
    old = sorted({path for path in paths if _age(path) > OLD})
    if not old:
        yield good("没有中断的程序留下的半成品")
        return
    listed = [str(path) for path in old[:_LISTED]] + ([f"还有 {len(old) - _LISTED} 个"] if len(old) > _LISTED else [])
    yield to_do(
        "\n".join([f"中断的程序留下 {len(old)} 个半成品，没有程序用它们，只占地方", *listed]),
        "确认没有 xueji 在运行，然后删掉；schools 文件夹里的，下一次 xueji batch 会自己删",
    )


def _aside(root: Path) -> Iterator[Path]:
    for path in root.rglob("*"):
        if (_HALF.fullmatch(path.name) and path.is_file()) or (_ASIDE.fullmatch(path.name) and path.is_dir()):
            yield path


def _unnamed(store: Store) -> Iterator[Path]:
    """Segments of an intake that was killed before it counted. The next intake takes their number."""
    for term in store.terms():
        last = max((intake.number for intake in store.history(term)), default=0)
        for file in (store.root / term / "segments").glob("*.parquet"):
            named = _SEGMENT.fullmatch(file.name)
            if named and int(named[1]) > last:
                yield file


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return 0.0
