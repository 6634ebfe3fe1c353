"""A release that makes finding_ids otherwise: decisions, files, packages and lists stay with their finding."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from tests.casebook.conftest import DIRECTOR, INSPECTOR, SECOND, Clock, Office
from tests.casebook.test_evidence import PDF
from xueji_lib.casebook import cases, evidence, replies
from xueji_lib.casebook.carry.merge import merge
from xueji_lib.casebook.carry.package import pack
from xueji_lib.casebook.carry.sealed import Sealed
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.log.events import Actor
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.judge import results
from xueji_lib.store import Store
from xueji_lib.support.errors import UsageError

TERM, BIG, TODAY = "2026-2027-1", "2164000001", dt.date(2026, 11, 25)
WORD = "督查-口令-2026"
PRINCIPAL = Actor("张校长", "principal", BIG)


def listed(office: Office) -> list[cases.Case]:
    return [case for case in cases.of_school(office.book, BIG, TODAY) if case.finding["rule_id"] == "R102"]


def renamed(findings: pd.DataFrame) -> pd.DataFrame:
    """The same findings under other ids, as another release makes them."""
    return findings.assign(finding_id=findings["finding_id"] + "n", former_ids=findings["finding_id"])


def test_what_was_decided_under_a_former_id_stays_with_the_finding(office: Office) -> None:
    true, plain = listed(office)[:2]
    cases.decide(office.desk(DIRECTOR), true.id, {"to": "属实"})
    evidence.attach(office.desk(INSPECTOR), BIG, f"finding/{true.id}", "表.pdf", PDF)
    known = len(cases.of_county(office.book, TODAY))
    synced = office.run(renamed(office.check.findings))
    assert (synced.added, synced.gone) == (0, 0)
    assert len(cases.of_county(office.book, TODAY)) == known
    now = {case.id: case for case in listed(office)}
    assert (now[f"{true.id}n"].state, now[f"{plain.id}n"].state) == ("属实", "疑点")
    assert cases.case(office.book, true.id, TODAY).id == f"{true.id}n"
    assert [item.name for item in evidence.of_school(office.book, BIG)[f"finding/{true.id}n"]] == ["表.pdf"]

    # The next step knows of the one before it, the one after undoes it, and another release changes nothing of that.
    case = cases.decide(office.desk(INSPECTOR), f"{true.id}n", {"to": "已通知", "due": "2026-12-20"})
    assert len(case.history) == 2 and case.rivals == ()
    assert cases.undo(office.desk(INSPECTOR), case.id, seen=case.seen).state == "属实"
    later = office.check.findings.assign(
        finding_id=office.check.findings["finding_id"] + "m", former_ids=office.check.findings["finding_id"] + "n"
    )
    office.run(later)
    assert cases.case(office.book, true.id, TODAY).id == f"{true.id}m"
    assert cases.case(office.book, true.id, TODAY).state == "属实"
    assert office.book.verify().broken == ""


def test_two_findings_that_become_one_keep_both_decisions(office: Office) -> None:
    first, second = listed(office)[:2]
    cases.decide(office.desk(INSPECTOR), first.id, {"to": "属实"})
    cases.decide(office.desk(SECOND), second.id, {"to": "不属实", "note": "已核对"})
    findings = office.check.findings[office.check.findings["finding_id"] != second.id]
    ids = findings["finding_id"].where(findings["finding_id"] != first.id, "R102-together")
    office.run(
        findings.assign(
            finding_id=ids, former_ids=[f"{first.id} {second.id}" if i == "R102-together" else "" for i in ids]
        )
    )
    case = cases.case(office.book, second.id, TODAY)
    assert (case.id, case.state, len(case.history)) == ("R102-together", "冲突", 2)
    assert sum(case.finding["rule_id"] == "R102" for case in cases.of_school(office.book, BIG, TODAY)) == len(
        listed(office)
    )


@pytest.fixture
def url() -> str:
    return ""


def test_a_list_filled_in_under_former_ids_is_reported(office: Office) -> None:
    case = listed(office)[0]
    cases.decide(office.desk(INSPECTOR), case.id, {"to": "属实"})
    cases.decide(office.desk(INSPECTOR), case.id, {"to": "已通知", "due": "2026-12-20"})
    office.run(renamed(office.check.findings))
    row = {"finding_id": case.id, "measure": "已更正", "person": "马老师", "done_date": "2026-11-24", "school_note": ""}
    table = pd.DataFrame([{**row, "_row": 5}])
    assert replies.apply(office.desk(PRINCIPAL), BIG, table).reported == 1
    assert cases.case(office.book, case.id, TODAY).state == "学校已报整改"
    with pytest.raises(UsageError, match="不是贵校的"):
        replies.apply(office.desk(PRINCIPAL), BIG, table.assign(finding_id="R102-nobody"))


def test_a_package_from_before_comes_home_after_the_ids_changed(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xueji_lib.casebook.carry.sealed._COST", {"n": 2**4, "r": 8, "p": 1})
    office.run(office.check.findings)
    folder = office.store.root / "results" / TERM / "2026-11-20"
    kept = next(d for d in folder.iterdir() if d.is_dir())
    answer = results.Results(kept, TERM, dt.date(2026, 11, 20), "2020-154", kept.name)
    package = Sealed(tmp_path / "带出.xjpack", WORD)
    pack(Workplace(office.store), INSPECTOR, (BIG,), answer, package)
    merge(tmp_path / "laptop", "", package, INSPECTOR)
    laptop = Store.open(tmp_path / "laptop")
    with Casebook.open(laptop, clock=Clock()) as book:
        case = next(c for c in cases.of_school(book, BIG, TODAY) if c.finding["rule_id"] == "R102")
        cases.decide(Desk(book, laptop, SECOND, TERM, TODAY), case.id, {"to": "不属实", "note": "看过原件"})
    back = Sealed(tmp_path / "带回.xjpack", WORD)
    pack(Workplace(laptop), SECOND, (BIG,), answer, back)

    office.run(renamed(office.check.findings))
    known = len(cases.of_county(office.book, TODAY))
    merge(office.store.root, "", back, INSPECTOR)
    assert cases.case(office.book, case.id, TODAY).state == "不属实"
    assert len(cases.of_county(office.book, TODAY)) == known

    # A package that goes out now says what the ids were, so that a laptop finds the decision as well.
    pack(Workplace(office.store), INSPECTOR, (BIG,), answer, Sealed(tmp_path / "又带出.xjpack", WORD))
    merge(tmp_path / "second", "", Sealed(tmp_path / "又带出.xjpack", WORD), INSPECTOR)
    with Casebook.open(Store.open(tmp_path / "second")) as book:
        assert cases.case(book, case.id, TODAY).state == "不属实"
