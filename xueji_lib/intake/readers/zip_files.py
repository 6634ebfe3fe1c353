"""The files in a zip: their names as their writer meant them, and their content, never unpacked onto the disk.

Windows writes names in the machine's own encoding without saying so; zip itself knows only UTF-8 and an old American
one. Source: PKWARE's APPNOTE 4.4.4 (bit 11), D.1.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from xueji_lib.intake.readers.grid import Unreadable
from xueji_lib.intake.readers.sniff import DAMAGED
from xueji_lib.intake.readers.zip_errors import ZIP_ERRORS

_MOST_MEMBERS: Final = 5000
_MOST_UNPACKED: Final = 2 * 2**30
"""Bytes of all members together."""
_IS_UTF8, _IS_LOCKED = 0x800, 0x1
_CHINESE: Final = re.compile("[\u3400-\u9fff]")
TOO_MUCH: Final = "压缩包解开后太大，或里面的文件太多。请先解压，只把要交的表格放进收件夹"


@dataclass(frozen=True, slots=True)
class Member:
    """A file in a zip. ``name``: with / between folders. ``number``: its place in the zip's list."""

    name: str
    number: int
    size: int


def members(path: Path) -> list[Member]:
    """The files in a zip, folders left out. Raises Unreadable."""
    entries = _open(path).infolist()
    if len(entries) > _MOST_MEMBERS or sum(entry.file_size for entry in entries) > _MOST_UNPACKED:
        raise Unreadable(TOO_MUCH)
    files = [(number, entry) for number, entry in enumerate(entries) if not entry.orig_filename.endswith(("/", "\\"))]
    return [Member(name, number, entry.file_size) for number, entry in files if (name := _name(entry))]


def content(path: Path, number: int) -> bytes:
    """One member's bytes. Raises Unreadable."""
    archive = _open(path)
    entry = archive.infolist()[number]
    if entry.flag_bits & _IS_LOCKED:
        raise Unreadable("压缩包里的这个文件加了密码。请先解压，把里面的表格放进收件夹")
    try:
        return archive.read(entry)
    except ZIP_ERRORS:
        raise Unreadable("压缩包里的这个文件不完整或已损坏。请重新打包，或先解压再放进收件夹") from None


@lru_cache(maxsize=1)
def _open(path: Path) -> zipfile.ZipFile:
    """Kept open while its members are read, one after the other."""
    try:
        return zipfile.ZipFile(path)
    except ZIP_ERRORS:
        raise Unreadable(DAMAGED) from None


def _name(entry: zipfile.ZipInfo) -> str:
    name = entry.orig_filename
    if not entry.flag_bits & _IS_UTF8:
        name = decoded(name.encode("cp437", "replace"))
    parts = re.split(r"[\\/]+", name)
    return "/".join(part for part in parts if part not in ("", ".", ".."))


def decoded(name: bytes) -> str:
    """A file's name of unknown encoding: UTF-8 where it can be, else that of Chinese Windows."""
    texts = []
    for encoding in ("utf-8", "gb18030"):
        try:
            text = name.decode(encoding)
        except UnicodeDecodeError:
            continue
        # Two letters of GBK may happen to be one of UTF-8, but then not a Chinese one.
        if text.isascii() or _CHINESE.search(text):
            return text
        texts.append(text)
    return texts[0] if texts else name.decode("gb18030", "replace")
