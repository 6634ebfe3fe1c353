"""Dates, months, terms and school years as people write them. One text at a time; intake asks once a distinct text.

Source: data contract, section 2. What is no date of 1900 to 2100 is None: a cell that is unknown, never a guess.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

_TIME = re.compile(
    r"(?:[ T]+|(?<=[日号]))(?:上午|下午|凌晨|早上|中午|晚上)? ?\d{1,2}"
    r"(?::\d{2}(?::\d{2}(?:\.\d+)?)?|[时点](?:\d{1,2}分)?(?:\d{1,2}秒)?)(?: ?[AaPp]\.?[Mm]\.?)?$"
)
_INSTANT = re.compile(r"^(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)? ?(Z|[+-]\d{2}:?(?:\d{2})?)$")
"""ISO 8601 with a zone, as programs write it."""
_CLOCKED = re.compile(
    r"^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? (?P<month>[A-Z][a-z]{2}) (?P<day>\d{1,2}) (?:(?P<before>\d{4}) )?"
    r"\d{2}:\d{2}:\d{2}(?: (?:CST|GMT\+0?8(?::?00)?|GMT\+0800|UTC\+8))?(?: (?P<after>\d{4}))?(?: ?\(.*\))?$"
)
"""Java's and JavaScript's form: Sun Sep 15 00:00:00 CST 2013, Sun Sep 15 2013 00:00:00 GMT+0800 (中国标准时间)."""
_NAMED = re.compile(r"^(?:(\d{1,2})[- ]([A-Z][a-z]{2})[a-z]*[- ,]+(\d{4})|([A-Z][a-z]{2})[a-z]* (\d{1,2}), ?(\d{4}))$")
"""15-Sep-2013, Sep 15, 2013: the month is a word and the year whole, so nothing is left to guess."""
_MONTHS = {name: n for n, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
_DATE = re.compile(r"^(\d{4})[-/.年\\、,，。·_](\d{1,2})[-/.月\\、,，。·_](\d{1,2})[日号]?[-/.。、,，;；]?$")
_PLAIN = re.compile(r"^(\d{4})[-/.]?(\d{2})[-/.]?(\d{2})$", re.ASCII)
_SPACED = re.compile(r"^(\d{4}) (\d{1,2}) (\d{1,2})$")
_EIGHT = re.compile(r"^(\d{4})(\d{2})(\d{2})(?:\.0+)?日?$")
_SERIAL = re.compile(r"^(\d{5})(?:\.\d+)?$")
_MONTH = re.compile(r"^(\d{4})[-/.年。·_](\d{1,2})(?:月份?)?$")
_PERHAPS_OCTOBER = re.compile(r"^\d{4}[.。·]1$")
_SIX = re.compile(r"^(\d{4})(\d{2})(?:\.0+)?$")
_DASHES = re.compile("[‐‑‒–—―−－~～]+")
_WEEKDAY = re.compile(r"[ (]*(?:星期|周|礼拜)[一二三四五六日天]\)?$")
_REMARK = re.compile(r"\(([^()]*)\)$")
_SAYS_NOTHING_ELSE = re.compile(
    r"^(?:农历|阴历|旧历|夏历).+$|^(?:公历|阳历|新历|国历)$|^(?:星期|周|礼拜)[一二三四五六日天]$|^属.$"
)
"""Remarks that leave a date as it is: the same day by the moon, the weekday. （农历） alone says that it is none of
ours, （身份证上为9月16日） that there are two."""
_AROUND = re.compile(r"^(?:公历|阳历|新历|国历|公元)?(?:出生于|生于)?:?(.+?)(?:出生|生)?$")
"""What says no more than the heading does. 农历 and 阴历 are not among it."""
_ENTRY = re.compile(r"入学\s*$")
_DOTS = re.compile("[•・‧∙⋅]")
_CHINESE_DAY = re.compile(r"^([^年月日号]+)年([^年月日号]+)月(?:([^年月日号]+)[日号]|(\d+)|份)?$")
"""A day in Chinese numbers without 日 (三月十五) is one of the moon's."""
_MIXED = re.compile("[0-9].*[十拾廿卅]|[十拾廿卅].*[0-9]")
_NUMERALS = str.maketrans(
    "〇○零一二三四五六七八九壹贰貳叁參肆伍陆陸柒捌玖拾弌弍弎廿卅", "000123456789122334566789十123廿卅"
)

_EPOCH = dt.date(1899, 12, 30)  # Excel's day 0, counted so that its 29 February 1900 does no harm
_FIRST, _LAST = 1900, 2100
_HERE = dt.timezone(dt.timedelta(hours=8))


def _tidy(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).strip().lstrip("'`’‘")
    text = _TIME.sub("", text)
    text = re.sub(r"\s+", "", _DOTS.sub("·", _DASHES.sub("-", text)))
    if (match := _AROUND.match(text)) is not None:
        text = match[1]
    return _in_digits(text) if "年" in text and not text.isascii() else text


