"""The database behind a casebook: SQLite in the store, or PostgreSQL by URL; opened, migrated, one writer at a time."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError, SQLAlchemyError

from xueji_lib.casebook.log import watched
from xueji_lib.support.errors import StoreError, UsageError
from xueji_lib.support.private import private_folder

HEAD: Final = "0007"
"""The newest migration; ``migrations/versions`` ends with it."""

SQLITE_FILE: Final = "casebook.sqlite"
_BUSY_SECONDS: Final = 10
_WRITER: Final = 0x78756A69  # any fixed number that no other program takes


def connect(folder: Path, url: str = "") -> Engine:
    """The engine of the casebook in ``folder`` (created), or of ``url``; its tables are up to date.

    Raises UsageError for a URL that is none, StoreError where the database cannot be reached, is damaged, or was made
    by a newer kit.
    """
    if url:
        engine = _by_url(url)
    else:
        private_folder(folder)
        _make_private(folder / SQLITE_FILE)
        engine = create_engine(f"sqlite:///{(folder / SQLITE_FILE).as_posix()}")
        _prepare_sqlite(engine)
    with problems(engine):
        _migrate(engine)
    return engine


def _make_private(file: Path) -> None:
    """Make the database's file, its owner's alone; what SQLite lays beside it gets the same bits.

    One that is there is never opened here: closing it would take away the locks of every connection that this process
    has to it (POSIX), and another process would throw away the journal that those still write to.
    """
    with contextlib.suppress(OSError):  # there already; else SQLite will say it
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def _by_url(url: str) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() not in ("postgresql", "sqlite"):
            raise ArgumentError("")
        engine = create_engine(parsed, pool_pre_ping=True)
    except (ArgumentError, NoSuchModuleError):
        raise UsageError("--casebook 应像 postgresql+psycopg://用户@主机/库名") from None
    except ModuleNotFoundError:
        raise UsageError(
            '用 PostgreSQL 要先装 psycopg：在程序文件夹里运行 .venv/bin/python -m pip install "psycopg[binary]>=3.2"'
        ) from None
    if parsed.get_backend_name() == "sqlite":
        _prepare_sqlite(engine)
    return engine


def _prepare_sqlite(engine: Engine) -> None:
    """Set up SQLite: readers do not wait for the writer, and a power cut loses nothing that was reported as saved."""

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # BEGIN is ours, see below
        connection.execute(f"PRAGMA busy_timeout={_BUSY_SECONDS * 1000}")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get("xueji_writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that sees one state of the casebook. Raises StoreError."""
    with problems(engine), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that no other writer runs beside; all of it counts or nothing. Raises StoreError."""
    with problems(engine), engine.connect() as plain:
        connection = plain.execution_options(xueji_writing=True)
        with connection.begin():
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITER})
            yield connection


@contextmanager
def problems(engine: Engine) -> Iterator[None]:
    """Turn database errors into a StoreError with one Chinese sentence; never with the statement or its values, which
    may quote a record."""
    try:
        yield
    except SQLAlchemyError as error:
        raise StoreError(_sentence(error, engine)) from None
    except sqlite3.Error as error:
        raise StoreError(_sentence(error, engine)) from None


def _sentence(error: Exception, engine: Engine) -> str:
    address = (
        engine.url.database if engine.dialect.name == "sqlite" else engine.url.render_as_string(hide_password=True)
    )
    message = str(error.orig if isinstance(error, DBAPIError) else error).lower()
    if "locked" in message:
        return f"核查台账 {address} 正被另一个程序占用，{_BUSY_SECONDS} 秒没有等到。这一步没有存，请稍后再做一次"
    if "full" in message or "no space" in message or "disk i/o" in message:
        return f"磁盘满了或写不进去，核查台账 {address} 这一步没有存。请腾出空间再做一次"
    if "readonly" in message or "read-only" in message or "unable to open" in message or "permission" in message:
        return f"核查台账 {address} 打不开或不能写。请检查文件夹的权限"
    if "malformed" in message or "not a database" in message:
        return f"核查台账 {address} 已损坏。请从备份恢复"
    if engine.dialect.name != "sqlite" and isinstance(error, OperationalError):
        return f"连不上核查台账 {address}。请检查数据库是否开着、地址和口令是否正确"
    return f"核查台账 {address} 出错（{type(error).__name__}），这一步没有存"


def _migrate(engine: Engine) -> None:
    """Bring the tables up to ``HEAD``; alembic is only asked where there is something to do."""
    with engine.connect() as connection, connection.begin():
        if _revision(connection) == HEAD:
            return
    from alembic import command  # takes a moment to import
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    with writing(engine) as connection:
        if _revision(connection) == HEAD:  # another process was quicker
            return
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError:
            raise StoreError("核查台账是用更新的程序建的，这一版打不开。请换用新版程序") from None
        watched.note_all(connection)


def _revision(connection: Connection) -> str:
    if not engine_has(connection, "alembic_version"):
        return ""
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")


def engine_has(connection: Connection, table: str) -> bool:
    """Whether the database has the table."""
    return connection.dialect.has_table(connection, table)
