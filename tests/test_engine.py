"""The engine: every school and rule gets one status, and nothing that did not run is clean."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.rules import proofs
from xueji_lib import intake
from xueji_lib.county import County
from xueji_lib.judge import engine
from xueji_lib.judge.engine import Check, judge
from xueji_lib.register import catalogue as catalogues
from xueji_lib.register.calendar import Calendar
from xueji_lib.register.inspection import Inspection, Yardstick
from xueji_lib.register.vocabulary import CoverageStatus
from xueji_lib.rules import IMPLEMENTED
from xueji_lib.rules.findings import COLUMNS
from xueji_lib.rules.inquiry import Inquiry
from xueji_lib.rules.marking import Implementation
from xueji_lib.rules.verdict import Verdict
from xueji_lib.store import Store

pytestmark = pytest.mark.slow

CATALOGUE = catalogues.load()
SECRETS = ("640422201503120017", "13995012345", "白崖乡柳树村三组", "2015-03-12")


@pytest.fixture
def county(tmp_path: Path) -> County:
    """A county with a directory and a transfer ledger, and nothing else."""
    return proofs.taken_in("R505", tmp_path)


def status(check: Check, rule_id: str) -> Mapping[str, str]:
    rows = check.coverage[check.coverage["rule_id"] == rule_id]
    return dict(zip(rows["school_id"], rows["status"], strict=True))


def test_every_check_is_written_and_every_school_has_one_status_for_each(county: County, tmp_path: Path) -> None:
    assert set(CATALOGUE.entries) <= set(IMPLEMENTED)
    check = judge(county, CATALOGUE, tmp_path)
    schools = set(check.schools["school_id"].astype(str))
    pairs = set(zip(check.coverage["school_id"], check.coverage["rule_id"], strict=True))
    assert pairs == {(s, i) for i, entry in CATALOGUE.entries.items() for s in ([""] if entry.of_county else schools)}
    assert len(check.coverage) == len(pairs)
    assert set(check.coverage["status"]) <= set(CoverageStatus) - {CoverageStatus.NOT_IMPLEMENTED}


def test_a_table_that_is_not_there_leaves_no_school_clean(county: County, tmp_path: Path) -> None:
    check = judge(county, CATALOGUE, tmp_path)
    for entry in CATALOGUE.entries.values():
        if not set(entry.needs) <= {"schools", "transfers"}:
            assert set(status(check, entry.id).values()) <= {"缺数据", "不适用"}, entry.id


def test_a_school_without_a_ledger_row_is_clean_with_nobody_looked_at(county: County, tmp_path: Path) -> None:
    rows = judge(county, CATALOGUE, tmp_path).coverage.query("rule_id == 'R502' and school_id == '3464000001'")
    assert rows[["status", "population"]].values.tolist() == [["未发现", 0]]


def test_a_crash_is_that_rules_status_alone_and_its_record_quotes_nobody(county: County, tmp_path: Path) -> None:
    def crash(_: Inquiry) -> Verdict:
        raise ValueError(" ".join(SECRETS))

    broken = {**IMPLEMENTED, "R505": replace(IMPLEMENTED["R505"], judge=crash)}
    healthy = judge(county, CATALOGUE, tmp_path)
    check = judge(county, CATALOGUE, tmp_path, broken)
    assert set(status(check, "R505").values()) == {"出错"}
    assert not (check.findings["rule_id"] == "R505").any()
    rest = check.coverage[check.coverage["rule_id"] != "R505"].reset_index(drop=True)
    assert rest.equals(healthy.coverage[healthy.coverage["rule_id"] != "R505"].reset_index(drop=True))
    reason = check.coverage.loc[check.coverage["rule_id"] == "R505", "reason"].iloc[0]
    (record,) = tmp_path.glob("E-*.txt")
    assert record.stem in reason
    text = record.read_text("utf-8")
    assert "ValueError" in text
    assert "crash" in text
    for secret in SECRETS:
        assert secret not in text


def test_a_crash_while_evidence_is_written_is_no_other_rules_crash(county: County, tmp_path: Path) -> None:
    def judged(inquiry: Inquiry) -> Verdict:
        return replace(IMPLEMENTED["R505"].judge(inquiry), describe=lambda _: [][1])

    check = judge(county, CATALOGUE, tmp_path, {**IMPLEMENTED, "R505": replace(IMPLEMENTED["R505"], judge=judged)})
    assert set(status(check, "R505").values()) == {"出错"}
    assert not (check.findings["rule_id"] == "R505").any()
    assert set(status(check, "R502").values()) & {"发现", "未发现"}


def test_a_year_without_holidays_is_an_error_only_where_the_answer_needs_it(tmp_path: Path) -> None:
    county = proofs.taken_in("R401", tmp_path)
    county.as_of = dt.date(2027, 3, 1)
    check = judge(
        county, catalogues.Catalogue("", {"R401": CATALOGUE["R401"], "R603": CATALOGUE["R603"]}, ()), tmp_path
    )
    found = check.coverage[check.coverage["rule_id"] == "R401"].set_index("school_id")
    wrong = found[found["status"] == "出错"]
    assert len(wrong)
    assert set(wrong["reason"]) == {"缺 2027 年节假日安排"}
    assert (wrong[["findings", "undecided"]] == 0).all(axis=None)
    assert "未发现" in set(found["status"])
    assert "出错" not in set(status(check, "R603").values())


@pytest.mark.parametrize("case", ["R102", "R104", "R401", "R402", "R404", "R407", "R513", "R602", "R707", "R708"])
def test_a_row_at_another_school_changes_no_schools_answer(case: str, tmp_path: Path) -> None:
    """Also where a calendar is missing: the engine knows which row lacks it, however many rows there are."""
    county = proofs.taken_in(case, tmp_path)
    other = "2164000099"
    answers = []
    for more in range(4):
        check = proofs.judged(case, a_year_later(county, other, more), tmp_path)[0]
        answers.append(check.coverage[check.coverage["school_id"] != other].reset_index(drop=True))
    assert "出错" in set(answers[0]["status"])
    for answer in answers[1:]:
        pd.testing.assert_frame_equal(answer, answers[0])


def a_year_later(county: County, school: str, rows: int) -> County:
    """The county with every day 52 weeks later, in a year without calendar; and with a school more, which has so many
    rows in every table."""
    later = dt.timedelta(weeks=52)
    terms = {t.id: replace(t, start=t.start + later, end=t.end + later) for t in county.calendar.terms.values()}
    calendar, frames = replace(county.calendar, terms=terms), {}
    for name in county.tables:
        frame = county[name].frame.copy()
        for column in frame.select_dtypes("datetime").columns.difference(["birth_date", "id_birth"]):
            frame[column] += later
        labels = {c: "str" for c in frame if isinstance(frame[c].dtype, pd.CategoricalDtype)}
        plain = frame.astype(labels)
        copies = plain.iloc[[0] * (1 if name == "schools" else rows)].assign(school_id=school)
        for n, key in enumerate({"id_key", "register_key"} & set(copies), 1):
            copies[key] = np.arange(len(copies)) + 10**17 * n
        frames[name] = pd.concat([plain, copies], ignore_index=True).astype(dict.fromkeys(labels, "category"))
    nothing = county.rejected.iloc[:0]
    earlier = county.all_changes.frame.iloc[:0]
    yardstick = Yardstick(terms[county.term.id], county.as_of + later, county.policy, calendar)
    return County(yardstick, frames, earlier, nothing)


def test_years_whose_calendars_lack_are_told_school_by_school(tmp_path: Path) -> None:
    """A school is told of the years that its own rows need, whatever day another school wrote down."""
    county = proofs.taken_in("R708", tmp_path)
    county.as_of = dt.date(2027, 3, 1)
    frame = county["dropouts"].frame
    for school, day in (("2164000001", "2026-12-28"), ("2164000002", "1999-12-28")):
        frame.loc[frame["school_id"] == school, ["reported_date", "notice_date"]] = [pd.Timestamp(day), pd.NaT]
    check = proofs.judged("R708", county, tmp_path)[0]
    wrong = check.coverage[check.coverage["status"] == "出错"].set_index("school_id")["reason"]
    assert wrong.to_dict() == {"2164000001": "缺 2027 年节假日安排", "2164000002": "缺 2000 年节假日安排"}


def test_a_rule_that_is_not_written_says_so(county: County, tmp_path: Path) -> None:
    without: dict[str, Implementation] = {k: v for k, v in IMPLEMENTED.items() if k != "R502"}
    assert set(status(judge(county, CATALOGUE, tmp_path, without), "R502").values()) == {CoverageStatus.NOT_IMPLEMENTED}


def test_a_finding_names_what_the_contract_asks_for(county: County, tmp_path: Path) -> None:
    finding = judge(county, CATALOGUE, tmp_path).findings.query("rule_id == 'R505'").iloc[0]
    assert list(finding.index) == COLUMNS
    assert finding["sources"].startswith("转学台账.csv:")
    assert finding["due"] == "2026-12-04"  # ten working days after 2026-11-20
    assert (finding["severity"], finding["nature"], finding["edition"]) == ("较重", "事实", "2020-154")


def test_students_that_look_alike_when_masked_keep_their_own_findings(tmp_path: Path) -> None:
    """Same name, same first six and last characters: two children, two findings, whatever the order."""
    header = "学校标识码,办理方向,姓名,身份证件号,年级,转学原因,申请日期,办理结果,家长到校次数\n"
    twins = ["640422201503120017", "640422201605230017"]
    rows = [f"2164000001,转入,马明,{number},3,户口迁移,2026-09-01,同意,3\n" for number in twins]
    ids = []
    for i, order in enumerate((rows, rows[::-1])):
        place = tmp_path / str(i)
        (place / "inbox").mkdir(parents=True)
        (place / "inbox" / "学校名录.csv").write_bytes((proofs.HERE / "_base" / "学校名录.csv").read_bytes())
        (place / "inbox" / "转学.csv").write_text(header + "".join(order), "utf-8")
        store = Store(place / "store")
        intake.run(place / "inbox", store, "2026-2027-1", Calendar.load())
        answer = engine.check(store, Inspection("2026-2027-1", dt.date(2026, 11, 20)))
        found = answer.findings.query("rule_id == 'R603'")
        assert len(found) == 2
        ids.append(sorted(found["finding_id"]))
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 2
