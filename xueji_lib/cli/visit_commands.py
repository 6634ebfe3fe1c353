"""``xueji visit``: at the school and afterwards."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from xueji_lib.cli.casebook import casebook_option
from xueji_lib.cli.chinese import DONE, CommonOptions, Group
from xueji_lib.cli.printing import show
from xueji_lib.cli.shared_options import open_workplace, out_option, school_of, term_option
from xueji_lib.support.errors import UsageError

if TYPE_CHECKING:
    from xueji_lib.casebook.desk import Desk
    from xueji_lib.casebook.log.book import Casebook
    from xueji_lib.casebook.workplace import Workplace
    from xueji_lib.register.catalogue import Catalogue, Question


@click.group(cls=Group)
def visit() -> None:
    """到校检查：抽样、估计、现场检查记录。先用 xueji plan 定方案。"""


def _desk(workplace: Workplace, book: Casebook, term: str) -> Desk:
    from xueji_lib.casebook.desk import Desk
    from xueji_lib.casebook.log.events import local_actor

    return Desk(book, workplace.store, local_actor(), term, dt.date.today())


def questions_of(term: str) -> tuple[Question, ...]:
    """The on-site questions of the edition by which a term is judged."""
    return catalogue_of(term).questions


def catalogue_of(term: str) -> Catalogue:
    """The edition by which a term is judged."""
    from xueji_lib.register import catalogue, policy
    from xueji_lib.register.calendar import Calendar

    return catalogue.load(policy.in_force(Calendar.load().term(term).start))


@visit.command("sample")
@click.argument("school", metavar="学校")
@term_option()
@click.option("--question", "asked", multiple=True, metavar="编号", help="只抽这一问，如 S101；可写几次。默认全部")
@click.option("--seed", metavar="种子", default="", help="抽签用的种子。默认由程序当场随机取一个")
@click.option("--again", metavar="理由", default="", help="已经抽过的重抽，写明理由；以前抽的留在留痕里")
@click.option("--replace", "number", type=click.IntRange(1), metavar="第几个", help="换下 --question 那一问的第几个")
@click.option("--why", metavar="理由", default="", help="为什么换下，如：学生今天请假")
@casebook_option()
@out_option()
@click.pass_obj
def visit_sample(
    app: CommonOptions, school: str, term: str, asked: tuple[str, ...], seed: str, again: str, number: int | None,
    why: str, out: Path,
) -> int:  # fmt: skip
    """抽样清单：核查清单里要抽样的各问，抽签抽出学生、班、家长，印出要与什么对照。

    抽过的不会再变：再运行只是重印。换人要写理由；换上的是同一层里签号排在后面的。号码遮盖。
    """
    from xueji_lib.reports import visit_papers
    from xueji_lib.reports.workbooks import sample_book
    from xueji_lib.support.files import put_file
    from xueji_lib.visit import sample_draw

    workplace = open_workplace(app, term)
    school_id = school_of(workplace.store, term, school)
    questions = {question.id: question for question in questions_of(term) if question.sample is not None}
    chosen = [q.strip().upper() for q in asked] or list(questions)
    if unknown := [q for q in chosen if q not in questions]:
        raise UsageError(f"{'、'.join(unknown)} 不用抽样。要抽样的：{'、'.join(questions)}")
    if number is not None and len(asked) != 1:
        raise UsageError("--replace 要和一个 --question 一起用")
    with workplace.open_casebook() as book:
        desk = _desk(workplace, book, term)
        if number is not None:
            sample_draw.replace(desk, school_id, chosen[0], number, why)
        else:
            for name in chosen:
                sample_draw.take(desk, school_id, questions[name], seed, again)
        asking = list(questions.values())
        listed = visit_papers.listed_samples(desk, school_id, asking)
        content = visit_papers.sample_list(desk, school_id, asking)
    for _, sample in listed:
        told = "、".join(sample_book.name_of(item) for item in sample.items)
        show([f"{sample.question}：{sample.words}", *([f"  {told}"] if told else [])])
    folder = out / term / "现场检查" / school_id
    folder.mkdir(parents=True, exist_ok=True)
    put_file(folder / visit_papers.SAMPLES, content)
    click.echo(f"已生成：{folder / visit_papers.SAMPLES}")
    return DONE


@visit.command("estimate")
@term_option()
@casebook_option()
@click.pass_obj
def visit_estimate(app: CommonOptions, term: str) -> int:
    """由抽签点名的班推算在籍不在校率、在校不在籍率：各校和全县，带 95% 的区间，写明方法和说明不了什么。"""
    from xueji_lib.visit import rate_lines

    workplace = open_workplace(app, term)
    with workplace.open_casebook() as book:
        estimate = rate_lines.of_term(book, workplace.store, term)
    if not estimate.schools:
        raise UsageError("还没有抽过点名的班。先用 xueji visit sample 抽，到校点名，再来推算")
    for school in estimate.schools:
        show([f"{school.name}：{school.counted}", *(f"  {sentence}" for sentence in school.sentences)])
    show([estimate.county_head, *(f"  {sentence}" for sentence in estimate.county)])
    show([f"方法：{rate_lines.METHOD}。", f"说明：{rate_lines.LIMITS}。"])
    return DONE


@visit.command("record")
@click.argument("school", metavar="学校")
@term_option()
@casebook_option()
@out_option()
@click.pass_obj
def visit_record(app: CommonOptions, school: str, term: str, out: Path) -> int:
    """现场检查记录：谁、何时、依哪个方案，点了哪些班，抽了谁，各问的答复，现场发现、照片，学校陈述，双方签字。

    没有填的问写明没有填。记录的校验值记入留痕，纸上的话改过，对得出来。
    """
    from xueji_lib.reports import visit_papers
    from xueji_lib.reports.letters import kinds
    from xueji_lib.support.files import put_file

    kinds.VISIT_RECORD.check()
    workplace = open_workplace(app, term)
    school_id = school_of(workplace.store, term, school)
    with workplace.open_casebook() as book:
        made = visit_papers.make_record(_desk(workplace, book, term), school_id, questions_of(term))
    folder = out / term / "现场检查" / school_id
    folder.mkdir(parents=True, exist_ok=True)
    put_file(folder / visit_papers.RECORD, made.content)
    if unanswered := made.record.unanswered:
        click.echo(f"还有 {len(unanswered)} 问没有填：{'、'.join(unanswered)}", err=True)
    click.echo(f"已生成：{folder / visit_papers.RECORD}（校验值 {made.told['记录校验值']}）")
    return DONE
