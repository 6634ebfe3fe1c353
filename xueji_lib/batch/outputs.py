"""What the deliverables were when they were written, and whether they still are.

A file is recorded with its size, its time and the digest of its content. Size and time are cheap: every run looks at
them. The digest is compared where they leave a doubt, or where every byte is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from xueji_lib.support.errors import XuejiError
from xueji_lib.support.files import sha256_of_content
from xueji_lib.support.remote import Remote


@dataclass(frozen=True, slots=True)
class Written:
    """A file as it was written: bytes, time of its last change (ns since 1970), SHA-256 of its content (hex)."""

    size: int
    mtime_ns: int
    sha256: str

    @classmethod
    def read(cls, raw: Any) -> Written:
        """From JSON. Raises TypeError where it says anything else."""
        record = cls(**raw)
        if not (type(record.size) is type(record.mtime_ns) is int and isinstance(record.sha256, str)):
            raise TypeError("a size or a time that is no number")
        return record


def record(folder: Path, names: Iterable[str]) -> dict[str, Written]:
    """Name → size, time and digest, of those of ``names`` that are files of ``folder``."""
    written = {}
    for name in names:
        file = folder / name
        if file.is_file():
            digest, state = sha256_of_content(file), file.stat()
            written[name] = Written(state.st_size, state.st_mtime_ns, digest)
    return written


class Files(Protocol):
    """A folder of deliverables. Names are paths below OUT/<term>."""

    def state(self, name: str) -> tuple[int, int | None] | None:
        """(bytes, time in ns), the time None where it means nothing; None where there is no such file."""

    def sha256(self, name: str) -> str:
        """The digest of what is there. Raises OSError or StoreError where it cannot be read."""


@dataclass(frozen=True, slots=True)
class LocalFiles(Files):
    """Files of a folder of this machine."""

    folder: Path

    def state(self, name: str) -> tuple[int, int | None] | None:
        try:
            state = (self.folder / name).stat()
        except OSError:
            return None
        return (state.st_size, state.st_mtime_ns) if (self.folder / name).is_file() else None

    def sha256(self, name: str) -> str:
        return sha256_of_content(self.folder / name)


@dataclass(frozen=True, slots=True)
class RemoteFiles(Files):
    """Files behind a URL: a store of objects has times of its own, so only their sizes are looked at, as they were
    when ``sizes`` was asked for (path below ``out`` → bytes)."""

    out: Remote
    term: str
    sizes: Mapping[str, int]

    def state(self, name: str) -> tuple[int, int | None] | None:
        size = self.sizes.get(f"{self.term}/{name}")
        return None if size is None else (size, None)

    def sha256(self, name: str) -> str:
        return self.out.sha256(f"{self.term}/{name}")


def damage(files: Files, name: str, was: Written, *, every_byte: bool = False) -> str:
    """Why a file is not as it was written, in a few Chinese words; "" where it is.

    A file of the same size whose time differs (it was copied, say) is read; with ``every_byte`` every file is.
    """
    now = files.state(name)
    if now is None:
        return "没有了"
    size, mtime_ns = now
    if size != was.size:
        how = "空了" if not size else "短了" if size < was.size else "长了"
        return f"{how}（写好时 {was.size} 字节，现在 {size} 字节）"
    if not every_byte and mtime_ns in (None, was.mtime_ns):
        return ""
    try:
        return "" if files.sha256(name) == was.sha256 else "内容变了（大小没变）"
    except (OSError, XuejiError):
        return "读不出来"
