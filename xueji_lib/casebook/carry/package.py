"""A package (.xjpack): some schools' part of the store, the county's results about them, and their part of the
casebook, in one encrypted file. A store made from a package is marked as a part of one.

Inside: a zip with manifest.json, store/… (a store of its own), casebook/{events,sightings}.jsonl, casebook/files/….
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pandas as pd
from sqlalchemy import select

from xueji_lib.casebook import evidence
from xueji_lib.casebook.carry.opened import FORMAT
from xueji_lib.casebook.carry.sealed import Sealed, check_password, seal
from xueji_lib.casebook.log import trail
from xueji_lib.casebook.log.book import Casebook, stored
from xueji_lib.casebook.log.events import WITH_FILE, Actor
from xueji_lib.casebook.log.renamed import current_ids
from xueji_lib.casebook.log.tables import SIGHTINGS
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.judge import answer_files
from xueji_lib.judge.results import FRAMES, Results
from xueji_lib.register.calendar import previous_term_id
from xueji_lib.register.schema import AT_REST
from xueji_lib.store import PART, Store, check_key
from xueji_lib.support.errors import UsageError
from xueji_lib.support.safe_write import write_json
from xueji_lib.support.scratch import scratch
from xueji_lib.support.version import __version__

SUFFIX: Final = ".xjpack"
CARRIED_OUT: Final = "带出数据包"
"""What the trail calls it that a school was packed."""


def pack(workplace: Workplace, actor: Actor, schools: Sequence[str], answer: Results, target: Sealed) -> str:
    """Write the package of these schools in the answer's term; whole or not at all. Returns number and check value of
    the trail's last line then, in words, to be copied on paper. Raises UsageError, StoreError.

    Until it is encrypted the content is kept in the store (``scratch``), never where the package goes.
    """
    check_password(target.password)
    if not schools:
        raise UsageError("至少写一所学校")
    term = answer.term_id
    with workplace.open_casebook() as book:
        with scratch(workplace.store.root, "pack") as temp:
            inner = temp / "in"
            _store_part(workplace.store, Store(inner / "store"), term, schools)
            _answer_part(answer, inner / "store", schools)
            _casebook_part(book, inner / "casebook", schools)
            manifest = _manifest(book, actor, schools, answer)
            write_json(inner / "manifest.json", manifest)
            plain = temp / "plain.zip"
            _zip(inner, plain)
            seal(plain, target.file, target.password)
        with book.writing() as connection:
            for school in schools:
                trail.add(connection, book.now(), actor.name, CARRIED_OUT, school, detail={"term": term})
    return trail.in_words(*manifest["trail"].values())


def _manifest(book: Casebook, actor: Actor, schools: Sequence[str], answer: Results) -> dict[str, Any]:
    made = {"format": FORMAT, "kit": __version__, "at": book.now(), "by": actor.name, "casebook": book.id}
    judged = {"as_of": answer.as_of.isoformat(), "edition": answer.edition, "fingerprint": answer.fingerprint}
    with book.reading() as connection:
        entry, check_value = trail.end(connection)
    anchor = {"trail": {"entry": entry, "check_value": check_value}}
    return {**made, **judged, **anchor, "term": answer.term_id, "schools": sorted(schools), "salt": book.salt.hex()}


def _store_part(store: Store, part: Store, term: str, schools: Sequence[str]) -> None:
    """The term whole; of earlier terms what the checks look back at. The directory stays whole: school names are
    public, telephone numbers are left out."""
    before = previous_term_id(term)
    for part_term in [t for t in store.terms() if t <= term]:
        wanted = AT_REST if part_term == term else {"register", "changes"} if part_term == before else {"changes"}
        tables = {}
        for name in wanted:
            if not store.has(part_term, name) or AT_REST[name].per_county:
                continue
            frame = store.read(part_term, name, schools=None if name == "schools" else list(schools))
            tables[name] = frame.assign(phone=None).astype({"phone": "str"}) if name == "schools" else frame
        rejected = store.rejected(part_term)
        rejected = rejected[rejected["school_id"].isin(schools) & rejected["table"].isin(list(tables))]
        if tables:
            part.commit(part_term, tables, rejected, {"time": "", "files": ["数据包"]})
    check_key.hand_on(store, part.root, schools)
    write_json(part.root / PART, {"schools": sorted(schools), "term": term})


def _answer_part(answer: Results, root: Path, schools: Sequence[str]) -> None:
    folder = root / "results" / answer.term_id / answer.as_of.isoformat() / answer.fingerprint
    frames: dict[str, pd.DataFrame] = {name: getattr(answer, name) for name in FRAMES}
    theirs = {name: frame[frame["school_id"].isin(schools)].reset_index(drop=True) for name, frame in frames.items()}
    answer_files.lay(replace(answer, folder=folder), theirs)


def _casebook_part(book: Casebook, folder: Path, schools: Sequence[str]) -> None:
    (folder / "files").mkdir(parents=True)
    with book.reading() as connection:
        events = [event for school in schools for event in stored(connection, school_id=school)]
        query = select(SIGHTINGS).where(SIGHTINGS.c.school_id.in_(list(schools)))
        seen = [dict(row) for row in connection.execute(query).mappings()]
        renamed = {former: current for school in schools for former, current in current_ids(connection, school).items()}
        anchors = trail.anchors(connection, [event.id for event in events])
    lines = [
        {"id": e.id, "kind": e.kind, "subject": e.subject, "school_id": e.school_id, "term": e.term, "who": e.who,
         "role": e.role, "at": e.at, "parents": list(e.parents), "body": dict(e.body),
         **dict(zip(("entry", "check_value"), anchors.get(e.id, ()), strict=False))}
        for e in events
    ]  # fmt: skip
    _jsonl(folder / "events.jsonl", lines)
    _jsonl(folder / "sightings.jsonl", seen)
    write_json(folder / "former_ids.json", renamed)
    for sha256 in sorted({str(e.body["sha256"]) for e in events if e.kind in WITH_FILE and "sha256" in e.body}):
        (folder / "files" / sha256).write_bytes(evidence.kept(book, sha256))


def _jsonl(file: Path, lines: Sequence[dict[str, Any]]) -> None:
    file.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), "utf-8")


def _zip(folder: Path, target: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            archive.write(file, file.relative_to(folder).as_posix())
