"""``xueji templates`` and ``xueji intake``: write blank tables for schools, and import the filled-in ones."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from xueji_lib.cli.chinese import DONE, LEFT_OUT, Command, CommonOptions, PathOrUrl
from xueji_lib.cli.printing import progress, show
from xueji_lib.cli.shared_options import as_of_option, open_workplace, school_of, term_option
from xueji_lib.support.errors import UsageError
from xueji_lib.support.remote import Remote

if TYPE_CHECKING:
    from xueji_lib.intake.reading import Reading
    from xueji_lib.intake.report import Report
    from xueji_lib.register.calendar import Calendar
    from xueji_lib.store import Store
    from xueji_lib.store.undo import Undone

_MOST_CHANGES = 12
"""Lists that went back, named on the screen."""


@click.command(cls=Command)
@click.argument("out", metavar="文件夹", type=click.Path(path_type=Path, file_okay=False), help="空表放在哪里")
@click.option("--term", metavar="学期", help="学年学期；与 --school 一起用")
@click.option("--school", metavar="学校", help="学校标识码或名称：按名册填好这所学校的逐班核对表")
@click.pass_obj
def templates(app: CommonOptions, out: Path, term: str | None, school: str | None) -> None:
    """生成空白台账；给了学期和学校，再生成该校按名册填好的逐班核对表。"""
    from xueji_lib.reports.workbooks import ledgers

    if bool(term) != bool(school):
        raise UsageError("--term 和 --school 要一起写，或都不写")
    files = ledgers.write_blank(out)
    if term and school:
        store = open_workplace(app, term).store
        files.append(ledgers.write_headcount(out, store, term, school_of(store, term, school)))
    show([f"已生成：{file}" for file in files])


@click.command(cls=Command)
@click.argument(
    "inbox", metavar="收件夹", type=PathOrUrl(path_type=Path), required=False, help="放表册的文件夹，可以有子文件夹"
)
@term_option()
@click.option("--dry-run", is_flag=True, help="只试一遍：给出报告，和会变的学生数、人籍不一致、疑点；什么也不存")
@click.option("--replace", is_flag=True, help="只来了一部分的名册、核对表、整改反馈，当作整张表替换，不作更新")
@click.option(
    "--map", "maps", multiple=True, metavar="'表头=表头'",
    help="教一个不认识的表头，如 '班别=班级'；可写几次。记住以后，同一所学校的文件照此认",
)  # fmt: skip
@click.option("--undo", is_flag=True, help="不收件，退回上一次收件之前的内容（再写一次，再退一步）；记入留痕")
@click.option("--school", metavar="学校", help="与 --undo 一起用：只退回这所学校的（标识码或名称）")
@as_of_option()
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), metavar="文件夹",
    help="导入报告、退回单、收件总览放在哪里。默认在数据仓里；--dry-run 时不写就不留",
)  # fmt: skip
@click.option(
    "--limit", metavar="秒", type=click.FloatRange(1), default=60.0, show_default=True, help="读一个文件最多用多久"
)
@click.option(
    "--memory", metavar="兆字节", type=click.IntRange(128), default=1024, show_default=True,
    help="读一个文件最多用多少内存",
)  # fmt: skip
@click.option("--jobs", type=click.IntRange(1, 64), metavar="个数", help="同时读几个文件。默认按处理器个数")
@click.option("--json", "as_json", is_flag=True, help="在标准输出上只给 JSON，供程序读")
@click.pass_obj
def intake(
    app: CommonOptions,
    inbox: Path | Remote | None,
    term: str,
    dry_run: bool,
    replace: bool,
    maps: tuple[str, ...],
    undo: bool,
    school: str | None,
    as_of: dt.date | None,
    out: Path | None,
    limit: float,
    memory: int,
    jobs: int | None,
    as_json: bool,
) -> int:
    """把收件夹里的表册导入数据仓。同一个收件夹导入两次不会重复；改正后再导入，替换那所学校的那张表；
    只来了一部分的，更新其中写到的人、班，其余保留。"""
    from xueji_lib.register.calendar import Calendar

    calendar = Calendar.load()
    calendar.term(term)
    _check_usage(inbox, undo, {"--dry-run": dry_run, "--replace": replace, "--map": bool(maps)}, school, as_of, dry_run)
    if undo:
        return _go_back(app, term, school, as_json)
    from xueji_lib.intake import taught
    from xueji_lib.intake.reading import Limits, Reading

    app.bring()
    if isinstance(inbox, Remote):
        inbox.bring()
        inbox = inbox.near
    lessons = taught.known(app.store, maps)
    limits = Limits(limit, memory * 2**20, jobs or 0)
    with progress("导入") as report, Reading(Path(str(inbox)), limits, lessons.pairs, maps) as reading:
        from xueji_lib.store import Store  # here: it is slow to load, and files are read meanwhile

        store = Store(app.store)
        if dry_run:
            return _try(store, reading, term, as_of, calendar, replace, out, as_json, report)
        from xueji_lib.intake import run

        intake_report = run(reading, store, term, calendar, progress=report, replace=replace)
        papers = _write_papers(store, intake_report, out or store.root / "reports", report)
    if app.far is not None:
        app.far.give("")
    _print(intake_report.to_dict(), intake_report.lines(), as_json)
    for line in papers:
        click.echo(line, err=as_json)
    return _status(intake_report)


def _check_usage(
    inbox: object, undo: bool, others: dict[str, bool], school: str | None, as_of: object, dry_run: bool
) -> None:
    """Raises UsageError for options that do not go together."""
    if undo and (inbox is not None or any(others.values())):
        named = [name for name, is_there in others.items() if is_there] or ["收件夹"]
        raise UsageError(f"--undo 只退回，不收件：不要同时写{'、'.join(named)}")
    if not undo and inbox is None:
        raise UsageError("没有写收件夹。例：xueji intake 收件夹 --term 2026-2027-1；要退回上一次收件，写 --undo")
    if school and not undo:
        raise UsageError("--school 只和 --undo 一起用。收件时各表是哪所学校的，由表里、文件名里的学校标识码定")
    if as_of is not None and not dry_run:
        raise UsageError("--as-of 只和 --dry-run 一起用：收件与检查基准日无关")


def _try(
    store: Store,
    reading: Reading,
    term: str,
    as_of: dt.date | None,
    calendar: Calendar,
    replace: bool,
    out: Path | None,
    as_json: bool,
    report: Any,
) -> int:
    from xueji_lib.intake.preview import preview
    from xueji_lib.register.inspection import Inspection

    inspection = Inspection(term, as_of or dt.date.today())
    tried = preview(reading, store, inspection, calendar, progress=report, replace=replace)
    _print(tried.to_dict(), tried.lines(), as_json)
    if out is not None:
        from xueji_lib.intake import report_book

        workbook = intake_workbook(out, term)
        report_book.write(tried.report, workbook)
        click.echo(f"试收的报告：{workbook}", err=as_json)
    return _status(tried.report)


def _go_back(app: CommonOptions, term: str, school: str | None, as_json: bool) -> int:
    from xueji_lib.casebook.log.events import local_actor
    from xueji_lib.store.undo import take_back

    workplace = open_workplace(app, term)
    store = workplace.store
    school_id = school_of(store, term, school) if school else ""
    time = dt.datetime.now().isoformat(timespec="seconds")
    with workplace.open_casebook() as book:

        def trace(undone: Undone) -> None:
            detail = {"term": term, "intake": undone.of, "entry": undone.entry}
            book.log(local_actor().name, "退回收件", school_id, detail)

        undone = take_back(store, term, time, school_id, trace)
    if app.far is not None:
        app.far.give("")
    content = {"term": term, "undone": undone.of, "entry": undone.entry, "school_id": school_id}
    content["changes"] = [
        {"table": c.table, "school_id": c.school_id, "old_rows": c.old_rows, "new_rows": c.new_rows}
        for c in undone.changes
    ]
    _print(content, _undone_lines(undone, school_id), as_json)
    return DONE


def _undone_lines(undone: Undone, school_id: str) -> list[str]:
    from xueji_lib.register.schema import TABLES

    whose = f"{school_id} 的内容" if school_id else "内容"
    files = f"，文件 {len(undone.files)} 个" if undone.files else ""
    lines = [
        f"已退回：{whose}是第 {undone.of} 次收件（{undone.time}{files}）之前的了。记为第 {undone.entry} 次，已留痕"
    ]
    lines += [
        f"  {change.school_id or '全县'} 的{TABLES[change.table].header}：{change.old_rows} 行 → {change.new_rows} 行"
        for change in undone.changes[:_MOST_CHANGES]
    ]
    if len(undone.changes) > _MOST_CHANGES:
        lines.append(f"  其余 {len(undone.changes) - _MOST_CHANGES} 处，加 --json 看")
    return lines


def _write_papers(store: Store, intake_report: Report, folder: Path, report: Any) -> list[str]:
    """The report, the county's view, and what goes back to the schools; lines that say where they are."""
    from xueji_lib.intake import report_book, returned
    from xueji_lib.reports.letters import return_slip
    from xueji_lib.reports.workbooks import intake_overview

    report(0, 0, "写导入报告和退回单")
    at, workbook = dt.datetime.now(), intake_workbook(folder, intake_report.term)
    report_book.write(intake_report, workbook)
    overview = workbook.with_name(workbook.name.replace("导入报告", "收件总览"))
    intake_overview.write(returned.overview(intake_report, store), intake_report, at, overview)
    slips = returned.slips(intake_report, store)
    for sentence in return_slip.write_all(slips, intake_report.term, at, folder, report):
        click.echo(f"退回单没有写成：{sentence}", err=True)
    lines = [f"导入报告：{workbook}", f"收件总览：{overview}"]
    return [*lines, f"退回单 {len(slips)} 份：{folder / return_slip.FOLDER}"] if slips else lines


def _print(content: dict[str, Any], lines: list[str], as_json: bool) -> None:
    if as_json:
        text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
        sys.stdout.buffer.write(text.encode())  # UTF-8, whatever the console speaks: a program reads it
        sys.stdout.buffer.flush()
    else:
        show(lines)


def _status(intake_report: Report) -> int:
    if intake_report.left_out:
        click.echo("有没收下的文件、行或格，或有表少了许多行，见导入报告", err=True)
    return LEFT_OUT if intake_report.left_out else DONE


def intake_workbook(folder: Path, term: str) -> Path:
    """The file of an intake's report: a new one each time, because an earlier one may be open in Excel."""
    return folder / f"导入报告-{term}-{dt.datetime.now():%Y%m%d-%H%M%S}.xlsx"
