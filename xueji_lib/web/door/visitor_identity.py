"""The guard's visitor in jupyter_server's terms: a handler without the guard in front has no user."""

from __future__ import annotations

from typing import Any

from jupyter_server.auth.authorizer import Authorizer
from jupyter_server.auth.identity import IdentityProvider, User
from tornado import web

from xueji_lib.web.door.guard import Guard


class DoorIdentity(IdentityProvider):
    """The user of a request is the visitor whom ``Guard`` let in."""

    def get_user(self, handler: web.RequestHandler) -> User | None:
        visitor = handler.visitor if isinstance(handler, Guard) else None
        return None if visitor is None else User(username=visitor.name)

    def get_handlers(self) -> list[tuple[str, object]]:
        """None: the log-in pages are registered with all the rest (app.py), below the base address."""
        return []

    @property
    def auth_enabled(self) -> bool:
        return True

    @property
    def login_available(self) -> bool:
        return True

    def should_check_origin(self, _handler: web.RequestHandler) -> bool:
        return True

    def is_token_authenticated(self, _handler: web.RequestHandler) -> bool:
        """Never: there are no tokens, so every POST needs its XSRF token."""
        return False


class DoorAuthorizer(Authorizer):
    """A visitor may use the kernels of his own session, and nothing else of jupyter_server."""

    def is_authorized(self, handler: Any, _user: User, action: str, resource: str) -> bool:
        if not isinstance(handler, Guard) or handler.visitor is None:
            return False
        kernel = handler.path_kwargs.get("kernel_id") or (handler.path_args[0] if handler.path_args else "")
        owner = handler.door.kernel_session(str(kernel))
        return resource == "kernels" and action in ("read", "execute") and owner == handler.visitor.session
