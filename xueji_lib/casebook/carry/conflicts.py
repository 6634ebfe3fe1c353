"""What people who were apart decided otherwise than one another, in sentences, for a person to settle."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection

from xueji_lib.casebook.cases import case_of
from xueji_lib.casebook.log.book import stored
from xueji_lib.casebook.log.events import Event, heads
from xueji_lib.casebook.log.renamed import every_id
from xueji_lib.casebook.sightings import sightings
from xueji_lib.register import labels
from xueji_lib.register.vocabulary import CaseState

_ESSENTIAL: Final = (
    *("to", "value", "absent", "missed", "unexamined", "extra", "decision", "step", "seed", "items"),
    *("title", "what", "severity", "clause", "due", "pupils", "withdrawn", "way"),
)
"""What of events' bodies people may differ in."""


def conflicts(connection: Connection, schools: Sequence[str], touched: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """One Chinese sentence for every subject on which people now differ."""
    names = {sighting.finding_id: sighting for school in schools for sighting in sightings(connection, school)}
    sentences = []
    for kind, subject in touched:
        subjects = every_id(connection, kind, subject)
        subject, events = subjects[0], stored(connection, kinds=(kind,), subjects=subjects)
        last = heads(events)
        if len(last) < 2 or kind in ("evidence", "signoff"):
            continue
        about = subject
        if kind == "finding" and subject in names:
            sighting = names[subject]
            if case_of(sighting, events, _long_ago(events)).state != CaseState.CONFLICT:
                continue
            who = sighting.finding["student"] or labels.class_label(
                sighting.finding["grade"], sighting.finding["class"]
            )
            about = f"{sighting.finding['school']} {sighting.finding['title']} {who}".strip()
        elif len({_essence(event) for event in last}) == 1:
            continue
        elif kind == "on_site" and subject in names:
            about = f"{names[subject].finding['school']} 现场发现 {names[subject].finding['title']}"
        views = "；".join(f"{event.who}：{_word(event)}" for event in last)
        sentences.append(f"{about}（{views}）")
    return tuple(sentences)


def _long_ago(events: Sequence[Event]) -> dt.date:
    return min(dt.datetime.fromisoformat(event.at) for event in events).date()


def _essence(event: Event) -> str:
    return str({name: event.body.get(name) for name in _ESSENTIAL})


def _word(event: Event) -> str:
    if event.kind == "on_site":
        return "撤回" if event.body["withdrawn"] else f"{event.body['severity']}，{event.body['what']}"
    told = (event.body.get(name) for name in ("to", "value", "decision", "way"))
    return str(next(filter(None, told), "") or labels.moment(event.at))
