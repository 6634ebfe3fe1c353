"""Grades and class names as schools write them: 七年级, 初一, 701, 七（1）班, 2018级1班.

A class name may hold a grade too. Who entered in 2018 is in a grade only together with a term and a kind of
school: ``Stages`` knows. One text at a time; intake asks once a distinct combination.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_CN = {text: n for n, text in enumerate("一 二 三 四 五 六 七 八 九 十 十一 十二".split(), 1)}
_N = r"(\d{1,2}|十[一二]|[一二三四五六七八九十])"
_CLASS_CN = r"(\d{1,3}|二?十[一二三四五六七八九]|二十|[一二三四五六七八九十])"

_GRADE = re.compile(rf"^(?:(小学|初中|高中|初|高|小))?{_N}(?:年级|级)?$")
_COHORT = re.compile(r"^(?:(小学|初中|高中|初|高))?(20\d{2}|\d{2})级$")
_CLASS = re.compile(rf"^\(?{_CLASS_CN}\)?(?:班级|班)?$")
_WITH_GRADE = re.compile(
    rf"^(?:(?P<stage>小学|初中|高中|初|高|小)?{_N.replace('(', '(?P<grade>', 1)}(?:年级|年)"
    r"|(?P<short>[初高小][一二三四五六1-6])"
    rf"|(?P<cn>十[一二]|[一二三四五六七八九十])(?=[(\d])|(?P<digits>\d{{1,2}})(?=[(-]))[-(]*(?P<rest>.+?)$"
)
_WITH_COHORT = re.compile(r"^(?P<stage>小学|初中|高中|初|高)?(?P<cohort>20\d{2}|\d{2})级[-(]*(?P<rest>.+?)$")
_TAIL = re.compile(r"\([^\d()一二三四五六七八九十]*\)$")
_SPACE = re.compile("[\\s\u200b-\u200f\ufeff'`’‘]+")
_POINT = re.compile(r"^(\d+)\.0+$")

STARTS = {"小学": 1, "小": 1, "初中": 7, "初": 7, "高中": 10, "高": 10}
ENDS = {1: 6, 7: 9, 10: 12}
"""First grade of a stage → its last grade."""

_RANGES = {
    "小学": (1, 6),
    "教学点": (1, 6),
    "初级中学": (7, 9),
    "九年一贯制学校": (1, 9),
    "完全中学": (7, 12),
    "高级中学": (10, 12),
}


@dataclass(frozen=True, slots=True)
class Stages:
    """Which grades a kind of school has in the school year that begins in ``first_year``."""

    first_year: int
    kind: str | None

    def has(self, grade: int) -> bool:
        low, high = _RANGES.get(self.kind or "", (1, 12))
        return low <= grade <= high

    def of_cohort(self, cohort: Cohort) -> int | None:
        """The grade of those who entered a stage in a year, where only one is possible."""
        possible = {g for g in self._possible(cohort) if self.has(g)}
        return possible.pop() if len(possible) == 1 else None

    def agrees(self, cohort: Cohort, grade: int) -> bool:
        """Could this cohort be in this grade? A school of several stages may count from its own first grade."""
        low, _ = _RANGES.get(self.kind or "", (1, 12))
        return grade in self._possible(cohort) or grade == low + self.first_year - cohort.year

    def _possible(self, cohort: Cohort) -> set[int]:
        starts = [cohort.start] if cohort.start else list(ENDS)
        after = self.first_year - cohort.year
        return {s + after for s in starts if 0 <= after <= ENDS[s] - s}


@dataclass(frozen=True, slots=True)
class Cohort:
    """Entered in ``year`` (2018级); ``start``: the first grade of the stage, where it is named."""

    year: int
    start: int | None = None


def _squeeze(text: str) -> str:
    text = _SPACE.sub("", unicodedata.normalize("NFKC", text)).replace("班班", "班")
    text = text.translate({0x2014: "-", 0x2013: "-", 0xFF0D: "-", 0x5C4A: "届"})
    point = _POINT.match(text)
    return point[1] if point else text


def _number(text: str) -> int:
    if text.isdecimal():
        return int(text)
    if text in _CN:
        return _CN[text]
    tens, _, ones = text.partition("十")
    return (_CN[tens] if tens else 1) * 10 + (_CN[ones] if ones else 0)


def _in_stage(stage: str | None, number: int) -> int | None:
    """初 + 2 → 8; without a stage the number is the grade."""
    start = STARTS.get(stage or "", 1)
    last = ENDS[start] if stage else 12
    # 初中七年级: the grade itself, though the stage is named.
    if stage and 1 < start <= number <= last:
        return number
    return start + number - 1 if 1 <= number <= last - start + 1 else None


def _cohort(stage: str | None, year: str) -> Cohort | None:
    full = int(year) if len(year) == 4 else 2000 + int(year)
    if len(year) == 2 and int(year) < 13:
        return None  # 07级, 12级: a grade or a year, who knows
    return Cohort(full, STARTS.get(stage or ""))


def grade(text: str) -> int | Cohort | None:
    """1, 七, 七年级, 初一, 高三, 初中二年级, 2025级. None: not a grade."""
    text = _squeeze(text)
    if found := _COHORT.match(text):
        year = _cohort(found[1], found[2])
        if year:
            return year
    if found := _GRADE.match(text):
        return _in_stage(found[1], _number(found[2]))
    return None


@dataclass(frozen=True, slots=True)
class ClassName:
    """``number``: within the grade. ``packed``: 701, grade and class in one number, or a plain one ≥ 100."""

    number: int
    grade: int | Cohort | None = None
    packed: bool = False


def class_name(text: str) -> ClassName | None:
    """1, 01, 1班, （1）班, 一班, 701, 七年级1班, 七（1）班, 初一1班, 2018级1班. None: no class number in it."""
    text = _TAIL.sub("", _squeeze(text))
    if found := _CLASS.match(text):
        number = _number(found[1])
        if number >= 100:
            return ClassName(number % 100, number // 100, packed=True) if number % 100 else None
        return ClassName(number) if number else None
    packed = re.match(r"^(1[0-2])(\d{2})班?$", text)
    if packed and int(packed[2]):
        return ClassName(int(packed[2]), int(packed[1]), packed=True)
    found = _WITH_COHORT.match(text) or _WITH_GRADE.match(text)
    within = _within(found.groupdict()) if found else None
    if found is None or within is None:
        return None
    rest = _CLASS.match(found["rest"].strip("()-").replace(")", ""))
    if not rest:
        return None
    number = _number(rest[1])
    # 七年级701: the grade is said twice.
    if number >= 100:
        if isinstance(within, int) and number // 100 != within:
            return None
        number %= 100
    return ClassName(number, within) if number else None


def _within(parts: dict[str, str | None]) -> int | Cohort | None:
    """The grade or cohort that a class name begins with."""
    if year := parts.get("cohort"):
        return _cohort(parts["stage"], year)
    if short := parts["short"]:
        return _in_stage(short[0], _number(short[1]))
    if number := parts["grade"]:
        return _in_stage(parts["stage"], _number(number))
    return _in_stage(None, _number(parts["cn"] or parts["digits"] or "0"))


@dataclass(frozen=True, slots=True)
class Place:
    """A row's grade and class; None where unknown, and then why (empty: simply blank)."""

    grade: int | None
    class_no: int | None
    grade_fault: str = ""
    class_fault: str = ""


