"""``xueji archive``: the bureau's page, or a school's, filed as one HTML file."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from xueji_lib.cli.chinese import DONE, App, Command, Day


@click.command(cls=Command)
@click.option("--term", metavar="学期", required=True, help="学年学期，如 2026-2027-1")
@click.option("--as-of", type=Day(), help="检查基准日，如 2026-11-20；逾期都按这一天算。默认今天")
@click.option("--school", "schools", metavar="学校", multiple=True, help="某校校长的页面（标识码或校名）；可写几次")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="文件夹",
    default="out",
    show_default=True,
    help="结果放在哪里",
)
@click.pass_obj
def archive(app: App, term: str, as_of: dt.date | None, schools: tuple[str, ...], out: Path) -> int:
    """把局里的页面（或某校校长的页面）存档：一个网页文件，不用联网、不用登录就能看，不能改。"""
    from xueji_lib.web import archive as archives

    day = as_of or dt.date.today()
    for school in schools or ("",):
        for file in archives.run(app.store, term, day, out, school):
            click.echo(str(file))
    return DONE
