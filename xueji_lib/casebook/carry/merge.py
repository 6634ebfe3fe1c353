"""Merge a package into the office's casebook: its events are added; no event of either side changes or is lost.

An event is taken in as it is, under its own id; the same one again changes nothing. What two people decided apart
stands as a conflict until a person settles it. So the order of packages cannot matter.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select, update

from xueji_lib.casebook import evidence
from xueji_lib.casebook.carry import new_store
from xueji_lib.casebook.carry.package import Opened, unpack
from xueji_lib.casebook.carry.sealed import Sealed
from xueji_lib.casebook.cases import case_of
from xueji_lib.casebook.log import trail
from xueji_lib.casebook.log.book import Casebook, keep, stored
from xueji_lib.casebook.log.events import KINDS, PLAIN, Actor, Event, heads, in_order
from xueji_lib.casebook.log.renamed import current_id, every_id, rename_findings
from xueji_lib.casebook.log.tables import META, SIGHTINGS
from xueji_lib.casebook.rules_input import write_rules_input
from xueji_lib.casebook.sightings import ON_SITE, sightings
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.judge import answer_files
from xueji_lib.register import labels
from xueji_lib.register.vocabulary import CaseState
from xueji_lib.store import PART, Store
from xueji_lib.support.errors import StoreError
from xueji_lib.support.files import put_file
from xueji_lib.support.private import keep_all_private, private_file, private_folder
from xueji_lib.support.scratch import scratch


@dataclass
class Merged:
    """What a package brought. ``conflicts``: sentences, for a person to settle. ``mended``: the store was made of this
    package and damaged, and was laid out anew."""

    file: Path
    schools: tuple[str, ...]
    term: str
    new: dict[str, int] = field(default_factory=dict)
    known: int = 0
    made_store: bool = False
    mended: bool = False
    conflicts: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """What came of the package, in Chinese lines for the screen."""
        names = {
            "finding": "认定", "answer": "现场核查", "rollcall": "点名", "explanation": "说明", "evidence": "证据",
            "signoff": "签署", "measure": "处理意见", "letter": "文书", "plan": "督查方案",
            "visit": "到校安排", "draw": "抽样", "record": "现场检查记录",
        }  # fmt: skip
        brought = "、".join(f"{names[kind]} {n} 条" for kind, n in sorted(self.new.items())) or "没有新内容"
        start = "按数据包建了数据仓；" if self.made_store else "数据仓里损坏的，已按数据包补好；" if self.mended else ""
        sentences = [f"{self.file.name}：{start}{brought}，已有的 {self.known} 条"]
        return sentences + [f"  有不同意见，请定：{conflict}" for conflict in self.conflicts]


def merge(root: Path, casebook_url: str, package: Sealed, actor: Actor) -> Merged:
    """Merge a package into the store below ``root`` and its casebook; where there is no store, make one of it.

    ``casebook_url``: as in ``Workplace``. Raises UsageError (wrong password), StoreError (damaged, of another county's
    casebook, disk full, locked): then nothing was changed.
    """
    private_folder(root)
    fresh = new_store.is_to_be_made(root)
    with scratch(root, "merge") as temp:
        try:
            opened = unpack(package, temp / "in")
            events = _events(opened)
            if fresh:
                private_file(root / new_store.UNFINISHED, "")
                shutil.copytree(opened.store, root, dirs_exist_ok=True)
                keep_all_private(root)
        except BaseException:
            if fresh:
                shutil.rmtree(root, ignore_errors=True)
            raise
        workplace = Workplace.open(root, casebook_url)
        with workplace.open_casebook() as book:
            result = _merge(book, opened, events, actor, fresh)
            if not fresh and _is_damaged_copy(workplace.store, opened):
                shutil.copytree(opened.store, root, dirs_exist_ok=True)
                workplace, result.mended = Workplace.open(root, casebook_url), True
            write_rules_input(book, workplace.store, result.term)
        (root / new_store.UNFINISHED).unlink(missing_ok=True)
    return result


def _is_damaged_copy(store: Store, opened: Opened) -> bool:
    """The store was made of such a package, and what it got from it can be read no longer. What was decided there is in
    its casebook, which a package does not replace."""
    try:
        same = (store.root / PART).read_bytes() == (opened.store / PART).read_bytes()
    except OSError:
        return False
    return same and bool(store.damaged() or answer_files.damaged(store.root / "results"))


def _events(opened: Opened) -> list[Event]:
    """The package's events, every one whole: its id is the digest of what it says."""
    file, schools, events = opened.file, set(opened.manifest["schools"]), []
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


