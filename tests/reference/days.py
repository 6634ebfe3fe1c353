"""What day is when: periods, terms and the window in which transfers are handled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cached_property
from typing import Any

from tests.reference.three_valued import BLANK, GAP, Answer, all_of, known
from xueji_lib.register.calendar import Calendar, MissingHolidays, Term
from xueji_lib.register.policy import Policy


class Days:
    """A term and a day, and the calendar they lie in."""

    def __init__(self, term: Term, as_of: dt.date, policy: Policy, calendar: Calendar) -> None:
        self.term, self.as_of, self.policy, self.calendar = term, as_of, policy, calendar
        self._workdays: dict[dt.date, bool] = {}

    def is_workday(self, day: dt.date) -> bool:
        """Raises MissingHolidays."""
        if day not in self._workdays:
            self._workdays[day] = self.calendar.is_workday(day)
        return self._workdays[day]

    def workdays_exceed(self, after: Any, until: Any, most: int) -> Answer:
        """工作日数 from ``after`` to ``until`` > ``most``."""
        if not known(after) or not known(until):
            return None
        if (until - after).days <= most:
            return False  # point 7: no calendar is asked where not even the days are enough
        try:
            days = [after + dt.timedelta(n) for n in range(1, (until - after).days + 1)]
            return sum(self.is_workday(day) for day in days) > most
        except MissingHolidays:
            return GAP

    def deadline(self, start: dt.date, days: int) -> dt.date:
        """Raises MissingHolidays."""
        day = start + dt.timedelta(days)
        while not self.is_workday(day):
            day += dt.timedelta(1)
        return day

    def later_than_deadline(self, day: Any, start: Any, days: int) -> Answer:
        """``day`` > the deadline of ``days`` after ``start``."""
        if not known(day) or not known(start):
            return None
        if start + dt.timedelta(days) >= day:
            return False
        try:
            return day > self.deadline(start, days)
        except MissingHolidays:
            return GAP

    def overdue(self, start: Any, days: int) -> Answer:
        """as_of > 期限."""
        return self.later_than_deadline(self.as_of, start, days)

    def over_report_days(self) -> Answer:
        return self.overdue(self.term.start, self.policy["report_days"])

    # ---- the period of efile_days: one that begins in a holiday begins on the next 开学日 ----

    def efile_later(self, day: Any, start: Any) -> Answer:
        """``day`` > the deadline of efile_days after ``start``."""
        days = self.policy["efile_days"]
        if not known(day) or not known(start):
            return None
        term = self.term_at(start)
        following = self.next_term(term) if term is not None else None
        if term is not None and start <= term.end:
            return self.later_than_deadline(day, start, days)
        if following is not None:
            return self.later_than_deadline(day, following.start, days)
        return self.both_ways(start, lambda begin: self.later_than_deadline(day, begin, days))

    def both_ways(self, start: dt.date, ask: Callable[[dt.date], Answer]) -> Answer:
        """What is so from ``start`` on and from the 开学日 that may follow it: nobody knows whether it lies in a
        holiday before the first known term, or how long the holiday after the last one is."""
        if start < self._terms[0].start:
            ways = [ask(start), ask(self._terms[0].start)]
            return ways[0] if ways[0] is ways[1] else all_of(None, *(way for way in ways if way is GAP))
        # The next 开学日 is not known: what is not late from the day itself is not late from a later one.
        return False if ask(start) is False else None

    def efile_overdue(self, start: Any) -> Answer:
        """as_of > start+efile_days 的期限."""
        return self.efile_later(self.as_of, start)

    def efile_done_late(self, done: Any, start: Any) -> Answer:
        """``done`` > start+efile_days 的期限, or it is blank and as_of > that."""
        over = self.efile_overdue(start)  # where nothing is due yet nothing can be late
        return over if done is BLANK else all_of(over, self.efile_later(done, start) if known(done) else None)

    # ---- terms ----

    @cached_property
    def _terms(self) -> list[Term]:
        return sorted(self.calendar.terms.values(), key=lambda term: term.start)

    def term_at(self, day: dt.date) -> Term | None:
        """The latest term with 开学日 <= day."""
        return next((term for term in reversed(self._terms) if term.start <= day), None)

    def next_term(self, term: Term) -> Term | None:
        """The term after it, where the calendar knows it."""
        return next((other for other in self._terms if other.start > term.start), None)

    def handed_in(self, day: Any) -> tuple[dt.date, Term] | None:
        """When an application counts as handed in, and in which term; None where that is not known."""
        if not known(day):
            return None
        for term in self._terms:
            if day <= term.end:
                return (max(day, term.start), term) if term is not self._terms[0] or day >= term.start else None
        return None

    def of_terms(self, day: Any, *terms: str) -> Answer:
        """所属学期 is one of these."""
        found = self.handed_in(day)
        return None if found is None else found[1].id in terms

    def window_end(self, term: Term) -> dt.date:
        """The last of the first working days of a term. Raises MissingHolidays."""
        last, left = term.start, self.policy["transfer_window_workdays"] - self.is_workday(term.start)
        while left > 0:
            last += dt.timedelta(1)
            left -= self.is_workday(last)
        return last

    def in_window(self, day: Any) -> Answer:
        """In the first working days of its term, when transfers are handled."""
        found = self.handed_in(day)
        if found is None:
            return None
        try:
            return found[0] <= self.window_end(found[1])
        except MissingHolidays:
            return GAP

    def waits_for_next_term(self, day: Any) -> Answer:
        """``day`` is after the window of its term, and the next 开学日 is still to come."""
        if day is BLANK:
            return False
        if not known(day):
            return None
        term = self.term_at(day)
        if term is None:
            return False
        following = self.next_term(term)
        if following is not None and self.as_of >= following.start:
            return False
        to_come = True if following is not None or self.as_of <= term.end else None
        if day > term.end:
            return to_come
        try:
            return all_of(day > self.window_end(term), to_come)
        except MissingHolidays:
            return GAP
