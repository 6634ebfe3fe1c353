"""Violations 1 to 3: the engine's answer held against the reference's, school by school."""

from __future__ import annotations

from tests.reference import reference_r204, reference_v1, reference_v2, reference_v3
from tests.reference.archive import Archive
from tests.reference.outcome import Outcome, Rulebook
from tests.reference.random_county import RandomCounty

BOOK = Rulebook()
for part in (reference_v1, reference_v2, reference_r204, reference_v3):
    BOOK.rules.update(part.BOOK.rules)


def judge(county: RandomCounty) -> dict[str, dict[str, Outcome]]:
    """Rule → school → outcome."""
    world = Archive(
        county.frames,
        county.earlier_changes,
        county.rejected,
        county.term,
        county.as_of,
        county.policy,
        county.calendar,
    )
    return {rule_id: BOOK.judge(rule_id, world) for rule_id in sorted(BOOK.rules)}
