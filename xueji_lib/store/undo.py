"""Back to the version before: the newest intake of a term, or what it changed of one school, is taken back.

Nothing is deleted. The taking back is an entry of its own in the term's history, whose versions are the earlier ones;
so it may itself be followed by another, one step further back.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xueji_lib.register import schema
from xueji_lib.store import digests, history, state
from xueji_lib.store.at_rest import arrow_schema, in_order
from xueji_lib.store.commits import HEALED, UNDONE
from xueji_lib.store.history import Change, Record
from xueji_lib.store.segments import Segments
from xueji_lib.store.store import Store
from xueji_lib.support.errors import UsageError

Key = tuple[str, str]
"""(table, school)."""


@dataclass(frozen=True, slots=True)
class Undone:
    """``of``: the intake that was taken back, its time and files; ``entry``: the number of the taking back;
    ``changes``: rows of each list as they were, and as they are again."""

    of: int
    time: str
    files: tuple[str, ...]
    entry: int
    changes: tuple[Change, ...]


def take_back(
    store: Store, term: str, time: str, school: str = "", trace: Callable[[Undone], None] | None = None
) -> Undone:
    """Make current again what was before the newest intake of the term (of ``school``: what it changed of that school),
    as an entry of its own in the history. ``trace`` is called before anything is written. ``time``: ISO text. Raises
    UsageError where there is nothing to take back, StoreError."""
    with store.lock():
        folder = store.root / term
        planned = plan(store.root, term, copy.deepcopy(state.load(folder)), school)
        if trace is not None:
            trace(planned.undone)
        done = planned.undone
        history.write(
            folder, done.entry, {"time": time, "files": [], "undoes": done.of, "school": school}, done.changes
        )
        state.save(folder, planned.current)
    return done


@dataclass(frozen=True)
class Plan:
    """What a taking back makes current: ``current`` as it is to be saved."""

    undone: Undone
    current: dict[str, Any]


def plan(root: Path, term: str, current: dict[str, Any], school: str) -> Plan:
    """Work out the step back. ``current``: a copy of what is current, to be changed. Raises UsageError where there is
    nothing to take back, StoreError."""
    records = list(history.records(root / term, int(current["intake"])))
    target, keys = _target(records, school)
    earlier = _Earlier(Segments(root, term, current), records)
    changes = []
    for table, owner in sorted(keys):
        versions = current["tables"].get(table, {})
        now, then = versions.get(owner), earlier.version(target, (table, owner))
        if then is None:
            versions.pop(owner, None)
        else:
            versions[owner] = then
        changes.append(Change(table, owner, UNDONE, now["rows"] if now else 0, then["rows"] if then else 0))
    for table in target.new_tables:
        if not current["tables"].get(table, True):
            del current["tables"][table]
    current["intake"] = int(current["intake"]) + 1
    entry = int(current["intake"])
    return Plan(Undone(target.number, target.time, target.files, entry, tuple(changes)), current)


def _target(records: list[Record], school: str) -> tuple[Record, set[Key]]:
    """The newest intake of which something still stands, and what of it (``school``: of that school alone)."""
    gone: set[tuple[int, Key]] = set()
    for record in reversed(records):
        keys = {(change.table, change.school_id) for change in record.changes if change.kind != HEALED}
        if record.undoes:
            gone |= {(record.undoes, key) for key in keys}
            continue
        standing = {key for key in keys if (record.number, key) not in gone and key[0] in schema.TABLES}
        if school:  # a school stays in the directory
            standing = {key for key in standing if key[1] == school and key[0] != schema.SCHOOLS.id}
        if standing:
            return record, standing
    whose = f"{school} 在这一学期" if school else "这一学期"
    raise UsageError(f"{whose}没有可以退回的收件：没有收过，或都已经退回了")


@dataclass(frozen=True)
class _Earlier:
    """Looks for what was current before an intake."""

    segments: Segments
    records: list[Record]

    def version(self, target: Record, key: Key) -> dict[str, Any] | None:
        """The version before; None where there was none. A record of 0.1.0 does not say it: there it is the newest
        segment before that has rows of the school."""
        if target.before is not None:
            return target.before.get(key[0], {}).get(key[1])
        for record in reversed([record for record in self.records if record.number < target.number]):
            if any((change.table, change.school_id) == key for change in record.changes):
                return self._told(record.number, key)
        return None

    def _told(self, number: int, key: Key) -> dict[str, Any] | None:
        table = schema.AT_REST[key[0]]
        rows = in_order(self.segments.read(table, number, [key[1]], arrow_schema(table).names))
        told = digests.by_school(table, rows).get(key[1])
        if told is None:
            return None
        return {"segment": number, "rows": len(told), "hash": told.digest, "rejected": {}}
