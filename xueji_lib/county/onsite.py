"""The headcount as it stands after inspectors called the roll and schools added their word.

A class whose roll was called on a day counts as that day's roll says, unless the school counted it again later. A
school's later explanation fills 学校说明 (and 整改措施) where its headcount left them blank or lacks the column.
Source: notice 二(一) 学校要逐一作出说明; docs/reading-conditions.md (R711: 校长在页面补填的说明算有).
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from xueji_lib.register import schema
from xueji_lib.store import Store, empty
from xueji_lib.store.at_rest import from_records

CLASS: Final = ["school_id", "grade", "class_no"]
_FILLED: Final = ("school_note", "measure")


def seen_on_site(
    headcount: pd.DataFrame | None, store: Store, term: str, only: Collection[str] | None = None
) -> pd.DataFrame | None:
    """The term's headcount with roll-calls and explanations put in (``only``: these schools'); None where there is
    none of all three."""
    if store.has(term, "rollcalls"):
        before = empty(schema.HEADCOUNT) if headcount is None else headcount
        headcount = with_rollcalls(before, store.read(term, "rollcalls", schools=only))
    if headcount is not None and store.has(term, "explanations"):
        headcount = with_explanations(headcount, store.read(term, "explanations", schools=only))
    return headcount


def keep(
    store: Store, term: str, table: schema.Table, records: Sequence[Mapping[str, Any]], name: str, at: str
) -> None:
    """Make these records the table of their schools; the same ones again change nothing. ``name``: what a finding's
    sources call them. ``at``: ISO text. Raises StoreError."""
    frame = from_records(table, records, name, term)
    store.commit(term, {table.id: frame}, store.rejected(term).iloc[:0], {"time": at, "files": [name]})


def with_rollcalls(headcount: pd.DataFrame, rolls: pd.DataFrame) -> pd.DataFrame:
    """Per class the later of the two: the roll, or the school's count made after it. Frames at rest."""
    if rolls.empty:
        return headcount
    rolls = rolls[rolls["check_date"] == rolls.groupby(_text(rolls), sort=False)["check_date"].transform("max")]
    called = rolls.groupby(_text(rolls))["check_date"].max()
    counted = headcount["check_date"].groupby(_text(headcount), sort=False).transform("max")
    rolled = _text(headcount).map(called)
    overruled = rolled.notna() & ~(counted > rolled)
    kept = headcount[~overruled]
    again = set(_text(kept)[rolled[~overruled].notna()])
    standing = rolls[~_text(rolls).isin(again)]
    return _joined(kept, standing)


def with_explanations(headcount: pd.DataFrame, explained: pd.DataFrame) -> pd.DataFrame:
    """Blank or unknown 学校说明 and 整改措施 of a student's rows, filled with what the school wrote later."""
    said = dict(zip(_people(explained), explained.index, strict=True))
    at = [said.get(key, -1) for key in _people(headcount)]
    found = np.array(at, dtype=np.int64) >= 0
    if not found.any():
        return headcount
    result = headcount.copy()
    bits = result["_u0"].to_numpy(dtype=np.uint64, copy=True)
    for column in _FILLED:
        bit = np.uint64(1) << np.uint64(schema.HEADCOUNT.ordinal(column))
        words = explained[column].reindex(at).to_numpy(dtype=object)
        fill = found & result[column].isna().to_numpy() & pd.notna(words)
        result[column] = np.where(fill, words, result[column].to_numpy(dtype=object))
        result[column] = result[column].astype(headcount[column].dtype)
        bits[fill] &= ~bit
    return result.assign(_u0=bits)


def _people(frame: pd.DataFrame) -> list[Hashable]:
    """Who a row is about within its school: by number, else by name and class."""
    columns = ["school_id", "id_key", "register_key", "name", "grade", "class_no"]
    keys: list[Hashable] = []
    for school, number, register_no, name, *place in frame[columns].itertuples(index=False):
        if number or register_no:
            keys.append((school, "id", number) if number else (school, "no", register_no))
        else:
            keys.append((school, name, *(0 if pd.isna(part) else int(part) for part in place)))
    return keys


def _text(frame: pd.DataFrame) -> pd.Series[str]:
    """A class as one text; a grade or number that is not known is nobody's class."""
    school, grade, number = (frame[column].astype(object).to_numpy() for column in CLASS)
    places = enumerate(zip(school, grade, number, strict=True))
    texts = [f"{s}/{int(g)}/{int(n)}" if pd.notna(g) and pd.notna(n) else f"?{i}" for i, (s, g, n) in places]
    return pd.Series(texts, index=frame.index, dtype="str")


def _joined(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Two frames at rest as one, categories united."""
    labels = [c for c in first if isinstance(first[c].dtype, pd.CategoricalDtype)]
    plain = [frame.astype(dict.fromkeys(labels, object)) for frame in (first, second)]
    return pd.concat(plain, ignore_index=True).astype(dict.fromkeys(labels, pd.CategoricalDtype()))
