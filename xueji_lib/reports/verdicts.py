"""People's decisions, read from the casebook into the form that letters and workbooks need (``case_states``): once for
the county, and kept beside the results for the workers.

Opening the casebook takes longer than writing a school's paper; so ``snapshot`` reads it once and leaves a small file a
school that anyone has looked at.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from xueji_lib.judge.results import Results
from xueji_lib.register.identity import mask_text
from xueji_lib.register.vocabulary import CaseState
from xueji_lib.reports.case_states import (
    NOBODY,
    AnswerOnPaper,
    CaseStates,
    CorrectionOnPaper,
    FindingState,
    Measure,
    SignOff,
)
from xueji_lib.support.files import put_file

if TYPE_CHECKING:
    from xueji_lib.casebook.cases import Case
    from xueji_lib.casebook.letter_corrections import Correction
    from xueji_lib.casebook.log.book import Casebook
    from xueji_lib.casebook.log.events import Event
    from xueji_lib.casebook.signoff import Signed
    from xueji_lib.casebook.standing_cases import Besides
    from xueji_lib.casebook.workplace import Workplace
    from xueji_lib.register.policy import Policy

_SETTLED_MEASURES: Final = ("", CaseState.CONFLICT, "暂不处理")


def snapshot(workplace: Workplace, answer: Results) -> dict[str, CaseStates]:
    """What people have decided, by school, as of the answer's day; also kept beside the answer (``from_snapshot``).

    Schools that nobody has looked at are left out. Raises StoreError where the casebook cannot be read.
    """
    by_school = of_county(workplace, answer)
    folder = answer.folder / "states"
    for school, states in by_school.items():
        put_file(folder / f"{school}.json", json.dumps(asdict(states), ensure_ascii=False, sort_keys=True))
    for old in folder.glob("*.json"):
        if old.stem not in by_school:
            old.unlink(missing_ok=True)
    return by_school


def of_county(workplace: Workplace, answer: Results) -> dict[str, CaseStates]:
    """What ``snapshot`` gives, kept nowhere."""
    has_casebook = workplace.casebook_url or (workplace.store.root / "casebook").is_dir()
    return _read(workplace, answer) if has_casebook else {}


def of_school(book: Casebook, answer: Results, school_id: str, today: dt.date) -> CaseStates:
    """One school's decisions as they are in the casebook now."""
    from xueji_lib import local_rules
    from xueji_lib.casebook import cases, letter_corrections
    from xueji_lib.casebook.standing_cases import Besides
    from xueji_lib.register.policy import Policy

    questions = [question.id for question in local_rules.catalogue(answer.edition).questions]
    school_cases = cases.of_school(book, school_id, today)
    to_correct = {school_id: letter_corrections.of_school(book, school_id, school_cases)}
    states_now = _States(book, answer, questions, Policy.load(answer.edition), to_correct, Besides(answer))
    return states_now.of_school(school_id, school_cases)


def from_snapshot(answer: Results, school_id: str) -> CaseStates:
    """A school's decisions as ``snapshot`` stored them; ``NOBODY`` where it stored none."""
    try:
        raw: Any = json.loads((answer.folder / "states" / f"{school_id}.json").read_text("utf-8"))
    except OSError:
        return NOBODY
    return CaseStates(
        {key: FindingState(**value) for key, value in raw["findings"].items()},
        {key: AnswerOnPaper(**value) for key, value in raw["answers"].items()},
        tuple(SignOff(**value) for value in raw["sign_offs"]),
        tuple(Measure(**value) for value in raw["measures"]),
        tuple(raw.get("besides", ())),
        tuple(
            CorrectionOnPaper(**{**value, "letters": tuple(value["letters"])}) for value in raw.get("corrections", ())
        ),
    )


def mark(states: CaseStates | None) -> str:
    """The decisions as text, to tell whether they changed; "" where nobody has looked."""
    return "" if states is None else json.dumps(asdict(states), ensure_ascii=False, sort_keys=True)


