"""逐一说明: what a school says of each student who is registered and absent, or present and not registered.

An explanation is an event; ``rules_input`` writes them into the store beside the headcount, where R711 counts them.
Source: notice 二(一) 学校要逐一作出说明.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from xueji_lib.casebook.cases import may_touch
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log.book import Casebook, Deed
from xueji_lib.casebook.log.events import Event, head_ids, heads
from xueji_lib.casebook.states import NOTE_LIMIT
from xueji_lib.county import check_numbers
from xueji_lib.county.departures import split
from xueji_lib.county.kleene import yes
from xueji_lib.county.onsite import additions, as_seen, with_annex1
from xueji_lib.county.reconcile import Reconciled
from xueji_lib.county.registry import Registry
from xueji_lib.county.rows import Rows
from xueji_lib.register import identity, labels, schema
from xueji_lib.register.vocabulary import EXCUSED
from xueji_lib.store import Store, check_key, empty
from xueji_lib.support.errors import UsageError

ABSENT: Final = "在籍不在校"
UNREGISTERED: Final = "在校不在籍"
_SAYS: Final = {"note": "school_note", "measure": "measure"}
"""What an explanation says → the column of the headcount that says it."""
_WORDS: Final = {"note": "说明", "measure": "措施"}
_ANNEX: Final = "annex1:"


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One mismatched student. ``note`` and ``measure``: what the school says: in its headcount, else written here (then
    with ``who`` and ``at``), else in its 附件1. ``by_headcount``: which of them the headcount says, so that what is
    written here cannot change it. ``needed``: an explanation is due and there is none."""

    ref: str
    kind: str
    name: str
    grade: int | None
    class_no: int | None
    number_masked: str
    situation: str
    note: str
    measure: str
    needed: bool
    who: str
    at: str
    seen: tuple[str, ...]
    by_headcount: tuple[str, ...] = ()


