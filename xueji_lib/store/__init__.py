"""Tables at rest: a folder a term, immutable Parquet segments, one file that says what is current.

::

    <root>/xueji-store.json                     this is a store
    <root>/<term>/segments/000003-register.parquet   what intake 3 brought of one table
    <root>/<term>/intakes/000003.json           when, from which files, what it replaced, its report
    <root>/<term>/current.json                  (table, school) → segment; replaced last, in one step

The unit of versioning is (term, table, school); a table of the whole county has the school "".
A segment is never changed: it is written aside, and only the replacement of ``current.json`` makes it count, so a
kill at any moment leaves the old state whole. Frames: docs/architecture.md, "A table at rest".
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from xueji_lib.register import schema
from xueji_lib.register.calendar import TERM_ID
from xueji_lib.register.schema import Table
from xueji_lib.store import row_groups
from xueji_lib.store.at_rest import arrow_schema, by_school, empty, in_order, picked, to_arrow, to_frame, typed
from xueji_lib.support.errors import StoreError
from xueji_lib.support.safe_write import locked, write_aside, write_json

__all__ = ["Change", "Committed", "Intake", "Store", "arrow_schema", "empty", "to_frame"]

FORMAT = 1
_MARKER = "xueji-store.json"
PART = "part.json"
"""Lies in a store that was made from a package: it holds some schools only."""
# What other parts of the kit may have put into the folder before the first intake.
_COMPANIONS = {".lock", "casebook", "logs", "reports", "results", "views"}
_ROW_GROUP = 4000  # rows; small enough that one school is read without the county


# ---- what a commit did ----


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one school's table. ``kind``: new, replaced or unchanged."""

    table: str
    school_id: str
    kind: str
    old_rows: int
    new_rows: int


@dataclass(frozen=True, slots=True)
class Committed:
    """``intake``: the number of the intake, None where nothing changed."""

    intake: int | None
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Intake:
    """One line of a term's history. ``time`` is ISO text; ``changes`` leaves out what stayed unchanged."""

    number: int
    time: str
    files: tuple[str, ...]
    changes: tuple[Change, ...]


