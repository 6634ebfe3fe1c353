"""Numbers of persons with what people and programs leave around them: labels, quotes, full stops, hyphens, a × for X.

A number is only mended where what is left has one of the forms that such numbers have; else it stays as it is
written, for a wrong number is a finding and not for intake to put right.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from functools import cache
from typing import Final

from xueji_lib.intake import header
from xueji_lib.register import schema
from xueji_lib.register.code_words import doubts_number
from xueji_lib.register.schema import Kind

FORMS: Final = r"^(?:[GLJ]?[0-9]{17}[0-9X]|[0-9]{15})$"
"""18 characters, 19 with the letter of a register number, or the 15 of old; upper case."""

_PARTS: Final = re.compile(
    r"^(?P<label>[^0-9]*?)(?P<number>[GLJ]?[-‐-―−_'’‘\"“”:.]*[0-9][0-9X×ХΧ✕✖╳\-‐-―−_'’‘\"“”.,]*)(?P<rest>[^0-9]*)$"
)
_AROUND: Final = " .,;:!|/\\()[]{}<>'\"`~·…。，、；：！‘’“”（）【】《》〈〉「」-‐‑‒–—―−_="
_TAIL: Final = " .,;:。…，、；："
_WITHIN: Final = re.compile(r"[-‐-―−_'’‘\"“”]")
_ENDS: Final = re.compile(r"[×ХΧ✕✖╳]$")
"""A multiplication sign or a letter of another alphabet that looks like X."""
_SHORT_LABELS: Final = frozenset({"ID", "NO", "号", "号码", "证件", "身份证件", "学籍"})
_REMARK: Final = re.compile(r"[(\[【〔{][^0-9]*[)\]】〕}]")
"""What somebody added in brackets: （户口本）."""
_STARS: Final = re.compile(r"[*●☆★]|X{2}|×{2}|#{2}")
_MASK: Final = re.compile(r"^[GLJ]?(?:[0-9][0-9X]*([^0-9X])\1+(?:[0-9X]|\1)*|([^0-9X])\2+[0-9X]{1,8})$")
"""Digits and one sign that stands there twice and more in a row, whichever it is."""
_LETTERS: Final = re.compile(r"^[A-Z]+$")
_FEW_LETTERS: Final = 3
"""So many equal letters may be a slip of the hand for zeros, of which more are no slip."""
_WHOLE: Final = r"[GLJ]?[0-9]{17}[0-9X]"
_SEVERAL: Final = re.compile(
    rf"^(?:{_WHOLE}){{2,}}$|(?<![0-9])(?:{_WHOLE}|[0-9]{{15}})[^0-9GLJ]+[GLJ]?[0-9]{{7}}|[0-9]{{7}}[^0-9GLJ]+{_WHOLE}(?![0-9])"
)
"""Two numbers of persons, or one and a telephone."""
_LONGEST: Final = 64
"""Characters; a longer text is no number with a little dirt."""
_FORM: Final = re.compile(FORMS)


class State(Enum):
    """What a text is that has no form of a number, not even without its dirt."""

    NUMBER = auto()
    """A wrong number, or of another kind: what it is the rules say."""
    NONE = auto()
    MASKED = auto()
    SEVERAL = auto()
    DOUBTED = auto()
    """A number, and beside it that it is another person's, or not sure."""


def state(text: str) -> State:
    """Of a text of one width, without white space, in upper case."""
    if not any("0" <= character <= "9" for character in text):
        return State.MASKED if _STARS.search(text) else State.NONE
    if _STARS.search(text) or _is_masked(text):
        return State.MASKED
    if _FORM.match(text) or len(text) > _LONGEST * 2:
        return State.NUMBER
    if _SEVERAL.search(text):
        return State.SEVERAL
    parts = _PARTS.match(text)
    doubted = parts and _REMARK.fullmatch(parts["rest"].strip(_TAIL)) and doubts_number(parts["rest"])
    return State.DOUBTED if doubted else State.NUMBER


def _is_masked(text: str) -> bool:
    match = _MASK.match(text)
    if match is None:
        return False
    sign = match[1] or match[2]
    return not _LETTERS.match(sign) or sign * (_FEW_LETTERS + 1) in text


def mended(text: str) -> str:
    """A number (one width, no white space, upper case) without its dirt; as it is where it has no known form then."""
    parts = _PARTS.match(text) if len(text) <= _LONGEST else None
    if parts is None:
        return text
    rest = parts["rest"].strip(_AROUND)
    if rest and (not _REMARK.fullmatch(parts["rest"].strip(_TAIL)) or doubts_number(rest)):
        return text
    label = parts["label"].strip(_AROUND)
    if label and label not in _labels():
        return text
    number = _WITHIN.sub("", parts["number"].strip(_AROUND))
    number = _ENDS.sub("X", number[:1] + number[1:].lstrip(":.") if number[:1] in "GLJ" else number)
    return number if _FORM.match(number) else text


@cache
def _labels() -> frozenset[str]:
    """What a column of numbers may be headed: a label before a number says no more."""
    kinds = (Kind.ID, Kind.REGISTER_NO)
    return _SHORT_LABELS | frozenset(
        key
        for table in schema.TABLES.values()
        for key, (column, _) in header.aliases().tables[table.id].items()
        if column != header.SCHOOL_NAME and table[column].kind in kinds
    )
