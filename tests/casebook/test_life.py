"""A finding's life: what people decide outlives every run, and only what is allowed happens."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import product

import pandas as pd
import pytest

from tests.casebook.conftest import DIRECTOR, INSPECTOR, SECOND, Office
from xueji_lib.casebook import cases, signoff, states
from xueji_lib.casebook.cases import Case
from xueji_lib.casebook.log.book import Conflict
from xueji_lib.casebook.log.events import Actor, Role
from xueji_lib.register.vocabulary import CaseState
from xueji_lib.store import Store
from xueji_lib.support.errors import UsageError
from xueji_lib.views import county_view

pytestmark = pytest.mark.slow

TERM, TODAY = "2026-2027-1", dt.date(2026, 11, 25)
BIG, ODD = "2164000001", "2164000004"
PRINCIPAL = Actor("张校长", "principal", BIG)
EXEMPT = {"to": "豁免", "note": "已批", "reason": "政策特许", "approver": "周局长", "until": "2027-01-10"}
NOTICE = {"to": "已通知", "due": "2026-12-20"}
DONE = {"to": "学校已报整改", "note": "已更正", "person": "马老师", "done": "2026-11-24"}


def take(office: Office, case: Case, *steps: dict[str, str], actor: Actor = INSPECTOR) -> Case:
    for body in steps:
        case = cases.decide(office.desk(actor), case.id, body, seen=case.seen)
    return case


def listed(office: Office, rule_id: str = "R102", today: dt.date = TODAY) -> list[Case]:
    return [c for c in cases.of_school(office.book, BIG, today) if c.finding["rule_id"] == rule_id]


def test_a_run_adds_and_marks_and_changes_no_decision(office: Office) -> None:
    true, false, more, exempt, notified, closed, untouched = listed(office)[:7]
    take(office, true, {"to": "属实"})
    take(office, false, {"to": "不属实", "note": "已核对原件"})
    take(office, more, {"to": "待补证", "note": "缺审批表"})
    take(office, exempt, EXEMPT)
    take(office, notified, {"to": "属实"}, NOTICE)
    take(office, closed, {"to": "属实"}, NOTICE, DONE, {"to": "复核销号", "note": "已见"})
    before = {c.id: (c.state, c.body, c.who, c.at) for c in listed(office)}

    # Data handed in anew, another edition, a class renamed, rows gone, evidence changed: five runs of the machine.
    found = office.check.findings
    rest = found[~found["finding_id"].isin([true.id, false.id, untouched.id])]
    other = found.assign(evidence=found["evidence"] + "（新）")
    renamed = found.assign(**{"class": (found["class"] + 20).astype("Int64")})
    assert office.run(rest, dt.date(2026, 11, 21)).gone == 3
    assert office.run(found, dt.date(2026, 11, 22)).found_again == 3
    office.run(other, dt.date(2026, 11, 23), edition="2027-draft")
    office.run(renamed, dt.date(2026, 11, 24))
    office.run(rest, dt.date(2026, 11, 25))

    after = {c.id: c for c in listed(office)}
    assert {i: (c.state, c.body, c.who, c.at) for i, c in after.items()} == before
    assert after[true.id].state == "属实"
    assert cases.GONE in after[true.id].marks
    assert after[untouched.id].state == "疑点"
    assert cases.GONE in after[untouched.id].marks
    assert after[more.id].marks == ()


def test_decisions_on_other_evidence_are_marked(office: Office) -> None:
    case = take(office, listed(office)[0], {"to": "不属实", "note": "已核对"})
    assert case.marks == ()
    found = office.check.findings
    office.run(found.assign(evidence=found["evidence"] + "；另有一行"), dt.date(2026, 11, 21))
    now = listed(office)[0]
    assert (now.state, now.marks) == ("不属实", (cases.CHANGED,))


def test_gone_only_where_the_check_ran_and_decided_everyone(office: Office) -> None:
    """R102 of the big school vanishes, but coverage says 出错, 缺数据 or that somebody stayed undecided."""
    gone = office.check.findings[office.check.findings["rule_id"] != "R102"]
    original = office.sample.coverage
    for number, change in enumerate([{"status": "出错"}, {"status": "缺数据"}, {"status": "未发现", "undecided": 2}]):

        def coverage(found: pd.DataFrame, change: dict[str, object] = change) -> pd.DataFrame:
            frame = original(found).astype({"status": object})
            at = (frame["rule_id"] == "R102") & (frame["school_id"] == BIG)
            for name, value in change.items():
                frame.loc[at, name] = value
            return frame

        office.sample.coverage = coverage
        try:
            assert office.run(gone, dt.date(2026, 11, 21 + number)).gone == 0
        finally:
            office.sample.coverage = original
    assert not any(cases.GONE in c.marks for c in listed(office))


def test_an_older_day_marks_nothing_and_the_same_answer_is_taken_once(office: Office) -> None:
    assert office.run(office.check.findings.iloc[:0], dt.date(2026, 11, 1)).look
    assert not any(c.marks for c in cases.of_school(office.book, BIG, TODAY))
    lines = office.book.verify().lines
    office.runs -= 2  # the very answer of the first run
    assert office.run().unchanged
    assert office.book.verify().lines == lines


def test_a_closed_one_that_is_found_again_comes_back(office: Office) -> None:
    steps = {"to": "属实"}, NOTICE, DONE, {"to": "复核销号", "note": "平台已更正"}
    case = take(office, listed(office)[0], *steps)
    assert case.state == "复核销号"
    found = office.check.findings
    office.run(found, dt.date(2026, 11, 21))  # the same data still shows it: nothing new
    assert listed(office)[0].state == "复核销号"
    office.run(found[found["finding_id"] != case.id], dt.date(2026, 11, 22))
    assert listed(office)[0].state == "复核销号"
    office.run(found, dt.date(2026, 11, 23))
    now = listed(office)[0]
    assert (now.state, now.marks) == ("回潮", ("回潮",))
    assert take(office, now, {"to": "属实", "note": "再次出现"}).state == "属实"


def test_an_exemption_ends_by_itself(office: Office) -> None:
    case = take(office, listed(office)[0], EXEMPT)
    last, after = dt.date(2027, 1, 10), dt.date(2027, 1, 11)
    assert cases.case(office.book, case.id, last).state == "豁免"
    now = cases.case(office.book, case.id, after)
    assert (now.state, now.marks) == ("疑点", (cases.EXPIRED,))


def test_every_step_not_listed_is_refused_and_writes_nothing(office: Office) -> None:
    full = {"note": "说明", "reason": "其他", "approver": "周局长", "until": "2027-01-10", "due": "2026-12-20",
            "person": "马老师", "done": "2026-11-24"}  # fmt: skip
    roles: dict[Role, Actor] = {"inspector": INSPECTOR, "principal": PRINCIPAL, "director": DIRECTOR}
    lines = office.book.verify().lines
    allowed = 0
    for state, to, role in product(CaseState, [*CaseState, "删除", ""], roles):
        step = states.STEPS.get(to)
        if step and state in step.sources and role in step.roles:
            allowed += 1
            assert states.check(roles[role], state, {"to": to, **full})["to"] == to
        else:
            with pytest.raises(UsageError):
                states.check(roles[role], state, {"to": to, **full})
    assert allowed > 40
    case = listed(office)[0]
    for body in ({"to": "复核销号", "note": "x"}, {"to": "不属实"}, {"to": ["属实"]}, {}, {"to": "豁免", "note": "x"},
                 {**EXEMPT, "until": "明天"}, {**EXEMPT, "reason": "随便"}, {"to": "待补证", "note": "长" * 2001},
                 {"to": "待补证", "note": 5}):  # fmt: skip
        with pytest.raises(UsageError):
            cases.decide(office.desk(INSPECTOR), case.id, body, seen=case.seen)
    with pytest.raises(UsageError):
        cases.decide(office.desk(INSPECTOR), "R102-ffffffff", {"to": "属实"})
    assert office.book.verify().lines == lines
    assert listed(office)[0].history == ()


def test_a_principal_reports_for_his_own_school_alone(office: Office) -> None:
    mine = take(office, listed(office)[0], {"to": "属实"}, NOTICE)
    odd = next(c for c in cases.of_school(office.book, ODD, TODAY))
    theirs = take(office, odd, {"to": "属实"}, NOTICE)
    with pytest.raises(UsageError, match="贵校"):
        take(office, theirs, DONE, actor=PRINCIPAL)
    with pytest.raises(UsageError):
        take(office, mine, {"to": "复核销号", "note": "我说好了"}, actor=PRINCIPAL)
    assert take(office, mine, DONE, actor=PRINCIPAL).state == "学校已报整改"


def test_many_at_once_need_a_note_and_are_all_or_none(office: Office) -> None:
    chosen = listed(office)[:3]
    with pytest.raises(UsageError, match="说明"):
        cases.decide_many(office.desk(INSPECTOR), {c.id: c.seen for c in chosen}, {"to": "属实"})
    take(office, chosen[2], {"to": "属实"}, actor=SECOND)
    body = {"to": "不属实", "note": "三人均已核对"}
    with pytest.raises(Conflict):  # of the third, decided by a colleague meanwhile
        cases.decide_many(office.desk(INSPECTOR), {c.id: c.seen for c in chosen}, body)
    assert [c.state for c in listed(office)[:3]] == ["疑点", "疑点", "属实"]
    now = {c.id: c.seen for c in listed(office)[:3]}
    done = cases.decide_many(office.desk(INSPECTOR), now, body)
    assert {c.state for c in done} == {"不属实"}


def test_undo_is_an_entry_and_another_s_step_is_not_taken_back(office: Office) -> None:
    case = take(office, listed(office)[0], {"to": "待补证", "note": "缺表"}, {"to": "属实"})
    with pytest.raises(UsageError, match="王督查"):
        cases.undo(office.desk(SECOND), case.id, seen=case.seen)
    back = cases.undo(office.desk(INSPECTOR), case.id, seen=case.seen)
    assert (back.state, back.body["note"]) == ("待补证", "缺表")
    assert len(back.history) == 3
    again = cases.undo(office.desk(DIRECTOR), back.id, seen=back.seen)
    assert again.state == "属实"


def test_someone_else_s_decision_is_shown_not_overwritten(office: Office) -> None:
    seen = listed(office)[0]
    take(office, seen, {"to": "属实"}, actor=SECOND)
    with pytest.raises(Conflict, match="李督查"):
        take(office, seen, {"to": "不属实", "note": "我看过"})
    assert listed(office)[0].state == "属实"


def test_a_signed_school_is_shut_until_opened_with_a_reason(office: Office) -> None:
    notified = take(office, listed(office)[0], {"to": "属实"}, NOTICE)
    other = listed(office)[1]
    with pytest.raises(UsageError, match="先由督查人员"):
        signoff.step(office.desk(DIRECTOR), BIG, "countersign")
    signoff.step(office.desk(INSPECTOR), BIG, "sign")
    with office.book.reading() as connection:  # a finding of the county belongs to no school that was signed
        signoff.must_be_open(connection, "", office.sample.TERM)
    with pytest.raises(UsageError, match="重新打开"):
        take(office, other, {"to": "属实"})
    assert take(office, notified, DONE, actor=PRINCIPAL).state == "学校已报整改"  # putting right goes on
    with pytest.raises(UsageError):
        signoff.step(office.desk(INSPECTOR), BIG, "countersign")
    assert signoff.step(office.desk(DIRECTOR), BIG, "countersign").state == signoff.COUNTERSIGNED
    for actor, note in ((INSPECTOR, "漏了一班"), (DIRECTOR, " ")):
        with pytest.raises(UsageError):
            signoff.step(office.desk(actor), BIG, "reopen", note)
    signoff.step(office.desk(DIRECTOR), BIG, "reopen", "漏了一班")
    assert take(office, other, {"to": "属实"}).state == "属实"


def test_the_school_s_new_data_makes_a_closed_one_come_back(office: Office, sample_store: Store) -> None:
    """No run in between found it gone: that the school handed in other data and it is still there is enough."""
    case = take(office, listed(office)[0], {"to": "属实"}, NOTICE, DONE,
                {"to": "复核销号", "note": "平台已更正"})  # fmt: skip
    frame = sample_store.directory(TERM)
    changed = frame.assign(principal=frame["principal"].where(frame["school_id"] != BIG, "新校长"))
    none = sample_store.rejected(TERM)
    sample_store.commit(TERM, {"schools": changed}, none, {"time": "2026-11-22", "files": ["名录.xlsx"]})
    office.check = replace(office.check)
    office.run(day=dt.date(2026, 11, 22))
    assert cases.case(office.book, case.id, TODAY).state == "回潮"


@pytest.mark.parametrize(
    ("before", "body", "words"),
    [
        ((), NOTICE | {"due": "2026-11-24"}, "整改期限不能早于"),
        ((), NOTICE | {"due": "2062-12-20"}, "整改期限不能早于"),
        ((NOTICE,), DONE | {"done": "2026-11-26"}, "完成日期不能在今天以后"),
        ((NOTICE,), DONE | {"done": "2024-11-20"}, "完成日期不能在今天以后"),
        ((), EXEMPT | {"until": "2026-11-25"}, "豁免到期日要在今天以后"),
        ((), EXEMPT | {"until": "2036-01-10"}, "豁免到期日要在今天以后"),
        ((), NOTICE | {"due": "2027-03-20"}, "相差 106 天"),
    ],
)
def test_a_date_that_makes_no_sense_is_refused(
    office: Office, before: tuple[dict[str, str], ...], body: dict[str, str], words: str
) -> None:
    case = take(office, listed(office)[0], {"to": "属实"}, *before)
    with pytest.raises(UsageError, match=words):
        take(office, case, body)
    assert cases.case(office.book, case.id, TODAY).history == case.history


def test_dates_at_the_very_bounds_are_taken_and_a_far_one_with_its_reason(office: Office) -> None:
    first, second, third = (take(office, case, {"to": "属实"}) for case in listed(office)[:3])
    take(office, first, NOTICE | {"due": "2026-11-25"}, DONE | {"done": "2026-11-25"})
    take(office, second, NOTICE | {"due": "2027-03-20", "note": "寒假后才能补办户口"})
    take(office, third, EXEMPT | {"until": "2026-11-26"})


def test_what_is_no_longer_found_is_to_be_closed_and_not_overdue(office: Office) -> None:
    """Page and paper say the same: a letter does not demand what no check finds, and no page calls it overdue."""
    kept, gone = (take(office, case, {"to": "属实"}, NOTICE | {"due": "2026-11-30"}) for case in listed(office)[:2])
    late = dt.date(2026, 12, 3)
    assert [cases.case(office.book, case.id, late).overdue(late) for case in (kept, gone)] == [True, True]
    found = office.check.findings
    office.run(found[found["finding_id"] != gone.id], dt.date(2026, 12, 2))
    kept, gone = (cases.case(office.book, case.id, late) for case in (kept, gone))
    assert [(case.to_close, case.overdue(late)) for case in (kept, gone)] == [(False, True), (True, False)]
    listed_standings = county_view.standings({BIG: cases.of_school(office.book, BIG, late)}, late)
    assert [(s.overdue, s.demanded, s.to_close) for s in listed_standings] == [(1, 1, 1)]
    closed = take(office, gone, DONE, {"to": "复核销号", "note": "已见"})
    assert not closed.to_close
