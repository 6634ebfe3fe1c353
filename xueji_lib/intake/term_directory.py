"""The school directory of a term: what an inbox brings, and what is carried over from the one before."""

from __future__ import annotations

import pandas as pd

from xueji_lib.register import schema
from xueji_lib.store import Store, empty
from xueji_lib.support.errors import StoreError


def known(store: Store, term_id: str, *, required: bool) -> tuple[pd.DataFrame, str]:
    """The directory that is in the store, and what the user should know about it. A damaged one does not stop an inbox
    that brings its own: that is how it is mended. Raises StoreError where it is ``required``."""
    try:
        return store.directory(term_id, raw=True), ""
    except StoreError:
        if required:
            raise
        return empty(schema.SCHOOLS), "数据仓里原有的学校名录已损坏，这次只按收件夹里的学校名录认学校"


def united(new: pd.DataFrame, old: pd.DataFrame) -> pd.DataFrame:
    """The rows of this inbox, and those of the store for schools it does not name."""
    rest = old[~old["school_id"].astype(object).isin(set(new["school_id"].astype(object)))]
    return pd.concat([new.astype(object), rest.astype(object)], ignore_index=True)


def whole(new: pd.DataFrame | None, before: pd.DataFrame, has_own: bool) -> tuple[pd.DataFrame, str]:
    """What is stored as the term's directory, and what the user should know about it.

    A term without a directory of its own uses the nearest term's. The first, partial, directory of the term (a
    corrected line or two) must not make the other schools vanish: they are carried over.
    """
    if new is None:
        return empty(schema.SCHOOLS), ""
    ids = set(new["school_id"].astype(object))
    others = before[~before["school_id"].astype(object).isin(ids)]
    if has_own or others.empty or new.empty:
        return new, ""
    if len(others) <= len(before) // 2:
        return new, f"上一份学校名录里的 {len(others)} 所学校不在这次的学校名录里，本学期不再检查它们"
    both = pd.concat([new.astype(object), others.astype(object)], ignore_index=True).astype(
        {c: t for c, t in empty(schema.SCHOOLS).dtypes.items() if str(t) != "category"}
    )
    for column, kind in empty(schema.SCHOOLS).dtypes.items():
        if str(kind) == "category":
            both[column] = both[column].astype("category")
    return both, f"这次的学校名录只有 {len(new)} 所学校，其余 {len(others)} 所沿用上一份学校名录"
