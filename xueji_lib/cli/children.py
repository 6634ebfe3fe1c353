"""``xueji pool``: the children whom nobody surely teaches, one list for the bureau."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from xueji_lib.cli.chinese import DONE, Command, CommonOptions
from xueji_lib.cli.printing import progress, show
from xueji_lib.cli.shared_options import inspection_options, open_workplace, out_option
from xueji_lib.support.errors import UsageError

if TYPE_CHECKING:
    from xueji_lib.register.inspection import Inspection


@click.command(cls=Command)
@inspection_options()
@click.option("--township", metavar="乡镇", default="", help="只要这一个乡镇的")
@out_option()
@click.pass_obj
def pool(app: CommonOptions, inspection: Inspection, township: str, out: Path) -> int:
    """离校学生去向台账：去向待核实的学生，一人一行，离开哪里、从何时起、在哪里见到、下一步、期限、由谁办。

    写出工作簿（全县一页、各乡镇一页，月报、季报）和疑似失学学生统计表。证件号打码。
    """
    from xueji_lib.casebook.closed_findings import closed_ids
    from xueji_lib.casebook.judging import judged
    from xueji_lib.reports import pool_files, pool_lines
    from xueji_lib.reports.office_facts import LetterFacts
    from xueji_lib.support.files import put_file
    from xueji_lib.views import children_pool

    workplace = open_workplace(app, inspection.term_id)
    with progress("核查") as report:
        report(0, 0, "正在取全县的判定结果")
        answer = judged(workplace, inspection)
    with workplace.open_casebook() as book:
        settled = closed_ids(book, answer.as_of)
    whole = children_pool.pool(answer, workplace.store, settled)
    if township and township not in whole.townships:
        known = "、".join(whole.townships) or "（没有）"
        raise UsageError(f"台账里没有 {township} 的学生。有的乡镇：{known}")
    chosen = whole.of(township) if township else whole
    folder = out / inspection.term_id / (f"去向台账 {township}" if township else "")
    folder.mkdir(parents=True, exist_ok=True)
    show(pool_lines.lines(chosen))
    for name, make in pool_files.makers(chosen, workplace.store, LetterFacts.load()).items():
        put_file(folder / name, make())
        click.echo(f"已生成：{folder / name}")
    return DONE
