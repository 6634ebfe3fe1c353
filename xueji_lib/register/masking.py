"""Personal values masked: single values of a known kind, and whatever free text holds of them.

Free text is recognised on a normalised copy (one width, nothing invisible) whose positions lead back to the original,
and is masked there. What the kit writes itself keeps its meaning: days, terms, schools' codes, finding ids, digests.
Source: the data contract, 4 (privacy).
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from xueji_lib.register import personal_forms as forms

_DIGIT: Final = r"[\d①-⓿⁰-₉²³¹❶-➓]"
_SEVEN: Final = rf"{_DIGIT}(?:[^\d\u3001-\u303f\u4e00-\u9fff，：；（）]{{0,3}}{_DIGIT}){{6}}"
_MARKED: Final = (
    r"[@＠﹫]|微信|wxid|[〇○零一二三四五六七八九]{4}"
    rf"|[QqＱ证话号机式照码lLｌ]\D{{0,4}}{_DIGIT}{{5}}(?!\d?\*\*)"
)
_PERHAPS: Final = re.compile(
    rf"{_SEVEN}|{_MARKED}|{_DIGIT}\s?[号组社队栋幢座单室户楼日月年生./\-]|{_DIGIT}{{4}}[^\d]{{1,3}}{_DIGIT}"
    r"|[一二三四五六七八九十]\s?[号组社队栋幢座单室户楼月]"
)
"""Without any of this a free cell holds nothing personal."""
_PERHAPS_IN_SENTENCE: Final = re.compile(
    r"(?<!\d)(?!20\d\d-[01]\d-[0-3]\d(?![\d\-]))(?![2-9]\d{9}(?![\d\-.xX]|\s\d))"
    rf"{_SEVEN}|{_MARKED}|出生|生于|生日|诞|\d日?\s?生"
)
"""Without any of this a sentence of the kit does not: a day as it writes it and a school's code are passed over."""
_INVISIBLE: Final = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]")
_USUAL: Final = re.compile("[\x00-\x7f·—–―…“”‘’\u3000-\u303f\u4e00-\u9fff\uff01-\uff5e￥]*")
"""Of such characters each stands for one, wherever it is written."""
_WIDE: Final = re.compile("[\u3000\uff01-\uff5e]")
_SCHOOL_AGE: Final = 5
"""Years; a day so long ago may be a pupil's birthday, a later one is none."""
_AROUND: Final = 6
"""Characters beside a day that say what it is."""


# ---- one value of a known kind ----


def mask_id(number: str) -> str:
    """The number with all but its first 6 and its last character masked; a short number keeps less."""
    if len(number) <= 9:
        return number[:2] + "*" * max(len(number) - 3, 1) + number[-1:] if number else ""
    return number[:6] + "*" * (len(number) - 7) + number[-1]


def mask_phone(number: str) -> str:
    """The number with all but its last 2 characters masked."""
    return "*" * max(len(number) - 2, 0) + number[-2:] if number else ""


def mask_birth(value: object) -> str:
    """The year of a birth date, 2014年; "" for a missing one."""
    year = str(value)[:4]
    return f"{year}年" if year.isdecimal() else ""


_TOWNSHIP = re.compile(r"^(.*?(?:乡|镇|街道))")


def mask_address(text: str) -> str:
    """The address down to the township, the rest as （略）; only （略） where no township is named."""
    match = _TOWNSHIP.match(text or "")
    return match.group(1) + "（略）" if match else "（略）" if text else ""


# ---- free text ----


@dataclass(frozen=True, slots=True)
class Personal:
    """Something personal in a text: from ``start`` to before ``stop``, and what stands there when it is masked.

    ``is_number``: a number of a person, a telephone or an account; else an address, a birthday, an e-mail."""

    start: int
    stop: int
    shown: str
    is_number: bool


def mask_text(text: str, year: int = 0) -> str:
    """A free cell with every number, address, birthday and e-mail in it masked. ``year``: this year, or the one in
    which the school year begins; a full day at least ``_SCHOOL_AGE`` years before it is taken for a birthday, unless
    what stands beside it says otherwise. The same text masked again is the same."""
    return _masked(text, personal(text, year))


def mask_sentence(text: str) -> str:
    """What the kit wrote, with the cells it quotes: numbers, birthdays called so and e-mails masked. Days stay."""
    if not _PERHAPS_IN_SENTENCE.search(text):
        return text
    return _masked(text, _recognised(text, forms.SENTENCE, 0))


