"""Packages brought back: their events united with ours. Nothing of ours changes, nothing of theirs is lost.

An event is taken in as it is, under its own id; the same one again changes nothing. What two people decided apart
stands as a conflict until a person settles it. So the order of packages cannot matter.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select, update

from xueji_lib.casebook import evidence, trail
from xueji_lib.casebook.book import Casebook, keep, stored
from xueji_lib.casebook.bring import bring
from xueji_lib.casebook.cases import case_of
from xueji_lib.casebook.events import KINDS, PLAIN, Actor, Event, heads, in_order
from xueji_lib.casebook.package import Opened, unpack
from xueji_lib.casebook.sightings import ON_SITE, sightings
from xueji_lib.casebook.states import CONFLICT
from xueji_lib.casebook.tables import META, SIGHTINGS
from xueji_lib.register import labels
from xueji_lib.store import Store
from xueji_lib.support.errors import StoreError
from xueji_lib.support.files import put_file


@dataclass
class Merged:
    """What a package brought. ``conflicts``: sentences, for a person to settle."""

    file: Path
    schools: tuple[str, ...]
    term: str
    new: dict[str, int] = field(default_factory=dict)
    known: int = 0
    made_store: bool = False
    conflicts: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        names = {
            "finding": "认定", "answer": "现场核查", "rollcall": "点名", "explanation": "说明", "evidence": "证据",
            "signoff": "签署", "measure": "处理意见",
        }  # fmt: skip
        brought = "、".join(f"{names[kind]} {n} 条" for kind, n in sorted(self.new.items())) or "没有新内容"
        start = "按数据包建了数据仓；" if self.made_store else ""
        said = [f"{self.file.name}：{start}{brought}，已有的 {self.known} 条"]
        return said + [f"  有不同意见，请定：{conflict}" for conflict in self.conflicts]


def merge(root: Path, url: str, file: Path, actor: Actor, password: str) -> Merged:
    """Bring a package into the store below ``root``; where there is none, make one of it.

    Raises UsageError (wrong password), StoreError (damaged, of another county's casebook, disk full, locked): then
    nothing was changed.
    """
    fresh = not root.exists() or not any(root.iterdir())
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".merge-", dir=root.parent, ignore_cleanup_errors=True) as temp:
        try:
            opened = unpack(file, Path(temp) / "in", password)
            events = _events(opened, file)
            if fresh:
                shutil.copytree(opened.store, root, dirs_exist_ok=True)
        except BaseException:
            if fresh:
                shutil.rmtree(root, ignore_errors=True)
            raise
        store = Store.open(root)
        with Casebook.open(store, url) as book:
            result = _merge(book, opened, events, file, actor, fresh)
            bring(book, store, result.term)
    return result


def _events(opened: Opened, file: Path) -> list[Event]:
    """The package's events, every one whole: its id is the digest of what it says."""
    schools, events = set(opened.manifest["schools"]), []
    for line in opened.lines("events"):
        try:
            plain = {name: str(line[name]) for name in PLAIN}
            event = Event(**plain, parents=tuple(line["parents"]), body=dict(line["body"]))
        except (KeyError, TypeError, ValueError):
            raise StoreError(f"{file} 里有读不懂的记录。请重新打包") from None
        if event.id != line["id"] or event.kind not in KINDS or event.school_id not in schools:
            raise StoreError(f"{file} 里有一条记录被改动过（{event.at[:19]} {event.who}），整个包没有收")
        events.append(event)
    try:
        return in_order(events)
    except ValueError:
        raise StoreError(f"{file} 里的记录前后矛盾，整个包没有收") from None


def _merge(book: Casebook, opened: Opened, events: Sequence[Event], file: Path, actor: Actor, fresh: bool) -> Merged:
    manifest = opened.manifest
    term, schools = str(manifest["term"]), tuple(manifest["schools"])
    if fresh:
        _adopt(book, str(manifest["salt"]))
    elif book.salt.hex() != manifest["salt"]:
        raise StoreError(f"{file} 不是从这个数据仓带出去的，没有收")
    files = _files(book, opened, events, file)
    result = Merged(file, schools, term, made_store=fresh)
    with book.writing() as connection:
        known = {event.id for school in schools for event in stored(connection, school_id=school)}
        missing = {parent for event in events for parent in event.parents} - known - {event.id for event in events}
        if missing:
            raise StoreError(f"{file} 缺 {len(missing)} 条前面的记录，整个包没有收。请从带出去的那台电脑重新打包")
        for sha256, (media, size) in sorted(files.items()):
            evidence.remember(connection, sha256, media, size)
        touched: dict[tuple[str, str], None] = {}
        for event in events:
            if event.id in known:
                result.known += 1
                continue
            keep(connection, event)
            detail = {"from": manifest["casebook"], "by": actor.name, "at": event.at}
            trail.add(connection, book.now(), event.who, "并入", event.school_id, event.id, detail)
            result.new[event.kind] = result.new.get(event.kind, 0) + 1
            touched[event.kind, event.subject] = None
        _sightings(connection, opened.lines("sightings"), all_of_them=fresh)
        result.conflicts = _conflicts(connection, schools, list(touched))
    return result


def _adopt(book: Casebook, salt: str) -> None:
    with book.writing() as connection:
        connection.execute(update(META).where(META.c.key == "salt").values(value=salt))
    book.__dict__.pop("salt", None)


def _files(book: Casebook, opened: Opened, events: Sequence[Event], file: Path) -> dict[str, tuple[str, int]]:
    """Evidence files put in place, each what its name says; sha256 → media, size."""
    found: dict[str, tuple[str, int]] = {}
    for event in events:
        if event.kind != "evidence":
            continue
        sha256 = str(event.body["sha256"])
        target = evidence.path(book, sha256)
        if sha256 not in found:
            inside = opened.folder / "casebook" / "files" / Path(sha256).name
            content = inside.read_bytes() if inside.is_file() else b""
            if hashlib.sha256(content).hexdigest() != sha256:
                raise StoreError(f"{file} 里的证据文件 {sha256[:12]}… 不完整，整个包没有收")
            if not target.exists():
                put_file(target, content)
            found[sha256] = (str(event.body["media"]), len(content))
    return found


def _sightings(connection: Connection, rows: Sequence[Mapping[str, Any]], *, all_of_them: bool) -> None:
    """What the machine saw is the office's own to say; from a package come those made on site, and those it lacks.

    Of two that speak of the same finding the later day counts, so that the order of packages does not matter.
    """
    names = [column.name for column in SIGHTINGS.columns]
    for row in rows:
        values = {name: row[name] for name in names}
        where = SIGHTINGS.c.finding_id == row["finding_id"]
        ours = connection.execute(select(SIGHTINGS).where(where)).mappings().first()
        if ours is None:
            connection.execute(insert(SIGHTINGS).values(**values))
        elif not all_of_them and row["origin"] == ON_SITE == ours["origin"]:
            mine, theirs = ([r["last_as_of"], r["finding"]] for r in (ours, row))
            if theirs > mine:
                changed = {name: values[name] for name in names if not name.startswith("first")}
                connection.execute(update(SIGHTINGS).where(where).values(**changed))


def _conflicts(connection: Connection, schools: Sequence[str], touched: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """One sentence for every subject that people now say different things of."""
    names = {one.finding_id: one for school in schools for one in sightings(connection, school)}
    said = []
    for kind, subject in touched:
        events = stored(connection, kinds=(kind,), subject=subject)
        last = heads(events)
        if len(last) < 2 or kind in ("evidence", "signoff"):
            continue
        what = subject
        if kind == "finding" and subject in names:
            seen = names[subject]
            if case_of(seen, events, _long_ago(events)).state != CONFLICT:
                continue
            who = seen.finding["student"] or labels.place(seen.finding["grade"], seen.finding["class"])
            what = f"{seen.finding['school']} {seen.finding['title']} {who}".strip()
        elif len({_essence(event) for event in last}) == 1:
            continue
        views = "；".join(f"{event.who}：{_word(event)}" for event in last)
        said.append(f"{what}（{views}）")
    return tuple(said)


def _long_ago(events: Sequence[Event]) -> dt.date:
    return min(dt.datetime.fromisoformat(event.at) for event in events).date()


def _essence(event: Event) -> str:
    return str({name: event.body.get(name) for name in ("to", "value", "absent", "extra", "decision", "step")})


def _word(event: Event) -> str:
    return str(event.body.get("to") or event.body.get("value") or event.body.get("decision") or labels.moment(event.at))
