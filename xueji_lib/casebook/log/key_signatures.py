"""Whether the signatures that people made with keys of their own hold: over which sign-off, by which key, and whether
the office knows whose key it is.

A sign-off's event id is a digest of everything that was signed, so a signature over the id is one over all of it. Who
can write the database can work the whole trail out anew, but not a signature without the person's key.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, select

from xueji_lib.casebook.log import trail
from xueji_lib.casebook.log.events import Event
from xueji_lib.casebook.log.tables import EVENTS, TRAIL

KIND: Final = "key_signature"
REGISTERED, REVOKED = "登记签名钥匙", "停用签名钥匙"
"""What the trail calls what is done with a key."""


@dataclass(frozen=True, slots=True)
class RegisteredKey:
    """A key of a person. ``public``: 64 hex digits. ``line``: of the trail, that registered it; ``revoked_line``: that
    ended it, 0 while it holds."""

    person: str
    public: str
    at: str
    line: int
    revoked_line: int = 0
    reason: str = ""


def fingerprint(public: str) -> str:
    """A public key's short name, as it is printed: 16 hex digits in fours."""
    digits = hashlib.sha256(bytes.fromhex(public)).hexdigest()[:16]
    return " ".join(digits[start : start + 4] for start in range(0, 16, 4))


def message(sign_off_id: str) -> bytes:
    """What is signed of a sign-off."""
    return f"xueji-signoff-1 {sign_off_id}".encode()


def holds(event: Event) -> bool:
    """Whether the signature that an event of this kind carries is one of its key over its sign-off."""
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(str(event.body["public"])))
        public.verify(bytes.fromhex(str(event.body["signature"])), message(str(event.body["signs"])))
    except (InvalidSignature, ValueError):
        return False
    return True


def registered(connection: Connection) -> dict[str, RegisteredKey]:
    """Public key → whose it is, of all that were ever registered here."""
    query = select(TRAIL).where(TRAIL.c.action.in_((REGISTERED, REVOKED))).order_by(TRAIL.c.n)
    keys: dict[str, RegisteredKey] = {}
    for row in connection.execute(query).mappings():
        detail = json.loads(row["detail"])
        public = str(detail["public"])
        if row["action"] == REGISTERED:
            keys[public] = RegisteredKey(str(detail["account"]), public, str(row["at"]), int(row["n"]))
        elif public in keys:
            known = keys[public]
            reason = str(detail["why"])
            keys[public] = RegisteredKey(known.person, public, known.at, known.line, int(row["n"]), reason)
    return keys


def faults(connection: Connection) -> Iterator[str]:
    """A sentence about each signature that does not hold, was made with another's key, or came after its key ended."""
    query = select(EVENTS).where(EVENTS.c.kind.in_((KIND, "signoff"))).order_by(EVENTS.c.at, EVENTS.c.id)
    events = {event.id: event for event in map(trail.as_event, connection.execute(query).mappings())}
    signatures = [event for event in events.values() if event.kind == KIND]
    if not signatures:
        return
    keys, lines = registered(connection), trail.anchors(connection, [event.id for event in signatures])
    for event in signatures:
        why = _fault(event, events, keys, lines.get(event.id, (0, ""))[0])
        if why:
            yield f"{event.at[:10]} {event.who} 用钥匙加签的签署{why}"


def _fault(event: Event, events: Mapping[str, Event], keys: Mapping[str, RegisteredKey], line: int) -> str:
    sign_off, key = events.get(str(event.body["signs"])), keys.get(str(event.body["public"]))
    if not holds(event):
        return "对不上：签名不是这把钥匙签的，或签署的内容变了"
    if sign_off is None or sign_off.kind != "signoff" or sign_off.who != event.who:
        return "对不上：签的不是他自己的签署"
    if key is not None and key.person != event.who:
        return f"对不上：钥匙登记的是 {key.person}"
    if key is not None and 0 < key.revoked_line < line:
        return "是钥匙停用以后才有的"
    return ""


def signers(connection: Connection) -> tuple[int, list[str]]:
    """How many signatures with keys the casebook has, and the names of people who signed with a key that nobody
    registered here: that it is theirs is not known."""
    query = select(EVENTS).where(EVENTS.c.kind == KIND)
    signatures = [trail.as_event(row) for row in connection.execute(query).mappings()]
    keys = registered(connection) if signatures else {}
    return len(signatures), sorted({event.who for event in signatures if event.body["public"] not in keys})
