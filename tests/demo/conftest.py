"""A small county on disk, taken in and judged once for all tests of this folder."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import pytest

from xueji_lib import demo, intake
from xueji_lib.intake import Report
from xueji_lib.judge.engine import Check, check
from xueji_lib.register.calendar import Calendar
from xueji_lib.store import Store


@dataclass(repr=False)
class Made:
    """A county's folder, what intake said of each term, its store.

    Not shown where a test fails: a county's objects name one another, and their text takes gigabytes.
    """

    folder: Path
    county: demo.DemoCounty
    reports: dict[str, Report]
    store: Store

    def truth(self, name: str) -> list[dict[str, str]]:
        with (self.folder / "truth" / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    def check(self) -> Check:
        return check(self.store, demo.INSPECTION)


def take_in(folder: Path, **given: object) -> Made:
    county = demo.make(folder, schools=8, students=1000, **given)  # type: ignore[arg-type]
    store = Store(folder / "store")
    calendar = Calendar.load()
    terms = (demo.PREVIOUS_TERM, demo.TERM)
    return Made(folder, county, {t: intake.run(folder / "inbox" / t, store, t, calendar) for t in terms}, store)


@pytest.fixture(scope="session")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return take_in(tmp_path_factory.mktemp("planted"))


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return take_in(tmp_path_factory.mktemp("clean"), planted=False)
