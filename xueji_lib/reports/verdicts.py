"""From the casebook to what paper needs (``states``): read once for the county, kept beside the answer for the workers.

Opening the casebook takes longer than writing a school's paper; so ``snapshot`` reads it once and leaves a small file a
school that anyone has looked at.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from xueji_lib.judge.results import Results
from xueji_lib.register.identity import mask_text
from xueji_lib.reports.states import NOBODY, Answer, CaseStates, FindingState, Measure, SignOff
from xueji_lib.support.files import put_file

if TYPE_CHECKING:
    from xueji_lib.casebook.book import Casebook
    from xueji_lib.casebook.cases import Case
    from xueji_lib.store import Store

_SETTLED_MEASURES: Final = ("", "冲突", "暂不处理")


def snapshot(store: Store, answer: Results, url: str = "") -> dict[str, CaseStates]:
    """What people have decided, by school, as of the answer's day; kept for ``kept``. ``url``: the casebook's database
    elsewhere. Raises StoreError where the casebook cannot be read."""
    said = _read(store, answer, url) if url or (store.root / "casebook").is_dir() else {}
    folder = answer.folder / "states"
    for school, states in said.items():
        put_file(folder / f"{school}.json", json.dumps(asdict(states), ensure_ascii=False, sort_keys=True))
    for old in folder.glob("*.json"):
        if old.stem not in said:
            old.unlink(missing_ok=True)
    return said


def of_school(book: Casebook, answer: Results, school_id: str, today: dt.date) -> CaseStates:
    """One school's states as they are now."""
    from xueji_lib import local_rules
    from xueji_lib.casebook import cases
    from xueji_lib.register.policy import Policy

    questions = [question.id for question in local_rules.catalogue(answer.edition).questions]
    found = cases.of_school(book, school_id, today)
    return _of_school(book, answer, school_id, found, questions, Policy.load(answer.edition))


def kept(answer: Results, school_id: str) -> CaseStates:
    """A school's states as ``snapshot`` left them."""
    try:
        raw: Any = json.loads((answer.folder / "states" / f"{school_id}.json").read_text("utf-8"))
    except OSError:
        return NOBODY
    return CaseStates(
        {key: FindingState(**value) for key, value in raw["findings"].items()},
        {key: Answer(**value) for key, value in raw["answers"].items()},
        tuple(SignOff(**value) for value in raw["sign_offs"]),
        tuple(Measure(**value) for value in raw["measures"]),
        tuple(raw["on_site"]),
    )


def mark(states: CaseStates | None) -> str:
    """Changes exactly when the states do; empty where nobody has looked."""
    return "" if states is None else json.dumps(asdict(states), ensure_ascii=False, sort_keys=True)


def _read(store: Store, answer: Results, url: str) -> dict[str, CaseStates]:
    from xueji_lib import local_rules  # sqlalchemy and the catalogue: only where there is a casebook
    from xueji_lib.casebook import cases
    from xueji_lib.casebook.book import Casebook, stored
    from xueji_lib.register.policy import Policy

    policy = Policy.load(answer.edition)
    questions = [question.id for question in local_rules.catalogue(answer.edition).questions]
    with Casebook.open(store, url) as book:
        by_school: dict[str, list[Case]] = {}
        for case in cases.of_county(book, answer.as_of):
            by_school.setdefault(case.sighting.school_id, []).append(case)
        busy = {school for school, found in by_school.items() if any(_told(case) for case in found)}
        with book.reading() as connection:
            busy |= {event.school_id for event in stored(connection, term=answer.term_id)}
        said = {
            school: _of_school(book, answer, school, by_school.get(school, []), questions, policy)
            for school in answer.schools["school_id"]
            if school in busy
        }
    return {school: states for school, states in said.items() if states != NOBODY}


def _told(case: Case) -> bool:
    """A person has said something of it that a machine did not."""
    from xueji_lib.casebook.sightings import ON_SITE

    return bool(case.history) or case.sighting.origin == ON_SITE


def _of_school(
    book: Casebook, answer: Results, school: str, found: list[Case], questions: list[str], policy: Any
) -> CaseStates:
    from xueji_lib.casebook import answers, measures, signoff
    from xueji_lib.casebook.sightings import ON_SITE

    decided = {case.id: _state(case.state, case.body, case.due) for case in found if case.history}
    on_site = tuple(dict(case.finding) for case in found if case.sighting.origin == ON_SITE and case.sighting.present)
    events = book.events(school, answer.term_id)
    if not decided and not on_site and not events:
        return NOBODY
    told = answers.of_school(book, school, answer.term_id, questions)
    given = {key: Answer(value.value, mask_text(value.note)) for key, value in told.items() if value.value}
    signed = signoff.of_events([event for event in events if event.kind == "signoff"])
    signs = tuple(
        SignOff({"sign": "督查人员", "countersign": "负责人"}[str(event.body["step"])], event.who, event.at[:10])
        for event in signed.history
        if event.body["step"] != "reopen" and signed.state != signoff.OPEN
    )
    decision = measures.decision(book, school, answer.term_id)
    suggestion = measures.suggest(found, policy, answer.as_of)
    named: tuple[Measure, ...] = ()
    if decision.measure not in _SETTLED_MEASURES:
        named = (Measure(decision.measure, mask_text(decision.note or decision.suggested), decided=True),)
    elif not decision.measure and suggestion.measure not in _SETTLED_MEASURES:
        named = (Measure(suggestion.measure, "；".join(suggestion.reasons)),)
    return CaseStates(decided, given, signs, named, on_site)


def _state(state: str, body: Mapping[str, Any], due: str) -> FindingState:
    reported = state in ("学校已报整改", "复核不通过", "复核销号")
    texts = {name: mask_text(str(body.get(name, ""))) for name in ("note", "person", "done")}
    measure = texts["note"] if state == "学校已报整改" else ""
    return FindingState(
        state, texts["note"], due, measure, texts["person"] if reported else "", texts["done"] if reported else ""
    )
