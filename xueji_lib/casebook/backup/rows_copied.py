"""A casebook's rows from one database into an empty one, SQLite or PostgreSQL either way, as of one moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Final

from sqlalchemy import Connection, Engine, delete, func, insert, select

from xueji_lib.casebook.log.database import problems, writing
from xueji_lib.casebook.log.tables import EVENTS, META, METADATA, TRAIL
from xueji_lib.support.errors import StoreError

_AT_ONCE: Final = 2000


@contextmanager
def one_moment(engine: Engine) -> Iterator[Connection]:
    """A connection to which nothing that others write meanwhile shows, however much is read. Raises StoreError."""
    with problems(engine), engine.connect() as plain:
        connection = plain
        if engine.dialect.name == "postgresql":
            connection = plain.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            yield connection


def copy_rows(source: Connection, target: Engine) -> None:
    """Copy every table into a database that holds nothing yet. Raises StoreError."""
    with writing(target) as connection:
        if is_used(connection):
            raise StoreError("要恢复到的数据库里已经有核查台账，什么都没有动。请换一个空的数据库")
        connection.execute(delete(META))  # what the making of the tables wrote
        for table in METADATA.sorted_tables:
            rows = source.execute(select(table).execution_options(yield_per=_AT_ONCE)).mappings()
            while batch := [dict(row) for row in islice(rows, _AT_ONCE)]:
                connection.execute(insert(table), batch)


def is_used(connection: Connection) -> bool:
    """Whether anybody ever worked with the casebook."""
    return any(connection.execute(select(func.count()).select_from(table)).scalar_one() for table in (EVENTS, TRAIL))
