"""What of a store's tables an intake would take away by name, and which required cells it leaves blank.

Both look at the tables before (the store) and after (its shadow with the inbox taken in); nothing is judged here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from xueji_lib.register import labels, schema
from xueji_lib.register.identity import NUMBER_KEYS
from xueji_lib.register.schema import Kind
from xueji_lib.register.unknown_cells import UNKNOWN, flags
from xueji_lib.store import Store

GONE: Final = "table school_id grade class name".split()
_PLACE: Final = ("grade", "class_no")


@dataclass(frozen=True, slots=True)
class BlankCells:
    """Required cells that an inbox leaves blank: ``blank`` of ``rows`` rows that it brings."""

    table: str
    school_id: str
    column: str
    blank: int
    rows: int

    @property
    def said(self) -> str:
        """逐班核对表“在校情况”：45 行里有 38 行空着."""
        named = schema.TABLES[self.table]
        return f"{named.header}“{named[self.column].header}”：{self.rows} 行里有 {self.blank} 行空着"


def changed_tables(changes: Any) -> Iterator[tuple[str, str]]:
    """(table, school) of what an intake's report says was changed, of tables that name a school."""
    for change in changes:
        if change.kind != "unchanged" and change.school_id and change.table in schema.TABLES:
            yield change.table, change.school_id


def gone(before: Store, after: Store, term: str, table: str, school: str) -> pd.DataFrame:
    """Whom the school's table had and has no more (columns ``GONE``): none of his numbers is in it, and no such name in
    his class."""
    nobody = pd.DataFrame(columns=GONE)
    names = [column.id for column in schema.TABLES[table].columns]
    if "name" not in names or not before.has(term, table):
        return nobody
    old, new = (store.read(term, table, schools=[school]) for store in (before, after))
    if old.empty:
        return nobody
    known = {key: set(new[key]) - {0} for key in NUMBER_KEYS if key in new}
    left = Counter(_who(new))
    rows = []
    for row, who in zip(old.to_dict("records"), _who(old), strict=True):
        by_number = any(row[key] in numbers for key, numbers in known.items() if row.get(key))
        if left[who]:
            left[who] -= 1
        elif not by_number:
            rows.append((table, school, *who))
    return pd.DataFrame(rows, columns=GONE) if rows else nobody


def _who(frame: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Grade, class and name of each row, as text."""
    columns = [frame[name].map(labels.text) if name in frame else [""] * len(frame) for name in (*_PLACE, "name")]
    return list(zip(*columns, strict=True))


def blanks(after: Store, files: Collection[str], term: str, table: str, school: str) -> list[BlankCells]:
    """Required cells left blank in the school's rows that came from these files."""
    new = after.read(term, table, schools=[school])
    new = new[new["_file"].astype(object).isin(files)]
    listed = []
    for column in schema.TABLES[table].columns:
        if not column.required or column.kind is Kind.SCHOOL or column.id not in new:
            continue
        blank = int((new[column.id].isna() & ~flags(column.id, new[UNKNOWN])).sum())
        if blank:
            listed.append(BlankCells(table, school, column.id, blank, len(new)))
    return listed
