"""The form of the paper kit (纸质检查表): its sheets and columns, for who prints it and who reads it back."""

from __future__ import annotations

from typing import Final

from xueji_lib.casebook.on_site_answers import VALUES
from xueji_lib.casebook.rollcall import ABSENT_REASONS, EXTRA_REASONS
from xueji_lib.casebook.roster import NOT_LOOKED_FOR, NOT_MET, Student
from xueji_lib.register.catalogue import VIOLATIONS_SHORT
from xueji_lib.register.vocabulary import CaseState, Severity

FILE: Final = "纸质检查表.xlsx"
ANSWERS, FINDINGS, BY_HAND, COVER = "现场核查", "疑点", "现场发现", "说明"
CLASS: Final = "点名 "
"""A class's sheet is named by this and its place: 点名 三年级1班."""
NUMBER, VALUE, NOTE = "编号", "结论", "说明"
AS_FINDING: Final = "记为发现"
YES: Final = "是"
VIOLATION, TITLE, SEEN, SEVERITY = "哪一类", "问题", "现场看到的", "程度"
"""Of the sheet BY_HAND; its lines are numbered from 1."""
VERDICT: Final = "认定"
REF, NAME, SEX, MARK, DAY = "点名编号", "姓名", "性别", "点名", "点名日期"
SCHOOL, TERM = "学校标识码", "学期"
EXTRA: Final = "补登"
"""In the column REF: a line for somebody who is on no list."""
PRESENT, MET = "在", "见到"
ANSWER_WORDS: Final = VALUES
VIOLATIONS: Final = {f"{number} {name}": number for number, name in VIOLATIONS_SHORT.items()}
"""What is written for a violation → its number."""
SEVERITY_WORDS: Final = tuple(Severity)
VERDICT_WORDS: Final = (CaseState.CONFIRMED, CaseState.REFUTED, CaseState.NEEDS_PROOF)
EXTRA_WORDS: Final = EXTRA_REASONS


def mark_words(student: Student) -> tuple[str, ...]:
    """What may be written behind a pupil."""
    return (PRESENT, *ABSENT_REASONS, NOT_LOOKED_FOR) if student.registered else (MET, NOT_MET, NOT_LOOKED_FOR)


def unmarked(student: Student) -> str:
    """What it means that nothing is written: what the school reported."""
    return student.preset or (PRESENT if student.registered else MET)
