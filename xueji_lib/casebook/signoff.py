"""A school's inspection signed: the inspector signs, the director countersigns; opening it again needs a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from xueji_lib.casebook.book import Casebook, stored
from xueji_lib.casebook.events import Actor, Event, digest, head_ids, heads
from xueji_lib.register import labels
from xueji_lib.support.errors import UsageError

OPEN, SIGNED, COUNTERSIGNED = "未签署", "督查人员已签署", "负责人已会签"
_STATE: Final = {"sign": SIGNED, "countersign": COUNTERSIGNED, "reopen": OPEN}
_ACTION: Final = {"sign": "签署", "countersign": "会签", "reopen": "重新打开"}


@dataclass(frozen=True, slots=True)
class Signed:
    """Where a school's sign-off stands. ``of``: a digest of every decision that was signed."""

    state: str
    who: str
    at: str
    note: str
    of: str
    seen: tuple[str, ...]
    history: tuple[Event, ...]


def signed(connection: Connection, school_id: str, term: str) -> Signed:
    """Two sign-offs made apart: the school counts as signed (the stricter), until it is opened again."""
    return of_events(stored(connection, school_id=school_id, term=term, kinds=("signoff",)))


def of_events(events: Sequence[Event]) -> Signed:
    last = heads(events)
    if not last:
        return Signed(OPEN, "", "", "", "", (), ())
    event = max(last, key=lambda e: (("reopen", "sign", "countersign").index(str(e.body["step"])), e.at))
    body = event.body
    return Signed(
        _STATE[body["step"]], event.who, event.at, str(body.get("note", "")), str(body.get("of", "")),
        head_ids(events), tuple(events),
    )  # fmt: skip


def must_be_open(connection: Connection, school_id: str, term: str) -> None:
    """Raises UsageError where the school is signed: judging is over until someone opens it again."""
    now = signed(connection, school_id, term)
    if now.state != OPEN:
        raise UsageError(f"本校{now.state}（{now.who}，{labels.moment(now.at)}），不能再改。要改，先写明原因重新打开")


def step(
    book: Casebook, actor: Actor, school_id: str, term: str, to: str, note: str = "", seen: Sequence[str] | None = None
) -> Signed:
    """``to``: sign, countersign or reopen. Raises UsageError: wrong order, wrong role, no reason."""
    if to not in _STATE:
        raise UsageError("只能签署、会签或重新打开")
    with book.writing() as connection:
        now = signed(connection, school_id, term)
        _allowed(actor, now, to, note.strip())
        events = stored(connection, school_id=school_id)
        mark = digest(sorted(event.id for event in events if event.kind != "signoff"))
        subject = f"{term}/{school_id}"
        body = {"step": to, "note": note.strip(), "of": mark}
        book.put(
            connection, actor, "signoff", subject,
            action=_ACTION[to], body=body, school_id=school_id, term=term, seen=seen,
        )  # fmt: skip
        return signed(connection, school_id, term)


def _allowed(actor: Actor, now: Signed, to: str, note: str) -> None:
    if actor.role not in (("director",) if to == "countersign" else ("inspector", "director")):
        raise UsageError("会签由局负责人来做" if to == "countersign" else "签署由督查人员来做")
    if to == "sign" and now.state != OPEN:
        raise UsageError(f"已经{now.state}")
    if to == "countersign" and now.state != SIGNED:
        raise UsageError("先由督查人员签署，再会签" if now.state == OPEN else "已经会签过")
    if to == "countersign" and now.who == actor.name:
        raise UsageError("签署和会签不能是同一个人")
    if to == "reopen" and now.state == OPEN:
        raise UsageError("还没有签署，不用重新打开")
    if to == "reopen" and not note:
        raise UsageError("重新打开要写原因")
    if to == "reopen" and now.state == COUNTERSIGNED and actor.role != "director":
        raise UsageError("已会签的，由局负责人重新打开")
