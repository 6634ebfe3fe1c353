"""What became of each check: counted from real decisions, shown to the bureau, the command and whoever opens a row."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.casebook.conftest import DIRECTOR, INSPECTOR, SECOND, Office
from tests.casebook.test_package import bring, carry, decide
from xueji_lib.casebook import cases, check_record
from xueji_lib.casebook.check_record import CheckRecord, Verdicts
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log.events import Actor, Event
from xueji_lib.casebook.seen_on_site import add_on_site
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.cli import xueji
from xueji_lib.cli.chinese import run
from xueji_lib.store import Store
from xueji_lib.views import check_records
from xueji_lib.web.desks.findings_desk import FindingsTable
from xueji_lib.web.shared.school_desk import SchoolDesk

pytestmark = pytest.mark.slow

LATER = "2026-2027-2"
STEPS = {
    "属实": {}, "不属实": {"note": "已核实"}, "待补证": {"note": "材料不齐"}, "已通知": {"due": "2026-12-11"},
    "学校已报整改": {"note": "办好了", "person": "马秀兰", "done": "2026-11-24"}, "复核销号": {"note": "看过"},
    "豁免": {"note": "特许", "reason": "政策特许", "approver": "周局长", "until": "2027-06-30"},
}  # fmt: skip


@pytest.fixture
def url() -> str:
    return ""


def ids(office: Office, rule: str) -> list[str]:
    findings = office.check.findings
    return sorted(findings.loc[(findings["rule_id"] == rule), "finding_id"].astype(str))


def go(desk: Desk, finding: str, *steps: str) -> None:
    """Take steps in a finding's life; 撤销 takes the last one back."""
    for step in steps:
        if step == "撤销":
            cases.undo(desk, finding, seen=cases.case(desk.book, finding, desk.today).seen)
        else:
            cases.decide(desk, finding, {"to": step, "note": "再看", **STEPS[step]})


def record(office: Office, rule: str) -> CheckRecord:
    [listed] = [one for one in check_record.of_casebook(office.book) if one.rule_id == rule]
    assert listed == check_record.of_check(office.book, rule), "alone and among the others"
    return listed


