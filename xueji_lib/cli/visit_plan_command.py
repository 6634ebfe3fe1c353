"""``xueji plan``: which schools are visited, by whom and when."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from xueji_lib.cli.casebook import casebook_option
from xueji_lib.cli.chinese import DONE, Command, CommonOptions, Day
from xueji_lib.cli.printing import progress
from xueji_lib.cli.shared_options import inspection_options, open_workplace, out_option

if TYPE_CHECKING:
    from xueji_lib.register.inspection import Inspection


@click.command(cls=Command)
@inspection_options()
@click.option("--days", type=click.IntRange(1, 60), metavar="天数", default=5, show_default=True, help="到校几个工作日")
@click.option("--from", "first_day", type=Day(), help="从哪一天起，如 2026-11-23。默认基准日的下一天")
@click.option(
    "--inspectors", "people_file", type=click.Path(path_type=Path, dir_okay=False), metavar="文件",
    help="督查人员名单（.csv 文件）：姓名、单位、回避（学校或乡镇，几个之间用顿号）。所在的学校、乡镇自动回避",
)  # fmt: skip
@click.option("--schools", type=click.IntRange(1), metavar="校数", help="共检查几所。默认每组每天两所")
@click.option("--by-lot", type=click.IntRange(0), metavar="校数", help="其中抽签的几所，其余按风险。默认一半")
@click.option("--seed", metavar="种子", default="", help="抽签用的种子。默认由程序随机取一个，写在方案里")
@casebook_option()
@out_option()
@click.pass_obj
def plan(
    app: CommonOptions,
    inspection: Inspection,
    days: int,
    first_day: dt.date | None,
    people_file: Path | None,
    schools: int | None,
    by_lot: int | None,
    seed: str,
    out: Path,
) -> int:
    """督查方案：到哪些学校（按风险和抽签）、谁去（抽签分组、回避）、哪一天去。种子、办法、结果记入留痕。

    每抽一次记一次，方案上写明是第几次。同一个种子、同样的数据，在哪台电脑上抽都一样。
    """
    from xueji_lib.casebook.desk import Desk
    from xueji_lib.casebook.judging import judged
    from xueji_lib.casebook.log.events import local_actor
    from xueji_lib.reports import visit_papers
    from xueji_lib.reports.letters import kinds, visit_plan_letter
    from xueji_lib.support.files import put_file
    from xueji_lib.visit import inspectors, lot, plan_making, visit_plan

    kinds.VISIT_PLAN.check()
    workplace = open_workplace(app, inspection.term_id)
    with progress("核查") as report:
        report(0, 0, "正在取全县的判定结果")
        answer = judged(workplace, inspection)
    people = inspectors.read(people_file, plan_making.places_of(answer)) if people_file else []
    start = first_day or answer.as_of + dt.timedelta(days=1)
    request = visit_plan.PlanRequest(seed or lot.fresh_seed(), days, start, schools, by_lot)
    with workplace.open_casebook() as book:
        desk = Desk(book, workplace.store, local_actor(), inspection.term_id, answer.as_of)
        kept = plan_making.draw_and_keep(desk, answer, request, people)
    folder = out / inspection.term_id / f"督查方案 第{kept.drawn}次"
    folder.mkdir(parents=True, exist_ok=True)
    click.echo(f"督查方案 {kept.number}：{len(kept.schools)} 所学校，{len(kept.teams)} 组，种子 {kept.seed}")
    if told := visit_plan_letter.unassigned(kept):
        click.echo(told, err=True)
    for name, content in visit_papers.plan_papers(kept).items():
        put_file(folder / name, content)
        click.echo(f"已生成：{folder / name}")
    return DONE
