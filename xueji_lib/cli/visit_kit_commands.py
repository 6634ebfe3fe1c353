"""``xueji visit kit`` and ``enter``: paper for a school without any device, and the way back into the casebook."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from xueji_lib.cli.casebook import casebook_option
from xueji_lib.cli.chinese import DONE, LEFT_OUT, Command, CommonOptions
from xueji_lib.cli.printing import show
from xueji_lib.cli.shared_options import open_workplace, out_option, school_of, term_option
from xueji_lib.cli.visit_commands import questions_of
from xueji_lib.support.errors import UsageError


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
    from xueji_lib.casebook import cases
    from xueji_lib.casebook.roster import SchoolClass, students
    from xueji_lib.register.sampling import CLASSES
    from xueji_lib.reports.workbooks import visit_kit_book
    from xueji_lib.support.files import put_file
    from xueji_lib.visit import kit_form, sample_draw

    workplace = open_workplace(app, term)
    store, today = workplace.store, dt.date.today()
    school_id = school_of(store, term, school)
    with workplace.open_casebook() as book:
        samples = sample_draw.of_school(book, school_id, term)
        drawn = [item for sample in samples.values() if sample.unit == CLASSES for item in sample.items]
        if not drawn:
            raise UsageError("还没有抽点名的班。先运行 xueji visit sample")
        places = [SchoolClass(school_id, int(item["grade"]), int(item["class_no"])) for item in drawn]
        rolls = {place: students(book, store, term, place) for place in places}
        waiting = [case for case in cases.of_school(book, school_id, today) if case.is_waiting]
    directory = store.directory(term)
    name = str(directory.loc[directory["school_id"].astype(str) == school_id, "school_name"].iloc[0])
    content = visit_kit_book.content((school_id, name), term, today, questions_of(term), rolls, waiting)
    folder = out / term / "现场检查" / school_id
    folder.mkdir(parents=True, exist_ok=True)
    put_file(folder / kit_form.FILE, content)
    click.echo(f"已生成：{folder / kit_form.FILE}（{len(rolls)} 个班，{len(waiting)} 条疑点）")
    return DONE


@click.command("enter", cls=Command)
@click.argument("file", metavar="文件", type=click.Path(path_type=Path, dir_okay=False))
@casebook_option()
@click.pass_obj
def visit_enter(app: CommonOptions, file: Path) -> int:
    """把填好的纸质检查表录入核查台账：各问的结论、点名、认定。台账里已经有的不改，逐条列出。"""
    from xueji_lib.casebook.desk import Desk
    from xueji_lib.casebook.log.events import local_actor
    from xueji_lib.visit import kit_entry

    school, term, sheets = kit_entry.read(file)
    workplace = open_workplace(app, term)
    school_id = school_of(workplace.store, term, school)
    with workplace.open_casebook() as book:
        desk = Desk(book, workplace.store, local_actor(), term, dt.date.today())
        entered = kit_entry.enter(desk, school_id, sheets, [question.id for question in questions_of(term)])
    show(entered.lines())
    return LEFT_OUT if entered.refused else DONE
