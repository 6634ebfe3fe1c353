"""The notebooks that ``xueji lab`` opens: copies beside the store's data. JupyterLab writes what a cell showed into the
notebook, pupils' names too; the kit's own stay as they are, and the copies are the store owner's alone."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Final

from xueji_lib.support.private import private_file, private_folder

_NOTE: Final = "copied.json"
_NEWER: Final = "新版"


def working_copies(notebooks: Path, store: Path) -> Path:
    """The folder of the copies, each made where it is missing. A copy that nobody changed follows the kit's notebook;
    beside one that somebody changed the kit's newer one is laid under another name."""
    folder = private_folder(store / "lab")
    note = folder / _NOTE
    copied: dict[str, str] = json.loads(note.read_text("utf-8")) if note.is_file() else {}
    for original in sorted(notebooks.glob("*.ipynb")):
        content = original.read_text("utf-8")
        copy = folder / original.name
        is_newer = copied.get(original.name) != _digest(content)
        if copy.is_file() and is_newer and _digest(copy.read_text("utf-8")) != copied.get(original.name):
            copy = copy.with_stem(f"{original.stem}-{_NEWER}")
        if is_newer or not copy.is_file():
            private_file(copy, content)
        copied[original.name] = _digest(content)
    private_file(note, json.dumps(copied))
    return folder


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
