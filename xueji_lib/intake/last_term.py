"""Last term's register handed in as this term's: noticed where a school year begins, and held out (D14).

A year later every child is a grade higher. A list whose children are nearly all on last term's register, in the very
grade they were in then, is that register: taken in, it would make repeaters of all and leavers of none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from xueji_lib.intake.inbox import masked_name
from xueji_lib.intake.raw_sheet import RawSheet
from xueji_lib.intake.report import Problem
from xueji_lib.intake.table import Built
from xueji_lib.intake.twice import CODE, without
from xueji_lib.intake.work import Setting, Trouble
from xueji_lib.store import Store
from xueji_lib.support.errors import StoreError

_SAME: Final = 0.9
"""Of a list's pupils: in the grade in which they were on last term's register."""
_FEWEST: Final = 3
_MANY: Final = 10
"""Pupils of a list that is judged by itself; a shorter one must hold half of last term's register."""
_SPECIAL: Final = "特殊教育学校"
"""Where grades need not rise."""


def held_out(built: Built, sheets: Sequence[RawSheet], setting: Setting, store: Store, before: str) -> Built:
    """The register without the lists that are last term's. ``before``: the id of that term."""
    last = _last(store, before)
    if last is None:
        return built
    frame = built.frame[["school_id", "id_key", "register_key", "grade"]].copy()
    frame["school_id"] = frame["school_id"].astype(str)
    frame["sheet"] = built.sheet_of_row
    frame["key"] = np.where(frame["id_key"] != 0, frame["id_key"], frame["register_key"])
    known = frame[(frame["key"] != 0) & frame["grade"].notna()]
    known = known.merge(last, on=["school_id", "key"], how="left")
    known["same"] = known["grade"].astype("float64") == known["last_grade"].astype("float64")
    counts = known.groupby(["school_id", "sheet"])["same"].agg(["sum", "size"]).reset_index()
    sizes = last.groupby("school_id").size()
    kinds = dict(zip(setting.directory.ids, setting.directory.kinds, strict=True))
    gone = np.zeros(len(frame), dtype=bool)
    troubles: list[Trouble] = []
    for school, sheet, same, size in counts.itertuples(index=False):
        is_long = size >= _MANY or (size >= _FEWEST and 2 * same >= sizes.get(school, 0))
        if kinds.get(school) == _SPECIAL or not is_long or same < _SAME * size:
            continue
        rows = ((frame["school_id"] == school) & (frame["sheet"] == sheet)).to_numpy()
        gone |= rows
        raw = sheets[int(sheet)]
        message = (
            f"这是上学期（{before}）的名册：{size} 名学生里有 {same} 名还在上学期的年级，"
            f"没有升级，{int(rows.sum())} 行没有收。请从平台重新导出本学期的名册"
        )
        problem = Problem(setting.shown[raw.file], masked_name(raw.sheet), 0, "", CODE, message)
        troubles.append(Trouble((0, -1, len(troubles)), int(sheet), problem))
    return without(built, gone, CODE, troubles)


def _last(store: Store, term: str) -> pd.DataFrame | None:
    """school_id, key, last_grade of last term's register; None where there is none that can be read."""
    try:
        if not store.has(term, "register"):
            return None
        columns = ["school_id", "id_key", "register_key", "grade"]
        frame = store.columns(term, "register", columns).to_pandas()
    except StoreError:
        return None  # whoever looks at that term says so
    frame["key"] = np.where(frame["id_key"] != 0, frame["id_key"], frame["register_key"])
    frame = frame[(frame["key"] != 0) & frame["grade"].notna()].astype({"school_id": str})
    frame = frame.rename(columns={"grade": "last_grade"})[["school_id", "key", "last_grade"]]
    once: pd.DataFrame = frame.drop_duplicates(["school_id", "key"])
    return once
