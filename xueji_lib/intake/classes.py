"""Grades and class names as schools write them: 七年级, 初一, 701, 七（1）班, 2018级1班.

A class name may hold a grade too. Who entered in 2018 is in a grade only together with a term and a kind of
school: ``Stages`` knows. One text at a time; intake asks once a distinct combination.

More than 250 lines: both are made of the same pieces of text, read by the same helpers, and in the end each is weighed
against the other.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_CN = {text: n for n, text in enumerate("一 二 三 四 五 六 七 八 九 十 十一 十二".split(), 1)}
_N = r"(\d{1,2}|十[一二]|[一二三四五六七八九十])"
_CLASS_CN = r"(\d{1,3}|二?十[一二三四五六七八九]|二十|[一二三四五六七八九十])"

_GRADE = re.compile(rf"^(?:(小学|初中|高中|初|高|小)部?)?第?{_N}(?:年级|级)?$")
_YEAR_OF_SCHOOL = re.compile(r"^(?:(小学|初中|高中)部?)?第?([1-9一二三四五六七八九])年$")
"""三年; 12年 may be the year of entry."""
_ENGLISH = re.compile(r"^()G(?:RADE)?\.?(\d{1,2})$", re.IGNORECASE)
_COHORT = re.compile(r"^(?:(小学|初中|高中|初|高|小)部?)?(20\d{2}|\d{2})级$")
_CLASS = re.compile(rf"^第?\(?{_CLASS_CN}\)?(?:班级|号班|班)?$")
_WITH_GRADE = re.compile(
    rf"^(?:(?P<stage>小学|初中|高中|初|高|小)?{_N.replace('(', '(?P<grade>', 1)}(?:年级|年)[._·、,:/]?"
    r"|(?P<short>[初高小][一二三四五六1-6])"
    r"|\((?P<bracketed>\d|1[0-2]|十[一二]|[一二三四五六七八九十])\)(?=\(?\d{1,2}\)?班$)"
    rf"|(?P<cn>十[一二]|[一二三四五六七八九十])(?=[(\d])|(?P<digits>\d{{1,2}})(?=[(-]))[-(]*(?P<rest>.+?)$"
)
_TWO_WORDS = re.compile(r"^([一二三四五六七八九])([一二三四五六七八九])班$")
"""七一班: grade and class; neither is ten, so that it cannot be one number."""
_POINTED = re.compile(
    r"^(\d{1,2}|十[一二]|[一二三四五六七八九十])(?:[.·•、,](\d{1,2})|[.·•](十[一二]|[一二三四五六七八九十]))班$"
)
"""7.1班; a bare 7.1 may be what is left of 7.10."""
_ZERO_FIRST = re.compile(r"^0([1-9])(\d{2})班?$")
_TWO_GRADES = (
    re.compile(r"^(.+?)\((.+)\)$"),
    re.compile(r"^((?:20)?\d{2}级)(.+)$"),
    re.compile(r"^(.+年级)((?:20)?\d{2}级)$"),
)
"""七年级(初一), 2026级七年级: a grade said twice."""
_STAGED = re.compile(r"^(.+)\((小学|初中|高中)部?\)$")
_TERM_BEHIND = re.compile(r"(?<=[年级])\(?[上下](?:学期|册|半学期)?\)?$|(?<=年级)(?:学生|的学生)$")
"""三年级上学期, 三年级（下）, 三年级学生: no more than the grade."""
_A_DATE = re.compile(
    r"^\d{4}-(\d{2})-(\d{2})(?: .*)?$|^(\d{1,2})月(\d{1,2})日$|^(?:\d{1,2}-)?([A-Z][a-z]{2})(?:-\d{1,2})?$"
)
"""What Excel makes of 7-1."""

_WITH_COHORT = re.compile(r"^(?P<stage>小学|初中|高中|初|高|小)?(?P<cohort>20\d{2}|\d{2})级[-(]*(?P<rest>.+?)$")
_TAIL = re.compile(r"\([^\d()一二三四五六七八九十]*\)$")
_SPACE = re.compile("[\\s\u200b-\u200f\ufeff'`’‘]+")
_MARKS = str.maketrans(
    "ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅰⅱⅲⅳⅴⅵⅶⅷⅸ壹贰貳叁參肆伍陆陸柒捌玖拾級屆屇【】〔〕［］[]{}「」—–－",
    "123456789123456789一二二三三四五六六七八九十级届届()()()()()()---",
)
"""Ⅲ, 叁 and 級, every bracket, every dash as one."""
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
    text = unicodedata.normalize("NFKC", text.translate(_MARKS))
    text = _SPACE.sub("", text).replace("班班", "班").rstrip("。.、,;/")
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


def _is_of(stage: str, grade: int) -> bool:
    return STARTS[stage] <= grade <= ENDS[STARTS[stage]]


def _cohort(stage: str | None, year: str) -> Cohort | None:
    full = int(year) if len(year) == 4 else 2000 + int(year)
    if len(year) == 2 and int(year) < 13:
        return None  # 07级, 12级: a grade or a year, who knows
    return Cohort(full, STARTS.get(stage or ""))


def grade(text: str) -> int | Cohort | None:
    """1, 七, 七年级, 初一, 高三, 初中二年级, 三年级上学期, 2025级. None: not a grade."""
    text = _TERM_BEHIND.sub("", _squeeze(text).replace("(年级)", "年级"))
    if staged := _STAGED.match(text):
        inner = grade(staged[1])
        return inner if isinstance(inner, int) and _is_of(staged[2], inner) else None
    if match := _COHORT.match(text):
        year = _cohort(match[1], match[2])
        if year:
            return year
    if match := _GRADE.match(text) or _YEAR_OF_SCHOOL.match(text) or _ENGLISH.match(text):
        return _in_stage(match[1], _number(match[2]))
    return None


@dataclass(frozen=True, slots=True)
class ClassName:
    """``number``: within the grade, None where the name has none (实验班). ``packed``: 701, grade and class in one
    number, or a plain one ≥ 100. ``cohort``: who entered when, where the grade is said beside it."""

    number: int | None
    grade: int | Cohort | None = None
    packed: bool = False
    cohort: Cohort | None = None


def class_name(text: str) -> ClassName | None:
    """1, 01, 1班, （1）班, 一班, 701, 0701, 七年级1班, 七（1）班, 七一班, 初一1班, 2018级1班. None: no class in it."""
    text = _TAIL.sub("", _squeeze(text))
    if match := _CLASS.match(text):
        number = _number(match[1])
        if number >= 100:
            return ClassName(number % 100, number // 100, packed=True) if number % 100 else None
        return ClassName(number) if number else None
    if (packed := re.match(r"^(1[0-2])(\d{2})班?$", text) or _ZERO_FIRST.match(text)) and int(packed[2]):
        return ClassName(int(packed[2]), int(packed[1]), packed=True)
    if two := _TWO_WORDS.match(text) or _POINTED.match(text):
        return ClassName(_number(two[2] or two[3]) or None, _in_stage(None, _number(two[1])), packed=True)
    match = _WITH_COHORT.match(text) or _WITH_GRADE.match(text)
    within = _within(match.groupdict()) if match else None
    if match is None or within is None:
        return None
    return _within_grade(match["rest"], within)


def _within_grade(rest: str, within: int | Cohort) -> ClassName | None:
    """The class that the rest of a name says, behind its grade or cohort."""
    match = _CLASS.match(rest.strip("()-").replace(")", ""))
    if not match:
        if isinstance(within, Cohort) and (inner := class_name(rest)) and isinstance(inner.grade, int):
            return ClassName(inner.number, inner.grade, cohort=within)  # 2026级七（1）班
        return ClassName(None, within) if len(rest) > 1 and rest.endswith("班") else None
    number = _number(match[1])
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
    return _in_stage(None, _number(parts["bracketed"] or parts["cn"] or parts["digits"] or "0"))


@dataclass(frozen=True, slots=True)
class Place:
    """A row's grade and class; None where unknown, and then why (empty: simply blank)."""

    grade: int | None
    class_no: int | None
    grade_fault: str = ""
    class_fault: str = ""


