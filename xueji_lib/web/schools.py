"""The list of schools an inspector starts from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from xueji_lib import labels, results
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
    answer = results.newest(store, term)
    found = answer.findings.groupby("school_id").size().to_dict() if answer else {}
    serious = (
        answer.findings[answer.findings["severity"] == "严重"].groupby("school_id").size().to_dict() if answer else {}
    )
    gaps: Any = answer.coverage["status"].isin(labels.NOT_EXAMINED) if answer else []
    unlooked = answer.coverage[gaps].groupby("school_id").size().to_dict() if answer else {}
    rows = [
        Listed(
            school_id=(school := str(row["school_id"])),
            name=labels.text(row["school_name"]) or school,
            kind=labels.text(row["school_kind"]),
            township=labels.text(row["township"]),
            found=int(found.get(school, 0)) if answer else None,
            serious=int(serious.get(school, 0)),
            unlooked=int(unlooked.get(school, 0)),
        )
        for _, row in store.directory(term).iterrows()
    ]
    rows.sort(key=lambda row: (row.township, row.school_id))
    changed = answer is not None and not results.holds(store, answer)
    return Overview(labels.term(term), answer.as_of.isoformat() if answer else "", changed, rows)