def _in_digits(text: str) -> str:
    """二〇一五年三月十一日 as 2015年3月11日, also where some of it is in digits; anything else as it is."""
    match = _CHINESE_DAY.match(text)
    if match is None:
        return text
    year, month, day = match[1], "1" if match[2] == "元" else match[2], match[3] or match[4]
    if not re.search("[0-9]", year) or re.search("[〇○零一二三四五六七八九]", year):
        year = year.replace("O", "0").replace("o", "0")
    parts = [_number(part) for part in (year, month, day) if part]
    if "" in parts:
        return text
    return "{}年{}月".format(*parts[:2]) + (f"{parts[2]}日" if day else "")


def _number(text: str) -> str:
    """2015, 二〇一五, 九, 十五, 二十, 廿一, 零三 in digits; empty where it is none."""
    if _MIXED.search(text):
        return ""
    text = text.translate(_NUMERALS).replace("廿", "2十").replace("卅", "3十")
    tens, ten, ones = text.partition("十")
    if not ten:
        return text if text.isdecimal() and text.isascii() else ""
    tens, ones = tens.lstrip("0") or "1", ones or "0"
    return tens + ones if re.fullmatch("[1-3]", tens) and re.fullmatch("[0-9]", ones) else ""


def _day(year: str | int, month: str | int, day: str | int) -> dt.date | None:
    try:
        value = dt.date(int(year), int(month), int(day))
    except ValueError:
        return None
    return value if _FIRST <= value.year <= _LAST else None


def date(text: str) -> dt.date | None:
    """2026-09-01, 2026/9/1, 2026.9.1, 20260901, 2026年9月1日, Excel's serial number; a time of day is dropped.

    Also what a program or a clerk writes around a whole day: a zone, a weekday, a remark in brackets, Chinese numbers.
    """
    if (match := _PLAIN.match(text) or _DATE.match(text)) is not None:  # nearly all: nothing of what follows is needed
        return _day(*match.groups())
    wide = unicodedata.normalize("NFKC", text).strip().lstrip("'`’‘")
    if (match := _INSTANT.match(wide)) is not None:
        return _of_instant(match)
    if (match := _CLOCKED.match(wide)) is not None or (match := _NAMED.match(wide)) is not None:
        return _with_month_name(match)
    if (match := _SPACED.match(wide)) is not None:
        return _day(*match.groups())
    remark = _REMARK.search(wide)
    if remark and not _SAYS_NOTHING_ELSE.match(remark[1]):
        return None
    tidy = _tidy(_WEEKDAY.sub("", wide[: remark.start()] if remark else wide))
    if (match := _DATE.match(tidy) or _EIGHT.match(tidy)) is not None:
        return _day(*match.groups())
    if (match := _SERIAL.match(tidy)) is not None:
        days = int(match[1])
        return _EPOCH + dt.timedelta(days=days) if 10_000 <= days <= 73_415 else None
    return None


def _of_instant(match: re.Match[str]) -> dt.date | None:
    """The day that it was here. Where that is not the day that is written, it must be midnight here: so programs
    write a plain date. Else a time of day and of another zone is meant, and which day a clerk meant is not known."""
    date_text, hour, minute, second, zone = match.groups()
    hours, minutes = (0, 0) if zone == "Z" else (int(zone[:3]), int(zone[3:].replace(":", "") or 0))
    offset = dt.timedelta(hours=hours, minutes=minutes if hours >= 0 else -minutes)
    try:
        moment = dt.datetime.fromisoformat(f"{date_text}T{hour}:{minute}:{second or '00'}")
        local = moment.replace(tzinfo=dt.timezone(offset)).astimezone(_HERE)
    except (ValueError, OverflowError):
        return None
    if local.date() != moment.date() and local.time() != dt.time():
        return None
    return _day(local.year, local.month, local.day)


def _with_month_name(match: re.Match[str]) -> dt.date | None:
    if match.re is _CLOCKED:
        year, month, day = match["before"] or match["after"], match["month"], match["day"]
    else:
        day, month, year = match.group(1, 2, 3) if match[1] else (match[5], match[4], match[6])
    return _day(year, _MONTHS[month], day) if year and month in _MONTHS else None


def month(text: str) -> int | None:
    """202609, 2026-09, 2026.09, 2026年9月, or a date: yyyymm.

    ``2026.1`` may be an October that Excel took for a number: unknown.
    """
    tidy = _tidy(_ENTRY.sub("", text))
    match = _SIX.match(tidy) or _MONTH.match(tidy)
    if match and not _PERHAPS_OCTOBER.match(tidy):
        year, number = int(match[1]), int(match[2])
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
    if (match := _YEARS.match(text)) and int(match[2]) == int(match[1]) + 1:
        return f"{match[1]}-{match[2]}"
    if (match := _SHORT_YEARS.match(text)) and int(match[2]) == (int(match[1]) + 1) % 100:
        return f"{match[1]}-{int(match[1]) + 1}"
    if match := _ONE_YEAR.match(text):
        return f"{match[1]}-{int(match[1]) + 1}"
    return None


def term(text: str) -> str | None:
    """2026-2027-1, 2026—2027学年第一学期, 2026年秋季学期: 2026-2027-1."""
    text = _tidy(text)
    if match := _SEASON.match(text):
        year = int(match[1])
        return f"{year}-{year + 1}-1" if match[2] == "秋" else f"{year - 1}-{year}-2"
    if (match := _TERM.match(text)) and (year_id := school_year(match[1])):
        return f"{year_id}-{'1' if match[2] in '1一上' else '2'}"
    return None
