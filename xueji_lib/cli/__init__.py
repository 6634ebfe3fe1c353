"""The command line: parse, call, print. What the commands do is elsewhere, imported when it is needed.

Commands, options and exit statuses: data contract 3.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from xueji_lib import __version__
from xueji_lib.cli import serve as cli_serve
from xueji_lib.cli.archive import archive
from xueji_lib.cli.casebook import merge, pack, password_option, unmask_request, verify
from xueji_lib.cli.chinese import DONE, LEFT_OUT, App, Day, Place, Root, progress, show
from xueji_lib.cli.rules import rules
from xueji_lib.support.errors import UsageError
from xueji_lib.support.remote import Remote

if TYPE_CHECKING:
    from xueji_lib.store import Store

Decorator: TypeAlias = Callable[[Callable[..., Any]], Callable[..., Any]]
Report: TypeAlias = Callable[[int, int, str], None]


@click.group(
    cls=Root, help="学籍检查工具箱：导入各校表册，逐校逐条核查，出问题台账。\n\n每个命令都有说明：xueji 命令 --help"
)
@click.version_option(__version__, message="%(prog)s %(version)s", help="显示版本号后退出。")
def xueji() -> None:
    pass


for command in (archive, rules, pack, merge, verify):
    xueji.add_command(command)
cli_serve.register(xueji)


def term_option() -> Decorator:
    return click.option("--term", metavar="学期", required=True, help="学年学期，如 2026-2027-1")


def as_of_option() -> Decorator:
    return click.option("--as-of", type=Day(), help="检查基准日，如 2026-11-20；逾期都按这一天算。默认今天")


def edition_option() -> Decorator:
    return click.option("--edition", metavar="版", default="", help="按哪一版检查目录判。默认是学期开学时施行的那一版")


def engine_option(default: str) -> Decorator:
    kinds = click.Choice(["stock", "warm"])
    said = "运行笔记本的方式：warm 在备好的进程里连续运行，快十几倍；stock 每次另开一个内核。结果相同"
    return click.option("--engine", type=kinds, default=default, show_default=True, help=said)


def out_option(kind: click.ParamType[Any] | None = None) -> Decorator:
    folder = kind or click.Path(path_type=Path, file_okay=False)
    return click.option("--out", type=folder, metavar="文件夹", default="out", show_default=True, help="结果放在哪里")


# ---- demo ----


@xueji.command()
@click.option(
    "--schools", type=click.IntRange(6, 1000), metavar="校数", default=20, show_default=True, help="造几所学校"
)
@click.option("--seed", type=int, metavar="整数", default=2026, show_default=True, help="同一个数造出同一个县")
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="文件夹",
    default="xueji-demo",
    show_default=True,
    help="放在哪里；里面以前的演示会被换掉",
)
@click.option("--no-serve", is_flag=True, help="只生成，不打开")
@click.pass_obj
def demo(app: App, schools: int, seed: int, folder: Path, no_serve: bool) -> int:
    """造一个假想的县，导入、核查，给出全部结果。人名、号码都是编的。"""
    from xueji_lib import demo as county
    from xueji_lib.cli import showcase

    place = showcase.prepare(folder, app.store if app.named else None)
    result = showcase.run(place, schools, seed, click.echo, progress)
    show(result.lines())
    made = place.out / county.TERM
    click.echo(f"\n全县汇总：{made / 'county.xlsx'}\n各校结果：{made / 'schools'}\n埋了哪些问题：{place.truth}")
    if not no_serve:
        from xueji_lib.web.app import Options

        open_folder(made)
        cli_serve.open_pages(Options(place.store, port=0), browser=True)
    return LEFT_OUT if result.failed else DONE


# ---- intake ----


@xueji.command()
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


# ---- audit, batch, check ----


@xueji.command()
@click.argument("school", metavar="学校", help="学校标识码或学校名称")
@term_option()
@as_of_option()
@edition_option()
@out_option()
@engine_option("stock")
@click.option("--unmask", is_flag=True, help="另导出未遮盖的学生身份对照表和限期复学通知书，加口令，记入留痕")
@click.option("--reason", metavar="理由", default="", help="为什么要未遮盖的资料；与 --unmask 一起用")
@password_option("口令")
@click.pass_obj
def audit(
    app: App,
    school: str,
    term: str,
    as_of: dt.date | None,
    edition: str,
    out: Path,
    engine: str,
    unmask: bool,
    reason: str,
    password_stdin: bool,
) -> int:
    """核查一所学校：审核报告（audit.ipynb、audit.html）、问题台账（findings.xlsx）、附件1 和文书。"""
    from xueji_lib.notebook import audit as audits

    if bool(reason) and not unmask:
        raise UsageError("--reason 要和 --unmask 一起用")
    school_id, day = school_of(open_store(app, term), term, school), as_of or dt.date.today()
    request = unmask_request(reason, password_stdin) if unmask else None
    with progress("核查") as report:
        report(0, 0, f"正在核查 {school}")
        folder = audits.run(app.store, school_id, term, day, out, edition=edition, engine=engine)
    click.echo(f"已生成：{folder}")
    if request is not None:
        files = audits.export_unmasked(app.store, school_id, term, day, folder, request, edition=edition)
        show([f"未遮盖，用口令打开：{file}" for file in files])
    return DONE


@xueji.command()
@term_option()
@as_of_option()
@edition_option()
@out_option(Place(path_type=Path, file_okay=False))
@click.option("--jobs", type=click.IntRange(1, 256), metavar="个数", help="同时做几所学校。默认按处理器个数")
@click.option("--only", metavar="学校,学校", help="只做这几所学校（标识码或名称，逗号隔开）")
@click.option("--force", is_flag=True, help="没有变化的学校也重做")
@engine_option("warm")
@click.option(
    "--timeout",
    type=click.FloatRange(0),
    metavar="秒",
    default=600,
    show_default=True,
    help="一所学校最多做多久，到时停下、记为失败；0 不限",
)
@click.option(
    "--scheduler",
    metavar="地址",
    default="",
    help="在集群上做：调度器的地址，如 tcp://10.0.0.5:8786；写 local 就在本机起一个",
)
@click.pass_obj
def batch(
    app: App,
    term: str,
    as_of: dt.date | None,
    edition: str,
    out: Path | Remote,
    jobs: int | None,
    only: str | None,
    force: bool,
    engine: str,
    timeout: float,
    scheduler: str,
) -> int:
    """核查全县：每校一套结果，再加全县汇总。没有变化的学校跳过；中断后再运行，从停下的地方接着做。"""
    from xueji_lib import batch as batches

    open_store(app, term)
    chosen = [text.strip() for text in only.replace("，", ",").split(",") if text.strip()] if only else None
    day = as_of or dt.date.today()
    with progress("逐校核查") as report, on_cluster(scheduler, jobs, timeout, report) as executor:
        result = batches.run(
            app.store,
            term,
            day,
            out.make() if isinstance(out, Remote) else out,
            jobs,
            chosen,
            force,
            edition=edition,
            engine=engine,
            limit=timeout,
            progress=report,
            executor=executor,
            far_store=app.far,
            far_out=out if isinstance(out, Remote) else None,
        )
    show(result.lines())
    for failed in result.failed:
        click.echo(f"没有做成：{failed}", err=True)
    return LEFT_OUT if result.left_out else DONE


@xueji.command()
@term_option()
@as_of_option()
@edition_option()
@click.option("--school", metavar="学校", help="只查这所学校（标识码或名称）")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), metavar="文件夹", required=True, help="结果放在哪里"
)
@click.option("--timings", is_flag=True, help="列出每条检查用的时间")
@click.pass_obj
def check(
    app: App, term: str, as_of: dt.date | None, edition: str, school: str | None, out: Path, timings: bool
) -> int:
    """只判定，不出报告：findings.csv（问题）和 coverage.csv（每校每条查得怎样）。"""
    from xueji_lib.judge import engine
    from xueji_lib.reports.tables import write_coverage_csv, write_findings_csv

    store = open_store(app, term)
    school_id = school_of(store, term, school) if school else None
    with progress("核查") as report:
        report(0, 0, "正在逐条核查全县")
        result = engine.check(store, term, as_of or dt.date.today(), edition=edition, school=school_id)
    write_findings_csv(result, out / term / "findings.csv")
    write_coverage_csv(result, out / term / "coverage.csv")
    counts = result.coverage["status"].value_counts()
    click.echo(f"疑点 {len(result.findings)} 条；每校每条的结果：" + "，".join(f"{k} {v}" for k, v in counts.items()))
    click.echo(f"已生成：{out / term / 'findings.csv'}、{out / term / 'coverage.csv'}")
    if timings:
        for rule_id, seconds in sorted(result.timings.items(), key=lambda item: -item[1]):
            click.echo(f"  {rule_id}  {seconds * 1000:8.1f} 毫秒")
    failed = sorted(set(result.coverage.loc[result.coverage["status"] == "出错", "rule_id"]))
    if failed:
        click.echo(f"这几条检查出错，没有查成：{'、'.join(failed)}。原因见 coverage.csv", err=True)
    return LEFT_OUT if failed else DONE


# ---- templates, lab ----


@xueji.command()
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


@xueji.command()
@click.option("--no-browser", is_flag=True, help="不打开浏览器，只给出网址")
@click.option("--port", type=click.IntRange(1024, 65535), metavar="端口", default=8888, show_default=True, help="端口")
@click.pass_obj
def lab(app: App, no_browser: bool, port: int) -> int:
    """打开 JupyterLab，里面是审核笔记本和规则实验室，数据仓已接好。按 Ctrl-C 结束。"""
    from xueji_lib.support import paths

    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={paths.notebooks()}", f"--port={port}"]
    command += ["--LabApp.news_url=None", "--LabApp.extension_manager=readonly"]  # nothing is asked of the network
    command += ["--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate"]
    command += ["--no-browser"] if no_browser else []
    command += ["--allow-root"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
    process = subprocess.Popen(command, env={**os.environ, "XUEJI_STORE": str(app.store.resolve())})
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # Ctrl-C reaches JupyterLab as well, and it asks
            continue


# ---- shared by the commands ----


def open_store(app: App, term: str) -> Store:
    """The store, where the calendar knows the term and the store has it."""
    from xueji_lib.register.calendar import Calendar
    from xueji_lib.store import Store

    Calendar.load().term(term)
    app.bring()
    store = Store.open(app.store)
    if term not in store.terms():
        raise UsageError(f"数据仓 {app.store} 里没有 {term} 学期的数据。现有：{'、'.join(store.terms()) or '（空）'}")
    return store


@contextlib.contextmanager
def on_cluster(scheduler: str, jobs: int | None, timeout: float, report: Report) -> Iterator[Executor | None]:
    """The cluster that ``--scheduler`` names; none where it names none."""
    if not scheduler:
        yield None
        return
    report(0, 0, f"正在连接集群 {scheduler}")
    from xueji_lib.batch import default_jobs

    try:
        from xueji_lib.batch import cluster
    except ImportError:
        raise UsageError("没有装集群组件。请先 pip install xueji[cluster]，见 docs/scale.md") from None
    with cluster.connect(scheduler, jobs or default_jobs(), timeout) as executor:
        yield executor


def school_of(store: Store, term: str, text: str) -> str:
    """The id of the school meant by an id or a name. Raises UsageError naming up to ten close ones."""
    from xueji_lib.notebook.audit import find_school

    return find_school(store.directory(term), text.strip())


def intake_workbook(store: Store, term: str) -> Path:
    """Where the report of an intake goes: a new file each time, an earlier one may be open in Excel."""
    return store.root / "reports" / f"导入报告-{term}-{dt.datetime.now():%Y%m%d-%H%M%S}.xlsx"


def open_folder(folder: Path) -> None:
    """Show a folder in the desktop's file manager, where there is one."""
    if sys.platform == "win32":
        os.startfile(folder)
    elif sys.platform == "darwin":
        subprocess.run(["open", str(folder)], check=False)
    elif os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        subprocess.run(["xdg-open", str(folder)], check=False, stderr=subprocess.DEVNULL)
