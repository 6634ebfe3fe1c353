"""Rows that number, letter or name the columns of a table, as forms have them below their header: 1, 2, 3 …,
甲, 乙, 1, 2 …, A, B, C …, the names of the fields in a database, a line."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

_LEAST: Final = 3
"""Signs that a row must have; two cells may be anything."""
_SERIES: Final = (
    "一二三四五六七八九十",
    "甲乙丙丁戊己庚辛壬癸",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "abcdefghijklmnopqrstuvwxyz",
)
_PLACES: Final = {sign: (number, place) for number, signs in enumerate(_SERIES) for place, sign in enumerate(signs, 1)}
_NUMBERS: Final = len(_SERIES)
_TENS: Final = {f"十{digit}": number for number, digit in enumerate(_SERIES[0][:9], 11)}
_FIELD: Final = re.compile(r"^[A-Za-z][\w ./-]*(?:\([\d, ]*\))?$", re.ASCII)
_LINE: Final = re.compile("^:?[-—–―_=＿－]{2,}:?$")
_SEX: Final = frozenset({"M", "F", "MALE", "FEMALE", "BOY", "GIRL"})


def are_column_signs(cells: Sequence[Any], width: int, sex: int | None = None, *, only_ordinals: bool = False) -> bool:
    """The row says nothing but which column is which. ``width``: cells of the header; ``sex``: the column of the sex,
    whose letter tells a person's row."""
    lead = next((cell for cell in cells if cell != "" and (type(cell) is not str or cell.strip())), "")
    sign = _sign(lead)
    if sign is None or sign[1] > 1 or (only_ordinals and sign[1] != 1):
        return False  # nearly always
    texts = [cell for cell in cells if cell != "" and (type(cell) is not str or cell.strip())]
    if len(texts) < _LEAST or 2 * len(texts) < width:
        return False
    if sign[1]:
        return _are_ordinals(texts)
    return _are_lines(texts) or (_are_fields(texts) and not _is_sex(cells, sex))


def _are_ordinals(texts: Sequence[Any]) -> bool:
    """One series after the other, each from its first sign: 1 2 3, or 甲 乙 1 2 3."""
    last: tuple[int, int] | None = None
    for text in texts:
        sign = _sign(text)
        if sign is None or sign[0] < 0:
            return False
        is_next = last is not None and sign == (last[0], last[1] + 1)
        if not is_next and (sign[1] != 1 or (last is not None and last[0] == sign[0])):
            return False
        last = sign
    return True


def _sign(cell: Any) -> tuple[int, int] | None:
    """Series and place of a sign, (-1, 0) of what may be a field's name or a line; None of anything else."""
    if type(cell) is not str:
        return (_NUMBERS, int(cell)) if type(cell) in (int, float) and 0 < cell < 1000 and cell == int(cell) else None
    return _sign_of(cell)


@lru_cache(maxsize=2000)
def _sign_of(cell: str) -> tuple[int, int] | None:
    text = unicodedata.normalize("NFKC", cell[:40]).strip().strip("()[]第栏列.、 ")
    if text.isdecimal():
        return (_NUMBERS, int(text)) if len(text) <= 3 else None
    if text in _TENS:
        return 0, _TENS[text]
    place = _PLACES.get(text)
    return place or ((-1, 0) if text.isascii() or _LINE.match(text) else None)


def _are_lines(texts: Sequence[Any]) -> bool:
    return all(type(text) is str and _LINE.match(text.strip()) for text in texts)


def _are_fields(texts: Sequence[Any]) -> bool:
    """Names of fields, or their types: ASCII words, most of them in small letters, in capitals or with brackets, as
    names of persons are not."""
    if not all(type(text) is str and len(text) <= 40 and _FIELD.match(text.strip()) for text in texts):
        return False
    technical = sum(1 for text in texts if text[:1].islower() or "_" in text or text.isupper() or "(" in text)
    return 2 * technical > len(texts)


def _is_sex(cells: Sequence[Any], sex: int | None) -> bool:
    cell = cells[sex] if sex is not None and sex < len(cells) else ""
    return type(cell) is str and cell.strip().upper() in _SEX
