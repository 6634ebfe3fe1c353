"""Checks the machine that the store lies on: room on the disk, the clock, who may read and write."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from xueji_lib.doctor.diagnosis import Diagnosis, good, to_do
from xueji_lib.store import Store
from xueji_lib.support.private import open_to_others

_LEAST_FREE: Final = 2 * 2**30
"""Bytes: a county's intake, its papers and a backup want about as much."""
_LISTED: Final = 5
_WRONG: Final = dt.timedelta(minutes=10)
_BUILT: Final = 2026
"""The kit was made in this year; a clock that is before it is wrong."""


def disk(store: Store, out: Path | None) -> Iterator[Diagnosis]:
    """Whether the disks of the store and of the deliverables have room."""
    rooms: dict[int, tuple[Path, int]] = {}
    for folder in (store.root, out):
        existing = _existing(folder) if folder is not None else None
        if existing is not None:
            rooms.setdefault(existing.stat().st_dev, (existing, shutil.disk_usage(existing).free))
    small = [f"{folder} 所在的磁盘只剩 {free / 2**30:.1f} GB" for folder, free in rooms.values() if free < _LEAST_FREE]
    if small:
        yield to_do("；".join(small), "删掉不用的文件，或把数据仓、成果移到大一点的磁盘。满了以后什么都存不上")
    else:
        yield good(f"磁盘：{'、'.join(f'{folder} 还有 {free / 2**30:.0f} GB' for folder, free in rooms.values())}")


def _existing(folder: Path) -> Path | None:
    return next((path for path in (folder, *folder.absolute().parents) if path.is_dir()), None)


def clock(store: Store, now: dt.datetime) -> Iterator[Diagnosis]:
    """Whether the clock is behind what was written last. Due dates, log-ins and the trail go by it."""
    newest = max((_time(file) for file in _written(store)), default=0.0)
    behind = dt.datetime.fromtimestamp(newest, dt.UTC) - now
    if now.year < _BUILT or behind > _WRONG:
        last = dt.datetime.fromtimestamp(newest).isoformat(" ", "minutes")
        shown = now.astimezone().isoformat(" ", "minutes")
        yield to_do(
            f"时钟不对：现在是 {shown}，数据仓里最新的文件是 {last} 写的",
            "把电脑的日期、时间、时区调对。时钟走快过、按以后的日期记进了台账的，调对后运行 xueji batch --standing",
        )
    else:
        yield good(f"时钟：{now.astimezone().isoformat(' ', 'minutes')}（{time.tzname[time.daylight and 1]}）")


def _written(store: Store) -> Iterator[Path]:
    yield store.root
    yield from store.root.glob("*.json")
    yield from store.root.glob("*/current.json")
    yield from store.root.glob("casebook/casebook.sqlite*")


def _time(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def rights(store: Store, out: Path | None) -> Iterator[Diagnosis]:
    """Whether others may read what holds full numbers, and whether this user may write."""
    folders = [store.root, store.root / "casebook", *(store.root / term for term in store.terms())]
    shut = [
        folder for folder in (*folders, *([out] if out else [])) if folder.is_dir() and not os.access(folder, os.W_OK)
    ]
    if shut:
        yield to_do(
            f"没有写的权限：{'、'.join(map(str, shut[:_LISTED]))}",
            "用管数据仓的那个账户运行，或请管理员给这个账户写的权限",
        )
    listed = list(open_to_others(store.root))
    open_ones = listed if store.root in listed else []  # into a closed folder nobody else gets
    if open_ones:
        more = f" 等 {len(open_ones)} 个" if len(open_ones) > _LISTED else ""
        yield to_do(
            f"这台电脑上别的用户能读数据仓：{'、'.join(map(str, open_ones[:_LISTED]))}{more}",
            f"运行 chmod -R go= {store.root}（同组的人要一起用的：chmod -R o= {store.root}）",
        )
    if not shut and not open_ones:
        whose = "权限在文件夹的“安全”里看" if sys.platform == "win32" else "只有本人（或本组）能读"
        yield good(f"权限：能写，{whose}")
