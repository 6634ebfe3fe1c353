"""What enters after a school was signed can be decided and is signed in a round of its own; nothing else may change."""

from __future__ import annotations

import pytest

from tests.casebook.conftest import DIRECTOR, INSPECTOR, Office
from xueji_lib.casebook import cases, signoff
from xueji_lib.support.errors import UsageError
from xueji_lib.web.desks.findings_desk import FindingsTable
from xueji_lib.web.panels.overview import Overview
from xueji_lib.web.shared.county_desk import CountyDesk
from xueji_lib.web.shared.school_desk import SchoolDesk

BIG = "2164000001"


@pytest.fixture
def url() -> str:
    return ""


def test_findings_after_signing_are_decided_and_signed_again(office: Office) -> None:
    whole = office.check.findings
    own = whole[whole["school_id"] == BIG]
    late = str(own["finding_id"].iloc[-1])
    # The office knows all but one when the school is signed.
    with office.book.writing() as connection:
        from sqlalchemy import delete

        from xueji_lib.casebook.log.tables import SIGHTINGS

        connection.execute(delete(SIGHTINGS).where(SIGHTINGS.c.finding_id == late))
    desk = office.desk(INSPECTOR)
    early = str(own["finding_id"].iloc[0])
    cases.decide(desk, early, {"to": "属实"})
    signoff.step(desk, BIG, "sign")
    with pytest.raises(UsageError, match="已经督查人员已签署"):
        signoff.step(desk, BIG, "sign")
    signoff.step(office.desk(DIRECTOR), BIG, "countersign")

    office.run(whole)  # the next check finds one more
    page = SchoolDesk.of(desk, BIG)
    table = FindingsTable(page, lambda _: True)
    rows = {row.id: row for row in table.rows()}
    assert "属实" in rows[late].steps and "不属实" not in rows[early].steps
    county = CountyDesk(office.book, office.store, DIRECTOR, desk.term, desk.today, names={})
    assert [case.id for case in county.later()[BIG]] == [late]
    school = _school(office)
    assert Overview(page, school).figures()["after"] == {"n": 1, "left": 1}

    with pytest.raises(UsageError, match="已经负责人已会签"):
        signoff.step(desk, BIG, "sign")  # nothing was decided yet
    with pytest.raises(UsageError, match="不能再改"):
        cases.decide(desk, early, {"to": "不属实", "note": "又看了看"})
    cases.decide(desk, late, {"to": "不属实", "note": "现场核对无误"})
    assert county.later() == {} and Overview(page, school).figures()["after"] == {"n": 1, "left": 0}
    again = signoff.step(desk, BIG, "sign")
    assert again.state == signoff.SIGNED and [str(e.body["step"]) for e in again.history].count("sign") == 2
    with pytest.raises(UsageError, match="不能再改"):
        cases.decide(desk, late, {"to": "属实", "note": "还是属实"})
    assert signoff.step(office.desk(DIRECTOR), BIG, "countersign").state == signoff.COUNTERSIGNED


def _school(office: Office) -> object:
    from xueji_lib.judge import shelf

    return shelf.obtain(office.store, office.sample.INSPECTION).school(BIG)
