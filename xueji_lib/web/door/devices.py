"""Known devices: a signed cookie says that an account was logged in with this browser before, so that whoever guesses
its password elsewhere does not lock it here. It lets nobody in."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any, Final

from tornado import web

from xueji_lib.casebook.access.accounts import plain

_COOKIE: Final = "xueji_device_"
_DAYS: Final = 180


def known_device(handler: web.RequestHandler, name: str) -> str:
    """What the browser is called, where the account was logged in with it before; else ""."""
    token = handler.get_signed_cookie(_cookie(name), max_age_days=_DAYS)
    return hashlib.sha256(token).hexdigest()[:32] if token else ""


def remember_device(handler: web.RequestHandler, name: str, **attributes: Any) -> None:
    """Give the browser a cookie for the account that was just logged in, where it has none. ``attributes``: of the
    cookie."""
    if not known_device(handler, name):
        token = secrets.token_urlsafe(24)
        handler.set_signed_cookie(_cookie(name), token, expires_days=_DAYS, **attributes)


def _cookie(name: str) -> str:
    """A name of its own for each account: several people may share a computer."""
    return _COOKIE + hashlib.sha256(plain(name).encode()).hexdigest()[:16]
