"""What the machine saw: every finding ever found, when first and last, and whether the last check still found it.

A re-run adds and marks; it never touches what a person decided (``events``). A finding counts as gone only where its
check really ran for that school and left nobody undecided.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, insert, select, update

from xueji_lib.casebook import trail
from xueji_lib.casebook.book import Casebook
from xueji_lib.casebook.events import digest
from xueji_lib.casebook.tables import RUNS, SIGHTINGS
from xueji_lib.judge.results import Results
from xueji_lib.register import labels
from xueji_lib.store import Store

MACHINE: Final = "系统"
ON_SITE: Final = "现场"
_COLUMNS: Final = [column.name for column in SIGHTINGS.columns]


@dataclass(frozen=True, slots=True)
class Sighting:
    """One finding as last seen. ``finding``: its row of findings.csv, masked, as text."""

    finding_id: str
    school_id: str
    finding: Mapping[str, str]
    evidence: str
    first_term: str
    first_as_of: str
    last_term: str
    last_as_of: str
    data_mark: str
    present: bool
    gone_at: str
    times_gone: int
    origin: str


@dataclass(frozen=True, slots=True)
class Synced:
    """What a run brought. ``stale``: an earlier day than one already recorded, so nothing was marked."""

    added: int = 0
    found_again: int = 0
    gone: int = 0
    unchanged: bool = False
    stale: bool = False


def sync(book: Casebook, store: Store, answer: Results) -> Synced:
    """Put a county's answer into the casebook; the same answer again changes nothing. Raises StoreError."""
    with book.reading() as connection:
        last = _last_run(connection)
    if last and last[2] == answer.fingerprint and last[:2] == (answer.term_id, answer.as_of.isoformat()):
        return Synced(unchanged=True)
    if last and (answer.term_id, answer.as_of.isoformat()) < last[:2]:
        return Synced(stale=True)
    marks = {
        school: f"{answer.term_id}:{store.school_mark(answer.term_id, school)}"
        for school in [*answer.schools["school_id"].astype(str), ""]
    }
    found = {str(row["finding_id"]): row for row in answer.findings.to_dict("records")}
    with book.writing() as connection:
        known = {str(row["finding_id"]): dict(row) for row in connection.execute(select(SIGHTINGS)).mappings()}
        day = answer.as_of.isoformat()
        fresh, again, added, back = [], [], 0, 0
        for finding_id, row in found.items():
            mark = marks.get(labels.text(row["school_id"]), "")
            seen = _seen(row, answer.term_id, day, mark)
            if finding_id in known:
                back += not known[finding_id]["present"]
                again.append({f"b_{name}": value for name, value in seen.items() if not name.startswith("first")})
            else:
                added += 1
                fresh.append(seen | {"times_gone": 0, "origin": MACHINE})
        gone = _gone(known, found, answer)
        if fresh:
            connection.execute(insert(SIGHTINGS), fresh)
        if again:
            changed = [n for n in _COLUMNS if n != "finding_id" and f"b_{n}" in again[0]]
            connection.execute(
                update(SIGHTINGS)
                .where(SIGHTINGS.c.finding_id == bindparam("b_finding_id"))
                .values({name: bindparam(f"b_{name}") for name in changed}),
                again,
            )
        if gone:
            connection.execute(
                update(SIGHTINGS)
                .where(SIGHTINGS.c.finding_id == bindparam("b_id"))
                .values(present=False, gone_at=day, times_gone=SIGHTINGS.c.times_gone + 1),
                [{"b_id": finding_id} for finding_id in gone],
            )
        number = int(connection.execute(select(func.coalesce(func.max(RUNS.c.n), 0))).scalar_one()) + 1
        run = {"n": number, "term": answer.term_id, "as_of": day, "edition": answer.edition}
        connection.execute(insert(RUNS).values(**run, fingerprint=answer.fingerprint, at=book.now()))
        counts: dict[str, Any] = {
            "term": answer.term_id,
            "as_of": day,
            "found": len(found),
            "added": added,
            "gone": len(gone),
        }
        trail.add(connection, book.now(), MACHINE, "系统核查", detail={**run, **counts})
    return Synced(added, back, len(gone))


