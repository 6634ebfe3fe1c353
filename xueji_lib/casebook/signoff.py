"""A school's inspection signed: the inspector signs, the director countersigns; opening it again needs a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log.book import Deed, stored
from xueji_lib.casebook.log.events import Actor, Event, digest, head_ids, heads, in_order
from xueji_lib.casebook.log.renamed import current_ids
from xueji_lib.casebook.sightings import sightings
from xueji_lib.register import labels
from xueji_lib.support.errors import UsageError

OPEN, SIGNED, COUNTERSIGNED = "未签署", "督查人员已签署", "负责人已会签"
_STATE: Final = {"sign": SIGNED, "countersign": COUNTERSIGNED, "reopen": OPEN}
_AFTER_SIGNING: Final = ("signoff", "letter", "key_signature")
"""Kinds of events that are about what was signed, and no part of it."""
_ACTION: Final = {"sign": "签署", "countersign": "会签", "reopen": "重新打开"}


@dataclass(frozen=True, slots=True)
class Signed:
    """Where a school's sign-off stands. ``of``: a digest of every decision that was signed. ``known``: the findings
    that the casebook knew when the inspector signed last; None where it was not noted (0.1.0)."""

    state: str
    who: str
    at: str
    note: str
    of: str
    seen: tuple[str, ...]
    history: tuple[Event, ...]
    known: frozenset[str] | None = None

    def is_later(self, finding_id: str) -> bool:
        """Whether a finding first entered after the school was signed: it can be decided all the same, and is signed in
        a round of its own."""
        return self.state != OPEN and self.known is not None and finding_id not in self.known


def signed(connection: Connection, school_id: str, term: str) -> Signed:
    """Where a school's sign-off stands in a term. Where two people acted without knowing of one another, the stricter
    step counts: signed rather than open. The county itself (school "") is never signed."""
    if not school_id:
        return of_events(())
    events = stored(connection, school_id=school_id, term=term, kinds=("signoff",))
    return of_events(events, current_ids(connection, school_id))


def of_events(events: Sequence[Event], renamed: Mapping[str, str] | None = None) -> Signed:
    """The sign-off that a school's events of kind ``signoff`` amount to. ``renamed``: former finding_id → today's."""
    last = heads(events)
    if not last:
        return Signed(OPEN, "", "", "", "", (), ())
    event = max(last, key=lambda e: (("reopen", "sign", "countersign").index(str(e.body["step"])), e.at))
    body = event.body
    last_sign = next((one for one in reversed(in_order(events)) if one.body["step"] == "sign"), None)
    noted = last_sign.body.get("findings") if last_sign else None
    known = None if noted is None else frozenset((renamed or {}).get(str(key), str(key)) for key in noted)
    return Signed(
        _STATE[body["step"]], event.who, event.at, str(body.get("note", "")), str(body.get("of", "")),
        head_ids(events), tuple(events), known,
    )  # fmt: skip


def must_be_open(connection: Connection, school_id: str, term: str, finding_id: str = "") -> None:
    """Check that a school is not signed: no verdict may change until it is opened again, but for one about a finding
    that entered later. Raises UsageError."""
    current = signed(connection, school_id, term)
    if current.state != OPEN and not (finding_id and current.is_later(finding_id)):
        raise UsageError(
            f"本校{current.state}（{current.who}，{labels.moment(current.at)}），不能再改。要改，先写明原因重新打开"
        )


def step(
    desk: Desk,
    school_id: str,
    to: str,
    note: str = "",
    seen: Sequence[str] | None = None,
    *,
    left: Mapping[str, Any] | None = None,
) -> Signed:
    """Record the step ``to`` (sign, countersign or reopen); returns where the sign-off stands then. ``left``: what the
    inspector signs without having looked at it (``visit.left_open``). Raises UsageError: wrong order, wrong role, no
    reason."""
    book, actor, term = desk.book, desk.actor, desk.term
    if to not in _STATE:
        raise UsageError("只能签署、会签或重新打开")
    with book.writing() as connection:
        current = signed(connection, school_id, term)
        events = stored(connection, school_id=school_id)
        ids = current_ids(connection, school_id)
        decided = (ids.get(event.subject, event.subject) for event in events if event.kind == "finding")
        _allowed(actor, current, to, note.strip(), later=any(map(current.is_later, decided)))
        mark = digest(sorted(event.id for event in events if event.kind not in _AFTER_SIGNING))
        body: dict[str, Any] = {"step": to, "note": note.strip(), "of": mark}
        if to == "sign":
            body |= {"left": dict(left)} if left is not None else {}
            seen_ones = sightings(connection, school_id)
            body["findings"] = sorted(seen_one.finding_id for seen_one in seen_ones)
            body["gone"] = sorted(seen_one.finding_id for seen_one in seen_ones if not seen_one.present)
        deed = Deed("signoff", f"{term}/{school_id}", school_id, term, _ACTION[to], body, seen)
        book.put(connection, actor, deed)
        return signed(connection, school_id, term)


def _allowed(actor: Actor, current: Signed, to: str, note: str, *, later: bool) -> None:
    """``later``: something was decided about findings that entered after the signature."""
    if actor.role not in (("director",) if to == "countersign" else ("inspector", "director")):
        raise UsageError("会签由局负责人来做" if to == "countersign" else "签署由督查人员来做")
    if to == "sign" and current.state != OPEN and not later:
        raise UsageError(f"已经{current.state}")
    if to == "countersign" and current.state != SIGNED:
        raise UsageError("先由督查人员签署，再会签" if current.state == OPEN else "已经会签过")
    if to == "countersign" and current.who == actor.name:
        raise UsageError("签署和会签不能是同一个人")
    if to == "reopen" and current.state == OPEN:
        raise UsageError("还没有签署，不用重新打开")
    if to == "reopen" and not note:
        raise UsageError("重新打开要写原因")
    if to == "reopen" and current.state == COUNTERSIGNED and actor.role != "director":
        raise UsageError("已会签的，由局负责人重新打开")
