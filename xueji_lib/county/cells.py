"""Three-valued cells: known, blank, unknown.

*Unknown*: the file has no such column, or intake rejected the cell. *Blank*: the column is there and the
cell was left empty. A comparison is true or false for a known cell and unknown for an unknown one; for a
blank one it is unknown too, unless the condition gives the blank a meaning of its own (``blank=``).
Answers are ``Truth`` arrays (``kleene``). Source: docs/reading-conditions.md, 1 and 2.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from xueji_lib.county.kleene import Flags, RowIndexes, Truth, truth
from xueji_lib.register import unknown_cells
from xueji_lib.register.schema import Kind, Table
from xueji_lib.register.unknown_cells import UNKNOWN

_NUMBERS = {Kind.MONTH, Kind.GRADE, Kind.CLASS, Kind.COUNT}


class Cells:
    """One column of some rows. ``values`` is ``datetime64[D]``, float64 (NaN) or object/categorical."""

    __slots__ = ("blank", "unknown", "values")

    def __init__(self, values: Any, blank: Flags, unknown: Flags) -> None:
        self.values = values
        self.blank = blank
        self.unknown = unknown

    def __len__(self) -> int:
        return len(self.blank)

    @property
    def known(self) -> Flags:
        """A flag a row: the cell has a value."""
        return ~(self.blank | self.unknown)

    @property
    def strings(self) -> npt.NDArray[np.object_]:
        """The values as Python strings, None where there is none."""
        return pd.Series(self.values).astype(object).where(self.known, None).to_numpy(dtype=object)

    def _answer(self, result: Any, blank: bool | None) -> Truth:
        result = np.where(self.blank, bool(blank), np.asarray(result, dtype=bool))
        return truth(result, self.unknown | self.blank if blank is None else self.unknown)

    # ---- questions ----

    def is_blank(self) -> Truth:
        """An answer a row: the cell is blank; unknown for an unknown cell."""
        return truth(self.blank, self.unknown)

    def has_value(self) -> Truth:
        """An answer a row: the cell has a value; unknown for an unknown cell."""
        return truth(~self.blank, self.unknown)

    def eq(self, value: Any, blank: bool | None = None) -> Truth:
        """An answer a row: the cell equals ``value``. ``blank``: the answer for a blank cell (None: unknown)."""
        return self._answer(self.values == value, blank)

    def ne(self, value: Any, blank: bool | None = None) -> Truth:
        """An answer a row: the cell differs from ``value``. ``blank``: the answer for a blank cell (None: unknown)."""
        return self._answer(self.values != value, blank)

    def isin(self, values: Collection[Any], blank: bool | None = None) -> Truth:
        """An answer a row: the cell is one of ``values``. ``blank``: the answer for a blank cell (None: unknown)."""
        return self._answer(pd.Series(self.values).isin(list(values)), blank)

    def compare(self, op: str, other: Cells | Any, blank: bool | None = None) -> Truth:
        """An answer a row: the cell ``op`` ``other``, where ``op`` is one of < <= > >=.

        ``blank`` is the answer where a side is blank (None: unknown). ``other``: a value, or as many cells.
        """
        right = other.values if isinstance(other, Cells) else other
        with np.errstate(invalid="ignore"):
            result = _OPS[op](self.values, right)
        if not isinstance(other, Cells):
            return self._answer(result, blank)
        empty = self.blank | other.blank
        unknown = self.unknown | other.unknown
        if blank is None:
            return truth(result, unknown | empty)
        return truth(np.where(empty, blank, result), unknown & ~empty)

    def lt(self, other: Cells | Any, blank: bool | None = None) -> Truth:
        """An answer a row: the cell < ``other``; ``blank`` as for ``compare``."""
        return self.compare("<", other, blank)

    def le(self, other: Cells | Any, blank: bool | None = None) -> Truth:
        """An answer a row: the cell <= ``other``; ``blank`` as for ``compare``."""
        return self.compare("<=", other, blank)

    def gt(self, other: Cells | Any, blank: bool | None = None) -> Truth:
        """An answer a row: the cell > ``other``; ``blank`` as for ``compare``."""
        return self.compare(">", other, blank)

    def ge(self, other: Cells | Any, blank: bool | None = None) -> Truth:
        """An answer a row: the cell >= ``other``; ``blank`` as for ``compare``."""
        return self.compare(">=", other, blank)

    def take(self, row_indexes: RowIndexes) -> Cells:
        """The cells of these rows, one for each index (int64); an index of -1 gives an unknown cell."""
        absent = row_indexes < 0
        safe = np.where(absent, 0, row_indexes)
        if len(self) == 0:
            return Cells(
                np.full(len(row_indexes), None, dtype=object),
                np.zeros(len(row_indexes), bool),
                np.ones(len(row_indexes), bool),
            )
        values = self.values.take(safe)
        return Cells(values, self.blank[safe] & ~absent, self.unknown[safe] | absent)

    def choose(self, condition: Flags, other: Cells) -> Cells:
        """This cell where ``condition``, the other's elsewhere. Dates and numbers only."""
        return Cells(
            np.where(condition, self.values, other.values),
            np.where(condition, self.blank, other.blank),
            np.where(condition, self.unknown, other.unknown),
        )


_OPS = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def column_cells(table: Table, frame: pd.DataFrame, column_id: str) -> Cells:
    """The cells of one column of a stored frame (docs/architecture.md, "A table at rest"), one a row."""
    column = table[column_id]
    series = frame[column_id]
    unknown = unknown_cells.flags(column_id, frame[UNKNOWN])
    missing = series.isna().to_numpy(dtype=bool)
    if column.kind is Kind.DATE:
        values: Any = series.to_numpy().astype("datetime64[D]")
    elif column.kind in _NUMBERS:
        values = series.to_numpy(dtype=np.float64, na_value=np.nan)
    elif isinstance(series.dtype, pd.CategoricalDtype):
        values = series.array
    else:
        values = np.where(missing, None, series.astype(object).to_numpy(dtype=object))  # type: ignore[call-overload]
    return Cells(values, missing & ~unknown, unknown)
