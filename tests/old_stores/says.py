"""What a store and its casebook say, as plain JSON: written down when a keepsake is made, asked again by every later
release. Runs on every release that has made one, so it finds a module under each address that module has had."""

from __future__ import annotations

import datetime as dt
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

TERM, BEFORE = "2026-2027-1", "2025-2026-2"
AS_OF = dt.date(2026, 11, 20)
TODAY = dt.date(2026, 11, 25)
"""The day on which verdicts are looked at: what is due or exempt depends on it."""


def module(*addresses: str) -> ModuleType:
    """The first of these modules of the kit that there is. Raises ModuleNotFoundError."""
    for address in addresses[:-1]:
        try:
            return import_module(f"xueji_lib.{address}")
        except ModuleNotFoundError:
            continue
    return import_module(f"xueji_lib.{addresses[-1]}")


def casebook(root: Path, clock: Any = None) -> Any:
    """The open casebook of the store below ``root``."""
    book = module("casebook.log.book", "casebook.book")
    return book.Casebook.open(module("store").Store.open(root), clock=clock or book.utc_now)


def of_tables(root: Path) -> dict[str, Any]:
    """term → rows a table, and unknown cells a column (columns without any left out)."""
    store, schema, cells = module("store").Store.open(root), module("register.schema"), module("county.cells")
    said: dict[str, Any] = {}
    for term in store.terms():
        rows, unknown = {}, {}
        for table in (table for table in schema.AT_REST.values() if store.has(term, table.id)):
            frame = store.read(term, table.id)
            counts = {c.id: int(cells.column_cells(table, frame, c.id).unknown.sum()) for c in table}
            rows[table.id] = len(frame)
            unknown[table.id] = {column: n for column, n in counts.items() if n}
        said[term] = {"rows": rows, "unknown": unknown}
    return said


def of_answer(root: Path) -> dict[str, list[str]]:
    """The kept answer's finding ids by rule."""
    answer = module("judge.shelf").newest(module("store").Store.open(root), TERM)
    return by_rule(answer.findings)


def by_rule(findings: Any) -> dict[str, list[str]]:
    """Finding ids by rule, sorted."""
    said: dict[str, list[str]] = {}
    for rule, finding_id in sorted(zip(findings["rule_id"], findings["finding_id"], strict=True)):
        said.setdefault(str(rule), []).append(str(finding_id))
    return said


def of_casebook(root: Path) -> dict[str, Any]:
    """Everything that people entered: verdicts by finding, answers, roll-calls, explanations, evidence, measures,
    sign-offs, accounts, and the lines of the trail (-1 where it is broken)."""
    parts = {name: module(f"casebook.{name}") for name in ("cases", "evidence", "measures", "rollcall")}
    parts["answers"] = module("casebook.on_site_answers", "casebook.answers")
    signoff, accounts = module("casebook.signoff"), module("casebook.access.accounts", "casebook.accounts")
    said: dict[str, Any] = {
        name: {} for name in ("verdicts", "answers", "rolls", "words", "files", "measures", "signed")
    }
    with casebook(root) as book:
        for case in parts["cases"].of_county(book, TODAY):
            if case.history:
                note = str(case.body.get("note", ""))
                said["verdicts"][case.id] = [case.state, case.who, note, case.due, len(case.history)]
        for school in sorted({event.school_id for event in _events(book)}):
            for event in book.events(school, TERM, ("answer",)):
                one = parts["answers"].of_school(book, school, TERM, [event.body["question"]])[event.body["question"]]
                said["answers"][event.subject] = [one.value, one.note, one.who]
            for roll in parts["rollcall"].of_school(book, school, TERM):
                what = f"{school}/{roll.grade}/{roll.class_no}/{roll.day}"
                said["rolls"][what] = [
                    sorted(roll.absent.values()),
                    sorted(one["name"] for one in roll.extra),
                    roll.who,
                ]
            for event in book.events(school, TERM, ("explanation",)):
                said["words"][event.subject] = [event.body["note"], event.who]
            for about, files in parts["evidence"].of_school(book, school).items():
                said["files"][about] = [[one.name, len(parts["evidence"].content(book, one.sha256))] for one in files]
            if (decided := parts["measures"].decision(book, school, TERM)).measure:
                said["measures"][school] = [decided.measure, decided.note, decided.who]
            with book.reading() as connection:
                stands = signoff.signed(connection, school, TERM)
            if stands.history:
                said["signed"][school] = [stands.state, stands.who]
        said["accounts"] = [[one.name, one.role, one.school_id, one.disabled] for one in accounts.Accounts(book).list()]
        trail = book.verify()
        said["trail"] = -1 if trail.broken else trail.lines
    return said


def _events(book: Any) -> list[Any]:
    stored = module("casebook.log.book", "casebook.book").stored
    with book.reading() as connection:
        return list(stored(connection))
