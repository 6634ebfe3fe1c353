"""What the JSON addresses answer: one scope's part of the newest answer, and of that what the address asks for.

The scope is a fence around the answer (``fenced_answer``), put up before anything is read of it; what an address asks
for only narrows it.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from xueji_lib.casebook.access.api_tokens import ApiToken
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.exchange import documents
from xueji_lib.exchange.county_answer import CountyAnswer
from xueji_lib.exchange.fenced_answer import fenced
from xueji_lib.judge import shelf
from xueji_lib.judge.results import Results
from xueji_lib.register.catalogue import VIOLATIONS_SHORT
from xueji_lib.register.vocabulary import CoverageStatus, Nature, Severity
from xueji_lib.reports import verdicts
from xueji_lib.support.errors import UsageError

MOST: Final = 5000
"""Entries of one answer."""
USUAL: Final = 1000
_KEPT: Final = 8
"""Scopes whose part is remembered until something changes."""
_PAGED: Final = ("limit", "offset")
ASKED: Final[Mapping[str, tuple[str, ...]]] = {
    "findings": ("term", "school", "rule", "severity", "nature", "state", *_PAGED),
    "coverage": ("term", "school", "rule", "status", *_PAGED),
    "schools": ("term",),
    "summary": ("term",),
    "": (),
}
"""Address → the fields it takes."""


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """``content``: what is answered; ``count``: its entries, for the log."""

    content: dict[str, Any]
    count: int


class ApiAnswers:
    """Answers for a store and its casebook. Raises UsageError for what cannot be asked, StoreError."""

    def __init__(self, workplace: Workplace, book: Casebook) -> None:
        self._workplace, self._book = workplace, book
        self._parts: OrderedDict[tuple[str, ...], tuple[tuple[str, ...], CountyAnswer]] = OrderedDict()
        self._lock = threading.Lock()

    def answer(self, token: ApiToken, address: str, asked: Mapping[str, str]) -> ApiAnswer:
        """What ``address`` (a key of ``ASKED``) says to whoever holds the token. ``asked``: its fields."""
        unknown = sorted(set(asked) - set(ASKED[address]))
        if unknown:
            known = "、".join(ASKED[address]) or "（没有）"
            raise UsageError(f"没有“{unknown[0][:40]}”这个参数。可以有：{known}")
        if not address:
            return ApiAnswer(self._index(token), len(ASKED) - 1)
        part = self._part(token, asked.get("term", ""))
        made = {"findings": _findings, "coverage": _coverage, "schools": _schools, "summary": _summary}[address]
        content, count = made(part, asked)
        is_current = shelf.holds(self._workplace.store, part.results)
        return ApiAnswer({**content, "scope": _scope(token), "data_changed_since": not is_current}, count)

    def _index(self, token: ApiToken) -> dict[str, Any]:
        return {
            "tool": "学籍检查工具箱，只读接口",
            "addresses": {name: list(fields) for name, fields in ASKED.items() if name},
            "schemas": list(documents.SCHEMA_FILES),
            "terms": self._workplace.store.terms(),
            "scope": _scope(token),
            "expires_at": token.expires_at,
        }

    def _part(self, token: ApiToken, term: str) -> CountyAnswer:
        """The scope's part of the newest answer of the term (the newest term, where none is named)."""
        store = self._workplace.store
        terms = store.terms()
        if not terms or (term and term not in terms):
            raise UsageError(f"没有 {term[:20]} 学期的数据。有：{'、'.join(terms) or '（空）'}")
        whole = shelf.newest(store, term or terms[-1])
        if whole is None:
            raise UsageError("这个学期还没有核查过，请等县里核查")
        key = (whole.term_id, token.scope, token.scope_of)
        mark = (whole.as_of.isoformat(), whole.fingerprint, self._book.mark(), dt.date.today().isoformat())
        with self._lock:
            kept = self._parts.get(key)
            if kept is None or kept[0] != mark:
                seen = whole if token.scope == "county" else fenced(whole, _schools_of(whole, token))
                kept = mark, CountyAnswer(seen, verdicts.of_county(self._workplace, seen))
                self._parts[key] = kept
            self._parts.move_to_end(key)
            while len(self._parts) > _KEPT:
                self._parts.popitem(last=False)
        return kept[1]


def _schools_of(answer: Results, token: ApiToken) -> frozenset[str]:
    """The schools that a token lets see, by the answer's own directory. Anything unforeseen lets see none."""
    directory = answer.schools
    column = {"township": "township", "school": "school_id"}.get(token.scope)
    if column is None or not token.scope_of:
        return frozenset()
    return frozenset(directory.loc[directory[column] == token.scope_of, "school_id"].astype(str))


