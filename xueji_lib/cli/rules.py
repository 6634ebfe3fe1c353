"""``xueji rules``: the catalogue of checks, on the screen and as a file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from xueji_lib.cli.casebook import casebook_option
from xueji_lib.cli.chinese import CommonOptions, Group
from xueji_lib.cli.compare import rules_compare
from xueji_lib.cli.printing import progress, show

if TYPE_CHECKING:
    from xueji_lib.register.catalogue import Catalogue
    from xueji_lib.register.policy import Policy


def edition_option() -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """``--edition`` of the catalogue that is shown."""
    return click.option("--edition", metavar="版", default="", help="看哪一版检查目录。默认是今天施行的那一版")


def read(edition: str) -> tuple[Catalogue, Policy]:
    """Catalogue and policy figures of an edition; where none is named, of the one in force today."""
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
    from xueji_lib.reports.manual import rulebook

    show(rulebook.lines(read(edition)[0], violation, local_rules.read()))


@rules.command("show")
@edition_option()
@click.argument("rule_id", metavar="编号", help="如 R101")
def rules_show(edition: str, rule_id: str) -> None:
    """一条检查的手册：查什么、条件、通知原话、例子、误判提示、怎样改正、数字和出处。"""
    from xueji_lib import local_rules
    from xueji_lib.reports.manual import rulebook

    show(rulebook.manual(*read(edition), rule_id.strip().upper(), local_rules.read()))


@rules.command("figures")
@edition_option()
@click.option("--term", metavar="学期", default="", help="数一数各个数字确认后，这个学期有几条线索成为事实")
@click.option("--as-of", metavar="日期", type=click.DateTime(["%Y-%m-%d"]), help="检查基准日，默认今天")
@click.pass_obj
def rules_figures(app: CommonOptions, edition: str, term: str, as_of: dt.datetime | None) -> None:
    """检查用的数字：出处、县局确认了没有、哪些检查用它。"""
    from xueji_lib.judge import confirming
    from xueji_lib.register.inspection import Inspection
    from xueji_lib.reports.manual import rulebook

    if not term:
        show(list(rulebook.figure_lines(confirming.figures_in_use(*read(edition)))))
        return
    from xueji_lib.cli.shared_options import open_workplace

    day = as_of.date() if as_of else dt.date.today()
    store = open_workplace(app, term).store
    with progress("核查") as report:
        report(0, 0, "正在按确认后的数字核查")
        figures = list(confirming.with_new_facts(store, Inspection(term, day, edition)))
    show(list(rulebook.figure_lines(figures)))


@rules.command("stats")
@edition_option()
@casebook_option()
@click.pass_obj
def rules_stats(app: CommonOptions, edition: str) -> None:
    """各项检查准不准：每项认定过几条，几条属实，几条不属实，误报率多少；各学期合起来算，也分开列。"""
    from xueji_lib.reports.manual import record_text
    from xueji_lib.views import check_records

    app.bring()
    workplace = app.workplace()
    with workplace.open_casebook() as book:
        checks = check_records.overview(book, read(edition)[0].edition)
    show(record_text.lines(checks, of_part=workplace.store.is_part))


rules.add_command(rules_compare)


@rules.command("export")
@edition_option()
@click.argument("file", metavar="文件", type=click.Path(path_type=Path, dir_okay=False), help="按扩展名决定格式")
def rules_export(edition: str, file: Path) -> None:
    """把目录写成文件：.xlsx、.csv、.yaml 或 .md。"""
    from xueji_lib.reports.manual import rulebook

    rulebook.export(*read(edition), file)
    click.echo(f"已生成：{file}")
