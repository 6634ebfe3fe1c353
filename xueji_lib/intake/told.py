"""What names and headings tell of all the rows below: grade, class, direction of a transfer, kind of a mismatch.

The nearest counts: a heading between the rows, the title above them, the sheet's name, the file's. A text that names
two of a kind tells nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from xueji_lib.intake import classes

_N: Final = r"(?:\d{1,2}|十[一二]|[一二三四五六七八九十])"
_NO: Final = r"(?:\d{1,3}|二?十[一二三四五六七八九]|二十|[一二三四五六七八九十])"
_GRADE: Final = rf"(?:(?:小学|初中|高中)?{_N}年级|[初高][一二三1-3]|(?:小学|初中|高中|初|高)?20\d{{2}}级)"
_ALONE: Final = r"(?<![\d一二三四五六七八九十共])"
"""Not the end of a longer number, nor a count (共3班)."""
_CLASS: Final = re.compile(
    rf"{_ALONE}(?:{_GRADE}|{_N}(?=[(（\[]|[-—]\d{{1,2}}班)|[一二三四五六七八九](?=[一二三四五六七八九]班))?[-—]?[(（\[]?第?{_NO}[)）\]]?班(?!主任|级群|子)"
)
_GRADES: Final = re.compile(_ALONE + _GRADE)
_LABELLED: Final = re.compile(r"(班级|年级|班别|班次)(?:名称)?: *([^\s,，;；、:()]*(?:\([^()]*\)[^\s,，;；、:()]*)?)")
_SEVERAL: Final = re.compile(
    rf"{_N}班?[~至到、和及]{_N}班|年级{_N}-{_N}班|{_N}(?:年级)?[-~至到、—和及]{_N}年级|[一二三四五六七八九][一二三四五六七八九]年级"
)
"""3-4年级, 五六年级, 1班、2班: several are named."""
_NO_CLASS: Final = re.compile(
    r"(?:19|20)\d{2}\s*[-—–~至]+\s*(?:19|20)?\d{2}\s*(?:学年度?)?|第[一二12]学期|(?:19|20)\d{2}年(?:\d{1,2}月(?:\d{1,2}日)?)?"
    r"|\d{1,2}月\d{1,2}日|(?:19|20)\d{2}[-.]\d{1,2}[-.]\d{1,2}|\d{8,}|第?[一二三四五六七八九十\d]+(?:小学?|中学?|完小|初级中学|高级中学|教学点|幼儿园)(?!\d|[一二三四五六]年级|[一二三四五六]级)"
    r"|(?:九年|十二年)一?贯?制|(?:前|后)\d+行"
)
_SPACED: Final = re.compile(r" +(?=[年级班第(])|(?<=[级第(]) +|(?<=年) +(?=级)")
_WHOLE: Final = re.compile(
    r"^(?:1[0-2]|[1-9])(?:0[1-9]|[1-2]\d)$|^[一二三四五六七八九][(（]?[一二三四五六七八九十\d]{1,2}[)）]?$"
)
"""701, 七1, 七(1): a sheet that is called a class and nothing else."""

KINDS: Final = ("在籍不在校", "在校不在籍")
_DIRECTIONS: Final = ("转入", "转出")


@dataclass(frozen=True, slots=True)
class ToldPlace:
    """The words of a grade and of a class, as they stand in a text; empty where there are none."""

    grade: str = ""
    class_no: str = ""


_NOWHERE: Final = ToldPlace()


@lru_cache(maxsize=4096)
def said_in(text: str, is_whole: bool = False) -> ToldPlace:
    """What grade and class a text names. ``is_whole``: it is the name of a sheet, which may be 701 and no more."""
    plain = unicodedata.normalize("NFKC", text[:300]).strip()
    if is_whole and _WHOLE.match("".join(plain.split())):
        name = "".join(plain.split())
        return ToldPlace(class_no=name if name.isdecimal() else f"{name}班")
    labelled = {head: value for head, value in _LABELLED.findall(plain) if _is_place(value)}
    plain = _SPACED.sub("", _NO_CLASS.sub(" ", plain))
    class_words = dict.fromkeys(w for match in _CLASS.finditer(plain) if _is_class(w := match.group().lstrip("-—")))
    grade_words = dict.fromkeys(_GRADES.findall(_CLASS.sub(" ", plain)))
    if _SEVERAL.search(plain):
        class_words, grade_words = {}, {}
    class_no = next(iter(class_words)) if len(class_words) == 1 else ""
    grade = next(iter(grade_words)) if len(grade_words) == 1 and len(class_words) < 2 else ""
    for head, value in labelled.items():
        if head == "年级":
            grade = grade or value
        elif not class_words:
            class_no = value if not value.isdecimal() or len(value) < 4 else class_no
    if len(grade_words) > 1:
        class_no = class_no if classes.class_name(class_no) and _has_grade(class_no) else ""
    return ToldPlace("" if _has_grade(class_no) else grade, class_no) if grade or class_no else _NOWHERE


def is_said_in(text: str) -> bool:
    """The text names a class."""
    return "班" in text and bool(said_in(text).class_no)


def place(texts: Sequence[str], sheet: str, file: str) -> ToldPlace:
    """What the texts above a table (the nearest first), the sheet's name and the file's say of grade and class."""
    grade = class_no = ""
    for number, text in enumerate((*texts, sheet, file)):
        here = said_in(text, number == len(texts))
        if here.class_no and not class_no:
            class_no = here.class_no
        if here.grade and not grade and not _has_grade(class_no):
            grade = here.grade
    return ToldPlace("" if _has_grade(class_no) else grade, class_no)


def word(words: Sequence[str], texts: Sequence[str]) -> str:
    """The one of the words that the nearest text names that names any; empty where that text names several."""
    for text in texts:
        present = [w for w in words if w in "".join(text[:300].split())]
        if present:
            return present[0] if len(present) == 1 else ""
    return ""


def direction(texts: Sequence[str]) -> str:
    """转入 or 转出."""
    return word(_DIRECTIONS, [re.sub("转[入出]学校|转[入出]校", "", text) for text in texts])


def kind(texts: Sequence[str]) -> str:
    """在籍不在校 or 在校不在籍."""
    return word(KINDS, texts)


def _has_grade(class_no: str) -> bool:
    named = classes.class_name(class_no) if class_no else None
    return named is not None and named.grade is not None


def _is_class(text: str) -> bool:
    named = classes.class_name(text)
    return named is not None and named.number is not None


def _is_place(text: str) -> bool:
    return bool(text) and (_is_class(text) or classes.grade(text) is not None)
