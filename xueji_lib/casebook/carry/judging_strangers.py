"""A package's casebook, all of it looked at before any of it is stored, as if a stranger had written it.

Form of every record (``event_shape``, ``sighting_shape``), who may do what after what (``event_steps``), the bytes of
every evidence file. Raises StoreError for the first record that cannot be; then the package is refused as a whole. What
nobody can see: that a person who knows the password writes in another's name what that one may do.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from xueji_lib.casebook import evidence, on_site_findings
from xueji_lib.casebook.carry import event_shape, event_steps, sighting_shape
from xueji_lib.casebook.carry.event_steps import KnownThings
from xueji_lib.casebook.carry.opened import Opened
from xueji_lib.casebook.log.book import stored
from xueji_lib.casebook.log.events import PLAIN, WITH_FILE, Event, in_order
from xueji_lib.casebook.log.renamed import current_ids
from xueji_lib.casebook.log.tables import ACCOUNTS, SIGHTINGS
from xueji_lib.casebook.sightings import BY_HAND
from xueji_lib.support.errors import UsageError


@dataclass(frozen=True)
class PackageContent:
    """What may be stored of a package. ``new``: its events that the casebook lacks, each after its parents; ``known``:
    how many it has; ``anchors``: event id → number and check value in the trail it comes from; ``files``: sha256 →
    media type and where its bytes are; ``former_ids``: former finding_id → that of today, whose school is in
    ``school_of``."""

    new: Sequence[Event]
    known: int
    anchors: Mapping[str, Mapping[str, Any]]
    files: Mapping[str, tuple[str, Path]]
    sightings: Sequence[Mapping[str, Any]]
    former_ids: Mapping[str, str]
    school_of: Mapping[str, str]


def judged(connection: Connection, opened: Opened) -> PackageContent:
    """The content of an unpacked package, ready to be stored beside what the casebook has. Raises StoreError."""
    lines, schools = opened.lines("events"), set(opened.schools)
    events = _events(opened, lines, schools)
    sightings = opened.lines("sightings")
    for row in sightings:
        if why := sighting_shape.fault(row, schools):
            opened.refuse(f"有一条系统疑点不对（{why}）")
    own_school = {str(row.finding_id): str(row.school_id) for row in connection.execute(_FINDING_SCHOOLS)}
    for row in sightings:
        if own_school.get(row["finding_id"], row["school_id"]) != row["school_id"]:
            opened.refuse("有一条系统疑点是别的学校的")
    own_former = current_ids(connection)
    theirs = {str(row["finding_id"]): str(row["school_id"]) for row in sightings}
    school_of = theirs | own_school
    former_ids = _former_ids(opened, own_school, school_of)
    known_events = {event.id: event for school in sorted(schools) for event in stored(connection, school_id=school)}
    new = [event for event in events if event.id not in known_events]
    by_hand = frozenset(e.subject for e in (*known_events.values(), *new) if e.kind == on_site_findings.KIND)
    for row in sightings:
        if row["origin"] == BY_HAND and row["finding_id"] not in by_hand:
            opened.refuse("有一条现场发现没有人记过")
    known = KnownThings(
        {**known_events, **{event.id: event for event in new}},
        {**school_of, **{former: school_of[today] for former, today in former_ids.items()}},
        {**former_ids, **own_former},
        by_hand,
        {str(row.name): (str(row.role), str(row.school_id)) for row in connection.execute(_ROLES)},
    )
    if missing := {parent for event in events for parent in event.parents} - set(known.events):
        opened.refuse(f"缺 {len(missing)} 条前面的记录")
    for event in new:
        if why := event_steps.fault(event, known):
            opened.refuse(f"有一条记录不可能是真的（{event.at[:19]} {event.who}：{why}）")
    current = {seen: school for seen, school in school_of.items() if seen not in own_former}
    renamed = {former: today for former, today in former_ids.items() if today in own_school or today in theirs}
    return PackageContent(
        new, len(events) - len(new), _anchors(lines), _files(opened, events), sightings, renamed, current
    )


_FINDING_SCHOOLS = select(SIGHTINGS.c.finding_id, SIGHTINGS.c.school_id)
_ROLES = select(ACCOUNTS.c.name, ACCOUNTS.c.role, ACCOUNTS.c.school_id)


def _events(opened: Opened, lines: Sequence[Mapping[str, Any]], schools: set[str]) -> list[Event]:
    """The package's events, each after its parents, every one whole: its id is the digest of what it says."""
    events = []
    for line in lines:
        try:
            plain = {name: line[name] for name in PLAIN}
            event = Event(**plain, parents=tuple(line["parents"]), body=dict(line["body"]))
            why = event_shape.fault(event, schools)
            is_whole = not why and event.id == line["id"]
        except (KeyError, TypeError, ValueError, RecursionError):
            opened.refuse("有读不懂的记录")
        if why:
            opened.refuse(f"有一条记录不对（{why}）")
        if not is_whole:
            opened.refuse(f"有一条记录被改动过（{event.at[:19]} {event.who}）")
        events.append(event)
    try:
        return in_order(events)
    except ValueError:
        opened.refuse("的记录前后矛盾")


def _former_ids(opened: Opened, own_school: Mapping[str, str], school_of: Mapping[str, str]) -> dict[str, str]:
    """Former ids of findings of the carried schools. One that is another school's finding, or another check's, is no
    former id: renaming it would take that finding away."""
    schools = set(opened.schools)
    former_ids = {}
    for former, today in opened.former_ids().items():
        is_id = event_shape.FINDING_ID.fullmatch(former) and event_shape.FINDING_ID.fullmatch(today)
        of_school = school_of.get(today)
        if not is_id or own_school.get(former, of_school) != of_school or former[:4] != today[:4] or former == today:
            opened.refuse("疑点的旧编号不对")
        if of_school in schools:
            former_ids[former] = today
    return former_ids


def _anchors(lines: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """What was printed on the computer that packed it can be looked up here. Packages of 0.1.0 do not say."""
    return {
        str(line["id"]): {"entry": line["entry"], "check_value": line["check_value"]}
        for line in lines
        if type(line.get("entry")) is int and re.fullmatch("[0-9a-f]{64}", str(line.get("check_value")))
    }


def _files(opened: Opened, events: Sequence[Event]) -> dict[str, tuple[str, Path]]:
    """The package's evidence files, each looked at again: its digest, its size, and what it really is."""
    files: dict[str, tuple[str, Path]] = {}
    for event in events:
        sha256 = event.body.get("sha256") if event.kind in WITH_FILE else None
        if sha256 is None or sha256 in files:
            continue
        inside = opened.folder / "casebook" / "files" / sha256
        content = inside.read_bytes() if inside.is_file() else b""
        if hashlib.sha256(content).hexdigest() != sha256:
            opened.refuse(f"的证据文件 {sha256[:12]}… 不完整")
        try:
            media = evidence.media_type(content)
        except UsageError:
            media = ""
        if (media, len(content)) != (event.body["media"], event.body["size"]):
            opened.refuse(f"的证据文件 {sha256[:12]}… 和登记的不一样，或不是照片、扫描件")
        files[sha256] = media, inside
    return files
