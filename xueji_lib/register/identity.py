"""Identity numbers, register numbers and names: normalise, parse; how they are shown is ``masking``'s.

Numbers are parsed once, at intake. Order that works: NFKC, drop all white space and zero-width
characters, drop a leading apostrophe, upper-case. A wrong check digit is a fact; an unknown area code
is not looked at here. Source: GB 11643—1999; the data contract, sections 1 and 4.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from xueji_lib.register.masking import mask_address as mask_address
from xueji_lib.register.masking import mask_birth as mask_birth
from xueji_lib.register.masking import mask_id as mask_id
from xueji_lib.register.masking import mask_name as mask_name
from xueji_lib.register.masking import mask_phone as mask_phone
from xueji_lib.register.masking import mask_sentence as mask_sentence
from xueji_lib.register.masking import mask_text as mask_text
from xueji_lib.register.masking import without_numbers

SPACES = r"\s\x0b\x{85}\p{Z}"
"""White space of every kind, inside the brackets of a pattern of Arrow's, whose ``\\s`` knows ASCII alone."""
UNSEEN = r"\p{Cc}\p{Cf}\x{34f}\x{115f}\x{1160}\x{2800}\x{3164}\x{fe00}-\x{fe0f}\x{ffa0}\x{e0100}-\x{e01ef}"
"""Signs that nobody sees, likewise: controls, formats, fillers, an empty cell of Braille, selectors of a variant."""
_INVISIBLE = f"[{SPACES}{UNSEEN}]+"
_DOTS = "[•・‧∙⋅●﹒．.]"
_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2], dtype=np.int64)
_CHECK = np.array([ord(c) for c in "10X98765432"], dtype=np.int64)
_TENS = 10 ** np.arange(16, -1, -1, dtype=np.int64)

NO_KEY = np.int64(0)
"""The key of an unknown number: never equal to a real one, never matched."""
NUMBER_KEYS = ("id_key", "register_key")
"""The columns of a table at rest with the keys of 身份证件号 and 全国学籍号, in the order in which they are asked."""


# ---- normalise ----


def squeeze(values: pa.Array) -> pa.Array:
    """NFKC, then no white space or zero-width character at all, then no leading apostrophe."""
    text = pc.utf8_normalize(values, "NFKC")
    text = pc.replace_substring_regex(text, _INVISIBLE, "")
    return pc.replace_substring_regex(text, "^['`’‘]+", "")


def clean_numbers(values: pa.Array) -> pa.Array:
    """ID and register numbers, ready to compare."""
    return pc.utf8_upper(squeeze(values))


def clean_titles(values: pa.Array) -> pa.Array:
    """Names of schools and places, ready to compare: no inner spaces, one kind of dot (·)."""
    return pc.replace_substring_regex(squeeze(values), _DOTS, "·")


def clean_names(values: pa.Array) -> pa.Array:
    """Names of people, ready to compare: the same, and no number typed behind them."""
    suspects = pc.fill_null(pc.match_substring_regex(values, r"\pN"), False)
    if pc.any(suspects).as_py():
        texts = [without_numbers(str(text)) for text in values.filter(suspects).to_pylist()]
        values = pc.replace_with_mask(values, suspects, pa.array(texts, values.type))
    return clean_titles(values)


def clean_title(name: str) -> str:
    """One name of a school or place, as ``clean_titles`` does it."""
    return str(clean_titles(pa.array([name]))[0])


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


Numbers: TypeAlias = "Sequence[str | None] | pa.Array"
"""Cleaned numbers (``clean_numbers``); None for a missing one."""
_WIDEST = 19


