"""``xueji archive``: writes the bureau's page, or a principal's, as one HTML file for the archive."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from xueji_lib.cli.chinese import DONE, Command, CommonOptions
from xueji_lib.cli.shared_options import inspection_options, out_option

if TYPE_CHECKING:
    from xueji_lib.register.inspection import Inspection


@click.command(cls=Command)
@inspection_options(edition=False)
@click.option("--school", "schools", metavar="学校", multiple=True, help="某校校长的页面（标识码或校名）；可写几次")
@out_option()
@click.pass_obj
def archive(app: CommonOptions, inspection: Inspection, schools: tuple[str, ...], out: Path) -> int:
    """把局里的页面（或某校校长的页面）存档：一个网页文件，不用联网、不用登录就能看，不能改。"""
    from xueji_lib.web.pages import page_archive

    workplace = app.workplace()
    for school in schools or ("",):
        for file in page_archive.run(workplace, inspection, out, school):
            click.echo(str(file))
    return DONE