def place(grade_text: str | None, class_text: str | None, stages: Stages) -> Place:
    """Grade and class of one row. None or "" for a blank or missing cell."""
    said = grade(grade_text) if grade_text else None
    named = class_name(class_text) if class_text else None
    grade_fault = class_fault = ""
    known: int | None = None
    if grade_text:
        if said is None:
            # 年级 may hold 七年级1班.
            both = class_name(grade_text)
            if both and not both.packed and both.grade is not None:
                said = both.grade
                if not class_text:
                    class_text, named = grade_text, ClassName(both.number)
        known = stages.of_cohort(said) if isinstance(said, Cohort) else said
        if known is None:
            grade_fault = "认不出是哪个年级"
    if class_text and named is None:
        class_fault = "认不出班号"
    if named is None:
        return Place(known, None, grade_fault, class_fault)
    inner = named.grade
    if known is not None:
        # 701 in grade 7 is class 1; a plain number over 100 does not exist.
        contradicts = (isinstance(inner, int) and inner != known) or (
            isinstance(inner, Cohort) and not stages.agrees(inner, known)
        )
        if contradicts:
            return Place(known, None, grade_fault, "班级名称里的年级与年级列不一致")
        return Place(known, named.number, grade_fault, class_fault)
    if named.packed and not (isinstance(inner, int) and stages.has(inner)):
        return Place(None, None, grade_fault, "认不出班号")
    if not grade_text and inner is not None:
        known = stages.of_cohort(inner) if isinstance(inner, Cohort) else inner
        if known is None:
            grade_fault = "从班级名称看不出是哪个年级"
    return Place(known, named.number, grade_fault, class_fault)
