"""A package on a laptop without network: only what was carried is listed, and who works there stands in the trail after
the merge, not the laptop's user."""

from __future__ import annotations

import getpass
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.deciding import decide
from xueji_lib import demo
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.log.tables import TRAIL
from xueji_lib.store import Store
from xueji_lib.support import paths

from .conftest import copy_of

pytestmark = pytest.mark.slow

PERSON, WORD = "李督查", "带出-口令-2026"


def command(store: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "xueji_lib", "--store", str(store), *arguments]


def environment(home: Path) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("XUEJI_", "HTTP_"))}
    own = {"XDG_DATA_HOME": str(home), "PYTHONPATH": str(paths.home()), "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}
    return inherited | own


def run(home: Path, line: list[str]) -> str:
    done = subprocess.run(line, env=environment(home), input=f"{WORD}\n", capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def opened(home: Path, package: Path) -> Iterator[str]:
    """The package's pages; written back when the block ends."""
    arguments = [
        "serve",
        "--package",
        str(package),
        "--name",
        PERSON,
        "--password-stdin",
        "--no-browser",
        "--port=18977",
    ]
    line = command(home / "none", *arguments)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(line, env=environment(home), **pipes) as server:  # type: ignore[call-overload]
        try:
            server.stdin.write(f"{WORD}\n")
            server.stdin.close()
            address = next(text for text in server.stdout if text.startswith("网页开在")).split()[1]
            yield address
            server.send_signal(signal.SIGINT)
            assert "已写回" in server.stdout.read()
        finally:
            server.kill()  # where the block failed, nobody else would end it


def test_who_works_on_the_laptop_stands_in_the_trail(county: Store, browser: Any, tmp_path: Path) -> None:
    office, home, package = copy_of(county, tmp_path), tmp_path / "laptop", tmp_path / "带出.xjpack"
    home.mkdir()
    names = office.directory(demo.TERM).set_index("school_id")["school_name"].astype(str)
    school = str(names.index[0])
    packing = ["pack", school, "--term", demo.TERM, "--out", str(package), "--password-stdin"]
    run(home, command(office.root, *packing))
    with opened(home, package) as address:
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{address}schools")
        shown = page.locator("tbody").inner_text()
        assert [name for name in names if name in shown] == [names[school]]
        page.goto(f"{address}voila/render/checklist.ipynb?school={school}")
        page.wait_for_selector("#xj-sign", timeout=90_000)
        assert PERSON in page.inner_text(".xover")
        row = page.locator("tr.xr.xr-waiting").first
        finding = row.get_attribute("data-id")
        decide(page.locator(f'tr.xr[data-id="{finding}"]'), "属实")
        page.locator(f'tr.xr[data-id="{finding}"] .xs-saved').wait_for()
        context.close()
    run(home, command(office.root, "merge", str(package), "--password-stdin"))
    with Casebook.open(office) as book:
        [event] = [one for one in book.events(school, demo.TERM) if one.subject == finding]
        assert (event.who, event.body["to"]) == (PERSON, "属实")
        with book.reading() as connection:
            people = set(connection.execute(select(TRAIL.c.who).where(TRAIL.c.ref == event.id)).scalars())
        assert people == {PERSON} and getpass.getuser() not in people
