"""The files of an inbox: which are read, which are left lying, in a fixed order."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from xueji_lib.register.identity import mask_text
from xueji_lib.support.errors import StoreError

_NOT_DATA = {"thumbs.db", ".ds_store", "desktop.ini"}
_MAX_FILE = 512 * 1024 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class InboxFile:
    """``shown``: the path below the inbox with / between folders, any personal number in it masked."""

    path: Path
    relative: str
    shown: str
    size: int
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Inbox:
    files: tuple[InboxFile, ...]
    ignored: tuple[tuple[str, str], ...]
    """(path, why) of what was left lying."""


def look(inbox: Path) -> Inbox:
    """Walk the inbox, without following links out of it. Raises StoreError where there is nothing."""
    if not inbox.is_dir():
        what = "是一个文件，不是文件夹" if inbox.exists() else "不存在"
        raise StoreError(f"收件夹 {inbox} {what}。请给出放着各校文件的文件夹")
    root = inbox.resolve()
    files: list[InboxFile] = []
    ignored: list[tuple[str, str]] = []
    for folder, names, leaves in os.walk(inbox):
        here = Path(folder)
        for name in list(names):
            path = here / name
            if name == "__MACOSX" or (name.startswith(".") and name not in (".", "..")):
                names.remove(name)
                ignored.append((_relative(path, inbox), "系统文件夹"))
            elif path.is_symlink():
                names.remove(name)
                ignored.append((_relative(path, inbox), "链接，不跟进"))
        for name in leaves:
            path = here / name
            relative = _relative(path, inbox)
            why = _why_not(path, name, root)
            if why:
                ignored.append((relative, why))
            else:
                files.append(InboxFile(path, relative, mask_text(relative), path.stat().st_size))
    if not files:
        raise StoreError(f"收件夹 {inbox} 里没有文件。请把各校的表格放进去再收")
    return Inbox(tuple(sorted(files, key=lambda f: f.relative)), tuple(sorted((mask_text(p), w) for p, w in ignored)))


def _relative(path: Path, inbox: Path) -> str:
    return path.relative_to(inbox).as_posix()


def _why_not(path: Path, name: str, root: Path) -> str:
    low = name.lower()
    if low in _NOT_DATA or low.startswith("._"):
        return "系统文件"
    if low.startswith(("~$", ".~")):
        return "Excel/WPS 正打开文件时的锁文件"
    if low.startswith("."):
        return "隐藏文件"
    if path.is_symlink():
        try:
            target = path.resolve(strict=True)
        except OSError:
            return "失效的链接"
        if not target.is_relative_to(root):
            return "指到收件夹外的链接，不跟进"
        return "链接，不跟进"
    if not path.is_file():
        return "不是普通文件"
    return ""


def load(file: InboxFile) -> bytes:
    """The bytes. Raises OSError, or ValueError for a file too big to be a table."""
    if file.size > _MAX_FILE:
        raise ValueError(f"文件太大（{file.size // 2**20} MB）。请分成几个文件再交")
    return file.path.read_bytes()
