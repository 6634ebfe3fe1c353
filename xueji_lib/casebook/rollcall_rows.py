"""Roll-calls as rows of the store, beside the school's headcount: what the rules read (``county.onsite``)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from xueji_lib.casebook.log.events import Event
from xueji_lib.casebook.roster import own_headcount, records
from xueji_lib.register import labels
from xueji_lib.register.vocabulary import Presence, Situation
from xueji_lib.store import Store

FILE: Final = "现场点名"
_SAYS: Final = ("name", "id_number", "register_no", "presence")
_NO_COLUMNS: Final = ("ref", "reason", "number", "origin")


def rows_of_rollcalls(events: Sequence[Event], store: Store, school_id: str, term: str) -> list[dict[str, Any]]:
    """Rows of the table ``rollcalls``. ``events``: the newest of every class and day of a school.

    What an inspector saw as the school itself reports it is left out: the school's own row says so, with its own date.
    """
    reported = _reported(store, school_id, term)
    otherwise: set[str] = set()
    rows = []
    for event in sorted(events, key=lambda event: str(event.body["day"])):
        for ref, row in _rows(event, school_id):
            if ref and ref not in otherwise and _says(row) in reported:
                continue
            otherwise.add(ref)  # from here on the last roll-call counts, whatever it says
            rows.append(row)
    return rows


def _says(row: Mapping[Any, Any]) -> tuple[str, ...]:
    """Who it is, and what is said of him; 情形 that was left blank is 其他."""
    texts = [labels.text(row.get(name)) for name in (*_SAYS, "grade", "class_no")]
    return (*texts, labels.text(row.get("situation")) or Situation.OTHER)


def _reported(store: Store, school_id: str, term: str) -> set[tuple[str, ...]]:
    """What the rows of the school's own headcount say."""
    return {_says(row) for row in records(own_headcount(store, term, school_id))}


def _rows(event: Event, school_id: str) -> list[tuple[str, dict[str, Any]]]:
    """The roll-call as (ref, row of the table ``rollcalls``); a ref is "" for who was on no list."""
    body = event.body
    day = dt.datetime.fromisoformat(str(body["day"]))
    common = {"school_id": school_id, "grade": int(body["grade"]), "class_no": int(body["class_no"])}
    common |= {"check_date": day, "checker": event.who}
    present_rows = [{**person, "presence": Presence.PRESENT} for person in [*body["present"], *body.get("met", ())]]
    absent_rows = [
        {**person, "presence": Presence.ABSENT, "situation": person.get("situation", person["reason"])}
        for person in body["absent"]
    ]
    extra_rows = [
        {**person, "presence": Presence.PRESENT, "id_number": person["number"], "whereabouts": person["origin"]}
        for person in body["extra"]
    ]
    return [
        (str(row.get("ref", "")), common | {n: value for n, value in row.items() if value and n not in _NO_COLUMNS})
        for row in (*present_rows, *absent_rows, *extra_rows)
    ]
