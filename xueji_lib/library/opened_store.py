"""A store opened by an analyst: its tables, what the checks say, what people decided; as frames."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd
import pyarrow as pa

from xueji_lib.casebook import cases, judging
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.judge import shelf
from xueji_lib.judge.results import Results
from xueji_lib.library.masked_tables import analyst_table
from xueji_lib.library.unmasked_reading import note_reading
from xueji_lib.notebook.audit import find_school
from xueji_lib.register import schema
from xueji_lib.register.identity import NUMBER_KEYS, clean_numbers, keys
from xueji_lib.register.inspection import Inspection
from xueji_lib.rules.findings import FINDINGS
from xueji_lib.store import Store
from xueji_lib.support.errors import UsageError

_CASES: Final = "finding_id rule_id school_id school grade class student title state who at due present".split()


def open_store(folder: str | Path, casebook: str = "") -> OpenedStore:
    """The store in ``folder``. ``casebook``: the address of its casebook's database, where that is elsewhere. Raises
    StoreError where no store is."""
    return OpenedStore(Workplace.open(Path(folder).resolve(), casebook))


@dataclass(frozen=True)
class OpenedStore:
    """A store. Every ``term`` may be left out: the newest then; ``as_of``: the newest day that was judged."""

    workplace: Workplace

    @property
    def _store(self) -> Store:
        return self.workplace.store

    @property
    def terms(self) -> list[str]:
        """学期 with data, oldest first."""
        return self._store.terms()

    @property
    def tables(self) -> dict[str, str]:
        """Table id → its Chinese name."""
        return {table.id: table.header for table in schema.TABLES.values()}

    def columns(self, table: str) -> pd.DataFrame:
        """The columns of a table: id, header, kind, whether it is required, how it is masked ("" where it is not)."""
        return pd.DataFrame(
            [(c.id, c.header, c.kind.value, c.required, c.private or "") for c in _table(table)],
            columns=["id", "header", "kind", "required", "private"],
        )

    def table(self, name: str, term: str = "", *, school: str = "", reason: str = "") -> pd.DataFrame:
        """A table of a term, a row a record (docs/library.md has columns and dtypes); empty where it was not taken in.

        ``school``: this school's rows alone, by id or name. ``reason``: why personal values are needed unmasked, four
        characters at least; it stands in the casebook's trail before anything is read. Raises UsageError.
        """
        table, term = _table(name), self._term(term)
        schools = [self.school_id(school, term)] if school else None
        if reason:
            detail = {"表": table.header, "学期": term}
            note_reading(self.workplace, reason, schools[0] if schools else "", detail)
        rows = self._store.read(term, table.id, schools=schools, raw=bool(reason))
        return analyst_table(table, rows, unmasked=bool(reason))

    def findings(self, term: str = "", as_of: dt.date | str | None = None) -> pd.DataFrame:
        """What the checks say, a row a finding: the columns of findings.csv. Raises UsageError where nothing was judged
        yet (``check`` does it)."""
        return self._kept(term, as_of).findings[FINDINGS].copy()

    def coverage(self, term: str = "", as_of: dt.date | str | None = None) -> pd.DataFrame:
        """What every check did at every school: the columns of coverage.csv. A check that was not made is never
        clean: look at ``status`` before counting findings. Raises UsageError as ``findings``."""
        return self._kept(term, as_of).coverage.copy()

    def days(self, term: str = "") -> list[dt.date]:
        """The days (检查基准日) on which the term was judged and the answer still holds, newest first."""
        return [answer.as_of for answer in shelf.days(self._store, self._term(term))]

    def check(self, term: str = "", as_of: dt.date | str | None = None) -> pd.DataFrame:
        """The county judged, or the kept answer where nothing changed; the findings. They are entered into the casebook
        as those of every command. ``as_of``: today where it is left out."""
        day = _day(as_of) or dt.date.today()
        return judging.judged(self.workplace, Inspection(self._term(term), day)).findings[FINDINGS].copy()

    def cases(self) -> pd.DataFrame:
        """What people decided, a row a finding that the casebook knows: ``state`` today, who decided and when,
        ``due``; ``present``: the last check that looked still finds it."""
        with self.workplace.open_casebook() as book:
            return case_rows(book, book.today())

    def school(self, school: str, term: str = "") -> OpenedSchool:
        """One school, by 学校标识码 or name. Raises UsageError where there is none, or more than one."""
        return OpenedSchool(self, self.school_id(school, self._term(term)), self._term(term))

    def school_id(self, school: str, term: str = "") -> str:
        """The 学校标识码 of a school that is named by it or by its name. Raises UsageError naming similar ones."""
        return find_school(self._store.directory(self._term(term)), str(school).strip())

    def pupil(self, number: str) -> Mapping[tuple[str, str], pd.DataFrame]:
        """All rows about a pupil: (term, table id) → its rows, masked. ``number``: 身份证件号 or 全国学籍号, whole; it
        is compared and kept nowhere. By number alone: rows that hold none are not among them. Raises UsageError."""
        if not number.strip():
            raise UsageError("请写身份证件号或全国学籍号，整个号码")
        key = int(keys(clean_numbers(pa.array([number])))[0])
        about: dict[tuple[str, str], pd.DataFrame] = {}
        for term in self.terms:
            for table in schema.TABLES.values():
                rows = self._store.read(term, table.id)
                same = pd.Series(False, index=rows.index)
                for kind in NUMBER_KEYS:
                    same |= rows[kind] == key if kind in rows else False
                if same.any():
                    about[term, table.id] = analyst_table(table, rows[same]).reset_index(drop=True)
        return about

    # ---- what is left out by whoever asks ----

    def _term(self, term: str) -> str:
        if not self.terms:
            raise UsageError("数据仓里还没有数据。先用 xueji intake 收数据")
        if term and term not in self.terms:
            raise UsageError(f"数据仓里没有 {term} 学期的数据。现有：{'、'.join(self.terms)}")
        return term or self.terms[-1]

    def _kept(self, term: str, as_of: dt.date | str | None) -> Results:
        term, day = self._term(term), _day(as_of)
        answers = shelf.days(self._store, term)
        answer = next((answer for answer in answers if day in (None, answer.as_of)), None)
        if answer is None:
            when = f" {day} 的" if day else ""
            raise UsageError(f"{term} 学期没有{when}判定结果，或数据后来变了。请先判定：check() 或 xueji batch")
        return answer


@dataclass(frozen=True)
class OpenedSchool:
    """One school of an opened store, in a term."""

    store: OpenedStore
    id: str
    term: str

    @property
    def info(self) -> dict[str, str]:
        """Its row of the directory (学校名录), by column id."""
        rows = self.store.table("schools", self.term)
        (row,) = rows[rows["school_id"].astype("str") == self.id].head(1).to_dict("records")
        return {str(name): "" if pd.isna(value) else str(value) for name, value in row.items()}

    def table(self, name: str) -> pd.DataFrame:
        """Its rows of a table, as ``OpenedStore.table``."""
        return self.store.table(name, self.term, school=self.id)

    def findings(self, as_of: dt.date | str | None = None) -> pd.DataFrame:
        """Its findings, as ``OpenedStore.findings``."""
        return _of(self.store.findings(self.term, as_of), self.id)

    def coverage(self, as_of: dt.date | str | None = None) -> pd.DataFrame:
        """What every check did at it, as ``OpenedStore.coverage``."""
        return _of(self.store.coverage(self.term, as_of), self.id)


def case_rows(book: Casebook, day: dt.date) -> pd.DataFrame:
    """What people decided as it holds on a day: as ``OpenedStore.cases``."""
    rows = [
        {**case.finding, "state": case.state, "who": case.who, "at": case.at, "due": case.due}
        | {"present": case.sighting.present}
        for case in cases.of_county(book, day)
    ]
    return pd.DataFrame(rows, columns=_CASES)


def _of(rows: pd.DataFrame, school_id: str) -> pd.DataFrame:
    return rows[rows["school_id"].astype("str") == school_id].reset_index(drop=True)


def _table(name: str) -> schema.Table:
    table = schema.TABLES.get(name) or next((one for one in schema.TABLES.values() if one.header == name), None)
    if table is None:
        there = "、".join(f"{one.id}（{one.header}）" for one in schema.TABLES.values())
        raise UsageError(f"没有“{name}”这张表。有：{there}")
    return table


def _day(as_of: dt.date | str | None) -> dt.date | None:
    if isinstance(as_of, str):
        try:
            return dt.date.fromisoformat(as_of)
        except ValueError:
            raise UsageError(f"“{as_of}”不是日期，应写成 2026-11-20 这样") from None
    return as_of