def mismatches(book: Casebook, store: Store, school_id: str, term: str) -> list[Mismatch]:
    """The school's mismatched students, by kind, class and name, from the headcount as it is after roll-calls."""
    about: dict[str, list[Event]] = {}
    for event in book.events(school_id, term, ("explanation",)):
        about.setdefault(event.subject, []).append(event)
    result = []
    for kind, row in _rows(store, school_id, term):
        ref = _ref(book, school_id, row)
        events = about.get(_subject(term, school_id, ref), [])
        last = heads(events)[-1] if events else None
        note, measure = (
            labels.text(row[name]) or (last.body[said] if last else "") or labels.text(row[f"{_ANNEX}{name}"])
            for said, name in _SAYS.items()
        )
        by_headcount = tuple(said for said, name in _SAYS.items() if labels.text(row[name]))
        situation = labels.text(row["situation"])
        result.append(
            Mismatch(
                ref, kind, labels.text(row["name"]), _int(row["grade"]), _int(row["class_no"]),
                identity.mask_id(labels.text(row["id_number"]) or labels.text(row["register_no"])), situation, note,
                measure, not note and situation not in EXCUSED, last.who if last else "", last.at if last else "",
                head_ids(events), by_headcount,
            )
        )  # fmt: skip
    return sorted(result, key=lambda m: (m.kind, m.grade or 99, m.class_no or 999, m.name, m.ref))


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a school says of one student: why (学校说明; "" takes it back), and what it does about it (整改措施)."""

    note: str
    measure: str = ""


def explain(
    desk: Desk, school_id: str, ref: str, explanation: Explanation, *, seen: Sequence[str] | None = None
) -> Mismatch:
    """Record a school's explanation; returns the student's entry as it is now. ``ref``: ``Mismatch.ref``.

    Raises Conflict, UsageError, StoreError.
    """
    return explain_many(desk, school_id, {ref: seen}, explanation)[0]


def explain_many(
    desk: Desk, school_id: str, chosen: Mapping[str, Sequence[str] | None], explanation: Explanation
) -> list[Mismatch]:
    """Record the same explanation of each of these students (ref → events seen), all or none; returns their entries as
    they are now. Raises Conflict, UsageError, StoreError."""
    book, store, term = desk.book, desk.store, desk.term
    note, measure = explanation.note, explanation.measure
    may_touch(desk.actor, school_id)
    if not isinstance(note, str) or not isinstance(measure, str) or max(len(note), len(measure)) > NOTE_LIMIT:
        raise UsageError(f"说明和措施各最多 {NOTE_LIMIT} 字")
    rows = {_ref(book, school_id, row): row for _, row in _rows(store, school_id, term)}
    if set(chosen) - set(rows):
        raise UsageError("这名学生不在本校人籍不一致的名单里了。请刷新再看")
    deeds = []
    for ref, seen in chosen.items():
        row = rows[ref]
        whose = f"{labels.text(row['name'])}：" if len(chosen) > 1 else ""
        for said, written in (("note", note), ("measure", measure)):
            reported = labels.text(row[_SAYS[said]])
            if reported and written.strip() not in ("", reported):
                raise UsageError(f"{whose}核对表里写的{_WORDS[said]}是“{reported}”，以核对表为准。要改，更正核对表交回")
        person = {name: labels.text(row[name]) for name in ("name", "id_number", "register_no")}
        class_fields = {name: _int(row[name]) for name in ("grade", "class_no")}
        body = {"ref": ref, **person, **class_fields, "note": note.strip(), "measure": measure.strip()}
        deeds.append(Deed("explanation", _subject(term, school_id, ref), school_id, term, "逐一说明", body, seen))
    with book.writing() as connection:
        for deed in deeds:
            book.put(connection, desk.actor, deed)
    return [mismatch for mismatch in mismatches(book, store, school_id, term) if mismatch.ref in chosen]


def _rows(store: Store, school_id: str, term: str) -> list[tuple[str, dict[Any, Any]]]:
    """The mismatched students of one school as (kind, headcount row); matching never looks beyond the school."""
    if not store.has(term, "register"):
        return []
    ids = pd.Index([school_id], dtype=object)
    own = (
        store.read(term, "headcount", schools=[school_id]) if store.has(term, "headcount") else empty(schema.HEADCOUNT)
    )
    registry = Registry(Rows(schema.REGISTER, split(store.read(term, "register", schools=[school_id]))[0], ids))
    keys = check_key.keys(store.root, [school_id])
    counted = Rows(schema.HEADCOUNT, own, ids)
    reported = Reconciled(registry, counted, surest=check_numbers.pairs(registry, counted, keys))
    added = additions(store, term, None, [school_id])
    rolls = {table: rows for table, rows in added.items() if table == schema.ROLLCALLS.id}
    headcount = as_seen(reported, rolls).headcount
    seen = Rows(schema.HEADCOUNT, headcount, ids)
    reconciled = Reconciled(registry, seen, surest=check_numbers.pairs(registry, seen, keys))
    headcount_rows, register_rows, is_absent = reconciled.absences
    surely = yes(is_absent)
    absent = dict(zip(register_rows[surely].tolist(), headcount_rows[surely].tolist(), strict=True))
    annexed = with_annex1(headcount, added.get(schema.ANNEX1.id, headcount.iloc[:0]))
    headcount = headcount.assign(**{f"{_ANNEX}{name}": annexed[name] for name in _SAYS.values()})
    records = headcount.astype(object).where(headcount.notna(), None).to_dict("records")
    listed = [(ABSENT, records[row_index]) for row_index in absent.values()]
    return listed + [
        (UNREGISTERED, records[row_index])
        for row_index in np.flatnonzero(yes(reconciled.present_unregistered)).tolist()
    ]


def _ref(book: Casebook, school_id: str, row: dict[Any, Any]) -> str:
    parts = [labels.text(row[name]) for name in ("id_number", "register_no", "name", "grade", "class_no")]
    who = parts[0] or parts[1] or "/".join(parts[2:])
    return hmac.new(book.salt, f"{school_id}|说明|{who}".encode(), "sha256").hexdigest()[:16]


def _int(value: Any) -> int | None:
    return None if labels.is_blank(value) else int(value)


def _subject(term: str, school_id: str, ref: str) -> str:
    return f"{term}/{school_id}/{ref}"
