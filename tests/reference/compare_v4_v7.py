"""Violations 4 to 7: the engine's answer held against the reference's, school by school."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Hashable, Mapping
from typing import Any

import pandas as pd

from tests.reference import reference_r712_r715, reference_v4, reference_v5, reference_v6, reference_v7
from tests.reference.outcome import Outcome, Rulebook
from tests.reference.world import World
from xueji_lib.calendar import Calendar, Term
from xueji_lib.engine import Check
from xueji_lib.policy import Policy

BOOK = Rulebook()
for part in (reference_v4, reference_v5, reference_v6, reference_v7, reference_r712_r715):
    BOOK.rules.update(part.BOOK.rules)


def judge(
    frames: Mapping[str, pd.DataFrame], term: Term, as_of: dt.date, policy: Policy, calendar: Calendar
) -> dict[str, dict[str, Outcome]]:
    """Rule → school → outcome."""
    world = World(frames, term, as_of, policy, calendar)
    return {rule_id: BOOK.judge(rule_id, world) for rule_id in sorted(BOOK.rules)}


def shown(scope: str, finding: Mapping[Hashable, Any]) -> Hashable:
    """How a finding names its subject, as the reference does."""
    if scope == "student":
        return str(finding["student"])
    if scope == "class":
        return int(str(finding["grade"])), int(str(finding["class"]))
    return (int(str(finding["grade"])),) if finding["rule_id"] == "R712" else ""


def disagreements(
    check: Check, expected: Mapping[str, Mapping[str, Outcome]], scopes: Mapping[str, str], rules: Collection[str] = ()
) -> list[str]:
    """One line for every school and rule where the two differ."""
    found: dict[tuple[str, str], list[Hashable]] = {}
    for finding in check.findings.to_dict("records"):
        key = str(finding["rule_id"]), str(finding["school_id"])
        if key[0] in expected:
            found.setdefault(key, []).append(shown(scopes[key[0]], finding))
    lines = []
    for row in check.coverage.to_dict("records"):
        rule_id, school = str(row["rule_id"]), str(row["school_id"])
        if rule_id not in expected or (rules and rule_id not in rules):
            continue
        outcome = expected[rule_id][school]
        names = sorted(map(str, found.get((rule_id, school), [])))
        ours = sorted(str(min(map(str, names))) for names in outcome.hits)
        same_names = len(names) == len(ours) and (names == ours or covered(names, outcome.hits))
        if row["status"] != outcome.status or not same_names or int(row["undecided"]) != outcome.undecided:
            lines.append(
                f"{rule_id} {school}: engine {row['status']} {names} ?{row['undecided']} ({row['reason']}); "
                f"reference {outcome.status} {[sorted(map(str, n)) for n in outcome.hits]} ?{outcome.undecided}"
            )
    return lines


def covered(names: list[str], hits: list[frozenset[Hashable]]) -> bool:
    """Every finding's name is one its subject may be shown by, subject by subject."""
    if not names:
        return not hits
    return any(
        names[0] in set(map(str, hit)) and covered(names[1:], hits[:place] + hits[place + 1 :])
        for place, hit in enumerate(hits)
    )
