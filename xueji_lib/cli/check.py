"""``xueji check``, ``audit``, ``batch``: judge the county; make the deliverables of one school, or of all."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING

import click

from xueji_lib.cli.casebook import password_option, unmask_request
from xueji_lib.cli.chinese import DONE, LEFT_OUT, Command, CommonOptions, PathOrUrl
from xueji_lib.cli.own_notebooks import own_notebook_options, run_own_notebook
from xueji_lib.cli.printing import progress, show
from xueji_lib.cli.shared_options import (
    Report,
    engine_option,
    inspection_options,
    open_workplace,
    out_option,
    school_of,
)
from xueji_lib.register.vocabulary import CoverageStatus
from xueji_lib.support.errors import UsageError
from xueji_lib.support.remote import Remote

if TYPE_CHECKING:
    from xueji_lib.register.inspection import Inspection


@click.command(cls=Command)
@click.argument("school", metavar="学校", help="学校标识码或学校名称")
@inspection_options()
@out_option()
@engine_option("stock")
@click.option("--unmask", is_flag=True, help="另导出未遮盖的学生身份对照表和限期复学通知书，加口令，记入留痕")
@click.option("--reason", metavar="理由", default="", help="为什么要未遮盖的资料；与 --unmask 一起用")
@password_option("口令")
@click.pass_obj
def audit(
    app: CommonOptions,
    school: str,
    inspection: Inspection,
    out: Path,
    engine: str,
    unmask: bool,
    reason: str,
    password_stdin: bool,
) -> int:
    """核查一所学校：审核报告（audit.ipynb、audit.html）、问题台账（findings.xlsx）、附件1 和文书。"""
    from xueji_lib.notebook.audit import SchoolRun, export_unmasked, run

    if bool(reason) and not unmask:
        raise UsageError("--reason 要和 --unmask 一起用")
    workplace = open_workplace(app, inspection.term_id)
    school_id = school_of(workplace.store, inspection.term_id, school)
    request = unmask_request(reason, password_stdin) if unmask else None
    with progress("核查") as report:
        report(0, 0, f"正在核查 {school}")
        folder = run(workplace, SchoolRun(school_id, inspection, out), engine=engine)
    click.echo(f"已生成：{folder}")
    if request is not None:
        files = export_unmasked(workplace, school_id, inspection, folder, request)
        show([f"未遮盖，用口令打开：{file}" for file in files])
    return DONE


@click.command(cls=Command)
@inspection_options()
@out_option(PathOrUrl(path_type=Path, file_okay=False))
@click.option("--jobs", type=click.IntRange(1, 256), metavar="个数", help="同时做几所学校。默认按处理器个数")
@click.option("--only", metavar="学校,学校", help="只做这几所学校（标识码或名称，逗号隔开）")
@click.option("--force", is_flag=True, help="没有变化的学校也重做")
@click.option(
    "--check-files", is_flag=True, help="逐个核对成果文件的校验值，不是当时写的就重做；平时只看大小和时间，快得多"
)
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
@own_notebook_options()
@click.option("--standing", is_flag=True, help="核查台账以这一次为准：时钟不对，记进了以后的日期，用它更正；写进留痕")
@click.pass_obj
def batch(
    app: CommonOptions,
    inspection: Inspection,
    out: Path | Remote,
    jobs: int | None,
    only: str | None,
    force: bool,
    check_files: bool,
    engine: str,
    timeout: float,
    scheduler: str,
    notebook: Path | None,
    each: str | None,
    values: tuple[str, ...],
    standing: bool,
) -> int:
    """核查全县：每校一套结果，再加全县汇总。没有变化、文件也还是当时写的学校跳过；中断后再运行，从停下的地方接着做。

    写了 --notebook，就改为逐校、逐乡镇或逐学期运行自己的笔记本。"""
    from xueji_lib.batch import BatchOptions, run

    if notebook is None and (each or values):
        raise UsageError("--each、-p 要和 --notebook 一起用")
    workplace = open_workplace(app, inspection.term_id)
    chosen = [text.strip() for text in only.replace("，", ",").split(",") if text.strip()] if only else None
    with progress("逐校核查") as report, on_cluster(scheduler, jobs, timeout, report) as executor:
        options = BatchOptions(jobs, chosen, force, check_files, engine, timeout, executor, standing)
        if notebook is not None:
            say = run_own_notebook(notebook, each or "school", values, workplace, inspection, out, options, report)
        else:
            result = run(workplace, inspection, out, options, report)
    if notebook is not None:
        return say()
    show(result.lines())
    if result.look:
        click.echo(result.look, err=True)
    for failed in result.failed:
        click.echo(f"没有做成：{failed}", err=True)
    return LEFT_OUT if result.left_out else DONE


@click.command(cls=Command)
@inspection_options()
@click.option("--school", metavar="学校", help="只查这所学校（标识码或名称）")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), metavar="文件夹", required=True, help="结果放在哪里"
)
@click.option("--timings", is_flag=True, help="列出每条检查用的时间")
@click.pass_obj
def check(app: CommonOptions, inspection: Inspection, school: str | None, out: Path, timings: bool) -> int:
    """只判定，不出报告：findings.csv（问题）和 coverage.csv（每校每条查得怎样）。"""
    from xueji_lib.judge import engine
    from xueji_lib.reports.csv_files import write_coverage_csv, write_findings_csv

    store, term = open_workplace(app, inspection.term_id).store, inspection.term_id
    school_id = school_of(store, term, school) if school else None
    with progress("核查") as report:
        report(0, 0, "正在逐条核查全县")
        result = engine.check(store, inspection, school=school_id)
    write_findings_csv(result, out / term / "findings.csv")
    write_coverage_csv(result, out / term / "coverage.csv")
    counts = result.coverage["status"].value_counts()
    click.echo(f"疑点 {len(result.findings)} 条；每校每条的结果：" + "，".join(f"{k} {v}" for k, v in counts.items()))
    click.echo(f"已生成：{out / term / 'findings.csv'}、{out / term / 'coverage.csv'}")
    if timings:
        for rule_id, seconds in sorted(result.timings.items(), key=lambda item: -item[1]):
            click.echo(f"  {rule_id}  {seconds * 1000:8.1f} 毫秒")
    failed = sorted(set(result.coverage.loc[result.coverage["status"] == CoverageStatus.CRASHED, "rule_id"]))
    if failed:
        click.echo(f"这几条检查出错，没有查成：{'、'.join(failed)}。原因见 coverage.csv", err=True)
    return LEFT_OUT if failed else DONE


@contextlib.contextmanager
def on_cluster(scheduler: str, jobs: int | None, timeout: float, report: Report) -> Iterator[Executor | None]:
    """An executor over the cluster that ``--scheduler`` names; None without ``--scheduler``. Raises UsageError."""
    if not scheduler:
        yield None
        return
    report(0, 0, f"正在连接集群 {scheduler}")
    from xueji_lib.batch import default_jobs

    try:
        from xueji_lib.batch import cluster
    except ImportError:
        command = '.venv/bin/python -m pip install "distributed>=2025.1"'
        raise UsageError(f"没有装集群组件。请在程序文件夹里运行 {command}，见 docs/scale.md") from None
    with cluster.connect(scheduler, jobs or default_jobs(), timeout) as executor:
        yield executor
