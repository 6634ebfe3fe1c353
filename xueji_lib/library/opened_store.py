"""A store opened by an analyst: its tables, what the checks say, what people decided; as frames.

More than 250 lines: one list of all that a store can be asked, each a few lines over what does it.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from xueji_lib import local_rules
from xueji_lib.casebook import judging
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.exchange.case_rows import case_rows
from xueji_lib.exchange.masked_tables import analyst_table
from xueji_lib.exchange.unmasked_reading import note_reading
from xueji_lib.judge import shelf
from xueji_lib.judge.confirming import figures_in_use
from xueji_lib.judge.results import Results
from xueji_lib.judge.what_if import WhatIf, tried
from xueji_lib.library import tallies
from xueji_lib.library.asked_for import day_of, listed, table_named
from xueji_lib.library.progress_line import Progress
from xueji_lib.library.pupil_rows import rows_of_number
from xueji_lib.library.term_comparison import TermComparison
from xueji_lib.library.tried_figures import TriedFigures, figure_table
from xueji_lib.notebook.by_hand import refuse_others
from xueji_lib.notebook.injected import refuse_unknown
from xueji_lib.notebook.parameters import find_school, workplace_of
from xueji_lib.register import schema
from xueji_lib.register.inspection import Inspection
from xueji_lib.register.policy import Policy
from xueji_lib.reports import case_states, verdicts
from xueji_lib.rules.findings import FINDINGS
from xueji_lib.store import Store
from xueji_lib.support.errors import UsageError

__all__ = ["RUN_COLUMNS", "OpenedSchool", "OpenedStore", "open_store"]

RUN_COLUMNS: Final = "term as_of edition schools stale".split()


def open_store(folder: str | Path = "", casebook: str = "") -> OpenedStore:
    """The store in ``folder``, where it is blank that of ``parameters.workplace_of``. ``casebook``: the address of its
    casebook's database, where that is elsewhere. Raises StoreError where no store is; UsageError where papermill hands
    the notebook a parameter that it does not have, or a page is shown to others without a log-in."""
    refuse_unknown()
    root = Path(folder).resolve() if str(folder) else ""  # it stays the same store where the working folder changes
    workplace = workplace_of(root, {**os.environ, **({"XUEJI_CASEBOOK": casebook} if casebook else {})})
    refuse_others(workplace, os.environ)
    return OpenedStore(workplace)


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
            [(c.id, c.header, str(c.kind.value), c.required, str(c.private or "")) for c in table_named(table)],
            columns=["id", "header", "kind", "required", "private"],
        ).astype({"id": "str", "header": "str", "kind": "str", "required": "bool", "private": "str"})

    def table(self, name: str, term: str = "", *, school: str = "", reason: str = "") -> pd.DataFrame:
        """A table of a term, a row a record (docs/library.md has columns and dtypes); empty where it was not taken in.

        ``school``: this school's rows alone, by id or name. ``reason``: why personal values are needed unmasked, four
        characters at least; it stands in the casebook's trail before anything is read. Raises UsageError.
        """
        table, term = table_named(name), self._term(term)
        schools = [self.school_id(school, term)] if school else None
        if reason:
            detail = {"表": table.header, "学期": term}
            note_reading(self.workplace, reason, schools[0] if schools else "", detail)
        rows = self._store.read(term, table.id, schools=schools, raw=bool(reason))
        return analyst_table(table, rows, unmasked=bool(reason))

    def findings(self, term: str = "", as_of: dt.date | str | None = None, *, counted: bool = False) -> pd.DataFrame:
        """What the checks say, a row a finding: the columns of findings.csv. ``counted``: as reports count, without
        what people found to be untrue, with what was found on site. Raises UsageError where nothing was judged yet
        (``check`` does it)."""
        return self._findings(self._kept(term, as_of), counted)

    def coverage(self, term: str = "", as_of: dt.date | str | None = None) -> pd.DataFrame:
        """What every check did at every school: the columns of coverage.csv. A check that was not made is never
        clean: look at ``status`` before counting findings. Raises UsageError as ``findings``."""
        return self._kept(term, as_of).coverage.copy()

    def runs(self) -> pd.DataFrame:
        """The kept answers, the newest first: term, as_of (检查基准日), edition, schools; ``stale``: data, figures or
        the kit changed since, and nobody judged again."""
        rows = [
            (answer.term_id, answer.as_of.isoformat(), answer.edition, len(answer.schools), not self._holds(answer))
            for term in reversed(self.terms)
            for answer in shelf.days(self._store, term)
        ]
        types = dict(zip(RUN_COLUMNS, ("str", "str", "str", "int64", "bool"), strict=True))
        return pd.DataFrame(rows, columns=RUN_COLUMNS).astype(types)

    def tally(self, terms: Sequence[str] | str = (), *, counted: bool = False) -> pd.DataFrame:
        """What each check said at each school in each term, counted: facts, leads, subjects that could not be decided,
        and how far it was made (columns ``tallies.COLUMNS``). ``terms``: left out, all that were judged, each by its
        newest answer; ``counted``: as ``findings``. Raises UsageError."""
        return tallies.together(
            tallies.of_answer(answer, self._findings(answer, counted)) for answer in self._answers(terms)
        )

    def compare_terms(self, terms: Sequence[str] | str = ()) -> TermComparison:
        """Terms held against each other: ``basis()``, ``by_check()``, ``by_school()``, ``by_cohort()``; ``tally`` for
        charts. ``terms``: as in ``tally``."""
        answers = self._answers(terms)
        tally = tallies.together(tallies.of_answer(answer, self._findings(answer, False)) for answer in answers)
        stale = frozenset(answer.term_id for answer in answers if not self._holds(answer))
        return TermComparison(answers, tally, stale)

    def figures(self, term: str = "") -> pd.DataFrame:
        """The figures that the term is judged by (data/policy): name, title, value, source, whether the county has
        confirmed it, which checks use it."""
        edition = Inspection(self._term(term), dt.date.today()).settled().edition
        policy = Policy.load(edition)
        return figure_table(figures_in_use(local_rules.catalogue(edition), policy), policy)

    def what_if(
        self,
        settings: Sequence[str] | str = (),
        term: str = "",
        as_of: dt.date | str | None = None,
        *,
        confirmed: Sequence[str] | str = (),
        edition: str = "",
    ) -> TriedFigures:
        """The county judged in memory by other figures; nothing is written. ``settings``: "class_large=50", several in
        a list or with ；between; ``confirmed``: names of figures, as if the county had confirmed them; ``edition``:
        another catalogue with its figures. ``as_of``: the newest day that was judged. Raises UsageError."""
        term, day = self._term(term), day_of(as_of)
        day = day or next((answer.as_of for answer in shelf.days(self._store, term)), dt.date.today())
        change = WhatIf(edition, None, listed(settings), listed(confirmed))
        with Progress() as progress:
            return TriedFigures(tried(self._store, Inspection(term, day), change, progress.say), self.figures(term))

    def check(self, term: str = "", as_of: dt.date | str | None = None) -> pd.DataFrame:
        """The county judged, or the kept answer where nothing changed; the findings. They are entered into the casebook
        as those of every command. ``as_of``: today where it is left out."""
        day = day_of(as_of) or dt.date.today()
        with Progress() as progress:
            progress.say("核查全县")
            return judging.judged(self.workplace, Inspection(self._term(term), day)).findings[FINDINGS].copy()

    def cases(self) -> pd.DataFrame:
        """What people decided, a row a finding that the casebook knows: ``state`` today, who decided and when,
        ``due``; ``present``: the last check that looked still finds it."""
        with self.workplace.open_casebook() as book:
            rows = case_rows(book, book.today())
        return rows.astype({name: "bool" if name == "present" else "str" for name in rows})

    def school(self, school: str, term: str = "") -> OpenedSchool:
        """One school, by 学校标识码 or name. Raises UsageError where there is none, or more than one."""
        return OpenedSchool(self, self.school_id(school, self._term(term)), self._term(term))

    def school_id(self, school: str, term: str = "") -> str:
        """The 学校标识码 of a school that is named by it or by its name. Raises UsageError naming similar ones."""
        return find_school(self._store.directory(self._term(term)), str(school).strip())

    def pupil(self, number: str) -> Mapping[tuple[str, str], pd.DataFrame]:
        """All rows about a pupil: (term, table id) → its rows, masked. ``number``: 身份证件号 or 全国学籍号, whole; it
        is compared and kept nowhere. By number alone: rows that hold none are not among them. Raises UsageError."""
        return rows_of_number(self._store, number)

    # ---- what is left out by whoever asks ----

    def _term(self, term: str) -> str:
        if not self.terms:
            raise UsageError("数据仓里还没有数据。先用 xueji intake 收数据")
        if term and term not in self.terms:
            raise UsageError(f"数据仓里没有 {term} 学期的数据。现有：{'、'.join(self.terms)}")
        return term or self.terms[-1]

    def _kept(self, term: str, as_of: dt.date | str | None) -> Results:
        term, day = self._term(term), day_of(as_of)
        answers = shelf.days(self._store, term)
        answer = next((answer for answer in answers if day in (None, answer.as_of)), None)
        if answer is None:
            when = f" {day} 的" if day else ""
            raise UsageError(f"{term} 学期没有{when}判定结果，或数据后来变了。请先判定：check() 或 xueji batch")
        return answer

    def _answers(self, terms: Sequence[str] | str) -> list[Results]:
        """The newest answer of each term, oldest first."""
        chosen = sorted({self._term(term) for term in listed(terms)}) or self.terms
        answers = [next(shelf.days(self._store, term), None) for term in chosen]
        judged_terms = [answer for answer in answers if answer is not None]
        if not judged_terms:
            raise UsageError(f"{'、'.join(chosen) or '数据仓'} 还没有判定结果。请先判定：check() 或 xueji batch")
        return judged_terms

    def _findings(self, answer: Results, counted: bool) -> pd.DataFrame:
        findings = answer.findings
        if counted:
            findings = case_states.counted(findings, verdicts.of_county(self.workplace, answer))
        return findings[FINDINGS].reset_index(drop=True)

    def _holds(self, answer: Results) -> bool:
        return shelf.holds(self._store, answer)


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


def _of(rows: pd.DataFrame, school_id: str) -> pd.DataFrame:
    return rows[rows["school_id"].astype("str") == school_id].reset_index(drop=True)
