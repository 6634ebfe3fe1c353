"""Names of persons with what people put around them: a mark, a number in a list, the sex; and names under a mask.

A star before or behind a name is a mark only where a whole name is left without it; else it may hide a character, and
then nobody knows whose name it is.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

SUSPECT: Final = (
    r"^[0-9０-９①-⑳⑴-⒛(（\[［【*＊★☆▲△▴▵●○◆◇■□#＃※]|[)）\]］】*＊★☆▲△▴▵●○◆◇■□#＃※]$"
    r"|\p{Han}(?:[*＊×✕]|[XxＸｘ]+$|[○◯●■]{2})"
)
"""A pattern of Arrow's; of nothing else is ``plain`` asked."""

_MARKS: Final = "*★☆▲△▴▵●○◆◇■□#※ "
_COUNTED: Final = re.compile(r"^(?:\([0-9]{1,3}\)|[0-9]{1,3}[.、,:)\] -]*)(?=\D)")
"""1. （1） ① 01 before a name: the place in a list."""
_SEX: Final = re.compile(r"[(\[【](?:男|女)(?:生|孩|性|童)?[)\]】]$")
_HIDDEN: Final = re.compile(r"[*×✕]|[○◯●■□]{2}|(?<=[㐀-鿿\U00020000-\U0003ffff])X+$", re.IGNORECASE)
_COVER: Final = re.compile(r"^(?:\*|[○◯●■□]{2})|(?:\*|[○◯●■□]{2})$")
_COVERED: Final = re.compile(r"[○◯●■□]")
_LETTERS: Final = re.compile(r"[^\W\d_]")
_WHOLE: Final = 3
"""Letters of a name that stands beside a star: of fewer, one may be under it. Of one alone, under any sign."""


def plain(name: str) -> str | None:
    """The name without what is no part of it; None where some of it is hidden."""
    text = unicodedata.normalize("NFKC", name).strip()
    while (rest := _outside(text)) != text:
        text = rest
    letters = len(_LETTERS.findall(text))
    if not letters and "*" not in name:
        return name
    if _HIDDEN.search(text) or letters < (_WHOLE if _COVER.search(_without_count(name).strip()) else 1):
        return None
    if letters == 1 and _COVERED.search(name):
        return None
    return text if letters > 1 else name


def _outside(text: str) -> str:
    """One mark, number or sex less."""
    return _SEX.sub("", _without_count(text).strip(_MARKS)).rstrip(" ")


def _without_count(text: str) -> str:
    return _COUNTED.sub("", unicodedata.normalize("NFKC", text))
