"""All checks of the catalogue against an independent slow judge, over random counties (more of them by hand:
CONTRIBUTING.md)."""

from __future__ import annotations

import pytest

from tests.reference.compare import BOOK, CATALOGUE, compared, natures

pytestmark = pytest.mark.slow

# Chosen so that together they show every check with and without findings, and undecided, and every check that may
# state a fact as a fact; and as a lead where its entry says when it is only one.
SEEDS = [
    7,
    13,
    27,
    76,
    113,
    117,
    139,
    143,
    144,
    154,
    176,
    189,
    191,
    198,
    207,
    229,
    237,
    240,
    324,
    696,
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    8,
    57,
    39,
    184,
    265,
]
NEVER_OPEN = {"R114": "疑似要两边的姓名和班都认得出；只有学生状态认不出的才无法判定，太少见"}
UNCONFIRMED = {"R106", "R401", "R404", "R407", "R701", "R707"}
"""Their figures wait for the county; in some random counties it has confirmed them."""


def every_outcome() -> set[tuple[str, str]]:
    """Check and what the seeds must show of it."""
    wanted = {(rule_id, status) for rule_id in BOOK.rules for status in ("发现", "无法判定", "未发现")}
    wanted -= {(rule_id, "无法判定") for rule_id in NEVER_OPEN}
    for rule_id, entry in CATALOGUE.entries.items():
        if entry.nature == "事实":
            wanted |= {(rule_id, "事实")} | ({(rule_id, "线索")} if entry.lead or rule_id in UNCONFIRMED else set())
    return wanted


def test_the_reference_knows_every_check() -> None:
    assert set(BOOK.rules) == set(CATALOGUE.entries)


def test_engine_and_reference_agree() -> None:
    differing: list[str] = []
    never = every_outcome()
    for seed in SEEDS:
        lines, expected = compared(seed)
        differing += lines
        for rule_id, schools in expected.items():
            for outcome in schools.values():
                never -= {(rule_id, shown) for shown in (outcome.status, *natures(rule_id, outcome))}
    assert differing == []
    assert sorted(never) == [], "the counties of these seeds never show this"
