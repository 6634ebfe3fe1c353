"""``xueji backup`` and ``xueji restore``."""

from __future__ import annotations

from pathlib import Path

import click

from xueji_lib.cli.casebook import ask_password, casebook_option, password_option
from xueji_lib.cli.chinese import DONE, Command, CommonOptions
from xueji_lib.cli.printing import progress


@click.command(cls=Command)
@click.option(
    "--out",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="文件",
    required=True,
    help="备份写到哪里；不要和数据仓放在同一块磁盘上",
)
@click.option("--encrypt", is_flag=True, help="用口令加密。忘了口令，谁也打不开")
@casebook_option()
@password_option("加密的口令")
@click.pass_obj
def backup(app: CommonOptions, file: Path, encrypt: bool, password_stdin: bool) -> int:
    """备份：数据仓和核查台账做成一个文件，是同一刻的；台账放在别处的数据库里也一样。服务开着也能做，不用停。"""
    from xueji_lib.casebook.backup.backing_up import back_up
    from xueji_lib.casebook.log.events import local_actor

    workplace = app.workplace()
    password = ask_password(password_stdin, twice=True) if encrypt else ""
    with progress("备份") as report:
        made = back_up(workplace, local_actor(), file, password, report)
    click.echo(f"已备份到 {made.file}：{made.files} 个文件，{made.size / 2**20:.1f} MB")
    click.echo(f"备份时的{made.anchor}（可抄在备份登记上，以后用 xueji verify --since 校验值 核对）")
    if not encrypt:
        click.echo("没有加密：里面有学生的身份证件号，请按保密制度保管，或加 --encrypt 再做一份", err=True)
    return DONE


@click.command(cls=Command)
@click.argument("file", metavar="备份", type=click.Path(path_type=Path, dir_okay=False))
@casebook_option()
@password_option("备份的口令")
@click.pass_obj
def restore(app: CommonOptions, file: Path, password_stdin: bool) -> int:
    """从备份恢复到一个空文件夹（--store），台账可以恢复到空的数据库（--casebook）；恢复前后都核对，不对的不恢复。"""
    from xueji_lib.casebook.backup.restoring import is_encrypted
    from xueji_lib.casebook.backup.restoring import restore as restore_backup
    from xueji_lib.casebook.log.events import local_actor
    from xueji_lib.register import labels

    password = ask_password(password_stdin, twice=False) if is_encrypted(file) else ""
    with progress("恢复") as report:
        restored = restore_backup(file, app.store, app.casebook_url, local_actor(), password, report)
    click.echo(f"已恢复到 {app.store}：{restored.files} 个文件，都和 {labels.moment(restored.at)} 备份时的一样")
    click.echo(f"核查台账完整，到备份时的{restored.anchor}。备份以后做的事不在里面")
    click.echo(
        "大家要重新登录。备份以后带出去的数据包，并入时由局负责人放行（xueji merge --accept 原因 --director 姓名）"
    )
    return DONE
