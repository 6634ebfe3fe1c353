"""A small synthetic county that was judged, inspectors who decided some of it, the real server and a real browser."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.dashboards import work
from xueji_lib import demo, intake
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.log.events import Actor
from xueji_lib.casebook.sightings import sync
from xueji_lib.judge import shelf
from xueji_lib.register.calendar import Calendar
from xueji_lib.register.inspection import Inspection
from xueji_lib.store import Store


@dataclass(frozen=True)
class County:
    """``own``: the school of 王校长, ``other``: another; ``today`` is the machine's day, as the server sees it."""

    store: Store
    term: str
    own: str
    other: str
    today: dt.date
    inbox: Path

    def desk(self, book: Casebook, actor: Actor = work.INSPECTOR) -> Desk:
        """Somebody at work here."""
        return Desk(book, self.store, actor, self.term, self.today)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("县")
    demo.make(root, schools=8, seed=7)
    store = Store(root / "store")
    for term in (demo.PREVIOUS_TERM, demo.TERM):
        intake.run(root / "inbox" / term, store, term, Calendar.load())
    shelf.obtain(store, Inspection(demo.PREVIOUS_TERM, dt.date(2026, 7, 1)))
    answer = shelf.obtain(store, demo.INSPECTION)
    with Casebook.open(store) as book:
        sync(book, store, answer)
    return root


@pytest.fixture
def county(made: Path, tmp_path: Path) -> County:
    """One's own copy of the county."""
    return copy(made, tmp_path / "县")


def copy(made: Path, root: Path) -> County:
    shutil.copytree(made, root)
    store = Store.open(root / "store")
    ids = store.directory(demo.TERM)["school_id"].astype(str)
    own = next(school for school in ids if school.startswith("21") and school.endswith("001"))
    other = next(school for school in ids if school.startswith("21") and school.endswith("002"))
    return County(store, demo.TERM, own, other, dt.date.today(), root / "inbox")


@pytest.fixture(scope="session")
def served(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[County, str]]:
    """A county at work, and the address of its server."""
    county = copy(made, tmp_path_factory.mktemp("在用") / "县")
    with Casebook.open(county.store) as book:
        work.accounts(book, {"王校长": county.own, "李校长": county.other})
        work.confirm(county.desk(book), county.own, [-3, 5, 30], 6)
        work.confirm(county.desk(book), county.other, [-1], 3)
        work.sign(county.desk(book), county.other)
    code = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from xueji_lib.web.door.app import Options, serve
        serve(Options(Path(sys.argv[1]), port=0), lambda address: print(address, flush=True))
        """
    )
    log = county.store.root.parent / "server.log"
    with log.open("wb") as errors, subprocess.Popen(
        [sys.executable, "-c", code, str(county.store.root)],
        stdout=subprocess.PIPE, stderr=errors, text=True, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    ) as server:  # fmt: skip
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        assert address, log.read_text()
        yield county, address
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:  # how a server stops is tested with the door, not here
            server.kill()


class Visit:
    """A page of someone who logged in. ``outside``: addresses asked for anywhere but at the server."""

    def __init__(self, browser: Browser, address: str, name: str) -> None:
        self.context = browser.new_context(viewport={"width": 1280, "height": 850}, accept_downloads=True)
        self.page: Page = self.context.new_page()
        self.outside: list[str] = []
        self.problems: list[str] = []
        inside = (address, address.replace("http", "ws", 1), "blob:", "data:")
        self.page.on("request", lambda r: None if r.url.startswith(inside) else self.outside.append(r.url))
        self.page.on("console", lambda m: self.problems.append(m.text) if m.type == "error" else None)
        self.page.set_default_timeout(60_000)
        self.page.goto(f"{address}login")
        self.page.fill("[name=name]", name)
        self.page.fill("[name=password]", work.PASSWORD)
        self.page.press("[name=password]", "Enter")
        self.page.wait_for_selector("#duties", state="attached")
        self.page.wait_for_selector(".xp-offers")

    def row(self, text: str, table: int = 0) -> str:
        return f".xt >> nth={table} >> tr.xr:has-text('{text}') >> nth=0"

    def close(self) -> None:
        self.context.close()
