"""What a date that people write down may be: not a deadline that has passed already, nor a completion still to come.

A date far from what the kit suggests is taken only with a reason: most often the year or the month was mistyped.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from xueji_lib.casebook.states import NAMES
from xueji_lib.support.errors import UsageError

_YEAR: Final = 366
_FAR: Final = 31
"""Days between a deadline and the suggested one from which on a reason is asked for."""


@dataclass(frozen=True, slots=True)
class DateBounds:
    """The first and the last day that a date may be, both included, and why."""

    first: dt.date
    last: dt.date
    why: str

    def check(self, name: str, day: dt.date) -> None:
        """Raises UsageError where the day is outside. ``name``: what the date is called."""
        if not self.first <= day <= self.last:
            raise UsageError(f"{name} {day} 不对：{self.why}，应在 {self.first} 到 {self.last} 之间")


def bounds_of(today: dt.date) -> Mapping[str, DateBounds]:
    """Field of a step (``states.DATES``) → its bounds on a day."""
    year, tomorrow = dt.timedelta(_YEAR), today + dt.timedelta(1)
    return {
        "due": DateBounds(today, today + year, "整改期限不能早于发通知的这一天"),
        "done": DateBounds(today - year, today, "完成日期不能在今天以后"),
        "until": DateBounds(tomorrow, today + 3 * year, "豁免到期日要在今天以后，最长三年"),
    }


def check_dates(body: Mapping[str, str], today: dt.date, suggested_due: str) -> None:
    """Raises UsageError where a date of a step's body (ISO, by field) is out of bounds, or the deadline is far from the
    suggested one and no note says why."""
    for name, bounds in bounds_of(today).items():
        if body.get(name):
            bounds.check(NAMES[name], dt.date.fromisoformat(body[name]))
    if body.get("due") and suggested_due and not body.get("note"):
        apart = abs((dt.date.fromisoformat(body["due"]) - dt.date.fromisoformat(suggested_due)).days)
        if apart > _FAR:
            raise UsageError(
                f"整改期限 {body['due']} 与建议的 {suggested_due} 相差 {apart} 天：没有写错的话，请在说明里写原因"
            )