def _scope(token: ApiToken) -> dict[str, str]:
    return {"kind": token.scope, "of": token.scope_of}


# ---- the addresses ----


def _findings(part: CountyAnswer, asked: Mapping[str, str]) -> tuple[dict[str, Any], int]:
    fields = {"rule": "rule_id", "severity": "severity", "nature": "nature"}
    whole = documents.findings_document(part)
    chosen = [
        entry
        for entry in whole["results"]
        if all(entry[name] == asked[field] for field, name in fields.items() if field in asked)
        and ("state" not in asked or entry["case"]["state"] == asked["state"])
        and _is_of(entry, asked)
    ]
    return _page(whole, chosen, asked)


def _coverage(part: CountyAnswer, asked: Mapping[str, str]) -> tuple[dict[str, Any], int]:
    whole = documents.coverage_document(part)
    chosen = [
        entry
        for entry in whole["results"]
        if entry["rule_id"] == asked.get("rule", entry["rule_id"])
        and entry["status"] == asked.get("status", entry["status"])
        and _is_of(entry, asked)
    ]
    return _page(whole, chosen, asked)


def _schools(part: CountyAnswer, _asked: Mapping[str, str]) -> tuple[dict[str, Any], int]:
    findings, coverage = part.findings, part.results.coverage
    counted = findings[findings["counted"]].groupby("school_id").size().to_dict()
    gaps = coverage[~coverage["status"].isin([*documents.WHOLLY_MADE, CoverageStatus.NOT_APPLICABLE])]
    not_made = gaps.groupby(gaps["school_id"].astype(str)).size().to_dict()
    entries = [
        {
            "school_id": row["school_id"], "name": row["school_name"] or row["school_id"], "kind": row["school_kind"],
            "area": row["area"], "township": row["township"], "findings": int(counted.get(row["school_id"], 0)),
            "checks_not_made": int(not_made.get(row["school_id"], 0)),
        }
        for row in part.results.schools.to_dict("records")
    ]  # fmt: skip
    return {"inspection": _inspection(part), "results": entries}, len(entries)


def _summary(part: CountyAnswer, _asked: Mapping[str, str]) -> tuple[dict[str, Any], int]:
    """Counted findings of schools by violation, nature, severity; pairs of school and check by status."""
    rows = part.findings
    rows = rows[rows["counted"] & (rows["school_id"] != "")]
    statuses = part.results.coverage["status"].value_counts()
    content = {
        "inspection": _inspection(part),
        "schools": len(part.results.schools),
        "findings": len(rows),
        "by_violation": {str(n): int((rows["violation"] == n).sum()) for n in VIOLATIONS_SHORT},
        "by_nature": {str(nature): int((rows["nature"] == nature).sum()) for nature in Nature},
        "by_severity": {str(severity): int((rows["severity"] == severity).sum()) for severity in Severity},
        "coverage": {str(status): int(statuses.get(status, 0)) for status in CoverageStatus},
    }
    return content, len(rows)


def _inspection(part: CountyAnswer) -> dict[str, Any]:
    inspection: dict[str, Any] = documents.head_of(part, documents.FINDINGS_SCHEMA)["inspection"]
    return inspection


def _is_of(entry: Mapping[str, Any], asked: Mapping[str, str]) -> bool:
    return "school" not in asked or (entry["school"] or {}).get("school_id") == asked["school"]


def _page(
    whole: Mapping[str, Any], chosen: list[dict[str, Any]], asked: Mapping[str, str]
) -> tuple[dict[str, Any], int]:
    """The document with some of the chosen entries, and how many there are."""
    limit, offset = _number(asked, "limit", USUAL, MOST), _number(asked, "offset", 0, 10**7)
    some = chosen[offset : offset + limit]
    rules = _named(whole, some)
    return {**whole, **rules, "results": some, "total": len(chosen), "limit": limit, "offset": offset}, len(some)


def _named(whole: Mapping[str, Any], entries: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Only the checks that the entries name: the catalogue is not sent with every page."""
    if "rules" not in whole:
        return {}
    named = {entry["rule_id"] for entry in entries}
    return {"rules": [rule for rule in whole["rules"] if rule["id"] in named]}


def _number(asked: Mapping[str, str], name: str, usual: int, most: int) -> int:
    text = asked.get(name, "")
    if not text:
        return usual
    if not (text.isascii() and text.isdigit() and len(text) <= 8 and int(text) <= most):
        raise UsageError(f"{name} 应是 0 到 {most} 的整数")
    return int(text)
