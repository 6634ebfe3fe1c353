"""What the parts of the bureau's page share: who acts, the casebook of all schools, read once and kept fresh."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from xueji_lib.casebook import cases, signoff
from xueji_lib.casebook.book import Casebook, stored
from xueji_lib.casebook.cases import Case
from xueji_lib.casebook.events import Actor, Event
from xueji_lib.casebook.signoff import Signed
from xueji_lib.store import Store
from xueji_lib.support.errors import UsageError

T = TypeVar("T")


class CountyDesk:
    """``names``: school id → name; ``today`` is the day against which due dates are held."""

    def __init__(
        self, book: Casebook, store: Store, actor: Actor, term: str, today: dt.date, names: Mapping[str, str]
    ) -> None:
        self.book, self.store, self.actor, self.term, self.today, self.names = book, store, actor, term, today, names
        self._kept: dict[str, tuple[str, Any]] = {}

    # ---- Keeper (panel.py) ----

    def now(self) -> str:
        return self.book.now()

    def refused(self, why: str) -> None:
        cases.refused(self.book, self.actor, "", why)

    @property
    def logs(self) -> Path:
        return self.store.root / "logs"

    def mark(self) -> str:
        return self.book.mark()

    # ---- reading ----

    def name(self, school_id: str) -> str:
        return self.names.get(school_id, school_id)

    def cases(self) -> Mapping[str, Sequence[Case]]:
        """Every school's findings; those of no school under ""."""
        return self._fresh("cases", self._cases)

    def _cases(self) -> Mapping[str, Sequence[Case]]:
        found: dict[str, list[Case]] = {}
        for case in cases.of_county(self.book, self.today):
            found.setdefault(case.sighting.school_id, []).append(case)
        return found

    def events(self, kind: str) -> Mapping[str, Sequence[Event]]:
        """The term's events of a kind, by school."""
        return self._fresh(kind, lambda: self._events(kind))

    def _events(self, kind: str) -> Mapping[str, Sequence[Event]]:
        found: dict[str, list[Event]] = {}
        with self.book.reading() as connection:
            for event in stored(connection, term=self.term, kinds=(kind,)):
                found.setdefault(event.school_id, []).append(event)
        return found

    def signed(self) -> Mapping[str, Signed]:
        """Where the sign-off of every school with one stands."""
        return {school: signoff.of_events(events) for school, events in self.events("signoff").items()}

    def _fresh(self, name: str, read: Callable[[], T]) -> T:
        mark = self.mark()
        kept = self._kept.get(name)
        if kept is None or kept[0] != mark:
            kept = self._kept[name] = (mark, read())
        found: T = kept[1]
        return found


class NoFiles:
    """The parts of a table's desk that a table without files, opened rows or undoing leaves alone."""

    def undo(self, *_: Any, **__: Any) -> Any:
        raise UsageError("这一步不能撤销，请另作决定")

    def attach(self, *_: Any, **__: Any) -> None:
        raise UsageError("这里不收文件")

    def content(self, *_: Any, **__: Any) -> tuple[str, bytes]:
        raise UsageError("没有这个附件")
