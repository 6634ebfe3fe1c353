"""A casebook on SQLite and on PostgreSQL: the same tests on both."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest
from sqlalchemy import create_engine, text

from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.log.events import Actor
from xueji_lib.casebook.sightings import Synced, sync
from xueji_lib.judge import shelf
from xueji_lib.judge.engine import Check
from xueji_lib.store import Store

INSPECTOR = Actor("王督查", "inspector")
SECOND = Actor("李督查", "inspector")
DIRECTOR = Actor("周局长", "director")


class Clock:
    """Goes on by a second whenever it is asked."""

    def __init__(self) -> None:
        self.now = dt.datetime(2026, 11, 20, 8, tzinfo=dt.UTC)

    def __call__(self) -> dt.datetime:
        self.now += dt.timedelta(seconds=1)
        return self.now


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Callable[[], str]]:
    """A server of its own on loopback; a call makes an empty database and gives its URL."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [Path(shutil.which("initdb") or "")]
    if not found[-1].is_file():
        pytest.skip("没有 PostgreSQL 服务器（apt-get install postgresql）")
    bin_folder = found[-1].parent
    with tempfile.TemporaryDirectory(prefix="xueji-pg-", ignore_cleanup_errors=True) as temp:
        as_user: list[str] = []
        if os.geteuid() == 0:  # the server refuses root
            shutil.chown(temp, "postgres")
            as_user = ["runuser", "-u", "postgres", "--"]
        data = f"{temp}/data"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        quiet = {"check": True, "stdout": subprocess.DEVNULL, "cwd": temp}
        subprocess.run([*as_user, str(bin_folder / "initdb"), "-D", data, "-U", "xueji", "-A", "trust", "-N"], **quiet)
        options = f"-p {port} -k {temp} -c listen_addresses=127.0.0.1 -c fsync=off"
        server = [*as_user, str(bin_folder / "pg_ctl"), "-D", data, "-w", "-l", f"{temp}/log"]
        subprocess.run([*server, "-o", options, "start"], **quiet)
        made = 0

        def fresh() -> str:
            nonlocal made
            made += 1
            url = f"postgresql+psycopg://xueji@127.0.0.1:{port}"
            engine = create_engine(f"{url}/postgres", isolation_level="AUTOCOMMIT")
            with engine.connect() as connection:
                connection.execute(text(f"CREATE DATABASE book{made}"))
            engine.dispose()
            return f"{url}/book{made}"

        try:
            yield fresh
        finally:
            subprocess.run([*server, "-m", "immediate", "stop"], **quiet)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    return "" if request.param == "sqlite" else str(request.getfixturevalue("postgresql")())


@pytest.fixture
def book(sample_store: Store, url: str) -> Iterator[Casebook]:
    with Casebook.open(sample_store, url, Clock()) as opened:
        yield opened


class Office:
    """A store, its casebook, and the county judged again and again with other data."""

    def __init__(self, store: Store, book: Casebook, sample: ModuleType, check: Check) -> None:
        self.store, self.book, self.sample, self.check = store, book, sample, check
        self.runs = 0

    def desk(self, actor: Actor, today: dt.date = dt.date(2026, 11, 25)) -> Desk:
        """Somebody at work here."""
        return Desk(self.book, self.store, actor, self.sample.TERM, today)

    def set_clock(self, day: dt.date) -> None:
        """Nobody works on a day that has not come."""
        clock = self.book.clock
        assert isinstance(clock, Clock)
        clock.now = max(clock.now, dt.datetime(day.year, day.month, day.day, 8, tzinfo=dt.UTC))

    def run(self, findings: pd.DataFrame | None = None, day: dt.date | None = None, **changed: object) -> Synced:
        """Another run of the machine: with these findings (coverage to match), on this day."""
        self.runs += 1
        self.set_clock(day or self.sample.AS_OF)
        found = self.check.findings if findings is None else findings
        told = replace(
            self.check,
            findings=found,
            coverage=self.sample.coverage(found),
            as_of=day or self.sample.AS_OF,
            **changed,  # type: ignore[arg-type]
        )
        folder = self.store.root / "results" / told.term_id / told.as_of.isoformat()
        return sync(self.book, self.store, shelf.keep(folder, told, f"run{self.runs}"))


@pytest.fixture
def office(sample_store: Store, book: Casebook, sample: ModuleType, check: Check) -> Office:
    made = Office(sample_store, book, sample, check)
    made.run()
    return made
