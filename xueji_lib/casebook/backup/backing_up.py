"""Make a backup: one file with the store and the casebook as of one moment, while people go on working.

::

    manifest.json          format, when, by whom, the trail's last line, digest and size of every file
    store/…                the store's folder, without what can be made again (logs, views) and without keys of log-ins
    casebook.sqlite        the casebook's rows, whichever database they come from

A zip, encrypted (``carry.sealed``) where that is asked for.
"""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from xueji_lib.casebook.backup.last_backup import FILE as LAST_BACKUP
from xueji_lib.casebook.backup.last_backup import LastBackup
from xueji_lib.casebook.backup.rows_copied import copy_rows, one_moment
from xueji_lib.casebook.carry.sealed import check_password, seal
from xueji_lib.casebook.log import trail
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.log.database import SQLITE_FILE, connect
from xueji_lib.casebook.log.events import Actor
from xueji_lib.casebook.log.remembered import FILE as KNOWN_CASEBOOK
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.support.errors import StoreError
from xueji_lib.support.files import sha256_of_content
from xueji_lib.support.os_reasons import reason_of
from xueji_lib.support.safe_write import write_aside, write_json
from xueji_lib.support.scratch import FOLDER as SCRATCH
from xueji_lib.support.scratch import scratch
from xueji_lib.support.version import __version__

FORMAT: Final = 1
SUFFIX: Final = ".xjbackup"
MANIFEST: Final = "manifest.json"
_LEFT_OUT: Final = {SCRATCH, "logs", "views", ".lock", LAST_BACKUP, KNOWN_CASEBOOK, "casebook/cookie-secret"}
"""Below the store's root: made again by itself, or of this machine alone."""
_UNFINISHED: Final = (".part", ".lock")
_WAIT: Final = 60.0
_PACKED: Final = frozenset({".parquet", ".jpg", ".png", ".pdf", ""})
"""Files that packing makes no smaller; evidence has no suffix."""

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What was made. ``anchor``: number and check value of the trail's last line in it, in words; ``files``, ``size``
    (bytes): of the file."""

    file: Path
    anchor: str
    files: int
    size: int


def back_up(
    workplace: Workplace, actor: Actor, target: Path, password: str = "", progress: Progress | None = None
) -> BackedUp:
    """Write the backup, whole or not at all; encrypted with ``password``, unless that is "". Raises UsageError,
    StoreError."""
    if password:
        check_password(password)
    store = workplace.store
    with workplace.open_casebook() as book, scratch(store.root, "backup") as temp:
        try:
            entry, value, at = _database(book, temp)
            with store.lock(_WAIT):  # nobody takes in a file between two of these
                _link(store.root, temp / "store")
            manifest = {
                "format": FORMAT, "kit": __version__, "at": at, "by": actor.name, "casebook": book.id,
                "trail": {"entry": entry, "check_value": value},
            }  # fmt: skip
            count = _write(temp, manifest, target, password, progress)
        except OSError as error:
            where = error.filename or target
            raise StoreError(f"备份没有做成，写不了 {where}：{reason_of(error)}。原来的文件没有动") from None
        book.log(actor.name, "备份", detail={"entry": entry, "check_value": value})
    LastBackup(at, str(target.resolve()), entry).keep(store)
    return BackedUp(target, trail.in_words(entry, value), count, target.stat().st_size)


def _database(book: Casebook, temp: Path) -> tuple[int, str, str]:
    """The casebook's rows in a file of their own; returns the trail's last line in it, and when that was."""
    copied = connect(temp / "database")
    try:
        with one_moment(book.engine) as connection:
            copy_rows(connection, copied)
            entry, value = trail.end(connection)
            at = book.now()
    finally:
        copied.dispose()
    (temp / "database" / SQLITE_FILE).rename(temp / SQLITE_FILE)
    return entry, value, at


def _link(root: Path, target: Path) -> None:
    """The store's files under a second name: each is replaced and never changed, so that they stay what they are."""
    for file in _files(root):
        copy = target / file.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(file, copy)
        except OSError:  # a file system without such names
            shutil.copy2(file, copy)


def _files(root: Path) -> Iterator[Path]:
    for file in sorted(root.rglob("*")):
        name = file.relative_to(root)
        is_left_out = bool(_LEFT_OUT.intersection((name.parts[0], name.as_posix()))) or file.suffix in _UNFINISHED
        is_database = name.as_posix().startswith(f"casebook/{SQLITE_FILE}")
        if file.is_file() and not file.is_symlink() and not is_left_out and not is_database:
            yield file


def _write(temp: Path, manifest: dict[str, Any], target: Path, password: str, progress: Progress | None) -> int:
    named = {SQLITE_FILE: temp / SQLITE_FILE}
    named |= {f"store/{file.relative_to(temp / 'store').as_posix()}": file for file in _files(temp / "store")}
    plain = temp / "plain.zip"
    digests: dict[str, dict[str, Any]] = {}
    with zipfile.ZipFile(plain, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number, (name, file) in enumerate(named.items(), 1):
            digests[name] = {"sha256": sha256_of_content(file), "size": file.stat().st_size}
            packing = zipfile.ZIP_STORED if file.suffix in _PACKED else zipfile.ZIP_DEFLATED
            archive.write(file, name, packing)
            if progress is not None:
                progress(number, len(named), "文件")
        write_json(temp / MANIFEST, manifest | {"files": digests})
        archive.write(temp / MANIFEST, MANIFEST)
    if password:
        seal(plain, target, password)
    else:
        with write_aside(target) as aside:
            try:
                shutil.copyfile(plain, aside)
            except OSError as error:  # it names the file that was read
                raise OSError(error.errno, error.strerror, str(target)) from None
            aside.chmod(0o600)
    return len(named)
