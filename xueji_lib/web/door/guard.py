"""The door, a guard in front of every handler, Voila's own included: who asks, and whether he may.

``guarded`` puts ``Guard`` in front of a handler class. It finds out who asks, throws away what the browser says of
itself in X-Xueji-… headers, judges the address (routes.py), and only then lets the handler go on. Nothing else decides
who sees what; the identity provider and the authorizer repeat its verdict to jupyter_server.
"""

from __future__ import annotations

import asyncio
import getpass
import ipaddress
import logging
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from tornado import web
from tornado.websocket import WebSocketHandler

from xueji_lib.casebook.access.accounts import Accounts
from xueji_lib.casebook.access.sessions import Sessions, Visit
from xueji_lib.support.crash import record_crash
from xueji_lib.support.errors import StoreError
from xueji_lib.web.door import frames, way_back
from xueji_lib.web.door.rendering import error_page
from xueji_lib.web.door.routes import JUDGED, PASSWORD, PUBLIC, STATIC, RequestTarget, Visitor, nobody
from xueji_lib.web.door.turnstile import Turnstile

COOKIE: Final = "xueji"
HEADERS: Final = ("X-Xueji-User", "X-Xueji-Role", "X-Xueji-School", "X-Xueji-Session")
"""Headers that tell a kernel who its visitor is (as HTTP_X_XUEJI_…); the last one is for the kernel manager only."""
LOCAL: Final = "local"
_CHECK_SECONDS: Final = 15
"""An open page's session is looked at again after this."""

_MALFORMED: Final = 1008
"""The close code for a message that breaks the rules."""

_NOTHING_FROM_OUTSIDE: Final = (
    "default-src 'none'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; font-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'; "
)
PLAIN_POLICY: Final = _NOTHING_FROM_OUTSIDE + "script-src 'none'"
NOTEBOOK_POLICY: Final = (
    _NOTHING_FROM_OUTSIDE + "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; worker-src 'self' blob:"
)
"""Voila's page writes its scripts into the page, JupyterLab compiles schemas, anywidget loads a widget from a blob."""


