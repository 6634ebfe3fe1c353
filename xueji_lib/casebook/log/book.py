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
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, insert, select

from xueji_lib.casebook.log import trail, typed, verification, watched
from xueji_lib.casebook.log.database import SQLITE_FILE, connect, reading, writing
from xueji_lib.casebook.log.events import PLAIN, Actor, Event, head_ids
from xueji_lib.casebook.log.remembered import RememberedCasebook, must_be_there
from xueji_lib.casebook.log.renamed import every_id
from xueji_lib.casebook.log.tables import EVENTS, META
from xueji_lib.store import Store
from xueji_lib.support.errors import UsageError

Clock = Callable[[], dt.datetime]


@dataclass(frozen=True, slots=True)
class Deed:
    """What a person is about to do: an event before it is one.

    ``kind`` and ``subject``: what it is about (``events.KINDS``). ``action``: what the trail calls it. ``body``: plain
    JSON. ``seen``: the ids of the subject's heads that the person had before the eyes; None: whatever is there is known
    (a command made for that).
    """

    kind: str
    subject: str
    school_id: str
    term: str
    action: str
    body: Mapping[str, Any]
    seen: Sequence[str] | None = None


class Conflict(UsageError):
    """Someone else decided meanwhile. ``events`` are the subject's events as they are now."""

    def __init__(self, message: str, events: Sequence[Event]) -> None:
        super().__init__(message)
        self.events = tuple(events)


def utc_now() -> dt.datetime:
    """The clock of a casebook, unless a test sets another."""
    return dt.datetime.now(dt.UTC)


