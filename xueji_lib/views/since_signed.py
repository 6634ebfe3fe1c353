"""What changed at a school since it was signed last: findings that are new, gone (and why), of another nature or
severity, and those that the last check could not look for.

Who was there is told by the casebook (what was signed, what the machine has seen since); what was another nature then,
by the answer of that day, where it is still kept.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import select

from xueji_lib import local_rules
from xueji_lib.casebook import cases, states
from xueji_lib.casebook.cases import CHANGED, Case
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log.book import Casebook, stored
from xueji_lib.casebook.log.events import Event
from xueji_lib.casebook.log.renamed import current_ids
from xueji_lib.casebook.log.tables import RUNS
from xueji_lib.casebook.sightings import MACHINE
from xueji_lib.judge import shelf
from xueji_lib.judge.comparison import Side, compared
from xueji_lib.judge.results import School
from xueji_lib.register import labels, schema
from xueji_lib.register.vocabulary import CaseState
from xueji_lib.store import Store
from xueji_lib.support.errors import StoreError, UsageError

_RECTIFIED: Final[Mapping[str, str]] = {
    CaseState.CLOSED: "已整改，复核销号",
    CaseState.REPORTED: "学校已报整改，复查未再发现，待销号",
    CaseState.CONFIRMED: "属实，复查未再发现，待销号",
    CaseState.NOTIFIED: "属实，复查未再发现，待销号",
    CaseState.NOT_ACCEPTED: "属实，复查未再发现，待销号",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One finding, and what became of it: a Chinese sentence."""

    case: Case
    what: str


@dataclass(frozen=True, slots=True)
class SinceSigned:
    """``who`` signed, ``at`` (UTC, ISO) and in which ``term``; ``checked``: the day of the last check before, "" where
    that is not known; ``again``: whether a check entered since. ``replaced``: tables taken in since: header and day."""

    who: str
    at: str
    term: str
    checked: str
    again: bool
    new: Sequence[Difference] = ()
    gone: Sequence[Difference] = ()
    changed: Sequence[Difference] = ()
    unlooked: Sequence[Difference] = ()
    replaced: Mapping[str, str] = field(default_factory=dict)
    nature_known: bool = True

    @property
    def differs(self) -> bool:
        """Whether anything is to be told."""
        return bool(self.new or self.gone or self.changed or self.unlooked)


@dataclass(frozen=True, slots=True)
class _Signature:
    """``known``: ids that the casebook knew then, None where that was not noted (0.1.0); ``gone``: those that were not
    found any more, None where that was not noted. ``run``: term, day and fingerprint of the last check before."""

    event: Event
    known: frozenset[str] | None
    gone: frozenset[str] | None
    run: tuple[str, str, str]
    again: bool


def since_signed(desk: Desk, school: School) -> SinceSigned | None:
    """None for a school that was never signed, and where the signature did not note what was known. ``school``: its
    part of the answer that the page shows."""
    signature = _signature(desk.book, school.id)
    if signature is None or signature.known is None:
        return None
    at, (run_term, run_day, _) = signature.event.at, signature.run
    known_cases = [one for one in cases.of_school(desk.book, school.id, desk.today) if not one.awaits_school]
    replaced = _replaced(desk.store, desk.term, school.id, at)
    before = [one for one in known_cases if one.id in signature.known]
    gone = [one for one in before if _is_gone(one, signature)]
    reasons = _Reasons(school, replaced, other_term=run_term != desk.term)
    then = _answer_then(desk.store, signature.run, school.id)
    listed = frozenset(school.findings["finding_id"])
    return SinceSigned(
        signature.event.who, at, signature.event.term, run_day, signature.again,
        new=[
            Difference(one, "" if one.id not in signature.known else "签署时已经不见，又查出")
            for one in known_cases
            if one.sighting.present and (one.id not in signature.known or one.id in (signature.gone or ()))
        ],
        gone=[Difference(one, reasons.gone(one)) for one in gone],
        changed=_changed(before, then, school),
        unlooked=[] if school.look else [
            Difference(one, reasons.not_looked(one))
            for one in before
            if one.sighting.present and one.sighting.origin == MACHINE and one.id not in listed
            and one.state not in states.CLOSED
        ],
        replaced=replaced,
        nature_known=then is not None,
    )  # fmt: skip


