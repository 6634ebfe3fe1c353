"""What all parts of a school's page share: who acts, on which school, in which casebook; read once, kept fresh."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from xueji_lib.casebook import cases, evidence, signoff, trail
from xueji_lib.casebook.book import Casebook
from xueji_lib.casebook.cases import Case
from xueji_lib.casebook.events import Actor, Event
from xueji_lib.casebook.evidence import Evidence
from xueji_lib.casebook.signoff import Signed
from xueji_lib.store import Store

T = TypeVar("T")


class SchoolDesk:
    """``today`` is the day against which due dates and exemptions are held."""

    def __init__(self, book: Casebook, store: Store, actor: Actor, school_id: str, term: str, today: dt.date) -> None:
        self.book, self.store, self.actor = book, store, actor
        self.school_id, self.term, self.today = school_id, term, today
        self._kept: dict[str, tuple[str, Any]] = {}
        self._line, self._mark = 0, 0

    # ---- Keeper (panel.py) ----

    def now(self) -> str:
        return self.book.now()

    def refused(self, why: str) -> None:
        cases.refused(self.book, self.actor, self.school_id, why)

    @property
    def logs(self) -> Path:
        return self.store.root / "logs"

    def mark(self) -> str:
        """Another one whenever something of the school may have changed."""
        with self.book.reading() as connection:
            self._line, concerned = trail.news(connection, self.school_id, self._line)
        if concerned:
            self._mark = self._line
        return str(self._mark)

    # ---- reading ----

    def cases(self) -> Mapping[str, Case]:
        """The school's findings by id, in order."""
        return self._fresh(
            "cases", lambda: {one.id: one for one in cases.of_school(self.book, self.school_id, self.today)}
        )

    def evidence(self) -> Mapping[str, Sequence[Evidence]]:
        """Files by what they are about."""
        return self._fresh("evidence", lambda: evidence.of_school(self.book, self.school_id))

    def signed(self) -> Signed:
        return self._fresh("signed", self._signed)

    def _signed(self) -> Signed:
        with self.book.reading() as connection:
            return signoff.signed(connection, self.school_id, self.term)

    @property
    def open(self) -> bool:
        """Not signed: verdicts, answers and roll-calls are still taken."""
        return self.signed().state == signoff.OPEN

    def _fresh(self, name: str, read: Callable[[], T]) -> T:
        mark = self.mark()
        kept = self._kept.get(name)
        if kept is None or kept[0] != mark:
            kept = self._kept[name] = (mark, read())
        found: T = kept[1]
        return found


def repeated(events: Sequence[Event], actor: Actor, seen: Sequence[str], said: Mapping[str, object]) -> bool:
    """The same person has said the same, in the same knowledge, before: a browser that got no answer and asks again."""
    return any(
        event.who == actor.name
        and set(event.parents) == set(seen)
        and all(event.body.get(name) == value for name, value in said.items() if value)
        for event in events
    )