@pytest.mark.parametrize(
    ("steps", "counted"),
    [
        ((), Verdicts()),
        (("属实",), Verdicts(1, 0)),
        (("属实", "已通知", "学校已报整改", "复核销号"), Verdicts(1, 0)),
        (("不属实",), Verdicts(0, 1)),
        (("待补证",), Verdicts()),
        (("待补证", "不属实"), Verdicts(0, 1)),
        (("属实", "豁免"), Verdicts()),
        (("属实", "不属实"), Verdicts(0, 1)),
        (("不属实", "属实"), Verdicts(1, 0)),
        (("不属实", "撤销"), Verdicts()),
        (("属实", "不属实", "撤销"), Verdicts(1, 0)),
        (("属实", "已通知", "学校已报整改", "复核销号", "撤销"), Verdicts(1, 0)),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else "",
)
def test_a_verdict_counts_as_it_stands_last(office: Office, steps: tuple[str, ...], counted: Verdicts) -> None:
    [first, *_] = ids(office, "R102")
    go(office.desk(INSPECTOR), first, *steps)
    assert record(office, "R102").verdicts == counted
    assert record(office, "R102").listed == 120


def test_of_each_term_and_of_what_was_closed_and_found_again(office: Office) -> None:
    first, second, third = ids(office, "R102")[:3]
    now, later = office.desk(INSPECTOR), replace(office.desk(INSPECTOR), term=LATER)
    go(now, first, "属实", "已通知", "学校已报整改")
    go(now, second, "属实")
    go(now, third, "属实")
    go(later, first, "复核销号")  # put right in the term after: the verdict was given in this one
    go(later, second, "不属实")  # reversed: it stands as it is now
    whole = office.check.findings
    office.run(whole[whole["finding_id"] != first])
    office.run(whole)
    assert cases.case(office.book, first, now.today).state == "回潮"
    go(later, first, "不属实")
    found = record(office, "R102")
    assert dict(found.by_term) == {office.sample.TERM: Verdicts(2, 0), LATER: Verdicts(0, 2)}
    assert (found.verdicts, found.verdicts.false_alarms) == (Verdicts(2, 2), 0.5)


def test_two_who_differ_have_given_no_verdict_and_what_people_found_stands_apart(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xueji_lib.casebook.carry.sealed._COST", {"n": 2**4, "r": 8, "p": 1})
    desk = office.desk(INSPECTOR)
    package = carry(Workplace(office.store), tmp_path / "带出.xjpack")
    bring(tmp_path / "笔记本", package)
    far = decide(tmp_path / "笔记本", SECOND, 0, "不属实")
    rule = far.partition("-")[0]
    go(desk, far, "属实")
    back = carry(Workplace.open(tmp_path / "笔记本"), tmp_path / "带回.xjpack")
    bring(office.store.root, back)
    assert cases.case(office.book, far, desk.today).state == "冲突"
    assert record(office, rule).verdicts == Verdicts()
    go(office.desk(DIRECTOR), far, "不属实")
    assert record(office, rule).verdicts == Verdicts(0, 1)

    seen = dict(office.check.findings.iloc[0].astype(str)) | {"finding_id": "S201-0123456789abcdef", "rule_id": "S201"}
    with office.book.writing() as connection:
        add_on_site(connection, seen, desk.term, office.sample.AS_OF)
    go(desk, "S201-0123456789abcdef", "不属实")
    checks = check_records.overview(office.book, "2020-154")
    assert [line.rule_id for line in checks.by_people] == ["S201"]
    assert "S201" not in {line.rule_id for line in (*checks.judged, *checks.never)}
    assert check_record.of_casebook(office.book)[-1].by_people


def test_what_was_withdrawn_before_it_was_a_finding_says_nothing_of_the_check() -> None:
    def step(to: str, before: str, *parents: Event) -> Event:
        at = f"2026-11-2{len(parents)}T08:00:00+00:00"
        body = {"to": to, "from": before, "note": "已见请假条"}
        return Event("finding", "R201-x", "1", "t", "王", "inspector", at, tuple(p.id for p in parents), body)

    withdrawn = step("不属实", "现场发现，待学校说明")
    assert check_record.verdicts_of([withdrawn]) == []
    assert check_record.verdicts_of([withdrawn, step("属实", "不属实", withdrawn)]) == [("t", True)]


def seeded(office: Office, rule: str, true: int, refuted: int) -> list[str]:
    """Verdicts in an order that says nothing."""
    chosen = ids(office, rule)[: true + refuted]
    verdicts = ["属实"] * true + ["不属实"] * refuted
    random.Random(rule).shuffle(verdicts)
    for finding, verdict in zip(chosen, verdicts, strict=True):
        go(office.desk(INSPECTOR), finding, verdict)
    return chosen


@pytest.mark.parametrize(("true", "refuted", "named"), [(9, 11, True), (10, 10, False), (8, 11, False), (0, 20, True)])
def test_a_check_is_named_where_many_were_judged_and_most_were_not_true(
    office: Office, true: int, refuted: int, named: bool
) -> None:
    seeded(office, "R102", true, refuted)
    assert record(office, "R102").mostly_wrong is named
    checks = check_records.overview(office.book, "2020-154")
    assert [line.rule_id for line in checks.mostly_wrong] == (["R102"] if named else [])


def test_the_command_and_the_opened_finding_say_the_same(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    stats = ["--store", str(office.store.root), "rules", "stats"]
    assert run(xueji, stats) == 0
    assert "还没有认定过一条" in capsys.readouterr().out
    [wrong, *_] = seeded(office, "R102", 9, 15)
    [few, *_] = seeded(office, "R205", 2, 1)
    assert run(xueji, stats) == 0
    shown = capsys.readouterr().out
    title = office.check.findings.set_index("rule_id").loc["R102", "title"].iloc[0]
    assert f"过半不属实：R102 {title}，误报率 62.5%（15/24）" in shown
    row = next(line for line in shown.splitlines() if line.strip().startswith("R205"))
    assert row.split()[2:] == ["13", "3", "2", "1", "33.3%（1/3）", "2026秋", "33.3%（1/3）"]
    assert "2026秋 33.3%" in row and "R705" in shown.partition("还没有认定过一条的")[2]

    blocks = opened(office, INSPECTOR)
    assert "认定过 24 条，属实 9 条，误报率 62.5%（15/24）。过半不属实" in blocks(wrong)["以往认定"]
    assert "误判提示" in blocks(wrong)
    assert "认定的还少" in blocks(few)["以往认定"]
    assert "还没有认定过" in blocks(ids(office, "R705")[0])["以往认定"]
    # A school is not told how often inspectors err.
    assert not {"误判提示", "以往认定"} & set(opened(office, Actor("张校长", "principal", office.sample.BIG))(wrong))


def opened(office: Office, actor: Actor) -> Callable[[str], dict[str, str]]:
    """What an opened row of the school's page says, by label."""
    table = FindingsTable(SchoolDesk.of(office.desk(actor), office.sample.BIG), lambda _: True)
    return lambda key: {str(b["label"]): str(b["text"]) for b in table.blocks(key) if b["kind"] == "text"}


def test_on_a_package_it_says_that_it_knows_a_part_only(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("xueji_lib.casebook.carry.sealed._COST", {"n": 2**4, "r": 8, "p": 1})
    seeded(office, "R102", 1, 1)
    bring(tmp_path / "笔记本", carry(Workplace(office.store), tmp_path / "带出.xjpack"))
    assert Store.open(tmp_path / "笔记本").is_part
    assert run(xueji, ["--store", str(tmp_path / "笔记本"), "rules", "stats"]) == 0
    shown = capsys.readouterr().out
    assert "只按这个数据包里的学校" in shown and "50%（1/2）" in shown
    assert "这个数据包里的学校认定过 2 条" in check_records.sentence(record(office, "R102"), of_part=True)
