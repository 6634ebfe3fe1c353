"""The pupils of several registers, by school and 姓名: who could be taken for whom where numbers are masked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from xueji_lib.county.kleene import Flags
from xueji_lib.county.rows import Ints, KeyIndex, Keys, Rows, name_key, own_person


class PupilsByName:
    """The rows of these registers that have a name and a number."""

    def __init__(self, registers: Sequence[Rows]) -> None:
        self._registers = registers
        self._start = np.cumsum([0, *(len(rows) for rows in registers)])
        codes, names = pd.factorize(np.concatenate([rows.strings("name") for rows in registers]))
        self._names = pd.Index(names, dtype=object)
        self._keys = self._key(np.concatenate([rows.school for rows in registers]), codes)
        number = np.concatenate([own_person(rows) for rows in registers])
        has_number = np.concatenate([(rows.key("id_key") != 0) | (rows.key("register_key") != 0) for rows in registers])
        self._keys[~has_number] = 0
        self._index = KeyIndex(self._keys)
        order = np.lexsort((number, self._keys))
        keys, number = self._keys[order], number[order]
        several = (keys[1:] == keys[:-1]) & (number[1:] != number[:-1])
        self._several = np.unique(keys[1:][several])

    def _key(self, school: Ints, codes: Ints) -> Keys:
        return name_key(school, codes, len(self._names) + 1)

    def keys(self, school: Ints, names: Sequence[str]) -> Keys:
        """An integer for each school and name, 0 where no register has them."""
        return self._key(school, self._names.get_indexer(pd.Index(np.array(names, dtype=object))))

    def several(self, keys: Keys) -> Flags:
        """For each of ``keys``: pupils with different numbers have it."""
        return np.isin(keys, self._several)

    def numbers(self, keys: Keys) -> list[tuple[int, str]]:
        """Positions in ``keys``, and the number of each pupil who has that key: 身份证件号, else 全国学籍号."""
        left, right = self._index.join(keys)
        holders: list[tuple[int, str]] = []
        for rows, start, end in zip(self._registers, self._start[:-1], self._start[1:], strict=True):
            here = (right >= start) & (right < end)
            if not here.any():
                continue
            at = right[here] - start
            own = zip(rows.strings("id_number", at), rows.strings("register_no", at), strict=True)
            numbers = (id_number or register_no for id_number, register_no in own)
            holders.extend((i, number) for i, number in zip(left[here].tolist(), numbers, strict=True) if number)
        return holders
