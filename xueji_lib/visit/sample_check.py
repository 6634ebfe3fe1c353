"""What each drawn pupil or class looked like: 相符, 不相符 or 没有看到, with a note; an event each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from xueji_lib.casebook import signoff
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log.book import Casebook, Deed
from xueji_lib.casebook.log.events import Event, digest, head_ids, heads
from xueji_lib.casebook.on_site_answers import CHECKED
from xueji_lib.casebook.states import NOTE_LIMIT
from xueji_lib.register.vocabulary import CaseState
from xueji_lib.support.errors import UsageError

KIND: Final = "sample_check"
MATCHES, DIFFERS, NOT_SEEN = CHECKED


@dataclass(frozen=True, slots=True)
class SampleCheck:
    """What was said of one drawn pupil or class. ``value``: one of ``CHECKED``, "" where nobody looked, or 冲突."""

    value: str
    note: str
    who: str
    at: str
    seen: tuple[str, ...]


NOBODY_LOOKED: Final = SampleCheck("", "", "", "", ())


def item_key(item: Mapping[str, Any]) -> str:
    """Names a drawn pupil or class: 16 hex digits of what the sample shows of it."""
    return digest([str(item[name]) for name in ("stratum", "place", "name", "ref")])[:16]


def of_school(book: Casebook, school_id: str, term: str) -> dict[tuple[str, str], SampleCheck]:
    """(question, ``item_key``) → what was said of it."""
    about: dict[tuple[str, str], list[Event]] = {}
    for event in book.events(school_id, term, (KIND,)):
        about.setdefault((str(event.body["question"]), str(event.body["item"])), []).append(event)
    return {key: _check(events) for key, events in about.items()}


def _check(events: Sequence[Event]) -> SampleCheck:
    last = heads(events)
    newest = last[-1]
    value = str(newest.body["value"]) if len({e.body["value"] for e in last}) == 1 else CaseState.CONFLICT
    note = "；".join(dict.fromkeys(str(e.body["note"]) for e in last if e.body["note"]))
    return SampleCheck(value, note, newest.who, newest.at, head_ids(events))


def tick(
    desk: Desk, school_id: str, question: str, item: Mapping[str, Any], check: tuple[str, str], seen: Sequence[str]
) -> None:
    """Say of one drawn pupil or class what it looked like. ``check``: value ("" takes it back) and note. Raises
    Conflict, UsageError, StoreError."""
    value, note = check[0], check[1].strip()
    if desk.actor.role not in ("inspector", "director"):
        raise UsageError("抽样由督查人员来核对")
    if value not in (*CHECKED, ""):
        raise UsageError(f"抽到的只写{'、'.join(CHECKED)}")
    if len(note) > NOTE_LIMIT:
        raise UsageError(f"说明最多 {NOTE_LIMIT} 字")
    if value == DIFFERS and not note:
        raise UsageError("不相符的要写哪里不相符")
    body = {"question": question, "item": item_key(item), "value": value, "note": note}
    body |= {name: str(item[name]) for name in ("name", "place", "ref")}
    subject = f"{desk.term}/{school_id}/{KIND}/{question}/{body['item']}"
    with desk.book.writing() as connection:
        signoff.must_be_open(connection, school_id, desk.term)
        action = f"抽样核对 {question} {value or '撤回'}"
        desk.book.put(connection, desk.actor, Deed(KIND, subject, school_id, desk.term, action, body, seen))
