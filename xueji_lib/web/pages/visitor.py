"""Who looks at a page. The log-in guard (``web.door``) says so in the environment of the page's kernel; nothing that
the browser can write (address, query, its own headers) is ever asked."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import cast

from xueji_lib.casebook.log.events import ROLES, Actor, Role, local_actor
from xueji_lib.notebook.by_hand import USER, refuse_others, served
from xueji_lib.notebook.parameters import workplace_of
from xueji_lib.support.errors import UsageError

ROLE, SCHOOL = (f"HTTP_X_XUEJI_{name}" for name in ("ROLE", "SCHOOL"))


def visitor(environment: Mapping[str, str] | None = None, store: object = "") -> Actor:
    """The person who logged in; where the notebook is run by hand, this machine's user, as an inspector.

    ``store``: as in ``notebook.parameters``. Raises UsageError where a page is served without a log-in to more than
    this machine or to where there are accounts, or what the log-in says is impossible.
    """
    environment = os.environ if environment is None else environment
    name, role, school = environment.get(USER, ""), environment.get(ROLE, ""), environment.get(SCHOOL, "")
    if not name and not role:
        if served(environment):
            refuse_others(workplace_of(store, environment), environment)
        return local_actor()
    if not name or role not in ROLES or (role == "principal") != bool(school):
        raise UsageError("登录信息不全，请退出后重新登录")
    return Actor(name, cast(Role, role), school)


def inspecting(environment: Mapping[str, str] | None = None, store: object = "") -> Actor:
    """As ``visitor``, for pages that are not for principals. Raises UsageError for a principal."""
    actor = visitor(environment, store)
    if actor.role == "principal":
        raise UsageError("这一页只给督查人员看。校长请用本校的页面")
    return actor
