"""A zip file with parts in it, as workbooks are: opened whatever its writer did, and only if it is not too big."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Final

from xueji_lib.intake.readers.grid import Unreadable
from xueji_lib.intake.readers.sniff import DAMAGED
from xueji_lib.intake.readers.zip_errors import ZIP_ERRORS

MOST_UNPACKED: Final = 768 * 2**20
"""Bytes of all parts of a workbook together; a county's register with all columns has a third of it."""
_MOST_PARTS: Final = 20_000
_BLOCK: Final = 2**20


class Package:
    """Parts go by their names as Excel takes them: ``/`` between folders, small letters or capitals the same.

    Raises Unreadable where it is no archive or unpacks to more than a workbook can be.
    """

    def __init__(self, data: bytes) -> None:
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
            entries = self._archive.infolist()
        except ZIP_ERRORS:
            raise Unreadable(DAMAGED) from None
        if len(entries) > _MOST_PARTS or sum(entry.file_size for entry in entries) > MOST_UNPACKED:
            raise Unreadable(
                f"文件解开后太大（超过 {MOST_UNPACKED // 2**20} MB），不像一张表。"
                "请删掉表格下方和右边的空行空列，或分成几个文件再交"
            )
        # ``orig_filename`` is the name as it is written; ``filename`` differs on Windows.
        self.names = [entry.orig_filename.replace("\\", "/").lstrip("/") for entry in entries]
        self.is_mended = self.names != [entry.orig_filename for entry in entries]
        self._entries: Mapping[str, zipfile.ZipInfo] = {
            name.lower(): entry for name, entry in zip(self.names, entries, strict=True)
        }

    def __enter__(self) -> Package:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._archive.close()

    def __contains__(self, part: str) -> bool:
        return part.lower() in self._entries

    def size(self, part: str) -> int:
        """Bytes of a part, as the archive says; 0 where it is not there."""
        entry = self._entries.get(part.lower())
        return 0 if entry is None else entry.file_size

    def read(self, part: str) -> bytes | None:
        """A whole part; None where it is not there or damaged."""
        try:
            return self._archive.read(self._entries[part.lower()])
        except ZIP_ERRORS:
            return None

    def blocks(self, part: str) -> Iterator[bytes]:
        """A part bit by bit. Raises Unreadable where it is damaged."""
        try:
            with self._archive.open(self._entries[part.lower()]) as stream:
                while block := stream.read(_BLOCK):
                    yield block
        except ZIP_ERRORS:
            raise Unreadable(DAMAGED) from None

    def rewritten(self, changed: Mapping[str, bytes]) -> bytes:
        """The package once more with mended names and some parts replaced. Raises Unreadable for a damaged part."""
        target = io.BytesIO()
        changed = {part.lower(): content for part, content in changed.items()}
        with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as copy:
            for part in dict.fromkeys(self.names):
                content = changed.get(part.lower()) or self.read(part)
                if content is None:
                    raise Unreadable(DAMAGED)
                copy.writestr(part, content)
        return target.getvalue()
