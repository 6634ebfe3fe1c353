"""What somebody typed, understood: a table, a day, several names in one text."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from xueji_lib.register import schema
from xueji_lib.support.errors import UsageError

__all__ = ["day_of", "listed", "table_named"]


def table_named(name: str) -> schema.Table:
    """The table with this id or Chinese name. Raises UsageError naming all of them."""
    table = schema.TABLES.get(name) or next((one for one in schema.TABLES.values() if one.header == name), None)
    if table is None:
        there = "、".join(f"{one.id}（{one.header}）" for one in schema.TABLES.values())
        raise UsageError(f"没有“{name}”这张表。有：{there}")
    return table


def listed(texts: Sequence[str] | str) -> list[str]:
    """Texts of a list, or of one text with ； or blanks between."""
    parts = re.split(r"[;；\s]+", texts) if isinstance(texts, str) else [str(part) for part in texts]
    return [part for part in parts if part]


def day_of(as_of: dt.date | str | None) -> dt.date | None:
    """The day; None where none, or a blank one, was asked for. Raises UsageError where the text is no date."""
    if not isinstance(as_of, str):
        return as_of
    try:
        return dt.date.fromisoformat(as_of) if as_of.strip() else None
    except ValueError:
        raise UsageError(f"“{as_of}”不是日期，应写成 2026-11-20 这样") from None
