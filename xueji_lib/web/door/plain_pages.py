"""The pages that are not notebooks: log-in, password, account, the list of schools, page not found."""

from __future__ import annotations

import logging
from typing import Any

from tornado import web

from xueji_lib.casebook.access import passwords
from xueji_lib.casebook.access.accounts import ROLE_NAMES, Refused
from xueji_lib.casebook.access.sessions import OLDEST
from xueji_lib.support import paths
from xueji_lib.support.errors import StoreError, UsageError
from xueji_lib.web.door import way_back
from xueji_lib.web.door.devices import known_device, remember_device
from xueji_lib.web.door.guard import COOKIE, LOCAL, PLAIN_POLICY, Door, Guard, guarded
from xueji_lib.web.door.rendering import render
from xueji_lib.web.door.routes import PAGES, Visitor
from xueji_lib.web.door.school_list import FIGURES, SchoolBoard, SchoolQuery


class PlainPage(Guard):
    """A page of our own: no scripts; forms carry an XSRF token."""

    policy = PLAIN_POLICY

    async def prepare(self) -> None:
        await super().prepare()
        if self.request.method == "POST":
            self.check_xsrf_cookie()

    def show(self, template: str, **values: Any) -> None:
        """Answer with a template, filled in."""
        self.finish(
            render(
                template,
                base_url=self.settings["base_url"],
                xsrf=self.xsrf_token.decode("ascii"),
                visitor=self.visitor,
                roles=ROLE_NAMES,
                has_accounts=self.visitor is None or self.visitor.session != LOCAL,
                **values,
            )
        )

    def text(self, name: str) -> str:
        """A field as it was typed; a name without the space around it."""
        return self.get_body_argument(name, "", strip=name == "name")


class Login(PlainPage):
    """The log-in form."""

    pattern = "/login"

    def get(self) -> None:
        if self.visitor is not None:
            self.redirect(self.door_url(""))
            return
        self.show("login.html.j2", problem="", name="")

    async def post(self) -> None:
        name, password = self.text("name"), self.text("password")
        address, device = self.request.remote_ip or "", known_device(self, name)
        if not device and not self.door.turnstile.let_in(address):
            self.set_status(429)
            self.set_header("Retry-After", "60")
            self.show("login.html.j2", problem="从这台电脑（这个网络）登录太频繁了，请过一分钟再试", name=name)
            return
        try:
            token = await self.door.aside(self.door.sessions.start, name, password, address, device)
        except Refused as refused:
            self.set_status(401)
            self.show("login.html.j2", problem=str(refused), name=name)
            return
        if self.visitor is not None:  # whoever was in here before is out
            await self._end(self.visitor)
        attributes = {
            "path": self.settings["base_url"], "httponly": True, "samesite": "Strict", "secure": self.door.behind_tls,
        }  # fmt: skip
        lasts = int(OLDEST.total_seconds())
        self.set_signed_cookie(COOKIE, token, expires_days=None, max_age=lasts, **attributes)
        remember_device(self, name, **attributes)
        role = await self.door.aside(lambda: self.door.accounts.get(name).role)
        self.redirect(way_back.follow(self, self.settings["base_url"], role))

    async def _end(self, visitor: Visitor) -> None:
        if visitor.session != LOCAL:
            await self.door.aside(self.door.sessions.end, bytes.fromhex(visitor.session))
            await self.settings["kernel_manager"].end_session(visitor.session)


class Logout(Login):
    """Ends the session."""

    pattern = "/logout"

    def get(self) -> None:
        """A link from elsewhere must not log anyone out."""
        self.redirect(self.door_url(""))

    async def post(self) -> None:
        if self.visitor is not None:
            await self._end(self.visitor)
        self.clear_cookie(COOKIE, path=self.settings["base_url"])
        self.redirect(self.door_url("login"))


class Password(Login):
    """The form to change one's password."""

    pattern = "/password"

    def get(self) -> None:
        self._form("")

    async def post(self) -> None:
        visitor = self._account()
        old, new, again = self.text("old"), self.text("new"), self.text("again")
        try:
            if new != again:
                raise UsageError("两次输入的新口令不一样")
            await self.door.aside(self.door.accounts.change, visitor.name, old, new)
        except Refused:
            self.set_status(400)
            self._form("原来的口令不对")
            return
        except UsageError as error:
            self.set_status(400)
            self._form(str(error))
            return
        await self.settings["kernel_manager"].end_session(visitor.session)
        self.clear_cookie(COOKIE, path=self.settings["base_url"])
        self.show("message.html.j2", title="口令改好了", text="请用新口令登录。", status=0)

    def _account(self) -> Visitor:
        if self.visitor is None or self.visitor.session == LOCAL:
            raise web.HTTPError(404)
        return self.visitor

    def _form(self, problem: str) -> None:
        self.show("password.html.j2", problem=problem, rules=passwords.RULES, must=self._account().must_change)


class Home(PlainPage):
    """Redirects to the visitor's own page."""

    pattern = "/"

    def get(self) -> None:
        own = {"principal": "principal.ipynb", "director": "county.ipynb"}
        role = self.visitor.role if self.visitor else "inspector"
        page = own.get(role, "")
        if page and role in PAGES[page] and paths.notebooks(page).is_file():
            self.redirect(self.door_url(f"voila/render/{page}"))
        elif role == "principal":
            self.show("message.html.j2", title="没有这一页", text="这一版还没有校长的页面。", status=0)
        else:
            self.redirect(self.door_url("schools"))


class Schools(PlainPage):
    """The county's schools, with what was found and a link to each checklist."""

    pattern = "/schools"

    async def get(self) -> None:
        board = self.settings.setdefault(
            "xueji_schools", SchoolBoard(self.settings["xueji_store"], self.door.accounts.book)
        )
        query = SchoolQuery.of({name: self.get_query_argument(name) for name in self.request.query_arguments})
        try:
            listing = await self.door.aside(board.listing)
        except StoreError as error:
            logging.getLogger("xueji").warning("%s", error)
            raise web.HTTPError(503) from None
        person = self.visitor.name if self.visitor else ""
        self.show(
            "schools.html.j2", listing=listing, query=query, figures=FIGURES,
            schools=query.chosen(listing.schools, person), county=paths.notebooks("county.ipynb").is_file(),
        )  # fmt: skip


class AccountPage(PlainPage):
    """Who is logged in, and links to log out and to other pages."""

    pattern = "/account"

    def get(self) -> None:
        self.show("account.html.j2", county=paths.notebooks("county.ipynb").is_file())


class LostPage(PlainPage):
    """Answers 404 at every address that no handler is registered for."""

    pattern = "/login"  # without a log-in it says the same: nothing here

    async def prepare(self) -> None:
        raise web.HTTPError(404)


def handlers(door: Door, *more: type[PlainPage]) -> list[tuple[str, type[web.RequestHandler], dict[str, Any]]]:
    """(pattern, handler, its settings), without the base address. ``more``: pages that are none for people."""
    kinds: tuple[type[PlainPage], ...] = (Login, Logout, Password, AccountPage, Home, Schools, *more)
    own: list[tuple[str, type[web.RequestHandler], dict[str, Any]]] = [
        (kind.pattern, type(kind.__name__, (kind,), {"door": door}), {}) for kind in kinds
    ]
    static = guarded(web.StaticFileHandler, "/door/(.*)", door)
    return [*own, ("/door/(.*)", static, {"path": str(paths.templates("web", "static"))})]


def lost(door: Door) -> type[web.RequestHandler]:
    """The handler of every address that no other handler has."""
    return type("Lost", (LostPage,), {"door": door})
