"""``xueji rules``: the catalogue on the screen and as a file."""

from __future__ import annotations

from pathlib import Path

import click

from xueji_lib.chinese_cli import Group, show


@click.group(cls=Group)
def rules() -> None:
    """检查目录：查什么、依据哪一条、用哪个数字。"""


@rules.command("list")
@click.option("--violation", type=click.IntRange(1, 7), metavar="1到7", help="只列通知所列七种情形中的一种")
def rules_list(violation: int | None) -> None:
    """列出全部检查和现场询问。"""
    from xueji_lib import catalogue
    from xueji_lib.reports import rulebook

    show(rulebook.lines(catalogue.load(), violation))


@rules.command("show")
@click.argument("rule_id", metavar="编号", help="如 R101")
def rules_show(rule_id: str) -> None:
    """一条检查的全文，连同它用到的数字和出处。"""
    from xueji_lib import catalogue
    from xueji_lib.policy import Policy
    from xueji_lib.reports import rulebook

    show(rulebook.manual(catalogue.load(), Policy.load(), rule_id.strip().upper()))


@rules.command("export")
@click.argument("file", metavar="文件", type=click.Path(path_type=Path, dir_okay=False), help="按扩展名决定格式")
def rules_export(file: Path) -> None:
    """把目录写成文件：.xlsx、.csv、.yaml 或 .md。"""
    from xueji_lib import catalogue
    from xueji_lib.policy import Policy
    from xueji_lib.reports import rulebook

    rulebook.export(catalogue.load(), Policy.load(), file)
    click.echo(f"已生成：{file}")
