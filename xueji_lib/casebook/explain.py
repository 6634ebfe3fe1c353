"""逐一说明: a school's word on every student who is registered and not there, or there and not registered.

An explanation is an event; ``bring.into_store`` puts them beside the headcount, where R711 counts them.
Source: notice 二(一) 学校要逐一作出说明.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from xueji_lib.casebook.book import Casebook
from xueji_lib.casebook.cases import may_touch
from xueji_lib.casebook.events import Actor, Event, head_ids, heads
from xueji_lib.casebook.states import NOTE_LIMIT
from xueji_lib.county.cells import yes
from xueji_lib.county.onsite import seen_on_site
from xueji_lib.county.reconcile import Reconciled
from xueji_lib.county.registry import Registry
from xueji_lib.county.rows import Rows
from xueji_lib.register import identity, labels, schema
from xueji_lib.store import Store
from xueji_lib.support.errors import UsageError

ABSENT: Final = "在籍不在校"
UNREGISTERED: Final = "在校不在籍"
EXCUSED: Final = ("休学", "请假", "特教就读")
"""情形 that need no explanation (R711)."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One student. ``note`` and ``measure``: what the school says, from its headcount or written here (then with
    ``who`` and ``at``). ``needed``: an explanation is due and there is none."""

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


def mismatches(book: Casebook, store: Store, school_id: str, term: str) -> list[Mismatch]:
    """The school's, by class and name; as the headcount stands after roll-calls."""
    about: dict[str, list[Event]] = {}
    for event in book.events(school_id, term, ("explanation",)):
        about.setdefault(event.subject, []).append(event)
    result = []
    for kind, row in _rows(store, school_id, term):
        ref = _ref(book, school_id, row)
        events = about.get(_subject(term, school_id, ref), [])
        last = heads(events)[-1] if events else None
        note = last.body["note"] if last else labels.text(row["school_note"])
        measure = last.body["measure"] if last else labels.text(row["measure"])
        situation = labels.text(row["situation"])
        result.append(
            Mismatch(
                ref, kind, labels.text(row["name"]), _int(row["grade"]), _int(row["class_no"]),
                identity.mask_id(labels.text(row["id_number"]) or labels.text(row["register_no"])), situation, note,
                measure, not note and situation not in EXCUSED, last.who if last else "", last.at if last else "",
                head_ids(events),
            )
        )  # fmt: skip
    return sorted(result, key=lambda one: (one.kind, one.grade or 99, one.class_no or 999, one.name, one.ref))


def explain(
    book: Casebook,
    store: Store,
    actor: Actor,
    school_id: str,
    term: str,
    ref: str,
    note: str,
    measure: str = "",
    *,
    seen: Sequence[str] | None = None,
) -> Mismatch:
    """Say why; an empty ``note`` takes it back. Raises Conflict, UsageError, StoreError."""
    may_touch(actor, school_id)
    if not isinstance(note, str) or not isinstance(measure, str) or max(len(note), len(measure)) > NOTE_LIMIT:
        raise UsageError(f"说明和措施各最多 {NOTE_LIMIT} 字")
    row = next((row for _, row in _rows(store, school_id, term) if _ref(book, school_id, row) == ref), None)
    if row is None:
        raise UsageError("这名学生不在本校人籍不一致的名单里了。请刷新再看")
    person = {name: labels.text(row[name]) for name in ("name", "id_number", "register_no")}
    place = {name: _int(row[name]) for name in ("grade", "class_no")}
    with book.writing() as connection:
        book.put(
            connection, actor, "explanation", _subject(term, school_id, ref), action="逐一说明",
            body={"ref": ref, **person, **place, "note": note.strip(), "measure": measure.strip()},
            school_id=school_id, term=term, seen=seen,
        )  # fmt: skip
    return next(one for one in mismatches(book, store, school_id, term) if one.ref == ref)


def _rows(store: Store, school_id: str, term: str) -> list[tuple[str, dict[Any, Any]]]:
    """(kind, the headcount row that says so), of one school: matching never looks beyond it."""
    headcount = seen_on_site(store.read(term, "headcount", schools=[school_id]), store, term, [school_id])
    if headcount is None or headcount.empty or not store.has(term, "register"):
        return []
    register = store.read(term, "register", schools=[school_id])
    ids = pd.Index([school_id], dtype=object)
    found = Reconciled(Registry(Rows(schema.REGISTER, register, ids)), Rows(schema.HEADCOUNT, headcount, ids))
    left, right = found.absent_pairs
    surely = yes(found.registered_absent)[right] & yes(~found.present)[left]
    absent = dict(zip(right[surely].tolist(), left[surely].tolist(), strict=True))
    records = headcount.astype(object).where(headcount.notna(), None).to_dict("records")
    listed = [(ABSENT, records[place]) for place in absent.values()]
    return listed + [
        (UNREGISTERED, records[place]) for place in np.flatnonzero(yes(found.present_unregistered)).tolist()
    ]


def _ref(book: Casebook, school_id: str, row: dict[Any, Any]) -> str:
    parts = [labels.text(row[name]) for name in ("id_number", "register_no", "name", "grade", "class_no")]
    who = parts[0] or parts[1] or "/".join(parts[2:])
    return hmac.new(book.salt, f"{school_id}|说明|{who}".encode(), "sha256").hexdigest()[:16]


def _int(value: Any) -> int | None:
    return None if labels.is_blank(value) else int(value)


def _subject(term: str, school_id: str, ref: str) -> str:
    return f"{term}/{school_id}/{ref}"
