"""``xueji export``: what other tools read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from xueji_lib.cli.casebook import casebook_option, password_option, unmask_request
from xueji_lib.cli.chinese import DONE, LEFT_OUT, Command, CommonOptions
from xueji_lib.cli.printing import progress
from xueji_lib.cli.shared_options import inspection_options, open_workplace
from xueji_lib.register.vocabulary import CoverageStatus
from xueji_lib.support.errors import UsageError

if TYPE_CHECKING:
    from xueji_lib.register.inspection import Inspection


@click.command(cls=Command)
@click.argument("folder", metavar="文件夹", type=click.Path(path_type=Path))
@inspection_options()
@click.option("--parquet", is_flag=True, help="每张表另写一份 Parquet，给 DuckDB、pandas")
@click.option("--unmask", is_flag=True, help="另写一份未遮盖的身份信息，加口令，记入留痕")
@click.option("--reason", metavar="理由", default="", help="为什么要未遮盖的资料；与 --unmask 一起用")
@casebook_option()
@password_option("口令")
@click.pass_obj
def export(
    app: CommonOptions,
    folder: Path,
    inspection: Inspection,
    parquet: bool,
    unmask: bool,
    reason: str,
    password_stdin: bool,
) -> int:
    """导出给别的程序用的结果：findings.json、coverage.json，和一套带说明的 CSV（Frictionless 数据包）。

    证件号等都打码。整个文件夹一起换，或者什么也不动；同样的数据导出同样的文件。
    """
    from xueji_lib.casebook.judging import judged
    from xueji_lib.exchange.exporting import export as write

    if bool(reason) and not unmask:
        raise UsageError("--reason 要和 --unmask 一起用")
    workplace = open_workplace(app, inspection.term_id)
    request = unmask_request(reason, password_stdin) if unmask else None
    with progress("导出") as report:
        report(0, 0, "正在取全县的判定结果")
        answer = judged(workplace, inspection)
        written = write(workplace, answer, folder, parquet=parquet, unmask=request, progress=report)
    click.echo(f"已导出到 {written.folder}：疑点 {written.findings} 条，{len(written.tables)} 张表")
    counts = answer.coverage["status"].value_counts()
    click.echo("每校每条查得怎样：" + "，".join(f"{status} {n}" for status, n in counts.items()))
    if answer.look:
        click.echo(f"{answer.look}。没有计入核查台账", err=True)
    if written.unmasked is not None:
        click.echo(f"未遮盖，用口令打开，用后销毁：{written.unmasked}")
    crashed = sorted(set(answer.coverage.loc[answer.coverage["status"] == CoverageStatus.CRASHED, "rule_id"]))
    if crashed:
        click.echo(f"这几条检查出错，没有查成：{'、'.join(crashed)}。原因见 coverage.json", err=True)
    return LEFT_OUT if crashed else DONE
