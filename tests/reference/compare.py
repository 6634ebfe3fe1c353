"""The engine's answer held against the reference's, rule by rule and school by school, nature by finding."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Hashable, Mapping
from pathlib import Path
from typing import Any

from tests.reference import (
    reference_r116_r120,
    reference_r204,
    reference_r712_r715,
    reference_r717_r722,
    reference_v1,
    reference_v2,
    reference_v3,
    reference_v4,
    reference_v5,
    reference_v6,
    reference_v7,
)
from tests.reference.archive import Archive
from tests.reference.outcome import Outcome, Rulebook
from tests.reference.random_county import RandomCounty, random_county
from xueji_lib.judge.engine import Check, judge
from xueji_lib.register import catalogue as catalogues

CATALOGUE = catalogues.load("2020-154")
_PARTS = (
    reference_v1, reference_r116_r120, reference_v2, reference_r204, reference_v3, reference_v4, reference_v5,
    reference_v6, reference_v7, reference_r712_r715, reference_r717_r722,
)  # fmt: skip
BOOK = Rulebook({rule_id: rule for part in _PARTS for rule_id, rule in part.BOOK.rules.items()})

Expected = Mapping[str, Mapping[str, Outcome]]
"""Rule → school → outcome."""


def compared(seed: int, rules: Collection[str] = ()) -> tuple[list[str], Expected]:
    """The seed's county: a line for every rule and school where the two differ, and what the reference says.

    ``rules``: these alone.
    """
    made = random_county(seed)
    with tempfile.TemporaryDirectory() as logs:
        check = judge(made.county(), CATALOGUE, Path(logs))
    expected = expected_of(made, rules)
    return [f"seed {seed} {line}" for line in disagreements(check, expected)], expected


def expected_of(made: RandomCounty, rules: Collection[str] = ()) -> Expected:
    """What the reference says of a county."""
    world = archive_of(made)
    return {rule_id: BOOK.judge(rule_id, world) for rule_id in sorted(rules or BOOK.rules)}


def archive_of(made: RandomCounty) -> Archive:
    """The county as the reference sees it."""
    return Archive(made.frames, made.earlier_changes, made.rejected, made.term, made.as_of, made.policy, made.calendar)


def disagreements(check: Check, expected: Expected) -> list[str]:
    """One line for every rule and school where a status, a count, a name or a nature differs, or that one lacks."""
    found: dict[tuple[str, str], list[Named]] = {}
    for finding in check.findings.to_dict("records"):
        named = (str(shown(finding)), str(finding["nature"]))
        found.setdefault((str(finding["rule_id"]), str(finding["school_id"])), []).append(named)
    open_ = {(rule_id, school) for rule_id, schools in expected.items() for school in schools}
    lines = []
    for row in check.coverage.to_dict("records"):
        rule_id, school = str(row["rule_id"]), str(row["school_id"])
        if rule_id not in expected:
            continue
        outcome, names = expected[rule_id][school], sorted(found.pop((rule_id, school), []))
        hits = [
            (frozenset(map(str, hit)), nature)
            for hit, nature in zip(outcome.hits, natures(rule_id, outcome), strict=True)
        ]
        open_.remove((rule_id, school))
        same = covered(names, hits) and int(row["findings"]) == len(names)
        if row["status"] != outcome.status or not same or int(row["undecided"]) != outcome.undecided:
            lines.append(
                f"{rule_id} {school}: engine {row['status']} {names} ?{row['undecided']} ({row['reason']}); "
                f"reference {outcome.status} {[(sorted(hit), nature) for hit, nature in hits]} ?{outcome.undecided}"
            )
    lines += [f"{rule_id} {school}: no coverage" for rule_id, school in sorted(open_)]
    return lines + [f"{rule_id} {school}: not covered" for rule_id, school in sorted(found) if rule_id in expected]


Named = tuple[str, str]
"""How a finding names its subject, and its nature."""


def natures(rule_id: str, outcome: Outcome) -> list[str]:
    """Of each hit: 线索 where the check never states a fact, or all that found it is a lead."""
    strongest = CATALOGUE.entries[rule_id].nature
    return ["线索" if lead or strongest == "线索" else "事实" for lead in outcome.leads]


def shown(finding: Mapping[Hashable, Any]) -> Hashable:
    """How a finding names its subject, as the reference does."""
    scope = CATALOGUE.entries[str(finding["rule_id"])].scope
    if scope == "student":
        return str(finding["student"])
    if scope == "class":
        return int(str(finding["grade"])), int(str(finding["class"]))
    return (int(str(finding["grade"])),) if finding["rule_id"] == "R712" else ""


def covered(names: list[Named], hits: list[tuple[frozenset[str], str]]) -> bool:
    """One finding for every hit, under a name the hit's subject may be shown by, and of its nature."""
    if not names:
        return not hits
    (name, nature), *others = names
    return any(
        name in hit and nature == theirs and covered(others, hits[:place] + hits[place + 1 :])
        for place, (hit, theirs) in enumerate(hits)
    )
