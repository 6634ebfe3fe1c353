"""Headcount rows ↔ register rows by 核对编号, the key that the kit writes into its own headcount sheets.

A row whose name was written over with quite another one has kept the key of the pupil before: there the key says
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from xueji_lib.county.kleene import RowIndexes
from xueji_lib.county.registry import Registry
from xueji_lib.county.rows import Ints, KeyIndex, Keys, Rows, distinct_pairs, flagged
from xueji_lib.register import check_number


def schools_with_keys(headcount: pd.DataFrame | None) -> list[str]:
    """The schools whose headcount has a 核对编号 in any row."""
    if headcount is None or "check_no" not in headcount:
        return []
    return sorted(set(headcount.loc[headcount["check_no"].notna(), "school_id"].astype(object)))


def pairs(registry: Registry, headcount: Rows, keys: Mapping[str, bytes]) -> tuple[RowIndexes, RowIndexes]:
    """(headcount row, register row) of the same school and the same 核对编号; names that contradict are left out."""
    codes = np.zeros(len(headcount), dtype=np.int64)
    if keys and headcount.has("check_no"):
        rows = np.flatnonzero(headcount.frame["check_no"].notna().to_numpy())
        read = [check_number.read(text) for text in headcount.strings("check_no", rows)]
        codes[rows] = np.array(read, dtype=np.int64) + 1
    if not codes.any():
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    frame = registry.rows.frame
    asked = np.flatnonzero(frame["school_id"].astype(object).isin(list(keys)).to_numpy())
    register = frame.take(asked)
    left, right = KeyIndex(Keys(check_number.of_register(register, keys) + 1)).join(Keys(codes))
    rest = np.where(flagged(len(codes), left), 0, codes)
    if rest.any():
        places, others = check_number.by_each_number(register, keys)
        left2, of = KeyIndex(Keys(others + 1)).join(Keys(rest))
        left2, right2 = distinct_pairs(left2, places[of])
        left, right = np.append(left, left2), np.append(right, right2)
    right = asked[right]
    same = headcount.school[left] == registry.rows.school[right]
    return _of_one_name(registry, headcount, left[same], right[same])


def _of_one_name(registry: Registry, headcount: Rows, left: Ints, right: Ints) -> tuple[RowIndexes, RowIndexes]:
    names, own = headcount.strings("name", left), registry.rows.strings("name", right)
    fits = pd.isna(names) | pd.isna(own) | np.asarray(names == own, dtype=bool)
    others = np.flatnonzero(~fits)
    if len(others):
        from xueji_lib.register.names import similar  # pypinyin is slow to import and seldom needed

        fits[others] = similar(names[others], own[others])
    return left[fits], right[fits]
