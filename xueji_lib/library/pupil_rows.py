"""All rows about one pupil, by number: whatever table and term they are in."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa

from xueji_lib.exchange.masked_tables import analyst_table
from xueji_lib.register import schema
from xueji_lib.register.identity import NUMBER_KEYS, clean_numbers, keys
from xueji_lib.store import Store
from xueji_lib.support.errors import UsageError

__all__ = ["rows_of_number"]


def rows_of_number(store: Store, number: str) -> dict[tuple[str, str], pd.DataFrame]:
    """(term, table id) → the rows with this number, masked. Raises UsageError for a blank one."""
    if not number.strip():
        raise UsageError("请写身份证件号或全国学籍号，整个号码")
    key = int(keys(clean_numbers(pa.array([number])))[0])
    about: dict[tuple[str, str], pd.DataFrame] = {}
    for term in store.terms():
        for table in schema.TABLES.values():
            rows = store.read(term, table.id)
            same = pd.Series(False, index=rows.index)
            for kind in NUMBER_KEYS:
                same |= rows[kind] == key if kind in rows else False
            if same.any():
                about[term, table.id] = analyst_table(table, rows[same]).reset_index(drop=True)
    return about
