"""One intake made current: what is new is written as segments, what changed is named, and one small file is replaced.

A school whose rows say what they said rests on its old segment; where that is damaged, its rows are written again.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa

from xueji_lib.register import schema
from xueji_lib.register.schema import Table
from xueji_lib.store import digests, format_1, history, segments, state
from xueji_lib.store.at_rest import to_arrow
from xueji_lib.store.digests import SchoolRows
from xueji_lib.store.history import Change
from xueji_lib.store.segments import Segments
from xueji_lib.support.checked import sha256_of

NEW: Final = "new"
REPLACED: Final = "replaced"
UNCHANGED: Final = "unchanged"
HEALED: Final = "healed"
"""Unchanged, but what lay in the store was damaged and was written again."""
UNDONE: Final = "undone"
"""What was current before stands again (``undo``)."""


@dataclass(frozen=True, slots=True)
class Committed:
    """``intake``: the number of the intake, None where nothing changed."""

    intake: int | None
    changes: tuple[Change, ...]


class Commit:
    """One intake of a term, whose writer holds the store's lock. ``rejected`` has the columns of ``Store.rejected``."""

    def __init__(self, root: Path, term: str, current: Mapping[str, Any], rejected: pd.DataFrame) -> None:
        self.folder = root / term
        self._before = current
        self.current: dict[str, Any] = copy.deepcopy(dict(current))
        self.number = int(current["intake"]) + 1
        self.changes: list[Change] = []
        self._lying = Segments(root, term, current)
        self._whole: dict[tuple[str, int], bool] = {}
        self._refused = _counts(rejected)
        self._parts: dict[str, tuple[pa.Table, int]] = {}
        self._changed = False

    def take(self, name: str, frame: pd.DataFrame) -> None:
        """Each school with rows in the frame replaces its table ``name``."""
        table, tables = schema.AT_REST[name], self.current["tables"]
        self._changed |= name not in tables
        versions = tables.setdefault(name, {})
        arrow = to_arrow(table, frame)
        brought = digests.by_school(table, arrow)
        as_then = _AsThen(table, arrow)
        to_write: list[SchoolRows] = []
        for school, rows in brought.items():
            old, refused = versions.get(school), self._refused.get((name, school), {})
            kind = self._kind(table, old, refused, as_then.digest(school, old) or rows.digest)
            self.changes.append(Change(name, school, kind, old["rows"] if old else 0, len(rows)))
            if kind != UNCHANGED:
                to_write.append(rows)
                content_hash = old["hash"] if old and kind == HEALED else rows.digest
                versions[school] = {
                    "segment": self.number,
                    "rows": len(rows),
                    "hash": content_hash,
                    "rejected": refused,
                }
        if to_write:
            slices = [arrow.slice(rows.start, len(rows)) for rows in to_write]
            self._parts[name] = arrow if len(to_write) == len(brought) else pa.concat_tables(slices), len(to_write)

    def refuse(self, tables: Iterable[str]) -> None:
        """A school all of whose rows were refused: remembered only while it has no good version."""
        for (name, school), refused in sorted(self._refused.items()):
            versions = self.current["tables"].get(name, {})
            if name in tables and not (versions.get(school) or {}).get("rows"):
                entry = {"segment": 0, "rows": 0, "hash": "", "rejected": refused}
                self._changed |= versions.get(school) != entry
                versions[school] = entry

    def finish(self, report: Mapping[str, Any]) -> Committed:
        """Write it all; what counts is replaced last. Nothing new: the digests that old segments lack are put down."""
        adopted = self._adopt()
        if not self._parts and not self._changed:
            if adopted or state.is_to_be_written(self.folder):
                state.save(self.folder, self.current)
            return Committed(None, tuple(self.changes))
        for name, (part, schools) in self._parts.items():
            file = segments.path(self.folder, self.number, name)
            digest = segments.write(file, schema.AT_REST[name], part, schools)
            self.current["segments"].setdefault(str(self.number), {})[name] = digest
        changes = [change for change in self.changes if change.kind != UNCHANGED]
        before: dict[str, dict[str, Any]] = {}
        for change in changes:
            version = self._before["tables"].get(change.table, {}).get(change.school_id)
            before.setdefault(change.table, {})[change.school_id] = version
        new_tables = sorted(self.current["tables"].keys() - self._before["tables"].keys())
        history.write(self.folder, self.number, report, changes, before, new_tables)
        self.current["intake"] = self.number
        state.save(self.folder, self.current)
        return Committed(self.number, tuple(self.changes))

    def _kind(self, table: Table, old: Mapping[str, Any] | None, refused: Mapping[str, int], digest: str) -> str:
        if old is None or not old["rows"]:
            return NEW
        if (old["hash"], old["rejected"]) != (digest, refused):
            return REPLACED
        return UNCHANGED if self._is_whole(table.id, old["segment"]) else HEALED

    def _is_whole(self, table: str, number: int) -> bool:
        if (table, number) not in self._whole:
            self._whole[table, number] = self._lying.is_whole(schema.AT_REST[table], number)
        return self._whole[table, number]

    def _adopt(self) -> bool:
        """Put down the digests of segments of 0.1.0 that are whole."""
        adopted = False
        for table, number in self._lying.undigested():
            if table in schema.AT_REST and self._is_whole(table, number):
                file = segments.path(self.folder, number, table)
                self.current["segments"].setdefault(str(number), {})[table] = sha256_of(file)
                adopted = True
        return adopted


class _AsThen:
    """The digests that 0.1.0 would have worked out, asked for only where a version of it is in the store."""

    def __init__(self, table: Table, arrow: pa.Table) -> None:
        self._table, self._arrow = table, arrow
        self._digests: dict[str, str] | None = None

    def digest(self, school: str, old: Mapping[str, Any] | None) -> str:
        """ "" where the school's old version is not of 0.1.0, or that release could not have said the same."""
        if old is None or not format_1.is_digest(old["hash"]):
            return ""
        if self._digests is None:
            self._digests = format_1.content_digests(self._table, self._arrow)
        return self._digests.get(school, "")


def _counts(rejected: pd.DataFrame) -> dict[tuple[str, str], dict[str, int]]:
    result: dict[tuple[str, str], dict[str, int]] = {}
    for table, school, code, n in rejected[["table", "school_id", "code", "rows"]].itertuples(index=False):
        counts = result.setdefault((str(table), str(school)), {})
        counts[str(code)] = counts.get(str(code), 0) + int(n)
    return result
