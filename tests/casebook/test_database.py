"""The database itself: migrations make what the code reads; trouble is one sentence and nothing is half-written."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from tests.casebook.conftest import Office
from xueji_lib.casebook.log import database
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.log.tables import METADATA
from xueji_lib.store import Store
from xueji_lib.support.errors import StoreError, UsageError


def test_migrations_make_the_tables_that_the_code_reads(book: Casebook) -> None:
    with book.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_one_made_by_a_newer_kit_is_refused(sample_store: Store, url: str) -> None:
    with Casebook.open(sample_store, url) as book, book.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="新版"):
        Casebook.open(sample_store, url)


@pytest.mark.parametrize("url", ["mysql://x/y", "随便", "postgresql+nothing://x/y"])
def test_a_url_that_is_none(sample_store: Store, url: str) -> None:
    with pytest.raises(UsageError, match="--casebook"):
        Casebook.open(sample_store, url)


def test_a_server_that_is_not_there(sample_store: Store) -> None:
    with pytest.raises(StoreError, match="连不上") as told:
        Casebook.open(sample_store, "postgresql+psycopg://xueji:mima@127.0.0.1:1/x")
    assert "mima" not in str(told.value)


def test_a_locked_and_a_damaged_file(sample_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_BUSY_SECONDS", 0)
    file = sample_store.root / "casebook" / "casebook.sqlite"
    with Casebook.open(sample_store) as book:
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="占用"):
            book.log("王督查", "登录")
        other.execute("ROLLBACK")
        other.close()
        book.log("王督查", "登录")
        assert book.verify().lines == 1
    file.write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    for side in ("-wal", "-shm"):
        Path(f"{file}{side}").unlink(missing_ok=True)
    with pytest.raises(StoreError, match=r"损坏|打不开"):
        Casebook.open(sample_store)


@pytest.mark.parametrize("url", [""], ids=["sqlite"])
def test_a_full_disk_leaves_the_trail_whole(office: Office, url: str) -> None:
    """The database may not grow any more: what did not fit is refused in a sentence, the rest stays."""
    with office.book.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={int(pages) + 2}")
    office.book.log("王督查", "登录")
    with pytest.raises(StoreError, match="磁盘满了"):
        office.book.log("王督查", "登录", detail={"text": "长" * 100_000})
    assert office.book.verify().broken == ""
