"""Pages that Voila shows without ``xueji serve`` in front: only on this machine, only where nobody has an account.

There is no log-in then, so whoever reaches the address would be an inspector.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from typing import Any, Final

import psutil  # type: ignore[import-untyped]

from xueji_lib.casebook.access.accounts import Accounts
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.support.errors import UsageError

USER: Final = "HTTP_X_XUEJI_USER"
"""The name of the person who logged in."""
_SERVED: Final = "SERVER_SOFTWARE"
"""Set by the server that shows a notebook as a page; not there when a notebook is run by hand."""
_THIS_MACHINE: Final = ("localhost", "127.0.0.1", "::1", "[::1]")
_INSTEAD: Final = "请用 xueji serve 打开，先登录"


def served(environment: Mapping[str, str]) -> bool:
    """Whether a server shows the notebook as a page; if not, somebody runs it by hand."""
    return _SERVED in environment


def is_live() -> bool:
    """Whether somebody sits before the notebook: a server shows it as a page, or an editor sent the cell that runs.
    papermill and nbconvert send cells without saying which."""
    if served(os.environ):
        return True
    from IPython import get_ipython  # here: a command that needs no notebook loads none

    kernel = getattr(get_ipython(), "kernel", None)
    parent: Any = getattr(kernel, "get_parent", dict)() or {}
    return bool((parent.get("metadata") or {}).get("cellId"))


def refuse_others(workplace: Workplace, environment: Mapping[str, str]) -> None:
    """Raise UsageError where a page is shown without a log-in although accounts exist, or although somebody on another
    machine could have asked for it.

    ``environment``: of the page's kernel, which Voila started.
    """
    if not served(environment) or environment.get(USER):
        return
    with workplace.open_casebook() as book:
        if Accounts(book).any():
            raise UsageError(f"这个数据仓有账号，不登录打不开本页。{_INSTEAD}")
    if environment.get("SERVER_NAME", "") not in _THIS_MACHINE or _open_to_others(os.getppid()):
        raise UsageError(f"不登录，只能在本机的浏览器里打开（http://localhost:…），也不能写 --Voila.ip。{_INSTEAD}")


def _open_to_others(server: int) -> bool:
    """Whether that process listens on an address that other machines can reach, or may, for all that can be seen."""
    try:
        connections = psutil.Process(server).net_connections("tcp")
    except (psutil.Error, OSError):
        return True
    addresses = [link.laddr.ip for link in connections if link.status == psutil.CONN_LISTEN]
    return not all(ipaddress.ip_address(address.partition("%")[0]).is_loopback for address in addresses)
