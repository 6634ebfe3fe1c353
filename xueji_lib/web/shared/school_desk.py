"""What all parts of a school's page share: who acts, on which school; the casebook is read again when it changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from xueji_lib.casebook import cases, evidence, roster, signoff
from xueji_lib.casebook.cases import Case
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.evidence import Evidence
from xueji_lib.casebook.log import trail
from xueji_lib.casebook.log.events import Actor, Event
from xueji_lib.casebook.signoff import Signed
from xueji_lib.web.shared.page_desk import PageDesk


@dataclass(eq=False)
class SchoolDesk(PageDesk):
    """A person at work on one school."""

    school_id: str
    _line: int = field(default=0, init=False)
    _mark: int = field(default=0, init=False)

    @classmethod
    def of(cls, desk: Desk, school_id: str) -> SchoolDesk:
        """The same person's desk, narrowed to one school."""
        return cls(desk.book, desk.store, desk.actor, desk.term, desk.today, school_id)

    # ---- what a panel asks for (panel.Keeper) ----

    def refused(self, why: str) -> None:
        """Write down that a message from the page was refused."""
        self.log_refused(self.school_id, why)

    def _present_mark(self) -> str:
        with self.book.reading() as connection:
            self._line, concerned = trail.news(connection, self.school_id, self._line)
        if concerned:
            self._mark = self._line
        return str(self._mark)

    # ---- reading ----

    def cases(self) -> Mapping[str, Case]:
        """The school's findings by id, in order."""
        return self._fresh(
            "cases", lambda: {case.id: case for case in cases.of_school(self.book, self.school_id, self.today)}
        )

    def evidence(self) -> Mapping[str, Sequence[Evidence]]:
        """The subject of a file (``finding/<id>``, ``answer/…``) → the files attached to it."""
        return self._fresh("evidence", lambda: evidence.of_school(self.book, self.school_id))

    def classes(self) -> Sequence[tuple[int, int, int]]:
        """The school's classes, as ``roster.classes`` has them."""
        return self._fresh("classes", lambda: roster.classes(self.store, self.term, self.school_id))

    def signed(self) -> Signed:
        """How far the school's sign-off is."""
        return self._fresh("signed", self._signed)

    def _signed(self) -> Signed:
        with self.book.reading() as connection:
            return signoff.signed(connection, self.school_id, self.term)

    @property
    def open(self) -> bool:
        """Not signed: verdicts, answers and roll-calls are still taken."""
        return self.signed().state == signoff.OPEN

    def may_judge(self, finding_id: str) -> bool:
        """A verdict about the finding is taken: the school is not signed, or the finding entered later."""
        signed = self.signed()
        return signed.state == signoff.OPEN or signed.is_later(finding_id)

    def later(self) -> list[Case]:
        """The findings that entered after the school was signed."""
        return [case for case in self.cases().values() if self.signed().is_later(case.id)]


def repeated(events: Sequence[Event], actor: Actor, seen: Sequence[str], body: Mapping[str, object]) -> bool:
    """One of ``events`` is this very message: same person, same events seen before, same content.

    A browser that got no answer sends its message again; the second must not count twice.
    """
    return any(
        event.who == actor.name
        and set(event.parents) == set(seen)
        and all(event.body.get(name) == value for name, value in body.items() if value)
        for event in events
    )
