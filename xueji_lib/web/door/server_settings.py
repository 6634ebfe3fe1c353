"""Settings of the server: what Voila may do, and the key that signs the cookies."""

from __future__ import annotations

import datetime as dt
import logging
import os
import secrets
import tempfile
from pathlib import Path
from typing import Final

from traitlets.config import Config

from xueji_lib.support import paths
from xueji_lib.support.safe_write import write_aside
from xueji_lib.web.door.guard import HEADERS
from xueji_lib.web.door.kernels import Kernels, OneSpec
from xueji_lib.web.door.ready_client import ReadyClient
from xueji_lib.web.door.visitor_identity import DoorAuthorizer, DoorIdentity

_SOCKET_LIMIT: Final = 90  # bytes of a Unix socket's path


def voila_config(base_url: str, idle: dt.timedelta) -> Config:
    """Voila's settings: below ``base_url``, behind the guard, kernels ended after ``idle``."""
    config = Config()
    config.Voila.update(
        base_url=base_url,
        root_dir=str(paths.notebooks()),
        open_browser=False,
        config_file_paths=[],  # no user's own settings weaken the guard
        identity_provider_class=DoorIdentity,
        authorizer_class=DoorAuthorizer,
        log_level=logging.ERROR,
    )
    config.VoilaConfiguration.update(
        template="lab",
        allow_template_override="NO",
        allow_theme_override="NO",
        file_allowlist=[],
        http_header_envs=list(HEADERS),
        preheat_kernel=False,
        progressive_rendering=False,  # would go on after a failed scope check
        show_tracebacks=False,
        multi_kernel_manager_class=Kernels,
        kernel_spec_manager_class=OneSpec,
    )
    config.MappingKernelManager.update(
        cull_idle_timeout=int(idle.total_seconds()),
        cull_interval=max(1, min(60, int(idle.total_seconds() // 2))),
        cull_connected=True,
        cull_busy=False,
    )
    config.KernelManager.client_factory = ReadyClient
    if os.name == "posix" and len(tempfile.gettempdir()) < _SOCKET_LIMIT - 60:
        config.KernelManager.transport = "ipc"
    return config


def cookie_key(folder: Path) -> bytes:
    """The key that signs the cookies; stored, so that a restart logs nobody out. Only the owner can read it."""
    file = folder / "cookie-secret"
    try:
        stored = file.read_bytes()
        if len(stored) >= 32:
            return stored
    except OSError:
        pass
    key = secrets.token_bytes(32)
    with write_aside(file) as aside:
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(key)
    return key
