"""Which findings stand as true in a letter that was just made, for the casebook to remember (``letter_corrections``).

Drafts are no letters: nothing is remembered of them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from xueji_lib.judge.results import Results, School
from xueji_lib.reports.case_states import DEMANDED, CaseStates, joined
from xueji_lib.reports.letters.bulletin import CONFIRMED_STATES
from xueji_lib.reports.letters.kinds import BULLETIN, RECTIFY
from xueji_lib.reports.office_facts import LetterFacts

if TYPE_CHECKING:
    from xueji_lib.casebook.letter_corrections import MadeLetter
    from xueji_lib.casebook.workplace import Workplace


def remember_school(workplace: Workplace, school: School, states: CaseStates) -> None:
    """Remember a school's 限期整改通知书 that was made from these states. Raises StoreError."""
    from xueji_lib.casebook import letter_corrections
    from xueji_lib.casebook.log.events import local_actor

    if letters := demands(school, states):
        with workplace.open_casebook() as book:
            letter_corrections.remember(book, local_actor(), school.term_id, letters)


def remember_county(
    workplace: Workplace, answer: Results, states: Mapping[str, CaseStates], schools: Collection[str], *, county: bool
) -> None:
    """Remember the 限期整改通知书 of these schools, which were made from these states, and the 通报 (``county``).
    Raises StoreError."""
    from xueji_lib.casebook import letter_corrections
    from xueji_lib.casebook.log.events import local_actor

    if answer.look or not any(of.looked_at for of in states.values()):
        return
    seen = [school for school in schools if school in states and states[school].looked_at]
    letters = [letter for school in seen for letter in demands(answer.school(school), states[school])]
    letters += _bulletin(answer, states) if county else []
    if letters:
        with workplace.open_casebook() as book:
            letter_corrections.remember(book, local_actor(), answer.term_id, letters)


def demands(school: School, states: CaseStates) -> list[MadeLetter]:
    """The school's 限期整改通知书, where it is more than a draft and demands anything."""
    from xueji_lib.casebook.letter_corrections import MadeLetter

    if school.look or not states.looked_at or LetterFacts.load().no_contact:
        return []
    findings = states.joined(school.findings)
    dues = dict(zip(findings["finding_id"].astype(str), findings["due"].astype(str), strict=True))
    listed = [key for key in dues if states.of(key).state in DEMANDED]
    if not any(states.of(key).due or dues[key] for key in listed):
        return []
    number = LetterFacts.load().number("rectify", school.as_of.year)
    return [MadeLetter(RECTIFY.name, school.id, school.as_of.isoformat(), number, tuple(listed))] if listed else []


def _bulletin(answer: Results, states: Mapping[str, CaseStates]) -> list[MadeLetter]:
    from xueji_lib.casebook.letter_corrections import MadeLetter

    findings = joined(answer.findings, states.values())
    listed: dict[str, list[str]] = {}
    for school, finding_id in zip(findings["school_id"].astype(str), findings["finding_id"], strict=True):
        if school in states and states[school].of(finding_id).state in CONFIRMED_STATES:
            listed.setdefault(school, []).append(str(finding_id))
    number, day = LetterFacts.load().number("bulletin", answer.as_of.year), answer.as_of.isoformat()
    return [MadeLetter(BULLETIN.name, school, day, number, tuple(ids)) for school, ids in sorted(listed.items())]
