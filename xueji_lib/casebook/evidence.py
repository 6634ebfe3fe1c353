"""Evidence files: a photo, a scan. Kept under the digest of their bytes; what they are is read from the bytes."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image, UnidentifiedImageError
from sqlalchemy import Connection, insert, select

from xueji_lib.casebook.book import Casebook, stored
from xueji_lib.casebook.cases import may_touch
from xueji_lib.casebook.events import Actor, Event
from xueji_lib.casebook.tables import EVENTS, FILES
from xueji_lib.support.errors import StoreError, UsageError
from xueji_lib.support.files import put_file

LIMIT: Final = 20 * 1024 * 1024
"""Bytes."""
_MOST_PIXELS: Final = 100_000_000
_IMAGES: Final = {"JPEG": "image/jpeg", "PNG": "image/png"}


@dataclass(frozen=True, slots=True)
class Evidence:
    """A file put to a subject. ``about``: kind and subject, as ``finding/<id>`` or ``answer/<term>/<school>/<S…>``."""

    sha256: str
    media: str
    size: int
    name: str
    about: str
    who: str
    at: str


def sniffed(content: bytes) -> str:
    """The media type of a jpg, png or pdf, by its bytes alone. Raises UsageError for anything else, and for one that
    is damaged or too large."""
    if len(content) > LIMIT:
        raise UsageError(f"文件太大（{len(content) / 2**20:.1f} MB），最多 {LIMIT // 2**20} MB。请拍小一点或压缩后再传")
    if content[:5] == b"%PDF-" and b"%%EOF" in content[-2048:]:
        return "application/pdf"
    try:
        with Image.open(io.BytesIO(content), formats=list(_IMAGES)) as image:
            if image.width * image.height > _MOST_PIXELS:
                raise UsageError("图片的尺寸太大，请缩小后再传")
            image.verify()
            return _IMAGES[str(image.format)]
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise UsageError("只收照片（jpg、png）和扫描件（pdf）。这个文件不是，或已损坏") from None


def attach(
    book: Casebook, actor: Actor, about: str, name: str, content: bytes, *, school_id: str, term: str
) -> Evidence:
    """Put a file to a subject; the same file to the same subject again changes nothing. Raises UsageError, StoreError.

    The bytes reach the disk before the casebook speaks of them.
    """
    may_touch(actor, school_id)
    media = sniffed(content)
    sha256 = hashlib.sha256(content).hexdigest()
    file = path(book, sha256)
    if not file.exists():
        try:
            put_file(file, content)
        except UsageError as error:
            raise StoreError(str(error)) from None
    shown = Path(name.replace("\\", "/")).name.strip()[-100:] or sha256[:8]
    with book.writing() as connection:
        known = {one.sha256: one for one in _of(stored(connection, school_id=school_id, kinds=("evidence",)), about)}
        if sha256 in known:
            return known[sha256]
        remember(connection, sha256, media, len(content))
        body = {"about": about, "sha256": sha256, "media": media, "size": len(content), "name": shown}
        event = book.put(
            connection, actor, "evidence", f"{about}#{sha256[:32]}", action="附证据", body=body,
            school_id=school_id, term=term,
        )  # fmt: skip
    return _of([event], about)[0]


def remember(connection: Connection, sha256: str, media: str, size: int) -> None:
    """Enter a file whose bytes are in place."""
    if not connection.execute(select(FILES.c.sha256).where(FILES.c.sha256 == sha256)).first():
        connection.execute(insert(FILES).values(sha256=sha256, media=media, size=size))


def of_school(book: Casebook, school_id: str, term: str = "") -> dict[str, list[Evidence]]:
    """about → its files, oldest first."""
    result: dict[str, list[Evidence]] = {}
    for one in _of(book.events(school_id, term, ("evidence",))):
        result.setdefault(one.about, []).append(one)
    return result


def content(book: Casebook, sha256: str) -> bytes:
    """The bytes, held against their digest. Raises StoreError where they are gone or changed, and UsageError where the
    casebook (a principal's: his school's) does not speak of such a file."""
    with book.reading() as connection:
        spoken = EVENTS.c.subject.like(f"%#{_plain_digest(sha256)[:32]}")
        query = select(EVENTS.c.id).where(EVENTS.c.kind == "evidence", spoken).limit(1)
        if connection.execute(query).first() is None:
            raise UsageError("台账里没有这个证据文件")
    try:
        found = path(book, sha256).read_bytes()
    except OSError:
        raise StoreError(f"证据文件 {sha256[:12]}… 不在了。请从备份恢复") from None
    if hashlib.sha256(found).hexdigest() != sha256:
        raise StoreError(f"证据文件 {sha256[:12]}… 被改动过。请从备份恢复")
    return found


def _plain_digest(sha256: str) -> str:
    """Raises UsageError for what is no digest: it goes into a query and a path."""
    if len(sha256) != 64 or set(sha256) - set("0123456789abcdef"):
        raise UsageError("台账里没有这个证据文件")
    return sha256


def path(book: Casebook, sha256: str) -> Path:
    return book.folder / "evidence" / sha256[:2] / sha256


def _of(events: Sequence[Event], about: str = "") -> list[Evidence]:
    names = ("sha256", "media", "size", "name", "about")
    return [
        Evidence(**{name: event.body[name] for name in names}, who=event.who, at=event.at)
        for event in events
        if not about or event.body["about"] == about
    ]
