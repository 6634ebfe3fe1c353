"""A stored county once more, with part of its headcount handed in by teaching points: each school has one, whose
中心校 it is, so that what was asked of one school is asked of two that are one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from tests.rules.judged_alone import Stored, stored
from xueji_lib.county import County
from xueji_lib.store import Store

_NOTE = {"time": "2026-11-20T09:00:00", "files": []}


def at_points(county: Stored, root: Path, half: int) -> Stored:
    """``half``: whether the first, third … rows of the headcount move, or the second, fourth …"""
    store, moved = county.part.store, Store(root)
    for term in store.terms():
        tables = {table: store.read(term, table) for table in store.tables(term) if table != "schools"}
        directory = store.read(term, "schools")
        if "headcount" in tables and term == county.part.yardstick.term.id:
            tables["headcount"] = _elsewhere(tables["headcount"], half)
        moved.commit(term, {"schools": _with_points(directory), **tables}, store.rejected(term), _NOTE)
    return stored(County.load(moved, county.part.yardstick), moved)


def _point(ids: pd.Series) -> pd.Series:
    """学校标识码 of the teaching points of these schools."""
    texts = ids.astype("str")
    return texts.str[:3] + "9" + texts.str[4:]


def _elsewhere(rows: pd.DataFrame, half: int) -> pd.DataFrame:
    ids = rows["school_id"].astype("str")
    move = np.arange(len(rows)) % 2 == half
    return rows.assign(school_id=ids.where(~move, _point(ids)).astype("category"))


def _with_points(directory: pd.DataFrame) -> pd.DataFrame:
    ids = directory["school_id"].astype("str")
    points = directory.assign(
        school_id=_point(ids), school_name=directory["school_name"].astype("str") + "教学点", central_school=ids
    )
    kinds = {column: "str" for column, kind in directory.dtypes.items() if kind == "category"}
    whole = pd.concat([directory.astype(kinds), points.astype(kinds)], ignore_index=True)
    unknown = whole["_unknown"].str.split().map(lambda names: " ".join(n for n in names if n != "central_school"))
    whole["_unknown"] = unknown.astype("str")
    return whole.astype(dict.fromkeys(kinds, "category"))
