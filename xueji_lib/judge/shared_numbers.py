"""Schools that have to do with one another because rows of theirs hold the same number (``Across.NUMBERS``)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from xueji_lib.judge.change import DataChange
from xueji_lib.judge.store_columns import StoreColumns
from xueji_lib.register.identity import NUMBER_KEYS, clean_name

Numbers: TypeAlias = dict[str, npt.NDArray[np.int64]]
"""Keys of numbers by kind, each once, without 0."""

_PERSON: Final = ("name", "grade", "class_no")
_OLD_NAMES: Final = ("former_name", "before")
_NAMES: Final = ("name", *_OLD_NAMES)


class SharedNumbers:
    """身份证件号 and 全国学籍号 in all tables that name students."""

    def __init__(self, store: StoreColumns) -> None:
        self._store = store

    def around(self, schools: Collection[str]) -> set[str]:
        keys = []
        for term, table in self._store.of_students():
            rows = self._store.read(term, table, *NUMBER_KEYS)
            keys.append(rows[rows["school_id"].isin(schools)])
        return self._with(_numbers(keys))

    def touched(self, change: DataChange) -> set[str]:
        linked = []
        for school in sorted(change.schools):
            people = [
                _people(rows.frame, rows.changed)
                for term, table in self._store.of_students()
                for rows in change.rows(self._store, term, table, school)
            ]
            if people:
                linked.append(_linked_otherwise(pd.concat(people, ignore_index=True)))
        return self._with(_numbers(linked))

    def _with(self, numbers: Numbers) -> set[str]:
        """Schools that have a row with one of these numbers, or with a number that stands beside one of them in some
        row (R305 looks for the number a student had before), and so on."""
        schools: set[str] = set()
        searched: Numbers = {kind: np.zeros(0, dtype=np.int64) for kind in NUMBER_KEYS}
        while any(len(numbers[kind]) for kind in NUMBER_KEYS):
            beside = []
            for term, table in self._store.of_students():
                rows = self._store.read(term, table, *NUMBER_KEYS)
                hit = np.zeros(len(rows), dtype=bool)
                for kind in NUMBER_KEYS:
                    if kind in rows:
                        hit |= rows[kind].isin(numbers[kind]).to_numpy()
                schools |= set(rows.loc[hit, "school_id"].unique())
                beside.append(rows[hit])
            searched = {kind: np.union1d(searched[kind], numbers[kind]) for kind in NUMBER_KEYS}
            numbers = {kind: np.setdiff1d(keys, searched[kind]) for kind, keys in _numbers(beside).items()}
        return schools


def _numbers(frames: list[pd.DataFrame]) -> Numbers:
    keys = {kind: [frame[kind].to_numpy(dtype=np.int64) for frame in frames if kind in frame] for kind in NUMBER_KEYS}
    return {kind: np.setdiff1d(np.concatenate([np.zeros(1, np.int64), *some]), [0]) for kind, some in keys.items()}


def _people(rows: pd.DataFrame, changed: npt.NDArray[np.bool_]) -> pd.DataFrame:
    """Whom rows of any table speak of: their numbers (0 for none), name and class, and whether they changed."""
    frame = pd.DataFrame({"changed": changed})
    for kind in NUMBER_KEYS:
        frame[kind] = rows[kind].to_numpy(dtype=np.int64) if kind in rows else 0
    for column in _PERSON:
        frame[column] = rows[column].to_numpy(dtype=object) if column in rows else None
    for column in _OLD_NAMES:
        old = rows[column].to_numpy(dtype=object) if column in rows else None
        frame[column] = old if column != "before" else _cleaned(old, len(frame))
    return frame


def _cleaned(texts: npt.NDArray[np.object_] | None, n: int) -> npt.NDArray[np.object_]:
    """修改前 as a name; what is no name is nobody's."""
    cleaned = [clean_name(text) if isinstance(text, str) else None for text in ([None] * n if texts is None else texts)]
    return np.array(cleaned, dtype=object)


def _linked_otherwise(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of one school that changed, or whose links a changed row may change: a number frees or takes a name, and
    so on; then, suspected pairs being sought last and in a class, the classes of all these."""
    near = rows["changed"].to_numpy(dtype=bool)
    known = {column: rows[column].notna().to_numpy() for column in _PERSON}
    while True:
        names = {name for column in _NAMES for name in rows.loc[near, column] if isinstance(name, str)}
        more = near.copy()
        for column in _NAMES:
            more |= rows[column].isin(names).to_numpy()
        for kind in NUMBER_KEYS:
            keys = rows[kind]
            more |= (keys != 0).to_numpy() & keys.isin(keys[near]).to_numpy()
        if (more == near).all():
            break
        near = more
    classed = known["grade"] & known["class_no"]
    classes = pd.MultiIndex.from_frame(rows[["grade", "class_no"]])
    return rows[near | (classed & classes.isin(classes[near & classed]))]
