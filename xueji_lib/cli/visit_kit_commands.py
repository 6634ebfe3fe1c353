"""``xueji visit kit`` and ``enter``: paper for a school without any device, and the way back into the casebook."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from xueji_lib.cli.casebook import casebook_option
from xueji_lib.cli.chinese import DONE, LEFT_OUT, Command, CommonOptions
from xueji_lib.cli.printing import show
from xueji_lib.cli.shared_options import open_workplace, out_option, school_of, term_option
from xueji_lib.cli.visit_commands import catalogue_of, questions_of


@click.command("kit", cls=Command)
@click.argument("school", metavar="学校")
@term_option()
@casebook_option()
@out_option()
@click.pass_obj
def visit_kit(app: CommonOptions, school: str, term: str, out: Path) -> int:
    """纸质检查表：学校没有电脑可用时，出发前打印：各问、抽到的班的名单、没有认定的疑点，都留着空手写。

    先用 xueji visit sample 抽样，抽样清单一起打印。回来填进同一个文件，用 xueji visit enter 录入。
    """
    from xueji_lib.casebook.desk import Desk
    from xueji_lib.casebook.log.events import local_actor
    from xueji_lib.reports import visit_papers
    from xueji_lib.support.files import put_file

    workplace = open_workplace(app, term)
    school_id = school_of(workplace.store, term, school)
    with workplace.open_casebook() as book:
        desk = Desk(book, workplace.store, local_actor(), term, dt.date.today())
        kit = visit_papers.make_kit(desk, school_id, questions_of(term))
    folder = out / term / "现场检查" / school_id
    folder.mkdir(parents=True, exist_ok=True)
    put_file(folder / visit_papers.KIT, kit.content)
    click.echo(f"已生成：{folder / visit_papers.KIT}（{kit.classes} 个班，{kit.findings} 条疑点）")
    return DONE


@click.command("enter", cls=Command)
@click.argument("file", metavar="文件", type=click.Path(path_type=Path, dir_okay=False))
@casebook_option()
@click.pass_obj
def visit_enter(app: CommonOptions, file: Path) -> int:
    """把填好的纸质检查表录入核查台账：各问的结论、现场发现、点名、认定。台账里已经有的不改，逐条列出。"""
    from xueji_lib.casebook.desk import Desk
    from xueji_lib.casebook.log.events import local_actor
    from xueji_lib.casebook.on_site_findings import OfSchool
    from xueji_lib.reports import visit_papers
    from xueji_lib.visit import kit_entry

    school, term, sheets = kit_entry.read(file)
    workplace = open_workplace(app, term)
    school_id = school_of(workplace.store, term, school)
    with workplace.open_casebook() as book:
        desk = Desk(book, workplace.store, local_actor(), term, dt.date.today())
        edition = catalogue_of(term)
        name = visit_papers.school_name(desk, school_id)
        entered = kit_entry.enter(desk, OfSchool(school_id, name, edition.edition), sheets, edition)
    show(entered.lines())
    return LEFT_OUT if entered.refused else DONE
