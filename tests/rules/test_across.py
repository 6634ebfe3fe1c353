"""What a rule looks at in other schools, it says: judged with one school's rows and what it named, it gives the answer
of the whole county.

Every rule is judged so on its own proof tables (test_proofs.py), which have to show what it looks at; here on random
counties, which show what nobody thought of.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.rules import proofs
from tests.rules.at_points import at_points
from tests.rules.judged_alone import Stored, every_check, stored, told
from tests.stored_county import lay
from xueji_lib.county import County
from xueji_lib.county.kleene import any_of, truth
from xueji_lib.county.rows import KeyIndex
from xueji_lib.rules import IMPLEMENTED
from xueji_lib.rules.across import Across
from xueji_lib.rules.inquiry import Inquiry
from xueji_lib.rules.marking import Implementation, rule
from xueji_lib.rules.verdict import Verdict
from xueji_lib.store import Store

pytestmark = pytest.mark.slow

SEEDS = range(4)
ASKED = 4
"""Schools of a random county that are judged alone."""


@pytest.fixture(scope="module")
def counties(tmp_path_factory: pytest.TempPathFactory) -> list[Stored]:
    """Two counties side by side in each, so that not everybody has to do with everybody."""
    made = []
    for seed in SEEDS:
        store, first = lay(tmp_path_factory.mktemp("county") / "store", seed, 2)
        county = County.load(store, first.yardstick)
        made.append(stored(county, store, ASKED))
    return made


def test_no_rule_looks_further_in_random_counties(counties: list[Stored]) -> None:
    catalogue = every_check(IMPLEMENTED)
    assert not told([one for county in counties for one in county.looks_further(catalogue, IMPLEMENTED)])


# ---- rules that do not say what they look at ----


@rule("R991")
def same_number_at_another_school(inquiry: Inquiry) -> Verdict:
    register = inquiry["register"]
    left, right = KeyIndex(register.key("id_key")).join(register.key("id_key"))
    other = truth(register.school[left] != register.school[right])
    return inquiry.judge(any_of(len(register), left, other), "", who=register)


@rule("R992")
def same_name_at_another_school(inquiry: Inquiry) -> Verdict:
    register = inquiry["register"]
    names = pd.DataFrame({"name": register.strings("name"), "school": register.school}).drop_duplicates()
    shared = names["name"].value_counts()
    return inquiry.judge(truth([shared.get(n, 0) > 1 for n in register.strings("name")]), "", who=register)


@rule("R993")
def guardian_of_two_schools(inquiry: Inquiry) -> Verdict:
    frame = inquiry["register"].frame
    guardians = frame.groupby("member1_name", observed=True)["school_id"].transform("nunique")
    return inquiry.judge(truth((guardians > 1).to_numpy()), "", who=inquiry["register"])


@rule("R994")
def larger_than_the_countys_middle(inquiry: Inquiry) -> Verdict:
    schools = inquiry["schools"]
    students = np.bincount(inquiry["register"].school, minlength=len(schools))[: len(schools)]
    return inquiry.judge(truth(students > np.median(students)), "", who=schools)


@rule("R995")
def others_have_transfers(inquiry: Inquiry) -> Verdict:
    schools = inquiry["schools"]
    others = inquiry.county.schools_with("transfers").sum() - inquiry.county.schools_with("transfers")[: len(schools)]
    return inquiry.judge(truth(others > 0), "", who=schools)


@rule("R996")
def first_row_of_the_table(inquiry: Inquiry) -> Verdict:
    rows = inquiry["register"]
    return inquiry.judge(truth(np.arange(len(rows)) == 0), "", who=rows)


@rule("R997", across=Across.TRANSFERS)
def number_of_somebody_elses_headcount(inquiry: Inquiry) -> Verdict:
    register, headcount = inquiry["register"], inquiry["headcount"]
    seen, student = KeyIndex(register.key("id_key")).join(headcount.key("id_key"))
    away = truth(headcount.school[seen] != register.school[student])
    return inquiry.judge(any_of(len(register), student, away), "", who=register)


@rule("R998")
def tells_how_many_others_were_found(inquiry: Inquiry) -> Verdict:
    register = inquiry["register"]
    everybody = truth(np.ones(len(register), dtype=bool))
    return inquiry.judge(everybody, "全县共 {n} 名", who=register, facts={"n": str(len(register))})


CARELESS = (
    same_number_at_another_school, same_name_at_another_school, guardian_of_two_schools, larger_than_the_countys_middle,
    others_have_transfers, first_row_of_the_table, number_of_somebody_elses_headcount,
    tells_how_many_others_were_found,
)  # fmt: skip


@pytest.mark.parametrize("function", CARELESS, ids=lambda function: function.__name__)
def test_a_rule_that_looks_at_other_schools_and_does_not_say_so_is_refused(
    function: object, counties: list[Stored]
) -> None:
    implementation: Implementation = function.implementation  # type: ignore[attr-defined]
    rules = {implementation.id: implementation}
    further = [one for county in counties for one in county.looks_further(every_check(rules), rules)]
    assert {one.rule_id for one in further} == set(rules)
    everywhere = {implementation.id: replace(implementation, across=frozenset({Across.COUNTY}))}
    assert not counties[0].looks_further(every_check(everywhere), everywhere), "it would only have had to say so"


@pytest.mark.parametrize(
    ("rule_id", "way"),
    [(i, way) for i, made in IMPLEMENTED.items() for way in sorted(made.across) if way is not Across.COUNTY],
)
def test_a_rule_says_no_more_than_it_looks_at(
    rule_id: str, way: Across, counties: list[Stored], tmp_path: Path
) -> None:
    """Without this word it would be refused."""
    made = IMPLEMENTED[rule_id]
    rules = {rule_id: replace(made, across=made.across - {way})}
    catalogue = every_check(rules)
    for county in counties:
        if county.looks_further(catalogue, rules):
            return
    for case in (case for case in proofs.cases() if proofs.rule_of(case) == rule_id):
        folder = tmp_path / case
        shown = stored(proofs.taken_in(case, folder), Store(folder / "store"))
        if shown.looks_further(catalogue, rules):
            return
        if way is Across.CENTRAL:
            for half in (0, 1):
                if at_points(shown, folder / f"points{half}", half).looks_further(catalogue, rules):
                    return
    pytest.fail(f"{rule_id} 不看 {way}")
