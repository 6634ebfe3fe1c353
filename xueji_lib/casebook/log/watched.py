"""Tables outside the audit trail: whether their rows are those that the program wrote last.

What people decide is in the trail. What the machine saw, the accounts, the log-ins and the runs are rows that change; a
digest of each such table is noted in the transaction that changes it, so that a row changed behind the program's back
shows. Who can work out the digest anew can hide it: docs/casebook.md says what that means.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Table, event, insert, select, update

from xueji_lib.casebook.log.events import digest
from xueji_lib.casebook.log.tables import ACCOUNTS, API_TOKENS, FORMER_IDS, META, RUNS, SESSIONS, SIGHTINGS

WATCHED: Final[Mapping[Table, str]] = {
    SIGHTINGS: "系统查出的疑点",
    FORMER_IDS: "疑点的旧编号",
    RUNS: "历次核查",
    ACCOUNTS: "账号",
    SESSIONS: "登录",
    API_TOKENS: "接口口令",
    META: "台账的编号和密钥",
}
"""Table → its name in a sentence."""
_KEY: Final = "rows"
"""Where META holds the digests, by table."""
_OWN: Final = ("casebook", "salt")
"""Rows of META that are watched; the others change with every line."""


@contextmanager
def noted(connection: Connection) -> Iterator[None]:
    """While the block lasts, watch which tables are written to; then note what their rows are."""
    touched: set[Any] = set()

    def listen(_connection: Connection, statement: Any, *_: Any) -> None:
        table = getattr(statement, "table", None)
        if getattr(statement, "is_dml", False) and table in WATCHED:
            touched.add(table)

    event.listen(connection, "before_execute", listen)
    yield
    if touched:
        _note(connection, {table.name: _digest(connection, table) for table in touched})


def altered(connection: Connection) -> list[str]:
    """The names of the tables whose rows are not those that were noted."""
    digests = _digests(connection)
    return [name for table, name in WATCHED.items() if digests.get(table.name) != _digest(connection, table)]


def note_all(connection: Connection) -> None:
    """Note what the rows of all watched tables are now: when a version has made or changed the tables."""
    _note(connection, {table.name: _digest(connection, table) for table in WATCHED})


def _digests(connection: Connection) -> dict[str, str]:
    raw = connection.execute(select(META.c.value).where(META.c.key == _KEY)).scalar()
    return dict(json.loads(raw)) if raw else {}


def _note(connection: Connection, digests: Mapping[str, str]) -> None:
    known = _digests(connection)
    if known.items() >= digests.items():
        return
    value = json.dumps(known | dict(digests), sort_keys=True)
    if known:
        connection.execute(update(META).where(META.c.key == _KEY).values(value=value))
    else:
        connection.execute(insert(META).values(key=_KEY, value=value))


def _digest(connection: Connection, table: Table) -> str:
    """Of the rows, in an order that every database gives."""
    query = select(table) if table is not META else select(META).where(META.c.key.in_(_OWN))
    rows = [json.dumps(list(row), ensure_ascii=False, default=bytes.hex) for row in connection.execute(query)]
    return digest(sorted(rows))
