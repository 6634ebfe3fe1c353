"""``xueji rules``: the catalogue on the screen and as a file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from xueji_lib.cli.chinese import Group, show

if TYPE_CHECKING:
    from xueji_lib.register.catalogue import Catalogue
    from xueji_lib.register.policy import Policy


def edition_option() -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option("--edition", metavar="版", default="", help="看哪一版检查目录。默认是今天施行的那一版")


def read(edition: str) -> tuple[Catalogue, Policy]:
    """The catalogue and the figures of an edition; of the one in force today where none is named."""
    from xueji_lib.register import catalogue, policy

    edition = edition or policy.in_force(dt.date.today())
    return catalogue.load(edition), policy.Policy.load(edition)


@click.group(cls=Group)
def rules() -> None:
    """检查目录：查什么、依据哪一条、用哪个数字。"""


@rules.command("list")
@edition_option()
@click.option("--violation", type=click.IntRange(1, 7), metavar="1到7", help="只列通知所列七种情形中的一种")
def rules_list(edition: str, violation: int | None) -> None:
    """列出全部检查和现场询问，连同本县自定义的检查。"""
    from xueji_lib import local_rules
    from xueji_lib.reports import rulebook

    show(rulebook.lines(read(edition)[0], violation, local_rules.read()))


@rules.command("show")
@edition_option()
@click.argument("rule_id", metavar="编号", help="如 R101")
def rules_show(edition: str, rule_id: str) -> None:
    """一条检查的手册：查什么、条件、通知原话、例子、误判提示、怎样改正、数字和出处。"""
    from xueji_lib import local_rules
    from xueji_lib.reports import rulebook

    show(rulebook.manual(*read(edition), rule_id.strip().upper(), local_rules.read()))


@rules.command("export")
@edition_option()
@click.argument("file", metavar="文件", type=click.Path(path_type=Path, dir_okay=False), help="按扩展名决定格式")
def rules_export(edition: str, file: Path) -> None:
    """把目录写成文件：.xlsx、.csv、.yaml 或 .md。"""
    from xueji_lib.reports import rulebook

    rulebook.export(*read(edition), file)
    click.echo(f"已生成：{file}")
