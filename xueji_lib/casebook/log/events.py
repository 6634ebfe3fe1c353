"""What people did, as facts that never change: an event says who did what to which subject, knowing which events.

A subject's events form a small graph: each names as ``parents`` those it was made in the knowledge of. Two people
who did not know of one another leave two heads, which is a conflict for a person to settle, never an overwrite.
Casebooks that were carried apart merge by uniting their events: the order of merging cannot matter.
"""

from __future__ import annotations

import getpass
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal, TypeAlias, get_args

Role: TypeAlias = Literal["inspector", "principal", "director"]
ROLES: Final = get_args(Role)

KINDS: Final = (
    "finding", "answer", "rollcall", "explanation", "evidence", "signoff", "measure", "letter",
    "plan", "visit", "draw", "record", "key_signature", "statement", "signature", "on_site", "sample_check",
)  # fmt: skip
"""finding: a step in a finding's life. answer: an on-site question. rollcall: one class on one day. explanation: a
school's explanation of one mismatched student. evidence: a file attached to a subject. signoff: a school signed,
countersigned, reopened. measure: what was decided for a school. letter: a letter that was made, and which findings
stood in it as true. plan: a round of visits as it was drawn, the county's. visit: that a school is in it. draw: a
sample of a school's pupils or classes, drawn for an on-site question. record: that 现场检查记录 was made,
and its check value. key_signature: a sign-off signed with the person's own key. statement: a
school's word on 现场检查记录. signature: that somebody signed it, refused to, or signs on paper. on_site: a finding
that inspectors wrote down at the school. sample_check: what one drawn pupil or class looked like."""

PREPARES: Final = ("plan", "visit", "draw", "record", "statement", "signature", "sample_check")
"""Kinds of events about a visit that say nothing of any finding; no principal's page may know of them before."""

WITH_FILE: Final = ("evidence", "signature")
"""Kinds whose events may name a file, by ``sha256``, ``media`` and ``size``."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. ``school_id`` is a principal's own school, else empty."""

    name: str
    role: Role
    school_id: str = ""


@dataclass(frozen=True)
class Event:
    """One thing that one person did.

    ``subject``: what it is about, unique within its kind. ``at``: UTC, ISO with microseconds. ``parents``: the ids of
    the subject's heads that the person knew. ``body``: plain JSON. The id is a digest of all of it.
    """

    kind: str
    subject: str
    school_id: str
    term: str
    who: str
    role: str
    at: str
    parents: tuple[str, ...]
    body: Mapping[str, Any]

    @cached_property
    def id(self) -> str:
        """32 hex digits: the digest of all fields."""
        plain = [getattr(self, name) for name in PLAIN]
        return digest([*plain, sorted(self.parents), self.body])[:32]


PLAIN: Final = ("kind", "subject", "school_id", "term", "who", "role", "at")
"""An event's fields that are plain text."""


def digest(content: object) -> str:
    """SHA-256 of the canonical JSON, 64 hex digits."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def heads(events: Iterable[Event]) -> list[Event]:
    """The events that no other event names as a parent, oldest first. Usually one; more than one is a conflict."""
    listed = list(events)
    known = {parent for event in listed for parent in event.parents}
    return sorted((event for event in listed if event.id not in known), key=lambda event: (event.at, event.id))


def in_order(events: Iterable[Event]) -> list[Event]:
    """Events by time, each after its parents, whatever the clocks said. Raises ValueError where events are one
    another's parents."""
    waiting = {event.id: event for event in events}
    result: list[Event] = []
    while waiting:
        ready = [e for e in waiting.values() if not any(parent in waiting for parent in e.parents)]
        for event in sorted(ready, key=lambda event: (event.at, event.id)):
            result.append(event)
            del waiting[event.id]
        if not ready:  # a circle cannot be made honestly: an id contains its parents' ids
            raise ValueError("events that name one another as parents")
    return result


def head_ids(events: Sequence[Event]) -> tuple[str, ...]:
    """The ids of ``heads``, sorted."""
    return tuple(sorted(event.id for event in heads(events)))


def local_actor() -> Actor:
    """Whoever sits at this machine, where nobody logged in: an inspector by the name of the system's user."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError, ImportError):  # a system without users
        name = "督查人员"
    return Actor(f"{name}（本机）", "inspector")
