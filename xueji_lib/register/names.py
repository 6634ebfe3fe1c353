"""Names that may be one person's: equal toneless pinyin, one character apart, or one cut off (R114).

A similarity is a lead, never a match. Source: docs/reading-conditions.md, 6.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from pypinyin import lazy_pinyin
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cpdist

from xueji_lib.register.identity import clean_title

_CUT_OFF: Final = 6


def similar(left: npt.NDArray[np.object_], right: npt.NDArray[np.object_]) -> npt.NDArray[np.bool_]:
    """Whether the two names of each pair may be one person's, (n,): both of two or more characters, and alike."""
    if not len(left):
        return np.zeros(0, dtype=bool)
    a, b = [x or "" for x in left], [x or "" for x in right]
    near = cpdist(a, b, scorer=Levenshtein.distance, score_cutoff=1) <= 1
    sounds = {name: tuple(lazy_pinyin(name)) for name in {*a, *b}}
    same = np.array([sounds[x] == sounds[y] for x, y in zip(a, b, strict=True)])
    cut_off = np.array([_cut_off(x, y) for x, y in zip(a, b, strict=True)])
    long_enough = np.array([len(x) >= 2 and len(y) >= 2 for x, y in zip(a, b, strict=True)])
    alike: npt.NDArray[np.bool_] = (near | same | cut_off) & long_enough
    return alike


def similar_names(left: str, right: str) -> bool:
    """``similar``, of one pair."""
    return bool(similar(np.array([left], dtype=object), np.array([right], dtype=object))[0])


def _cut_off(left: str, right: str) -> bool:
    """One of two names is the beginning of the other, and of six or more characters: a cell that was too narrow."""
    short, long = sorted((left, right), key=len)
    return len(short) >= _CUT_OFF and long.startswith(short)


def why(left: str, right: str) -> str:
    """The reason in words: 姓名相同, 拼音相同, 一字之差 or 一方是另一方的开头."""
    if left == right:
        return "姓名相同"
    if lazy_pinyin(left) == lazy_pinyin(right):
        return "拼音相同"
    return "一字之差" if Levenshtein.distance(left, right) <= 1 else "一方是另一方的开头"


def clean_label(text: str | None) -> str:
    """A name of an institution, ready to compare."""
    return clean_title(text) if text else ""