def _matrix(texts: Numbers) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64], pa.Array]:
    """Characters of each text, right-padded with 0 to _WIDEST; its length in bytes; the texts.

    A text that is longer, or not ASCII, has no characters here: it is no number of any form.
    """
    array = texts if isinstance(texts, pa.Array) else pa.array(texts, pa.large_string())
    array = array.cast(pa.large_string()).fill_null("")
    lengths = pc.binary_length(array)
    fits = pc.and_(pc.less_equal(lengths, _WIDEST), pc.string_is_ascii(array))
    padded = pc.ascii_rpad(pc.if_else(fits, array, ""), _WIDEST, padding="\0")
    if isinstance(padded, pa.ChunkedArray):
        padded = padded.combine_chunks()
    data = np.frombuffer(padded.buffers()[2] or b"", dtype=np.uint8)[: len(array) * _WIDEST]
    return data.reshape(len(array), _WIDEST), lengths.to_numpy(zero_copy_only=False).astype(np.int64), array


def _dates(
    year: npt.NDArray[np.int64], month: npt.NDArray[np.int64], day: npt.NDArray[np.int64]
) -> npt.NDArray[np.datetime64]:
    """Existing dates from 1900 on, NaT otherwise."""
    plausible = (year >= 1900) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
    months = (np.where(plausible, (year - 1970) * 12 + month - 1, 0)).astype("datetime64[M]")
    days = months.astype("datetime64[D]") + (np.where(plausible, day, 1) - 1).astype("timedelta64[D]")
    exists = plausible & (days.astype("datetime64[M]") == months)
    return np.where(exists, days, np.datetime64("NaT", "D"))


def parse_ids(texts: Numbers) -> ParsedIds:
    """Parse cleaned ID numbers, all at once."""
    points, length, array = _matrix(texts)
    digit = points[:, :18] - np.uint8(ord("0"))  # below 0 it begins again from 255
    is_digit = digit <= 9
    is18 = (length == 18) & is_digit[:, :17].all(axis=1) & (is_digit[:, 17] | (points[:, 17] == ord("X")))
    is15 = (length == 15) & is_digit[:, :15].all(axis=1)
    d = np.where(is_digit, digit, 0).astype(np.int64)

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
    return ParsedIds(form, birth, check_ok, sex, _keys(points, length, array))


def keys(texts: Numbers) -> npt.NDArray[np.int64]:
    """One integer a number, equal exactly where the cleaned numbers are equal; ``NO_KEY`` for a missing one.

    Digits with an optional last X, and the same behind G, L or J (全国学籍号), are packed without loss;
    the few others (passports) take a 62-bit digest, in a range of their own.
    """
    return _keys(*_matrix(texts))


def _keys(points: npt.NDArray[np.uint8], length: npt.NDArray[np.int64], texts: pa.Array) -> npt.NDArray[np.int64]:
    letter = np.select([points[:, 0] == ord(c) for c in "GLJ"], [1, 2, 3], 0)
    body = np.where(letter[:, None] > 0, points[:, 1:], points[:, :18])
    size = length - (letter > 0)
    digit = body - np.uint8(ord("0"))
    is_digit = digit <= 9
    result = np.zeros(len(points), dtype=np.int64)
    for width, shifts in ((18, letter), (15, 5)):
        last = body[:, width - 1]
        fits = (size == width) & is_digit[:, : width - 1].all(axis=1) & (is_digit[:, width - 1] | (last == ord("X")))
        if width == 15:
            fits &= letter == 0
        head = np.where(is_digit, digit, 0)[:, : width - 1].astype(np.int64) @ _TENS[-(width - 1) :]
        if width == 15:
            head *= 1000  # as if it were padded to the length of the others
        check = np.where(last == ord("X"), 10, digit[:, width - 1])
        # head * 11 + check < 1.1e18; letters shift by that much, and a 15-place number by five times as much.
        packed = head * 11 + check + np.asarray(shifts) * 1_100_000_000_000_000_000 + 1
        result = np.where(fits, packed, result)
    for row in np.flatnonzero((result == 0) & (length > 0)).tolist():
        digest = hashlib.blake2b(str(texts[row]).encode(), digest_size=8).digest()
        result[row] = -(int.from_bytes(digest, "big") >> 2) - 1
    return result


def check_digit(first17: str) -> str:
    """The check digit that belongs to 17 digits."""
    total = sum(int(c) * int(w) for c, w in zip(first17, _WEIGHTS, strict=True))
    return "10X98765432"[total % 11]
