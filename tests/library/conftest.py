"""A small county of two terms, taken in and judged once for all tests of the front door."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import xueji_lib as xj
from xueji_lib import demo, intake
from xueji_lib.library.opened_store import OpenedStore
from xueji_lib.register.calendar import Calendar
from xueji_lib.store import Store


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the county's store and inbox, as the page has them."""
    folder = tmp_path_factory.mktemp("analyst")
    demo.make(folder / "demo", schools=6)
    for term in (demo.PREVIOUS_TERM, demo.TERM):
        intake.run(folder / "demo" / "inbox" / term, Store(folder / "xueji-store"), term, Calendar.load())
    shutil.move(folder / "demo" / "inbox" / demo.TERM, folder / "收件夹")
    return folder


@pytest.fixture(scope="session")
def store(folder: Path) -> OpenedStore:
    """The store, judged in both terms."""
    store = xj.open(folder / "xueji-store")
    store.check(demo.PREVIOUS_TERM, "2026-06-01")
    store.check(demo.TERM, demo.AS_OF)
    return store
