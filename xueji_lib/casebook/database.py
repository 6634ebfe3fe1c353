"""The database behind a casebook: SQLite in the store, or PostgreSQL by URL; opened, migrated, one writer at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError, SQLAlchemyError

from xueji_lib.support.errors import StoreError, UsageError

HEAD: Final = "0001"
"""The newest migration; ``migrations/versions`` ends with it."""

_BUSY_SECONDS: Final = 10
_WRITER: Final = 0x78756A69  # any number that is ours


def connect(folder: Path, url: str = "") -> Engine:
    """The engine of the casebook in ``folder`` (created), or of ``url``; its tables are up to date.

    Raises UsageError for a URL that is none, StoreError where the database cannot be reached, is damaged, or was made
    by a newer kit.
    """
    if url:
        engine = _by_url(url)
    else:
        folder.mkdir(parents=True, exist_ok=True)
        engine = create_engine(f"sqlite:///{(folder / 'casebook.sqlite').as_posix()}")
        _prepare_sqlite(engine)
    with problems(engine):
        _migrate(engine)
    return engine


def _by_url(url: str) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() not in ("postgresql", "sqlite"):
            raise ArgumentError("")
        engine = create_engine(parsed, pool_pre_ping=True)
    except (ArgumentError, NoSuchModuleError):
        raise UsageError("--casebook 应像 postgresql+psycopg://用户@主机/库名") from None
    except ModuleNotFoundError:
        raise UsageError("用 PostgreSQL 要装 xueji[postgres]（psycopg）") from None
    if parsed.get_backend_name() == "sqlite":
        _prepare_sqlite(engine)
    return engine


def _prepare_sqlite(engine: Engine) -> None:
    """Readers do not wait for the writer, and a power cut loses nothing that was said to be saved."""

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
    """What the database says, as a sentence; never its statement or values, which quote a record."""
    try:
        yield
    except SQLAlchemyError as error:
        raise StoreError(_sentence(error, engine)) from None
    except sqlite3.Error as error:
        raise StoreError(_sentence(error, engine)) from None


def _sentence(error: Exception, engine: Engine) -> str:
    place = engine.url.database if engine.dialect.name == "sqlite" else engine.url.render_as_string(hide_password=True)
    said = str(error.orig if isinstance(error, DBAPIError) else error).lower()
    if "locked" in said:
        return f"核查台账 {place} 正被另一个程序占用，{_BUSY_SECONDS} 秒没有等到。这一步没有存，请稍后再做一次"
    if "full" in said or "no space" in said or "disk i/o" in said:
        return f"磁盘满了或写不进去，核查台账 {place} 这一步没有存。请腾出空间再做一次"
    if "readonly" in said or "read-only" in said or "unable to open" in said or "permission" in said:
        return f"核查台账 {place} 打不开或不能写。请检查文件夹的权限"
    if "malformed" in said or "not a database" in said:
        return f"核查台账 {place} 已损坏。请从备份恢复"
    if engine.dialect.name != "sqlite" and isinstance(error, OperationalError):
        return f"连不上核查台账 {place}。请检查数据库是否开着、地址和口令是否正确"
    return f"核查台账 {place} 出错（{type(error).__name__}），这一步没有存"


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


def _revision(connection: Connection) -> str:
    if not engine_has(connection, "alembic_version"):
        return ""
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")


def engine_has(connection: Connection, table: str) -> bool:
    return connection.dialect.has_table(connection, table)
