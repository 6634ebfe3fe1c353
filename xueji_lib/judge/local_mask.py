"""Personal values in what a local rule shows: masked by whose they are, not only by how they look.

Source: the data contract, 4 (privacy).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pandas as pd

from xueji_lib.county.kleene import RowIndexes
from xueji_lib.county.rows import Rows, objects
from xueji_lib.register import identity
from xueji_lib.register.schema import TABLES, Private
from xueji_lib.rules.evidence_text import MASKS

PRIVATE: dict[str, Private] = {
    **{c.id: c.private for table in TABLES.values() for c in table if c.private is not None},
    "id_birth": Private.BIRTH,
}
"""Columns that hold something personal, by id; the same in all tables."""

_SUFFIX = re.compile(r"_[xy]$")
_SHORT = 3  # shorter contents (无, A) would tear holes into ordinary words


def private_of(column: object) -> Private | None:
    """What a frame's column holds that is personal; the suffixes that a merge gives do not hide it."""
    return PRIVATE.get(_SUFFIX.sub("", str(column)))


def evidence_texts(rows: Rows, row_indexes: RowIndexes, returned: pd.DataFrame, texts: Sequence[str]) -> list[str]:
    """Evidence, one text a hit, without the personal values of its record and of the row that the rule returned.

    ``row_indexes``: the record of each hit in ``rows``. A returned row may have been joined from several tables.
    """
    own = [column.id for column in rows.table if column.private is not None and rows.has(column.id)]
    own += ["id_birth"] if rows.has("id_birth") else []
    columns = [(PRIVATE[c], objects(rows.frame[c].take(row_indexes))) for c in own]
    joined = [(c, private) for c in returned.columns if (private := private_of(c)) is not None]
    columns += [(private, objects(returned[c])) for c, private in joined]
    return [_masked(text, [(kind, values[i]) for kind, values in columns]) for i, text in enumerate(texts)]


def _masked(text: str, values: list[tuple[Private, Any]]) -> str:
    # Longest first: an address may hold another one.
    for kind, value in sorted(values, key=lambda pair: -len(str(pair[1]))):
        if value is None or value is pd.NaT:
            continue
        if kind is Private.BIRTH:
            text = _without_birth(text, value)
        elif len(str(value)) >= _SHORT:
            text = text.replace(str(value), MASKS[kind](str(value)))
    return identity.mask_sentence(text)


def _without_birth(text: str, value: Any) -> str:
    """A birth date in any of its usual writings, and its month, become the year."""
    day = pd.Timestamp(value) if not isinstance(value, str) else pd.to_datetime(value, errors="coerce")
    if day is pd.NaT or str(day.year) not in text:
        return text
    rest = rf"[-/.月]?0?{day.day}(?!\d)日?(?:[ T]00:00:00)?"
    return re.sub(rf"(?<!\d){day.year}[-/.年]?0?{day.month}(?:{rest}|月?(?!\d))", f"{day.year}年", text)
