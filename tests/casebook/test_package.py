"""A package: encrypted, whole or refused; brought back in any order, nobody's verdict is lost."""

from __future__ import annotations

import datetime as dt
import shutil
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.casebook.conftest import DIRECTOR, INSPECTOR, SECOND, Clock, Office
from tests.casebook.test_evidence import PDF
from xueji_lib.casebook import cases, evidence, on_site_answers
from xueji_lib.casebook.carry.merge import Merged, merge
from xueji_lib.casebook.carry.package import pack
from xueji_lib.casebook.carry.sealed import Sealed, seal, unseal
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log import trail
from xueji_lib.casebook.log.book import Casebook, stored
from xueji_lib.casebook.log.events import Actor
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.judge import results, shelf
from xueji_lib.register.inspection import Inspection
from xueji_lib.store import Store
from xueji_lib.support.errors import StoreError, UsageError

TERM, BIG, CLEAN = "2026-2027-1", "2164000001", "2164000002"
TODAY = dt.date(2026, 11, 25)
WORD = "督查-口令-2026"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key's cost is for those who guess; here it is only waited for."""
    monkeypatch.setattr("xueji_lib.casebook.carry.sealed._COST", {"n": 2**4, "r": 8, "p": 1})


def carry(workplace: Workplace, file: Path, *schools: str) -> Path:
    folder = workplace.store.root / "results" / TERM / "2026-11-20"
    made = next(d for d in folder.iterdir() if d.is_dir())
    answer = results.Results(made, TERM, dt.date(2026, 11, 20), "2020-154", made.name)
    pack(workplace, INSPECTOR, schools or (BIG,), answer, Sealed(file, WORD))
    return file


def bring(root: Path, file: Path) -> Merged:
    return merge(root, "", Sealed(file, WORD), INSPECTOR)


def decide(root: Path, actor: Actor, number: int, to: str) -> str:
    store = Store.open(root)
    with Casebook.open(store, clock=Clock()) as book:
        case = cases.of_school(book, BIG, TODAY)[number]
        cases.decide(Desk(book, store, actor, TERM, TODAY), case.id, {"to": to, "note": f"{actor.name}看过"})
        return case.id


def states_of(root: Path) -> dict[str, tuple[str, str]]:
    with Casebook.open(Store.open(root)) as book:
        assert book.verify().broken == ""
        return {c.id: (c.state, str(c.body.get("note", ""))) for c in cases.of_school(book, BIG, TODAY) if c.history}


@pytest.fixture
def url() -> str:
    return ""


@pytest.fixture
def out(office: Office, tmp_path: Path) -> Path:
    """A package made at the office, where one finding is decided and has evidence."""
    case = cases.of_school(office.book, BIG, TODAY)[0]
    cases.decide(office.desk(DIRECTOR), case.id, {"to": "属实"})
    evidence.attach(office.desk(INSPECTOR), BIG, f"finding/{case.id}", "表.pdf", PDF)
    return carry(Workplace(office.store), tmp_path / "带出.xjpack")


def test_a_laptop_gets_the_school_and_nothing_of_the_others(out: Path, tmp_path: Path, office: Office) -> None:
    assert bring(tmp_path / "laptop", out).made_store
    store = Store.open(tmp_path / "laptop")
    assert store.is_part
    answer = shelf.obtain(store, Inspection(TERM, dt.date(2026, 12, 24)))
    assert set(answer.findings["school_id"]) == {BIG}
    assert len(answer.school(BIG).findings) == len(office.check.of_school(BIG).findings)
    with Casebook.open(store) as book:
        assert [c.state for c in cases.of_school(book, BIG, TODAY)][:2] == ["属实", "疑点"]
        (kept,) = evidence.of_school(book, BIG)[f"finding/{cases.of_school(book, BIG, TODAY)[0].id}"]
        assert evidence.content(book, kept.sha256) == PDF
        assert cases.of_school(book, "2164000004", TODAY) == []