def _merge(book: Casebook, opened: Opened, events: Sequence[Event], actor: Actor, fresh: bool) -> Merged:
    file, manifest = opened.file, opened.manifest
    term, schools = str(manifest["term"]), tuple(manifest["schools"])
    if fresh:
        _adopt(book, str(manifest["salt"]))
    elif book.salt.hex() != manifest["salt"]:
        raise StoreError(f"{file} 不是从这个数据仓带出去的，没有收")
    files = _files(book, opened, events)
    result = Merged(file, schools, term, made_store=fresh)
    with book.writing() as connection:
        known_ids = {event.id for school in schools for event in stored(connection, school_id=school)}
        missing = {parent for event in events for parent in event.parents} - known_ids - {event.id for event in events}
        if missing:
            raise StoreError(f"{file} 缺 {len(missing)} 条前面的记录，整个包没有收。请从带出去的那台电脑重新打包")
        for sha256, (media, size) in sorted(files.items()):
            evidence.remember(connection, sha256, media, size)
        touched: dict[tuple[str, str], None] = {}
        for event in events:
            if event.id in known_ids:
                result.known += 1
                continue
            keep(connection, event)
            detail = {"from": manifest["casebook"], "by": actor.name, "at": event.at}
            trail.add(connection, book.now(), event.who, "并入", event.school_id, event.id, detail)
            result.new[event.kind] = result.new.get(event.kind, 0) + 1
            touched[event.kind, event.subject] = None
        _sightings(connection, opened.lines("sightings"), all_of_them=fresh)
        _former_ids(connection, opened, schools)
        result.conflicts = _conflicts(connection, schools, list(touched))
    return result


def _adopt(book: Casebook, salt: str) -> None:
    with book.writing() as connection:
        connection.execute(update(META).where(META.c.key == "salt").values(value=salt))
    book.__dict__.pop("salt", None)


def _files(book: Casebook, opened: Opened, events: Sequence[Event]) -> dict[str, tuple[str, int]]:
    """Store the package's evidence files, each checked against its digest; returns sha256 → (media, size)."""
    files: dict[str, tuple[str, int]] = {}
    for event in events:
        if event.kind != "evidence":
            continue
        sha256 = str(event.body["sha256"])
        target = evidence.path(book, sha256)
        if sha256 not in files:
            inside = opened.folder / "casebook" / "files" / Path(sha256).name
            content = inside.read_bytes() if inside.is_file() else b""
            if hashlib.sha256(content).hexdigest() != sha256:
                raise StoreError(f"{opened.file} 里的证据文件 {sha256[:12]}… 不完整，整个包没有收")
            if not target.exists():
                put_file(target, content)
            files[sha256] = (str(event.body["media"]), len(content))
    return files


def _sightings(connection: Connection, rows: Sequence[Mapping[str, Any]], *, all_of_them: bool) -> None:
    """Add the package's sightings that the casebook lacks; of one made on site that both have, the later day counts.

    Other sightings stay as the office's last check left them. So the order of packages does not matter.
    """
    names = [column.name for column in SIGHTINGS.columns]
    for row in rows:
        values = {name: row.get(name, "") for name in names}  # packages of 0.1.0 have fewer
        if current_id(connection, row["finding_id"]) != row["finding_id"]:
            continue  # the office has the same finding under its id of today
        where = SIGHTINGS.c.finding_id == row["finding_id"]
        own_row = connection.execute(select(SIGHTINGS).where(where)).mappings().first()
        if own_row is None:
            connection.execute(insert(SIGHTINGS).values(**values))
        elif not all_of_them and row["origin"] == ON_SITE == own_row["origin"]:
            own_version, package_version = ([r["last_as_of"], r["finding"]] for r in (own_row, row))
            if package_version > own_version:
                changed = {name: values[name] for name in names if not name.startswith("first")}
                connection.execute(update(SIGHTINGS).where(where).values(**changed))


def _former_ids(connection: Connection, opened: Opened, schools: Sequence[str]) -> None:
    """Note the ids that the package's findings had before, where the casebook has these findings under the new ones."""
    school_of = {seen.finding_id: school for school in schools for seen in sightings(connection, school)}
    renamed = {former: current for former, current in opened.former_ids().items() if current in school_of}
    rename_findings(connection, school_of, renamed)


def _conflicts(connection: Connection, schools: Sequence[str], touched: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """One Chinese sentence for every subject on which people now differ."""
    names = {sighting.finding_id: sighting for school in schools for sighting in sightings(connection, school)}
    sentences = []
    for kind, subject in touched:
        subjects = every_id(connection, kind, subject)
        subject, events = subjects[0], stored(connection, kinds=(kind,), subjects=subjects)
        last = heads(events)
        if len(last) < 2 or kind in ("evidence", "signoff"):
            continue
        about = subject
        if kind == "finding" and subject in names:
            sighting = names[subject]
            if case_of(sighting, events, _long_ago(events)).state != CaseState.CONFLICT:
                continue
            who = sighting.finding["student"] or labels.place(sighting.finding["grade"], sighting.finding["class"])
            about = f"{sighting.finding['school']} {sighting.finding['title']} {who}".strip()
        elif len({_essence(event) for event in last}) == 1:
            continue
        views = "；".join(f"{event.who}：{_word(event)}" for event in last)
        sentences.append(f"{about}（{views}）")
    return tuple(sentences)


def _long_ago(events: Sequence[Event]) -> dt.date:
    return min(dt.datetime.fromisoformat(event.at) for event in events).date()


def _essence(event: Event) -> str:
    names = ("to", "value", "absent", "missed", "unexamined", "extra", "decision", "step", "seed", "items")
    return str({name: event.body.get(name) for name in names})


def _word(event: Event) -> str:
    return str(event.body.get("to") or event.body.get("value") or event.body.get("decision") or labels.moment(event.at))
