"""信息修改台账 of all terms, to be counted: a row that a later term repeats, alike in every cell, is one row.

Source: R303 of the catalogue; docs/reading-conditions.md, 1 (a cell that is not known may be alike).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from xueji_lib.register import schema
from xueji_lib.register.unknown_cells import UNKNOWN

PERHAPS_REPEATED: Final = "_perhaps_repeated"
_PUPIL: Final = ["school_id", "register_no", "field"]
_REQUIRED: Final = {"before", "after", "platform_date"}
_CELLS: Final = [column.id for column in schema.CHANGES.columns if column.id not in _PUPIL]


def distinct(changes: pd.DataFrame) -> pd.DataFrame:
    """The rows without those that a later term repeats (``_term`` tells the term). Column PERHAPS_REPEATED: the row is
    not known to be another one than a later term's."""
    keep, perhaps = np.ones(len(changes), dtype=bool), np.zeros(len(changes), dtype=bool)
    frame = changes.reset_index(drop=True)
    several = frame.groupby(_PUPIL, observed=True, dropna=False)["_term"].transform("nunique") > 1
    for _, rows in frame[several].groupby(
        _PUPIL, observed=True, dropna=False
    ):  # pupils with changes of one kind in two terms: few
        later: list[tuple[str, dict[str, Any], set[str]]] = []
        for at in rows.sort_values("_term", ascending=False).index:
            row: dict[str, Any] = rows.loc[at].to_dict()
            unknown = set(str(row[UNKNOWN]).split())
            alike = [_alike(row, unknown, other, open_) for term, other, open_ in later if term > row["_term"]]
            keep[at], perhaps[at] = True not in alike, None in alike
            later.append((row["_term"], row, unknown))
    return frame.assign(**{PERHAPS_REPEATED: perhaps})[keep].reset_index(drop=True)


def _alike(one: dict[str, Any], unknown: set[str], other: dict[str, Any], unknown_too: set[str]) -> bool | None:
    """Whether two rows are alike in every cell; None where that hangs on cells that are not known. A column that both
    files lack is none."""
    for column in _CELLS:
        a, b = one[column], other[column]
        if column not in unknown | unknown_too and not (a == b or (pd.isna(a) and pd.isna(b))):
            return False
    return None if (unknown ^ unknown_too | (unknown & _REQUIRED)) & {*_CELLS, *_PUPIL} else True
