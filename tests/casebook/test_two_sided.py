"""One case at two schools: one decision closes both sides; people proved to be two leave every list until the evidence
changes; away from the office the other side waits."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from tests.casebook.conftest import DIRECTOR, INSPECTOR, Office
from tests.casebook.test_evidence import PDF
from xueji_lib.casebook import cases, evidence, signoff, two_sided
from xueji_lib.casebook.carry.merge import merge
from xueji_lib.casebook.carry.package import pack
from xueji_lib.casebook.carry.sealed import Sealed
from xueji_lib.casebook.closed_findings import closed_ids
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log.book import Conflict
from xueji_lib.casebook.log.events import Actor
from xueji_lib.casebook.two_sided import TwoSidedCase
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.judge import shelf
from xueji_lib.judge.engine import Check
from xueji_lib.judge.two_sides import two_sides
from xueji_lib.register.inspection import Inspection
from xueji_lib.reports import verdicts
from xueji_lib.reports.county_figures import Figures
from xueji_lib.reports.letters import field_values
from xueji_lib.reports.letters.bulletin import bulletin
from xueji_lib.reports.office_facts import LetterFacts
from xueji_lib.rules.sides import SIDES
from xueji_lib.support.errors import UsageError
from xueji_lib.web.desks.other_side import other_side
from xueji_lib.web.shared.school_desk import SchoolDesk

HERE, THERE = "2164000001", "2164000004"
TODAY = dt.date(2026, 11, 25)
APART = {"to": "不是同一人", "note": "两本户口簿，出生医院不同"}
_ALIKE = "姓名、性别、出生日期都相同而身份证件号不同"


@pytest.fixture
def url() -> str:
    return ""


class Pair:
    """One pupil here, one there, found by these checks at both schools."""

    def __init__(self, office: Office, *rules: str) -> None:
        self.office, self.rules = office, rules
        self.people = {HERE: "wo", THERE: "ta"}
        self.said = dict.fromkeys(rules, _ALIKE)
        self.check()

    def check(self) -> None:
        """The county judged: with what is said and who the people are by now."""
        office, sample = self.office, self.office.sample
        rows, sides = [], []
        for rule in self.rules:
            for school, person in self.people.items():
                row = sample.finding(rule, 900, school, evidence=self.said[rule])
                rows.append(row)
                sides.append((row["finding_id"], school, rule, f"shared{rule}", person))
        found = pd.concat([office.check.findings, pd.DataFrame(rows).astype({"grade": "Int64", "class": "Int64"})])
        office.run(found.reset_index(drop=True), sides=pd.DataFrame(sides, columns=SIDES))

    def case(self, rule: str) -> TwoSidedCase:
        known = two_sided.of_cases(cases.of_county(self.office.book, TODAY))
        return next(one for one in known if one.sides[0].finding["rule_id"] == rule)

    def states(self) -> dict[str, list[str]]:
        known = cases.of_county(self.office.book, TODAY)
        return {
            rule: [one.state for one in known if one.id.startswith(rule) and one.id.endswith("000384")]
            for rule in self.rules
        }


def desk(office: Office, actor: Actor = DIRECTOR) -> Desk:
    return office.desk(actor, TODAY)


def test_one_decision_of_the_bureau_is_both_schools(office: Office) -> None:
    pair = Pair(office, "R203")
    chosen = pair.case("R203")
    assert [side.sighting.school_id for side in chosen.sides] == [HERE, THERE]
    assert chosen.is_waiting and not chosen.half_decided
    after = two_sided.decide(desk(office), chosen.id, {"to": "不属实", "note": "户口簿看过，是双胞胎"}, chosen.seen)
    assert [(side.state, side.who) for side in after.sides] == [("不属实", "周局长")] * 2
    assert {side.id for side in after.sides} <= closed_ids(office.book, TODAY)
    # Whoever saw it before that is told, and a school by itself cannot take it back.
    with pytest.raises(Conflict):
        two_sided.decide(desk(office), chosen.id, {"to": "属实", "note": "还是属实"}, chosen.seen)
    with pytest.raises(UsageError, match="两校一件"):
        cases.undo(desk(office), after.sides[0].id, seen=after.sides[0].seen)
    undone = two_sided.undo(desk(office), chosen.id, after.seen)
    assert [side.state for side in undone.sides] == ["疑点", "疑点"]
    assert office.book.verify().broken == ""


def test_where_one_side_may_not_take_the_step_neither_does(office: Office) -> None:
    pair = Pair(office, "R203")
    signoff.step(desk(office, INSPECTOR), THERE, "sign")
    chosen = pair.case("R203")
    with pytest.raises(UsageError, match=r"小学：.*重新打开.*两校都没有改"):
        two_sided.decide(desk(office), chosen.id, {"to": "不属实", "note": "看过"}, chosen.seen)
    assert pair.states() == {"R203": ["疑点", "疑点"]}


def test_two_people_leave_every_rule_until_the_evidence_changes(office: Office) -> None:
    pair = Pair(office, "R203", "R207")
    chosen = pair.case("R203")
    with pytest.raises(UsageError, match="先附佐证"):
        two_sided.decide(desk(office), chosen.id, APART, chosen.seen)
    two_sided.attach(desk(office), chosen.id, "户口簿.pdf", PDF)
    with pytest.raises(UsageError, match="不由您来定"):
        two_sided.decide(desk(office, INSPECTOR), chosen.id, APART, chosen.seen)
    with pytest.raises(UsageError, match="两校一件"):
        cases.decide(desk(office), chosen.sides[0].id, APART)
    two_sided.decide(desk(office), chosen.id, APART, chosen.seen)
    apart = ["不是同一人", "不是同一人"]
    assert pair.states() == {"R203": apart, "R207": apart}

    # Another check that finds the same two later: it is closed from the start, at both schools.
    pair.rules, pair.said["R117"] = ("R203", "R207", "R117"), "疑似同一学生"
    pair.check()
    assert pair.states() == {"R203": apart, "R207": apart, "R117": apart}
    closed = closed_ids(office.book, TODAY)
    assert {side.id for rule in pair.rules for side in pair.case(rule).sides} <= closed
    assert not pair.case("R117").is_waiting

    # What one of the decided findings says changes: all are open again, and say why.
    pair.said["R207"] = "号码相同的学生在两校都点名在校"
    pair.check()
    open_again = ["疑点", "疑点"]
    assert pair.states() == {"R203": open_again, "R207": open_again, "R117": open_again}
    assert pair.case("R203").sides[0].marks == ("证据已变",)
    pair.said["R207"] = _ALIKE
    pair.check()
    assert pair.states()["R117"] == apart
    # One of them gets another number: this is another pair.
    pair.people[THERE] = "ta-gai"
    pair.check()
    assert pair.states() == {"R203": open_again, "R207": open_again, "R117": open_again}


def test_letters_and_counts_leave_them_out_and_findings_csv_does_not(office: Office) -> None:
    pair = Pair(office, "R203")
    chosen = pair.case("R203")
    two_sided.attach(desk(office), chosen.id, "户口簿.pdf", PDF)
    two_sided.decide(desk(office), chosen.id, APART, chosen.seen)
    answer = shelf.newest(office.store, office.sample.TERM)
    assert answer is not None
    ids = {side.id for side in chosen.sides}
    assert ids <= set(answer.findings["finding_id"])  # what the machine says stays
    before = {row.school_id: row.total for row in Figures(answer).schools}
    states = verdicts.snapshot(Workplace(office.store), answer)
    after = {row.school_id: row.total for row in Figures(answer, states).schools}
    assert {school: before[school] - after[school] for school in before} == {
        school: int(school in (HERE, THERE)) for school in before
    }
    facts = LetterFacts.load()
    told = bulletin(answer, states, facts)
    assert f"列出疑点{sum(after.values())}条" in told["问题概述"]
    for school in (HERE, THERE):
        own = answer.school(school).findings
        counted = states[school].counted(own)
        assert set(own["finding_id"]) - set(counted["finding_id"]) == ids & set(own["finding_id"])
        letter = field_values.rectify(answer.school(school), states[school], facts)
        assert _ALIKE not in str(letter["清单"])
        assert f"另有 {len(counted)} 条" in letter["附注"]  # the rest is undecided; these are not even told of


def test_the_papers_of_the_bureau_are_no_schools(office: Office) -> None:
    pair = Pair(office, "R203")
    chosen = pair.case("R203")
    two_sided.attach(desk(office), chosen.id, "户口簿.pdf", PDF)
    assert evidence.of_school(office.book, HERE) == {}
    [paper] = two_sided.files(office.book, chosen)
    assert (paper.name, paper.who) == ("户口簿.pdf", "周局长")


def test_in_a_package_the_other_side_waits_for_the_office(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xueji_lib.casebook.carry.sealed._COST", {"n": 2**4, "r": 8, "p": 1})
    pair = Pair(office, "R203")
    file, word = tmp_path / "带出.xjpack", "督查-口令-2026"
    answer = shelf.newest(office.store, office.sample.TERM)
    assert answer is not None
    pack(Workplace(office.store), INSPECTOR, [HERE], answer, Sealed(file, word))
    merge(tmp_path / "laptop", "", Sealed(file, word), INSPECTOR)

    laptop = Workplace.open(tmp_path / "laptop")
    with laptop.open_casebook() as book:
        away = Desk(book, laptop.store, INSPECTOR, office.sample.TERM, TODAY)
        known = cases.of_school(book, HERE, TODAY)
        own = next(one for one in known if one.id.startswith("R203"))
        assert own.sighting.case_id and two_sided.of_cases(cases.of_county(book, TODAY)) == []
        cases.decide(away, own.id, {"to": "不属实", "note": "户口簿看过"})
        told = other_side(SchoolDesk.of(away, HERE), cases.case(book, own.id, TODAY))
        assert "不在这个数据包里" in told and "等局里定" in told
        with pytest.raises(UsageError, match="没有这一件"):
            two_sided.decide(away, own.sighting.case_id, {"to": "不属实", "note": "户口簿看过"})
    back = tmp_path / "带回.xjpack"
    pack(
        laptop, INSPECTOR, [HERE], shelf.obtain(laptop.store, Inspection(office.sample.TERM, TODAY)), Sealed(back, word)
    )
    merged = merge(office.store.root, "", Sealed(back, word), DIRECTOR)
    [line] = merged.other_sides
    assert "不属实" in line and "疑点" in line
    assert any("另一方等局里定" in told for told in merged.lines())
    chosen = pair.case("R203")
    assert chosen.half_decided
    assert [side.state for side in chosen.sides] == ["不属实", "疑点"]
    after = two_sided.decide(desk(office), chosen.id, {"to": "不属实", "note": "同意"}, chosen.seen)
    assert after.closed


def test_each_side_reads_of_the_other_what_it_may(office: Office) -> None:
    pair = Pair(office, "R203", "R207")
    names = office.sample.directory().set_index("school_id")["school_name"]
    pair.said["R207"] = f"号码相同的学生在本校和{names[THERE]}都点名在校"
    pair.check()
    principal = SchoolDesk.of(desk(office, Actor("王校长", "principal", HERE)), HERE)
    told = {rule: other_side(principal, pair.case(rule).sides[0]) for rule in pair.rules}
    assert names[THERE] in told["R207"]
    assert names[THERE] not in told["R203"] and "另一所学校" in told["R203"]  # its evidence does not name it
    inspector = SchoolDesk.of(desk(office, INSPECTOR), HERE)
    assert f"{names[THERE]} " in other_side(inspector, pair.case("R203").sides[0])
    assert "疑点" in other_side(inspector, pair.case("R203").sides[0])
    alone = cases.of_school(office.book, HERE, TODAY)[0]
    assert other_side(inspector, alone) == ""


def test_a_finding_without_another_school_is_no_case(check: Check, office: Office, sample: ModuleType) -> None:
    one = check.findings.iloc[0]
    rows = [(one["finding_id"], one["school_id"], one["rule_id"], "shared", "wo")]
    office.run(check.findings, sides=pd.DataFrame(rows, columns=SIDES))
    answer = shelf.newest(office.store, sample.TERM)
    assert answer is not None and len(answer.sides) == 1 and two_sides(answer) == {}
