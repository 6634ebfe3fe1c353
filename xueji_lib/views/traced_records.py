"""The rows of the store behind findings: what ``sources`` names, found again, with the full numbers that link them.

Numbers are in memory only; whoever shows a record masks it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from xueji_lib.register.calendar import previous_term_id
from xueji_lib.register.identity import NUMBER_KEYS, mask_text
from xueji_lib.store import Store

PREVIOUS: Final = "previous_register"
_REGISTER: Final = "name id_number register_no grade class_no".split()
_SEEN: Final = (*_REGISTER, *"presence situation whereabouts moved_date check_date".split())
COLUMNS: Final[Mapping[str, Collection[str]]] = {
    "register": _REGISTER,
    PREVIOUS: _REGISTER,
    "headcount": _SEEN,
    "rollcalls": _SEEN,
    "transfers": (*_REGISTER, *"direction from_school to_school apply_date centre_date".split()),
    "dropouts": (
        *"name id_number register_no township category visits outcome".split(),
        *"found_date last_visit_date reported_date notice_date return_by_date returned_date".split(),
    ),
    "residents": "name id_number township".split(),
}
"""Tables whose rows speak of one pupil, and what is read of them."""


@dataclass(frozen=True)
class TracedRow:
    """One row. ``numbers``: (kind, key) of every number that it has; ``row``: its cells by column id."""

    table: str
    school_id: str
    numbers: frozenset[tuple[str, int]]
    row: Mapping[str, Any]


def traced(store: Store, term: str, sources: Iterable[str]) -> dict[str, list[TracedRow]]:
    """Source as findings have it (``file:sheet:row``) → its rows: one as a rule, none where the data changed since, two
    where a masked file name no longer tells two files apart."""
    wanted = set(sources)
    lines = {int(text) for _, _, text in (source.rpartition(":") for source in wanted) if text.isdigit()}
    rows_by_source: dict[str, list[TracedRow]] = {}
    for table in COLUMNS:
        of_term, name = (previous_term_id(term), "register") if table == PREVIOUS else (term, table)
        if store.has(of_term, name):
            rows = store.read(of_term, name, list(COLUMNS[table]))
            _gather(rows_by_source, wanted, table, rows[rows["_row"].isin(lines)])
    return rows_by_source


def _gather(
    rows_by_source: dict[str, list[TracedRow]], wanted: Collection[str], table: str, rows: pd.DataFrame
) -> None:
    """Add the rows whose source is wanted; ``rows``: those that stand in a line that is."""
    places = zip(rows["_file"].astype(str), rows["_sheet"].astype(str), rows["_row"], strict=True)
    named = [mask_text(f"{file}:{sheet}:{line}") for file, sheet, line in places]
    for source, row in zip(named, rows.to_dict("records"), strict=True):
        if source in wanted:
            numbers = frozenset((kind, int(row[kind])) for kind in NUMBER_KEYS if row.get(kind))
            school_id = str(row["school_id"]) if "school_id" in row else ""
            record = TracedRow(table, school_id, numbers, {str(column): value for column, value in row.items()})
            rows_by_source.setdefault(source, []).append(record)
