"""The container of an .xls: its streams, and whether it holds together.

A damaged container can send a reader round in circles for ever, so every chain of sectors is walked here first, no
sector twice: a file of a few megabytes can hold thousands of streams that all lead through the same long chain.
Source: [MS-CFB] 2.2 to 2.6.
"""

from __future__ import annotations

import struct
from array import array
from dataclasses import dataclass

from xueji_lib.intake.readers.grid import Unreadable
from xueji_lib.intake.readers.sniff import DAMAGED

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LAST = 0xFFFFFFFA  # greater numbers are no sectors


@dataclass(frozen=True, slots=True)
class DirectoryEntry:
    """One line of the directory. ``kind``: 1 storage, 2 stream, 5 root."""

    name: str
    kind: int
    start: int
    size: int


class Container:
    """An OLE file, read as far as needed. Raises Unreadable where its chains do not end."""

    def __init__(self, data: bytes) -> None:
        try:
            self._read(data)
        except (struct.error, IndexError):
            raise Unreadable(DAMAGED) from None

    def _read(self, data: bytes) -> None:
        self._data = data
        shift, mini_shift = struct.unpack_from("<HH", data, 30)
        if shift not in (9, 12) or mini_shift != 6:
            raise Unreadable(DAMAGED)
        self._size = 1 << shift
        first_directory, _, self._cutoff = struct.unpack_from("<III", data, 48)
        first_mini, _, first_difat, _ = struct.unpack_from("<IIII", data, 60)
        tables = [s for s in struct.unpack_from("<109I", data, 76) if s < _LAST]
        seen: set[int] = set()
        while first_difat < _LAST and first_difat not in seen:
            seen.add(first_difat)
            more = struct.unpack(f"<{self._size // 4}I", self._sector(first_difat))
            tables += [s for s in more[:-1] if s < _LAST]
            first_difat = more[-1]
        if first_difat in seen or len(tables) > len(data) // self._size:
            raise Unreadable(DAMAGED)
        self._fat = array("I")
        for table in tables:
            self._fat.extend(struct.unpack(f"<{self._size // 4}I", self._sector(table)))
        self.entries = list(self._directory(self._joined(first_directory)))
        mini = self._joined(first_mini) if first_mini < _LAST else b""
        self._mini_fat = array("I", struct.unpack(f"<{len(mini) // 4}I", mini[: len(mini) // 4 * 4]))
        root = next((e for e in self.entries if e.kind == 5), None)
        self._mini = self._joined(root.start) if root and root.start < _LAST else b""

    def _sector(self, sector_number: int) -> bytes:
        start = (sector_number + 1) * self._size
        sector = self._data[start : start + self._size]
        if not sector:
            raise Unreadable(DAMAGED)
        return sector.ljust(self._size, b"\0")

    def _chain(self, start: int, fat: array[int]) -> list[int]:
        chain: list[int] = []
        seen: set[int] = set()
        while start < _LAST:
            if start in seen or start >= len(fat):
                raise Unreadable(DAMAGED)
            seen.add(start)
            chain.append(start)
            start = fat[start]
        return chain

    def _joined(self, start: int) -> bytes:
        return b"".join(self._sector(s) for s in self._chain(start, self._fat))

    @staticmethod
    def _directory(data: bytes) -> list[DirectoryEntry]:
        entries = []
        for offset in range(0, len(data) - 127, 128):
            length, kind = struct.unpack_from("<HB", data, offset + 64)
            start, size = struct.unpack_from("<II", data, offset + 116)
            name = data[offset : offset + max(min(length, 64) - 2, 0)].decode("utf-16-le", "replace")
            if kind in (1, 2, 5):
                entries.append(DirectoryEntry(name, kind, start, size))
        return entries

    def stream(self, *names: str) -> bytes | None:
        """The first stream of one of these names; None where there is none. Raises Unreadable."""
        for name in names:
            for entry in self.entries:
                if entry.kind == 2 and entry.name.lower() == name.lower():
                    return self._content(entry)
        return None

    def _content(self, entry: DirectoryEntry) -> bytes:
        if entry.size >= self._cutoff:
            return self._joined(entry.start)[: entry.size]
        parts = (self._mini[s * 64 : s * 64 + 64] for s in self._chain(entry.start, self._mini_fat))
        return b"".join(parts)[: entry.size]

    def check(self) -> None:
        """Walk every stream. Raises Unreadable where one does not end."""
        ending: dict[bool, set[int]] = {True: set(), False: set()}  # sectors known to lead to an end, by table
        for entry in self.entries:
            if entry.kind == 2 and entry.size and entry.start < _LAST:
                is_large = entry.size >= self._cutoff
                _walk(entry.start, self._fat if is_large else self._mini_fat, ending[is_large])


def _walk(start: int, fat: array[int], ending: set[int]) -> None:
    """Follow a chain as far as its end is not known yet. Raises Unreadable where it has none."""
    chain: set[int] = set()
    while start < _LAST and start not in ending:
        if start in chain or start >= len(fat):
            raise Unreadable(DAMAGED)
        chain.add(start)
        start = fat[start]
    ending |= chain
