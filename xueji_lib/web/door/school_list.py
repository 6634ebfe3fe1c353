"""The list of schools an inspector starts from."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from xueji_lib.casebook.closed_findings import apart_ids
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.judge import shelf
from xueji_lib.register import labels
from xueji_lib.register.vocabulary import Severity
from xueji_lib.store import Store


@dataclass(frozen=True, slots=True)
class Listed:
    """One school of the list. ``findings``: how many the newest answer has, None where the county was never judged;
    ``unexamined``: how many checks said nothing, or not everything, about the school."""

    school_id: str
    name: str
    kind: str
    township: str
    findings: int | None
    serious: int
    unexamined: int


@dataclass(frozen=True, slots=True)
class SchoolListing:
    """The list. ``term`` in words; ``as_of``: the day of the newest answer, or ""; ``changed``: its data changed
    since."""

    term: str
    as_of: str
    changed: bool
    schools: list[Listed]


def overview(store: Store, book: Casebook) -> SchoolListing:
    """The schools of the newest term by township, with figures of the newest results, without findings about pupils who
    were proved to be two. Judges nothing. Raises StoreError."""
    terms = store.terms()
    if not terms:
        return SchoolListing("", "", False, [])
    term = terms[-1]
    answer = shelf.newest(store, term)
    findings: dict[str, int] = {}
    serious: dict[str, int] = {}
    unexamined: dict[str, int] = {}
    if answer is not None:
        listed = answer.findings[~answer.findings["finding_id"].isin(apart_ids(book, book.today()))]
        findings = _by_school(listed)
        serious = _by_school(listed[listed["severity"] == Severity.GRAVE])
        unexamined = _by_school(answer.coverage[answer.coverage["status"].isin(labels.NOT_EXAMINED)])
    rows = [
        Listed(
            school_id=(school := str(row["school_id"])),
            name=labels.text(row["school_name"]) or school,
            kind=labels.text(row["school_kind"]),
            township=labels.text(row["township"]),
            findings=findings.get(school, 0) if answer else None,
            serious=serious.get(school, 0),
            unexamined=unexamined.get(school, 0),
        )
        for _, row in store.directory(term).iterrows()
    ]
    rows.sort(key=lambda row: (row.township, row.school_id))
    changed = answer is not None and not shelf.holds(store, answer)
    return SchoolListing(labels.term(term), answer.as_of.isoformat() if answer else "", changed, rows)


def _by_school(rows: pd.DataFrame) -> dict[str, int]:
    return {str(school): int(n) for school, n in rows["school_id"].value_counts().items()}
