"""Evidence as text: cells and facts of judged rows put into a sentence, what is personal masked.

Source: data contract 4 (privacy).
"""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from xueji_lib.county.cells import Cells
from xueji_lib.county.kleene import RowIndexes
from xueji_lib.county.rows import Rows
from xueji_lib.register import identity
from xueji_lib.register.schema import Private

Fact = Cells | npt.NDArray[Any] | Sequence[str] | Callable[[RowIndexes], Sequence[str]] | str
"""A value a judged row for the evidence text; a callable is asked for the hit rows only."""

UNKNOWN, BLANK = "（未知）", "（空白）"

MASKS: Final[Mapping[Private, Callable[[str], str]]] = {
    Private.ID: identity.mask_id,
    Private.PHONE: identity.mask_phone,
    Private.ADDRESS: identity.mask_address,
    Private.BIRTH: identity.mask_birth,
    Private.HIDDEN: lambda text: "（略）" if text else "",
}
"""How each kind of personal value is shown."""


def show(rows: Rows, column_id: str, row_indexes: RowIndexes) -> list[str]:
    """The cells of a column in these rows as text for evidence, personal values masked."""
    cells = rows[column_id].take(row_indexes)
    private = rows.table[column_id].private
    plain = texts(cells, np.arange(len(row_indexes)))
    if private is None:
        return plain
    return [MASKS[private](text) if known else text for text, known in zip(plain, cells.known, strict=True)]


def filled(
    template: str, who: Rows, row_indexes: RowIndexes, facts: Mapping[str, Fact], chosen: RowIndexes
) -> list[str]:
    """The template once a row. ``{name}`` is the fact of that name, for the judged rows ``chosen``, or else the column
    of that id, for the rows of ``who`` at ``row_indexes``."""
    names = {name for _, name, _, _ in string.Formatter().parse(template) if name}
    values = {
        name: texts(facts[name], chosen) if name in facts else show(who, name, row_indexes) for name in sorted(names)
    }
    if not values:
        return [template] * len(chosen)
    return [template.format(**dict(zip(values, row, strict=True))) for row in zip(*values.values(), strict=True)]


def texts(fact: Fact, chosen: RowIndexes) -> list[str]:
    """A fact of these judged rows as text, one a row."""
    if isinstance(fact, str):
        return [fact] * len(chosen)
    if callable(fact):
        return list(fact(chosen))
    if isinstance(fact, Cells):
        cells = fact.take(chosen)
        plain = (
            [_text(value) for value in pd.Series(cells.values).tolist()]
            if cells.values.dtype.kind != "M"
            else [str(value) for value in cells.values]
        )
        states = zip(plain, cells.unknown, cells.blank, strict=True)
        return [UNKNOWN if unknown else BLANK if blank else text for text, unknown, blank in states]
    return [_text(fact[row]) for row in chosen]


def joined_sources(named: Sequence[tuple[Rows, RowIndexes]]) -> list[str]:
    """Sources of several tables, joined row by row: one text for each row; a row index of -1 has no source."""
    columns = []
    for table, row_indexes in named:
        sources = table.sources(np.where(row_indexes < 0, 0, row_indexes)) if len(table) else [""] * len(row_indexes)
        columns.append([text if row_index >= 0 else "" for text, row_index in zip(sources, row_indexes, strict=True)])
    return [" | ".join(dict.fromkeys(filter(None, row))) for row in zip(*columns, strict=True)]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float | np.floating):
        return "" if np.isnan(value) else f"{value:g}"
    return str(value)
