"""Whether a casebook is whole: trail and events, evidence files, the tables beside the trail, the database itself."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection, select, text

from xueji_lib.casebook.log import key_signatures, trail, watched
from xueji_lib.casebook.log.events import WITH_FILE
from xueji_lib.casebook.log.tables import EVENTS, FILES
from xueji_lib.casebook.log.trail import Verified, as_event

Progress = Callable[[int, int, str], None]


def evidence_file(folder: Path, sha256: str) -> Path:
    """Where a casebook in ``folder`` keeps the bytes of an evidence file."""
    return folder / "evidence" / sha256[:2] / sha256


def verify(connection: Connection, folder: Path, progress: Progress | None = None) -> Verified:
    """Check all of it; ``broken`` names the first fault of every kind. ``folder``: of the casebook; ``progress`` hears
    how many evidence files were looked at."""
    verified = trail.verify(connection)
    faults = [verified.broken, *_database(connection)]
    if not verified.broken:  # events that were changed name any file
        faults += [*_evidence(connection, folder, progress)][:1]
        faults += [*key_signatures.faults(connection)]
    faults += [f"{name}被改动过（不是程序写的）" for name in watched.altered(connection)]
    return replace(verified, broken="；".join(filter(None, faults)))


def _database(connection: Connection) -> Iterator[str]:
    if connection.dialect.name == "sqlite":
        answer = str(connection.execute(text("PRAGMA integrity_check(1)")).scalar())
        if answer != "ok":
            yield "数据库文件有损坏，请从备份恢复"


def _evidence(connection: Connection, folder: Path, progress: Progress | None) -> Iterator[str]:
    """A sentence about each evidence file that is gone, was changed, or is not listed as it was attached."""
    listed = {str(row.sha256): (str(row.media), int(row.size)) for row in connection.execute(select(FILES))}
    query = select(EVENTS).where(EVENTS.c.kind.in_(WITH_FILE)).order_by(EVENTS.c.at, EVENTS.c.id)
    events = [event for event in map(as_event, connection.execute(query).mappings()) if "sha256" in event.body]
    for number, event in enumerate(events, 1):
        sha256, name = str(event.body["sha256"]), f"{event.body['name']}（{event.at[:10]} {event.who}）"
        try:
            with evidence_file(folder, sha256).open("rb") as file:
                is_same = hashlib.file_digest(file, "sha256").hexdigest() == sha256
        except OSError:
            yield f"证据文件 {name} 不在了，请从备份恢复"
        else:
            if not is_same:
                yield f"证据文件 {name} 被改动过，请从备份恢复"
            elif listed.get(sha256) != (event.body["media"], event.body["size"]):
                yield f"证据文件 {name} 的登记被改动过"
        if progress:
            progress(number, len(events), "证据文件")
