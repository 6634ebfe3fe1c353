"""What follows from a roll-call: which findings it changes, and what waits for the school's word."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from xueji_lib.casebook.false_report import Compared, keep
from xueji_lib.casebook.judging import enter, one_at_a_time
from xueji_lib.casebook.log import trail
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.rollcall import RollCall
from xueji_lib.casebook.seen_on_site import add_awaiting
from xueji_lib.casebook.sightings import MACHINE
from xueji_lib.judge import shelf
from xueji_lib.judge.results import School, plain
from xueji_lib.register import labels
from xueji_lib.store import Store


@dataclass(frozen=True, slots=True)
class Delta:
    """The school's findings that are new and those that are gone, and what waits for the school's word, as (finding_id,
    title, student or class). ``later``: the roll-call's day where that is after the day of the check: it says nothing
    about findings so far."""

    new: tuple[tuple[str, str, str], ...]
    gone: tuple[tuple[str, str, str], ...]
    awaiting: tuple[tuple[str, str, str], ...] = ()
    later: str = ""


def settle(book: Casebook, store: Store, school: School, roll: RollCall) -> tuple[Compared, Delta]:
    """After a roll-call was saved: keep a finding of violation 2 where the school's report does not hold, judge anew,
    and say what changed. ``school``: the answer before the roll-call."""
    compared = keep(book, store, school, roll)
    return compared, rejudged(book, store, school, roll.day)[0]


def rejudged(book: Casebook, store: Store, school: School, day: dt.date) -> tuple[Delta, School]:
    """What changed in the school's findings since ``school`` was judged, and its results now; ``day``: the roll-call's.
    Takes seconds in a large county.

    Findings stand as of the day of the check; what a roll-call of a later day brought to light waits for the school
    already.
    """
    now_school = _judged(book, store, school)
    after, before = now_school.findings, school.findings
    if store.is_part:
        from xueji_lib.judge.checks import Checks  # only here, as in _judged
        from xueji_lib.judge.shared_centre import share_centre

        in_group = share_centre(store, school.term_id, {school.id})
        beyond = Checks.load(school.edition).beyond_the_school(in_group=in_group)
        after, before = (frame[~frame["rule_id"].isin(beyond)] for frame in (after, before))
    now, then = ({str(row["finding_id"]): row for row in frame.to_dict("records")} for frame in (after, before))
    new = [now[key] for key in now.keys() - then.keys()]
    gone = [then[key] for key in then.keys() - now.keys()]
    awaiting = _awaiting(book, store, now_school, day)
    later = day.isoformat() if day > school.as_of else ""
    return Delta(_named(new), _named(gone), awaiting, later), now_school


def _awaiting(book: Casebook, store: Store, school: School, day: dt.date) -> tuple[tuple[str, str, str], ...]:
    """What of a roll-call waits for the school's word; it is entered where no check does that: on a later day than the
    school was judged for, and on a part of a county."""
    frame = school.awaiting
    if day > school.as_of or store.is_part:
        from xueji_lib.judge import engine  # only here, as in _judged

        inspection = replace(school.inspection, as_of=max(day, school.as_of))
        frame = engine.check(store, inspection, school=school.id).awaiting
        with book.writing() as connection:
            add_awaiting(connection, plain("awaiting", frame), school.term_id, inspection.as_of)
            trail.add(connection, book.now(), MACHINE, "现场发现", school.id, detail={"awaiting": len(frame)})
    since = frame[frame["found_on"] == day.isoformat()]
    return _named(since.to_dict("records"))


def _judged(book: Casebook, store: Store, school: School) -> School:
    """The school's results by today's data. On a part of a county they are not kept: checks that look at other schools
    wait for the whole county."""
    if store.is_part:
        from xueji_lib.judge import engine  # only here: a page that judges nothing opens faster without

        findings = engine.check(store, school.inspection, school=school.id).findings
        return replace(school, findings=findings)
    with one_at_a_time(store):
        answer = shelf.obtain(store, school.inspection)
        enter(book, store, answer)
        return answer.school(school.id)


def _named(rows: Iterable[Mapping[object, object]]) -> tuple[tuple[str, str, str], ...]:
    named = []
    for row in rows:
        who = labels.text(row["student"]) or labels.class_label(row["grade"], row["class"])
        named.append((str(row["finding_id"]), str(row["title"]), who))
    return tuple(sorted(named, key=lambda row: (row[0].split("-")[0], row[2], row[0])))
