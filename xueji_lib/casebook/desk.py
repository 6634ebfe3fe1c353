"""``Desk``: what every function that records a decision is given: casebook, store, person, term and day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.log.events import Actor
from xueji_lib.store import Store


@dataclass(eq=False)
class Desk:
    """A person at work: the casebook that is written in, the store that is read, who acts, and for which term.

    ``today``: the day against which due dates and exemptions are held.
    """

    book: Casebook
    store: Store
    actor: Actor
    term: str
    today: dt.date

    def log_refused(self, school_id: str, why: str) -> None:
        """Write into the audit trail that a message from a page was refused."""
        self.book.log(self.actor.name, "拒绝", school_id, {"why": why[:200]})
