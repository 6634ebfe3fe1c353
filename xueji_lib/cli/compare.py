"""``xueji rules compare`` and ``xueji diff``: what other figures would change; two results of a term."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from xueji_lib.cli.chinese import DONE, LEFT_OUT, Command, CommonOptions
from xueji_lib.cli.printing import progress, show
from xueji_lib.cli.shared_options import Decorator, as_of_option, open_workplace, term_option
from xueji_lib.support.errors import UsageError


def book_option() -> Decorator:
    """``--out``, a workbook."""
    kind = click.Path(path_type=Path, dir_okay=False)
    return click.option("--out", "book", type=kind, metavar="文件.xlsx", help="另写一份工作簿，逐条列出；证件号打码")


def checked_book(book: Path | None) -> Path | None:
    """The workbook to write. Raises UsageError where it is not called .xlsx."""
    if book is not None and book.suffix.lower() != ".xlsx":
        raise UsageError(f"--out 要写成 .xlsx 文件，写的是 {book.name}")
    return book


@click.command("compare", cls=Command)
@term_option()
@as_of_option()
@click.option("--edition", metavar="版", default="", help="换成哪一版检查目录和数字")
@click.option(
    "--policy",
    "policy_file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="数字文件",
    help="换成这个文件里的数字，写法同原来的数字文件；没有写的照旧",
)
@click.option(
    "--set", "settings", multiple=True, metavar="名字=数", help="换一个数字，可以写几次；名字见 xueji rules figures"
)
@book_option()
@click.pass_obj
def rules_compare(
    app: CommonOptions,
    term: str,
    as_of: dt.date | None,
    edition: str,
    policy_file: Path | None,
    settings: tuple[str, ...],
    book: Path | None,
) -> int:
    """换一版目录、换几个数字，疑点会多哪些、少哪些、哪些由线索成为事实。

    拿数据仓里的数据判两遍，只在内存里比较，什么也不存。
    """
    from xueji_lib.judge import what_if
    from xueji_lib.register.inspection import Inspection
    from xueji_lib.reports import comparison_lines
    from xueji_lib.reports.workbooks import comparison_book

    file, day = checked_book(book), as_of or dt.date.today()
    store = open_workplace(app, term).store
    change = what_if.WhatIf(edition, policy_file, settings)
    with progress("核查") as report:
        trial = what_if.tried(store, Inspection(term, day), change, lambda what: report(0, 0, f"正在{what}"))
    about = [f"{term} 学期，检查基准日 {day}，检查目录 {trial.inspection.edition} 版 → {trial.edition} 版"]
    about += list(trial.lines) or ["换上的数字与现在的相同"]
    if file is not None:
        comparison_book.write(trial.comparison, about, day, file)
    show([*about, "", *comparison_lines.lines(trial.comparison, book=str(file or ""))])
    if trial.crashed:
        again = f"xueji check --term {term}"
        click.echo(f"这几条检查出错，没有比成：{'、'.join(trial.crashed)}。原因用 {again} 看", err=True)
    return LEFT_OUT if trial.crashed else DONE


@click.command(cls=Command)
@click.argument(
    "before", metavar="结果一", default="上一次", help="日期、上一次，或有 findings.csv 的文件夹；默认上一次"
)
@click.argument("after", metavar="结果二", default="这一次", help="同上；默认这一次，就是最近的一次")
@click.option("--term", metavar="学期", default="", help="学年学期，如 2026-2027-1。默认是最近有判定结果的学期")
@book_option()
@click.pass_obj
def diff(app: CommonOptions, before: str, after: str, term: str, book: Path | None) -> int:
    """比较一个学期的两次结果：疑点多了哪些、少了哪些、哪些性质变了。

    数据仓对每个检查基准日留着最后一次判定结果；以前写出的结果也可以比，写它的文件夹。
    """
    from xueji_lib.judge.comparison import compared
    from xueji_lib.reports import comparison_lines
    from xueji_lib.reports.chosen_runs import Runs
    from xueji_lib.reports.workbooks import comparison_book

    file = checked_book(book)
    runs = Runs(lambda: (open_workplace(app, term) if term else app.workplace()).store, term)
    comparison = compared(runs.side(before), runs.side(after))
    if file is not None:
        comparison_book.write(comparison, [], dt.date.today(), file)
    show(comparison_lines.lines(comparison, book=str(file or "")))
    return DONE
