"""``xueji lab`` works on copies: the kit's own notebooks stay as they are, and nobody's changes are lost."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

from xueji_lib.lab.working_copies import working_copies


def test_copies_follow_the_kit_until_somebody_changes_them(tmp_path: Path) -> None:
    kit, store = tmp_path / "kit", tmp_path / "store"
    kit.mkdir()
    (kit / "a.ipynb").write_text("a1", "utf-8")
    (kit / "b.ipynb").write_text("b1", "utf-8")
    folder = working_copies(kit, store)
    if sys.platform != "win32":
        assert (
            stat.S_IMODE(folder.stat().st_mode) == 0o700 and stat.S_IMODE((folder / "a.ipynb").stat().st_mode) == 0o600
        )

    (folder / "b.ipynb").write_text("b1 马小明", "utf-8")  # JupyterLab has saved what a cell showed
    assert working_copies(kit, store) == folder
    assert (kit / "b.ipynb").read_text("utf-8") == "b1"
    assert (folder / "b.ipynb").read_text("utf-8") == "b1 马小明"

    (kit / "a.ipynb").write_text("a2", "utf-8")  # a new version of the kit
    (kit / "b.ipynb").write_text("b2", "utf-8")
    working_copies(kit, store)
    assert (folder / "a.ipynb").read_text("utf-8") == "a2"
    assert (folder / "b.ipynb").read_text("utf-8") == "b1 马小明"
    assert (folder / "b-新版.ipynb").read_text("utf-8") == "b2"
