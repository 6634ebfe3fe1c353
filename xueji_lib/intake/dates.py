"""Dates, months, terms and school years as people write them. One text at a time; intake asks once a distinct text.

Source: data contract, section 2. What is no date of 1900 to 2100 is None: a cell that is unknown, never a guess.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

_TIME = re.compile(r"[ T]+(?:上午|下午)?\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z?$")
_DATE = re.compile(r"^(\d{4})([-/.年])(\d{1,2})(?:[-/.月])(\d{1,2})[日号]?$")
_EIGHT = re.compile(r"^(\d{4})(\d{2})(\d{2})(?:\.0+)?$")
_SERIAL = re.compile(r"^(\d{5})(?:\.\d+)?$")
_MONTH = re.compile(r"^(\d{4})[-/.年](\d{1,2})(?:月份?)?$")
_SIX = re.compile(r"^(\d{4})(\d{2})(?:\.0+)?$")
_DASHES = re.compile("[‐‑‒–—―−－~～]+")

_EPOCH = dt.date(1899, 12, 30)  # Excel's day 0, counted so that its 29 February 1900 does no harm
_FIRST, _LAST = 1900, 2100


def _tidy(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).strip().lstrip("'`’‘")
    text = _TIME.sub("", text)
    return re.sub(r"\s+", "", _DASHES.sub("-", text))


def _day(year: str, month: str, day: str) -> dt.date | None:
    try:
        value = dt.date(int(year), int(month), int(day))
    except ValueError:
        return None
    return value if _FIRST <= value.year <= _LAST else None


def date(text: str) -> dt.date | None:
    """2026-09-01, 2026/9/1, 2026.9.1, 20260901, 2026年9月1日, Excel's serial number; a time of day is dropped."""
    text = _tidy(text)
    if found := _DATE.match(text):
        return _day(found[1], found[3], found[4])
    if found := _EIGHT.match(text):
        return _day(found[1], found[2], found[3])
    if found := _SERIAL.match(text):
        days = int(found[1])
        return _EPOCH + dt.timedelta(days=days) if 10_000 <= days <= 73_415 else None
    return None


def month(text: str) -> int | None:
    """202609, 2026-09, 2026.09, 2026年9月, or a date: yyyymm.

    ``2026.1`` may be an October that Excel took for a number: unknown.
    """
    tidy = _tidy(text)
    found = _SIX.match(tidy) or _MONTH.match(tidy)
    if found and tidy != f"{found[1]}.1":
        year, number = int(found[1]), int(found[2])
        return year * 100 + number if _FIRST <= year <= _LAST and 1 <= number <= 12 else None
    day = date(text)
    return day.year * 100 + day.month if day else None


_YEARS = re.compile(r"^(20\d{2})(?:学年)?[-/至](20\d{2})(?:学年度?)?$")
_SHORT_YEARS = re.compile(r"^(20\d{2})[-/](\d{2})(?:学年度?)?$")
_ONE_YEAR = re.compile(r"^(20\d{2})学年度?$")
_TERM = re.compile(r"^(.*?)(?:学年度?)?[-_,(第]*([12一二上下])\)?(?:学期)?$")
_SEASON = re.compile(r"^(20\d{2})年?(?:的)?(春|秋)(?:季)?(?:学期)?$")


def school_year(text: str) -> str | None:
    """2026-2027, 2026—2027学年, 2026学年: 2026-2027."""
    text = _tidy(text)
    if (found := _YEARS.match(text)) and int(found[2]) == int(found[1]) + 1:
        return f"{found[1]}-{found[2]}"
    if (found := _SHORT_YEARS.match(text)) and int(found[2]) == (int(found[1]) + 1) % 100:
        return f"{found[1]}-{int(found[1]) + 1}"
    if found := _ONE_YEAR.match(text):
        return f"{found[1]}-{int(found[1]) + 1}"
    return None


def term(text: str) -> str | None:
    """2026-2027-1, 2026—2027学年第一学期, 2026年秋季学期: 2026-2027-1."""
    text = _tidy(text)
    if found := _SEASON.match(text):
        year = int(found[1])
        return f"{year}-{year + 1}-1" if found[2] == "秋" else f"{year - 1}-{year}-2"
    if (found := _TERM.match(text)) and (year_id := school_year(found[1])):
        return f"{year_id}-{'1' if found[2] in '1一上' else '2'}"
    return None
