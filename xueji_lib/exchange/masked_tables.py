"""A table at rest as an analyst may have it: typed as in the store, personal values masked, no key of a number."""

from __future__ import annotations

from typing import Final

import pandas as pd

from xueji_lib.register import labels
from xueji_lib.register.schema import Private, Table
from xueji_lib.rules.evidence_text import MASKS

__all__ = ["analyst_table"]

WHERE_FROM: Final = ("_file", "_sheet", "_row")
"""Columns that say where a row came from."""
UNKNOWN_CELLS: Final = "_unknown"
"""The column that names the row's unknown columns."""


def analyst_table(table: Table, rows: pd.DataFrame, *, unmasked: bool = False) -> pd.DataFrame:
    """The columns of ``table`` by ASCII id, then the unknown cells and where each row came from.

    ``rows``: as ``Store.read`` gives them. Private columns become text, masked, unless ``unmasked``; what may be shown
    nowhere at all is left out. What was parsed of a number (its key, its check digit) is left out always: from a key
    the number can be worked out.
    """
    kept = [column for column in table if unmasked or column.private is not Private.HIDDEN]
    whole = rows[[*(column.id for column in kept), UNKNOWN_CELLS, *WHERE_FROM]].copy()
    for column in kept:
        if column.private is not None and not unmasked:
            whole[column.id] = _masked(whole[column.id], column.private)
    return whole


def _masked(cells: pd.Series, private: Private) -> pd.Series:
    """The cells as masked text, missing where they are."""
    shown = {value: MASKS[private](labels.text(value)) for value in cells.dropna().unique()}
    return cells.map(shown).astype("str")
