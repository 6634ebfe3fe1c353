"""Where a person was when he had to log in: remembered in a cookie of ours, followed only to a page of his own."""

from __future__ import annotations

import re
from typing import Final

from tornado import web

from xueji_lib.casebook.log.events import Role
from xueji_lib.web.door.routes import PAGES

_COOKIE: Final = "xueji_back"
_MINUTES: Final = 15
_LONGEST: Final = 300
_PAGE: Final = re.compile(r"(?:schools|voila/render/(?P<notebook>[a-z_]+\.ipynb))(?:\?[\w=&%.+-]*)?", re.ASCII)


def remember(handler: web.RequestHandler, base_url: str, *, secure: bool) -> None:
    """Note the page that was asked for, where it is one that somebody may come back to."""
    address = handler.request.uri or ""
    if len(address) <= _LONGEST and _is_page(address, base_url):
        handler.set_signed_cookie(
            _COOKIE, address, expires_days=None, path=base_url, httponly=True, samesite="Strict", secure=secure,
            max_age=_MINUTES * 60,
        )  # fmt: skip


def follow(handler: web.RequestHandler, base_url: str, role: Role) -> str:
    """The address to go to after the log-in: the page noted, where this role has it, else the visitor's own page."""
    noted = handler.get_signed_cookie(_COOKIE, max_age_days=1)
    handler.clear_cookie(_COOKIE, path=base_url)
    address = noted.decode("ascii", "replace") if noted else ""
    return address if _is_page(address, base_url, role) else base_url


def _is_page(address: str, base_url: str, role: Role | None = None) -> bool:
    """It is a page of ours (a notebook or the list of schools), and the role's where one is named; never another
    site's, whatever was put into the cookie."""
    page = _PAGE.fullmatch(address.removeprefix(base_url)) if address.startswith(base_url) else None
    if page is None or role is None:
        return page is not None
    return role in PAGES.get(page["notebook"], ()) if page["notebook"] else role != "principal"
