"""The casebook as one school's principal may see it: every statement carries his school, in SQL.

The fence sits below everything that reads or writes the casebook, so that a page that forgets to ask for one school
still gets that one alone, and one that names another school's finding finds nothing. What the fence does not know is
refused.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, Insert, Select, TextClause, Update, event
from sqlalchemy.sql import visitors
from sqlalchemy.sql.selectable import ReturnsRows

from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log.book import Casebook, Clock, utc_now
from xueji_lib.casebook.log.database import connect
from xueji_lib.casebook.log.events import PREPARES, Actor
from xueji_lib.casebook.log.tables import EVENTS, FILES, FORMER_IDS, META, RUNS, SIGHTINGS, TRAIL
from xueji_lib.store import Store
from xueji_lib.support.errors import StoreError, UsageError

_OF_SCHOOL: Final = (EVENTS, SIGHTINGS, FORMER_IDS, TRAIL)
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
    return Casebook(engine, folder, clock, is_whole=False)


def _fence(engine: Engine, school_id: str) -> None:
    @event.listens_for(engine, "before_execute", retval=True)
    def fence(
        _connection: Connection, clause: Any, multi: Sequence[Any], params: Mapping[str, Any], _options: Any
    ) -> tuple[Any, Sequence[Any], Mapping[str, Any]]:
        return _fenced(clause, school_id, [*multi, params]), multi, params

    @event.listens_for(engine, "before_cursor_execute")
    def no_plain_sql(
        _connection: Connection, _cursor: Any, statement: str, _parameters: Any, context: Any, _executemany: bool
    ) -> None:
        if context.compiled is None and not _OWN_STATEMENTS.fullmatch(statement):
            raise StoreError(_BEYOND)


def _fenced(clause: Any, school_id: str, parameters: Iterable[Any]) -> Any:
    """The statement with the school in it. Raises StoreError for one that could reach beyond."""
    if isinstance(clause, str | TextClause):
        if _OWN_STATEMENTS.fullmatch(str(clause)):
            return clause
        raise StoreError(_BEYOND)
    if isinstance(clause, Select) and _plain(clause):
        for table in clause.get_final_froms():
            if table in _OF_SCHOOL:
                clause = clause.where(table.c.school_id == school_id)
            if table is EVENTS:  # whom a visit will look at is no business of the school's before
                clause = clause.where(EVENTS.c.kind.notin_(PREPARES))
        return clause
    if isinstance(clause, Update) and clause.table is META:  # the trail's length and last digest
        return clause
    # Values have to be in the statement itself: those handed over beside it are not looked into.
    own = isinstance(clause, Insert) and clause.table in _WRITE and _value(clause, "school_id") == school_id
    if isinstance(clause, Insert) and clause.select is None and not any(parameters) and (own or clause.table is FILES):
        return clause
    raise StoreError(_BEYOND)


def _plain(clause: Select[Any]) -> bool:
    """Whether the query reads known tables directly: no subquery, join or alias, where the school's condition would not
    apply."""
    nested = (part for part in visitors.iterate(clause) if part is not clause and isinstance(part, ReturnsRows))
    return all(source in _READ for source in (*nested, *clause.get_final_froms()))


def _value(clause: Insert, column: str) -> Any:
    values: Mapping[Any, Any] = clause._values or {}
    matches = [value for key, value in values.items() if getattr(key, "name", key) == column]
    return getattr(matches[0], "value", matches[0]) if len(matches) == 1 else None


def principals_desk(environment: Mapping[str, str], today: dt.date) -> Desk:
    """The desk of a principal in the newest term: his school's view of the store, and the casebook behind the fence.

    ``environment``: the kernel's environment variables, set by ``web.door``. Raises UsageError where it is no
    principal's, StoreError where the data are another school's or there are none.
    """
    name, role, school = (environment.get(f"HTTP_X_XUEJI_{part}", "") for part in ("USER", "ROLE", "SCHOOL"))
    if role != "principal" or not name or not school:
        raise UsageError("这一页给校长用，请用校长账号登录")
    from xueji_lib.casebook.access.school_view import owner

    store = Store.open(Path(environment["XUEJI_STORE"]))
    if owner(store) != school:
        raise StoreError("数据和账号不是同一所学校的，没有打开")
    terms = store.terms()
    if not terms:
        raise StoreError("贵校还没有任何学期的数据。请等县教育体育局导入")
    folder = Path(environment["XUEJI_CASEBOOK_FOLDER"])
    book = open_casebook(folder, environment.get("XUEJI_CASEBOOK", ""), school)
    return Desk(book, store, Actor(name, "principal", school), terms[-1], today)
