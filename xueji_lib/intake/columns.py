"""One table's sheets put together: every column of all rows, by its distinct texts.

A county's register is 80,000 rows of 70 columns; work is done once a distinct text, then spread over the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from xueji_lib.intake.sheet import RawSheet

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Encoded:
    """``codes``: a row's place in ``distinct``, -1 where the row's sheet has no such column."""

    codes: Ints
    distinct: pa.Array

    def spread(self, per_distinct: Any, missing: Any) -> Any:
        """A numpy value a distinct text → one a row; ``missing`` where the column is missing."""
        if not len(self.distinct):
            return np.full(len(self.codes), missing)
        return np.where(self.codes < 0, missing, np.asarray(per_distinct)[self.codes])

    def take(self, values: pa.Array) -> pa.Array:
        """An Arrow value a distinct text → one a row, null where the column is missing."""
        return values.take(pa.array(self.codes, mask=self.codes < 0))


class Stack:
    """The rows of several sheets of one table, one after the other."""

    def __init__(self, sheets: Sequence[RawSheet]) -> None:
        self.sheets = sheets
        self.lengths: Ints = np.array([len(s.rows) for s in sheets], dtype=np.int64)
        self.sheet: Ints = np.repeat(np.arange(len(sheets)), self.lengths)
        self.file: Ints = np.array([s.file for s in sheets], dtype=np.int64)[self.sheet]
        self.row: npt.NDArray[np.int32] = np.concatenate([s.rows for s in sheets]) if sheets else np.empty(0, np.int32)
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
            parts = [s.columns.get(column) for s in self.sheets]
            chunks = [
                pa.nulls(int(n), pa.large_string()) if part is None else part
                for part, n in zip(parts, self.lengths, strict=True)
            ]
            whole = pa.chunked_array(chunks, pa.large_string()).combine_chunks().dictionary_encode()
            codes = whole.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
            self._encoded[column] = Encoded(codes, whole.dictionary)
        return self._encoded[column]

    def present(self, column: str) -> Flags:
        """Per row: its sheet has the column."""
        return np.array([column in s.columns for s in self.sheets], dtype=bool)[self.sheet]

    def blank(self, column: str) -> Flags:
        """Per row: no such column, or nothing in the cell."""
        encoded = self[column]
        empty = pc.match_substring_regex(encoded.distinct, "^[\\s'`\u00a0\u3000\u200b\ufeff]*$")
        flags: Flags = encoded.spread(empty.to_numpy(zero_copy_only=False), True).astype(bool)
        return flags

    def first_of_equal(self) -> Ints:
        """Per row: the first row of the same file with the same text in every column (itself, mostly)."""
        first = np.arange(len(self), dtype=np.int64)
        rows = first.copy()
        group = self.file.copy()
        # Column by column, telling ones first, only rows that still look like another one are looked at.
        for column in sorted(self.ids, key=lambda c: -len(self[c].distinct)):
            codes = self[column].codes[rows] + 1
            _, group, size = np.unique(
                group * (len(self[column].distinct) + 1) + codes, return_inverse=True, return_counts=True
            )
            still = size[group] > 1
            rows, group = rows[still], group[still]
            if not len(rows):
                return first
        _, start, group = np.unique(group, return_index=True, return_inverse=True)
        first[rows] = rows[start[group]]
        return first
