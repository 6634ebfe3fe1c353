"""The command line: parses, calls, prints. What a command does is in other packages, imported when it is needed.

Commands, options and exit statuses: data contract 3.
"""

from __future__ import annotations

import click

from xueji_lib.cli import serve
from xueji_lib.cli.archive_pages import archive
from xueji_lib.cli.backups import backup, restore
from xueji_lib.cli.casebook import merge, pack, verify
from xueji_lib.cli.check import audit, batch, check
from xueji_lib.cli.children import pool
from xueji_lib.cli.chinese import Root
from xueji_lib.cli.collect import intake, templates
from xueji_lib.cli.compare import diff
from xueji_lib.cli.doctor import doctor
from xueji_lib.cli.export import export
from xueji_lib.cli.keys import key
from xueji_lib.cli.own_notebooks import new_notebook
from xueji_lib.cli.own_tables import selfcheck
from xueji_lib.cli.rules import rules
from xueji_lib.cli.tokens import token
from xueji_lib.cli.try_out import demo, lab
from xueji_lib.cli.visit_commands import visit
from xueji_lib.cli.visit_kit_commands import visit_enter, visit_kit
from xueji_lib.cli.visit_plan_command import plan
from xueji_lib.support.version import __version__


@click.group(
    cls=Root, help="学籍检查工具箱：导入各校表册，逐校逐条核查，出问题台账。\n\n每个命令都有说明：xueji 命令 --help"
)
@click.version_option(__version__, message="%(prog)s %(version)s", help="显示版本号后退出。")
def xueji() -> None:
    """All commands."""


for command in (
    demo,
    templates,
    selfcheck,
    intake,
    check,
    audit,
    batch,
    new_notebook,
    rules,
    diff,
    export,
    pool,
    plan,
    visit,
    lab,
    archive,
    pack,
    merge,
    verify,
    key,
    backup,
    restore,
    doctor,
    token,
):
    xueji.add_command(command)
for of_visit in (visit_kit, visit_enter):
    visit.add_command(of_visit)
serve.register(xueji)
