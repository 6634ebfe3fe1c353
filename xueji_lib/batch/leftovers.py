"""What runs that were killed left behind."""

from __future__ import annotations

import contextlib
import shutil
import time
from pathlib import Path
from typing import Final

import psutil  # type: ignore[import-untyped]

_SURELY_DEAD: Final = 3600.0


def sweep(schools: Path) -> None:
    """Take away half-written schools: folders named for a process that is gone. One on another machine cannot be
    asked; an hour is enough for it."""
    for aside in schools.glob(".*.*"):
        owner = aside.name.rpartition(".")[2]
        if not owner.isdigit():
            continue
        with contextlib.suppress(OSError):
            if not psutil.pid_exists(int(owner)) or time.time() - aside.stat().st_mtime > _SURELY_DEAD:
                shutil.rmtree(aside, ignore_errors=True)
