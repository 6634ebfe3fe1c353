"""Of what day a list is, as its title or its name says."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

Day = tuple[int, int, int]
"""Year, month, day; 0 for what is not said."""
NO_DAY: Final[Day] = (0, 0, 0)

_YEAR: Final = r"(?<!\d)(20\d{2})"
_FORMS: Final = (
    re.compile(_YEAR + r"(\d{2})(\d{2})(?!\d)"),
    re.compile(_YEAR + r"\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})(?!\d)"),
    re.compile(_YEAR + r"\s*[-./年]\s*(\d{1,2})(?:月|(?!\d))()"),
    re.compile(r"()(?<!\d)(\d{1,2})月(\d{1,2})日?"),
    re.compile(r"()(?<!\d)(\d{1,2})[.](\d{1,2})(?!\d)"),
    re.compile(r"()(?<!\d)(0[1-9]|1[0-2])([0-3]\d)(?!\d)"),
)
_SEASON: Final = re.compile(_YEAR + r"年?(?:([春秋])|年|届|级|学年)")
_SCHOOL_YEAR: Final = re.compile(_YEAR + r"\s*[-—–~至]\s*(20\d{2}|\d{2})\s*学年(?:度)?(?:第?([一二12])学期)?")
_CODE: Final = re.compile(r"(?<!\d)\d{10}(?!\d)")


def of(texts: Iterable[str], first_year: int) -> Day:
    """The latest day that the texts name; ``first_year``: of the school year, for a day without a year."""
    return max((day for text in texts for day in _days(text, first_year)), default=NO_DAY)


def _days(text: str, first_year: int) -> Iterable[Day]:
    plain = _CODE.sub(" ", unicodedata.normalize("NFKC", text[:300]))
    for year, _, half in _SCHOOL_YEAR.findall(plain):
        second = half in ("二", "2")
        yield (int(year) + 1, 2, 0) if second else (int(year), 8, 0)
    plain = _SCHOOL_YEAR.sub(" ", plain)
    for form in _FORMS:
        for year, month, day in form.findall(plain):
            if 1 <= int(month) <= 12 and (not day or 1 <= int(day) <= 31):
                # Without a year: from August on of the school year's first, before that of its second.
                of_year = int(year) if year else first_year + (int(month) < 8)
                yield of_year, int(month), int(day or 0)
        plain = form.sub(" ", plain)
    for year, season in _SEASON.findall(plain):
        yield int(year), {"春": 2, "秋": 8}.get(season, 0), 0
