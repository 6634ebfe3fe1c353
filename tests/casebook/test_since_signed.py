"""What the checklist says changed since the school was signed: new, gone and why, another severity, not looked for."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pandas as pd
import pytest

from tests.casebook.conftest import INSPECTOR, Office
from xueji_lib.casebook import cases, signoff
from xueji_lib.casebook.sightings import sync
from xueji_lib.judge import shelf
from xueji_lib.register import schema
from xueji_lib.store.at_rest import from_records
from xueji_lib.views import since_signed
from xueji_lib.views.since_signed import SinceSigned
from xueji_lib.web.pages.html_pieces import piece

BIG = "2164000001"
LATER = dt.date(2026, 11, 24)


@pytest.fixture
def url() -> str:
    return ""


def told(office: Office) -> SinceSigned | None:
    answer = shelf.newest(office.store, office.sample.TERM)
    assert answer is not None
    return since_signed.since_signed(office.desk(INSPECTOR), answer.school(BIG))


def judged_later(office: Office, findings: pd.DataFrame, unlooked: str) -> None:
    """The county judged some days later; ``unlooked``: a check that had no data."""
    office.set_clock(LATER)
    coverage = office.sample.coverage(findings)
    lacking = (coverage["school_id"] == BIG) & (coverage["rule_id"] == unlooked)
    coverage.loc[lacking, ["status", "findings", "reason"]] = ["缺数据", 0, "没有该校的逐班核对表"]
    check = replace(office.check, findings=findings, coverage=coverage, as_of=LATER)
    folder = office.store.root / "results" / check.term_id / LATER.isoformat()
    sync(office.book, office.store, shelf.keep(folder, check, "later"))


def test_a_school_that_was_never_signed_has_nothing_to_be_told_of(office: Office) -> None:
    assert told(office) is None


def test_new_gone_changed_and_not_looked_for_since_the_signature(office: Office) -> None:
    desk, whole = office.desk(INSPECTOR), office.check.findings
    own = whole[whole["school_id"] == BIG]
    first_of_rule = own.drop_duplicates("rule_id")["finding_id"].tolist()
    true, undecided, harsher = first_of_rule[:3]
    unlooked_rule = str(own["rule_id"].iloc[-1])
    assert unlooked_rule not in set(own[own["finding_id"].isin([true, undecided, harsher])]["rule_id"])
    cases.decide(desk, true, {"to": "属实"})
    signoff.step(desk, BIG, "sign")
    since = told(office)
    assert since is not None and not since.differs and not since.again and since.who == INSPECTOR.name
    assert (
        "签署以后还没有再核查过" in piece("checklist_since", since=since, style="", most=12, place=lambda *_: "").html
    )

    lacking = own[own["rule_id"] == unlooked_rule]["finding_id"]
    fresh = own.head(1).assign(finding_id="f" * len(str(true)), evidence="另一件事")
    left = whole[~whole["finding_id"].isin([true, undecided, *lacking])]
    grave = left["severity"].where(left["finding_id"] != harsher, "严重")
    was = str(own.set_index("finding_id")["severity"][harsher])
    judged_later(office, pd.concat([left.assign(severity=grave), fresh], ignore_index=True), unlooked_rule)

    since = told(office)
    assert since is not None and since.again and since.nature_known and since.checked == "2026-11-20"
    assert [one.case.id for one in since.new] == ["f" * len(str(true))]
    gone = {one.case.id: one.what for one in since.gone}
    assert gone == {true: "属实，复查未再发现，待销号", undecided: "未再发现；它用的表本校没有换过"}
    assert {one.case.id: one.what for one in since.changed} == ({harsher: f"{was}→严重"} if was != "严重" else {})
    assert {one.case.id for one in since.unlooked} == set(lacking)
    assert {one.what for one in since.unlooked} == {"这次缺数据：没有该校的逐班核对表；没有销号"}

    signoff.step(desk, BIG, "reopen", "再看一次")
    signoff.step(desk, BIG, "sign")
    since = told(office)
    assert since is not None and not since.gone and not since.new, "what was signed the second time counts from then"


def test_a_table_taken_in_since_is_named_as_the_reason(office: Office) -> None:
    desk, store, whole = office.desk(INSPECTOR), office.store, office.check.findings
    report = whole[(whole["school_id"] == BIG) & (whole["rule_id"] == "R101")]["finding_id"]
    signoff.step(desk, BIG, "sign")
    office.set_clock(LATER)
    row = {"school_id": BIG, "term": desk.term, "report_date": pd.Timestamp("2026-09-04")}
    frame = from_records(schema.REPORTS, [row], "上报", desk.term)
    note = {"time": "2026-11-23T10:00:00", "files": ["上报.xlsx"]}
    store.commit(desk.term, {"reports": frame}, store.rejected(desk.term), note)
    judged_later(office, whole[~whole["finding_id"].isin(report)], "")
    since = told(office)
    assert since is not None
    assert {one.case.id: one.what for one in since.gone} == {report.iloc[0]: "换过排摸上报（11月23日收），未再发现"}
