"""The pages that are no notebooks: log-in, password, the way to one's own page, the list of schools, errors."""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path
from typing import Any, Final

import jinja2
from tornado import web

from xueji_lib.casebook import passwords
from xueji_lib.casebook.accounts import ROLE_NAMES, Refused
from xueji_lib.casebook.sessions import OLDEST
from xueji_lib.support import paths
from xueji_lib.support.errors import StoreError, UsageError
from xueji_lib.web.door import COOKIE, LOCAL, PLAIN_POLICY, Door, Guard, guarded
from xueji_lib.web.routes import PAGES, Visitor
from xueji_lib.web.schools import overview

_ERRORS: Final = {
    400: ("请求不完整", "请退回上一页，刷新后再试。"),
    403: ("没有打开", "可能是登录已过期，或页面放得太久。请刷新页面，重新登录后再试。"),
    404: ("没有这一页", "网址不对，或者这一页不给您的账号用。"),
    405: ("没有打开", "请从首页重新进入。"),
    429: ("请稍等", "登录的次数太多，请过一分钟再试。"),
    503: ("现在打不开", "核查台账正忙或打不开。请过一会儿再试；一直这样，请找管理员。"),
}
_BROKEN: Final = ("程序出错了", "请刷新再试；一直这样，请把出错的时间告诉管理员。您已保存的内容不受影响。")


@cache
def _templates(folder: Path) -> jinja2.Environment:
    return jinja2.Environment(loader=jinja2.FileSystemLoader(folder), autoescape=True, undefined=jinja2.StrictUndefined)


def _render(template: str, **given: Any) -> str:
    return _templates(paths.templates("web")).get_template(template).render(**given)


def error_page(status: int, base_url: str) -> str:
    title, text = _ERRORS.get(status, _BROKEN)
    return _render("message.html.j2", base_url=base_url, title=title, text=text, status=status, visitor=None)


class Plain(Guard):
    """A page of our own: no scripts; forms carry an XSRF token."""

    policy = PLAIN_POLICY

    async def prepare(self) -> None:
        await super().prepare()
        if self.request.method == "POST":
            self.check_xsrf_cookie()

    def show(self, template: str, **given: Any) -> None:
        self.finish(
            _render(
                template,
                base_url=self.settings["base_url"],
                xsrf=self.xsrf_token.decode("ascii"),
                visitor=self.visitor,
                roles=ROLE_NAMES,
                has_accounts=self.visitor is None or self.visitor.session != LOCAL,
                **given,
            )
        )

    def text(self, name: str) -> str:
        """A field as it was typed; a name without the space around it."""
        return self.get_body_argument(name, "", strip=name == "name")


class Login(Plain):
    pattern = "/login"

    def get(self) -> None:
        if self.visitor is not None:
            self.redirect(self.door_url(""))
            return
        self.show("login.html.j2", problem="", name="")

    async def post(self) -> None:
        name, password = self.text("name"), self.text("password")
        address = self.request.remote_ip or ""
        try:
            token = await self.door.aside(self.door.sessions.start, name, password, address)
        except Refused as refused:
            self.set_status(401)
            self.show("login.html.j2", problem=str(refused), name=name)
            return
        if self.visitor is not None:  # whoever was in here before is out
            await self._end(self.visitor)
        self.set_signed_cookie(
            COOKIE, token, expires_days=None, path=self.settings["base_url"], httponly=True, samesite="Strict",
            secure=self.door.behind_tls, max_age=int(OLDEST.total_seconds()),
        )  # fmt: skip
        self.redirect(self.door_url(""))

    async def _end(self, visitor: Visitor) -> None:
        if visitor.session != LOCAL:
            await self.door.aside(self.door.sessions.end, bytes.fromhex(visitor.session))
            await self.settings["kernel_manager"].end_session(visitor.session)


class Logout(Login):
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


class Home(Plain):
    """To the visitor's own page."""

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


class Schools(Plain):
    """The county's schools, with what was found and a link to each checklist."""

    pattern = "/schools"

    async def get(self) -> None:
        try:
            found = await self.door.aside(overview, self.settings["xueji_store"])
        except StoreError as error:
            logging.getLogger("xueji").warning("%s", error)
            raise web.HTTPError(503) from None
        county = paths.notebooks("county.ipynb").is_file()
        self.show("schools.html.j2", found=found, county=county)


class Account(Plain):
    """Who is in, and the ways on and out: where the notebooks' own pages lead to."""

    pattern = "/account"

    def get(self) -> None:
        self.show("account.html.j2", county=paths.notebooks("county.ipynb").is_file())


class Lost(Plain):
    """Every address that nothing is registered for."""

    pattern = "/login"  # without a log-in it says the same: nothing here

    async def prepare(self) -> None:
        raise web.HTTPError(404)


def handlers(door: Door) -> list[tuple[str, type[web.RequestHandler], dict[str, Any]]]:
    """(pattern, handler, its settings), without the base address."""
    own: list[tuple[str, type[web.RequestHandler], dict[str, Any]]] = [
        (kind.pattern, type(kind.__name__, (kind,), {"door": door}), {})
        for kind in (Login, Logout, Password, Account, Home, Schools)
    ]
    static = guarded(web.StaticFileHandler, "/door/(.*)", door)
    return [*own, ("/door/(.*)", static, {"path": str(paths.templates("web", "static"))})]


def lost(door: Door) -> type[web.RequestHandler]:
    return type("Lost", (Lost,), {"door": door})
