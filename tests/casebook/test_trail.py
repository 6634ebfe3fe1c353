"""Whatever is changed behind the casebook's back is found, and the first place named."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import text

from tests.casebook.conftest import INSPECTOR, SECOND, Office
from xueji_lib.casebook import cases, evidence, on_site_answers
from xueji_lib.casebook.access.accounts import Accounts
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.store import Store

pytestmark = pytest.mark.slow

BIG = "2164000001"
TODAY = dt.date(2026, 11, 25)
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture
def worked(office: Office) -> Office:
    for case in cases.of_school(office.book, BIG, TODAY)[:3]:
        cases.decide(office.desk(INSPECTOR), case.id, {"to": "属实"})
    on_site_answers.answer(office.desk(SECOND), BIG, on_site_answers.Tick("S201", "符合"), questions=["S201"])
    office.book.log("李督查", "登录")
    assert office.book.verify().broken == ""
    return office


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE trail SET who = '别人' WHERE n = 3", "第 3 条"),
        ("UPDATE trail SET at = '2026-01-01' WHERE n = 2", "第 2 条"),
        ("UPDATE trail SET action = '疑点→不属实' WHERE n = 4", "第 4 条"),
        ("UPDATE trail SET detail = '{}' WHERE n = 1", "第 1 条"),
        ("UPDATE trail SET ref = '' WHERE n = 3", "第 3 条"),
        ("DELETE FROM trail WHERE n = 3", "缺第 3 条"),
        ("DELETE FROM trail WHERE n = 6", "末尾少了"),
        ("UPDATE trail SET n = 9 WHERE n = 6", "缺第 6 条"),
        ("UPDATE events SET body = '{\"to\": \"不属实\"}' WHERE kind = 'finding'", "第 2 条"),
        ("UPDATE events SET who = '王督查' WHERE kind = 'answer'", "第 5 条"),
        ("DELETE FROM events WHERE kind = 'answer'", "第 5 条"),
        # A decision that nobody made.
        ("INSERT INTO events SELECT 'ab', 'finding', '', '', '', '鬼', '', '', '[]', '{}'", "没有留痕"),
    ],
)  # fmt: skip
def test_every_tampering_is_named(worked: Office, statement: str, named: str) -> None:
    with worked.book.engine.connect() as connection, connection.begin():
        connection.execute(text(statement))
    found = worked.book.verify()
    assert named in found.broken, found


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE accounts SET role = 'director' WHERE name = '王督查'", "账号被改动过"),
        ("UPDATE accounts SET school_id = '2164000002' WHERE name = '甲校长'", "账号被改动过"),
        ("UPDATE accounts SET must_change = false", "账号被改动过"),
        ("DELETE FROM accounts WHERE name = '甲校长'", "账号被改动过"),
        ("UPDATE sightings SET finding = '{}'", "系统查出的疑点被改动过"),
        ("UPDATE sightings SET present = false, gone_at = '2026-11-20'", "系统查出的疑点被改动过"),
        ("UPDATE sightings SET school_id = '2164000002'", "系统查出的疑点被改动过"),
        ("DELETE FROM sightings", "系统查出的疑点被改动过"),
        ("DELETE FROM runs", "历次核查被改动过"),
        ("UPDATE meta SET value = '00' WHERE key = 'salt'", "台账的编号和密钥被改动过"),
        ("UPDATE meta SET value = 'x' WHERE key = 'casebook'", "台账的编号和密钥被改动过"),
        ("DELETE FROM meta WHERE key = 'rows'", "账号被改动过"),
        ("DELETE FROM files", "登记被改动过"),
        ("UPDATE files SET size = 1", "登记被改动过"),
    ],
)  # fmt: skip
def test_tables_beside_the_trail_are_watched(worked: Office, statement: str, named: str) -> None:
    accounts = Accounts(worked.book, PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1))
    accounts.add("甲校长", "principal", BIG, "kou-ling-ge-ni-1")
    accounts.add("王督查", "inspector", "", "kou-ling-ge-ni-2")
    accounts.unlock("甲校长")
    evidence.attach(worked.desk(INSPECTOR), BIG, "finding/R102-x", "照片.pdf", PDF)
    assert worked.book.verify().broken == ""
    with worked.book.engine.connect() as connection, connection.begin():
        connection.execute(text(statement))
    assert named in worked.book.verify().broken


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (lambda file: file.write_bytes(b"%PDF-1.4 OTHER %%EOF"), "照片.pdf（2026-11-20 王督查） 被改动过"),
        (lambda file: file.write_bytes(b""), "照片.pdf（2026-11-20 王督查） 被改动过"),
        (lambda file: file.unlink(), "照片.pdf（2026-11-20 王督查） 不在了"),
        (lambda file: shutil.rmtree(file.parent.parent), "照片.pdf（2026-11-20 王督查） 不在了"),
    ],
)
def test_evidence_is_held_against_its_digest(worked: Office, spoil: Callable[[Path], object], named: str) -> None:
    attached = evidence.attach(worked.desk(INSPECTOR), BIG, "finding/R102-x", "照片.pdf", PDF)
    assert worked.book.verify().broken == ""
    spoil(evidence.path(worked.book, attached.sha256))
    assert named in worked.book.verify().broken


def test_what_was_copied_on_paper_is_part_of_today_s_trail(worked: Office) -> None:
    noted = worked.book.verify()
    worked.book.log("李督查", "退出")
    assert worked.book.line_with(noted.last[:16]) == noted.lines
    assert worked.book.line_with("0123456789abcdef") == 0


def test_two_writers_make_one_chain(worked: Office) -> None:
    """Interleaved by threads: no line lost, no two with one number."""
    from concurrent.futures import ThreadPoolExecutor

    before = worked.book.verify().lines
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: worked.book.log(f"第{n}人", "登录"), range(40)))
    found = worked.book.verify()
    assert (found.lines, found.broken) == (before + 40, "")


def test_another_opening_takes_no_lock_from_those_at_work(sample_store: Store) -> None:
    """In this process the casebook is open twice; another process comes and goes; what is written then is not lost."""
    come_and_go = (
        "import sys, pathlib; from xueji_lib.store import Store; from xueji_lib.casebook.log.book import Casebook; "
        "book = Casebook.open(Store(pathlib.Path(sys.argv[1]))); print(book.verify().lines); book.close()"
    )

    def lines_elsewhere() -> str:
        done = subprocess.run(
            [sys.executable, "-c", come_and_go, str(sample_store.root)], capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    with Casebook.open(sample_store) as at_work:
        at_work.log("王督查", "登录")
        with at_work.reading():
            Casebook.open(sample_store).close()
            assert lines_elsewhere() == "1"
        at_work.log("王督查", "退出")
        assert lines_elsewhere() == "2"