def _read(workplace: Workplace, answer: Results) -> dict[str, CaseStates]:
    from xueji_lib import local_rules  # sqlalchemy and the catalogue: only where there is a casebook
    from xueji_lib.casebook import cases, letter_corrections
    from xueji_lib.casebook.log.book import stored
    from xueji_lib.casebook.log.events import PREPARES
    from xueji_lib.casebook.standing_cases import Besides
    from xueji_lib.register.policy import Policy

    policy = Policy.load(answer.edition)
    questions = [question.id for question in local_rules.catalogue(answer.edition).questions]
    with workplace.open_casebook() as book:
        by_school: dict[str, list[Case]] = {}
        for case in cases.of_county(book, answer.as_of):
            by_school.setdefault(case.sighting.school_id, []).append(case)
        corrections = letter_corrections.of_county(book, by_school)
        states_now = _States(book, answer, questions, policy, corrections, Besides(answer))
        busy = {
            school
            for school, school_cases in by_school.items()
            if any(case.is_decided for case in school_cases) or states_now.besides.of(school_cases)
        }
        with book.reading() as connection:
            events = stored(connection, term=answer.term_id)
            busy |= {event.school_id for event in events if event.kind not in PREPARES}
        states_by_school = {
            school: states_now.of_school(school, by_school.get(school, []))
            for school in answer.schools["school_id"]
            if school in busy
        }
    return {school: states for school, states in states_by_school.items() if states != NOBODY}


@dataclass(frozen=True)
class _States:
    """Reads what people decided about schools from an open casebook, as of the day of the results."""

    book: Casebook
    answer: Results
    questions: list[str]
    policy: Policy
    corrections: Mapping[str, Sequence[Correction]]
    besides: Besides

    def of_school(self, school: str, school_cases: list[Case]) -> CaseStates:
        """One school's decisions; ``school_cases``: its findings' cases."""
        from xueji_lib.casebook import measures, on_site_answers, signoff
        from xueji_lib.casebook.log.events import PREPARES

        school_cases = [case for case in school_cases if not case.awaits_school]  # no finding so far
        decided = {case.id: _state(case.state, case.body, case.due) for case in school_cases if case.is_decided}
        besides = tuple(dict(case.finding) for case in self.besides.of(school_cases))
        stored_events = self.book.events(school, self.answer.term_id)
        events = [event for event in stored_events if event.kind not in PREPARES]
        if not decided and not besides and not events:
            return NOBODY
        school_answers = on_site_answers.of_school(self.book, school, self.answer.term_id, self.questions)
        on_paper = {
            key: AnswerOnPaper(value.value, mask_text(value.note))
            for key, value in school_answers.items()
            if value.value
        }
        signed = signoff.of_events([event for event in events if event.kind == "signoff"])
        sign_offs = tuple(self._sign_offs(signed, events)) if signed.state != signoff.OPEN else ()
        decision = measures.decision(self.book, school, self.answer.term_id)
        suggestion = measures.suggest(school_cases, self.policy, self.answer.as_of)
        school_measures: tuple[Measure, ...] = ()
        if decision.measure not in _SETTLED_MEASURES:
            school_measures = (Measure(decision.measure, mask_text(decision.note or decision.suggested), decided=True),)
        elif not decision.measure and suggestion.measure not in _SETTLED_MEASURES:
            school_measures = (Measure(suggestion.measure, "；".join(suggestion.reasons)),)
        to_correct = tuple(_correction(correction) for correction in self.corrections.get(school, ()))
        return CaseStates(decided, on_paper, sign_offs, school_measures, besides, to_correct)

    def _sign_offs(self, signed: Signed, events: Sequence[Event]) -> Iterator[SignOff]:
        from xueji_lib.casebook.log import key_signatures, trail

        steps = [event for event in signed.history if event.body["step"] != "reopen"]
        keys = {
            str(event.body["signs"]): key_signatures.fingerprint(str(event.body["public"]))
            for event in events
            if event.kind == key_signatures.KIND
        }
        with self.book.reading() as connection:
            anchors = trail.anchors(connection, [event.id for event in steps])
        for event in steps:
            entry, check_value = anchors.get(event.id, (0, ""))
            role = {"sign": "督查人员", "countersign": "负责人"}[str(event.body["step"])]
            yield SignOff(role, event.who, event.at[:10], entry, check_value[: trail.PRINTED], keys.get(event.id, ""))


def _correction(correction: Correction) -> CorrectionOnPaper:
    case, finding = correction.case, correction.case.finding
    letters = tuple(letter.named for letter in correction.letters)
    note = mask_text(str(case.body.get("note", "")))
    about = (case.id, finding["title"], finding["grade"], finding["class"], finding["student"])
    return CorrectionOnPaper(*about, letters, case.state, note, correction.sent)


def _state(state: str, body: Mapping[str, Any], due: str) -> FindingState:
    reported = state in (CaseState.REPORTED, CaseState.NOT_ACCEPTED, CaseState.CLOSED)
    texts = {name: mask_text(str(body.get(name, ""))) for name in ("note", "person", "done")}
    measure = texts["note"] if state == CaseState.REPORTED else ""
    return FindingState(
        state, texts["note"], due, measure, texts["person"] if reported else "", texts["done"] if reported else ""
    )
