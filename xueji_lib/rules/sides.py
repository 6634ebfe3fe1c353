"""The sides of a case that exists at two schools: which findings speak of one pupil, or of two who may be one.

A check that finds a pupil at each of the schools concerned says what these findings share (``Inquiry.judge``,
``shared``). A side holds that, and who the pupil is at its own school, as digests under a key of the store: equal where
the same row or person is meant, and nothing that could be tried out without the key.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeAlias

import numpy as np
import pandas as pd

from xueji_lib.county import County
from xueji_lib.county.kleene import RowIndexes
from xueji_lib.county.rows import Rows

SIDES: Final = "finding_id school_id rule_id shared people".split()
"""``shared``: what findings of one case have in common; ``people``: who the pupil is at this school (name, numbers,
sex, birthday as they stand there now). Both joined by blanks."""
Side: TypeAlias = tuple[str, str, str, str, str]
"""One row, in the order of ``SIDES``."""

_LETTERS: Final = str.maketrans("0123456789abcdef", "ghijklmnopabcdef")
"""No digest may look as if it held a number."""
_PERSON: Final = ("name", "id_number", "register_no", "sex", "birth_date")


def side(key: bytes, about: Sequence[str], shared: Iterable[str], people: Iterable[str]) -> Side:
    """A row of ``SIDES``. ``about``: finding_id, school_id, rule_id; the rest in plain text, which stays here."""
    finding_id, school_id, rule_id = about
    theirs = (f"{school_id}|{person}" for person in people)
    return finding_id, school_id, rule_id, _digests(key, filter(None, shared)), _digests(key, theirs)


def _digests(key: bytes, plain: Iterable[str]) -> str:
    made = {hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:20].translate(_LETTERS) for text in plain}
    return " ".join(sorted(made))


def row_texts(rows: Rows, row_indexes: RowIndexes) -> list[str]:
    """What tells each of these rows from every other of the county."""
    kinds = [rows.strings(column, row_indexes) for column in ("school_id", "name", "id_number", "register_no")]
    return [
        "|".join([source, *(str(cell or "") for cell in cells)])
        for source, *cells in zip(rows.sources(row_indexes), *kinds, strict=True)
    ]


def sides_frame(rows: list[Side]) -> pd.DataFrame:
    """Columns ``SIDES``, in the order of schools and findings."""
    table = pd.DataFrame(rows, columns=pd.Index(SIDES)).astype("str")
    return table.sort_values(["school_id", "finding_id"], ignore_index=True)


def seen_texts(rows: Rows, row_indexes: RowIndexes) -> Callable[[RowIndexes], list[str]]:
    """``shared`` of a check about a pupil who is in a school's headcount and on another's register: the headcount row,
    by judged row. All such checks (R116 R210 R508 R518) look at it, each from its side."""
    return lambda chosen: [f"seen|{text}" for text in row_texts(rows, row_indexes[chosen])]


def person_texts(county: County, who: Rows, row_indexes: RowIndexes) -> list[str]:
    """Who each of these rows speaks of: what the register says of the pupil, else the row itself. Of a pupil without
    any number the class is part of it, that namesakes stay apart."""
    first = county.first_in_register(who)[row_indexes]
    own = _persons(who, row_indexes)
    if not (first >= 0).any():
        return own
    listed = _persons(county.registry.rows, np.where(first < 0, 0, first))
    return [text if row >= 0 else other for text, other, row in zip(listed, own, first.tolist(), strict=True)]


def _persons(rows: Rows, row_indexes: RowIndexes) -> list[str]:
    columns = [rows.strings(column, row_indexes) for column in _PERSON if rows.has(column)]
    numbered = {column: rows.strings(column, row_indexes) for column in _PERSON[1:3] if rows.has(column)}
    places = [rows.strings(column, row_indexes) for column in ("grade", "class_no") if rows.has(column)]
    texts = []
    for position in range(len(row_indexes)):
        has_number = any(isinstance(column[position], str) for column in numbered.values())
        cells = [column[position] for column in (columns if has_number else [*columns, *places])]
        texts.append("|".join("" if cell is None else str(cell) for cell in cells))
    return texts
