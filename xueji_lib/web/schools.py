"""The list of schools an inspector starts from."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from xueji_lib import labels, results
from xueji_lib.calendar import Calendar
from xueji_lib.policy import in_force
from xueji_lib.store import Store


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of the list. ``found``: findings of the newest answer, None where there is none yet."""

    school_id: str
    name: str
    kind: str
    township: str
    found: int | None
    serious: int


def listed(store: Store) -> tuple[str, str, list[Listed]]:
    """(term in words, day of the answer or "", schools by township). Reads what is kept, judges nothing."""
    terms = store.terms()
    if not terms:
        return "", "", []
    term = terms[-1]
    answer = _newest(store, term)
    found = answer.findings.groupby("school_id").size().to_dict() if answer else {}
    serious = (
        answer.findings[answer.findings["severity"] == "严重"].groupby("school_id").size().to_dict() if answer else {}
    )
    rows = [
        Listed(
            school_id=(school := str(row["school_id"])),
            name=labels.text(row["school_name"]) or school,
            kind=labels.text(row["school_kind"]),
            township=labels.text(row["township"]),
            found=int(found.get(school, 0)) if answer else None,
            serious=int(serious.get(school, 0)),
        )
        for _, row in store.directory(term).iterrows()
    ]
    rows.sort(key=lambda row: (row.township, row.school_id))
    return labels.term(term), answer.as_of.isoformat() if answer else "", rows


def _newest(store: Store, term: str) -> results.Results | None:
    edition = in_force(Calendar.load().term(term).start)
    days = sorted((folder.name for folder in (store.root / "results" / term).glob("*-*-*")), reverse=True)
    for day in days:
        as_of = dt.date.fromisoformat(day)
        found = results.kept(store, term, as_of, results.inputs_mark(store, term, as_of, edition))
        if found is not None:
            return found
    return None
