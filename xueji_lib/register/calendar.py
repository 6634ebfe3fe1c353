"""School terms, working days and periods.

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
from pathlib import Path
from typing import Any

import chinese_calendar
import numpy as np
import numpy.typing as npt

from xueji_lib.support import paths
from xueji_lib.support.errors import UsageError

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
        return self.id[:9]

    @property
    def first_year(self) -> int:
        """学年起始年."""
        return int(self.id[:4])

    @property
    def is_first(self) -> bool:
        return self.id.endswith("-1")


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
        """The day on which an application counts as handed in, and the place of its term in ``terms``.

        A day in the holiday after a term counts as the next term's 开学日. Unknown (NaT, -1): a day
        before the first known term, or in the holiday after the last one.
        """
        place = np.searchsorted(self._starts, days, side="right").astype(np.int64) - 1
        effective = days.copy()
        unknown = np.isnat(days) | (place < 0)
        safe = np.where(unknown, 0, place)
        holiday = ~unknown & (days > self._ends[safe])
        last = holiday & (place == len(self._starts) - 1)
        moved = holiday & ~last
        place = np.where(moved, place + 1, place)
        effective[moved] = self._starts[place[moved]]
        effective[unknown | last] = np.datetime64("NaT")
        return effective, np.where(unknown | last, -1, place)

    def term_ids(self, places: npt.NDArray[np.int64]) -> npt.NDArray[np.object_]:
        """Term ids for the places that ``handed_in`` returns; None for -1."""
        ids = np.array([*self.terms, None], dtype=object)
        return ids[places]

    def starts(self, places: npt.NDArray[np.int64]) -> Days:
        """开学日 for the places that ``handed_in`` returns; NaT for -1."""
        return np.append(self._starts, np.datetime64("NaT"))[places]

    def window_ends(self, places: npt.NDArray[np.int64], workdays: int) -> tuple[Days, Flags]:
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
            np.array([*ends, np.datetime64("NaT")], dtype="datetime64[D]")[places],
            np.array([*gaps, False], dtype=bool)[places],
        )

    def window_end(self, term: Term, workdays: int) -> dt.date:
        """Day number ``workdays`` of the term's working days. Raises MissingHolidays."""
        day, left = term.start, workdays
        while True:
            if self.is_workday(day):
                left -= 1
                if left <= 0:
                    return day
            day += dt.timedelta(days=1)

    # ---- working days ----

    @cached_property
    def _table(self) -> tuple[np.datetime64, Flags, Flags]:
        """First day covered, then per day: is it a working day, is its year known."""
        known = {d.year for d in chinese_calendar.holidays}
        years = known | set(self.rest)
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
        _, work, known = self._table
        places = np.where(work, np.arange(len(work)), len(work))
        following = np.minimum.accumulate(places[::-1])[::-1]
        return np.cumsum(work), np.cumsum(~known), following

    def _places(self, days: Days) -> tuple[npt.NDArray[np.int64], Flags]:
        first, work, known = self._table
        nat = np.isnat(days)
        place = np.where(nat, 0, (days - first).astype(np.int64))
        inside = (place >= 0) & (place < len(work))
        safe = np.clip(place, 0, len(work) - 1)
        return safe, inside & known[safe] & ~nat

    def is_workday(self, day: dt.date) -> bool:
        """Raises MissingHolidays."""
        place, known = self._places(np.array([_day(day)]))
        if not known[0]:
            raise MissingHolidays(day.year)
        return bool(self._table[1][place[0]])

    def deadlines(self, start: Days, days: int) -> tuple[Days, Flags]:
        """start + ``days`` calendar days, moved to the next working day. Second: where not known."""
        last = start + np.timedelta64(days, "D")
        place, known = self._places(last)
        following = self._sums[2][place]
        fits = following < len(self._table[1])
        gap = ~np.isnat(start) & ~(known & fits)
        moved = self._table[0] + np.where(fits, following, 0).astype("timedelta64[D]")
        return np.where(known & fits, moved, np.datetime64("NaT")), gap

    def deadline(self, start: dt.date, days: int) -> dt.date:
        """One deadline. Raises MissingHolidays."""
        value, gap = self.deadlines(np.array([_day(start)]), days)
        if gap[0]:
            raise MissingHolidays((start + dt.timedelta(days=days)).year)
        return to_date(value[0])

    def is_past(self, as_of: dt.date, start: dt.date, days: int) -> bool:
        """as_of > deadline. No calendar is asked where start + days >= as_of. Raises MissingHolidays."""
        if start + dt.timedelta(days=days) >= as_of:
            return False
        return as_of > self.deadline(start, days)

    def workdays_between(self, after: Days, until: Days) -> tuple[npt.NDArray[np.int64], Flags]:
        """Working days d with after < d <= until (0 where until <= after). Second: where not known."""
        a, known_a = self._places(after)
        b, known_b = self._places(until)
        total, unknown, _ = self._sums
        forward = until > after
        count = np.where(forward, total[b] - total[a], 0)
        gap = forward & ~(known_a & known_b & (unknown[b] == unknown[a]))
        return count, gap

    def add_workdays(self, start: dt.date, workdays: int) -> dt.date:
        """The ``workdays``-th working day after ``start``. Raises MissingHolidays."""
        day, left = start, workdays
        while left > 0:
            day += dt.timedelta(days=1)
            left -= self.is_workday(day)
        return day

    def window_sentence(self, day: dt.date, term: Term, workdays: int, what: str = "申请") -> str:
        """申请 2026-09-16；窗口 2026-08-31 至 2026-09-11（第10个工作日）."""
        end = self.window_end(term, workdays)
        return f"{what} {day}；窗口 {term.start} 至 {end}（第{workdays}个工作日）"

    def deadline_sentence(self, start: dt.date, days: int, what: str) -> str:
        """审批 2026-09-14 起 7 日，期限 2026-09-21（遇休息日顺延）."""
        plain = start + dt.timedelta(days=days)
        end = self.deadline(start, days)
        moved = f"，{plain} 为休息日，顺延" if end != plain else ""
        return f"{what} {start} 起 {days} 日，期限 {end}{moved}"


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8-sig"))
    except FileNotFoundError:
        raise UsageError(f"找不到校历文件 {file}") from None
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{file} 写得不对：{error}") from None
