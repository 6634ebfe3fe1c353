"""Which rows of two frames of one table are about the same: the same pupil, or the same in some columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from xueji_lib.register.identity import NUMBER_KEYS

Flags = npt.NDArray[np.bool_]
Marks = npt.NDArray[np.uint64]

_FACTOR: Final = np.uint64(0x9E3779B97F4A7C15)  # odd: no two values become one


def marks(frame: pd.DataFrame, columns: Sequence[str]) -> Marks:
    """A 64-bit number a row, equal where these columns are."""
    total = np.zeros(len(frame), dtype=np.uint64)
    for name in columns:
        total = total * _FACTOR + _of_column(frame[name])
    return total


def named(old: pd.DataFrame, new: pd.DataFrame, *, by_class: bool) -> Flags:
    """Per old row: the new rows have this pupil (of this school, where rows have one): by a number of either kind;
    where one of the two sides has no number, by name (``by_class``: within the class)."""
    school = [name for name in ("school_id",) if name in old]
    kinds = [name for name in NUMBER_KEYS if name in old]
    again = np.zeros(len(old), dtype=bool)
    numberless = [np.ones(len(frame), dtype=bool) for frame in (old, new)]
    for kind in kinds:
        there = [frame[kind].to_numpy() != 0 for frame in (old, new)]
        again |= there[0] & np.isin(marks(old, [*school, kind]), marks(new, [*school, kind])[there[1]])
        numberless = [flags & ~some for flags, some in zip(numberless, there, strict=True)]
    place = [name for name in ("grade", "class_no") if by_class and name in old]
    names = [marks(frame, [*school, "name", *place]) for frame in (old, new)]
    again |= numberless[0] & np.isin(names[0], names[1])
    again |= np.isin(names[0], names[1][numberless[1]])
    return again


def surplus(old: Marks, new: Marks, *, known_only: bool = False) -> Flags:
    """Per old row: one too many of its kind, counted from the first. ``known_only``: a kind that no new row has is
    none too many."""
    of_old, of_new = pd.Series(old), pd.Series(new)
    available = of_old.map(of_new.value_counts()).fillna(np.inf if known_only else 0)
    too_many: Flags = (of_old.groupby(of_old).cumcount() >= available).to_numpy(dtype=bool)
    return too_many


def _of_column(column: pd.Series[Any]) -> Marks:
    if isinstance(column.dtype, pd.CategoricalDtype):
        categories = pd.util.hash_array(column.cat.categories.astype(object).to_numpy())
        of_category: Marks = np.append(categories, np.uint64(0))[column.cat.codes.to_numpy()]
        return of_category
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column.fillna(-1).to_numpy(dtype=np.int64).view(np.uint64)
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return column.to_numpy(dtype="datetime64[s]").astype(np.int64).view(np.uint64)
    texts: Marks = pd.util.hash_array(column.astype(object).where(column.notna(), "").to_numpy(dtype=object))
    return texts
