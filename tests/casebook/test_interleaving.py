"""Any interleaving of runs, verdicts, packages and merges keeps every verdict, and ends the same everywhere."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.casebook.conftest import Clock, Office
from tests.casebook.test_package import BIG, TERM, TODAY, WORD, carry, quick
from xueji_lib.casebook import cases
from xueji_lib.casebook.carry.merge import merge
from xueji_lib.casebook.carry.sealed import Sealed
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log.book import Casebook, Conflict
from xueji_lib.casebook.log.events import Actor, Event
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.judge.engine import Check
from xueji_lib.store import Store
from xueji_lib.support.errors import UsageError

__all__ = ["quick"]
PLACES = ("局", "甲", "乙")
WHO = {name: Actor(f"{name}的督查", "inspector") for name in PLACES}
BODIES = (
    {"to": "属实", "note": "看过"},
    {"to": "不属实", "note": "看过"},
    {"to": "待补证", "note": "缺表"},
    {"to": "已通知", "due": "2026-12-20"},
)
step = st.one_of(
    st.tuples(st.just("decide"), st.sampled_from(PLACES), st.integers(0, 3), st.sampled_from(BODIES)),
    st.tuples(st.just("undo"), st.sampled_from(PLACES), st.integers(0, 3), st.none()),
    st.tuples(st.just("run"), st.just("局"), st.integers(0, 15), st.none()),
    st.tuples(st.just("carry"), st.sampled_from(PLACES), st.sampled_from(PLACES), st.none()),
)


class County:
    """The office and two laptops, each a store of its own."""

    def __init__(self, root: Path, origin: Store, sample: ModuleType, check: Check) -> None:
        self.root, self.sample, self.check = root, sample, check
        self.clock, self.packed, self.runs = Clock(), 0, 0
        self.made: dict[str, Event] = {}
        shutil.copytree(origin.root, root / "局")
        self.run("局", 15)
        for laptop in PLACES[1:]:
            self.carry("局", laptop)

    def open(self, place: str) -> tuple[Store, Casebook]:
        store = Store.open(self.root / place)
        return store, Casebook.open(store, clock=self.clock)

    def decide(self, place: str, number: int, body: dict[str, str] | None) -> None:
        store, book = self.open(place)
        desk = Desk(book, store, WHO[place], TERM, TODAY)
        with book:
            case = [c for c in cases.of_school(book, BIG, TODAY) if c.finding["rule_id"] == "R102"][number]
            try:
                if body is None:
                    cases.undo(desk, case.id, seen=case.seen)
                else:
                    cases.decide(desk, case.id, body, seen=case.seen)
            except Conflict:
                raise
            except UsageError:  # a step that is not allowed from here: nothing was said to be saved
                return
            new = book.about("finding", case.id)[-1]
            self.made[new.id] = new

    def run(self, place: str, shown: int) -> None:
        """A run that finds those of the first four that the bits of ``shown`` say."""
        store, book = self.open(place)
        with book:
            found = self.check.findings
            ids = found.loc[found["rule_id"] == "R102", "finding_id"].tolist()[:4]
            hidden = [finding_id for bit, finding_id in enumerate(ids) if not shown >> bit & 1]
            office = Office(store, book, self.sample, self.check)
            self.runs += 1
            office.runs = self.runs * 100
            office.run(found[~found["finding_id"].isin(hidden)])

    def carry(self, source: str, target: str) -> None:
        if source == target:
            return
        self.packed += 1
        file = self.root / f"{self.packed}.xjpack"
        carry(Workplace.open(self.root / source), file)
        merge(self.root / target, "", Sealed(file, WORD), WHO[target])

    def states(self, place: str) -> dict[str, tuple[str, tuple[str, ...]]]:
        _, book = self.open(place)
        with book:
            assert book.verify().broken == ""
            kept = {event.id: event for event in book.events(BIG, "", ("finding",))}
            assert kept == self.made, place
            return {c.id: (c.state, c.seen) for c in cases.of_school(book, BIG, TODAY) if c.history}


@pytest.fixture
def url() -> str:
    return ""


@pytest.mark.slow
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(step, min_size=3, max_size=10), last=st.permutations(PLACES[1:]))
def test_every_verdict_is_kept(
    sample_store: Store, sample: ModuleType, check: Check, steps: list[tuple[str, str, object, object]], last: list[str]
) -> None:
    small = check.findings[check.findings["school_id"] == BIG].head(60)
    told = replace(check, findings=small)
    with tempfile.TemporaryDirectory() as temp:
        county = County(Path(temp), sample_store, sample, told)
        for what, place, which, body in steps:
            if what == "carry":
                county.carry(place, str(which))
            elif what == "run":
                county.run(place, int(str(which)))
            else:
                county.decide(place, int(str(which)), dict(body) if body else None)  # type: ignore[call-overload]
        for place in last:
            county.carry(place, "局")
        for place in last:
            county.carry("局", place)
        ends = [county.states(place) for place in PLACES]
        # What the machine saw is the office's to say; who decided what is the same everywhere.
        assert {i: seen for i, (_, seen) in ends[0].items()} == {i: seen for i, (_, seen) in ends[1].items()}
        assert {i: seen for i, (_, seen) in ends[0].items()} == {i: seen for i, (_, seen) in ends[2].items()}
