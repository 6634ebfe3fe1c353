"""Who of a register has departed, and what its pupils were called before.

Source: docs/reading-conditions.md, 5 and 6.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from xueji_lib.county.kleene import yes
from xueji_lib.county.pupil_names import Old
from xueji_lib.county.registry import Registry
from xueji_lib.county.rows import Rows
from xueji_lib.register.identity import clean_names
from xueji_lib.register.vocabulary import DEPARTED, ChangedField


def split(register: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A register at rest in two: who is or may be 在籍, and who has surely departed."""
    if "status" not in register:
        return register, register.iloc[:0]
    gone = register["status"].isin([status.value for status in DEPARTED]).to_numpy(dtype=bool)
    if not gone.any():
        return register, register.iloc[:0]
    return register[~gone].reset_index(drop=True), register[gone].reset_index(drop=True)


def old_names(changes: Rows, registry: Registry) -> Old:
    """Names that pupils had before an approved change of their 姓名, as their school's ledgers say."""
    renamed = (
        yes(changes["field"].eq(ChangedField.NAME) & changes["approve_date"].has_value()) & changes["before"].known
    )
    at = np.flatnonzero(renamed)
    if not len(at):
        return at, np.zeros(0, dtype=object)
    some = Rows(changes.table, changes.frame.iloc[at].reset_index(drop=True), changes.school_ids)
    link = Registry(registry.rows).link(some)  # by number, or by the names that the register itself has
    left, right = link.left, link.right
    texts = pa.array([str(name) for name in some.strings("before", left)], pa.string())
    names = np.array(clean_names(texts).to_pylist(), dtype=object)
    named = names != ""
    return right[named], names[named]
