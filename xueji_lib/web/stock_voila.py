"""``voila notebooks/`` by hand: the kit's template, nothing asked of the network, nobody but this machine's user.

``voila.json`` names ``ThisMachine``; Voila reads such a file in the folder where it is started. Whether there are
accounts, which only ``xueji serve`` asks for, each page looks up as it opens (``notebook.by_hand``).
"""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path

from jupyter_server.auth.identity import IdentityProvider, User
from tornado import web

from xueji_lib.support import paths


class ThisMachine(IdentityProvider):
    """Whoever asks from this machine is its user; nobody else is anybody."""

    def get_user(self, handler: web.RequestHandler) -> User:
        """This machine's user. Raises 403 for a request from another one."""
        if not ipaddress.ip_address(handler.request.remote_ip or "").is_loopback:
            raise web.HTTPError(403)
        return User(username="local")

    @property
    def auth_enabled(self) -> bool:
        return True


def _prepare() -> None:
    """Let Voila find the kit's template, and the pages the data store of the folder where Voila was started: a page
    runs in its notebook's folder."""
    paths_known = [path for path in os.environ.get("JUPYTER_PATH", "").split(os.pathsep) if path]
    os.environ["JUPYTER_PATH"] = os.pathsep.join([str(paths.templates()), *paths_known])
    if Path(paths.DEFAULT_STORE).is_dir():
        os.environ.setdefault("XUEJI_STORE", str(Path(paths.DEFAULT_STORE).resolve()))


_prepare()  # Voila loads this module while it reads voila.json, and looks for its template right after
