"""Which findings of two schools are one case: on the proof tables, judged by all the checks that make such findings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.rules import proofs
from xueji_lib.judge import engine, shelf
from xueji_lib.judge.results import Results
from xueji_lib.judge.two_sides import two_sides
from xueji_lib.register import catalogue as catalogues

TWO_SIDED = ("R116", "R117", "R202", "R203", "R207", "R210", "R508", "R518")


def answer_of(name: str, folder: Path) -> Results:
    county, whole = proofs.taken_in(name, folder), catalogues.load()
    chosen = replace(whole, entries={rule: whole[rule] for rule in TWO_SIDED})
    return shelf.keep(folder / "results", engine.judge(county, chosen, folder / "logs"), "0")


@pytest.mark.parametrize(
    ("name", "together"),
    [
        ("R202", {"R202"}),
        ("R203", {"R203"}),
        ("R207", {"R207"}),
        ("R117", {"R117"}),
        ("R210", {"R210", "R508"}),
        ("R116", {"R116", "R508"}),
    ],
)
def test_the_sides_of_a_case_find_one_another(name: str, together: set[str], tmp_path: Path) -> None:
    answer = answer_of(name, tmp_path)
    sides = two_sides(answer)
    rows = answer.findings.set_index("finding_id")
    cases: dict[str, list[str]] = {}
    for finding, side in sides.items():
        cases.setdefault(side.case, []).append(finding)
    assert any(set(rows.loc[members, "rule_id"]) == together for members in cases.values())
    for members in cases.values():
        found = rows.loc[members]
        assert found["school_id"].nunique() >= 2
        assert set(found["rule_id"]) <= {"R116", "R210", "R508", "R518"} or found["rule_id"].nunique() == 1
        assert found["student"].nunique() == 1 or set(found["rule_id"]) & {"R202", "R207", "R210", "R508", "R116"}
        for finding in members:  # a name is told only where the finding's own evidence has it
            assert all(school in rows.loc[finding, "evidence"] for school in sides[finding].named)


def test_nothing_of_a_number_can_be_tried_out(tmp_path: Path) -> None:
    """The same county in another store gives other digests, and none looks like a number."""
    one, other = (answer_of("R202", tmp_path / place).sides for place in ("甲", "乙"))
    assert len(one) and list(one["finding_id"]) == list(other["finding_id"])
    for column in ("shared", "people"):
        assert not set(one[column]) & set(other[column])
        assert not one[column].str.contains(r"\d").any()
