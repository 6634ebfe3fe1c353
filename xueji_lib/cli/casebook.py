"""Commands on the casebook: carry it to a school and back, and verify its trail."""

from __future__ import annotations

import datetime as dt
import getpass
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeAlias

import click

from xueji_lib.cli.chinese import DONE, LEFT_OUT, App, Command, progress, show
from xueji_lib.cli.options import as_of_option, open_store, school_of, term_option
from xueji_lib.support.errors import UsageError

FILE: Final = click.Path(path_type=Path, dir_okay=False)
Decorator: TypeAlias = Callable[[Callable[..., Any]], Callable[..., Any]]


def password_option(text: str) -> Decorator:
    return click.option("--password-stdin", is_flag=True, help=f"{text}从标准输入读，不在屏幕上问")


def casebook_option() -> Decorator:
    return click.option(
        "--casebook", "url", metavar="地址", default="", envvar="XUEJI_CASEBOOK",
        help="核查台账放在别处的数据库，如 postgresql+psycopg://用户@主机/库名。默认在数据仓里",
    )  # fmt: skip


def ask_password(stdin: bool, *, twice: bool, what: str = "口令") -> str:
    """From the terminal (twice where it is new) or the first line of standard input. Raises UsageError."""
    if stdin:
        return sys.stdin.readline().rstrip("\r\n")
    try:
        first = getpass.getpass(f"{what}：")
        if twice and getpass.getpass(f"再输一遍{what}：") != first:
            raise UsageError("两遍口令不一样，什么都没有做")
    except (EOFError, OSError):
        raise UsageError("没有终端可以问口令。加 --password-stdin，从标准输入给") from None
    return first


def unmask_request(reason: str, password_stdin: bool) -> Any:
    """Why, and the password asked for. Raises UsageError before anything is done."""
    from xueji_lib.reports.unmask import Request

    Request(reason, "........").check()  # before a password is asked for
    request = Request(reason, ask_password(password_stdin, twice=True))
    request.check()
    return request


@click.command(cls=Command)
@click.argument("schools", metavar="学校…", nargs=-1, required=True)
@term_option()
@as_of_option()
@click.option(
    "--out",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="文件",
    required=True,
    help="数据包写到哪里",
)
@casebook_option()
@password_option("口令")
@click.pass_obj
def pack(
    app: App, schools: tuple[str, ...], term: str, as_of: dt.date | None, file: Path, url: str, password_stdin: bool
) -> int:
    """把几所学校的数据和核查台账打成一个加密的数据包，带到没有网络的学校去用；用完再打包带回，用 merge 并入。"""
    from xueji_lib.casebook.book import Casebook
    from xueji_lib.casebook.events import local_actor
    from xueji_lib.casebook.judging import judged
    from xueji_lib.casebook.package import pack as write
    from xueji_lib.casebook.sealed import check_password

    store = open_store(app, term)
    ids = [school_of(store, term, school) for school in dict.fromkeys(schools)]
    password = check_password(ask_password(password_stdin, twice=True))
    answer = judged(store, term, as_of or dt.date.today(), url=url)
    with Casebook.open(store, url) as book:
        write(store, book, local_actor(), ids, answer, file, password)
    click.echo(f"已打包 {len(ids)} 所学校：{file}。口令不要和数据包放在一起")
    return DONE


@click.command(cls=Command)
@click.argument("files", metavar="数据包…", nargs=-1, required=True, type=click.Path(path_type=Path))
@casebook_option()
@password_option("口令")
@click.pass_obj
def merge(app: App, files: tuple[Path, ...], url: str, password_stdin: bool) -> int:
    """把带回的数据包并入数据仓；数据仓还没有时，按数据包建一个。并两次、先并谁，结果都一样，谁的认定也不会丢。"""
    from xueji_lib.casebook.events import local_actor
    from xueji_lib.casebook.merge import merge as bring_in

    password = ask_password(password_stdin, twice=False)
    conflicts = 0
    with progress("并入") as report:
        for number, file in enumerate(files, 1):
            merged = bring_in(app.store, url, file, local_actor(), password)
            conflicts += len(merged.conflicts)
            report(number, len(files), file.name)
            show(merged.lines())
    if conflicts:
        click.echo(f"{conflicts} 处有不同意见，各人的都保留着，请在核查清单里重新认定", err=True)
    return LEFT_OUT if conflicts else DONE


@click.command(cls=Command)
@casebook_option()
@click.pass_obj
def verify(app: App, url: str) -> int:
    """查核查台账的留痕是否完整；不完整的，指出第一处。"""
    from xueji_lib.casebook.book import Casebook
    from xueji_lib.store import Store

    with Casebook.open(Store.open(app.store), url) as book:
        found = book.verify()
    if found.broken:
        click.echo(f"留痕不完整：{found.broken}。前面 {found.lines} 条完整", err=True)
        return LEFT_OUT
    click.echo(f"留痕完整，共 {found.lines} 条。末条校验值 {found.last[:16]}（可抄在纸上，以后核对）")
    return DONE
