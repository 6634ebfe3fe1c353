"""Letters that were made with findings called true, and what of them is to be corrected: a verdict that was reversed.

A letter is an event (kind ``letter``): which findings of the school stood in it, its day and its number. Where such a
finding is no longer held to be true, the school is owed a 更正通知, until a person writes down that it was sent.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from xueji_lib.casebook.cases import Case
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log.book import Casebook, Deed, stored
from xueji_lib.casebook.log.events import Actor, Event, head_ids, heads
from xueji_lib.casebook.log.renamed import current_ids
from xueji_lib.casebook.states import NOTE_LIMIT
from xueji_lib.register.vocabulary import CaseState
from xueji_lib.support.errors import UsageError

KIND: Final = "letter"
CORRECTION: Final = "更正通知"
REVERSED: Final = frozenset(
    {CaseState.REFUTED, CaseState.DIFFERENT, CaseState.EXEMPT, CaseState.NEEDS_PROOF, CaseState.OPEN}
)
"""States in which a finding that a letter called true is not held to be true any more. Two verdicts that differ (冲突)
are none yet."""


@dataclass(frozen=True, slots=True)
class MadeLetter:
    """A letter as it concerns one school. ``kind``: 限期整改通知书 or 通报; ``day``: ISO, its date; ``findings``: ids
    of those that stood in it as true."""

    kind: str
    school_id: str
    day: str
    number: str
    findings: tuple[str, ...]

    @property
    def named(self) -> str:
        """How another letter names it: 2026年11月20日《限期整改通知书》（文号）."""
        day = dt.date.fromisoformat(self.day)
        number = f"（{self.number}）" if self.number else ""
        return f"{day.year}年{day.month}月{day.day}日《{self.kind}》{number}"


@dataclass(frozen=True, slots=True)
class Correction:
    """A finding that stood in ``letters`` (the newest of each kind) and is not held to be true any more. ``sent``: the
    school was told since."""

    case: Case
    letters: tuple[MadeLetter, ...]
    sent: bool


def remember(book: Casebook, actor: Actor, term: str, letters: Iterable[MadeLetter]) -> int:
    """Write down letters that were made; returns how many were new. The same letter again changes nothing, one that
    calls nothing true is none. Raises StoreError."""
    letters = [letter for letter in letters if letter.findings]
    if not letters:
        return 0
    added = 0
    with book.writing() as connection:
        for letter in letters:
            subject = f"{term}/{letter.school_id}/{letter.kind}"
            body = _body(letter)
            if _is_known(stored(connection, school_id=letter.school_id, kinds=(KIND,)), subject, body):
                continue
            book.put(connection, actor, Deed(KIND, subject, letter.school_id, term, f"出具{letter.kind}", body))
            added += 1
    return added


def _is_known(events: Sequence[Event], subject: str, body: Mapping[str, Any]) -> bool:
    """Whether the last letter of this subject is the same one, and nothing of it was corrected since."""
    last = heads(event for event in events if event.subject == subject)
    if not last or any(last[-1].body.get(name) != value for name, value in body.items()):
        return False
    since = (event for event in events if event.body["letter"] == CORRECTION and event.at > last[-1].at)
    return not any(set(event.body["findings"]) & set(body["findings"]) for event in since)


def _body(letter: MadeLetter) -> dict[str, Any]:
    about = {"letter": letter.kind, "day": letter.day, "number": letter.number}
    return {**about, "findings": sorted(letter.findings)}


def of_school(book: Casebook, school_id: str, school_cases: Sequence[Case]) -> list[Correction]:
    """The school's corrections, of letters of every term, in the order of its cases."""
    with book.reading() as connection:
        events = stored(connection, school_id=school_id, kinds=(KIND,))
        return _corrections(events, school_cases, current_ids(connection, school_id))


def of_county(book: Casebook, cases_by_school: Mapping[str, Sequence[Case]]) -> dict[str, list[Correction]]:
    """School id → its corrections; schools without any are left out."""
    with book.reading() as connection:
        events, renamed = stored(connection, kinds=(KIND,)), current_ids(connection)
    by_school: dict[str, list[Event]] = {}
    for event in events:
        by_school.setdefault(event.school_id, []).append(event)
    every = {school: _corrections(by_school[school], cases_by_school.get(school, ()), renamed) for school in by_school}
    return {school: corrections for school, corrections in sorted(every.items()) if corrections}


def _corrections(events: Sequence[Event], school_cases: Sequence[Case], renamed: Mapping[str, str]) -> list[Correction]:
    letters: dict[str, dict[str, MadeLetter]] = {}
    told = set[str]()
    for event in events:  # by time
        ids = tuple(renamed.get(finding_id, finding_id) for finding_id in event.body["findings"])
        kind = str(event.body["letter"])
        if kind == CORRECTION:
            told.update(ids)
            continue
        letter = MadeLetter(kind, event.school_id, str(event.body["day"]), str(event.body["number"]), ids)
        told.difference_update(ids)
        for finding_id in ids:
            letters.setdefault(finding_id, {})[kind] = letter
    return [
        Correction(case, tuple(letters[case.id][kind] for kind in sorted(letters[case.id])), case.id in told)
        for case in school_cases
        if case.id in letters and case.state in REVERSED
    ]


# ---- sent ----


def sent_before(book: Casebook, term: str, school_id: str) -> list[Event]:
    """The events by which people wrote down that the school was sent a correction."""
    return book.about(KIND, f"{term}/{school_id}/{CORRECTION}")


def send(desk: Desk, school_id: str, findings: Sequence[str], note: str, seen: Sequence[str] | None = None) -> Event:
    """Write down that the school was sent the correction of these findings; ``note``: how. Raises UsageError,
    Conflict."""
    if desk.actor.role not in ("inspector", "director"):
        raise UsageError("更正通知由县教育体育局发出")
    if not findings:
        raise UsageError("这所学校没有待更正的")
    if not note.strip():
        raise UsageError("要写明文号、怎样送达、谁签收")
    if len(note) > NOTE_LIMIT:
        raise UsageError(f"说明太长（{len(note)} 字），最多 {NOTE_LIMIT} 字")
    subject = f"{desk.term}/{school_id}/{CORRECTION}"
    body = {"letter": CORRECTION, "day": desk.today.isoformat(), "number": "", "findings": sorted(findings)}
    with desk.book.writing() as connection:
        deed = Deed(KIND, subject, school_id, desk.term, f"发出{CORRECTION}", {**body, "note": note.strip()}, seen)
        return desk.book.put(connection, desk.actor, deed)


def seen_of(events: Sequence[Event]) -> tuple[str, ...]:
    """What goes back with the next step."""
    return head_ids(events)
