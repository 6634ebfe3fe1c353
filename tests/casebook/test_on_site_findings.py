"""现场发现 that inspectors write down: a finding like any other, changed and taken back with its history, carried."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from tests.casebook.conftest import INSPECTOR, SECOND, Clock, Office
from tests.casebook.test_evidence import PDF
from tests.casebook.test_forged_package import Forger, snapshot
from tests.casebook.test_package import BIG, TERM, TODAY, bring, carry, quick
from xueji_lib.casebook import cases, evidence, measures, on_site_findings, signoff
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log.book import Casebook, Conflict
from xueji_lib.casebook.log.events import Actor
from xueji_lib.casebook.on_site_findings import OfSchool, OnSiteFinding, PupilConcerned
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.register.policy import Policy
from xueji_lib.register.vocabulary import CaseState, Severity
from xueji_lib.store import Store
from xueji_lib.support.errors import StoreError, UsageError

__all__ = ["quick"]
SCHOOL = OfSchool(BIG, "大校", "2020-154")
PUPIL = PupilConcerned("马丽", "640121********001X", 3, 1)
SEEN = OnSiteFinding(
    "S102", "没有班级核对记录", "三年级没有核对记录，班主任说没有做", Severity.GRAVE, "三(四)1", pupils=(PUPIL,)
)
ASKED = ["S102"]


@pytest.fixture
def url() -> str:
    return ""


def written(book: Casebook, finding_id: str) -> on_site_findings.RecordedFinding:
    return next(one for one in on_site_findings.of_school(book, BIG, TERM) if one.id == finding_id)


def test_it_waits_for_the_school_unless_the_school_was_heard_there_and_then(office: Office) -> None:
    desk = office.desk(INSPECTOR)
    finding_id = on_site_findings.record(desk, SCHOOL, SEEN, ASKED, "页面一")
    assert on_site_findings.record(desk, SCHOOL, SEEN, ASKED, "页面一") == finding_id, "sent again it counts once"
    case = cases.case(office.book, finding_id, TODAY)
    assert (case.state, case.sighting.found_on) == (CaseState.ON_SITE, "2026-11-25")
    assert case.finding["student"] == "马丽" and case.finding["severity"] == "严重" and case.finding["due"] > "2026-12"
    later = dt.date.fromisoformat(case.sighting.waits_until) + dt.timedelta(1)
    assert cases.case(office.book, finding_id, later).state == CaseState.OPEN, "the days pass by themselves"
    with pytest.raises(UsageError, match="说明"):
        cases.decide(desk, finding_id, {"to": CaseState.CONFIRMED})
    cases.decide(
        office.desk(Actor("张校长", "principal", BIG)), finding_id, {"to": CaseState.ON_SITE, "note": "忘了做"}
    )
    confirmed = cases.decide(desk, finding_id, {"to": CaseState.CONFIRMED, "note": "校长当场承认"})
    counted = measures.suggest([confirmed], Policy.load("2020-154"), TODAY)
    assert counted.measure != "暂不处理", "it weighs like any other"
    with pytest.raises(UsageError, match="已经是“属实”"):
        on_site_findings.change(desk, BIG, finding_id, SEEN, seen=written(office.book, finding_id).seen)
    office.run(day=dt.date(2026, 12, 20))
    assert cases.case(office.book, finding_id, later).state == CaseState.CONFIRMED, "a run of the checks leaves it"
    assert office.book.verify().broken == ""


def test_changed_withdrawn_and_written_again_with_its_history(office: Office) -> None:
    desk = office.desk(INSPECTOR)
    finding_id = on_site_findings.record(desk, SCHOOL, replace(SEEN, what="家长电话 13995012345"), ASKED)
    before = written(office.book, finding_id)
    assert "13995012345" not in before.finding.what
    on_site_findings.change(desk, BIG, finding_id, replace(SEEN, severity=Severity.GENERAL), seen=before.seen)
    with pytest.raises(Conflict):
        on_site_findings.withdraw(office.desk(SECOND), BIG, finding_id, note="看错了", seen=before.seen)
    now = written(office.book, finding_id)
    with pytest.raises(UsageError, match="原因"):
        on_site_findings.withdraw(desk, BIG, finding_id, note=" ", seen=now.seen)
    on_site_findings.withdraw(desk, BIG, finding_id, note="看错了班", seen=now.seen)
    assert finding_id not in {case.id for case in cases.of_school(office.book, BIG, TODAY)}
    gone = written(office.book, finding_id)
    assert gone.withdrawn and gone.note == "看错了班" and len(gone.history) == 3
    on_site_findings.change(desk, BIG, finding_id, SEEN, note="没有看错", seen=gone.seen)
    assert cases.case(office.book, finding_id, TODAY).finding["severity"] == "严重"
    signoff.step(desk, BIG, "sign")
    with pytest.raises(UsageError, match="重新打开"):
        on_site_findings.withdraw(desk, BIG, finding_id, note="又改", seen=written(office.book, finding_id).seen)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"question": "S999"}, "没有 S999"), ({"what": " "}, "现场看到的"), ({"severity": "特重"}, "程度"),
        ({"due": "2026-01-01"}, "整改期限"), ({"due": "明天"}, "整改期限"), ({"title": "长" * 101}, "太长"),
        ({"pupils": (PUPIL,) * 61}, "名学生"),
    ],
)  # fmt: skip
def test_what_is_not_well_written_is_refused(office: Office, changed: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        on_site_findings.record(office.desk(INSPECTOR), SCHOOL, replace(SEEN, **changed), ASKED)
    with pytest.raises(UsageError, match="督查人员"):
        on_site_findings.record(office.desk(Actor("张校长", "principal", BIG)), SCHOOL, SEEN, ASKED)


def away(root: Path) -> tuple[Workplace, Casebook, Desk]:
    workplace = Workplace(Store.open(root))
    book = Casebook.open(workplace.store, clock=Clock())
    return workplace, book, Desk(book, workplace.store, INSPECTOR, TERM, TODAY)


def test_two_copies_come_together_in_any_order_and_nothing_is_lost(office: Office, tmp_path: Path) -> None:
    desk = office.desk(INSPECTOR)
    shared = on_site_findings.record(desk, SCHOOL, SEEN, ASKED)
    out = carry(Workplace(office.store), tmp_path / "带出.xjpack")
    backs = []
    for name, actor in (("甲", INSPECTOR), ("乙", SECOND)):
        bring(tmp_path / name, out)
        workplace, book, laptop = away(tmp_path / name)
        laptop = Desk(book, workplace.store, actor, TERM, TODAY)
        own = on_site_findings.record(laptop, SCHOOL, replace(SEEN, question="S700", title=f"{name}看到的"), ())
        evidence.attach(laptop, BIG, f"answer/{TERM}/{BIG}/S102", "表.pdf", PDF)
        evidence.show_as_well(laptop, BIG, f"answer/{TERM}/{BIG}/S102", f"finding/{own}")
        seen = written(book, shared).seen
        if name == "甲":
            on_site_findings.change(laptop, BIG, shared, replace(SEEN, what="一年级也没有"), seen=seen)
        else:
            on_site_findings.withdraw(laptop, BIG, shared, note="看错了", seen=seen)
        book.close()
        backs.append(carry(workplace, tmp_path / f"{name}.xjpack"))
    office.book.close()
    ends = []
    for order in permutations(backs):
        root = tmp_path / f"局{len(ends)}"
        shutil.copytree(office.store.root, root)
        told = [bring(root, file) for file in (*order, *order)]
        with Casebook.open(Store.open(root)) as book:
            assert book.verify().broken == ""
            kept = {c.id: dict(c.finding) for c in cases.of_school(book, BIG, TODAY) if c.by_hand}
            assert len(written(book, shared).rivals) == 2 and "一年级也没有" in kept[shared]["evidence"]
            photos = evidence.of_school(book, BIG)
            assert all(f"finding/{key}" in photos for key in kept if key != shared)
        ends.append(kept)
        assert any("现场发现" in line and "撤回" in line for merged in told for line in merged.conflicts)
    assert ends[0] == ends[1] and {f["title"] for f in ends[0].values()} >= {"甲看到的", "乙看到的"}


def _forged(forger: Forger, finding_id: str, **changed: Any) -> None:
    own = next(e for e in forger.events if e["kind"] == "on_site" and e["subject"] == finding_id)
    body = {**own["body"], **changed.pop("body", {})}
    plain = {**own, "at": "2026-11-24T09:00:00.000000+00:00", "parents": [own["id"]], "body": body}
    forger.append({name: value for name, value in (plain | changed).items() if name not in ("entry", "check_value")})


FORGED: dict[str, Callable[[Forger, str], Any]] = {
    "by a principal": lambda f, key: _forged(f, key, role="principal", who="甲校长"),
    "withdrawn without a reason": lambda f, key: _forged(f, key, body={"withdrawn": True}),
    "of another day": lambda f, key: _forged(f, key, body={"day": "2026-09-01"}),
    "of another question": lambda f, key: _forged(f, key, body={"question": "S701"}),
    "with a full number's field": lambda f, key: _forged(
        f, key, body={"pupils": [{"name": "甲", "ref": "", "grade": 1, "class_no": 1, "id_number": "1"}]}
    ),
    "of a severity that is none": lambda f, key: _forged(f, key, body={"severity": "特重"}),
    "withdrawn before it was written": lambda f, key: _forged(
        f, key, parents=[], body={"withdrawn": True, "note": "看错了"}
    ),
    "of which there is no finding": lambda f, key: _forged(f, key, subject="S102-0123456789abcdef", parents=[]),
    "a finding that nobody wrote down": lambda f, _: f.sightings[0].update(origin="现场记录"),
    "a check's finding confirmed while it waits": lambda f, _: f.add(
        {"to": "属实", "note": "好", "from": "现场发现，待学校说明"}
    ),
}  # fmt: skip


def test_no_forged_finding_comes_in(office: Office, tmp_path: Path) -> None:
    bring(tmp_path / "laptop", carry(Workplace(office.store), tmp_path / "带出.xjpack"))
    workplace, book, desk = away(tmp_path / "laptop")
    finding_id = on_site_findings.record(desk, SCHOOL, SEEN, ASKED)
    refuted = next(c.id for c in cases.of_school(book, BIG, TODAY) if not c.by_hand)
    cases.decide(desk, refuted, {"to": "不属实", "note": "看过"})
    cases.decide(desk, finding_id, {"to": "属实", "note": "当场说清"})
    book.close()
    back = carry(workplace, tmp_path / "带回.xjpack")
    before = snapshot(office)
    for number, (name, attack) in enumerate(FORGED.items()):
        forger = Forger(back, tmp_path / f"f{number}")
        attack(forger, finding_id)
        with pytest.raises(StoreError):
            pytest.fail(f"{name}: {bring(office.store.root, forger.sealed(tmp_path / f'{number}.xjpack'))}")
        assert snapshot(office) == before, name
    assert bring(office.store.root, back).new == {"on_site": 1, "finding": 2}, "the honest one is taken"
    assert cases.case(office.book, finding_id, TODAY).state == CaseState.CONFIRMED
