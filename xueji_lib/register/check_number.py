"""核对编号: ten letters that lead from a row of the kit's own headcount sheet back to the pupil on the register.

It is a keyed digest of the pupil's number: equal in every export of the register that has the number, nothing that
anyone without the school's key could undo by trying numbers, and no number itself. Letters alone, so that no table
program makes a number or a date of it; no vowels, so that it is no word, and none of I, L, O that look like digits.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

Codes = npt.NDArray[np.int64]

NO_CODE: Final = -1
COLUMNS: Final = ("school_id", "name", "sex", "birth_date", "id_number", "register_no", "grade", "class_no")
"""What of the register a 核对编号 is made from."""
_LETTERS: Final = "BCDFGHJKMNPQRSTVWXYZ"
_LENGTH: Final = 10
_ROOM: Final = len(_LETTERS) ** _LENGTH
_PLACE: Final = {letter: n for n, letter in enumerate(_LETTERS)}


def school_key(secret: bytes, school_id: str) -> bytes:
    """The key of one school, from which neither the county's secret nor another school's key can be told."""
    return hashlib.blake2b(school_id.encode(), key=secret, digest_size=32).digest()


def written(code: int) -> str:
    """As it stands on paper, ``KTRMW-XHQZB``; empty for NO_CODE."""
    if code < 0:
        return ""
    letters = []
    for _ in range(_LENGTH):
        code, place = divmod(code, len(_LETTERS))
        letters.append(_LETTERS[place])
    text = "".join(reversed(letters))
    return f"{text[:5]}-{text[5:]}"


def read(text: str | None) -> int:
    """The code of a cell, however it is spaced or cased; NO_CODE for anything else."""
    letters = [c for c in unicodedata.normalize("NFKC", text or "").upper() if c.isalpha()]
    if len(letters) != _LENGTH or not all(letter in _PLACE for letter in letters):
        return NO_CODE
    code = 0
    for letter in letters:
        code = code * len(_LETTERS) + _PLACE[letter]
    return code


def of_register(rows: pd.DataFrame, keys: Mapping[str, bytes]) -> Codes:
    """The code of each register row at rest, NO_CODE where its school has no key.

    Of the 全国学籍号, which outlives a change of the ID number; where another row of the school has the same, of the
    ID number; where that does not tell the two apart either, of all that is known and the place among its like.
    """
    school = rows["school_id"].astype(object).to_numpy()
    basis = np.full(len(rows), "", dtype=object)
    for letter, name in (("I", "id_key"), ("G", "register_key")):
        once = _once(school, rows[name].to_numpy())
        basis[once] = [f"{letter}{number}" for number in rows[name].to_numpy()[once].tolist()]
    rest = np.flatnonzero(basis == "")
    if len(rest):
        basis[rest] = _descriptions(rows.iloc[rest])
    return _codes(school, basis, keys)


def by_each_number(rows: pd.DataFrame, keys: Mapping[str, bytes]) -> tuple[Codes, Codes]:
    """(places, codes): every code that a row may have had while another of its numbers was unique or unknown."""
    school = rows["school_id"].astype(object).to_numpy()
    places, codes = [], []
    for letter, name in (("G", "register_key"), ("I", "id_key")):
        numbers = rows[name].to_numpy()
        some = np.flatnonzero(numbers != 0)
        basis = np.array([f"{letter}{number}" for number in numbers[some].tolist()], dtype=object)
        places.append(some)
        codes.append(_codes(school[some], basis, keys))
    return np.concatenate(places), np.concatenate(codes)


def _once(school: npt.NDArray[np.object_], numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    shared = pd.DataFrame({"school": school, "number": numbers}).duplicated(keep=False).to_numpy()
    once: npt.NDArray[np.bool_] = ~shared & (numbers != 0)
    return once


def _descriptions(rows: pd.DataFrame) -> list[str]:
    described = rows[["school_id", "name", "sex", "birth_date", "grade", "class_no", "id_key", "register_key"]].astype(
        "str"
    )
    texts = described.agg("|".join, axis=1)
    ordinal = texts.groupby(texts, sort=False).cumcount()
    return [f"P{text}|{n}" for text, n in zip(texts, ordinal, strict=True)]


def _codes(school: npt.NDArray[np.object_], basis: npt.NDArray[np.object_], keys: Mapping[str, bytes]) -> Codes:
    codes = np.full(len(basis), NO_CODE, dtype=np.int64)
    blake2b, from_bytes = hashlib.blake2b, int.from_bytes
    for place, (school_id, text) in enumerate(zip(school.tolist(), basis.tolist(), strict=True)):
        key = keys.get(school_id)
        if key:
            codes[place] = from_bytes(blake2b(text.encode(), key=key, digest_size=8).digest()) % _ROOM
    return codes