@dataclass
class Door:
    """The log-in: who a request is from. ``local``: the server listens to this machine alone, so that nobody need
    log in while it has no accounts; then ``person`` works, "" for the machine's user. ``kernel_session``: kernel id →
    the session it was started for, or ""."""

    accounts: Accounts
    sessions: Sessions
    local: bool
    behind_tls: bool
    logs: Path
    kernel_session: Callable[[str], str] = lambda _: ""
    turnstile: Turnstile = field(default_factory=Turnstile)
    person: str = ""
    workers: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(2, "door"))
    """Digesting a password takes memory and time on purpose: never more than two at once, never on the loop."""

    def visitor(self, handler: web.RequestHandler) -> Visitor | None:
        """The person whose session the request's cookie names; None where nobody is logged in."""
        token = handler.get_signed_cookie(COOKIE, max_age_days=1)
        if token is not None:
            return self._visitor_of(self.sessions.visit(token.decode("ascii", "replace")))
        if self.local and not self.accounts.any():
            return Visitor(self.person or getpass.getuser(), "inspector", "", LOCAL)
        return None

    def _visitor_of(self, visit: Visit | None) -> Visitor | None:
        if visit is None:
            return None
        if visit.stale:
            self.touch(visit.key)
        account = visit.account
        return Visitor(account.name, account.role, account.school_id, visit.key.hex(), account.must_change)

    def alive(self, session: str) -> bool:
        """The session still holds (not logged out, expired, disabled, or given another password)."""
        if session == LOCAL:
            return self.local and not self.accounts.any()
        visit = self.sessions.by_key(bytes.fromhex(session))
        return visit is not None and not visit.account.must_change

    def touch(self, key: bytes) -> None:
        """Write down that the session is in use, in another thread: a busy casebook must not hold up the pages."""
        self.workers.submit(self._touch, key)

    def _touch(self, key: bytes) -> None:
        try:
            self.sessions.touch(key)
        except StoreError:  # the next request writes it
            return

    async def aside(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """The result of ``work``, run in another thread because it takes time."""
        return await asyncio.get_running_loop().run_in_executor(self.workers, work, *arguments)


class Guard(web.RequestHandler):
    """What ``guarded`` puts in front of a handler class: checks each request before the handler sees it."""

    door: Door
    pattern: str
    policy = NOTEBOOK_POLICY
    visitor: Visitor | None = None
    _checked = 0.0

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self._own_headers(self.policy)

    def _own_headers(self, policy: str) -> None:
        self.set_header("Content-Security-Policy", policy)
        self.set_header("X-Frame-Options", "DENY")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "same-origin")
        self.set_header("Cross-Origin-Opener-Policy", "same-origin")
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")
        # Scripts and styles are large and the same for all: sent again where changed. Nothing else may be stored.
        self.set_header("Cache-Control", "no-cache" if self.pattern in STATIC else "no-store")
        self.clear_header("Server")
        if self.door.behind_tls:
            self.set_header("Strict-Transport-Security", "max-age=31536000")

    def check_request(self) -> None:
        """Throw away what the browser says of itself; refuse other methods and what another site sends. Raises
        HTTPError."""
        for header in [name for name in self.request.headers if name.lower().startswith("x-xueji")]:
            del self.request.headers[header]
        if self.door.local and not _is_loopback(self.request.host_name):
            raise web.HTTPError(403)  # a name that someone else points at this machine
        if self.request.method not in ("GET", "HEAD", "POST"):
            raise web.HTTPError(405)
        origin = self.request.headers.get("Origin")
        if self.request.method == "POST" and origin and urlsplit(origin).netloc != self.request.host:
            raise web.HTTPError(403)

    async def prepare(self) -> None:
        """Before the handler: find out who asks, and let the request pass, redirect it to log in, or refuse it."""
        self.check_request()
        try:
            self.visitor = self.door.visitor(self)
        except StoreError as error:
            raise web.HTTPError(503, log_message=str(error)) from None
        if self.pattern not in PUBLIC:
            if not self._may_pass():
                return
            visitor = self.visitor
            assert visitor is not None
            values = (visitor.name, visitor.role, visitor.school_id, visitor.session)
            for header, value in zip(HEADERS, values, strict=True):
                if value:
                    self.request.headers[header] = value
        waiting: Awaitable[None] | None = super().prepare()
        if waiting is not None:
            await waiting
        if self.pattern == "/voila/render/(.*)" and not self._finished:
            _ = self.xsrf_token  # its cookie goes out with the page, which needs it to end its kernel

    def _may_pass(self) -> bool:
        """Whether the visitor may use the address; False where he was redirected to log in. Raises HTTPError."""
        visitor = self.visitor
        asks_for_page = self.request.method in ("GET", "HEAD") and not isinstance(self, WebSocketHandler)
        if visitor is None or (visitor.must_change and self.pattern != PASSWORD):
            if not asks_for_page or "/api/" in self.pattern:
                raise web.HTTPError(403)
            if visitor is None:
                way_back.remember(self, self.settings["base_url"], secure=self.door.behind_tls)
            self.redirect(self.door_url("login" if visitor is None else "password"))
            return False
        parts = [part or "" for part in (*self.path_args, *self.path_kwargs.values())]
        target = RequestTarget(parts, self.door.kernel_session(parts[0]) if parts else "")
        if not JUDGED.get(self.pattern, nobody)(visitor, target):
            raise web.HTTPError(404)
        return True

    def door_url(self, page: str) -> str:
        """The address of one of the kit's own pages."""
        return str(self.settings["base_url"]) + page

    def on_message(self, message: str | bytes) -> Any:
        """Of a websocket: refuse frames that no page sends, and messages of a session that has ended; a message keeps a
        session alive."""
        if not frames.is_sound(message, self.selected_subprotocol):  # type: ignore[attr-defined]
            self.close(_MALFORMED, "malformed")  # type: ignore[attr-defined]
            return None
        visitor, now = self.visitor, time.monotonic()
        if visitor is not None and now - self._checked > _CHECK_SECONDS:
            if not self.door.alive(visitor.session):
                self.visitor = None
            elif visitor.session != LOCAL:
                self.door.touch(bytes.fromhex(visitor.session))
            self._checked = now
        if self.visitor is None:
            self.close(4401, "signed out")  # type: ignore[attr-defined]
            return None
        return super().on_message(message)  # type: ignore[misc]

    def log_exception(self, _kind: Any, error: Any, _trace: Any) -> None:
        """Write the error to the store's logs, masked, and its reference number to the console."""
        if isinstance(error, web.HTTPError | web.Finish):
            return
        reference = record_crash(self.door.logs, error)
        logging.getLogger("xueji").error("网页出错，编号 %s，记录在 %s", reference, self.door.logs)

    def write_error(self, status_code: int, **_given: Any) -> None:
        """Answer with the kit's own short page, which shows nothing of the error itself."""
        self.set_header("Content-Type", "text/html; charset=UTF-8")
        self._own_headers(PLAIN_POLICY)
        self.set_header("Cache-Control", "no-store")
        self.finish(error_page(status_code, str(self.settings["base_url"])))


def guarded(handler: type[web.RequestHandler], pattern: str, door: Door) -> type[web.RequestHandler]:
    """A subclass of ``handler`` that checks each request first (``Guard``)."""
    return type(f"Guarded{handler.__name__}", (Guard, handler), {"door": door, "pattern": pattern})


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
