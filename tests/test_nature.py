"""Fact or lead is decided for each finding, and a figure that the county has not confirmed makes no fact."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.rules import proofs
from xueji_lib.cli import xueji
from xueji_lib.cli.chinese import run as command
from xueji_lib.judge.confirming import confirmed, figures_in_use
from xueji_lib.judge.engine import Check
from xueji_lib.register import catalogue as catalogues
from xueji_lib.register.policy import Policy
from xueji_lib.register.vocabulary import Nature
from xueji_lib.rules.leads import figures_of

pytestmark = pytest.mark.slow

CATALOGUE, POLICY = catalogues.load(), Policy.load()
RESTING = {"R106", "R401", "R407", "R701", "R707"}
"""Checks of facts all of whose findings rest on a figure that is to be confirmed as it is handed out."""


def judged(case: str, folder: Path, policy: Policy = POLICY) -> Check:
    county = proofs.taken_in(case, folder)
    county.policy = policy
    return proofs.judged(case, county, folder / "logs")[0]


def test_the_checks_that_rest_on_unconfirmed_figures_are_those_that_the_catalogue_says() -> None:
    facts = [entry for entry in CATALOGUE.entries.values() if entry.nature == Nature.FACT]
    resting = {entry.id for entry in facts if any(map(POLICY.unconfirmed, figures_of(entry, POLICY)))}
    assert resting - {"R404"} == RESTING  # R404: only in the grades of entry


@pytest.mark.parametrize("rule_id", sorted(RESTING))
def test_an_unconfirmed_figure_makes_a_lead_until_the_county_confirms_it(rule_id: str, tmp_path: Path) -> None:
    findings = judged(rule_id, tmp_path / "open").findings
    assert len(findings) and set(findings["nature"]) == {"线索"}
    figure = next(filter(POLICY.unconfirmed, figures_of(CATALOGUE[rule_id], POLICY)))
    assert findings["nature_reason"].str.contains(f"依据的{POLICY.described(figure)}待县局确认", regex=False).all()
    settled = judged(rule_id, tmp_path / "settled", confirmed(POLICY, figure)).findings
    assert not settled["nature_reason"].str.contains("待县局确认").any()
    assert (settled["nature"] == "事实").any()
    assert set(settled["finding_id"]) == set(findings["finding_id"])


def test_a_check_of_leads_gives_no_reason(tmp_path: Path) -> None:
    findings = judged("R113", tmp_path).findings
    assert set(zip(findings["nature"], findings["nature_reason"], strict=True)) == {("线索", "")}


def test_a_figure_without_a_name_of_its_own_is_called_as_in_the_file() -> None:
    assert replace(POLICY, titles={}).described("custody_days") == "custody_days（30 日）"
    assert POLICY.described("custody_days") == "保密承诺书签订宽限（30 日）"
    assert POLICY.described("transfer_decision_workdays") == "转学答复期限（10 个工作日）"


def test_the_command_lists_every_figure_and_counts_what_confirming_it_would_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hits = len(judged("R407", tmp_path).findings)
    line = ["--store", str(tmp_path / "store"), "rules", "figures", "--term", "2026-2027-1", "--as-of", "2026-11-20"]
    assert command(xueji, line) == 0
    lines = capsys.readouterr().out.splitlines()
    at = next(i for i, text in enumerate(lines) if "suspend_decision_workdays" in text)
    assert lines[at].startswith("待确认") and POLICY.sources["suspend_decision_workdays"] in lines[at + 1]
    assert f"确认后有 {hits} 条疑点由线索成为事实" in lines[at + 2]
    assert command(xueji, ["rules", "figures"]) == 0
    without_data = capsys.readouterr().out
    assert all(figure.name in without_data for figure in figures_in_use(CATALOGUE, POLICY))