def last_day(book: Casebook, term: str) -> dt.date | None:
    """The day of the newest check of a term that the casebook knows of."""
    query = select(RUNS.c.as_of).where(RUNS.c.term == term).order_by(RUNS.c.n.desc()).limit(1)
    with book.reading() as connection:
        found = connection.execute(query).scalar()
    return None if found is None else dt.date.fromisoformat(str(found))


def _last_run(connection: Connection) -> tuple[str, str, str] | None:
    query = select(RUNS.c.term, RUNS.c.as_of, RUNS.c.fingerprint).order_by(RUNS.c.n.desc()).limit(1)
    row = connection.execute(query).first()
    return None if row is None else (str(row[0]), str(row[1]), str(row[2]))


def _seen(row: Mapping[Any, Any], term: str, day: str, mark: str) -> dict[str, Any]:
    finding = {str(name): labels.text(value) for name, value in row.items()}
    return {
        "finding_id": finding["finding_id"],
        "school_id": finding["school_id"],
        "finding": json.dumps(finding, ensure_ascii=False, sort_keys=True),
        "evidence": digest(finding["evidence"]),
        "first_term": term,
        "first_as_of": day,
        "last_term": term,
        "last_as_of": day,
        "data_mark": mark,
        "present": True,
        "gone_at": "",
    }


def _gone(known: Mapping[str, Mapping[str, Any]], found: Mapping[str, Any], answer: Results) -> list[str]:
    """Present so far, not found now, though the check ran for the school and left nobody undecided."""
    missing = {
        finding_id: (str(row["school_id"]), str(json.loads(row["finding"])["rule_id"]))
        for finding_id, row in known.items()
        if row["present"] and row["origin"] == MACHINE and finding_id not in found
    }
    if not missing:
        return []
    coverage = answer.coverage
    ran = coverage["status"].isin(["发现", "未发现"]) & (coverage["undecided"] == 0)
    pairs = zip(coverage.loc[ran, "school_id"].map(labels.text), coverage.loc[ran, "rule_id"], strict=True)
    decided = {(school, str(rule)) for school, rule in pairs}
    return [finding_id for finding_id, pair in missing.items() if pair in decided]


def add_on_site(connection: Connection, finding: Mapping[str, str], term: str, day: dt.date) -> None:
    """A finding that people made at the school (no rule's); the same one again is only seen again."""
    seen = _seen(finding, term, day.isoformat(), "")
    where = SIGHTINGS.c.finding_id == seen["finding_id"]
    if connection.execute(select(SIGHTINGS.c.finding_id).where(where)).first():
        kept = {name: value for name, value in seen.items() if not name.startswith("first")}
        connection.execute(update(SIGHTINGS).where(where).values(**kept))
    else:
        connection.execute(insert(SIGHTINGS).values(**seen, times_gone=0, origin=ON_SITE))


def sightings(connection: Connection, school_id: str | None = None) -> list[Sighting]:
    """What was ever found at a school (None: in the county), in the order of findings.csv."""
    query = select(SIGHTINGS)
    if school_id is not None:
        query = query.where(SIGHTINGS.c.school_id == school_id)
    rows = [_sighting(row) for row in connection.execute(query).mappings()]
    return sorted(rows, key=_place)


def sighting(connection: Connection, finding_id: str) -> Sighting | None:
    row = connection.execute(select(SIGHTINGS).where(SIGHTINGS.c.finding_id == finding_id)).mappings().first()
    return None if row is None else _sighting(row)


def _sighting(row: Mapping[Any, Any]) -> Sighting:
    values = {name: row[name] for name in _COLUMNS}
    return Sighting(**values | {"finding": json.loads(values["finding"])})


def _place(one: Sighting) -> tuple[str, str, int, int, str, str]:
    finding = one.finding
    grade, number = (int(finding[name] or 99) if finding[name].isdigit() else 99 for name in ("grade", "class"))
    return one.school_id, finding["rule_id"], grade, number, finding["student"], one.finding_id
