"""What a rule answers: a truth a judged row, who is charged with it, whom it is about, and what to show of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from xueji_lib.county import County
from xueji_lib.county.kleene import Flags, RowIndexes, Truth
from xueji_lib.county.rows import Ints, Rows
from xueji_lib.register import identity
from xueji_lib.register.calendar import Days
from xueji_lib.register.catalogue import Entry
from xueji_lib.rules.evidence_text import Fact, filled, joined_sources, texts
from xueji_lib.rules.findings import Hit
from xueji_lib.rules.leads import LeadReasons
from xueji_lib.rules.lookalikes import lookalikes
from xueji_lib.rules.pupil_numbers import PupilNumbers
from xueji_lib.rules.sides import person_texts
from xueji_lib.rules.subjects import Subjects

Evidence = str | Callable[[RowIndexes], Sequence[str]]
"""A template, or a function of judged rows."""
Sources = Sequence[tuple[Rows, RowIndexes]] | Callable[[RowIndexes], Sequence[str]]
"""Rows of tables, aligned with the judged rows; or a function of judged rows."""


@dataclass(frozen=True, slots=True)
class Awaiting:
    """Rows that would be findings, had a roll-call not been alone in bringing them to light, and had the school had its
    days to explain (现场发现，待学校说明). By row: ``hit``; the day of the roll-call, and the last of those days."""

    hit: Truth
    found_on: Days
    until: Days


@dataclass(frozen=True, slots=True)
class Verdict:
    """One answer a judged row: ``hit``; the school code it is charged to, the subject it is about, and whether the row
    counts as looked at (``applies``).

    Rows with the same school and subject are one subject, and one finding. ``describe(chosen)`` gives what a finding
    shows of these judged rows, in their order; school and subject are filled in by whoever asks.
    """

    school: Ints
    subject: Ints
    hit: Truth
    applies: Flags
    describe: Callable[[RowIndexes], list[Hit]]
    awaiting: Awaiting | None = None
    """None: the check waits for nobody."""


@dataclass(frozen=True, slots=True)
class Description:
    """Called with judged rows, what findings show of them. ``subjects``: all judged rows, and whom each is about; the
    rest as in ``Inquiry.judge``."""

    county: County
    entry: Entry
    subjects: Subjects
    evidence: Evidence
    facts: Mapping[str, Fact]
    sources: Sources | None
    name: Fact | None
    grade: npt.NDArray[Any] | None
    class_no: npt.NDArray[Any] | None
    extra: Fact
    secret: Fact | None
    severity: Fact
    lead_reasons: LeadReasons
    shared: Fact | None = None

    @property
    def who(self) -> Rows:
        """The table that is judged."""
        return self.subjects.who

    def __call__(self, chosen: RowIndexes) -> list[Hit]:
        rows = self.subjects.row_indexes[chosen]
        name, grade, class_no = self._subjects(rows)
        if self.name is not None:
            name = texts(self.name, chosen)
        numbers = PupilNumbers.of(self.county, self.entry, self.subjects, chosen)
        columns = (
            name,
            grade if self.grade is None else np.asarray(self.grade[chosen], dtype=float).tolist(),
            class_no if self.class_no is None else np.asarray(self.class_no[chosen], dtype=float).tolist(),
            numbers.best,
            texts(self.extra, chosen),
            [None] * len(chosen) if self.secret is None else texts(self.secret, chosen),
            texts(self.severity, chosen),
            [identity.mask_sentence(text) for text in self._evidence(rows, chosen)],
            self._sources(chosen),
            self.lead_reasons(self.who, rows, chosen),
            numbers.former,
        )
        hits = [Hit(*row) for row in zip(*columns, strict=True)]
        if self.secret is None and self.entry.scope == "student":
            school = self.subjects.school[chosen]
            alike = lookalikes(self.county, self.entry, self.subjects, school, numbers.best)
            for hit, numbers_alike in zip(hits, alike, strict=True):
                hit.alike = numbers_alike
        if self.shared is not None:
            people = person_texts(self.county, self.who, rows)
            for hit, common, person in zip(hits, texts(self.shared, chosen), people, strict=True):
                hit.shared, hit.person = common, person
        return hits

    def _evidence(self, rows: RowIndexes, chosen: RowIndexes) -> Sequence[str]:
        if callable(self.evidence):
            return self.evidence(chosen)
        return filled(self.evidence, self.who, rows, self.facts, chosen)

    def _sources(self, chosen: RowIndexes) -> list[str]:
        if callable(self.sources):
            return list(self.sources(chosen))
        named = [(self.who, self.subjects.row_indexes)] if self.sources is None else self.sources
        return joined_sources([(table, row_indexes[chosen]) for table, row_indexes in named])

    def _subjects(self, rows: RowIndexes) -> tuple[list[str], list[float], list[float]]:
        """name, grade, class_no of these rows' students; what a ledger lacks is taken from the register."""
        if self.entry.scope != "student":
            nothing = [math.nan] * len(rows)
            return [""] * len(rows), nothing, nothing
        who, register = self.who, self.county.registry.rows
        first = self.county.first_in_register(who)[rows]
        known = first >= 0
        safe = np.where(known, first, 0)
        class_of = []
        for column in ("grade", "class_no"):
            own = who[column].values[rows] if who.has(column) else np.full(len(rows), np.nan)
            other = np.where(known, register[column].values[safe], np.nan) if known.any() else np.nan
            class_of.append(np.asarray(np.where(np.isnan(own), other, own), dtype=float).tolist())
        names = [name or "" for name in who.strings("name", rows)]
        return names, class_of[0], class_of[1]
