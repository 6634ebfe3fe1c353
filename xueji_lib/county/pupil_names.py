"""The names of the pupils on a register: 姓名, 曾用名, and 修改前 of an approved change of 姓名.

Source: docs/reading-conditions.md, 6. Only known names count.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from xueji_lib.county.kleene import RowIndexes
from xueji_lib.county.rows import Ints, Rows, distinct_pairs

Old = tuple[RowIndexes, npt.NDArray[np.object_]]
"""Register rows, and a name that each of them had before."""


class PupilNames:
    """Names as integers (*codes*), and who bears them: ``rows`` and ``codes``, a pair at each position; no pair stands
    twice. ``old``: names beside those that the rows themselves hold."""

    def __init__(self, register: Rows, old: Old | None = None) -> None:
        self._old = old
        self._register = register

    @cached_property
    def _own(self) -> tuple[Ints, Any]:
        codes, distinct = pd.factorize(self._register.strings("name"))
        return codes.astype(np.int64), pd.Index(distinct, dtype=object)

    @property
    def own(self) -> Ints:
        """The code of each row's 姓名; -1 where there is none."""
        return self._own[0]

    @cached_property
    def _more(self) -> Old:
        """Rows and names beside 姓名."""
        rows, names = [], []
        if self._register.has("former_name"):
            former = self._register.strings("former_name")
            at = np.flatnonzero(pd.notna(former))
            rows.append(at)
            names.append(former[at])
        if self._old is not None and len(self._old[0]):
            rows.append(self._old[0])
            names.append(self._old[1])
        if not rows:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=object)
        return np.concatenate(rows).astype(np.int64), np.concatenate(names)

    @cached_property
    def _index(self) -> Any:
        own = self._own[1]
        more = pd.Index(pd.unique(self._more[1]), dtype=object)
        return own.append(more.difference(own, sort=False))

    @cached_property
    def _pairs(self) -> tuple[RowIndexes, Ints]:
        named = np.flatnonzero(self.own >= 0)
        rows, names = self._more
        if not len(rows):
            return named, self.own[named]
        codes = np.asarray(self._index.get_indexer(pd.Index(names, dtype=object)), dtype=np.int64)
        other = codes != self.own[rows]
        rows, codes = distinct_pairs(rows[other], codes[other])
        return np.append(named, rows), np.append(self.own[named], codes)

    @property
    def rows(self) -> RowIndexes:
        """The register rows of the pairs."""
        return self._pairs[0]

    @property
    def codes(self) -> Ints:
        """The name codes of the pairs."""
        return self._pairs[1]

    @property
    def room(self) -> int:
        """A number above every code plus one, to make one key of a place and a name."""
        return len(self._index) + 1

    def of(self, rows: Rows, at: RowIndexes) -> Ints:
        """An integer for each of these rows: the code of its 姓名; -1 for a name that nobody on the register bears."""
        return self.codes_of(rows.strings("name", at))

    def codes_of(self, names: npt.NDArray[np.object_]) -> Ints:
        """An integer for each of these names (None: none); -1 for one that nobody on the register bears."""
        return np.asarray(self._index.get_indexer(pd.Index(names, dtype=object)), dtype=np.int64)

    @property
    def texts(self) -> Old:
        """Every name of every pupil: register rows and names, a pair at each position."""
        return self.rows, self._index.to_numpy(dtype=object)[self.codes]