def place(grade_text: str | None, class_text: str | None, stages: Stages) -> Place:
    """Grade and class of one row. None or "" for a blank or missing cell."""
    named = class_name(class_text) if class_text else None
    known: int | None = None
    grade_fault = class_fault = ""
    if grade_text:
        known = _said_grade(grade_text, stages)
        # 年级 may hold 七年级1班.
        both = class_name(grade_text) if known is None else None
        if both and not both.packed and both.grade is not None:
            known = stages.of_cohort(both.grade) if isinstance(both.grade, Cohort) else both.grade
            if not class_text:
                class_text, named = grade_text, ClassName(both.number)
        if known is None:
            grade_fault = _made_a_date(grade_text) or "认不出是哪个年级"
    if class_text and (named is None or named.number is None):
        class_fault = _made_a_date(class_text) or "认不出班号"
    if named is None:
        return Place(known, None, grade_fault, class_fault)
    if known is not None:
        if not _agree(named, known, stages):
            return Place(known, None, grade_fault, "班级名称里的年级与年级列不一致")
        return Place(known, named.number, grade_fault, class_fault)
    return _by_class_name(named, bool(grade_text), grade_fault, class_fault, stages)


def _by_class_name(named: ClassName, has_grade: bool, grade_fault: str, class_fault: str, stages: Stages) -> Place:
    """Of a row whose grade is not known from its own cell; ``has_grade``: something stands there."""
    within = named.grade
    if named.packed and not (isinstance(within, int) and stages.has(within)):
        return Place(None, None, grade_fault, "认不出班号")
    known: int | None = None
    if not has_grade and within is not None:
        known = stages.of_cohort(within) if isinstance(within, Cohort) else within
        if known is None:
            grade_fault = "从班级名称看不出是哪个年级"
        elif named.cohort and not stages.agrees(named.cohort, known):
            return Place(None, None, "班级名称里的年级与入学年份不一致", "班级名称里的年级与入学年份不一致")
    return Place(known, named.number, grade_fault, class_fault)