def _signature(book: Casebook, school_id: str) -> _Signature | None:
    with book.reading() as connection:
        signed = [e for e in stored(connection, school_id=school_id, kinds=("signoff",)) if e.body["step"] == "sign"]
        if not signed:
            return None
        last = max(signed, key=lambda event: event.at)
        renamed = current_ids(connection, school_id)
        runs = connection.execute(select(RUNS).order_by(RUNS.c.n)).mappings().all()
    before = [run for run in runs if run["at"] <= last.at]
    run = (before[-1]["term"], before[-1]["as_of"], before[-1]["fingerprint"]) if before else ("", "", "")
    known, gone = _noted(last, "findings", renamed), _noted(last, "gone", renamed)
    return _Signature(last, known, gone, run, len(before) < len(runs))


def _noted(event: Event, name: str, renamed: Mapping[str, str]) -> frozenset[str] | None:
    """The finding ids that a signature noted, as they are called today; None where it noted none (0.1.0)."""
    ids = event.body.get(name)
    return None if ids is None else frozenset(renamed.get(str(key), str(key)) for key in ids)


def _is_gone(case: Case, signature: _Signature) -> bool:
    seen = case.sighting
    if seen.present:
        return False
    if signature.gone is not None:
        return case.id not in signature.gone
    return bool(signature.run[1]) and seen.gone_at > signature.run[1]


def _changed(before: Sequence[Case], then: School | None, school: School) -> list[Difference]:
    """Of those that stand: another nature or severity than then, or evidence that changed after somebody decided."""
    notes: dict[str, str] = {}
    if then is not None:
        difference = compared(Side("", then.findings), Side("", school.findings)).changed
        notes = dict(zip(difference["finding_id"], difference["note"], strict=True))
    marked = {one.id: "认定以后证据变了" for one in before if CHANGED in one.marks}
    standing = (one for one in before if one.sighting.present)
    told = ((one, "；".join(filter(None, (notes.get(one.id), marked.get(one.id))))) for one in standing)
    return [Difference(one, what) for one, what in told if what]


def _answer_then(store: Store, run: tuple[str, str, str], school_id: str) -> School | None:
    """The school's part of the answer that was signed, None where that is not kept any more."""
    term, day, fingerprint = run
    for answer in shelf.days(store, term) if term else ():
        if answer.as_of.isoformat() == day and answer.fingerprint == fingerprint:
            try:
                return answer.school(school_id)
            except (StoreError, UsageError):
                return None
    return None


def _replaced(store: Store, term: str, school_id: str, since: str) -> dict[str, str]:
    """Table → the day (10月8日) on which the school's rows of it were taken in last, of those after ``since``. In a
    part of a store nothing is known of it."""
    days: dict[str, str] = {}
    start = dt.datetime.fromisoformat(since).astimezone()
    for intake in store.history(term):
        try:
            taken = dt.datetime.fromisoformat(intake.time).astimezone()
        except ValueError:  # a part has no times
            continue
        if taken > start:
            tables = [change.table for change in intake.changes if change.school_id == school_id]
            days |= dict.fromkeys(tables, f"{taken.month}月{taken.day}日")
    return days


class _Reasons:
    """Says of a finding why it is not found any more. ``replaced``: as ``_replaced`` gives it; ``other_term``: it was
    signed in an earlier term."""

    def __init__(self, school: School, replaced: Mapping[str, str], *, other_term: bool) -> None:
        self._replaced, self._other_term = replaced, other_term
        self._entries = local_rules.catalogue(school.edition).entries
        rows = school.coverage
        answers = zip(rows["rule_id"].map(str), rows["status"].map(str), rows["reason"].map(labels.text), strict=True)
        self._answers = {rule: (status, reason) for rule, status, reason in answers}

    def gone(self, case: Case) -> str:
        """Why a check that was made does not find it."""
        if case.state in _RECTIFIED:
            return _RECTIFIED[case.state]
        decided = f"（已认定{case.state}）" if case.state in states.CLOSED else ""
        entry = self._entries.get(case.finding["rule_id"])
        needs = entry.needs if entry is not None else tuple(self._replaced)
        tables = [
            f"{schema.TABLES[name].header}（{self._replaced[name]}收）" for name in needs if name in self._replaced
        ]
        if tables:
            return f"换过{'、'.join(tables)}，未再发现{decided}"
        if self._other_term:
            return f"按本学期的数据未再发现{decided}"
        return f"未再发现{decided}；它用的表本校没有换过"

    def not_looked(self, case: Case) -> str:
        """Why no check could look for it."""
        status, reason = self._answers.get(case.finding["rule_id"], ("", ""))
        if not status:
            return "现在的目录没有这条检查，不再判；没有销号"
        return f"这次{status}{'：' + reason if reason else ''}；没有销号"
