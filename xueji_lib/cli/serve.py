"""``xueji serve`` and ``xueji user``: the pages behind a log-in, and who may log in."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from xueji_lib.cli.casebook import FILE, ask_password, casebook_option
from xueji_lib.cli.chinese import DONE, Command, CommonOptions, Group
from xueji_lib.support.errors import UsageError

if TYPE_CHECKING:
    from xueji_lib.casebook.access.accounts import Accounts

Decorator: TypeAlias = Callable[[Callable[..., Any]], Callable[..., Any]]


def register(root: click.Group) -> None:
    """Add these commands to the command line."""
    root.add_command(serve)
    root.add_command(user)


def password_option() -> Decorator:
    """``--password-stdin`` of an account's password."""
    return click.option("--password-stdin", is_flag=True, help="口令从标准输入读一行；不写就在屏幕上问（不显示）")


@click.command(cls=Command)
@click.option("--host", metavar="地址", default="127.0.0.1", show_default=True, help="监听的地址；对外开放要先建账号")
@click.option("--port", type=click.IntRange(1, 65535), metavar="端口", default=8866, show_default=True, help="端口")
@click.option("--base-url", metavar="路径", default="/", show_default=True, help="放在网站的哪个路径下，如 /xueji/")
@click.option("--behind-tls", is_flag=True, help="前面有 nginx、Caddy 等做 HTTPS：信它转来的地址，Cookie 只走 HTTPS")
@click.option(
    "--idle", type=click.IntRange(1, 600), metavar="分钟", default=45, show_default=True, help="多久不用算离开"
)
@click.option("--no-browser", is_flag=True, help="不打开浏览器，只给出网址")
@click.option(
    "--package", type=FILE, metavar="数据包", help="打开带到学校的数据包（xueji pack 打的），结束时写回包里；只在本机用"
)
@click.option("--name", metavar="姓名", default="", help="打开数据包的是谁，记进认定和留痕；不写就在屏幕上问")
@casebook_option()
@password_option()
@click.pass_obj
def serve(
    app: CommonOptions,
    host: str,
    port: int,
    base_url: str,
    behind_tls: bool,
    idle: int,
    no_browser: bool,
    package: Path | None,
    name: str,
    password_stdin: bool,
) -> int:
    """打开网页：督查人员逐校核查、校长看本校、县局看全县。按 Ctrl-C 结束。

    没有账号时只能在本机用，不用登录；建了账号（xueji user add）就要登录。
    """
    from xueji_lib.web.door.app import LOOPBACK, Options

    options = Options(
        app.store,
        host,
        port,
        base_url,
        behind_tls=behind_tls,
        casebook=app.casebook_url,
        idle=dt.timedelta(minutes=idle),
    )
    browser = not no_browser and not behind_tls
    if package is None:
        if name:
            raise UsageError("--name 和 --package 一起用；有账号的，用自己的账号登录")
        return open_pages(options, browser)
    from xueji_lib.casebook.carry.carried import carried
    from xueji_lib.casebook.carry.sealed import Sealed
    from xueji_lib.casebook.log.events import Actor, local_actor

    if host not in LOOPBACK or app.casebook_url:
        raise UsageError("数据包只在本机打开，不能和 --host、--casebook 一起用")
    password = ask_password(password_stdin, twice=False, label="数据包的口令")
    person = name.strip() or _who_works(password_stdin)
    actor = Actor(person, "inspector") if person else local_actor()
    click.echo("正在打开数据包…")
    with carried(Sealed(package, password), actor, click.echo) as store:
        return open_pages(replace(options, store=store, person=person), browser)


def _who_works(unattended: bool) -> str:
    """The name of the person at the keyboard, asked for; "" where nobody is there to ask."""
    if unattended or not sys.stdin.isatty():
        return ""
    return str(click.prompt("谁在用（姓名，记进认定和留痕）")).strip()[:60]


