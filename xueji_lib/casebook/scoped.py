"""The casebook as one school's principal may see it: every statement carries his school, in SQL.

The fence sits below everything that reads or writes the casebook, so that a page that forgets to ask for one school
still gets that one alone, and one that names another school's finding finds nothing. What the fence does not know is
refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, Insert, Select, TextClause, Update, event
from sqlalchemy.sql import visitors
from sqlalchemy.sql.selectable import ReturnsRows

from xueji_lib.casebook.book import Casebook, Clock, utc_now
from xueji_lib.casebook.database import connect
from xueji_lib.casebook.events import Actor
from xueji_lib.casebook.tables import EVENTS, FILES, META, RUNS, SIGHTINGS, TRAIL
from xueji_lib.store import Store
from xueji_lib.support.errors import StoreError, UsageError

_OF_SCHOOL: Final = (EVENTS, SIGHTINGS, TRAIL)
"""Rows of these belong to a school; those of others do not exist for this casebook."""
_READ: Final = (*_OF_SCHOOL, META, RUNS, FILES)
_WRITE: Final = (EVENTS, TRAIL, FILES)
_BEYOND: Final = "这一步超出了本校的范围"
_OWN_STATEMENTS: Final = re.compile(r"BEGIN( IMMEDIATE)?|SELECT pg_advisory_xact_lock\(:key\)")


def open_casebook(folder: Path, url: str, school_id: str, clock: Clock = utc_now) -> Casebook:
    """The casebook in ``folder`` (or at ``url``), fenced to a school. Raises StoreError, UsageError."""
    if not school_id:
        raise UsageError("没有写明是哪所学校")
    engine = connect(folder, url)
    _fence(engine, school_id)
    return Casebook(engine, folder, clock)


def _fence(engine: Engine, school_id: str) -> None:
    @event.listens_for(engine, "before_execute", retval=True)
    def fence(
        _connection: Connection, clause: Any, multi: Sequence[Any], params: Mapping[str, Any], _options: Any
    ) -> tuple[Any, Sequence[Any], Mapping[str, Any]]:
        return _fenced(clause, school_id, [*multi, params]), multi, params

    @event.listens_for(engine, "before_cursor_execute")
    def no_plain_sql(
        _connection: Connection, _cursor: Any, statement: str, _given: Any, context: Any, _executemany: bool
    ) -> None:
        if context.compiled is None and not _OWN_STATEMENTS.fullmatch(statement):
            raise StoreError(_BEYOND)


def _fenced(clause: Any, school_id: str, given: Iterable[Any]) -> Any:
    """The statement with the school in it. Raises StoreError for one that could reach beyond."""
    if isinstance(clause, str | TextClause):
        if _OWN_STATEMENTS.fullmatch(str(clause)):
            return clause
        raise StoreError(_BEYOND)
    if isinstance(clause, Select) and _plain(clause):
        for table in clause.get_final_froms():
            if table in _OF_SCHOOL:
                clause = clause.where(table.c.school_id == school_id)
        return clause
    if isinstance(clause, Update) and clause.table is META:  # the trail's length and last digest
        return clause
    # Values have to be in the statement itself: those handed over beside it are not looked into.
    own = isinstance(clause, Insert) and clause.table in _WRITE and _value(clause, "school_id") == school_id
    if isinstance(clause, Insert) and clause.select is None and not any(given) and (own or clause.table is FILES):
        return clause
    raise StoreError(_BEYOND)


def _plain(clause: Select[Any]) -> bool:
    """It reads known tables as they are: nothing nested, joined or under another name, where a fence would not hold."""
    nested = (one for one in visitors.iterate(clause) if one is not clause and isinstance(one, ReturnsRows))
    return all(one in _READ for one in (*nested, *clause.get_final_froms()))


def _value(clause: Insert, column: str) -> Any:
    values: Mapping[Any, Any] = clause._values or {}
    found = [value for key, value in values.items() if getattr(key, "name", key) == column]
    return getattr(found[0], "value", found[0]) if len(found) == 1 else None


@dataclass(frozen=True)
class Desk:
    """What a principal works on: his school's view of the store, the fenced casebook, and who he is."""

    store: Store
    book: Casebook
    actor: Actor

    @property
    def school_id(self) -> str:
        return self.actor.school_id

    @classmethod
    def of_visitor(cls, environment: Mapping[str, str], clock: Clock = utc_now) -> Desk:
        """From what the door put into the kernel's environment. Raises UsageError where it is no principal's."""
        name, role, school = (environment.get(f"HTTP_X_XUEJI_{part}", "") for part in ("USER", "ROLE", "SCHOOL"))
        if role != "principal" or not name or not school:
            raise UsageError("这一页给校长用，请用校长账号登录")
        from xueji_lib.casebook.school_view import owner

        store = Store.open(Path(environment["XUEJI_STORE"]))
        if owner(store) != school:
            raise StoreError("数据和账号不是同一所学校的，没有打开")
        folder = Path(environment["XUEJI_CASEBOOK_FOLDER"])
        book = open_casebook(folder, environment.get("XUEJI_CASEBOOK", ""), school, clock)
        return cls(store, book, Actor(name, "principal", school))
