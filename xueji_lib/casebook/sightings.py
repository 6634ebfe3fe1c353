"""Sightings, what the program saw: every finding ever made, when first and last, and whether the last check still
made it.

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

from xueji_lib.casebook.entering import blocked_by, last_entered, must_not_look
from xueji_lib.casebook.log import trail
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.log.events import digest
from xueji_lib.casebook.log.renamed import rename_findings
from xueji_lib.casebook.log.tables import RUNS, SIGHTINGS
from xueji_lib.judge.results import Results
from xueji_lib.judge.two_sides import TwoSides, two_sides
from xueji_lib.register import labels
from xueji_lib.register.vocabulary import CoverageStatus
from xueji_lib.store import Store

MACHINE: Final = "系统"
ON_SITE: Final = "现场"  # of a roll-call
BY_HAND: Final = "现场记录"  # an inspector wrote it down (``on_site_findings``); its row follows from the events alone
BY_PEOPLE: Final = (ON_SITE, BY_HAND)
_NOT_SHOWN: Final = ("former_ids", "found_on", "waits_until")
_COLUMNS: Final = [column.name for column in SIGHTINGS.columns]


@dataclass(frozen=True, slots=True)
class Sighting:
    """One finding as last seen. ``finding``: its row of findings.csv, masked, as text. ``found_on``: the day on which
    people saw it at the school; ``waits_until``: the last day that the school has to explain it; both ISO, or "".
    ``case_id``: the same in the findings of other schools that are one case with it, or ""."""

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
    found_on: str = ""
    waits_until: str = ""
    case_id: str = ""
    two_sides: TwoSides | None = None

    def waits(self, today: dt.date) -> bool:
        """现场发现，待学校说明: people saw it, and the school has its days to explain it. What the machine makes of a
        roll-call waits until a check makes it a finding; what was put right in time never becomes one."""
        last = today.isoformat() if self.present else self.gone_at
        return bool(self.waits_until) and (self.origin == MACHINE or self.waits_until >= last)


@dataclass(frozen=True, slots=True)
class Synced:
    """What a run of the checks changed. ``look``: why it did not enter, a Chinese sentence; then nothing changed."""

    added: int = 0
    found_again: int = 0
    gone: int = 0
    unchanged: bool = False
    look: str = ""


def sync(book: Casebook, store: Store, answer: Results, *, standing: bool = False) -> Synced:
    """Enter the findings of a county's results into the casebook, unless they are only a look (``entering``); the same
    results again change nothing. ``standing``: they enter although a later day did before. Raises StoreError, and
    UsageError where a look should stand."""
    if standing:
        must_not_look(answer.inspection, book.today())
    data_order = store.data_order(answer.term_id)
    with book.reading() as connection:
        last_run = last_entered(connection)
    asked = (answer.term_id, answer.as_of.isoformat(), answer.fingerprint)
    if last_run and asked == (last_run.term, last_run.as_of, last_run.fingerprint):
        return Synced(unchanged=True)
    look = answer.inspection.look(book.today()) or blocked_by(last_run, answer.inspection, data_order)
    if look and not standing:
        return Synced(look=look)
    marks = {
        school: f"{answer.term_id}:{store.school_mark(answer.term_id, school)}"
        for school in [*answer.schools["school_id"].astype(str), ""]
    }
    found = {str(row["finding_id"]): row for row in answer.findings.to_dict("records")}
    awaiting = {str(row["finding_id"]): row for row in answer.awaiting.to_dict("records")}
    cases = two_sides(answer)
    findings = awaiting | found
    with book.writing() as connection:
        renamed = _renamed(connection, findings)
        stored_rows = {str(row["finding_id"]): dict(row) for row in connection.execute(select(SIGHTINGS)).mappings()}
        day = answer.as_of.isoformat()
        new_rows, updates, added, returned = [], [], 0, 0
        for finding_id, row in findings.items():
            mark = marks.get(labels.text(row["school_id"]), "")
            seen = sighting_row(row, answer.term_id, day, mark, cases.get(finding_id))
            if finding_id in found:  # on which day people saw it stays
                seen["found_on"] = stored_rows.get(finding_id, seen)["found_on"]
            if finding_id in stored_rows:
                returned += not stored_rows[finding_id]["present"]
                updates.append({f"b_{name}": value for name, value in seen.items() if not name.startswith("first")})
            else:
                added += 1
                new_rows.append(seen | {"times_gone": 0, "origin": MACHINE})
        gone = _gone(stored_rows, findings, answer)
        if new_rows:
            connection.execute(insert(SIGHTINGS), new_rows)
        if updates:
            changed = [n for n in _COLUMNS if n != "finding_id" and f"b_{n}" in updates[0]]
            connection.execute(
                update(SIGHTINGS)
                .where(SIGHTINGS.c.finding_id == bindparam("b_finding_id"))
                .values({name: bindparam(f"b_{name}") for name in changed}),
                updates,
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
        entered_run = {**run, "fingerprint": answer.fingerprint, "at": book.now(), "data_order": data_order}
        connection.execute(insert(RUNS).values(**entered_run))
        counts: dict[str, Any] = {
            "term": answer.term_id,
            "as_of": day,
            "found": len(found),
            "added": added,
            "gone": len(gone),
            "renamed": len(renamed),
            **({"awaiting": len(awaiting)} if awaiting else {}),
            **({"standing": look} if look else {}),
        }
        trail.add(connection, book.now(), MACHINE, "系统核查", detail={**run, **counts})
    return Synced(added, returned, len(gone))


def _renamed(connection: Connection, findings: Mapping[str, Mapping[Any, Any]]) -> dict[str, str]:
    """Give findings that the casebook has under a former id today's; returns former → today's."""
    candidates = {
        former: finding_id
        for finding_id, row in findings.items()
        for former in labels.text(row.get("former_ids", "")).split()
        if former not in findings
    }
    if not candidates:
        return {}
    known = set(connection.execute(select(SIGHTINGS.c.finding_id)).scalars())
    renamed = {former: finding_id for former, finding_id in candidates.items() if former in known}
    school_of = {finding_id: labels.text(row["school_id"]) for finding_id, row in findings.items()}
    rename_findings(connection, school_of, renamed)
    return renamed


def last_day(book: Casebook, term: str) -> dt.date | None:
    """The day of the newest check of a term that the casebook knows of."""
    query = select(RUNS.c.as_of).where(RUNS.c.term == term).order_by(RUNS.c.n.desc()).limit(1)
    with book.reading() as connection:
        day = connection.execute(query).scalar()
    return None if day is None else dt.date.fromisoformat(str(day))


def sighting_row(
    row: Mapping[Any, Any], term: str, day: str, mark: str, sides: TwoSides | None = None
) -> dict[str, Any]:
    """A row of the table ``sightings`` (without ``times_gone`` and ``origin``) for a row of findings, seen on a day.
    ``sides``: the case at two schools that it is one side of."""
    finding = {str(name): labels.text(value) for name, value in row.items() if name not in _NOT_SHOWN}
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
        "found_on": labels.text(row.get("found_on", "")),
        "waits_until": labels.text(row.get("waits_until", "")),
        "case_id": sides.case if sides else "",
        "two_sides": sides.text() if sides else "",
    }


def _gone(stored_rows: Mapping[str, Mapping[str, Any]], findings: Mapping[str, Any], answer: Results) -> list[str]:
    """Ids of findings that were present and are no longer made, although the check ran for the school and left nobody
    undecided. What people saw after the day of the check is not looked for."""
    day = answer.as_of.isoformat()
    missing = {
        finding_id: (str(row["school_id"]), str(json.loads(row["finding"])["rule_id"]))
        for finding_id, row in stored_rows.items()
        if row["present"] and row["origin"] == MACHINE and finding_id not in findings and row["found_on"] <= day
    }
    decided = examined(answer) if missing else set()
    return [finding_id for finding_id, pair in missing.items() if pair in decided]


def examined(answer: Results) -> set[tuple[str, str]]:
    """(school_id, rule_id) of the checks that were made and left nobody undecided: what they do not find is gone."""
    coverage = answer.coverage
    ran = coverage["status"].isin([CoverageStatus.FOUND, CoverageStatus.NOT_FOUND]) & (coverage["undecided"] == 0)
    pairs = zip(coverage.loc[ran, "school_id"].map(labels.text), coverage.loc[ran, "rule_id"], strict=True)
    return {(school, str(rule)) for school, rule in pairs}


def sightings(connection: Connection, school_id: str | None = None, origin: str = "") -> list[Sighting]:
    """All findings ever made at a school (None: in the county), in the order of findings.csv; of one origin alone."""
    query = select(SIGHTINGS).where(SIGHTINGS.c.origin == origin) if origin else select(SIGHTINGS)
    if school_id is not None:
        query = query.where(SIGHTINGS.c.school_id == school_id)
    rows = [_sighting(row) for row in connection.execute(query).mappings()]
    return sorted(rows, key=_order)


def sighting(connection: Connection, finding_id: str) -> Sighting | None:
    """The sighting of one finding, None where the casebook knows none."""
    row = connection.execute(select(SIGHTINGS).where(SIGHTINGS.c.finding_id == finding_id)).mappings().first()
    return None if row is None else _sighting(row)


def _sighting(row: Mapping[Any, Any]) -> Sighting:
    values = {name: row[name] for name in _COLUMNS}
    kept = {"finding": json.loads(values["finding"]), "two_sides": TwoSides.of_text(values["two_sides"])}
    return Sighting(**values | kept)


def _order(item: Sighting) -> tuple[str, str, int, int, str, str]:
    finding = item.finding
    grade, number = (int(finding[name] or 99) if finding[name].isdigit() else 99 for name in ("grade", "class"))
    return item.school_id, finding["rule_id"], grade, number, finding["student"], item.finding_id
