"""School terms, working days and periods. (Over 250 lines: one class, because terms and periods need the working days.)

Periods follow data contract 1: "N 日的期限" counts from the day after the event (民法典 201 条) and,
where the last day is a rest day, runs to the next working day (203 条). Working days come from the
State Council's arrangement (``chinesecalendar``), overridden by ``data/calendar/holidays-<year>.toml``.
A year that neither knows is a *gap*: the vector functions flag it, the scalar ones raise; none guesses.

Dates are ``datetime64[D]`` arrays, NaT for unknown.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

import chinese_calendar
import numpy as np
import numpy.typing as npt

from xueji_lib.support import paths
from xueji_lib.support.errors import UsageError
from xueji_lib.support.lines import section_twice

Days = npt.NDArray[np.datetime64]
Flags = npt.NDArray[np.bool_]

TERM_ID = re.compile(r"^(20\d{2})-(20\d{2})-([12])$")


class MissingHolidays(Exception):
    """The working days of a year are not known."""

    def __init__(self, year: int) -> None:
        super().__init__(f"缺 {year} 年节假日安排")
        self.year = year


@dataclass(frozen=True, slots=True)
class Term:
    """A school term; ``start`` is 开学日."""

    id: str
    start: dt.date
    end: dt.date

    @property
    def school_year(self) -> str:
        """学年, as 2026-2027."""
        return self.id[:9]

    @property
    def first_year(self) -> int:
        """学年起始年."""
        return int(self.id[:4])

    @property
    def is_first(self) -> bool:
        """Whether it is the first term of its school year."""
        return self.id.endswith("-1")


def term_number(term: str) -> int:
    """A number that grows by one from term to term; 0 for a text that is no term id."""
    match = TERM_ID.match(term)
    return 0 if match is None else int(match[1]) * 2 + int(match[3])


def previous_term_id(term_id: str) -> str:
    """The term before: 2026-2027-1 → 2025-2026-2 → 2025-2026-1."""
    year, half = int(term_id[:4]), term_id[-1]
    return f"{year}-{year + 1}-1" if half == "2" else f"{year - 1}-{year}-2"


def _day(value: dt.date) -> np.datetime64:
    return np.datetime64(value, "D")


def to_date(value: np.datetime64) -> dt.date:
    """One ``datetime64`` as a ``date``."""
    return value.astype("datetime64[D]").astype(dt.date)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Calendar:
    """Terms and working days. ``rest`` and ``work`` are the county's own days, by year."""

    terms: Mapping[str, Term]
    rest: Mapping[int, frozenset[dt.date]]
    work: Mapping[int, frozenset[dt.date]]

    @classmethod
    def load(cls, folder: Path | None = None) -> Calendar:
        """Read ``terms.toml`` and every ``holidays-<year>.toml`` of ``folder`` (default data/calendar)."""
        folder = folder or paths.data("calendar")
        raw = _toml(folder / "terms.toml").get("terms", {})
        terms = {}
        for term_id, spec in raw.items():
            start, end = spec.get("start"), spec.get("end")
            if not TERM_ID.match(term_id) or not isinstance(start, dt.date) or not isinstance(end, dt.date):
                raise UsageError(f"校历 {folder / 'terms.toml'} 的 {term_id} 写得不对：要有 start 和 end 两个日期")
            terms[term_id] = Term(term_id, start, end)
        rest, work = {}, {}
        for file in sorted(folder.glob("holidays-*.toml")):
            year = int(file.stem.removeprefix("holidays-"))
            days = _toml(file)
            rest[year] = frozenset(days.get("rest", ()))
            work[year] = frozenset(days.get("work", ()))
        return cls(dict(sorted(terms.items(), key=lambda item: item[1].start)), rest, work)

    # ---- terms ----

    def term(self, term_id: str) -> Term:
        """The term, or a clear error naming those there are."""
        if term_id not in self.terms:
            known = "、".join(self.terms) or "（空）"
            raise UsageError(f"校历里没有学期 {term_id}。现有：{known}。要加学期，改 data/calendar/terms.toml")
        return self.terms[term_id]

    @cached_property
    def _starts(self) -> Days:
        return np.array([_day(t.start) for t in self.terms.values()], dtype="datetime64[D]")

    @cached_property
    def _ends(self) -> Days:
        return np.array([_day(t.end) for t in self.terms.values()], dtype="datetime64[D]")

    def handed_in(self, days: Days) -> tuple[Days, npt.NDArray[np.int64]]:
        """The day on which an application counts as handed in, and the index of its term in ``terms``; both (n,).

        A day in the holiday after a term counts as the next term's 开学日. Unknown (NaT, -1): a day
        before the first known term, or in the holiday after the last one.
        """
        term_index = np.searchsorted(self._starts, days, side="right").astype(np.int64) - 1
        effective = days.copy()
        unknown = np.isnat(days) | (term_index < 0)
        safe = np.where(unknown, 0, term_index)
        holiday = ~unknown & (days > self._ends[safe])
        last = holiday & (term_index == len(self._starts) - 1)
        moved = holiday & ~last
        term_index = np.where(moved, term_index + 1, term_index)
        effective[moved] = self._starts[term_index[moved]]
        effective[unknown | last] = np.datetime64("NaT")
        return effective, np.where(unknown | last, -1, term_index)

    def starts(self, term_index: npt.NDArray[np.int64]) -> Days:
        """开学日 for the indices that ``handed_in`` returns; NaT for -1."""
        return np.append(self._starts, np.datetime64("NaT"))[term_index]

    def window_ends(self, term_index: npt.NDArray[np.int64], workdays: int) -> tuple[Days, Flags]:
        """The last day of the first ``workdays`` working days of each term; 开学日 counts as the first
        if it is a working day. Second: where the year's working days are not known."""
        ends, gaps = [], []
        for term in self.terms.values():
            try:
                ends.append(_day(self.window_end(term, workdays)))
                gaps.append(False)
            except MissingHolidays:
                ends.append(np.datetime64("NaT"))
                gaps.append(True)
        return (
            np.array([*ends, np.datetime64("NaT")], dtype="datetime64[D]")[term_index],
            np.array([*gaps, False], dtype=bool)[term_index],
        )

    def window_end(self, term: Term, workdays: int) -> dt.date:
        """Day number ``workdays`` of the term's working days. Raises MissingHolidays."""
        day, remaining = term.start, workdays
        while True:
            if self.is_workday(day):
                remaining -= 1
                if remaining <= 0:
                    return day
            day += dt.timedelta(days=1)

    # ---- working days ----

    @cached_property
    def _known_years(self) -> frozenset[int]:
        return frozenset(day.year for day in chinese_calendar.holidays) | self.rest.keys()

    @cached_property
    def _table(self) -> tuple[np.datetime64, Flags, Flags]:
        """First day covered, then per day: is it a working day, is its year known."""
        years = self._known_years
        first, last = dt.date(min(years), 1, 1), dt.date(max(years), 12, 31)
        span = np.arange(_day(first), _day(last) + np.timedelta64(1, "D"), dtype="datetime64[D]")
        work = np.is_busday(span)
        year_of = span.astype("datetime64[Y]").astype(int) + 1970
        known_day = np.isin(year_of, list(years))

        def put(days: Any, value: bool) -> None:
            for day in days:
                if first <= day <= last:
                    work[(_day(day) - span[0]).astype(int)] = value

        put(chinese_calendar.holidays, False)
        put(chinese_calendar.workdays, True)
        for year in self.rest:
            put(self.rest[year], False)
            put(self.work[year], True)
        return span[0], work, known_day

    @cached_property
    def _sums(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Working days and unknown days up to and including each day, and each day's next working day."""
        _, work, year_known = self._table
        day_indices = np.where(work, np.arange(len(work)), len(work))
        following = np.minimum.accumulate(day_indices[::-1])[::-1]
        return np.cumsum(work), np.cumsum(~year_known), following

    def _day_indices(self, days: Days) -> tuple[npt.NDArray[np.int64], Flags]:
        """Indices into the arrays of ``_table``, clipped to its ends, and whether each day is known there."""
        first, work, year_known = self._table
        nat = np.isnat(days)
        day_index = np.where(nat, 0, (days - first).astype(np.int64))
        inside = (day_index >= 0) & (day_index < len(work))
        safe = np.clip(day_index, 0, len(work) - 1)
        return safe, inside & year_known[safe] & ~nat

    def is_workday(self, day: dt.date) -> bool:
        """Whether the day is a working day. Raises MissingHolidays."""
        day_index, year_known = self._day_indices(np.array([_day(day)]))
        if not year_known[0]:
            raise MissingHolidays(day.year)
        return bool(self._table[1][day_index[0]])

    def deadlines(self, start: Days, days: int) -> tuple[Days, Flags]:
        """start + ``days`` calendar days, moved to the next working day. Second: where not known."""
        last = start + np.timedelta64(days, "D")
        day_index, year_known = self._day_indices(last)
        following = self._sums[2][day_index]
        # The next working day may be in a year that is not known: past the last one, or between two that are.
        fits = np.append(self._table[2], False)[following]
        gap = ~np.isnat(start) & ~(year_known & fits)
        moved = self._table[0] + np.where(fits, following, 0).astype("timedelta64[D]")
        return np.where(year_known & fits, moved, np.datetime64("NaT")), gap

    def deadline(self, start: dt.date, days: int) -> dt.date:
        """One deadline. Raises MissingHolidays."""
        value, gap = self.deadlines(np.array([_day(start)]), days)
        if gap[0]:
            raise MissingHolidays(int(self.missing_years(np.array([_day(start + dt.timedelta(days=days))]))[0]))
        return to_date(value[0])

    def is_past(self, as_of: dt.date, start: dt.date, days: int) -> bool:
        """as_of > deadline. No calendar is asked where start + days >= as_of. Raises MissingHolidays."""
        if start + dt.timedelta(days=days) >= as_of:
            return False
        return as_of > self.deadline(start, days)

    def workdays_between(self, after: Days, until: Days) -> tuple[npt.NDArray[np.int64], Flags]:
        """Working days d with after < d <= until (0 where until <= after). Second: where not known."""
        a, known_a = self._day_indices(after)
        b, known_b = self._day_indices(until)
        total, unknown, _ = self._sums
        forward = until > after
        workdays = np.where(forward, total[b] - total[a], 0)
        gap = forward & ~(known_a & known_b & (unknown[b] == unknown[a]))
        return workdays, gap

    def missing_years(self, days: Days) -> npt.NDArray[np.int16]:
        """Per day, the earliest year from its own on whose working days are not known: what a gap from that day on
        lacks. Days must be known."""
        own = (days.astype("datetime64[Y]").astype(np.int64) + 1970).tolist()
        missing = {year: next(y for y in count(year) if y not in self._known_years) for year in set(own)}
        return np.array([missing[year] for year in own], dtype=np.int16)

    def add_workdays(self, start: dt.date, workdays: int) -> dt.date:
        """The ``workdays``-th working day after ``start``. Raises MissingHolidays."""
        day, remaining = start, workdays
        while remaining > 0:
            day += dt.timedelta(days=1)
            remaining -= self.is_workday(day)
        return day


def _toml(file: Path) -> dict[str, Any]:
    text = ""
    try:
        text = file.read_text("utf-8-sig")
        return tomllib.loads(text)
    except FileNotFoundError:
        raise UsageError(f"找不到校历文件 {file}") from None
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{file} 写得不对：{section_twice(text) or error}") from None