@pytest.mark.slow
def test_two_inspectors_in_any_order_and_twice(out: Path, tmp_path: Path, office: Office) -> None:
    """One school on two laptops and at the office: equal decisions agree, different ones stand as a conflict."""
    one, two = tmp_path / "甲", tmp_path / "乙"
    for root in (one, two):
        bring(root, out)
    same, differ, mine, theirs = 1, 2, 3, 4
    decide(one, INSPECTOR, same, "属实")
    decide(two, SECOND, same, "属实")
    quarrel = decide(one, INSPECTOR, differ, "属实")
    decide(two, SECOND, differ, "不属实")
    decide(one, INSPECTOR, mine, "不属实")
    decide(two, SECOND, theirs, "待补证")
    laptop = Workplace.open(one)
    with laptop.open_casebook() as book:
        tick = on_site_answers.Tick("S201", "不符合", "缺 6 人")
        on_site_answers.answer(Desk(book, laptop.store, INSPECTOR, TERM, TODAY), BIG, tick, questions=["S201"])
    backs = []
    for number, root in enumerate((one, two)):
        backs.append(carry(Workplace.open(root), tmp_path / f"带回{number}.xjpack"))
    office.book.close()
    ends, conflicts = [], []
    for order in permutations(backs):
        root = tmp_path / f"局{len(ends)}"
        shutil.copytree(office.store.root, root)
        told = [bring(root, file) for file in (*order, *order)]
        conflicts.append([c for merged in told for c in merged.conflicts])
        assert [sum(m.new.values()) > 0 for m in told] == [True, True, False, False]
        ends.append(states_of(root))
    assert ends[0] == ends[1]
    with laptop.open_casebook() as away, Casebook.open(Store.open(tmp_path / "局0")) as here:
        code = away.verify().last[:16]  # of the line that says the package was made; the one before is of an event
        assert away.line_with(code) and not here.carried_line_with(code)
        with away.reading() as connection:
            event = stored(connection, school_id=BIG, kinds=("answer",))[0]
            entry, value = trail.anchors(connection, [event.id])[event.id]
        assert away.line_with(value[:16]) == entry and not here.line_with(value[:16])
        assert here.carried_line_with(value[:16]), "what was printed on the laptop can be looked up at the office"
    assert [state for state, _ in ends[0].values()] == ["属实", "属实", "冲突", "不属实", "待补证"]
    assert all(len(found) == 1 and "王督查：属实" in found[0] and "李督查：不属实" in found[0] for found in conflicts)
    settled = tmp_path / "局0"
    bureau = Workplace.open(settled)
    with bureau.open_casebook() as book:
        case = cases.case(book, quarrel, TODAY)
        assert {event.who for event in case.rivals} == {"王督查", "李督查"}
        body = {"to": "不属实", "note": "三人一起看过原件"}
        desk = Desk(book, bureau.store, DIRECTOR, TERM, TODAY)
        assert cases.decide(desk, quarrel, body, seen=case.seen).state == "不属实"
    bring(settled, backs[0])
    assert states_of(settled)[quarrel][0] == "不属实", "a package that comes late does not open it again"


def test_wrong_password_foreign_damaged_and_no_package(out: Path, tmp_path: Path, office: Office) -> None:
    lines = office.book.verify().lines
    root = office.store.root
    with pytest.raises(UsageError, match="口令不对"):
        merge(root, "", Sealed(out, "另一个口令-1"), INSPECTOR)
    with pytest.raises(UsageError, match="至少 8 个"):
        pack(Workplace(office.store), INSPECTOR, [BIG], None, Sealed(tmp_path / "x", "short"))  # type: ignore[arg-type]
    for name, content in {"空": b"", "图": b"\x89PNG" * 50, "头": out.read_bytes()[:40]}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(StoreError):
            bring(root, tmp_path / name)
    with pytest.raises(StoreError, match="读不出来"):
        bring(root, tmp_path / "没有.xjpack")
    other = tmp_path / "别的县"
    shutil.copytree(root, other, ignore=shutil.ignore_patterns("casebook*"))
    with pytest.raises(StoreError, match="不是从这个数据仓"):
        bring(other, out)
    with pytest.raises(StoreError):
        bring(tmp_path / "新的", tmp_path / "头")
    assert not (tmp_path / "新的").exists()
    assert office.book.verify().lines == lines


def test_a_last_frame_longer_than_what_is_there_is_refused(tmp_path: Path) -> None:
    plain, sealed, back = (tmp_path / name for name in ("明", "密", "回"))
    plain.write_bytes(b"")
    seal(plain, sealed, WORD)
    content = bytearray(sealed.read_bytes())
    assert content[-20:-16] == (16).to_bytes(4, "big")
    content[-17] = 17
    sealed.write_bytes(content)
    with pytest.raises((StoreError, UsageError)):
        unseal(sealed, back, WORD)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), size=st.sampled_from([0, 1, 1024 * 1024 - 1, 1024 * 1024, 2 * 1024 * 1024 + 7]))
def test_no_byte_can_change_and_no_end_can_be_cut(tmp_path: Path, data: st.DataObject, size: int) -> None:
    plain, sealed, back = (tmp_path / name for name in ("明", "密", "回"))
    plain.write_bytes(bytes(range(256)) * (size // 256) + b"z" * (size % 256))
    seal(plain, sealed, WORD)
    unseal(sealed, back, WORD)
    assert back.read_bytes() == plain.read_bytes()
    back.unlink()
    content = bytearray(sealed.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        content[at] ^= data.draw(st.integers(1, 255))
    else:
        del content[at:]
    sealed.write_bytes(content)
    with pytest.raises((StoreError, UsageError)):
        unseal(sealed, back, WORD)
    assert not back.exists()