def open_pages(options: Any, browser: bool) -> int:
    """Serve the pages until stopped; ``xueji demo`` ends with this too."""
    from xueji_lib.web.door import app

    def ready(address: str) -> None:
        click.echo(f"网页开在 {address} ，按 Ctrl-C 结束")
        if browser:
            import webbrowser

            webbrowser.open(address)

    click.echo("正在准备网页，约 10 秒…")
    app.serve(options, ready)
    return DONE


@click.group(cls=Group)
def user() -> None:
    """账号：新建、列出、停用、改口令、解锁。"""


@user.command()
@click.argument("name", metavar="姓名")
@click.option(
    "--role",
    type=click.Choice(["inspector", "principal", "director"]),
    metavar="角色",
    required=True,
    help="inspector 督查人员，principal 校长，director 局负责人",
)
@click.option("--school", metavar="学校", default="", help="校长的学校（标识码或名称）")
@password_option()
@casebook_option()
@click.pass_obj
def add(app: CommonOptions, name: str, role: str, school: str, password_stdin: bool) -> None:
    """新建账号。第一次登录时本人要改口令。"""
    if school:
        school = _school(app, school)
    accounts = _accounts(app)
    account = accounts.add(name, role, school, _password(password_stdin))
    click.echo(
        f"已建账号 {account.name}（{_words(account.role)}{'，' + account.school_id if account.school_id else ''}）"
    )


@user.command("list")
@casebook_option()
@click.pass_obj
def list_(app: CommonOptions) -> None:
    """列出账号。"""
    from xueji_lib.register import labels

    accounts = _accounts(app)
    now = accounts.book.now()
    listing = accounts.list()
    if not listing:
        click.echo("还没有账号")
    for account in listing:
        state = (
            "停用"
            if account.disabled
            else f"锁定到 {labels.moment(account.locked_until)}"
            if account.locked(now)
            else "正常"
        )
        note = "，还没改口令" if account.must_change else ""
        click.echo(f"{account.name}\t{_words(account.role)}\t{account.school_id or '-'}\t{state}{note}")


@user.command()
@click.argument("name", metavar="姓名")
@click.option("--undo", is_flag=True, help="重新启用")
@casebook_option()
@click.pass_obj
def disable(app: CommonOptions, name: str, undo: bool) -> None:
    """停用账号：马上不能再用，已登录的也退出。"""
    accounts = _accounts(app)
    (accounts.enable if undo else accounts.disable)(name)
    click.echo(f"{'已启用' if undo else '已停用'} {name}")


@user.command()
@click.argument("name", metavar="姓名")
@password_option()
@casebook_option()
@click.pass_obj
def passwd(app: CommonOptions, name: str, password_stdin: bool) -> None:
    """给账号一个新口令；本人下次登录时要再改。"""
    accounts = _accounts(app)
    accounts.get(name)
    accounts.reset(name, _password(password_stdin))
    click.echo(f"已改 {name} 的口令，已登录的都退出了")


@user.command()
@click.argument("name", metavar="姓名")
@casebook_option()
@click.pass_obj
def unlock(app: CommonOptions, name: str) -> None:
    """解开因连续输错口令而锁定的账号。"""
    _accounts(app).unlock(name)
    click.echo(f"已解锁 {name}")


def _accounts(app: CommonOptions) -> Accounts:
    from xueji_lib.casebook.access.accounts import Accounts

    return Accounts(app.workplace().open_casebook())


def _school(app: CommonOptions, text: str) -> str:
    from xueji_lib.notebook.audit import find_school
    from xueji_lib.store import Store

    store = Store.open(app.store)
    if not store.terms():
        raise UsageError("数据仓里还没有学校名录，先用 xueji intake 导入")
    return find_school(store.directory(store.terms()[-1]), text.strip())


def _password(from_stdin: bool) -> str:
    if from_stdin:
        line = sys.stdin.readline().rstrip("\r\n")
        if not line:
            raise UsageError("标准输入里没有口令")
        return line
    first = str(click.prompt("口令", hide_input=True))
    if first != click.prompt("再输一遍", hide_input=True):
        raise UsageError("两次输入不一样")
    return first


def _words(role: str) -> str:
    from xueji_lib.casebook.access.accounts import ROLE_NAMES

    return ROLE_NAMES[role]
