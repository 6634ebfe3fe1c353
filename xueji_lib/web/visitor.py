"""Who looks at a page. The door in front of the pages says so, in the environment of the page's kernel; nothing that
the browser can write (address, query, its own headers) is ever asked."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final, cast

from xueji_lib.casebook.events import ROLES, Actor, Role, local_actor
from xueji_lib.support.errors import UsageError

USER, ROLE, SCHOOL = (f"HTTP_X_XUEJI_{name}" for name in ("USER", "ROLE", "SCHOOL"))
_SERVED: Final = "SERVER_SOFTWARE"
"""Set by the server that shows a notebook as a page; not there when a notebook is run by hand."""


def served(environment: Mapping[str, str]) -> bool:
    """A server shows the notebook as a page; else somebody runs it by hand."""
    return _SERVED in environment


def visitor(environment: Mapping[str, str] | None = None) -> Actor:
    """Who was let in by the door; run by hand in JupyterLab or papermill: this machine's user, as an inspector.

    Raises UsageError where a page is served without a door, or the door says something that cannot be.
    """
    said = os.environ if environment is None else environment
    name, role, school = said.get(USER, ""), said.get(ROLE, ""), said.get(SCHOOL, "")
    if not name and not role:
        if served(said):
            raise UsageError("没有登录。请用 xueji serve 打开本页，先登录")
        return local_actor()
    if not name or role not in ROLES or (role == "principal") != bool(school):
        raise UsageError("登录信息不全，请退出后重新登录")
    return Actor(name, cast(Role, role), school)


def inspecting(environment: Mapping[str, str] | None = None) -> Actor:
    """As ``visitor``, for pages that a principal never gets."""
    actor = visitor(environment)
    if actor.role == "principal":
        raise UsageError("这一页只给督查人员看。校长请用本校的页面")
    return actor
