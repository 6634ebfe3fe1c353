"""Deletes half-written folders of runs that were killed."""

from __future__ import annotations

import contextlib
import shutil
import time
from pathlib import Path
from typing import Final

import psutil  # type: ignore[import-untyped]

_SURELY_DEAD: Final = 3600.0


def delete_half_written(schools: Path) -> None:
    """Delete half-written schools: folders named for a process that is gone. A process on another machine
    cannot be looked for: its folder is deleted after an hour."""
    for aside in schools.glob(".*.*"):
        owner = aside.name.rpartition(".")[2]
        if not owner.isdigit():
            continue
        with contextlib.suppress(OSError):
            if not psutil.pid_exists(int(owner)) or time.time() - aside.stat().st_mtime > _SURELY_DEAD:
                shutil.rmtree(aside, ignore_errors=True)
