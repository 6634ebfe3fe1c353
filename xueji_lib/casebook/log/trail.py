"""The audit trail: every line carries a digest of itself and the line before, so that no line can be changed or
taken out unseen. What people decided is named by its event's id, which is a digest of it in turn.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from xueji_lib.casebook.log.events import PLAIN, Event, digest
from xueji_lib.casebook.log.tables import EVENTS, META, TRAIL

_NOTHING: Final = "0" * 64
_AT_ONCE: Final = 10_000
"""Values that a database takes in one query."""
MERGED: Final = "并入"
"""What a line is called whose event came with a package."""
PRINTED: Final = 16
"""Hex digits of a hash that are printed: nobody copies 64, and no two lines of a trail share 16."""


@dataclass(frozen=True, slots=True)
class TrailLine:
    """One line of the audit trail. ``ref``: the event it records, if it records one. ``detail``: plain JSON, nothing
    personal unmasked."""

    n: int
    at: str
    who: str
    action: str
    school_id: str
    ref: str
    detail: str
    hash: str

    def digest(self, before: str) -> str:
        """The hash that the line must have. ``before``: the hash of the line before it."""
        return digest([before, self.n, self.at, self.who, self.action, self.school_id, self.ref, self.detail])


def add(
    connection: Connection,
    at: str,
    who: str,
    action: str,
    school_id: str = "",
    ref: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Add a line, in the transaction that does what it records. The parameters are the fields of a ``TrailLine``,
    but for those that the trail itself gives."""
    n, last = end(connection)
    line = TrailLine(
        n + 1, at, who, action, school_id, ref, json.dumps(dict(detail or {}), ensure_ascii=False, sort_keys=True), ""
    )
    line_hash = line.digest(last)
    values = {name: getattr(line, name) for name in TrailLine.__slots__} | {"hash": line_hash}
    connection.execute(insert(TRAIL).values(**values))
    connection.execute(update(META).where(META.c.key == "trail").values(value=json.dumps([n + 1, line_hash])))


def end(connection: Connection) -> tuple[int, str]:
    """How many lines the trail has, and the hash of the last."""
    raw = connection.execute(select(META.c.value).where(META.c.key == "trail")).scalar()
    if not raw:
        return 0, _NOTHING
    n, last = json.loads(raw)
    return int(n), str(last)


def lines(connection: Connection, after: int = 0) -> Iterator[TrailLine]:
    """In order, from line ``after`` + 1 on."""
    columns = [TRAIL.c[name] for name in TrailLine.__slots__]
    query = select(*columns).where(TRAIL.c.n > after).order_by(TRAIL.c.n)
    for row in connection.execute(query.execution_options(yield_per=1000)):
        yield TrailLine(*row)


def news(connection: Connection, school_id: str, after: int) -> tuple[int, bool]:
    """(Number of the last line, whether any line after ``after`` may concern the school). While none does, a page about
    the school is up to date."""
    query = select(TRAIL.c.n, TRAIL.c.school_id).where(TRAIL.c.n > after)
    rows = connection.execute(query).all()
    return max((int(n) for n, _ in rows), default=after), any(school in ("", school_id) for _, school in rows)


@dataclass(frozen=True, slots=True)
class Verified:
    """``broken``: a sentence about the first broken link, empty where the trail is whole. ``last``: its last digest,
    to be compared with one noted down on paper."""

    lines: int
    last: str
    broken: str


def verify(connection: Connection) -> Verified:
    """Check the whole trail, line by line, and every event against it."""
    events = {event.id: (stored, event) for stored, event in _stored(connection)}
    last, n, recorded = _NOTHING, 0, set[str]()
    for line in lines(connection):
        n += 1
        named = f"{line.at[:19]} {line.who} {line.action}"
        if line.n != n:
            return Verified(n - 1, last, f"缺第 {n} 条（下一条是第 {line.n} 条，{named}）")
        if line.digest(last) != line.hash:
            return Verified(n - 1, last, f"第 {n} 条（{named}）被改动过")
        if line.ref and line.ref not in events:
            return Verified(n - 1, last, f"第 {n} 条（{named}）所记的内容不在或被改动过")
        recorded.add(line.ref)
        last = line.hash
    if (n, last) != end(connection):
        return Verified(n, last, f"末尾少了：应有 {end(connection)[0]} 条，只有 {n} 条")
    for stored, event in events.values():
        if stored != event.id or event.id not in recorded:
            return Verified(n, last, f"有一条记录没有留痕或被改动过（{event.at[:19]} {event.who}）")
    return Verified(n, last, "")


def in_words(entry: int, line_hash: str) -> str:
    """Number and check value of a line, as they are printed."""
    return f"留痕第 {entry} 条，校验值 {line_hash[:PRINTED]}"


def anchors(connection: Connection, event_ids: Iterable[str]) -> dict[str, tuple[int, str]]:
    """Event id → number and hash of the line that records it, of those that have one."""
    known: dict[str, tuple[int, str]] = {}
    every = list(event_ids)
    for begin in range(0, len(every), _AT_ONCE):
        some = every[begin : begin + _AT_ONCE]
        query = select(TRAIL.c.ref, TRAIL.c.n, TRAIL.c.hash).where(TRAIL.c.ref.in_(some))
        known |= {str(ref): (int(n), str(line_hash)) for ref, n, line_hash in connection.execute(query)}
    return known


def line_with(connection: Connection, code: str) -> int:
    """The number of the line whose hash begins with ``code``, 0 where there is none."""
    query = select(TRAIL.c.n).where(TRAIL.c.hash.startswith(code, autoescape=True)).order_by(TRAIL.c.n)
    return int(connection.execute(query.limit(1)).scalar() or 0)


def carried_line_with(connection: Connection, code: str) -> int:
    """The number of the line that notes, of an event merged here, a hash beginning with ``code`` that it had in the
    trail of the computer it was made on; 0 where there is none."""
    noted = TRAIL.c.detail.contains(f'"check_value": "{code}', autoescape=True)
    query = select(TRAIL.c.n).where(TRAIL.c.action == MERGED, noted).order_by(TRAIL.c.n)
    return int(connection.execute(query.limit(1)).scalar() or 0)


def _stored(connection: Connection) -> Iterator[tuple[str, Event]]:
    for row in connection.execute(select(EVENTS)).mappings():
        yield str(row["id"]), as_event(row)


def as_event(row: Mapping[Any, Any]) -> Event:
    """An event from its row."""
    plain = {name: str(row[name]) for name in PLAIN}
    return Event(**plain, parents=tuple(json.loads(row["parents"])), body=json.loads(row["body"]))
