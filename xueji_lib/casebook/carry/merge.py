"""Merge a package into the office's casebook: its events are added; no event of either side changes or is lost.

An event is taken in as it is, under its own id; the same one again changes nothing. What two people decided apart
stands as a conflict until a person settles it. So the order of packages cannot matter. Everything is looked at before
anything is stored (``judging_strangers``): a package of which one record cannot be is refused as a whole.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from xueji_lib.casebook import evidence, on_site_findings, two_sided
from xueji_lib.casebook.carry import new_store
from xueji_lib.casebook.carry.conflicts import conflicts
from xueji_lib.casebook.carry.judging_strangers import PackageContent, judged
from xueji_lib.casebook.carry.merged import Merged
from xueji_lib.casebook.carry.opened import Opened, unpack
from xueji_lib.casebook.carry.package import CARRIED_OUT
from xueji_lib.casebook.carry.sealed import Sealed
from xueji_lib.casebook.log import trail, typed
from xueji_lib.casebook.log.book import Casebook, keep, stored
from xueji_lib.casebook.log.events import Actor
from xueji_lib.casebook.log.renamed import current_id, rename_findings
from xueji_lib.casebook.log.tables import META, SIGHTINGS, TRAIL
from xueji_lib.casebook.rules_input import write_rules_input
from xueji_lib.casebook.sightings import ON_SITE
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.judge import answer_files
from xueji_lib.store import PART, Store, part_note
from xueji_lib.support.errors import StoreError
from xueji_lib.support.files import put_file
from xueji_lib.support.private import keep_all_private, private_file, private_folder
from xueji_lib.support.scratch import scratch

ACCEPTED: Final = "放行数据包"
"""What the trail calls it that a director took a package of a school that was never carried out."""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A director takes a package although the trail does not know its schools as carried out, and says why: the office
    was restored from an earlier backup, say."""

    director: str
    reason: str


def merge(root: Path, casebook_url: str, package: Sealed, actor: Actor, acceptance: Acceptance | None = None) -> Merged:
    """Merge a package into the store below ``root`` and its casebook; where there is no store, make one of it.

    ``casebook_url``: as in ``Workplace``. Raises UsageError (wrong password), StoreError (damaged, not as the kit makes
    it, of another county's casebook, of schools that were never carried out, disk full, locked): then nothing was
    changed.
    """
    private_folder(root)
    fresh = new_store.is_to_be_made(root)
    with scratch(root, "merge") as temp:
        try:
            opened = unpack(package, temp / "in")
            if fresh:
                _check_store(opened)
                private_file(root / new_store.UNFINISHED, "")
                shutil.copytree(opened.store, root, dirs_exist_ok=True)
                keep_all_private(root)
            workplace = Workplace.open(root, casebook_url)
            with workplace.open_casebook() as book:
                result = _merge(book, opened, acceptance, actor, fresh)
                if not fresh and _is_damaged_copy(workplace.store, opened):
                    _check_store(opened)
                    shutil.copytree(opened.store, root, dirs_exist_ok=True)
                    workplace, result.mended = Workplace.open(root, casebook_url), True
                write_rules_input(book, workplace.store, result.term)
        except BaseException:
            if fresh:
                shutil.rmtree(root, ignore_errors=True)
            raise
        (root / new_store.UNFINISHED).unlink(missing_ok=True)
    return result


def _check_store(opened: Opened) -> None:
    """Raises StoreError where the store in the package cannot be read, or is not of the schools that it is said to
    be."""
    store = Store.open(opened.store)
    note = part_note(opened.store)
    is_theirs = note.get("term") == opened.manifest["term"] and set(note.get("schools", ())) == set(opened.schools)
    if not is_theirs or store.damaged() or answer_files.damaged(opened.store / "results"):
        opened.refuse("里的数据仓不完整")


