"""Identity numbers, register numbers and names: normalise, parse, mask.

Numbers are parsed once, at intake. Order that works: NFKC, drop all white space and zero-width
characters, drop a leading apostrophe, upper-case. A wrong check digit is a fact; an unknown area code
is not looked at here. Source: GB 11643—1999; the data contract, sections 1 and 4.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

# U+200B..200F, 202A..202E, 2060..2064, FEFF, 00AD: characters that take no room.
_INVISIBLE = "[\\s\u00a0\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u3000]+"
_DOTS = "[•・‧∙⋅●﹒．.]"
_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2], dtype=np.int64)
_CHECK = np.array([ord(c) for c in "10X98765432"], dtype=np.int64)
_TENS = 10 ** np.arange(16, -1, -1, dtype=np.int64)

NO_KEY = np.int64(0)
"""The key of an unknown number: never equal to a real one, never matched."""


# ---- normalise ----


def squeeze(values: pa.Array) -> pa.Array:
    """NFKC, then no white space or zero-width character at all, then no leading apostrophe."""
    text = pc.utf8_normalize(values, "NFKC")
    text = pc.replace_substring_regex(text, _INVISIBLE, "")
    return pc.replace_substring_regex(text, "^['`’‘]+", "")


def clean_numbers(values: pa.Array) -> pa.Array:
    """ID and register numbers, ready to compare."""
    return pc.utf8_upper(squeeze(values))


def clean_names(values: pa.Array) -> pa.Array:
    """Names, ready to compare: no inner spaces, one kind of dot (·)."""
    return pc.replace_substring_regex(squeeze(values), _DOTS, "·")


def clean_name(name: str) -> str:
    """One name, as ``clean_names`` does it."""
    return str(clean_names(pa.array([name]))[0])


# ---- parse ----


@dataclass(frozen=True, slots=True)
class ParsedIds:
    """What ID numbers say; one entry a number, in order.

    ``form``: 18, 15 or 0 (neither form). ``birth``: the date written in the number, NaT where no such
    date exists. ``check_ok``: the check digit is right (18 only). ``sex``: 男 / 女 / None.
    ``key``: an integer that is equal for equal numbers and only for them; 0 for a missing one.
    """

    form: npt.NDArray[np.int8]
    birth: npt.NDArray[np.datetime64]
    check_ok: npt.NDArray[np.bool_]
    sex: npt.NDArray[np.object_]
    key: npt.NDArray[np.int64]


def _matrix(texts: Sequence[str | None], width: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Code points, right-padded with 0, and the length of each text."""
    filled = [t or "" for t in texts]
    fixed = np.array(filled, dtype=f"U{width + 1}")
    points = fixed.view(np.uint32).reshape(len(filled), width + 1).astype(np.int64)
    lengths = np.fromiter(map(len, filled), dtype=np.int64, count=len(filled))
    return points, lengths


def _dates(
    year: npt.NDArray[np.int64], month: npt.NDArray[np.int64], day: npt.NDArray[np.int64]
) -> npt.NDArray[np.datetime64]:
    """Existing dates from 1900 on, NaT otherwise."""
    plausible = (year >= 1900) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
    months = (np.where(plausible, (year - 1970) * 12 + month - 1, 0)).astype("datetime64[M]")
    days = months.astype("datetime64[D]") + (np.where(plausible, day, 1) - 1).astype("timedelta64[D]")
    exists = plausible & (days.astype("datetime64[M]") == months)
    return np.where(exists, days, np.datetime64("NaT", "D"))


def parse_ids(texts: Sequence[str | None]) -> ParsedIds:
    """Parse cleaned ID numbers (``clean_numbers``), all at once."""
    points, length = _matrix(texts, 18)
    digit = points - ord("0")
    is_digit = (digit >= 0) & (digit <= 9)
    first17 = is_digit[:, :17].all(axis=1)
    last_x = points[:, 17] == ord("X")
    is18 = (length == 18) & first17 & (is_digit[:, 17] | last_x)
    is15 = (length == 15) & is_digit[:, :15].all(axis=1)
    d = np.where(is_digit, digit, 0)

    def number(start: int, stop: int) -> npt.NDArray[np.int64]:
        return d[:, start:stop] @ _TENS[-(stop - start) :]

    year = np.where(is15, 1900 + number(6, 8), number(6, 10))
    month = np.where(is15, number(8, 10), number(10, 12))
    day = np.where(is15, number(10, 12), number(12, 14))
    birth = _dates(year, month, day)
    birth[~(is18 | is15)] = np.datetime64("NaT")
    check_ok = is18 & (_CHECK[(d[:, :17] @ _WEIGHTS) % 11] == points[:, 17])
    sex_digit = np.where(is15, d[:, 14], d[:, 16])
    sex = np.where(sex_digit % 2 == 1, "男", "女").astype(object)
    sex[~(is18 | is15)] = None
    form = np.where(is18, 18, np.where(is15, 15, 0)).astype(np.int8)
    return ParsedIds(form, birth, check_ok, sex, keys(texts))


