"""Who may use which address. An address that is not named here answers 404.

Patterns are those the handlers are registered with, without the base address.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from xueji_lib.casebook.access.api_tokens import SCOPES
from xueji_lib.casebook.log.events import Role

PAGES: Final[Mapping[str, tuple[Role, ...]]] = {
    "checklist.ipynb": ("inspector", "director"),
    "principal.ipynb": ("principal",),
    "county.ipynb": ("director", "inspector"),
}
"""The notebooks that are served, and to whom."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks. ``session``: names the session in this process, "local" without accounts."""

    name: str
    role: Role
    school_id: str
    session: str
    must_change: bool = False


@dataclass(frozen=True, slots=True)
class RequestTarget:
    """What is asked for: the parts of the address that the pattern catches, decoded; and whose the named kernel is."""

    parts: Sequence[str]
    kernel_session: str


Rule: TypeAlias = Callable[[Visitor, RequestTarget], bool]


def signed_in(_visitor: Visitor, _target: RequestTarget) -> bool:
    """Everybody who is logged in: for the kit's own scripts and styles."""
    return True


def nobody(_visitor: Visitor, _target: RequestTarget) -> bool:
    """Nobody: for files, folders and contents that no page needs."""
    return False


def own_kernel(visitor: Visitor, target: RequestTarget) -> bool:
    """Whoever the kernel was started for."""
    return bool(target.kernel_session) and target.kernel_session == visitor.session


def own_pages(visitor: Visitor, target: RequestTarget) -> bool:
    """Those whose role has the notebook (``PAGES``)."""
    return visitor.role in PAGES.get(target.parts[0] if target.parts else "", ())


def inspectors(visitor: Visitor, _target: RequestTarget) -> bool:
    """Inspectors and the director."""
    return visitor.role in ("inspector", "director")


_KERNEL: Final = r"(?P<kernel_id>\w+-\w+-\w+-\w+-\w+)"
_PATH: Final = r"(?P<path>(?:(?:/[^/]+)+|/?))"

PUBLIC: Final = frozenset({"/login", "/logout", "/health", "/door/(.*)"})
"""Without a log-in. What lies under ``/door/`` is one style sheet; ``/health`` says whether the server is well."""

PASSWORD: Final = "/password"
"""The one page for an account that still has to change its password."""

STATIC: Final = frozenset(
    {
        "/door/(.*)",
        "/voila/templates/(.*)",
        "/voila/scripts/(.*)",
        "/voila/static/(.*)",
        "/voila/labextensions/(.*)",
        "/voila/api/themes/(.*)",
    }
)
"""The kit's own scripts and styles, the same for all."""

READ_WITH_TOKEN: Final[Mapping[str, tuple[str, ...]]] = {
    "/api/v1/": SCOPES,
    "/api/v1/findings": SCOPES,
    "/api/v1/coverage": SCOPES,
    "/api/v1/schools": SCOPES,
    "/api/v1/summary": SCOPES,
}
"""What programs read, and which scopes a token may have for it. Nobody reads it by being logged in."""

JUDGED: Final[Mapping[str, Rule]] = {
    **dict.fromkeys(READ_WITH_TOKEN, nobody),
    "/": signed_in,
    PASSWORD: signed_in,
    "/account": signed_in,
    "/schools": inspectors,
    "/voila/render/(.*)": own_pages,
    f"/api/kernels/{_KERNEL}": own_kernel,
    f"/api/kernels/{_KERNEL}/channels": own_kernel,
    "/voila/api/shutdown/(.*)": own_kernel,
    "/voila/templates/(.*)": signed_in,
    "/voila/scripts/(.*)": signed_in,
    "/voila/static/(.*)": signed_in,
    "/voila/labextensions/(.*)": signed_in,
    "/voila/api/themes/(.*)": signed_in,
    "/voila/files/(.*)": nobody,
    f"/voila/tree{_PATH}": nobody,
    f"/voila/api/contents{_PATH}": nobody,
    f"/voila/query/{_KERNEL}": nobody,
    f"/voila/execution/{_KERNEL}": nobody,
}
