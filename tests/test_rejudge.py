"""After a change some schools are judged again: the answer is the one that judging the whole county gives.

By hand, on as many random counties as you have time for: ``python -m tests.test_rejudge 0:200``.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from tests.reference.random_county import RandomCounty
from tests.stored_county import change, lay
from xueji_lib import demo, intake
from xueji_lib.county import County
from xueji_lib.judge import engine, rejudge, results, shelf
from xueji_lib.judge.checks import Checks
from xueji_lib.judge.engine import Check
from xueji_lib.judge.store_columns import State
from xueji_lib.judge.touched import touched
from xueji_lib.register import catalogue as catalogues
from xueji_lib.register.calendar import Calendar
from xueji_lib.store import Store

pytestmark = pytest.mark.slow

CATALOGUE = catalogues.load("2020-154")
ACROSS = Checks.load("2020-154").across


@dataclass(frozen=True)
class Step:
    """One change: what it was, the schools it touches out of how many, and both answers' frames."""

    what: str
    touched: int
    schools: int
    again: dict[str, pd.DataFrame] | None
    whole: dict[str, pd.DataFrame]


def judged(store: Store, made: RandomCounty, logs: Path) -> Check:
    county = County.load(store, made.yardstick)
    return engine.judge(county, CATALOGUE, logs)


def state(store: Store) -> State:
    return {term: store.tables(term) for term in store.terms()}


def steps(seed: int, folder: Path, changes: int) -> Iterator[Step]:
    store, made = lay(folder / "store", seed, 8)
    rng = random.Random(seed)
    answer, was = shelf.keep(folder / "results", judged(store, made, folder), "0"), state(store)
    for n in range(1, changes + 1):
        what = f"seed {seed}: {change(store, made.term.id, rng)}"
        reach = touched(store, made.term.id, was, state(store), ACROSS)
        again = rejudge.rejudged(store, answer, was, yardstick=made.yardstick)
        check = judged(store, made, folder)
        whole = {name: results.plain(name, getattr(check, name)) for name in rejudge.FRAMES}
        schools = len(check.schools)
        yield Step(what, len(reach.schools) if reach else schools, schools, again and dict(again), whole)
        answer, was = shelf.keep(folder / "results", check, str(n)), state(store)


def differences(step: Step) -> list[str]:
    """Frames in which the two answers differ."""
    found = []
    for name, frame in step.whole.items() if step.again is not None else ():
        try:
            assert_frame_equal(step.again[name], frame)
        except AssertionError as error:
            found.append(f"{step.what}, {name}: {str(error).splitlines()[0]}")
    return found


@pytest.mark.parametrize("seed", [0, 7, 57, 84])
def test_the_answer_is_that_of_the_whole_county(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rejudge, "SHARE", 9.0)  # these counties are small and everybody knows everybody
    made = list(steps(seed, tmp_path, 3))
    assert [line for step in made for line in differences(step)] == []
    again = [step for step in made if step.again is not None]
    assert again
    assert min(step.touched / step.schools for step in again) < 0.25


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("county")
    demo.make(root, schools=24)
    for term in (demo.PREVIOUS_TERM, demo.TERM):
        intake.run(root / "inbox" / term, Store(root / "store"), term, Calendar.load())
    return root / "store"


def mistyped(store: Store) -> None:
    """The first child of a school is of the other sex now: R205, R305, and whatever hangs on it."""
    school = store.schools(demo.TERM, "register")[3]
    rows = store.read(demo.TERM, "register", schools=[school])
    rows.loc[0, "sex"] = "女" if rows.loc[0, "sex"] == "男" else "男"
    nothing = store.rejected(demo.TERM).iloc[:0]
    store.commit(demo.TERM, {"register": rows}, nothing, {"time": "2026-11-20T09:00:00", "files": []})


def test_the_shelf_asks_for_no_more_than_it_must(county: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(shutil.copytree(county, tmp_path / "store"))
    before = shelf.obtain(store, demo.INSPECTION).marks()
    mistyped(store)
    with monkeypatch.context() as patch:

        def refuse(*_: object, **__: object) -> Check:
            raise AssertionError("the whole county was judged")

        patch.setattr(engine, "check", refuse)
        after = shelf.obtain(store, demo.INSPECTION)
    whole = shelf.obtain(store, demo.INSPECTION, force=True)
    for name in results.FRAMES:
        assert_frame_equal(getattr(after, name), getattr(whole, name))
    changed = {school for school, mark in after.marks().items() if before[school] != mark}
    assert 1 <= len(changed) < 6


def test_what_reaches_everybody_is_judged_for_everybody(county: Path, tmp_path: Path) -> None:
    store = Store(shutil.copytree(county, tmp_path / "store"))
    before, was = shelf.obtain(store, demo.INSPECTION), state(store)
    directory = store.read(demo.TERM, "schools")
    directory.loc[0, "principal"] = "新校长"
    nothing = store.rejected(demo.TERM).iloc[:0]
    store.commit(demo.TERM, {"schools": directory}, nothing, {"time": "2026-11-20T09:00:00", "files": []})
    assert rejudge.rejudged(store, before, was) is None


if __name__ == "__main__":
    rejudge.SHARE = 9.0  # type: ignore[misc]
    first, _, last = sys.argv[1].partition(":")
    lines = []
    for number in range(int(first), int(last)):
        with tempfile.TemporaryDirectory() as place:
            lines += [line for step in steps(number, Path(place), 3) for line in differences(step)]
    sys.stdout.write("\n".join([*lines, f"{len(lines)} differences"]) + "\n")
