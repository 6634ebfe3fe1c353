"""What one rule is handed: the county, the check's entry in the catalogue, the calendar, and ``judge``.

A rule is pure: it reads tables, never changes them, and returns a ``Verdict``. The engine adds everything else.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from xueji_lib.county import County
from xueji_lib.county.kleene import Flags, RowIndexes, Truth, not_no, truth
from xueji_lib.county.rows import Ints, Rows
from xueji_lib.register.catalogue import Entry
from xueji_lib.register.policy import Policy
from xueji_lib.rules.evidence_text import Fact
from xueji_lib.rules.leads import Lead, LeadReasons
from xueji_lib.rules.periods import Periods
from xueji_lib.rules.subjects import Subjects
from xueji_lib.rules.verdict import Awaiting, Description, Evidence, Sources, Verdict


class NotApplicable(Exception):
    """The rule does not apply in this term or on this day; the text says why."""


@dataclass
class Inquiry:
    """One check made of the whole county. ``notes``: sentences for coverage's reason, by school code."""

    county: County
    entry: Entry
    notes: dict[int, list[str]] = field(default_factory=dict)

    def __getitem__(self, table: str) -> Rows:
        return self.county[table]

    @property
    def policy(self) -> Policy:
        """The figures in force."""
        return self.county.policy

    @property
    def as_of(self) -> dt.date:
        """检查基准日."""
        return self.county.as_of

    @cached_property
    def periods(self) -> Periods:
        """Deadlines, working days, terms."""
        return Periods(self.county.calendar, self.policy, self.county.days)

    def note(self, school: Ints, text: str) -> None:
        """Add a sentence to coverage's reason: ``{n}`` rows of each school were left aside."""
        for code, n in zip(*np.unique(school[school >= 0], return_counts=True), strict=True):
            self.notes.setdefault(int(code), []).append(text.format(n=n))

    def note_everywhere(self, text: str) -> None:
        """Add a sentence to the reason of every school of the directory."""
        for code in range(self.county.n_schools):
            self.notes.setdefault(code, []).append(text)

    def judge(
        self,
        hit: Truth,
        evidence: Evidence,
        *,
        who: Rows,
        at: RowIndexes | None = None,
        school: Ints | None = None,
        person: Ints | None = None,
        applies: Flags | Truth | None = None,
        facts: Mapping[str, Fact] | None = None,
        sources: Sources | None = None,
        name: Fact | None = None,
        grade: npt.NDArray[Any] | None = None,
        class_no: npt.NDArray[Any] | None = None,
        extra: Fact | None = None,
        secret: Fact | None = None,
        severity: Fact | None = None,
        leads: Sequence[Lead] = (),
        figures: Mapping[str, Flags] | None = None,
        awaiting: Awaiting | None = None,
        shared: Fact | None = None,
    ) -> Verdict:
        """A verdict on the rows ``at`` (default: all) of ``who``; ``hit`` and whatever else stands row by row is
        aligned with them.

        ``evidence`` is a template: ``{column}`` is that row's cell (masked where personal), ``{fact}`` one of
        ``facts``. ``person`` tells subjects apart (default: the student for student scope); ``applies``: the rows that
        count as looked at; ``name``: the pupil's, where it is not the row's; ``extra`` is what a subject holds besides
        (phone, date and party), as it may be shown, and ``secret`` what tells subjects apart that look the same so.
        ``leads``: when a row is only a lead (the entry's ``lead``), each with its reason; ``figures``: see
        ``LeadReasons``. ``awaiting``: of these rows no finding is made yet (``common.awaiting_school``). ``shared``:
        what the findings of one case at two schools have in common (``sides``), in full.
        """
        row_indexes = np.arange(len(who)) if at is None else at
        plain = school is None and person is None
        school = who.school[row_indexes] if school is None else school
        if person is None:
            everyone = self.county.persons(who)
            person = everyone if at is None else everyone[row_indexes]
        hit = self._on_register(hit, who, row_indexes)
        counted = _flags(applies, len(row_indexes))
        describe = Description(
            self.county, self.entry, Subjects(who, row_indexes, school, person, plain), evidence, dict(facts or {}),
            sources, name, grade, class_no,
            "" if extra is None else extra, secret, self.entry.severity if severity is None else severity,
            LeadReasons(self.entry, self.policy, tuple(leads), dict(figures or {}), dict(facts or {})), shared,
        )  # fmt: skip
        hit = truth(counted) & hit
        if awaiting is None:
            return Verdict(school, person, hit, counted, describe)
        waiting = replace(awaiting, hit=hit & awaiting.hit)
        return Verdict(school, person, hit & ~awaiting.hit, counted, describe, waiting)

    def _on_register(self, hit: Truth, who: Rows, row_indexes: RowIndexes) -> Truth:
        """Whose 学生状态 could not be read may have departed: a finding about that pupil is undecided."""
        if self.entry.scope == "student":
            for registry in (self.county.registry, self.county.previous):
                if who is registry.rows:
                    return hit & registry.on_register[row_indexes]
        return hit


def _flags(applies: Flags | Truth | None, size: int) -> Flags:
    if applies is None:
        return np.ones(size, dtype=bool)
    return not_no(applies) if isinstance(applies, Truth) else applies
