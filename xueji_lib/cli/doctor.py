"""``xueji doctor``: checks the installation, and says what to do where something is wrong."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from xueji_lib.cli.casebook import casebook_option
from xueji_lib.cli.chinese import DONE, LEFT_OUT, UNUSABLE, Command, CommonOptions, PathOrUrl
from xueji_lib.support.remote import Remote


@click.command(cls=Command)
@click.option(
    "--out",
    type=PathOrUrl(path_type=Path, file_okay=False),
    metavar="文件夹",
    default="out",
    show_default=True,
    help="查哪里的成果，就是 xueji batch 的 --out",
)
@click.option("--url", metavar="网址", default="", help="浏览器里打开的网址：查 HTTPS 证书和网页服务")
@casebook_option()
@click.pass_obj
def doctor(app: CommonOptions, out: Path | Remote, url: str) -> int:
    """体检：版本、磁盘、时钟、权限、数据仓、判定结果、核查台账、备份、校历、待确认的数字、成果、网页，要处理的写明怎么办。

    只看，不改。

    成果文件逐个核对校验值，坏了的给出重做的命令。全好是 0，有要处理的是 4，数据仓不能用是 3。
    """
    from xueji_lib.doctor import Health, Patient, examine

    app.bring()
    named = (str(app.far) if app.far is not None else str(app.store)) if app.named else ""
    healths = []
    for line in examine(Patient(app.store, out, named, app.casebook_url, url), dt.datetime.now(dt.UTC)):
        click.echo(str(line))
        healths.append(line.health)
    due = healths.count(Health.TO_DO)
    if Health.UNUSABLE in healths:
        click.echo("数据仓不能用，见上面“不能用”的一行", err=True)
        return UNUSABLE
    click.echo(f"有 {due} 项要处理" if due else "都好", err=bool(due))
    return LEFT_OUT if due else DONE
