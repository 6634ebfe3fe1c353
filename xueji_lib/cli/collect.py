"""``xueji templates`` and ``xueji intake``: tables go out to the schools and come back."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from xueji_lib.cli.chinese import DONE, LEFT_OUT, App, Command, Place, progress, show
from xueji_lib.cli.options import open_store, school_of, term_option
from xueji_lib.support.errors import UsageError
from xueji_lib.support.remote import Remote

if TYPE_CHECKING:
    from xueji_lib.store import Store


@click.command(cls=Command)
@click.argument("out", metavar="文件夹", type=click.Path(path_type=Path, file_okay=False), help="空表放在哪里")
@click.option("--term", metavar="学期", help="学年学期；与 --school 一起用")
@click.option("--school", metavar="学校", help="学校标识码或名称：按名册填好这所学校的逐班核对表")
@click.pass_obj
def templates(app: App, out: Path, term: str | None, school: str | None) -> None:
    """生成空白台账；给了学期和学校，再生成该校按名册填好的逐班核对表。"""
    from xueji_lib.reports import ledgers

    if bool(term) != bool(school):
        raise UsageError("--term 和 --school 要一起写，或都不写")
    files = ledgers.write_blank(out)
    if term and school:
        store = open_store(app, term)
        files.append(ledgers.write_headcount(out, store, term, school_of(store, term, school)))
    show([f"已生成：{file}" for file in files])


@click.command(cls=Command)
@click.argument("inbox", metavar="收件夹", type=Place(path_type=Path), help="放表册的文件夹，可以有子文件夹")
@term_option()
@click.option("--json", "as_json", is_flag=True, help="在标准输出上只给 JSON，供程序读")
@click.pass_obj
def intake(app: App, inbox: Path | Remote, term: str, as_json: bool) -> int:
    """把收件夹里的表册导入数据仓。同一个收件夹导入两次不会重复；改正后再导入，替换那所学校的那张表。"""
    from xueji_lib import intake as intakes
    from xueji_lib.register.calendar import Calendar
    from xueji_lib.store import Store

    calendar, store = Calendar.load(), Store(app.store)
    calendar.term(term)
    app.bring()
    if isinstance(inbox, Remote):
        inbox.bring()
        inbox = inbox.near
    with progress("导入") as report:
        taken = intakes.run(inbox, store, term, calendar, progress=report)
    workbook = intake_workbook(store, term)
    taken.write_workbook(workbook)
    if app.far is not None:
        app.far.give("")
    if as_json:
        text = json.dumps(taken.to_dict(), ensure_ascii=False, indent=1) + "\n"
        sys.stdout.buffer.write(text.encode())  # UTF-8, whatever the console speaks: a program reads it
    else:
        show(taken.lines())
    click.echo(f"导入报告：{workbook}", err=as_json)
    if taken.left_out:
        click.echo("有没收下的文件、行或格，见导入报告", err=True)
    return LEFT_OUT if taken.left_out else DONE


def intake_workbook(store: Store, term: str) -> Path:
    """Where the report of an intake goes: a new file each time, an earlier one may be open in Excel."""
    return store.root / "reports" / f"导入报告-{term}-{dt.datetime.now():%Y%m%d-%H%M%S}.xlsx"
