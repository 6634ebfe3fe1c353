"""The store: reading what is current of every school's tables, and committing what an intake brought."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa

from xueji_lib.register import schema
from xueji_lib.register.calendar import TERM_ID, term_number
from xueji_lib.store import damage, free_cells, history, state
from xueji_lib.store.at_rest import arrow_schema, empty, in_order, picked, to_frame
from xueji_lib.store.commits import Commit, Committed
from xueji_lib.store.history import Intake
from xueji_lib.store.segments import Segments, Versions
from xueji_lib.support.errors import StoreError
from xueji_lib.support.private import private_folder
from xueji_lib.support.safe_write import locked

_COMPANIONS: Final = {".lock", ".scratch", "casebook", "logs", "reports", "results", "views"}
"""What other parts of the kit may have put into the folder before the first intake."""


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
        state.check_marker(store.root)
        return store

    # ---- what is there ----

    @property
    def is_part(self) -> bool:
        """Whether it was made from a package: other schools' tables are not in it, so no check across them."""
        return (self.root / damage.PART).is_file()

    def terms(self) -> list[str]:
        """Term ids with data, sorted."""
        return sorted(state.terms(self.root))

    def has(self, term: str, table: str) -> bool:
        """Whether the table was ever taken in for the term, with or without rows."""
        return table in self._current(term)["tables"]

    def schools(self, term: str, table: str) -> list[str]:
        """School ids that have rows; ``[""]`` for a county table with rows."""
        versions = self._versions(term, table)
        return sorted(school for school, version in versions.items() if version["rows"])

    def fingerprint(self, term: str) -> str:
        """A text that changes exactly when what the term's tables say changes."""
        tables = self._current(term)["tables"]
        content = {
            table: {school: [v["hash"], v["rejected"]] for school, v in versions.items()}
            for table, versions in tables.items()
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def data_order(self, term: str) -> int:
        """How often anything was taken in, or taken back, for a term or one before it: it grows with every change."""
        return sum(int(self._current(other)["intake"]) for other in self.terms() if other <= term)

    def school_mark(self, term: str, school: str) -> str:
        """A text that changes exactly when what the school ("": the county) handed in for the term changes."""
        tables = self._current(term)["tables"]
        content = {
            table: [v["hash"], v["rejected"]] for table, versions in tables.items() if (v := versions.get(school))
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]

    def tables(self, term: str) -> Mapping[str, Versions]:
        """Table → school → its current version: segment, rows, hash of what it says, rejected rows by code."""
        tables: Mapping[str, Versions] = self._current(term)["tables"]
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

    def damaged(self) -> list[StoreError]:
        """What is wrong with the segments that something current rests on, a sentence each; empty where all is whole.
        Every such segment is read once in a process."""
        errors = []
        for term in self.terms():
            try:
                segments = self._segments(term)
            except StoreError as error:
                errors.append(error)
                continue
            troubles = (segments.trouble(table, number) for table, number in segments.resting())
            errors += [trouble for trouble in troubles if trouble is not None]
        return errors

    def history(self, term: str) -> list[Intake]:
        """The intakes of a term that changed something, oldest first; one whose record is gone is left out."""
        return history.intakes(self.root / term, self._current(term)["intake"])

    def report(self, term: str, number: int) -> dict[str, Any]:
        """The report that was handed in with intake ``number``."""
        return history.report(self.root / term, number)

    # ---- what is current ----

    def _current(self, term: str) -> dict[str, Any]:
        """What is current; parsed once as long as the file is the same, so not to be changed."""
        folder = self.root / term
        if not TERM_ID.match(term):
            return state.nothing()
        try:
            at = (folder / state.CURRENT).stat()
            mark = (at.st_mtime_ns, at.st_size, at.st_ino)
        except OSError:
            if not (folder / state.COPY).is_file():
                return state.nothing()
            return state.load(folder)
        if term not in self._parsed or self._parsed[term][0] != mark:
            self._parsed[term] = mark, state.load(folder)
        return self._parsed[term][1]

    def _versions(self, term: str, table: str) -> Versions:
        versions: Versions = self._current(term)["tables"].get(table, {})
        return versions

    def _segments(self, term: str) -> Segments:
        return Segments(self.root, term, self._current(term))

    # ---- reading ----

    def read(
        self,
        term: str,
        table: str,
        columns: Sequence[str] | None = None,
        schools: Collection[str] | None = None,
        *,
        raw: bool = False,
    ) -> pd.DataFrame:
        """The current version of every school, in the order of school, file, sheet, row.

        ``columns`` picks columns; school_id, what is unknown, the provenance, and what was parsed of a picked number
        come along. An absent table gives an empty frame. ``raw``: free cells as they were handed in, to be compared
        with what is handed in, and stored again; else masked (``free_cells``).
        """
        spec = schema.AT_REST[table]
        wanted = None if schools is None or spec.per_county else set(schools)
        part = self._rows(term, spec, picked(spec, columns), wanted, raw=raw)
        return empty(spec, columns) if part is None else to_frame(part)

    def columns(self, term: str, table: str, names: Sequence[str]) -> pa.Table:
        """Some stored columns of every school's current version, in no order, as they lie on the disk."""
        spec = schema.AT_REST[table]
        part = self._rows(term, spec, names, None, ordered=False)
        return pa.schema([arrow_schema(spec).field(name) for name in names]).empty_table() if part is None else part

    def version(self, term: str, table: str, segment: int, school: str, names: Sequence[str]) -> pa.Table:
        """One school's rows as a segment has them, current or not. Raises StoreError where it is gone."""
        return free_cells.read(self._segments(term), schema.AT_REST[table], segment, [school], names)

    def _rows(
        self, term: str, table: schema.Table, names: Sequence[str], schools: set[str] | None,
        *, ordered: bool = True, raw: bool = False,
    ) -> pa.Table | None:  # fmt: skip
        lying: dict[int, list[str]] = {}
        for school, version in sorted(self._versions(term, table.id).items()):
            if version["rows"] and (schools is None or school in schools):
                lying.setdefault(version["segment"], []).append(school)
        read = self._segments(term).read if raw else partial(free_cells.read, self._segments(term))
        parts = [read(table, number, owners, names) for number, owners in sorted(lying.items())]
        if len(parts) < 2:
            return parts[0] if parts else None
        whole = pa.concat_tables(parts).unify_dictionaries()
        return in_order(whole).unify_dictionaries() if ordered else whole

    def directory(self, term: str, columns: Sequence[str] | None = None, *, raw: bool = False) -> pd.DataFrame:
        """The term's 学校名录; without one, that of the nearest other term (of two equally near, the later)."""
        if not self.has(term, "schools"):
            others = [t for t in self.terms() if self.has(t, "schools")]
            if others:
                here = term_number(term)
                term = min(others, key=lambda t: (abs(term_number(t) - here), -term_number(t)))
        return self.read(term, "schools", columns, raw=raw)

    # ---- writing ----

    @contextmanager
    def lock(self, wait: float = 0.0) -> Iterator[None]:
        """One writer at a time. Raises StoreError where another process writes, for longer than ``wait`` seconds."""
        private_folder(self.root)
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
        on_top_of: str = "",
    ) -> Committed:
        """Take these tables in: each (table, school) with rows replaces that school's table of the term.
        ``tables`` may hold a frame without rows: the table is then known to be there. ``rejected`` has the columns of
        ``rejected()``. ``report`` has ``time`` (ISO text), ``files``, and anything else worth keeping. The same content
        again changes nothing, but for what was damaged. Raises StoreError, also where it is not ``on_top_of``.
        """
        if not TERM_ID.match(term):
            raise StoreError(f"学期 {term} 写法不对，应像 2026-2027-1")
        with self.lock(wait):
            if (self.root / state.MARKER).exists() or self.terms():
                state.check_marker(self.root)
            elif any(p.name not in _COMPANIONS for p in self.root.iterdir()):
                raise StoreError(f"{self.root} 里已有别的文件，不能当数据仓用。用 --store 另指一个文件夹")
            if on_top_of and on_top_of != self.fingerprint(term):
                raise StoreError("另一个程序刚往数据仓里写过。什么也没有改动，请再收一遍")
            state.write_marker(self.root)
            commit = Commit(self.root, term, self._current(term), rejected)
            for name in sorted(tables):
                commit.take(name, tables[name])
            commit.refuse(tables)
            return commit.finish(report)
