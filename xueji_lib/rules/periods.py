"""What the calendar says of dates: deadlines, working days, the window in which transfers are handled.

A year whose working days nobody knows makes an answer a gap of that year (``kleene.Truth``), and only where the
answer needs it. Source: data contract 1; docs/reading-conditions.md, 7.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from xueji_lib.county.cells import Cells
from xueji_lib.county.kleene import NO_YEAR, Flags, RowIndexes, Truth, Years, truth, yes
from xueji_lib.register.calendar import Calendar, Days
from xueji_lib.register.policy import Policy

TermIndexes = npt.NDArray[np.int64]
"""Positions in ``Calendar.terms``; -1 where the term is not known."""


@dataclass(frozen=True, slots=True)
class Periods:
    """Questions to the calendar, a column at a time. ``as_of``: 检查基准日 as a ``datetime64[D]``."""

    calendar: Calendar
    policy: Policy
    as_of: np.datetime64

    # ---- deadlines ----

    def past(self, start: Cells | Days, days: int, blank: bool | None = None) -> Truth:
        """as_of > start + days, moved to the next working day. ``blank``: the answer for a blank start."""
        return self.later(self.as_of, start, days, blank)

    def later(self, day: Cells | np.datetime64, start: Cells | Days, days: int, blank: bool | None = None) -> Truth:
        """day > the deadline ``days`` after ``start``; no calendar is asked where start + days >= day."""
        span = _span(start, day)
        last = span.begin + np.timedelta64(days, "D")
        needs_calendar = span.known & (span.end > last)
        deadline, lacking = self.calendar.deadlines(span.begin, days)
        lacking &= needs_calendar
        with np.errstate(invalid="ignore"):
            over = needs_calendar & ~lacking & (span.end > deadline)
        return span.answer(over, self._missing(lacking, last), blank)

    def deadline(self, start: Cells | Days, days: int) -> Days:
        """The deadlines themselves, for evidence; NaT where there is none."""
        return self.calendar.deadlines(_dates(start)[0], days)[0]

    # ---- efile_days (R102-R105, R112, R202) ----

    def efile_over(self, start: Cells, blank: bool | None = None) -> Truth:
        """as_of > the deadline efile_days after ``start``; one that begins in a holiday begins on the next 开学日."""
        return self._in_term_time(start, lambda begin: self.past(begin, self.policy["efile_days"], blank))

    def efile_late(self, done: Cells, start: Cells) -> Truth:
        """Done after that deadline, or not yet (blank), and the deadline is over. A blank ``start`` is not late. Before
        the deadline nothing is, whatever day ``done`` may be that could not be read."""
        days = self.policy["efile_days"]

        def late(begin: Cells) -> Truth:
            over = self.past(begin, days, False)
            return over & (self.later(done, begin, days, blank=False) | done.is_blank())

        return self._in_term_time(start, late)

    def efile_deadline(self, start: Cells) -> Days:
        """Those deadlines, for evidence; NaT where there is none."""
        return self.deadline(self._begin(start)[0].values, self.policy["efile_days"])

    def _begin(self, start: Cells) -> tuple[Cells, Flags]:
        """When a period begins that ``start`` sets going; and where that may be later, for want of a known term."""
        days, empty, unknown = _dates(start)
        effective, term = self.calendar.handed_in(days)
        begin = np.where(term >= 0, effective, days)
        return Cells(begin, empty, unknown), ~(empty | unknown) & (term < 0)

    def _in_term_time(self, start: Cells, ask: Callable[[Cells], Truth]) -> Truth:
        """The answer for a period that begins on ``start``, or on the next 开学日. A day before the first term that is
        known, or after the last, may lie in a holiday: what is no from that day on is no, what is yes has to be so from
        the first known 开学日 on too."""
        begin, perhaps = self._begin(start)
        answer = ask(begin)
        if not perhaps.any():
            return answer
        postponed = ask(self._at_latest(begin))
        return answer.doubted(perhaps & ~(self._early(begin) & yes(postponed)))

    def _early(self, begin: Cells) -> Flags:
        """Before the first term that is known."""
        early: Flags = begin.values < self._first_day
        return early

    def _at_latest(self, begin: Cells) -> Cells:
        """These days; for one before the first known term its 开学日: a holiday before it ends there."""
        return Cells(np.where(self._early(begin), self._first_day, begin.values), begin.blank, begin.unknown)

    @property
    def _first_day(self) -> np.datetime64:
        return np.datetime64(next(iter(self.calendar.terms.values())).start, "D")

    # ---- working days ----

    def workdays(self, after: Cells | Days, until: Cells | np.datetime64) -> npt.NDArray[np.int64]:
        """Working days d, after < d <= until, for evidence."""
        span = _span(after, until)
        return self.calendar.workdays_between(span.begin, span.end)[0]

    def more_workdays(self, after: Cells, until: Cells | np.datetime64, limit: int, blank: bool | None = None) -> Truth:
        """Working days from ``after`` to ``until`` > limit; no calendar is asked where not even the days are more."""
        span = _span(after, until)
        needs_calendar = span.known & (span.end > span.begin + np.timedelta64(limit, "D"))
        count, lacking = self.calendar.workdays_between(span.begin, span.end)
        lacking &= needs_calendar
        return span.answer(needs_calendar & ~lacking & (count > limit), self._missing(lacking, span.begin), blank)

    def application_older(self, day: Cells, limit: int) -> Truth:
        """Working days of an application of this ``day`` until as_of > limit, from when it counts as handed in. One of
        before the first known term has to be older from its own day on and from the first known 开学日 on."""
        return self._in_term_time(day, lambda begin: self.more_workdays(begin, self.as_of, limit))

    def application_age(self, day: Cells) -> npt.NDArray[np.int64]:
        """Those working days, for evidence: where two counts are possible, the smaller."""
        return self.workdays(self._at_latest(self._begin(day)[0]), self.as_of)

    # ---- terms ----

    def in_window(self, day: Cells) -> tuple[Truth, TermIndexes]:
        """Whether the day lies in the first N working days of its term (policy transfer_window_workdays), and which
        term that is. A day before the first known term is unknown."""
        begin, empty, unknown = _dates(day)
        effective, term = self.calendar.handed_in(begin)
        end, lacking = self.calendar.window_ends(term, self.policy["transfer_window_workdays"])
        with np.errstate(invalid="ignore"):
            inside = effective <= end
        years = self._missing(lacking, self.calendar.starts(term))
        return truth(inside, empty | unknown | (term < 0) | lacking, years), term

    def window_text(self, day: Cells, term: TermIndexes, what: str = "申请") -> Callable[[RowIndexes], list[str]]:
        """申请 2026-09-16；窗口 2026-08-31 至 2026-09-11（第10个工作日）, for the rows it is called with."""
        terms = list(self.calendar.terms.values())
        n = self.policy["transfer_window_workdays"]

        def texts(rows: RowIndexes) -> list[str]:
            ends = {t: self.calendar.window_end(terms[t], n) for t in set(term[rows].tolist()) if t >= 0}
            return [
                f"{what} {day.values[row]}；窗口 {terms[t].start} 至 {ends[t]}（第{n}个工作日）"
                for row, t in zip(rows, term[rows], strict=True)
            ]

        return texts

    def term_starts(self, day: Cells) -> Cells:
        """开学日 of the term that each day belongs to; unknown where the term is."""
        begin, empty, unknown = _dates(day)
        _, term = self.calendar.handed_in(begin)
        return Cells(self.calendar.starts(term), empty, unknown | (~empty & (term < 0)))

    def handed_in(self, day: Cells) -> Cells:
        """The day on which each counts as handed in (a day in the holidays counts as the next 开学日)."""
        begin, empty, unknown = _dates(day)
        effective, term = self.calendar.handed_in(begin)
        return Cells(effective, empty, unknown | (~empty & (term < 0)))

    def _missing(self, lacking: Flags, since: Days) -> Years | None:
        """The year that each of these rows lacks: the first from the day ``since`` on that is not known."""
        if not lacking.any():
            return None
        years = np.full(len(lacking), NO_YEAR)
        years[lacking] = self.calendar.missing_years(since[lacking])
        return years


class _Span(NamedTuple):
    """From a day to a day, a row each. ``empty``: one of the two is blank; ``unknown``: one could not be read."""

    begin: Days
    end: Days
    empty: Flags
    unknown: Flags

    @property
    def known(self) -> Flags:
        return ~(self.empty | self.unknown)

    def answer(self, result: Flags, missing: Years | None, blank: bool | None) -> Truth:
        """``result`` where both days are known and no calendar is missing; ``blank`` where one of them is blank."""
        lacking = False if missing is None else missing != NO_YEAR
        if blank is None:
            return truth(result, self.unknown | self.empty | lacking, missing)
        return truth(np.where(self.empty, blank, result), (self.unknown | lacking) & ~self.empty, missing)


def _span(begin: Cells | Days, end: Cells | np.datetime64) -> _Span:
    first, no_first, odd_first = _dates(begin)
    last, no_last, odd_last = _dates(end, len(first))
    return _Span(first, last, no_first | no_last, odd_first | odd_last)


def _dates(day: Cells | Days | np.datetime64, size: int = 0) -> tuple[Days, Flags, Flags]:
    """values, blank, unknown; one day is taken as ``size`` rows of it."""
    if isinstance(day, Cells):
        return np.asarray(day.values, dtype="datetime64[D]"), day.blank, day.unknown
    values = np.broadcast_to(np.asarray(day, dtype="datetime64[D]"), (size,)) if np.ndim(day) == 0 else np.asarray(day)
    return values, np.zeros(len(values), dtype=bool), np.isnat(values)
