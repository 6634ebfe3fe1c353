"""The ways in which people write a personal value into a cell where none belongs; every value is one of its kind.

``Canary.traces``: what of it may stand nowhere, in the form in which ``searched`` reads a text.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from xueji_lib.register.identity import check_digit

TOKEN: Final = 7
"""Digits that are looked for: of a number, some that no mask may show."""
_NUMERALS: Final = str.maketrans("0123456789", "〇一二三四五六七八九")
_WIDE: Final = str.maketrans("0123456789", "０１２３４５６７８９")
_RINGS: Final = str.maketrans("0123456789", "⓪①②③④⑤⑥⑦⑧⑨")


@dataclass(frozen=True, slots=True)
class Canary:
    """A value as it was typed, where and how; ``token``: digits of it that only it has ("" for words)."""

    column: str
    way: str
    text: str
    token: str = ""


def _id(k: int) -> str:
    """An ID number with the right check digit; the days and serials of two of them differ."""
    day = dt.date(2015, 1, 1) + dt.timedelta(days=k // 1000)
    first = f"640422{day:%Y%m%d}{k % 1000:03d}"
    return first + check_digit(first)


def _local(k: int) -> str:
    return str(3_000_000 + 13 * k)


def _birth(k: int) -> dt.date:
    return dt.date(1985, 1, 1) + dt.timedelta(days=k)


def _day(k: int) -> str:
    day = _birth(k)
    return f"{day.year}年{day.month}月{day.day}日"


_PARTS = "6404 {} {} {} {}"
OF_ID: Final[dict[str, Callable[[str], str]]] = {
    "18": lambda i: i,
    "18, small x": lambda i: i[:-1] + "x",
    "between words": lambda i: f"号{i}在",
    "G in front": lambda i: f"G{i}",
    "g in front": lambda i: f"g{i}",
    "letters in front": lambda i: f"SFZ{i}",
    "letter behind": lambda i: f"{i}a",
    "spaces": lambda i: f"{i[:6]} {i[6:14]} {i[14:]}",
    "spaces in fours": lambda i: " ".join(i[n : n + 4] for n in range(0, 18, 4)),
    "hyphens": lambda i: f"{i[:6]}-{i[6:14]}-{i[14:]}",
    "long dashes": lambda i: f"{i[:6]}—{i[6:14]}—{i[14:]}",
    "dots": lambda i: f"{i[:6]}.{i[6:14]}.{i[14:]}",
    "no-break spaces": lambda i: f"{i[:6]}\u00a0{i[6:14]}\u00a0{i[14:]}",
    "full width": lambda i: i.translate(_WIDE),
    "zero width": lambda i: f"{i[:9]}\u200b{i[9:]}",
    "two glued": lambda i: i[:17] + "3" + i,
    "19 digits": lambda i: i[:17] + "37",
    "17 digits": lambda i: i[:17],
    "16 digits": lambda i: i[:6] + i[7:17],
    "15": lambda i: i[:6] + i[8:17],
    "15, hyphens": lambda i: f"{i[:6]}-{i[8:14]}-{i[14:17]}",
    "居住证": lambda i: f"居住证83{i[2:]}",
}
"""Way → an 18-digit number written so. Its token: the days and months of its birth date, and its serial."""

OF_LOCAL: Final[dict[str, Callable[[str], str]]] = {
    "护照": lambda n: f"E{n}9",
    "护照, two letters": lambda n: f"EA{n}",
    "护照 said so": lambda n: f"护照{n}8",
    "港澳通行证": lambda n: f"H{n}5",
    "港澳通行证, ten": lambda n: f"H{n}501",
    "台胞证": lambda n: f"台胞证{n}2",
    "mobile": lambda n: f"13{n}11",
    "mobile said so": lambda n: f"手机13{n}11",
    "mobile +86": lambda n: f"+8613{n}11",
    "mobile 0086": lambda n: f"008613{n}11",
    "mobile 86": lambda n: f"8613{n}11",
    "mobile, spaces": lambda n: f"13{n[0]} {n[1:5]} {n[5:]}11",
    "mobile, hyphens": lambda n: f"13{n[0]}-{n[1:5]}-{n[5:]}11",
    "mobile, dots": lambda n: f"13{n[0]}.{n[1:5]}.{n[5:]}11",
    "mobile, one by one": lambda n: " ".join(f"13{n}11"),
    "mobile, full width": lambda n: f"13{n}11".translate(_WIDE),
    "mobile, rings": lambda n: f"13{n}11".translate(_RINGS),
    "mobile, numerals": lambda n: f"13{n}11".translate(_NUMERALS),
    "landline": lambda n: f"0954-{n}",
    "landline, brackets": lambda n: f"(0954){n}",
    "landline, wide dash": lambda n: f"0954－{n}",
    "landline, long dash": lambda n: f"0954—{n}",
    "landline, glued": lambda n: f"0954{n}",
    "local, said so": lambda n: f"电话{n}",
    "QQ": lambda n: f"QQ{n}5",
    "bank card": lambda n: f"622848{n}560018",
    "bank card, spaces": lambda n: f"6228 48{n[:2]} {n[2:6]} {n[6]}560 018",
    "e-mail": lambda n: f"a{n}@example.com",
}
"""Way → a number of seven digits written into one of that kind. Its token: those seven."""

OF_DAY: Final[dict[str, Callable[[int], str]]] = {
    "birthday in words": lambda k: f"{_day(k)}出生",
    "birthday behind a word": lambda k: f"生于{_day(k)}",
    "birthday, ISO": lambda k: f"{_birth(k)}生",
    "birthday, dots": lambda k: f"出生日期：{_birth(k):%Y.%m.%d}",
    "birthday, eight digits": lambda k: f"生于{_birth(k):%Y%m%d}",
    "birthday, nothing said": lambda k: f"（{_birth(k)}）",
    "address": lambda k: f"幸福巷{k}号院",
    "address, village": lambda k: f"柳树村{k}组12号",
}
"""Way → words for a number; they are looked for as they were typed."""

WAYS: Final = (*OF_ID, *OF_LOCAL, *OF_DAY)


def canary(column: str, way: str, k: int) -> Canary:
    """The value number ``k``, which no other has, written this way for this column."""
    if way in OF_DAY:
        return Canary(column, way, OF_DAY[way](k))
    if way in OF_LOCAL:
        return Canary(column, way, OF_LOCAL[way](_local(k)), _local(k))
    return Canary(column, way, OF_ID[way](_id(k)), _id(k)[10:17])