def mask_name(text: str) -> str:
    """A person's name with every number in it masked; of seven digits on, none belongs there."""
    return forms.SEVEN_DIGITS.sub(lambda match: "*" * len(match[0]), mask_text(text))


def without_numbers(name: str) -> str:
    """A person's name without the numbers typed behind it, and without what said what they were."""
    spans = [(part.start, part.stop) for part in personal(name) if part.is_number]
    spans = spans or [match.span() for match in forms.SEVEN_DIGITS.finditer(name)]
    for start, stop in reversed(spans):
        name = f"{forms.LABEL_BEFORE.sub('', name[:start])} {name[stop:]}"
    return name.strip(forms.AROUND_NUMBERS) if spans else name


def holds_number(text: str, *, is_name: bool) -> bool:
    """Whether a free cell holds a number of a person, a telephone or an account."""
    return any(part.is_number for part in personal(text)) or (is_name and bool(forms.SEVEN_DIGITS.search(text)))


def personal(text: str, year: int = 0) -> list[Personal]:
    """Whatever personal a free cell holds, in its order; ``year`` as in ``mask_text``."""
    if not _PERHAPS.search(text):
        return []
    return list(_recognised(text, forms.FREE, year or dt.date.today().year))


def _masked(text: str, parts: Iterator[Personal] | list[Personal]) -> str:
    done, end = [], 0
    for part in parts:
        done += [text[end : part.start], part.shown]
        end = part.stop
    return "".join([*done, text[end:]]) if end else text


def _recognised(text: str, pattern: re.Pattern[str], year: int) -> Iterator[Personal]:
    """``year``: 0 in a sentence of the kit, where days are no birthdays unless they are called so."""
    plain, place = _normalised(text)
    end = 0
    for match in pattern.finditer(plain):
        kind = match.lastgroup or ""
        start, stop = match.span(kind)
        if kind == "address" and (name := forms.NAME_BEFORE.search(plain, end, start)):
            start = name.start()
        shown = _shown(kind, plain, start, stop, year)
        end = stop
        if shown is not None:
            yield Personal(place[start], place[stop - 1] + 1, shown, kind not in _NO_NUMBERS)


def _normalised(text: str) -> tuple[str, range | list[int]]:
    """The text with one width and nothing invisible; for each of its characters the place in the original."""
    if _USUAL.fullmatch(text):
        return _WIDE.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text), range(len(text))
    plain, place = [], []
    for at, character in enumerate(text):
        if _INVISIBLE.match(character):
            continue
        for part in unicodedata.normalize("NFKC", character):
            plain.append(str(unicodedata.decimal(part)) if part.isdecimal() else part)
            place.append(at)
    return "".join(plain), place


_NO_NUMBERS: Final = frozenset({"mail", "address", "birth", "born", "day"})


def _shown(kind: str, plain: str, start: int, stop: int, year: int) -> str | None:
    """What stands in the place of a recognised part; None where it is harmless."""
    part = plain[start:stop]
    compact = "".join(c for c in part if c.isalnum() and c.isascii()) or part
    match kind:
        case "harmless" | "moment" | "term":
            return None
        case "digest":
            return None if sum(c in "abcdef" for c in part) >= 4 else mask_id(compact)
        case "mail" | "handle":
            return "***@***" if kind == "mail" else "***"
        case "phone":
            return mask_phone(compact)
        case "keyed" if len(compact) < 15:
            return mask_phone(compact)
        case "long":
            return mask_phone(compact) if forms.IS_PHONE.fullmatch(compact) else mask_id(compact)
        case "card" if forms.IS_YEARS.fullmatch(part):
            return None
        case "passport" if forms.IS_DAY.search(part):
            return None
        case "birth" | "born":
            return _year_alone(part)
        case "day":
            beside = plain[max(start - _AROUND, 0) : start] + "¦" + plain[stop : stop + _AROUND]
            is_old = bool(year) and _year_of(part) <= year - _SCHOOL_AGE
            return _year_alone(part) if is_old and not forms.EVENT.search(beside) else None
        case "address":
            return mask_address(part)
    return mask_id(compact)


def _year_of(day: str) -> int:
    digits = day[:4].translate(forms.NUMERALS)
    return int(digits) if digits.isdecimal() else 0


def _year_alone(day: str) -> str:
    return f"{_year_of(day)}年" if _year_of(day) > 1900 else "（略）"
