"""Judged rows → findings as the data contract (4) has them: one a school and subject, masked, with a lasting id."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

import pandas as pd

from xueji_lib.register import identity
from xueji_lib.register.catalogue import Entry
from xueji_lib.register.vocabulary import Nature, Severity
from xueji_lib.rules.finding_ids import Subject, finding_ids, ids_of_those_found
from xueji_lib.rules.pupil_numbers import PupilNumber

FINDINGS: Final = (
    "finding_id rule_id violation severity nature school_id school grade class student student_ref "
    "title evidence clause remedy due sources nature_reason edition"
).split()
COLUMNS: Final = [*FINDINGS, "former_ids"]
"""``former_ids``: other ids that 0.1.0 may have given the same finding, joined by blanks; in no file for people."""
AWAITING: Final = [*COLUMNS, "found_on", "waits_until"]
"""Of what a roll-call alone brought to light and is no finding yet: the day of the roll-call, and the last day that the
school has to explain it (ISO)."""
Finding: TypeAlias = tuple[Any, ...]
"""One finding, in the order of ``COLUMNS`` (or of ``AWAITING``)."""

_RANK: Final[Mapping[str, int]] = {Severity.GENERAL: 0, Severity.SERIOUS: 1, Severity.GRAVE: 2}


@dataclass(slots=True)
class Hit:
    """One judged row as its finding shows it. ``grade`` and ``class_no``: NaN where there is none; ``best``: the
    student's number, not yet masked; ``extra`` and ``secret``: see ``Inquiry.judge``; ``lead_reason``: why it is only
    a lead, "" for a fact; ``former_number``: the number that 0.1.0 showed; ``school`` and ``subject`` are codes;
    ``found_on`` and ``waits_until``: as in ``AWAITING``, "" for a finding; ``shared`` and ``person``: of a check whose
    findings exist at two schools (``sides``), in plain text; ``alike``: the numbers of all pupils who look like this
    one (``lookalikes``)."""

    name: str
    grade: float
    class_no: float
    best: PupilNumber
    extra: str
    secret: str | None
    severity: str
    evidence: str
    sources: str
    lead_reason: str
    former_number: str
    school: int = -1
    subject: int = -1
    found_on: str = ""
    waits_until: str = ""
    shared: str = ""
    person: str = ""
    alike: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """What all findings of one rule say. ``due``: 整改期限 by severity; ``schools``: id and name by school code; for a
    rule that the county itself is charged with, None."""

    entry: Entry
    edition: str
    due: Mapping[str, str]
    schools: tuple[Sequence[str], Sequence[str]] | None

    def findings(self, hits: list[Hit]) -> list[Finding]:
        """The rule's findings, rows of ``COLUMNS``. Order of rows in the files plays no part."""
        return [row for row, _ in self.made(hits)]

    def made(self, hits: list[Hit]) -> list[tuple[Finding, list[Hit]]]:
        """The same, each with the judged rows that it is made of."""
        entry = self.entry
        groups = _by_subject(sorted(hits, key=_order))
        former = self._former_ids(hits)
        subjects = [_merged(group) for group in groups]
        masked = [identity.mask_id(hit.best.number) for hit in subjects]
        ids = finding_ids(entry, [self._subject(hit) for hit in subjects])
        rows: list[Finding] = [
            (
                finding_id, entry.id, entry.violation, hit.severity, self._nature(hit), *self._charged(hit),
                _whole(hit.grade), None if entry.scope == "school" else _whole(hit.class_no), hit.name, ref,
                entry.title, hit.evidence, entry.clause, entry.remedy, self.due.get(hit.severity, ""), hit.sources,
                hit.lead_reason, self.edition,
                " ".join(sorted({former[id(row)] for row in group} - {finding_id})),
            )
            for finding_id, hit, ref, group in zip(ids, subjects, masked, groups, strict=True)
        ]  # fmt: skip
        return list(zip(rows, groups, strict=True))

    def _nature(self, hit: Hit) -> str:
        return Nature.LEAD if hit.lead_reason else self.entry.nature

    def _charged(self, hit: Hit) -> tuple[str, str]:
        """school_id, school."""
        if self.schools is None:
            return "", hit.extra
        ids, names = self.schools
        return ids[hit.school], names[hit.school]

    def _subject(self, hit: Hit) -> Subject:
        best = hit.best
        return Subject(
            self._charged(hit)[0], best.name, identity.mask_id(best.number), hit.grade, hit.class_no, hit.extra,
            best.number or hit.extra if hit.secret is None else hit.secret, hit.alike,
        )  # fmt: skip

    def _former_ids(self, hits: list[Hit]) -> dict[int, str]:
        """By ``id`` of a hit, the finding_id that 0.1.0 would have made of this row alone."""
        subjects = [
            Subject(
                self._charged(hit)[0], hit.name, identity.mask_id(hit.former_number), hit.grade, hit.class_no,
                hit.extra, hit.former_number if hit.secret is None else hit.secret,
            )
            for hit in hits
        ]  # fmt: skip
        return {
            id(hit): finding_id for hit, finding_id in zip(hits, ids_of_those_found(self.entry, subjects), strict=True)
        }


def split(made: Sequence[tuple[Finding, Sequence[Hit]]]) -> tuple[list[Finding], list[Finding]]:
    """Findings, and rows of ``AWAITING``. They are made together, so that one keeps its id when it becomes a
    finding."""
    waiting = [
        (*row, max(hit.found_on for hit in group), max(hit.waits_until for hit in group))
        for row, group in made
        if group[0].waits_until
    ]
    return [row for row, group in made if not group[0].waits_until], waiting


def frame(rows: list[Finding], columns: Sequence[str] = COLUMNS) -> pd.DataFrame:
    """All findings as a table (columns ``COLUMNS`` or ``AWAITING``), in the contract's order."""
    numbers = {"grade": "Int64", "class": "Int64", "violation": "int64"}
    table = pd.DataFrame(rows, columns=pd.Index(columns)).astype({name: numbers.get(name, "str") for name in columns})
    order = ["school_id", "rule_id", "grade", "class", "student", "finding_id"]
    return table.sort_values(order, ignore_index=True, na_position="last")


def _order(hit: Hit) -> tuple[Any, ...]:
    """A row without grade or class comes after those that have one."""
    return (
        hit.school,
        *(part for x in (hit.grade, hit.class_no) for part in (math.isnan(x), 0 if math.isnan(x) else x)),
        hit.name,
        hit.sources,
    )


def _by_subject(hits: list[Hit]) -> list[list[Hit]]:
    """Rows of the same school and subject together, in their order."""
    groups: dict[tuple[int, int], list[Hit]] = {}
    for hit in hits:
        groups.setdefault((hit.school, hit.subject), []).append(hit)
    return list(groups.values())


def _merged(group: list[Hit]) -> Hit:
    """The rows of one subject as one: its evidence and sources list them all; a fact where one of them is."""
    if len(group) == 1:
        return group[0]
    is_fact = any(not hit.lead_reason for hit in group)
    return replace(
        group[0],
        best=min(hit.best for hit in group),
        sources=" | ".join(dict.fromkeys(part for hit in group for part in hit.sources.split(" | ") if part)),
        evidence="；".join(dict.fromkeys(hit.evidence for hit in group)),
        severity=max((hit.severity for hit in group), key=_RANK.__getitem__),
        lead_reason="" if is_fact else "；".join(dict.fromkeys(hit.lead_reason for hit in group)),
    )


def _whole(value: float) -> int | None:
    return None if math.isnan(value) else int(value)
