"""findings.json and coverage.json: the answer for programs, in the spirit of SARIF (rule, level, places, a lasting
fingerprint, state), and such that a check that was not made is never taken for a clean one.

Their schemas are published in ``data/schemas``; a document names the one it follows.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

import pandas as pd

from xueji_lib.exchange.county_answer import CountyAnswer
from xueji_lib.exchange.record_places import record_places
from xueji_lib.register import labels
from xueji_lib.register.catalogue import VIOLATIONS, Entry
from xueji_lib.register.vocabulary import CoverageStatus, Severity
from xueji_lib.support.version import __version__

FINDINGS_SCHEMA: Final = "urn:xueji:schema:findings:1"
COVERAGE_SCHEMA: Final = "urn:xueji:schema:coverage:1"
SCHEMA_FILES: Final[Mapping[str, str]] = {
    FINDINGS_SCHEMA: "findings-1.schema.json",
    COVERAGE_SCHEMA: "coverage-1.schema.json",
}
"""$id → file in ``data/schemas``."""
LEVELS: Final[Mapping[str, str]] = {Severity.GRAVE: "error", Severity.SERIOUS: "warning", Severity.GENERAL: "note"}
"""严重程度 → SARIF's level."""
WHOLLY_MADE: Final = (CoverageStatus.FOUND, CoverageStatus.NOT_FOUND)
"""Statuses of a check that looked at every subject."""


def as_bytes(document: Mapping[str, Any]) -> bytes:
    """A document as it is written: UTF-8, the same bytes for the same content."""
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


# ---- findings.json ----


def findings_document(answer: CountyAnswer, schools: Collection[str] | None = None) -> dict[str, Any]:
    """findings.json. ``schools``: only findings of these schools; None: all, the county's own too."""
    results = list(findings_entries(answer, schools))
    return {**head_of(answer, FINDINGS_SCHEMA), "rules": _rules(answer, results), "results": results}


def findings_entries(answer: CountyAnswer, schools: Collection[str] | None = None) -> Iterator[dict[str, Any]]:
    """The findings, in the order of findings.csv."""
    rows = answer.findings
    if schools is not None:
        rows = rows[rows["school_id"].isin(list(schools))]
    for row in rows.to_dict("records"):
        yield _finding({str(name): value for name, value in row.items()})


def _finding(row: Mapping[str, Any]) -> dict[str, Any]:
    texts = {name: labels.text(value) for name, value in row.items()}
    student = {"name": texts["student"], "ref": texts["student_ref"]} if texts["student"] else None
    return {
        "finding_id": texts["finding_id"],
        "rule_id": texts["rule_id"],
        "level": LEVELS[texts["severity"]],
        "severity": texts["severity"],
        "nature": texts["nature"],
        "nature_reason": texts["nature_reason"],
        "violation": int(row["violation"]),
        "title": texts["title"],
        "clause": texts["clause"],
        "school": {"school_id": texts["school_id"], "name": texts["school"]} if texts["school_id"] else None,
        "grade": _number(row["grade"]),
        "class": _number(row["class"]),
        "student": student,
        "evidence": texts["evidence"],
        "locations": [
            {"file": place.file, "sheet": place.sheet, "row": place.row} for place in record_places(texts["sources"])
        ],
        "remedy": texts["remedy"],
        "due": texts["due"] or None,
        "origin": texts["origin"],
        "counted": bool(row["counted"]),
        "case": {
            "state": texts["state"], "note": texts["state_note"], "due": texts["state_due"] or None,
            "measure": texts["school_measure"], "person": texts["person"], "done": texts["done"] or None,
        },
    }  # fmt: skip


def _rules(answer: CountyAnswer, results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every check of the edition; behind them those that findings besides name (questions asked at the school)."""
    entries = [_rule(entry) for entry in answer.catalogue.entries.values()]
    known = {entry["id"] for entry in entries}
    others = {result["rule_id"]: result for result in results if result["rule_id"] not in known}
    return entries + [
        {
            "id": rule_id, "violation": result["violation"], "title": result["title"], "severity": result["severity"],
            "nature": result["nature"], "scope": "", "charged": "", "clause": result["clause"], "condition": "",
            "remedy": result["remedy"],
        }
        for rule_id, result in sorted(others.items())
    ]  # fmt: skip


def _rule(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id, "violation": entry.violation, "title": entry.title, "severity": str(entry.severity),
        "nature": str(entry.nature), "scope": entry.scope, "charged": entry.charged, "clause": entry.clause,
        "condition": entry.when, "remedy": entry.remedy,
    }  # fmt: skip


# ---- coverage.json ----


def coverage_document(answer: CountyAnswer, schools: Collection[str] | None = None) -> dict[str, Any]:
    """coverage.json. ``schools``: as in ``findings_document``."""
    results = list(coverage_entries(answer, schools))
    counts = {str(status): 0 for status in CoverageStatus}
    for result in results:
        counts[result["status"]] += 1
    statuses = [
        {
            "status": str(status), "meaning": labels.STATUSES[status], "examined": status in WHOLLY_MADE,
            "clean": status == CoverageStatus.NOT_FOUND, "count": counts[status],
        }
        for status in CoverageStatus
    ]  # fmt: skip
    return {**head_of(answer, COVERAGE_SCHEMA), "statuses": statuses, "results": results}


def coverage_entries(answer: CountyAnswer, schools: Collection[str] | None = None) -> Iterator[dict[str, Any]]:
    """What every check did at every school, in the order of coverage.csv. ``clean`` is True of 未发现 alone."""
    rows = answer.results.coverage
    if schools is not None:
        rows = rows[rows["school_id"].isin(list(schools))]
    names = dict(zip(answer.results.schools["school_id"], answer.results.schools["school_name"], strict=True))
    for row in rows.to_dict("records"):
        school_id, status = labels.text(row["school_id"]), str(row["status"])
        yield {
            "school": {"school_id": school_id, "name": names.get(school_id) or school_id} if school_id else None,
            "rule_id": str(row["rule_id"]),
            "status": status,
            "examined": status in WHOLLY_MADE,
            "clean": status == CoverageStatus.NOT_FOUND,
            "population": int(row["population"]),
            "findings": int(row["findings"]),
            "undecided": int(row["undecided"]),
            "reason": labels.text(row["reason"]),
        }


# ---- both ----


def head_of(answer: CountyAnswer, schema: str) -> dict[str, Any]:
    """What stands in front of both documents. ``schema``: the $id that they follow."""
    results = answer.results
    return {
        "$schema": schema,
        "tool": {"name": "xueji", "version": __version__},
        "inspection": {
            "term": results.term_id, "as_of": results.as_of.isoformat(), "edition": results.edition,
            "look": results.look, "input": results.fingerprint,
        },
        "disclaimer": labels.DISCLAIMER,
        "violations": [{"number": number, "text": text} for number, text in VIOLATIONS.items()],
    }  # fmt: skip


def _number(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)
