"""What the parts of the bureau's page share: who acts, and the casebook of all schools, read again when it changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xueji_lib.casebook import cases, signoff
from xueji_lib.casebook.cases import Case
from xueji_lib.casebook.log.book import stored
from xueji_lib.casebook.log.events import Event
from xueji_lib.casebook.log.renamed import current_ids
from xueji_lib.casebook.signoff import Signed
from xueji_lib.support.errors import UsageError
from xueji_lib.web.shared.page_desk import PageDesk


@dataclass(eq=False)
class CountyDesk(PageDesk):
    """A person at work on the whole county. ``names``: school id → name."""

    names: Mapping[str, str]

    # ---- what a panel asks for (panel.Keeper) ----

    def refused(self, why: str) -> None:
        """Write down that a message from the page was refused."""
        self.log_refused("", why)

    def _present_mark(self) -> str:
        return self.book.mark()

    # ---- reading ----

    def name(self, school_id: str) -> str:
        """The school's name; its id where the name is not known."""
        return self.names.get(school_id, school_id)

    def cases(self) -> Mapping[str, Sequence[Case]]:
        """School id → its findings; those of no school under ""."""
        return self._fresh("cases", self._cases)

    def _cases(self) -> Mapping[str, Sequence[Case]]:
        by_school: dict[str, list[Case]] = {}
        for case in cases.of_county(self.book, self.today):
            by_school.setdefault(case.sighting.school_id, []).append(case)
        return by_school

    def events(self, kind: str) -> Mapping[str, Sequence[Event]]:
        """School id → the term's events of one kind."""
        return self._fresh(kind, lambda: self._events(kind))

    def _events(self, kind: str) -> Mapping[str, Sequence[Event]]:
        by_school: dict[str, list[Event]] = {}
        with self.book.reading() as connection:
            for event in stored(connection, term=self.term, kinds=(kind,)):
                by_school.setdefault(event.school_id, []).append(event)
        return by_school

    def signed(self) -> Mapping[str, Signed]:
        """School id → its sign-off, for every school that was ever signed."""
        return self._fresh("signed", self._signed)

    def _signed(self) -> Mapping[str, Signed]:
        with self.book.reading() as connection:
            renamed = current_ids(connection)
        return {school: signoff.of_events(events, renamed) for school, events in self.events("signoff").items()}

    def later(self) -> Mapping[str, Sequence[Case]]:
        """School id → findings that entered after it was signed and that nobody has decided yet."""
        waiting = {
            school: [case for case in self.cases().get(school, ()) if signed.is_later(case.id) and case.is_waiting]
            for school, signed in self.signed().items()
        }
        return {school: listed for school, listed in waiting.items() if listed}


class NoFiles:
    """The methods of a ``TableDesk`` for a table without files and without undoing: each refuses."""

    def undo(self, *_: Any, **__: Any) -> Any:
        raise UsageError("这一步不能撤销，请另作决定")

    def attach(self, *_: Any, **__: Any) -> None:
        raise UsageError("这里不收文件")

    def content(self, *_: Any, **__: Any) -> tuple[str, bytes]:
        raise UsageError("没有这个附件")
