"""The papers of a visit, the same from a command and from a page: plan, list of samples, paper kit, record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xueji_lib.casebook import cases, evidence
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.false_report import QUESTION
from xueji_lib.casebook.roster import SchoolClass, students
from xueji_lib.register import labels
from xueji_lib.register.catalogue import Question
from xueji_lib.reports.letters import kinds, visit_plan_letter, visit_record_letter
from xueji_lib.reports.office_facts import LetterFacts
from xueji_lib.reports.workbooks import plan_book, sample_book, visit_kit_book
from xueji_lib.support.errors import UsageError
from xueji_lib.visit import kit_form, sample_draw, signed_record, visit_record
from xueji_lib.visit.sample_draw import DrawnSample
from xueji_lib.visit.visit_plan import VisitPlan
from xueji_lib.visit.visit_record import VisitRecord


@dataclass(frozen=True, slots=True)
class MadeRecord:
    """现场检查记录 as it was made: what it says (``told``, by the template's fields) and the document."""

    record: VisitRecord
    told: Mapping[str, Any]
    content: bytes


def make_record(desk: Desk, school_id: str, questions: Sequence[Question]) -> MadeRecord:
    """The record of a visit, with who signed it; the casebook notes that it was made. Raises UsageError where nothing
    was done at the school, StoreError."""
    book, term = desk.book, desk.term
    record = visit_record.of_visit(book, school_id, term, questions, desk.today)
    if record is None:
        raise UsageError("这所学校本学期还没有点名、抽样，也没有填过现场核查，没有可记的")
    lines = signed_record.signers(book, record)
    told = visit_record_letter.values(
        record, _row(desk, school_id), LetterFacts.load(), lines, lambda sha256: evidence.kept(book, sha256)
    )
    content = kinds.VISIT_RECORD.content(told)
    visit_record.remember(desk, record, told["编号"], told["记录校验值"])
    return MadeRecord(record, told, content)


def listed_samples(desk: Desk, school_id: str, questions: Sequence[Question]) -> list[tuple[str, DrawnSample]]:
    """What was drawn at a school: each sample with what its question asks, in the order of the questions."""
    drawn = sample_draw.of_school(desk.book, school_id, desk.term)
    return [(question.ask, drawn[question.id]) for question in questions if question.id in drawn]


def sample_list(desk: Desk, school_id: str, questions: Sequence[Question]) -> bytes:
    """抽样清单.xlsx. Raises UsageError where nothing was drawn."""
    listed = listed_samples(desk, school_id, questions)
    if not listed:
        raise UsageError("这所学校还没有抽样")
    day = max(dt.datetime.fromisoformat(sample.at).date() for _, sample in listed)
    return sample_book.content(school_name(desk, school_id), desk.term, day, listed)


@dataclass(frozen=True, slots=True)
class MadeKit:
    """纸质检查表.xlsx, with how many classes and findings are in it."""

    content: bytes
    classes: int
    findings: int


def make_kit(desk: Desk, school_id: str, questions: Sequence[Question]) -> MadeKit:
    """The paper kit for a school. Raises UsageError where no classes were drawn for the roll-call."""
    samples = sample_draw.of_school(desk.book, school_id, desk.term)
    drawn = samples[QUESTION].items if QUESTION in samples else ()
    if not drawn:
        raise UsageError("还没有抽点名的班。先抽样（xueji visit sample），再做纸质检查表")
    places = [SchoolClass(school_id, int(item["grade"]), int(item["class_no"])) for item in drawn]
    rolls = {place: students(desk.book, desk.store, desk.term, place) for place in places}
    waiting = [case for case in cases.of_school(desk.book, school_id, desk.today) if case.is_waiting]
    school = school_id, school_name(desk, school_id)
    content = visit_kit_book.content(school, desk.term, desk.today, questions, rolls, waiting)
    return MadeKit(content, len(rolls), len(waiting))


def plan_papers(plan: VisitPlan) -> dict[str, bytes]:
    """督查方案 by the name of the file: a Word document and a workbook."""
    letter = kinds.VISIT_PLAN.content(visit_plan_letter.values(plan, LetterFacts.load()))
    return {kinds.VISIT_PLAN.file: letter, plan_book.FILE: plan_book.content(plan)}


SAMPLES, KIT, RECORD = sample_book.FILE, kit_form.FILE, kinds.VISIT_RECORD.file
"""What the papers of a school are called."""


def school_name(desk: Desk, school_id: str) -> str:
    """A school's name as papers print it; its id where the directory has none."""
    return _row(desk, school_id)["school_name"]


def _row(desk: Desk, school_id: str) -> dict[str, str]:
    """Name and township of a school, as the directory has them."""
    directory = desk.store.directory(desk.term)
    own = directory.loc[directory["school_id"].astype(str) == school_id].iloc[0]
    row = {name: labels.text(own[name]) for name in ("school_name", "township")}
    return row | {"school_name": row["school_name"] or school_id}
