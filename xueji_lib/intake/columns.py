"""One table's sheets put together: every column of all rows, by its distinct texts.

A county's register is 80,000 rows of 70 columns; work is done once a distinct text, then spread over the rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from xueji_lib.intake.packed_column import SEPARATOR, PackedColumn
from xueji_lib.intake.raw_sheet import RawSheet
from xueji_lib.register.code_words import says_nothing

_LONGEST_SIGN = 40
"""Bytes; a longer text says something."""
_NOT_SEEN = " \t\r\n'`\u00a0\u3000\u200b\ufeff"
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Encoded:
    """``codes``: a row's place in ``distinct``, -1 where the row's sheet has no such column (``missing``)."""

    codes: Ints
    distinct: pa.Array
    missing: Flags = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "missing", self.codes < 0)

    def spread(self, per_distinct: Any, missing: Any) -> Any:
        """A numpy value a distinct text → one a row; ``missing`` where the column is missing."""
        if not len(self.distinct):
            return np.full(len(self.codes), missing)
        values = np.asarray(per_distinct)[self.codes]
        return np.where(self.missing, missing, values) if self.missing.any() else values

    def spread_faults(self, per_distinct: npt.NDArray[np.int8]) -> npt.NDArray[np.int8] | None:
        """The fault of each row, 0 where there is none; None where no text has any."""
        return np.asarray(self.spread(per_distinct, 0), dtype=np.int8) if per_distinct.any() else None

    def take(self, values: pa.Array) -> pa.Array:
        """An Arrow value a distinct text → one a row, null where the column is missing."""
        return values.take(pa.array(self.codes, mask=self.missing if self.missing.any() else None))


def unpack(columns: Sequence[PackedColumn]) -> pa.Array:
    """The texts of packed columns, one after the other; one text of a column where all are the same."""
    if not columns:
        return pa.array([], pa.large_string())
    whole = np.frombuffer((SEPARATOR.encode()).join(column.packed for column in columns), dtype=np.uint8)
    parted = whole == ord(SEPARATOR)
    ends = np.append(np.flatnonzero(parted), len(whole)) - np.arange(int(parted.sum()) + 1)
    offsets = np.concatenate([[0], ends]).astype(np.int64)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(whole[~parted])]
    return pa.LargeStringArray.from_buffers(len(ends), buffers[1], buffers[2])


class Stack:
    """The rows of several sheets of one table, one after the other."""

    def __init__(self, sheets: Sequence[RawSheet]) -> None:
        self.sheets = sheets
        self.lengths: Ints = np.array([len(s.rows) for s in sheets], dtype=np.int64)
        self.sheet: Ints = np.repeat(np.arange(len(sheets)), self.lengths)
        self.file: Ints = np.array([s.file for s in sheets], dtype=np.int64)[self.sheet]
        self.row: npt.NDArray[np.int32] = np.concatenate(
            [np.empty(0, np.int32), *(np.asarray(s.rows, dtype=np.int32) for s in sheets)]
        )
        self._encoded: dict[str, Encoded] = {}

    def __len__(self) -> int:
        return len(self.row)

    @cached_property
    def starts(self) -> Ints:
        """First row of each sheet, and the end."""
        return np.concatenate([[0], np.cumsum(self.lengths)])

    @cached_property
    def ids(self) -> list[str]:
        """The columns that any sheet has."""
        return list(dict.fromkeys(c for s in self.sheets for c in s.columns))

    def __getitem__(self, column: str) -> Encoded:
        if column not in self._encoded:
            parts = [(n, s.columns[column]) for n, s in enumerate(self.sheets) if column in s.columns and len(s.rows)]
            whole = unpack([part for _, part in parts]).dictionary_encode()
            row_codes = whole.indices.to_numpy(zero_copy_only=False).astype(np.int64)
            if any(part.is_same for _, part in parts):  # such a text is spread over all rows of its sheet
                times = [np.array([p.rows]) if p.is_same else np.ones(p.rows, dtype=np.int64) for _, p in parts]
                row_codes = np.repeat(row_codes, np.concatenate(times))
            if len(row_codes) < len(self):
                codes = np.full(len(self), -1, dtype=np.int64)
                has = np.zeros(len(self.sheets), dtype=bool)
                has[[n for n, _ in parts]] = True
                codes[np.repeat(has, self.lengths)] = row_codes
                row_codes = codes
            self._encoded[column] = Encoded(row_codes, whole.dictionary)
        return self._encoded[column]

    def present(self, column: str) -> Flags:
        """Per row: its sheet has the column."""
        return np.array([column in s.columns for s in self.sheets], dtype=bool)[self.sheet]

    def says_nothing(self, column: str, row_indices: Ints) -> Flags:
        """Per row of these: no such column, nothing in the cell, or a sign for nothing."""
        encoded = self[column]
        short = (pc.binary_length(encoded.distinct).to_numpy(zero_copy_only=False) <= _LONGEST_SIGN).astype(bool)
        codes = encoded.codes[row_indices]
        result: Flags = (codes < 0) | short[codes] if len(short) else np.ones(len(row_indices), dtype=bool)
        candidates = np.flatnonzero(result & (codes >= 0))
        distinct, inverse = np.unique(codes[candidates], return_inverse=True)
        texts = pc.utf8_trim(encoded.distinct.take(pa.array(distinct)), characters=_NOT_SEEN)
        nothing = pc.or_(pc.equal(texts, ""), says_nothing(texts)).to_numpy(zero_copy_only=False).astype(bool)
        result[candidates] = nothing[inverse]
        return result


def first_of_equal(group: Ints, columns: Iterable[Encoded]) -> Ints:
    """Per row: the first row of the same group with the same code in every column (itself, mostly).

    Column by column, only rows that still look like another one are looked at; so telling columns come first, and
    those that come after the last of such rows are not asked for.
    """
    first = np.arange(len(group), dtype=np.int64)
    rows = first.copy()
    for encoded in columns:
        codes = encoded.codes[rows] + 1
        _, group, size = np.unique(group * (len(encoded.distinct) + 1) + codes, return_inverse=True, return_counts=True)
        still = size[group] > 1
        rows, group = rows[still], group[still]
        if not len(rows):
            return first
    _, start, group = np.unique(group, return_index=True, return_inverse=True)
    first[rows] = rows[start[group]]
    return first