def keys(texts: Sequence[str | None]) -> npt.NDArray[np.int64]:
    """One integer a number, equal exactly where the cleaned numbers are equal; 0 for a missing one.

    Digits with an optional last X, and the same behind G, L or J (全国学籍号), are packed without loss;
    the few others (passports) take a 62-bit digest, in a range of their own.
    """
    points, length = _matrix(texts, 19)
    rows = np.arange(len(points))
    letter = np.select([points[:, 0] == ord(c) for c in "GLJ"], [1, 2, 3], 0)
    body = np.where(letter[:, None] > 0, np.roll(points, -1, axis=1), points)[:, :18]
    size = length - (letter > 0)
    digit = body - ord("0")
    place = np.arange(18)[None, :]
    is_digit = (digit >= 0) & (digit <= 9)
    last = place == (size[:, None] - 1)
    ok = is_digit | (place >= size[:, None]) | (last & (body == ord("X")))
    packable = ok.all(axis=1) & ((size == 18) | ((size == 15) & (letter == 0)))
    check = np.where(body[rows, np.clip(size - 1, 0, 17)] == ord("X"), 10, digit[rows, np.clip(size - 1, 0, 17)])
    head = np.where((place < size[:, None] - 1) & is_digit, digit, 0)[:, :17] @ _TENS
    # head * 11 + check < 1.1e18; letters shift by that much, and a 15-place number by five times as much.
    shift = np.where(size == 15, 5, letter) * 1_100_000_000_000_000_000
    packed = head * 11 + check + shift + 1
    result = np.where(packable, packed, 0)
    for row in np.flatnonzero(~packable & (length > 0)).tolist():
        digest = hashlib.blake2b(str(texts[row]).encode(), digest_size=8).digest()
        result[row] = -(int.from_bytes(digest, "big") >> 2) - 1
    return result


def check_digit(first17: str) -> str:
    """The check digit that belongs to 17 digits."""
    total = sum(int(c) * int(w) for c, w in zip(first17, _WEIGHTS, strict=True))
    return "10X98765432"[total % 11]


# ---- mask ----

_DIGITS = re.compile(r"\d{7}")
_LONG_NUMBER = re.compile(r"(?<![0-9A-Za-z])[GLJ]?(?:\d{17}[\dXx]|\d{15})(?![0-9A-Za-z])")
_PHONE = re.compile(r"(?<!\d)(?:1\d{10}|0\d{2,3}[- ]?\d{7,8})(?!\d)")


def mask_id(number: str) -> str:
    """First 6 and last 1 characters; a short number keeps less."""
    if len(number) <= 9:
        return number[:2] + "*" * max(len(number) - 3, 1) + number[-1:] if number else ""
    return number[:6] + "*" * (len(number) - 7) + number[-1]


def mask_phone(number: str) -> str:
    """The last 2 characters."""
    return "*" * max(len(number) - 2, 0) + number[-2:] if number else ""


def mask_birth(value: object) -> str:
    """The year."""
    return f"{str(value)[:4]}年" if value is not None and not pd.isna(value) else ""  # type: ignore[call-overload]


_TOWNSHIP = re.compile(r"^(.*?(?:乡|镇|街道))")


def mask_address(text: str) -> str:
    """Down to the township; nothing where no township is named."""
    found = _TOWNSHIP.match(text or "")
    return found.group(1) + "（略）" if found else "（略）" if text else ""


def mask_text(text: str) -> str:
    """Free text with every ID-like and phone-like number masked."""
    if not _DIGITS.search(text):
        return text
    text = _LONG_NUMBER.sub(lambda m: mask_id(m.group()), text)
    return _PHONE.sub(lambda m: mask_phone(m.group()), text)