class Store:
    """The store below ``root``. Making one creates nothing; the first ``commit`` does."""

    def __init__(self, root: Path) -> None:
        self.root = Path(root)
        self._parsed: dict[str, tuple[tuple[int, int, int], dict[str, Any]]] = {}

    def __reduce__(self) -> tuple[type[Store], tuple[Path]]:
        return Store, (self.root,)  # another process reads what is current by itself

    @classmethod
    def open(cls, root: Path) -> Store:
        """An existing store. Raises StoreError."""
        store = cls(root)
        if not store.root.is_dir():
            raise StoreError(f"没有数据仓 {root}。先用 xueji intake 收数据，或用 --store 指到已有的数据仓")
        store._check_marker()
        return store

    def _check_marker(self) -> None:
        marker = self.root / _MARKER
        try:
            found = json.loads(marker.read_text("utf-8"))["format"]
        except FileNotFoundError:
            raise StoreError(f"{self.root} 不是数据仓（里面没有 {_MARKER}）。用 --store 指到正确的文件夹") from None
        except (OSError, ValueError, KeyError, TypeError):
            raise StoreError(f"数据仓的 {marker} 读不出来，文件可能已损坏。请从备份恢复") from None
        if found != FORMAT:
            raise StoreError(f"数据仓 {self.root} 是第 {found} 版格式，本程序只认第 {FORMAT} 版。请换用相应版本的程序")

    # ---- what is there ----

    @property
    def is_part(self) -> bool:
        """Made from a package: what other schools handed in is not here, so checks across schools cannot be made."""
        return (self.root / PART).is_file()

    def terms(self) -> list[str]:
        """Term ids with data, sorted."""
        if not self.root.is_dir():
            return []
        found = (d.name for d in self.root.iterdir() if TERM_ID.match(d.name) and (d / "current.json").is_file())
        return sorted(found)

    def has(self, term: str, table: str) -> bool:
        """The table was ever taken in for the term, with or without rows."""
        return table in self._current(term)["tables"]

    def schools(self, term: str, table: str) -> list[str]:
        """School ids that have rows; ``[""]`` for a county table with rows."""
        versions = self._versions(term, table)
        return sorted(school for school, version in versions.items() if version["rows"])

    def fingerprint(self, term: str) -> str:
        """Changes exactly when what the term's tables say changes."""
        tables = self._current(term)["tables"]
        said = {
            table: {school: [v["hash"], v["rejected"]] for school, v in versions.items()}
            for table, versions in tables.items()
        }
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

    def school_mark(self, term: str, school: str) -> str:
        """Changes exactly when what the school handed in for the term changes; "" is what the county handed in."""
        tables = self._current(term)["tables"]
        said = {table: [v["hash"], v["rejected"]] for table, versions in tables.items() if (v := versions.get(school))}
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:32]

    def tables(self, term: str) -> dict[str, dict[str, dict[str, Any]]]:
        """Table → school → its current version: segment, rows, hash of what it says, rejected rows by code."""
        tables: dict[str, dict[str, dict[str, Any]]] = self._current(term)["tables"]
        return tables

    def rejected(self, term: str) -> pd.DataFrame:
        """Rejected rows of the current versions: table, school_id, code, rows."""
        rows = [
            (table, school, code, n)
            for table, versions in sorted(self._current(term)["tables"].items())
            for school, version in sorted(versions.items())
            for code, n in sorted(version["rejected"].items())
        ]
        frame = pd.DataFrame(rows, columns=["table", "school_id", "code", "rows"])
        return frame.astype({"table": "str", "school_id": "str", "code": "str", "rows": "int64"})

    def history(self, term: str) -> list[Intake]:
        """The intakes of a term that changed something, oldest first."""
        last = self._current(term)["intake"]
        entries = []
        for number in range(1, last + 1):
            raw = _read_json(self.root / term / "intakes" / f"{number:06d}.json")
            changes = tuple(Change(**c) for c in raw["changes"])
            entries.append(Intake(number, raw["time"], tuple(raw["files"]), changes))
        return entries

    def report(self, term: str, number: int) -> dict[str, Any]:
        """The report that was handed in with intake ``number``."""
        raw: dict[str, Any] = _read_json(self.root / term / "intakes" / f"{number:06d}.json")["report"]
        return raw

    def _current(self, term: str) -> dict[str, Any]:
        """What is current; parsed once as long as the file is the same, so not to be changed."""
        file = self.root / term / "current.json"
        if not TERM_ID.match(term) or not file.is_file():
            return {"format": FORMAT, "intake": 0, "tables": {}}
        at = file.stat()
        mark = (at.st_mtime_ns, at.st_size, at.st_ino)
        if term not in self._parsed or self._parsed[term][0] != mark:
            self._parsed[term] = mark, _read_json(file)
        return self._parsed[term][1]

    def _versions(self, term: str, table: str) -> dict[str, dict[str, Any]]:
        versions: dict[str, dict[str, Any]] = self._current(term)["tables"].get(table, {})
        return versions

    # ---- reading ----

    def read(
        self,
        term: str,
        table: str,
        columns: Sequence[str] | None = None,
        schools: Collection[str] | None = None,
    ) -> pd.DataFrame:
        """The current version of every school, in the order of school, file, sheet, row.

        ``columns`` picks columns; school_id, the masks, the provenance, and what was parsed of a picked
        number come along. An absent table gives an empty frame of the right dtypes.
        """
        spec = schema.AT_REST[table]
        names = picked(spec, columns)
        wanted = None if schools is None else set(schools)
        segments: dict[int, list[str]] = {}
        for school, version in sorted(self._versions(term, table).items()):
            if version["rows"] and (spec.per_county or wanted is None or school in wanted):
                segments.setdefault(version["segment"], []).append(school)
        if not segments:
            return empty(spec, columns)
        parts = [self._read_segment(term, spec, n, keep, names) for n, keep in sorted(segments.items())]
        target = pa.schema([arrow_schema(spec).field(name) for name in names])
        if len(parts) == 1:
            return to_frame(typed(parts[0], target))
        return to_frame(typed(in_order(pa.concat_tables(parts)), target))

    def columns(self, term: str, table: str, names: Sequence[str]) -> pa.Table:
        """Some stored columns of every school's current version, in no order, as they lie on the disk."""
        spec, segments = schema.AT_REST[table], dict[int, list[str]]()
        for school, version in self._versions(term, table).items():
            if version["rows"]:
                segments.setdefault(version["segment"], []).append(school)
        parts = [self._read_segment(term, spec, n, keep, list(names)) for n, keep in sorted(segments.items())]
        target = pa.schema([arrow_schema(spec).field(name) for name in names])
        return pa.concat_tables([typed(part, target) for part in parts]) if parts else target.empty_table()

    def version(self, term: str, table: str, segment: int, school: str, names: Sequence[str]) -> pa.Table:
        """One school's rows as a segment has them, whether it is current or was. Raises StoreError where it is gone."""
        return self._read_segment(term, schema.AT_REST[table], segment, [school], list(names))

    def _read_segment(self, term: str, table: Table, number: int, schools: list[str], names: list[str]) -> pa.Table:
        file = self._segment(term, number, table.id)
        try:
            return row_groups.read(file, names, None if table.per_county else schools)
        except (OSError, pa.ArrowException):
            raise StoreError(f"数据仓里的 {file} 缺失或已损坏。请从备份恢复，或把这一学期的文件重新收一遍") from None

    def _segment(self, term: str, number: int, table: str) -> Path:
        return self.root / term / "segments" / f"{number:06d}-{table}.parquet"

    def directory(self, term: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """The term's 学校名录; without one, that of the nearest other term (of two equally near, the later)."""
        if not self.has(term, "schools"):
            others = [t for t in self.terms() if self.has(t, "schools")]
            if others:
                here = _term_place(term)
                term = min(others, key=lambda t: (abs(_term_place(t) - here), -_term_place(t)))
        return self.read(term, "schools", columns)

    # ---- writing ----

    @contextmanager
    def lock(self, wait: float = 0.0) -> Iterator[None]:
        """One writer at a time. Raises StoreError where another process writes, for longer than ``wait`` seconds."""
        self.root.mkdir(parents=True, exist_ok=True)
        with locked(self.root / ".lock", f"另一个程序正在往数据仓 {self.root} 里写。等它做完再来一次", wait):
            yield

    def commit(
        self,
        term: str,
        tables: Mapping[str, pd.DataFrame],
        rejected: pd.DataFrame,
        report: Mapping[str, Any],
        *,
        wait: float = 0.0,
    ) -> Committed:
        """Take these tables in: each (table, school) with rows replaces that school's table of the term.

        ``tables`` may hold a frame without rows: the table is then known to be there. ``rejected`` has the
        columns of ``rejected()``. ``report`` has ``time`` (ISO text), ``files``, and anything else worth
        keeping. The same content again changes nothing. Raises StoreError.
        """
        if not TERM_ID.match(term):
            raise StoreError(f"学期 {term} 写法不对，应像 2026-2027-1")
        with self.lock(wait):
            if (self.root / _MARKER).exists():
                self._check_marker()
            elif any(p.name not in _COMPANIONS for p in self.root.iterdir()):
                raise StoreError(f"{self.root} 里已有别的文件，不能当数据仓用。用 --store 另指一个文件夹")
            else:
                write_json(self.root / _MARKER, {"format": FORMAT})
            return self._commit(term, tables, rejected, report)

    def _commit(
        self, term: str, tables: Mapping[str, pd.DataFrame], rejected: pd.DataFrame, report: Mapping[str, Any]
    ) -> Committed:
        current = copy.deepcopy(self._current(term))
        number = current["intake"] + 1
        refused = _counts(rejected)
        changes: list[Change] = []
        segments: dict[str, pa.Table] = {}
        dirty = False
        for name in sorted(tables):
            spec = schema.AT_REST[name]
            if name not in current["tables"]:
                current["tables"][name] = {}
                dirty = True
            versions = current["tables"][name]
            arrow = to_arrow(spec, tables[name])
            brought = by_school(spec, arrow)
            keep: list[tuple[int, int]] = []
            for school, (start, stop, digest) in brought.items():
                old = versions.get(school)
                bad = refused.get((name, school), {})
                old_rows = old["rows"] if old else 0
                same = old is not None and (old["hash"], old["rejected"]) == (digest, bad)
                kind = "new" if not old_rows else "unchanged" if same else "replaced"
                changes.append(Change(name, school, kind, old_rows, stop - start))
                if kind != "unchanged":
                    keep.append((start, stop))
                    entry = {"segment": number, "rows": stop - start, "hash": digest, "rejected": bad}
                    versions[school] = entry
                    dirty = True
            if keep:
                changed = [arrow.slice(start, stop - start) for start, stop in keep]
                part = arrow if len(keep) == len(brought) else pa.concat_tables(changed)
                segments[name] = part.replace_schema_metadata({"schools": str(len(keep))})
        # A school all of whose rows were refused: remembered only while it has no good version.
        for (name, school), bad in sorted(refused.items()):
            versions = current["tables"].get(name, {})
            if name in tables and not (versions.get(school) or {}).get("rows"):
                entry = {"segment": 0, "rows": 0, "hash": "", "rejected": bad}
                dirty = dirty or versions.get(school) != entry
                versions[school] = entry
        if not dirty:
            return Committed(None, tuple(changes))
        folder = self.root / term
        for name, part in segments.items():
            target = self._segment(term, number, name)
            with write_aside(target) as aside:
                # Reading asks for schools only: no other column needs its smallest and largest value.
                statistics = ["school_id"] if "school_id" in part.column_names else False
                pq.write_table(part, aside, compression="lz4", row_group_size=_ROW_GROUP, write_statistics=statistics)
        record = {
            "number": number,
            "time": str(report.get("time", "")),
            "files": list(report.get("files", ())),
            "changes": [_as_dict(c) for c in changes if c.kind != "unchanged"],
            "report": dict(report),
        }
        write_json(folder / "intakes" / f"{number:06d}.json", record)
        current["intake"] = number
        write_json(folder / "current.json", current)
        return Committed(number, tuple(changes))


def _as_dict(change: Change) -> dict[str, Any]:
    return {name: getattr(change, name) for name in Change.__slots__}


def _counts(rejected: pd.DataFrame) -> dict[tuple[str, str], dict[str, int]]:
    result: dict[tuple[str, str], dict[str, int]] = {}
    for table, school, code, n in rejected[["table", "school_id", "code", "rows"]].itertuples(index=False):
        counts = result.setdefault((str(table), str(school)), {})
        counts[str(code)] = counts.get(str(code), 0) + int(n)
    return result


def _term_place(term: str) -> int:
    """Terms in a row: two a school year."""
    found = TERM_ID.match(term)
    return 0 if found is None else int(found[1]) * 2 + int(found[3])


def _read_json(file: Path) -> dict[str, Any]:
    try:
        raw: dict[str, Any] = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        raise StoreError(f"数据仓的 {file} 读不出来，文件可能已损坏。请从备份恢复") from None
    return raw
