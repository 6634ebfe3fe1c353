"""Writes deliverables whole or not at all; digests of a file and of many."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from xueji_lib.support.errors import UsageError
from xueji_lib.support.os_reasons import reason_of
from xueji_lib.support.safe_write import write_aside


def put_file(file: Path, content: str | bytes, *, durable: bool = True) -> None:
    """Write a deliverable whole or not at all. Raises UsageError where another program holds it.

    Not ``durable``: plainly, into a folder that is put in place as a whole afterwards.
    """
    data = content.encode() if isinstance(content, str) else content
    try:
        if durable:
            with write_aside(file) as aside:
                aside.write_bytes(data)
        else:
            file.write_bytes(data)
    except OSError as error:
        held = isinstance(error, PermissionError)
        why = "文件正被别的程序打开，或没有写的权限。请关闭后再运行" if held else reason_of(error)
        raise UsageError(f"写不了 {file}：{why}") from None


def sha256_of_content(file: Path) -> str:
    """64 hex digits, read from the disk a part at a time. Raises OSError."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def digest_files(files: Iterable[tuple[Path, Path]], start: str = "") -> str:
    """One digest of (root, file) pairs, each file with its path below its root; their order does not matter."""
    digest = hashlib.sha256(start.encode())
    for name, file in sorted((file.relative_to(root).as_posix(), file) for root, file in files):
        state = file.stat()
        digest.update(name.encode() + b"\0" + _content(file, state.st_mtime_ns, state.st_size))
    return digest.hexdigest()


@lru_cache(4096)
def _content(file: Path, changed: int, size: int) -> bytes:  # noqa: ARG001 a file that was written has another time
    return bytes.fromhex(sha256_of_content(file))


def swap_folder(aside: Path, target: Path, *, keep_others: bool = True) -> None:
    """Put a finished folder in the place of another; files that only the old one has move over first, unless not
    ``keep_others``.

    A kill between the two renames leaves no ``target``, never a mixed one; what it set aside is taken up again
    next time. Raises UsageError where another program holds a file of it.
    """
    old = target.with_name(f".{target.name}.old")
    try:
        if old.exists() and not target.exists():
            old.rename(target)
        shutil.rmtree(old, ignore_errors=True)
        if target.exists():
            for entry in target.iterdir():
                if keep_others and not (aside / entry.name).exists():
                    copy = shutil.copytree if entry.is_dir() else shutil.copy2
                    copy(entry, aside / entry.name)
            target.rename(old)
        aside.rename(target)
    except OSError as error:
        if old.exists() and not target.exists():
            old.rename(target)
        held = isinstance(error, PermissionError)
        why = "里面的文件正被别的程序打开，或没有写的权限。请关闭后再运行" if held else reason_of(error)
        raise UsageError(f"写不了 {target}：{why}") from None
    shutil.rmtree(old, ignore_errors=True)