def _agree(named: ClassName, known: int, stages: Stages) -> bool:
    """701 in grade 7 is class 1; a plain number over 100 does not exist."""
    cohorts = [c for c in (named.grade, named.cohort) if isinstance(c, Cohort)]
    if isinstance(named.grade, int) and named.grade != known:
        return False
    return all(stages.agrees(cohort, known) for cohort in cohorts)


def _said_grade(text: str, stages: Stages) -> int | None:
    """The grade that a cell says, once or twice; None where it says none, or two."""
    once = grade(text)
    answers = [once]
    if once is None:
        squeezed = _squeeze(text)
        twice = next((match for pattern in _TWO_GRADES if (match := pattern.match(squeezed))), None)
        answers = [grade(part) for part in twice.groups()] if twice else []
    if not answers or None in answers:
        return None
    cohorts = [answer for answer in answers if isinstance(answer, Cohort)]
    grades = {answer for answer in answers if isinstance(answer, int)}
    known = grades.pop() if grades else stages.of_cohort(cohorts[0])
    if grades or known is None:
        return None
    return known if len(answers) == 1 or all(stages.agrees(cohort, known) for cohort in cohorts) else None


def _made_a_date(text: str) -> str:
    """What to tell of a class that Excel took for a day; empty where it did not."""
    match = _A_DATE.match(text.strip())
    if not match:
        return ""
    month, day = match[1] or match[3], match[2] or match[4]
    day_note = f"（{int(month)}月{int(day)}日）" if month else ""
    return f"被 Excel 改成了日期{day_note}，原来多半是用短横连着的年级和班号。请把这一列设为文本，重新填写"
