"""A small county, its checklist behind a real Voila, and browsers that look at it as somebody."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import free_port, wait_for_server
from xueji_lib import demo, intake
from xueji_lib.casebook.cases import Case, of_school
from xueji_lib.casebook.judging import judged
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.register.calendar import Calendar
from xueji_lib.store import Store


@dataclass
class Site:
    """``school``: the one with the most findings; ``other``: another."""

    store: Store
    address: str
    process: subprocess.Popen[bytes]
    school: str
    other: str
    asked: list[str] = field(default_factory=list)

    def book(self) -> Casebook:
        return Casebook.open(self.store)

    def cases(self) -> dict[str, Case]:
        with self.book() as book:
            return {case.id: case for case in of_school(book, self.school, dt.date.today())}

    def kernels(self) -> list[int]:
        """Processes of the kernels, newest last."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [int(pid) for pid in listed if b"ipykernel" in Path(f"/proc/{pid}/cmdline").read_bytes()]


@pytest.fixture(scope="session")
def county(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Taken in and judged, the casebook told."""
    folder = tmp_path_factory.mktemp("county")
    demo.make(folder, schools=6, students=900)
    store = Store(folder / "store")
    for term in (demo.PREVIOUS_TERM, demo.TERM):
        intake.run(folder / "inbox" / term, store, term, Calendar.load())
    judged(Workplace(store), demo.INSPECTION)
    return store


def copy_of(county: Store, folder: Path) -> Store:
    """Its own for each, so that no test depends on what another did."""
    shutil.copytree(county.root, folder / "store")
    return Store(folder / "store")


@pytest.fixture(scope="module")
def site(county: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A county for each module, behind its own Voila: where one test signs a school, others cannot write."""
    county = copy_of(county, tmp_path_factory.mktemp("site"))
    counts = judged(Workplace(county), demo.INSPECTION).findings["school_id"].value_counts()
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HTTP_")}
    environment |= {"XUEJI_STORE": str(county.root), "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    log = (county.root.parent / "voila.log").open("wb")
    command = [sys.executable, str(Path(__file__).with_name("server.py")), str(port)]
    process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    address = f"http://localhost:{port}/"
    try:
        wait_for_server(port, 60, "localhost")
        yield Site(county, address, process, str(counts.index[0]), str(counts.index[1]))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        log.close()


@pytest.fixture
def visit(site: Site, browser: Any) -> Iterator[Callable[..., Any]]:
    """Open the checklist of a school in a browser of its own: ``visit("wang")``."""
    contexts = []

    def open_page(name: str, role: str = "inspector", school: str = "", width: int = 1280, height: int = 900) -> Any:
        headers = {"X-Xueji-User": name, "X-Xueji-Role": role}
        context = browser.new_context(viewport={"width": width, "height": height}, extra_http_headers=headers)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)  # on a busy machine a kernel takes its time
        page.on("request", lambda request: site.asked.append(request.url))
        page.on("pageerror", lambda error: pytest.fail(f"脚本出错：{error}"))
        page.goto(f"{site.address}?school={school or site.school}", wait_until="commit")
        page.wait_for_selector("#xj-sign", timeout=60000)
        return page

    yield open_page
    for context in contexts:
        context.close()
