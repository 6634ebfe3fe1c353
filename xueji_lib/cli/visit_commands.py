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
    from xueji_lib.register.catalogue import Question


@click.group(cls=Group)
def visit() -> None:
    """到校检查：抽样、估计、现场检查记录。先用 xueji plan 定方案。"""


def _desk(workplace: Workplace, book: Casebook, term: str) -> Desk:
    from xueji_lib.casebook.desk import Desk
    from xueji_lib.casebook.log.events import local_actor

    return Desk(book, workplace.store, local_actor(), term, dt.date.today())


def questions_of(term: str) -> tuple[Question, ...]:
    """The on-site questions of the edition by which a term is judged."""
    from xueji_lib.register import catalogue, policy
    from xueji_lib.register.calendar import Calendar

    return catalogue.load(policy.in_force(Calendar.load().term(term).start)).questions


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
        drawn = sample_draw.of_school(book, school_id, term)
    listed = [(questions[name].ask, drawn[name]) for name in questions if name in drawn]
    for _, sample in listed:
        told = "、".join(sample_book.name_of(item) for item in sample.items)
        show([f"{sample.question}：{sample.words}", *([f"  {told}"] if told else [])])
    folder = out / term / "现场检查" / school_id
    folder.mkdir(parents=True, exist_ok=True)
    day = max(dt.datetime.fromisoformat(sample.at).date() for _, sample in listed)
    directory = workplace.store.directory(term)
    name = str(directory.loc[directory["school_id"].astype(str) == school_id, "school_name"].iloc[0])
    put_file(folder / sample_book.FILE, sample_book.content(name, term, day, listed))
    click.echo(f"已生成：{folder / sample_book.FILE}")
    return DONE


@visit.command("estimate")
@term_option()
@casebook_option()
@click.pass_obj
def visit_estimate(app: CommonOptions, term: str) -> int:
    """由抽签点名的班推算在籍不在校率、在校不在籍率：各校和全县，带 95% 的区间，写明方法和说明不了什么。"""
    from xueji_lib.visit import called_classes, visit_plan
    from xueji_lib.visit.cluster_rate import METHOD
    from xueji_lib.visit.rate_words import LIMITS, rate_words

    workplace = open_workplace(app, term)
    store = workplace.store
    directory = store.directory(term)
    with workplace.open_casebook() as book:
        plan = visit_plan.newest(book, term)
        counts = {
            school: count
            for school in directory["school_id"].astype(str)
            if (count := called_classes.of_one_school(book, store, school, term)) is not None
        }
    if not counts:
        raise UsageError("还没有抽过点名的班。先用 xueji visit sample 抽，到校点名，再来推算")
    names = dict(zip(directory["school_id"].astype(str), directory["school_name"].astype(str), strict=True))
    for school, count in counts.items():
        drawn = (
            f"抽了 {len(count.called) + len(count.not_called)} 个班，点了 {len(count.called)} 个，全校 {count.frame} 个"
        )
        lacking = f"；没有点：{'、'.join(count.not_called)}" if count.not_called else ""
        changed = f"；换过 {count.replaced} 个班，理由见留痕" if count.replaced else ""
        told = [f"  {rate_words(kind, '全校', rate)}" for kind, rate in count.rates().items()]
        show([f"{names[school]}：{drawn}{lacking}{changed}", *told])
    if plan is None:
        click.echo("没有督查方案：学校不是抽签选的，不能推算全县。")
    else:
        of_plan = [school.school_id for school in plan.schools]
        waiting = sum(school not in counts or not counts[school].called for school in of_plan)
        show([f"全县（督查方案 {plan.number}，{len(of_plan)} 所，其中 {waiting} 所还没有点名）："])
        show([f"  {rate_words(kind, '全县', rate)}" for kind, rate in called_classes.of_county(plan, counts).items()])
        if waiting:
            click.echo("  还有学校没有点名，全县的数字是暂时的，点完再用。")
    show([f"方法：{METHOD}。", f"说明：{LIMITS}。"])
    return DONE


@visit.command("record")
@click.argument("school", metavar="学校")
@term_option()
@casebook_option()
@out_option()
@click.pass_obj
def visit_record(app: CommonOptions, school: str, term: str, out: Path) -> int:
    """现场检查记录：谁、何时、依哪个方案，点了哪些班，抽了谁，各问的答复，现场发现，学校陈述，双方签字。

    没有填的问写明没有填。记录的校验值记入留痕，纸上的话改过，对得出来。
    """
    from xueji_lib.register import labels
    from xueji_lib.reports.letters import kinds, visit_record_letter
    from xueji_lib.reports.office_facts import LetterFacts
    from xueji_lib.support.files import put_file
    from xueji_lib.visit import visit_record as records

    kinds.VISIT_RECORD.check()
    workplace = open_workplace(app, term)
    school_id = school_of(workplace.store, term, school)
    questions = questions_of(term)
    directory = workplace.store.directory(term)
    info = directory.loc[directory["school_id"].astype(str) == school_id].iloc[0]
    with workplace.open_casebook() as book:
        record = records.of_visit(book, school_id, term, questions, dt.date.today())
        if record is None:
            raise UsageError("这所学校本学期还没有点名、抽样，也没有填过现场核查，没有可记的")
        told = visit_record_letter.values(
            record, {name: labels.text(info[name]) for name in ("school_name", "township")}, LetterFacts.load()
        )
        content = kinds.VISIT_RECORD.content(told)
        records.remember(_desk(workplace, book, term), record, told["编号"], told["记录校验值"])
    folder = out / term / "现场检查" / school_id
    folder.mkdir(parents=True, exist_ok=True)
    put_file(folder / kinds.VISIT_RECORD.file, content)
    if record.unanswered:
        click.echo(f"还有 {len(record.unanswered)} 问没有填：{'、'.join(record.unanswered)}", err=True)
    click.echo(f"已生成：{folder / kinds.VISIT_RECORD.file}（校验值 {told['记录校验值']}）")
    return DONE
