"""Put a backup back: into a folder where there is no store, every file held against its digest, the casebook verified
before anybody works with it."""

from __future__ import annotations

import json
import re
import shutil
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from xueji_lib.casebook.access.api_tokens import ApiTokens
from xueji_lib.casebook.backup.backing_up import FORMAT, MANIFEST, Progress
from xueji_lib.casebook.backup.rows_copied import copy_rows, one_moment
from xueji_lib.casebook.carry.sealed import MAGIC, unseal
from xueji_lib.casebook.log import trail
from xueji_lib.casebook.log.database import SQLITE_FILE, connect
from xueji_lib.casebook.log.events import Actor
from xueji_lib.casebook.log.remembered import RememberedCasebook
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.store import Store
from xueji_lib.support.errors import StoreError, UsageError
from xueji_lib.support.files import sha256_of_content
from xueji_lib.support.os_reasons import reason_of
from xueji_lib.support.private import keep_all_private, private_folder
from xueji_lib.support.safe_write import locked

_NAMES: Final = re.compile(r"manifest\.json|casebook\.sqlite|store/([^/\\:]+/)*[^/\\:]+")
_ROOM: Final = 64 * 2**20
"""Bytes that stay free beside what is restored."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back. ``anchor``: number and check value of the trail's last line, as in the backup; ``at``: when
    the backup was made (UTC, ISO)."""

    files: int
    anchor: str
    at: str


def is_encrypted(backup: Path) -> bool:
    """Whether a password is needed. Raises StoreError where it cannot be read."""
    try:
        with backup.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError as error:
        raise StoreError(f"{backup} 读不出来：{reason_of(error)}") from None


def restore(
    backup: Path, root: Path, casebook_url: str, actor: Actor, password: str = "", progress: Progress | None = None
) -> Restored:
    """Make the store below ``root`` of a backup, and its casebook at ``casebook_url`` ("": in the store). Raises
    UsageError, StoreError; then nothing is left at ``root``, and nothing was written to the database."""
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise UsageError(f"{root} 里已有东西，什么都没有动。先把它移走或改名，或用 --store 另指一个空文件夹")
    try:
        with _aside(root) as aside:
            manifest = _unpack(backup, aside, password, progress)
            store_root = private_folder(aside / "store")
            private_folder(store_root / "casebook")
            if not casebook_url:
                (aside / SQLITE_FILE).rename(store_root / "casebook" / SQLITE_FILE)
            else:
                _into_database(aside, store_root, casebook_url)
            restored = _verified(store_root, casebook_url, manifest, actor)
            keep_all_private(store_root)
            if root.exists():
                root.rmdir()
            store_root.rename(root)
    except OSError as error:
        raise StoreError(f"没有恢复成，写不了 {error.filename or root}：{reason_of(error)}") from None
    return restored


@contextmanager
def _aside(root: Path) -> Iterator[Path]:
    """An empty folder beside ``root``, for one program at a time; gone when the block ends. What a killed one left goes
    first: a casebook half made there must not be taken for part of this one."""
    aside = private_folder(root.with_name(f".{root.name}.restoring"))
    lock = aside.with_name(f"{aside.name}.lock")
    is_mine = False
    try:
        with locked(lock, f"另一个恢复正在往 {root} 里写。等它做完再来一次"):
            is_mine = True
            shutil.rmtree(aside, ignore_errors=True)
            try:
                yield private_folder(aside)
            finally:
                shutil.rmtree(aside, ignore_errors=True)
    finally:
        if is_mine:  # after the block: Windows deletes no file that is open
            with suppress(OSError):
                lock.unlink()


def _unpack(backup: Path, folder: Path, password: str, progress: Progress | None) -> dict[str, Any]:
    """Unpack and hold every file against the manifest; returns that. Raises UsageError, StoreError, OSError."""
    plain = backup
    if is_encrypted(backup):
        plain = folder / "plain.zip"
        unseal(backup, plain, password)
    try:
        with zipfile.ZipFile(plain) as archive:
            members = archive.infolist()
            _check_members(members, backup, folder)
            manifest = json.loads(archive.read(MANIFEST))
            if int(manifest["format"]) > FORMAT:
                raise StoreError(f"{backup} 是新版程序做的，这一版打不开。请换用新版程序")
            files = dict(manifest["files"])
            if set(files) | {MANIFEST} != {member.filename for member in members}:
                raise ValueError("files")
            for number, name in enumerate(files, 1):
                extracted = Path(archive.extract(name, folder))
                if sha256_of_content(extracted) != files[name]["sha256"]:
                    raise StoreError(f"{backup} 里的 {name} 和备份时的不一样，没有恢复。请用另一份备份")
                if progress is not None:
                    progress(number, len(files), "文件")
    except (ValueError, KeyError, TypeError, RecursionError, NotImplementedError, RuntimeError, zipfile.BadZipFile):
        raise StoreError(f"{backup} 不是本工具箱的备份，或已损坏，没有恢复。请用另一份备份") from None
    if plain != backup:
        plain.unlink()
    return dict(manifest)


def _check_members(members: list[zipfile.ZipInfo], backup: Path, folder: Path) -> None:
    names = [member.filename for member in members]
    is_plain = all(stat.S_IFMT(member.external_attr >> 16) in (0, stat.S_IFREG) for member in members)
    is_inside = all(_NAMES.fullmatch(name) and ".." not in name.split("/") for name in names)
    if len(set(names)) != len(names) or not is_plain or not is_inside:
        raise StoreError(f"{backup} 不是本工具箱的备份：里面有不该有的文件。没有恢复")
    needed, free = sum(member.file_size for member in members) + _ROOM, shutil.disk_usage(folder).free
    if needed > free:
        sizes = f"恢复要 {needed / 2**20:.0f} MB，{folder.parent} 只剩 {free / 2**20:.0f} MB"
        raise StoreError(f"磁盘不够：{sizes}。没有恢复")


def _into_database(aside: Path, store_root: Path, casebook_url: str) -> None:
    """The rows of the backup's file into a database elsewhere, which has to hold no casebook yet."""
    source = connect(aside, f"sqlite:///{(aside / SQLITE_FILE).as_posix()}")
    target = connect(store_root / "casebook", casebook_url)
    try:
        with one_moment(source) as connection:
            copy_rows(connection, target)
    finally:
        source.dispose()
        target.dispose()


def _verified(root: Path, casebook_url: str, manifest: dict[str, Any], actor: Actor) -> Restored:
    """The casebook is whole and ends where the backup says; that it was restored is written down."""
    noted = int(manifest["trail"]["entry"]), str(manifest["trail"]["check_value"])
    store = Store.open(root)
    RememberedCasebook(str(manifest["casebook"]), *noted).keep(store)
    with Workplace(store, casebook_url).open_casebook() as book:
        verified = book.verify()
        if verified.broken or (verified.lines, verified.last) != noted:
            raise StoreError(
                f"备份里的核查台账不完整，没有恢复：{verified.broken or '末条和备份时的不一样'}。请用另一份备份"
            )
        detail = {"made": str(manifest["at"]), "entry": noted[0], "check_value": noted[1]}
        book.log(actor.name, "从备份恢复", detail=detail)
        ApiTokens(book).revoke_all(actor.name)  # one that was revoked since then must not hold again
    return Restored(len(manifest["files"]), trail.in_words(*noted), str(manifest["at"]))