def _is_damaged_copy(store: Store, opened: Opened) -> bool:
    """The store was made of such a package, and what it got from it can be read no longer. What was decided there is in
    its casebook, which a package does not replace."""
    try:
        same = (store.root / PART).read_bytes() == (opened.store / PART).read_bytes()
    except OSError:
        return False
    return same and bool(store.damaged() or answer_files.damaged(store.root / "results"))


def _merge(book: Casebook, opened: Opened, acceptance: Acceptance | None, actor: Actor, fresh: bool) -> Merged:
    manifest, schools = opened.manifest, opened.schools
    if not fresh and book.salt.hex() != manifest["salt"]:
        raise StoreError(f"{opened.file} 不是从这个数据仓带出去的，没有收")
    result = Merged(opened.file, schools, str(manifest["term"]), made_store=fresh)
    with book.writing() as connection:
        if fresh:
            connection.execute(update(META).where(META.c.key == "salt").values(value=manifest["salt"]))
            book.__dict__.pop("salt", None)
        else:
            _must_have_been_carried_out(book, connection, opened, acceptance)
        content = judged(connection, opened)
        for sha256, (media, inside) in sorted(content.files.items()):
            if not evidence.path(book, sha256).exists():
                put_file(evidence.path(book, sha256), inside.read_bytes())
            evidence.remember(connection, sha256, media, inside.stat().st_size)
        result.known = content.known
        touched = _keep(book, connection, content, (str(manifest["casebook"]), actor.name), result)
        _sightings(connection, content.sightings, all_of_them=fresh)
        for subject in sorted({e.subject for e in content.new if e.kind == on_site_findings.KIND}):
            written_down = stored(connection, kinds=(on_site_findings.KIND,), subjects=[subject])
            on_site_findings.enter(connection, written_down)
        rename_findings(connection, content.school_of, content.former_ids)
        result.conflicts = conflicts(connection, schools, touched)
    result.other_sides = two_sided.decided_for_one(book, content.new)
    return result


def _must_have_been_carried_out(
    book: Casebook, connection: Connection, opened: Opened, acceptance: Acceptance | None
) -> None:
    """Raises StoreError where the trail (of a part of a store: what it was made of) does not know the package's schools
    as carried out, and no director takes it all the same."""
    query = select(TRAIL.c.school_id).where(TRAIL.c.action == CARRIED_OUT).distinct()
    known = {str(school) for school in connection.execute(query).scalars()}
    part = part_note(book.folder.parent).get("schools", ())
    strangers = sorted(set(opened.schools) - known - set(part))
    if strangers and acceptance is None:
        raise StoreError(
            f"{opened.file} 里的学校 {'、'.join(strangers)}，留痕里没有带出过，整个包没有收，什么都没有动。"
            "局里从较早的备份恢复过的，由局负责人写明原因放行：xueji merge 数据包 --accept 原因 --director 姓名"
        )
    if acceptance is None:
        return
    detail = typed.masked({"why": acceptance.reason, "package": opened.manifest["casebook"]})
    for school in strangers:
        trail.add(connection, book.now(), acceptance.director, ACCEPTED, school, detail=detail)


def _keep(
    book: Casebook, connection: Connection, content: PackageContent, source: tuple[str, str], result: Merged
) -> list[tuple[str, str]]:
    """Store the new events, each with its line in the trail; returns what they are about. ``source``: the casebook they
    come from, and who merges."""
    touched: dict[tuple[str, str], None] = {}
    casebook, merged_by = source
    now = book.now()
    for event in content.new:
        keep(connection, event)
        detail = {"from": casebook, "by": merged_by, "at": event.at, **content.anchors.get(event.id, {})}
        if event.at > now:
            detail["clock"] = "ahead"
            result.ahead += 1
        trail.add(connection, book.now(), event.who, trail.MERGED, event.school_id, event.id, detail)
        result.new[event.kind] = result.new.get(event.kind, 0) + 1
        touched[event.kind, event.subject] = None
    return list(touched)


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
