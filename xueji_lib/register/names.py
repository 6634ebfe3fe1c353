"""Names that may be one person's: equal toneless pinyin, or one character apart (R114).

A similarity is a lead, never a match. Source: docs/reading-conditions.md, 6.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from pypinyin import lazy_pinyin
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cpdist

from xueji_lib.register.identity import clean_name


def similar(left: npt.NDArray[np.object_], right: npt.NDArray[np.object_]) -> npt.NDArray[np.bool_]:
    """Pair by pair: both of two or more characters, and alike."""
    if not len(left):
        return np.zeros(0, dtype=bool)
    a, b = [x or "" for x in left], [x or "" for x in right]
    near = cpdist(a, b, scorer=Levenshtein.distance, score_cutoff=1) <= 1
    sounds = {name: tuple(lazy_pinyin(name)) for name in {*a, *b}}
    same = np.array([sounds[x] == sounds[y] for x, y in zip(a, b, strict=True)])
    long_enough = np.array([len(x) >= 2 and len(y) >= 2 for x, y in zip(a, b, strict=True)])
    alike: npt.NDArray[np.bool_] = (near | same) & long_enough
    return alike


def why(left: str, right: str) -> str:
    """The reason in words: 拼音相同 or 一字之差."""
    if left == right:
        return "姓名相同"
    return "拼音相同" if lazy_pinyin(left) == lazy_pinyin(right) else "一字之差"


def clean_label(text: str | None) -> str:
    """A name of an institution, ready to compare."""
    return clean_name(text) if text else ""
