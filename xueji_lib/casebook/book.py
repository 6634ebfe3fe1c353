"""The casebook: what people decided about findings, kept for good.

The only way to write into it is ``Casebook.put``: an event and its line in the audit trail in one transaction, made in
the knowledge of the subject's heads or refused.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, insert, select

from xueji_lib.casebook import trail
from xueji_lib.casebook.database import connect, reading, writing
from xueji_lib.casebook.events import PLAIN, Actor, Event, head_ids
from xueji_lib.casebook.tables import EVENTS, META
from xueji_lib.store import Store
from xueji_lib.support.errors import UsageError

Clock = Callable[[], dt.datetime]


class Conflict(UsageError):
    """Someone else decided meanwhile. ``events`` are the subject's events as they are now."""

    def __init__(self, message: str, events: Sequence[Event]) -> None:
        super().__init__(message)
        self.events = tuple(events)


def utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class Casebook:
    """Open it with ``Casebook.open``. ``folder`` holds the evidence files (and the SQLite file, unless by URL)."""

    def __init__(self, engine: Engine, folder: Path, clock: Clock = utc_now) -> None:
        self.engine = engine
        self.folder = folder
        self.clock = clock

    @classmethod
    def open(cls, store: Store, url: str = "", clock: Clock = utc_now) -> Casebook:
        """The casebook of a store, made where there is none; ``url``: its database elsewhere. Raises StoreError."""
        folder = store.root / "casebook"
        book = cls(connect(folder, url), folder, clock)
        with book.reading() as connection:
            known = connection.execute(select(META.c.value).where(META.c.key == "casebook")).scalar()
        if not known:
            with book.writing() as connection:
                if not connection.execute(select(META.c.value).where(META.c.key == "casebook")).scalar():
                    fresh = {"casebook": uuid.uuid4().hex, "salt": secrets.token_hex(32), "trail": ""}
                    start = [{"key": key, "value": value} for key, value in fresh.items()]
                    connection.execute(insert(META), start)
        return book

    @cached_property
    def id(self) -> str:
        """Which casebook this is; every copy has its own."""
        with self.reading() as connection:
            return str(connection.execute(select(META.c.value).where(META.c.key == "casebook")).scalar_one())

    @cached_property
    def salt(self) -> bytes:
        """A secret of this casebook and its copies: names a student on a page without saying a number."""
        with self.reading() as connection:
            return bytes.fromhex(str(connection.execute(select(META.c.value).where(META.c.key == "salt")).scalar_one()))

    def close(self) -> None:
        self.engine.dispose()

    def __enter__(self) -> Casebook:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with reading(self.engine) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One writer at a time; all or nothing."""
        with writing(self.engine) as connection:
            yield connection

    def now(self) -> str:
        """UTC, ISO with microseconds."""
        return self.clock().astimezone(dt.UTC).isoformat(timespec="microseconds")

    # ---- reading ----

    def events(self, school_id: str, term: str = "", kinds: Sequence[str] = ()) -> list[Event]:
        """A school's events; ``term`` and ``kinds`` narrow them. Findings live across terms: ask without one."""
        with self.reading() as connection:
            return stored(connection, school_id=school_id, term=term, kinds=kinds)

    def about(self, kind: str, subject: str) -> list[Event]:
        with self.reading() as connection:
            return stored(connection, kinds=(kind,), subject=subject)

    def mark(self) -> str:
        """Another one after every line of the trail: whatever is shown of the casebook is fresh while it stays."""
        with self.reading() as connection:
            return str(connection.execute(select(META.c.value).where(META.c.key == "trail")).scalar() or "")

    def verify(self) -> trail.Verified:
        with self.reading() as connection:
            return trail.verify(connection)

    # ---- writing ----

    def put(
        self,
        connection: Connection,
        actor: Actor,
        kind: str,
        subject: str,
        *,
        action: str,
        body: Mapping[str, Any],
        school_id: str,
        term: str,
        seen: Sequence[str] | None = None,
    ) -> Event:
        """Add what a person did, in the transaction of ``writing``.

        ``seen``: the ids of the subject's heads that the person had before the eyes; where there are others by now,
        Conflict is raised and nothing written. None: whatever is there is known (a command made for that).
        ``action``: what the trail calls it. The event's time is after that of all it knows of, whatever the clock says.
        """
        before = stored(connection, kinds=(kind,), subject=subject)
        current = head_ids(before)
        if seen is not None and set(seen) != set(current):
            raise Conflict("这一条刚被别人改过，您的修改没有存。请看过现在的内容再定", before)
        at = self.now()
        latest = max((event.at for event in before), default="")
        if at <= latest:
            after = dt.datetime.fromisoformat(latest) + dt.timedelta(microseconds=1)
            at = after.isoformat(timespec="microseconds")
        plain: Mapping[str, Any] = json.loads(json.dumps(dict(body)))
        event = Event(kind, subject, school_id, term, actor.name, actor.role, at, current, plain)
        keep(connection, event)
        trail.add(connection, at, actor.name, action, school_id, event.id)
        return event

    def log(self, actor: str, action: str, school_id: str = "", detail: Mapping[str, Any] | None = None) -> None:
        """A line in the audit trail about something that is no event: a log-in, an export, a refused message."""
        with self.writing() as connection:
            trail.add(connection, self.now(), actor, action, school_id, detail=detail)


def keep(connection: Connection, event: Event) -> None:
    """Store an event as it is; the trail is the caller's."""
    values = {name: getattr(event, name) for name in ("id", *PLAIN)}
    values |= {"parents": json.dumps(sorted(event.parents)), "body": json.dumps(dict(event.body), ensure_ascii=False)}
    connection.execute(insert(EVENTS).values(**values))


def stored(
    connection: Connection, *, school_id: str = "", term: str = "", kinds: Iterable[str] = (), subject: str = ""
) -> list[Event]:
    """Events by time; every given argument narrows them."""
    query = select(EVENTS).order_by(EVENTS.c.at, EVENTS.c.id)
    if school_id:
        query = query.where(EVENTS.c.school_id == school_id)
    if term:
        query = query.where(EVENTS.c.term == term)
    if kinds:
        query = query.where(EVENTS.c.kind.in_(list(kinds)))
    if subject:
        query = query.where(EVENTS.c.subject == subject)
    return [trail.as_event(row) for row in connection.execute(query).mappings()]