class Casebook:
    """Open it with ``Casebook.open``. ``folder`` holds the evidence files (and the SQLite file, unless by URL)."""

    def __init__(
        self, engine: Engine, folder: Path, clock: Clock = utc_now, store: Store | None = None, is_whole: bool = True
    ) -> None:
        """``is_whole``: its connections see all rows, not one school's."""
        self.engine = engine
        self.is_whole = is_whole
        self.folder = folder
        self.clock = clock
        self._remembering_store = store

    @classmethod
    def open(cls, store: Store, url: str = "", clock: Clock = utc_now) -> Casebook:
        """The casebook of a store, made where there never was one; ``url``: its database elsewhere. Raises StoreError
        where it cannot be opened, is lost, or is not the store's (``remembered``)."""
        folder = store.root / "casebook"
        known_once = RememberedCasebook.of(store)
        if not url and not (folder / SQLITE_FILE).is_file():
            must_be_there(store, known_once, "")  # before an empty one is made
        book = cls(connect(folder, url), folder, clock, store)
        with book.reading() as connection:
            known = connection.execute(select(META.c.value).where(META.c.key == "casebook")).scalar()
        must_be_there(store, known_once, str(known or ""))
        if not known:
            with book.writing() as connection:
                if not connection.execute(select(META.c.value).where(META.c.key == "casebook")).scalar():
                    fresh = {"casebook": uuid.uuid4().hex, "salt": secrets.token_hex(32), "trail": ""}
                    start = [{"key": key, "value": value} for key, value in fresh.items()]
                    connection.execute(insert(META), start)
        elif known_once is None:
            with book.reading() as connection:
                end = trail.end(connection)
            book._remember(*end)
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
        """Close the connections to the database."""
        self.engine.dispose()

    def __enter__(self) -> Casebook:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the casebook. Raises StoreError."""
        with reading(self.engine) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction: one writer at a time, all of it is stored or nothing. Raises StoreError."""
        with writing(self.engine) as connection:
            with watched.noted(connection) if self.is_whole else nullcontext():
                yield connection
            end = trail.end(connection)
        self._remember(*end)

    def _remember(self, lines: int, last: str) -> None:
        """Write down, outside the casebook, which it is and where its trail ends."""
        if self._remembering_store is not None:
            RememberedCasebook(self.id, lines, last).keep(self._remembering_store)

    def now(self) -> str:
        """The time now: UTC, ISO with microseconds."""
        return self.clock().astimezone(dt.UTC).isoformat(timespec="microseconds")

    def today(self) -> dt.date:
        """The day today, where the casebook is."""
        return self.clock().astimezone().date()

    # ---- reading ----

    def events(self, school_id: str, term: str = "", kinds: Sequence[str] = ()) -> list[Event]:
        """A school's events; ``term`` and ``kinds`` narrow them. Findings live across terms: ask without one."""
        with self.reading() as connection:
            return stored(connection, school_id=school_id, term=term, kinds=kinds)

    def about(self, kind: str, subject: str) -> list[Event]:
        """The events of one subject, by time."""
        with self.reading() as connection:
            return stored(connection, kinds=(kind,), subjects=every_id(connection, kind, subject))

    def mark(self) -> str:
        """A text that changes with every line of the audit trail: while it is the same, a page is up to date."""
        with self.reading() as connection:
            return str(connection.execute(select(META.c.value).where(META.c.key == "trail")).scalar() or "")

    def verify(self, progress: verification.Progress | None = None) -> trail.Verified:
        """Check the audit trail, every event, evidence file and watched table against it (``verification``)."""
        with self.reading() as connection:
            return verification.verify(connection, self.folder, progress)

    def line_with(self, code: str) -> int:
        """The number of the trail's line whose check value begins with ``code``; 0 where none does."""
        with self.reading() as connection:
            return trail.line_with(connection, code)

    def carried_line_with(self, code: str) -> int:
        """The same for a value printed on another computer, whose events came here with a package."""
        with self.reading() as connection:
            return trail.carried_line_with(connection, code)

    # ---- writing ----

    def put(self, connection: Connection, actor: Actor, deed: Deed) -> Event:
        """Add the event of what a person did, in the transaction of ``writing``; returns it.

        Its time is after that of all it knows of, whatever the clock says. Raises Conflict where the subject has other
        heads by now than the person saw; then nothing is written.
        """
        before = stored(connection, kinds=(deed.kind,), subjects=every_id(connection, deed.kind, deed.subject))
        current = head_ids(before)
        if deed.seen is not None and set(deed.seen) != set(current):
            raise Conflict("这一条刚被别人改过，您的修改没有存。请看过现在的内容再定", before)
        at = self.now()
        latest = max((event.at for event in before), default="")
        if at <= latest:
            after = dt.datetime.fromisoformat(latest) + dt.timedelta(microseconds=1)
            at = after.isoformat(timespec="microseconds")
        plain: Mapping[str, Any] = typed.masked(json.loads(json.dumps(dict(deed.body))))
        about = (deed.kind, deed.subject, deed.school_id, deed.term)
        event = Event(*about, actor.name, actor.role, at, current, plain)
        keep(connection, event)
        trail.add(connection, at, actor.name, deed.action, deed.school_id, event.id)
        return event

    def log(self, actor: str, action: str, school_id: str = "", detail: Mapping[str, Any] | None = None) -> None:
        """A line in the audit trail about something that is no event: a log-in, an export, a refused message."""
        with self.writing() as connection:
            trail.add(connection, self.now(), actor, action, school_id, detail=typed.masked(dict(detail or {})))


def keep(connection: Connection, event: Event) -> None:
    """Store an event as it is; the trail is the caller's."""
    values = {name: getattr(event, name) for name in ("id", *PLAIN)}
    values |= {"parents": json.dumps(sorted(event.parents)), "body": json.dumps(dict(event.body), ensure_ascii=False)}
    connection.execute(insert(EVENTS).values(**values))


def stored(
    connection: Connection,
    *,
    school_id: str = "",
    term: str = "",
    kinds: Iterable[str] = (),
    subjects: Sequence[str] = (),
    subject_prefix: str = "",
) -> list[Event]:
    """Events by time; every given argument narrows them. ``subject_prefix``: what the subject begins with."""
    query = select(EVENTS).order_by(EVENTS.c.at, EVENTS.c.id)
    if school_id:
        query = query.where(EVENTS.c.school_id == school_id)
    if term:
        query = query.where(EVENTS.c.term == term)
    if kinds:
        query = query.where(EVENTS.c.kind.in_(list(kinds)))
    if subjects:
        query = query.where(EVENTS.c.subject.in_(list(subjects)))
    if subject_prefix:
        query = query.where(EVENTS.c.subject.startswith(subject_prefix, autoescape=True))
    return [trail.as_event(row) for row in connection.execute(query).mappings()]
