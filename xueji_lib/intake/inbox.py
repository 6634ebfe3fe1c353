"""The files of an inbox: which are read, which are left lying, in a fixed order."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Final

from xueji_lib.intake.readers import zip_files
from xueji_lib.intake.readers.zip_files import Member
from xueji_lib.support.errors import StoreError
from xueji_lib.support.os_reasons import reason_of

_NOT_DATA: Final = {"thumbs.db", ".ds_store", "desktop.ini"}
_MAX_FILE: Final = 512 * 1024 * 1024
"""Bytes."""
_NOT_VISIBLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Characters that move the cursor, turn the line round or are none: a name must not write on somebody's screen."""


@dataclass(frozen=True, slots=True)
class InboxFile:
    """``relative``: the path below the inbox with / between folders, in characters whatever the system keeps.

    ``member``: its number in the zip at ``path``; -1 for a file of its own.
    """

    path: Path
    relative: str
    size: int
    member: int = -1

    @property
    def shown(self) -> str:
        """The path as it may be shown: on one line, any personal number in it masked."""
        return masked_name(self.relative)


@dataclass(frozen=True, slots=True)
class Inbox:
    """``ignored``: (path, why) of what was left lying. ``closed``: folders that cannot be looked into."""

    files: tuple[InboxFile, ...]
    ignored: tuple[tuple[str, str], ...]
    closed: tuple[str, ...] = ()


@lru_cache(maxsize=4096)
def masked_name(text: str) -> str:
    """A name as it may be shown."""
    from xueji_lib.register.identity import mask_text  # here: the readers do without, and it is slow to load

    return mask_text(visible(text))


def visible(text: str) -> str:
    """A text on one line, with a box for every character that is none."""
    return _NOT_VISIBLE.sub("□", text)


def look(inbox: Path) -> Inbox:
    """Walk the inbox, without following links out of it. Raises StoreError where there is nothing."""
    if not inbox.is_dir():
        what = "是一个文件，不是文件夹" if inbox.exists() else "不存在"
        raise StoreError(f"收件夹 {inbox} {what}。请给出放着各校文件的文件夹")
    root = inbox.resolve()
    files: list[InboxFile] = []
    ignored: list[tuple[str, str]] = []
    closed: list[str] = []
    for folder, names, leaves in os.walk(inbox, onerror=lambda error: closed.append(_relative(error.filename, inbox))):
        for name in list(names):
            path = Path(folder, name)
            why = _why_not_enter(path, name)
            if why:
                names.remove(name)
                ignored.append((_relative(path, inbox), why))
        for name in leaves:
            path = Path(folder, name)
            relative = _relative(path, inbox)
            why = _why_not(path, name, root)
            if why:
                ignored.append((relative, why))
            else:
                files.append(InboxFile(path, relative, _size(path)))
    if not files and not closed:
        raise StoreError(f"收件夹 {inbox} 里没有文件。请把各校的表格放进去再收")
    return Inbox(tuple(sorted(files, key=lambda file: file.relative)), tuple(sorted(ignored)), tuple(sorted(closed)))


def unpacked(file: InboxFile, members: Iterable[Member]) -> tuple[list[InboxFile], list[tuple[str, str]]]:
    """The files of a zip as files of the inbox, and (path, why) of those that are left lying."""
    files, ignored = [], []
    for member in members:
        relative = f"{file.relative}/{member.name}"
        why = next(filter(None, map(_why_not_by_name, member.name.split("/"))), "")
        if why:
            ignored.append((relative, why))
        else:
            files.append(replace(file, relative=relative, size=member.size, member=member.number))
    return files, ignored


def load(file: InboxFile) -> bytes:
    """The bytes. Raises OSError, Unreadable, or ValueError for a file too big to be a table."""
    if file.size > _MAX_FILE:
        raise ValueError(f"文件太大（{file.size // 2**20} MB）。请分成几个文件再交")
    return zip_files.content(file.path, file.member) if file.member >= 0 else file.path.read_bytes()


def _relative(path: str | Path, inbox: Path) -> str:
    relative = Path(path).relative_to(inbox).as_posix()
    try:
        relative.encode()
    except UnicodeEncodeError:  # bytes that are no UTF-8: unpacked by a program that did not know of GBK
        return "/".join(zip_files.decoded(os.fsencode(part)) for part in relative.split("/"))
    return relative


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0  # gone meanwhile: whoever reads it will say so


def _why_not_enter(path: Path, name: str) -> str:
    if name == "__MACOSX" or name.startswith("."):
        return "系统文件夹"
    return "链接，不跟进" if path.is_symlink() else ""


def _why_not_by_name(name: str) -> str:
    low = name.lower()
    if low in _NOT_DATA or low.startswith("._") or low == "__macosx":
        return "系统文件"
    if low.startswith(("~$", ".~")):
        return "Excel/WPS 正打开文件时的锁文件"
    return "隐藏文件" if low.startswith(".") else ""


def _why_not(path: Path, name: str, root: Path) -> str:
    if why := _why_not_by_name(name):
        return why
    if path.is_symlink():
        try:
            target = path.resolve(strict=True)
        except (OSError, RuntimeError):  # RuntimeError: it leads to itself
            return "失效的链接"
        return "链接，不跟进" if target.is_relative_to(root) else "指到收件夹外的链接，不跟进"
    try:
        return "" if path.is_file() else "不是普通文件"
    except OSError as error:
        return f"打不开（{reason_of(error)}）"
