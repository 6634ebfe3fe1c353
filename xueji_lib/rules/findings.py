"""Judged rows → findings as the data contract (4) has them: one a school and subject, masked, with a lasting id."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import pandas as pd

from xueji_lib.register import identity
from xueji_lib.register.catalogue import Entry

FINDINGS: Final = (
    "finding_id rule_id violation severity nature school_id school grade class student student_ref "
    "title evidence clause remedy due sources edition"
).split()
Finding: TypeAlias = tuple[Any, ...]
"""One finding, in the order of ``FINDINGS``."""

_RANK: Final = {"一般": 0, "较重": 1, "严重": 2}


@dataclass(slots=True)
class Hit:
    """One judged row as its finding shows it. ``grade`` and ``class_no``: NaN where there is none; ``number``: the
    student's, not yet masked; ``extra`` and ``secret``: see ``Case.judge``; ``school`` and ``subject`` are codes."""

    name: str
    grade: float
    class_no: float
    number: str
    extra: str
    secret: str
    severity: str
    evidence: str
    sources: str
    school: int = -1
    subject: int = -1


@dataclass(frozen=True, slots=True)
class Judged:
    """What all findings of one rule say. ``due``: 整改期限 by severity; ``schools``: id and name by school code; for a
    rule that the county itself is charged with, None."""

    entry: Entry
    edition: str
    due: Mapping[str, str]
    schools: tuple[Sequence[str], Sequence[str]] | None

    def findings(self, hits: list[Hit]) -> list[Finding]:
        """The rule's findings, rows of ``FINDINGS``. Order of rows in the files plays no part."""
        entry, one = self.entry, _one_a_subject(sorted(hits, key=_place))
        masked = [identity.mask_id(hit.number) for hit in one]
        ids = self._fingerprints(one, masked)
        return [
            (
                finding_id, entry.id, entry.violation, hit.severity, entry.nature, *self._charged(hit),
                _whole(hit.grade), None if entry.scope == "school" else _whole(hit.class_no), hit.name, ref,
                entry.title, hit.evidence, entry.clause, entry.remedy, self.due.get(hit.severity, ""), hit.sources,
                self.edition,
            )
            for finding_id, hit, ref in zip(ids, one, masked, strict=True)
        ]  # fmt: skip

    def _charged(self, hit: Hit) -> tuple[str, str]:
        """school_id, school."""
        if self.schools is None:
            return "", hit.extra
        ids, names = self.schools
        return ids[hit.school], names[hit.school]

    def _fingerprints(self, hits: list[Hit], masked: list[str]) -> list[str]:
        """finding_id: rule, school and subject, from what a finding shows anyway.

        A digest of the full number could be undone by trying all numbers of an area; so only the masked one goes
        in, and students whom that cannot tell apart are numbered in the order of their numbers.
        """
        entry, texts = self.entry, []
        for hit, ref in zip(hits, masked, strict=True):
            grade, class_no = _text(hit.grade), _text(hit.class_no)
            if entry.scope == "student":
                subject = f"{hit.name}|{ref or f'{grade}|{class_no}'}"
            else:
                subject = f"{grade}|{class_no}" if entry.scope == "class" else grade
            school_id, extra = (self._charged(hit)[0], hit.extra) if self.schools is not None else ("", "")
            texts.append(f"{entry.id}|{school_id}|{subject}|{extra}")
        alike: dict[str, set[str]] = {}
        for text, hit in zip(texts, hits, strict=True):
            alike.setdefault(text, set()).add(hit.secret)
        numbered = {(text, secret): i for text, group in alike.items() for i, secret in enumerate(sorted(group))}
        return [
            f"{entry.id}-{_digest(f'{text}|{i}' if (i := numbered[text, hit.secret]) else text)}"
            for text, hit in zip(texts, hits, strict=True)
        ]


def frame(rows: list[Finding]) -> pd.DataFrame:
    """All findings as a table (columns ``FINDINGS``), in the contract's order."""
    table = pd.DataFrame(rows, columns=pd.Index(FINDINGS)).astype(
        {
            name: "Int64" if name in ("grade", "class") else "int64" if name == "violation" else "str"
            for name in FINDINGS
        }
    )
    order = ["school_id", "rule_id", "grade", "class", "student", "finding_id"]
    return table.sort_values(order, ignore_index=True, na_position="last")


def _place(hit: Hit) -> tuple[Any, ...]:
    """A row without grade or class comes after those that have one."""
    return (
        hit.school,
        *(part for x in (hit.grade, hit.class_no) for part in (math.isnan(x), 0 if math.isnan(x) else x)),
        hit.name,
        hit.sources,
    )


def _one_a_subject(hits: list[Hit]) -> list[Hit]:
    """Rows of the same school and subject become one, whose evidence and sources list them all."""
    groups: dict[tuple[int, int], list[Hit]] = {}
    for hit in hits:
        groups.setdefault((hit.school, hit.subject), []).append(hit)
    for first, *others in groups.values():
        if others:
            every = [first, *others]
            first.sources = " | ".join(dict.fromkeys(p for h in every for p in h.sources.split(" | ") if p))
            first.evidence = "；".join(dict.fromkeys(h.evidence for h in every))
            first.severity = max((h.severity for h in every), key=_RANK.__getitem__)
    return [group[0] for group in groups.values()]


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _whole(value: float) -> int | None:
    return None if math.isnan(value) else int(value)


def _text(value: float) -> str:
    return "" if math.isnan(value) else str(int(value))
