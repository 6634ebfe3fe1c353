"""``xueji archive``: the bureau's page, or a school's, filed as one HTML file."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from xueji_lib.cli.chinese import DONE, App, Command
from xueji_lib.cli.options import as_of_option, out_option, term_option


@click.command(cls=Command)
@term_option()
@as_of_option()
@click.option("--school", "schools", metavar="学校", multiple=True, help="某校校长的页面（标识码或校名）；可写几次")
@out_option()
@click.pass_obj
def archive(app: App, term: str, as_of: dt.date | None, schools: tuple[str, ...], out: Path) -> int:
    """把局里的页面（或某校校长的页面）存档：一个网页文件，不用联网、不用登录就能看，不能改。"""
    from xueji_lib.web import archive as archives

    day = as_of or dt.date.today()
    for school in schools or ("",):
        for file in archives.run(app.store, term, day, out, school):
            click.echo(str(file))
    return DONE
