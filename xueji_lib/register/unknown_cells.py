"""Which cells of a row are unknown: the ids of their columns in one text, in the order of the ids.

A table at rest has these texts in its column ``_unknown`` (docs/architecture.md). Many rows share one text, so it is a
category; a row without a text is an error, never a row whose cells are all known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

Flags = npt.NDArray[np.bool_]

UNKNOWN: Final = "_unknown"
ALL_KNOWN: Final = ""
_WORD: Final = 64


def text_of(columns: Iterable[str]) -> str:
    """The text that names these columns."""
    return " ".join(sorted(set(columns)))


@lru_cache(4096)
def columns_of(text: str) -> frozenset[str]:
    """The columns that a text names."""
    return frozenset(text.split())


def texts(flags: Mapping[str, Flags], rows: int) -> pd.Categorical:
    """A text a row, from a flag a column: the cell is unknown."""
    columns = sorted(column for column, unknown in flags.items() if unknown.any())
    codes = np.zeros(rows, dtype=np.int64)
    for start in range(0, len(columns), _WORD):
        word = np.zeros(rows, dtype=np.uint64)
        for bit, column in enumerate(columns[start : start + _WORD]):
            word |= flags[column].astype(np.uint64) << np.uint64(bit)
        of_word, words = pd.factorize(word)
        codes, _ = pd.factorize(codes * max(len(words), 1) + of_word)
    _, examples = np.unique(codes, return_index=True)
    named = [text_of(column for column in columns if flags[column][row]) for row in examples]
    return pd.Categorical.from_codes(codes, categories=pd.Index(named, dtype="str"))


def flags(column: str, of_rows: pd.Series[Any]) -> Flags:
    """A flag a row: the column's cell is unknown. ``of_rows``: the texts. Raises ValueError for a row without one."""
    held = _categorical(of_rows)
    named = np.array([column in columns_of(text) for text in held.categories], dtype=bool)
    return named[held.codes] if len(named) else np.zeros(len(held), dtype=bool)


def without(columns: Collection[str], where: Flags, of_rows: pd.Series[Any]) -> pd.Categorical:
    """The texts, where the cells of these columns are not unknown any more in some rows."""
    held = _categorical(of_rows)
    fewer = [text_of(columns_of(text) - set(columns)) for text in held.categories]
    known = np.array([*held.categories, *fewer], dtype=object)
    return pd.Categorical(known[held.codes + np.where(where, len(held.categories), 0)])


def _categorical(of_rows: pd.Series[Any]) -> pd.Categorical:
    values = of_rows.array
    held = values if isinstance(values, pd.Categorical) else pd.Categorical(of_rows)
    if (held.codes < 0).any():
        raise ValueError("a row does not say what of it is unknown")
    return held
