"""Saves copies of documents that people changed, before they are made again: what a school typed into its 问题台账, or
an office into a letter, exists nowhere else."""

from __future__ import annotations

import datetime as dt
import shutil
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

FOLDER: Final = "替换前"
"""Beside the papers: what they were before they were made again."""
_PAPERS: Final = (".xlsx", ".docx")


def save_copies(folder: Path, names: Iterable[str]) -> list[Path]:
    """Copy those files of ``folder`` that are documents and can still be opened, named with the time of their change;
    a file that is cut off or empty is nobody's work. Returns the copies. Raises OSError where one cannot be made."""
    copies = []
    for name in names:
        file = folder / name
        if file.suffix in _PAPERS and zipfile.is_zipfile(file):
            copies.append(_copy(file, folder / FOLDER))
    return copies


def _copy(file: Path, folder: Path) -> Path:
    """Copy the file without replacing an earlier copy; return the new one."""
    folder.mkdir(exist_ok=True)
    changed = dt.datetime.fromtimestamp(file.stat().st_mtime)
    number, target = 1, folder / f"{file.stem}.{changed:%Y%m%d-%H%M%S}{file.suffix}"
    while target.exists() and target.read_bytes() != file.read_bytes():
        number += 1
        target = folder / f"{file.stem}.{changed:%Y%m%d-%H%M%S}-{number}{file.suffix}"
    shutil.copy2(file, target)
    return target
