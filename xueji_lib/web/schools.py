"""The list of schools an inspector starts from."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from xueji_lib.judge import shelf
from xueji_lib.register import labels
from xueji_lib.store import Store


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of the list. ``found``: findings of the newest answer, None where there is none yet; ``unlooked``: checks
    that said nothing, or not everything, about the school."""

    school_id: str
    name: str
    kind: str
    township: str
    found: int | None
    serious: int
    unlooked: int


@dataclass(frozen=True, slots=True)
class Overview:
    """``term`` in words; ``as_of``: the day of the newest answer, or ""; ``changed``: its data changed since."""

    term: str
    as_of: str
    changed: bool
    schools: list[Listed]


def overview(store: Store) -> Overview:
    """The schools of the newest term by township. Reads what is kept, judges nothing. Raises StoreError."""
    terms = store.terms()
    if not terms:
        return Overview("", "", False, [])
    term = terms[-1]
    answer = shelf.newest(store, term)
    found: dict[str, int] = {}
    serious: dict[str, int] = {}
    unlooked: dict[str, int] = {}
    if answer is not None:
        found = _by_school(answer.findings)
        serious = _by_school(answer.findings[answer.findings["severity"] == "严重"])
        unlooked = _by_school(answer.coverage[answer.coverage["status"].isin(labels.NOT_EXAMINED)])
    rows = [
        Listed(
            school_id=(school := str(row["school_id"])),
            name=labels.text(row["school_name"]) or school,
            kind=labels.text(row["school_kind"]),
            township=labels.text(row["township"]),
            found=found.get(school, 0) if answer else None,
            serious=serious.get(school, 0),
            unlooked=unlooked.get(school, 0),
        )
        for _, row in store.directory(term).iterrows()
    ]
    rows.sort(key=lambda row: (row.township, row.school_id))
    changed = answer is not None and not shelf.holds(store, answer)
    return Overview(labels.term(term), answer.as_of.isoformat() if answer else "", changed, rows)


def _by_school(rows: pd.DataFrame) -> dict[str, int]:
    return {str(school): int(n) for school, n in rows["school_id"].value_counts().items()}
