"""The number that stands for a pupil in a finding: the best that the judged row, or the register row behind it, has.

In this order: the register's 身份证件号, its 全国学籍号, the ledger's 身份证件号 (one that passes the check first), its
全国学籍号; of equals the smallest. So a finding keeps its id whatever row of a ledger happens to stand first.
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
    """For each row: ``best``, and ``former``, the number that finding_ids of 0.1.0 were made from."""

    best: list[PupilNumber]
    former: list[str]

    @classmethod
    def of(cls, county: County, entry: Entry, who: Rows, rows: RowIndexes) -> PupilNumbers:
        """The numbers of these rows of ``who``; none where a finding is not about a student."""
        if entry.scope != "student":
            return cls([PupilNumber(_LAST_RANK, "", "")] * len(rows), [""] * len(rows))
        first = county.first_in_register(who)[rows]
        own, listed = _numbers(who, rows), _numbers(county.registry.rows, first)
        own_names = who.strings("name", rows)
        listed_names = _strings(county.registry.rows, "name", first)
        passes = identity.parse_ids(own[0].tolist()).check_ok
        is_register = who.table.id == "register"
        best, former = [], []
        for i, (own_id, own_no, listed_id, listed_no) in enumerate(zip(*own, *listed, strict=True)):
            ranked = [
                (0, listed_id, listed_names[i]),
                (1, listed_no, listed_names[i]),
                (0 if is_register else 2 if passes[i] else 3, own_id, own_names[i]),
                (1 if is_register else 4, own_no, own_names[i]),
            ]
            best.append(_best(ranked, own_names[i]))
            former.append(own_id or own_no or listed_id or listed_no or "")
        return cls(best, former)


def _best(ranked: list[tuple[int, str | None, str | None]], name: str | None) -> PupilNumber:
    numbers = [PupilNumber(rank, number, beside or "") for rank, number, beside in ranked if number]
    return min(numbers, default=PupilNumber(_LAST_RANK, "", name or ""))


def _numbers(rows: Rows, row_indexes: RowIndexes) -> tuple[Texts, Texts]:
    """身份证件号 and 全国学籍号 of these rows; None where there is none."""
    return _strings(rows, "id_number", row_indexes), _strings(rows, "register_no", row_indexes)


def _strings(rows: Rows, column: str, row_indexes: RowIndexes) -> Texts:
    """A column's values in these rows (-1: no row), None where there is none."""
    if not rows.has(column) or not len(rows):
        return np.full(len(row_indexes), None, dtype=object)
    values = rows.strings(column, np.where(row_indexes < 0, 0, row_indexes)).copy()
    values[(row_indexes < 0) | pd.isna(values)] = None
    return values
