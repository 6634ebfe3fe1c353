"""Three-valued cells: known, blank, unknown.

*Unknown*: the file has no such column, or intake rejected the cell. *Blank*: the column is there and the
cell was left empty. A comparison is true or false for a known cell and unknown for an unknown one; for a
blank one it is unknown too, unless the condition gives the blank a meaning of its own (``blank=``).
Results are ``Truth`` arrays, whose ``& | ~`` follow Kleene's logic: unknown survives only where the
missing value could change the answer. Source: docs/reading-conditions.md, 1 and 2.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from xueji_lib.register.schema import Kind, Table

Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]

_NUMBERS = {Kind.MONTH, Kind.GRADE, Kind.CLASS, Kind.COUNT}


class Truth:
    """Kleene's three-valued logic over an array: ``yes``, ``unknown``, and no for the rest."""

    __slots__ = ("unknown", "yes")

    def __init__(self, yes: Flags, unknown: Flags) -> None:
        self.yes = yes
        self.unknown = unknown

    def __len__(self) -> int:
        return len(self.yes)

    def __and__(self, other: Truth) -> Truth:
        yes = self.yes & other.yes
        return Truth(yes, (self.yes | self.unknown) & (other.yes | other.unknown) & ~yes)

    def __or__(self, other: Truth) -> Truth:
        yes = self.yes | other.yes
        return Truth(yes, (self.unknown | other.unknown) & ~yes)

    def __invert__(self) -> Truth:
        return Truth(~(self.yes | self.unknown), self.unknown)

    def __getitem__(self, where: Any) -> Truth:
        return Truth(self.yes[where], self.unknown[where])

    def doubted(self, doubt: Flags) -> Truth:
        """The same, but a yes becomes unknown where there is ``doubt``."""
        return Truth(self.yes & ~doubt, self.unknown | (self.yes & doubt))


def truth(yes: Any, unknown: Any = None) -> Truth:
    """``yes`` where known, unknown where ``unknown`` (which wins)."""
    values = np.asarray(yes, dtype=bool)
    if unknown is None:
        return Truth(values, np.zeros(len(values), dtype=bool))
    mask = np.asarray(unknown, dtype=bool)
    return Truth(values & ~mask, mask)


def yes(t: Truth) -> Flags:
    """Where it is certainly true."""
    return t.yes


def maybe(t: Truth) -> Flags:
    """Where it cannot be decided."""
    return t.unknown


def not_no(t: Truth) -> Flags:
    """Where it is true or cannot be decided."""
    return t.yes | t.unknown


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
        return truth(self.blank, self.unknown)

    def has_value(self) -> Truth:
        return truth(~self.blank, self.unknown)

    def eq(self, value: Any, blank: bool | None = None) -> Truth:
        return self._answer(self.values == value, blank)

    def ne(self, value: Any, blank: bool | None = None) -> Truth:
        return self._answer(self.values != value, blank)

    def isin(self, values: Collection[Any], blank: bool | None = None) -> Truth:
        return self._answer(pd.Series(self.values).isin(list(values)), blank)

    def compare(self, op: str, other: Cells | Any, blank: bool | None = None) -> Truth:
        """``op`` is one of < <= > >=. ``blank`` is the answer where a side is blank (unknown if None)."""
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
        return self.compare("<", other, blank)

    def le(self, other: Cells | Any, blank: bool | None = None) -> Truth:
        return self.compare("<=", other, blank)

    def gt(self, other: Cells | Any, blank: bool | None = None) -> Truth:
        return self.compare(">", other, blank)

    def ge(self, other: Cells | Any, blank: bool | None = None) -> Truth:
        return self.compare(">=", other, blank)

    def take(self, places: Places) -> Cells:
        """These rows; a place of -1 gives an unknown cell."""
        absent = places < 0
        safe = np.where(absent, 0, places)
        if len(self) == 0:
            return Cells(
                np.full(len(places), None, dtype=object), np.zeros(len(places), bool), np.ones(len(places), bool)
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
    """Read one column of a stored frame (docs/architecture.md, "A table at rest")."""
    column = table[column_id]
    series = frame[column_id]
    word, bit = divmod(table.ordinal(column_id), 64)
    mask = frame[f"_u{word}"].to_numpy(dtype=np.uint64)
    unknown = (mask >> np.uint64(bit)) & np.uint64(1) == 1
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
