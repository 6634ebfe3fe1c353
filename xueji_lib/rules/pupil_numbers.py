"""The number that stands for a pupil in a finding: the best that any row of the table that speaks of the pupil has, or
the register row behind it, whatever the check says of that row.

In this order: the register's 身份证件号, its 全国学籍号, the ledger's 身份证件号 (one that passes the check first), its
全国学籍号; of equals the smallest. So a finding keeps its id whatever row of a ledger happens to stand first, and
whichever of them offend.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from xueji_lib.county import County
from xueji_lib.county.kleene import RowIndexes
from xueji_lib.county.rows import Rows
from xueji_lib.register import identity
from xueji_lib.register.catalogue import Entry
from xueji_lib.rules.subjects import Subjects

Texts = npt.NDArray[np.object_]
_LAST_RANK = 5


@dataclass(frozen=True, slots=True, order=True)
class PupilNumber:
    """``rank``: 0 the best kind of number, 5 none at all. ``number`` in full; ``name``: as it stands beside it."""

    rank: int
    number: str
    name: str


@dataclass(frozen=True, slots=True)
class PupilNumbers:
    """For each judged row: ``best``, and ``former``, the number that finding_ids of 0.1.0 were made from."""

    best: list[PupilNumber]
    former: list[str]

    @classmethod
    def of(cls, county: County, entry: Entry, subjects: Subjects, chosen: RowIndexes) -> PupilNumbers:
        """The numbers of these judged rows; none where a finding is not about a student."""
        if entry.scope != "student":
            return cls([PupilNumber(_LAST_RANK, "", "")] * len(chosen), [""] * len(chosen))
        return cls(best_numbers(county, subjects, chosen), _former(county, subjects.who, subjects.row_indexes[chosen]))


def best_numbers(county: County, subjects: Subjects, chosen: RowIndexes) -> list[PupilNumber]:
    """The best number of the pupil of each of these judged rows."""
    if not len(chosen):
        return []
    position, row = subjects.rows(county, chosen)
    rows, of_row = np.unique(row, return_inverse=True)
    by_row = _of_rows(county, subjects.who, rows)
    best: list[PupilNumber | None] = [None] * len(chosen)
    for i, j in zip(position.tolist(), of_row.tolist(), strict=True):
        before, number = best[i], by_row[j]
        best[i] = number if before is None else min(before, number)
    return [number or PupilNumber(_LAST_RANK, "", "") for number in best]


def _of_rows(county: County, who: Rows, rows: RowIndexes) -> list[PupilNumber]:
    """The best number of each row: its own, or of the register student it is linked to."""
    (own_ids, own_numbers), own_names = _numbers(who, rows), who.strings("name", rows)
    passes = identity.parse_ids(own_ids.tolist()).check_ok
    is_register = who.table.id == "register"
    best = []
    for id_number, register_no, name, sound in zip(own_ids, own_numbers, own_names, passes, strict=True):
        rank = 0 if is_register else 2 if sound else 3
        best.append(_better(rank, id_number, 1 if is_register else 4, register_no, name or ""))
    first = county.first_in_register(who)[rows]
    known = np.flatnonzero(first >= 0)
    if not len(known):
        return best
    register = county.registry.rows
    at, listed = county.rows_of_persons(register).of(first[known])
    texts = (*_numbers(register, listed), register.strings("name", listed))
    for i, id_number, register_no, name in zip(known[at].tolist(), *texts, strict=True):
        if id_number or register_no:
            best[i] = min(best[i], _better(0, id_number, 1, register_no, name or ""))
    return best


def _better(rank: int, number: str | None, other_rank: int, other_number: str | None, name: str) -> PupilNumber:
    """The better of a row's two numbers."""
    if number:
        return PupilNumber(rank, number, name)
    return PupilNumber(other_rank, other_number, name) if other_number else PupilNumber(_LAST_RANK, "", name)


def _former(county: County, who: Rows, rows: RowIndexes) -> list[str]:
    """The number that 0.1.0 took of each row alone."""
    texts = (*_numbers(who, rows), *_numbers(county.registry.rows, county.first_in_register(who)[rows]))
    return [next((number for number in numbers if number), "") for numbers in zip(*texts, strict=True)]


def _numbers(rows: Rows, row_indexes: RowIndexes) -> tuple[Texts, Texts]:
    """身份证件号 and 全国学籍号 of these rows; None where there is none."""
    return _strings(rows, "id_number", row_indexes), _strings(rows, "register_no", row_indexes)


def _strings(rows: Rows, column: str, row_indexes: RowIndexes) -> Texts:
    """A column's values in these rows (-1: no row), None where there is none."""
    if not rows.has(column) or not len(rows) or (row_indexes < 0).all():
        return np.full(len(row_indexes), None, dtype=object)
    values = rows.strings(column, np.where(row_indexes < 0, 0, row_indexes)).copy()
    values[(row_indexes < 0) | pd.isna(values)] = None
    return values
