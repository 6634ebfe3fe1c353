"""``xueji token``: what other programs read results with, over the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from xueji_lib.cli.casebook import casebook_option
from xueji_lib.cli.chinese import DONE, Command, CommonOptions, Group
from xueji_lib.support.errors import UsageError

if TYPE_CHECKING:
    from xueji_lib.casebook.access.api_tokens import Scope

_SCOPES = {"county": "全县", "township": "乡镇", "school": "学校"}


@click.group(cls=Group)
def token() -> None:
    """接口口令：给别的程序读结果用，只读、打码、有范围、有期限。新建、列出、作废。"""


@token.command(cls=Command)
@click.argument("label", metavar="给谁用")
@click.option(
    "--scope",
    type=click.Choice(list(_SCOPES)),
    metavar="范围",
    required=True,
    help="county 全县，township 一个乡镇的学校，school 一所学校",
)
@click.option("--of", "scope_of", metavar="哪一个", default="", help="乡镇的名称，或学校（标识码或名称）；全县的不写")
@click.option("--days", type=click.IntRange(1, 366), metavar="天", default=90, show_default=True, help="几天以后作废")
@casebook_option()
@click.pass_obj
def new(app: CommonOptions, label: str, scope: Scope, scope_of: str, days: int) -> int:
    """新建一个，只显示这一次：台账里只留校验值，丢了就作废再建。"""
    from xueji_lib.casebook.access.api_tokens import ApiTokens
    from xueji_lib.casebook.log.events import local_actor
    from xueji_lib.register import labels

    checked = _scope_of(app, scope, scope_of.strip())
    with app.workplace().open_casebook() as book:
        made, secret = ApiTokens(book).make(label, scope, checked, days, local_actor().name)
    whom = f"{_SCOPES[scope]}{f' {checked}' if checked else ''}"
    click.echo(f"已建接口口令 {made.id}：{made.label}，范围 {whom}，到 {labels.moment(made.expires_at)} 为止")
    click.echo(f"口令（只显示这一次，请马上交给用的程序保管）：\n{secret}")
    return DONE


@token.command("list", cls=Command)
@casebook_option()
@click.pass_obj
def list_(app: CommonOptions) -> int:
    """列出建过的全部接口口令，不显示口令本身。"""
    from xueji_lib.casebook.access.api_tokens import ApiTokens
    from xueji_lib.register import labels

    with app.workplace().open_casebook() as book:
        listing, now = ApiTokens(book).list(), book.now()
    if not listing:
        click.echo("还没有接口口令")
    for known in listing:
        whom = f"{_SCOPES[known.scope]}{f' {known.scope_of}' if known.scope_of else ''}"
        ends = f"到 {labels.moment(known.expires_at)}"
        click.echo(f"{known.id}\t{known.state(now)}\t{whom}\t{ends}\t{known.label}\t{known.made_by} 建")
    return DONE


@token.command(cls=Command)
@click.argument("token_id", metavar="编号")
@casebook_option()
@click.pass_obj
def revoke(app: CommonOptions, token_id: str) -> int:
    """作废一个，马上不能再用。编号见 xueji token list。"""
    from xueji_lib.casebook.access.api_tokens import ApiTokens
    from xueji_lib.casebook.log.events import local_actor

    with app.workplace().open_casebook() as book:
        ApiTokens(book).revoke(token_id.strip(), local_actor().name)
    click.echo(f"已作废 {token_id}")
    return DONE


def _scope_of(app: CommonOptions, scope: str, text: str) -> str:
    """The township or the school's id, checked against the newest directory. Raises UsageError."""
    from xueji_lib.notebook.audit import find_school

    if scope == "county":
        if text:
            raise UsageError("全县的不写 --of")
        return ""
    if not text:
        raise UsageError("写明是哪一个：--of 乡镇名称，或 --of 学校")
    store = app.workplace().store
    if not store.terms():
        raise UsageError("数据仓里还没有学校名录，先用 xueji intake 导入")
    directory = store.directory(store.terms()[-1])
    if scope == "school":
        return find_school(directory, text)
    townships = sorted({str(name) for name in directory["township"].dropna().unique()})
    if text not in townships:
        raise UsageError(f"名录里没有 {text} 这个乡镇。有：{'、'.join(townships) or '（空）'}")
    return text
