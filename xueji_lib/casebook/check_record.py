"""What became of each check: how many of its findings people judged, and how many they found not to be true.

A verdict counts as it stands last, however often it was changed; one that was closed and found again was a verdict of
its own. Read from the events alone, so over all terms.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import select

from xueji_lib.casebook.cases import differ
from xueji_lib.casebook.log.book import Casebook, stored
from xueji_lib.casebook.log.events import Event, heads, in_order
from xueji_lib.casebook.log.renamed import current_ids
from xueji_lib.casebook.log.tables import SIGHTINGS
from xueji_lib.casebook.states import STANDING
from xueji_lib.register.vocabulary import CaseState

MANY: Final = 20
"""Verdicts from which on a share of them says something about the check."""
_HALF: Final = 0.5


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Findings by what people found: ``true`` 属实, ``refuted`` 不属实 (不是同一人 too)."""

    true: int = 0
    refuted: int = 0

    @property
    def judged(self) -> int:
        """Those that have a verdict."""
        return self.true + self.refuted

    @property
    def false_alarms(self) -> float | None:
        """The share that was not true, from 0 to 1; None where nothing was judged."""
        return self.refuted / self.judged if self.judged else None


@dataclass(frozen=True)
class CheckRecord:
    """One check. ``listed``: findings that it ever made here; ``by_term``: the verdicts, by the term in which they were
    given."""

    rule_id: str
    listed: int
    by_term: Mapping[str, Verdicts] = field(default_factory=dict)

    @property
    def verdicts(self) -> Verdicts:
        """Of all terms."""
        every = self.by_term.values()
        return Verdicts(sum(one.true for one in every), sum(one.refuted for one in every))

    @property
    def mostly_wrong(self) -> bool:
        """Many were judged, and more than half of them were not true."""
        share = self.verdicts.false_alarms
        return share is not None and self.verdicts.judged >= MANY and share > _HALF

    @property
    def by_people(self) -> bool:
        """What it says was found at schools by people (S numbers), not by the machine."""
        return self.rule_id.startswith("S")


def of_casebook(book: Casebook) -> list[CheckRecord]:
    """Every check that ever found anything, by its number; what people found at schools last."""
    return sorted(_records(book, "").values(), key=lambda record: (record.by_people, record.rule_id))


def of_check(book: Casebook, rule_id: str) -> CheckRecord:
    """One check's record."""
    return _records(book, rule_id).get(rule_id, CheckRecord(rule_id, 0))


def _records(book: Casebook, rule_id: str) -> dict[str, CheckRecord]:
    """Rule id → its record. ``rule_id``: this one alone, or all where it is ""."""
    prefix = f"{rule_id}-" if rule_id else ""
    with book.reading() as connection:
        known = select(SIGHTINGS.c.finding_id).where(SIGHTINGS.c.finding_id.startswith(prefix, autoescape=True))
        listed = [str(key) for key in connection.execute(known).scalars()]
        renamed = current_ids(connection)
        events = stored(connection, kinds=("finding",), subject_prefix=prefix)
        if former := [key for key, now in renamed.items() if now.startswith(prefix) and not key.startswith(prefix)]:
            events += stored(connection, kinds=("finding",), subjects=former)
    about: dict[str, list[Event]] = {}
    for event in events:
        about.setdefault(renamed.get(event.subject, event.subject), []).append(event)
    counts: dict[str, int] = {}
    for key in listed:
        counts[_rule(key)] = counts.get(_rule(key), 0) + 1
    terms: dict[str, dict[str, list[bool]]] = {}
    for key, of_finding in about.items():
        for term, is_true in verdicts_of(of_finding):
            terms.setdefault(_rule(key), {}).setdefault(term, []).append(is_true)
    by_rule = {rule: {term: _counted(terms[rule][term]) for term in sorted(terms[rule])} for rule in terms}
    return {rule: CheckRecord(rule, counts.get(rule, 0), by_rule.get(rule, {})) for rule in {*counts, *by_rule}}


def _rule(finding_id: str) -> str:
    return finding_id.partition("-")[0]


def _counted(verdicts: Iterable[bool]) -> Verdicts:
    values = list(verdicts)
    return Verdicts(sum(values), len(values) - sum(values))


def verdicts_of(events: Sequence[Event]) -> list[tuple[str, bool]]:
    """The verdicts that a finding's events leave standing, as (term, it was true): one for each time that it was
    closed, and the last.

    待补证, 豁免, a verdict taken back and two that differ are none; nor is what an inspector withdrew before it was a
    finding (现场发现).
    """
    closed: list[tuple[str, tuple[str, bool]]] = []
    verdict: tuple[str, bool] | None = None
    for event in in_order(events):
        to = str(event.body["to"])
        if closed and event.body.get("undoes") == closed[-1][0]:
            verdict = closed.pop()[1]
        if to == CaseState.CLOSED:
            closed.append((event.id, verdict or (event.term, True)))
            verdict = None
        elif to in STANDING:
            verdict = verdict if verdict and verdict[1] else (event.term, True)
        elif to in (CaseState.REFUTED, CaseState.DIFFERENT) and event.body.get("from") != CaseState.ON_SITE:
            verdict = event.term, False
        else:
            verdict = None
    standing = [] if verdict is None or differ(heads(events)) else [verdict]
    return [*(one for _, one in closed), *standing]
