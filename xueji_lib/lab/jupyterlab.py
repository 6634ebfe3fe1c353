"""How ``xueji lab`` starts JupyterLab: in Chinese, asking nothing of the network, and with tables whose text can be
read."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from xueji_lib.lab import kernel_startup
from xueji_lib.support import paths

_CONFIG_PATH: Final = "JUPYTER_CONFIG_PATH"
_KERNEL_STARTUP: Final = "PYTHONSTARTUP"


def command(folder: Path, port: int, *, browser: bool) -> list[str]:
    """The command that opens ``folder`` in JupyterLab."""
    parts = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder}", f"--port={port}"]
    parts += ["--LabApp.news_url=None", "--LabApp.extension_manager=readonly"]
    parts += ["--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate"]
    parts += [] if browser else ["--no-browser"]
    return [*parts, "--allow-root"] if getattr(os, "geteuid", lambda: 1)() == 0 else parts


def environment(inherited: Mapping[str, str], store: Path) -> dict[str, str]:
    """Its environment: the store, and ``templates/lab``, whose settings hold until somebody chooses others in
    JupyterLab. A start-up file that somebody has set for Python stays."""
    config_path = os.pathsep.join(filter(None, (inherited.get(_CONFIG_PATH, ""), str(paths.templates("lab")))))
    own = {"XUEJI_STORE": str(store), _CONFIG_PATH: config_path}
    return {_KERNEL_STARTUP: str(kernel_startup.__file__), **inherited, **own}
