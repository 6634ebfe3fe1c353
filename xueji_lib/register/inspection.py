"""What is asked of a county: an inspection (核查) of a term, as of a day, by an edition; and what it is judged by."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from xueji_lib.register import labels
from xueji_lib.register.calendar import Calendar, Term
from xueji_lib.register.policy import Policy, in_force


@dataclass(frozen=True, slots=True)
class Inspection:
    """One inspection (核查): which term, as of which day, by which edition of the catalogue and its figures.

    ``term_id``: 学期, as 2026-2027-1. ``as_of``: 检查基准日; what is overdue is overdue on this day. ``edition``: ""
    means the one in force when the term began (``settled`` names it).
    """

    term_id: str
    as_of: dt.date
    edition: str = ""

    def settled(self, calendar: Calendar | None = None) -> Inspection:
        """The same with its edition named. Raises UsageError for a term that the calendar does not have."""
        if self.edition:
            return self
        calendar = calendar or Calendar.load()
        return replace(self, edition=in_force(calendar.term(self.term_id).start))

    def look(self, today: dt.date, calendar: Calendar | None = None) -> str:
        """Why this is only a look, as a Chinese sentence; "" where it is of today or before, in a term that is not
        over. A term is over once the next one has begun."""
        if self.as_of > today:
            return f"预看：检查基准日 {self.as_of} 还没有到（今天是 {today}），只供参考，不计入核查台账"
        terms = (calendar or Calendar.load()).terms
        this = terms.get(self.term_id)
        later = [term for term in terms.values() if this is not None and this.start < term.start <= today]
        if later:
            ended, now = labels.term(self.term_id), labels.term(later[-1].id)
            return f"回看：{ended}已经结束（现在是{now}），只供参考，不计入核查台账"
        return ""

    def yardstick(self, calendar: Calendar | None = None, policy: Policy | None = None) -> Yardstick:
        """What this inspection is judged by; ``calendar`` and ``policy`` stand in for those of ``data/``.

        Raises UsageError for a term that the calendar does not have and an edition without figures.
        """
        calendar = calendar or Calendar.load()
        edition = self.settled(calendar).edition
        return Yardstick(calendar.term(self.term_id), self.as_of, policy or Policy.load(edition), calendar)


@dataclass(frozen=True, slots=True)
class Yardstick:
    """What a county is judged by in one inspection: the term, the day (检查基准日), the figures, the working days."""

    term: Term
    as_of: dt.date
    policy: Policy
    calendar: Calendar
