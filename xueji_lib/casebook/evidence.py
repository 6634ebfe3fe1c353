"""Evidence files: photos and scans, stored under the digest of their bytes; the media type is read from the bytes."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image, UnidentifiedImageError
from sqlalchemy import Connection, insert, select

from xueji_lib.casebook.cases import may_touch
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log.book import Casebook, Deed, stored
from xueji_lib.casebook.log.events import Event
from xueji_lib.casebook.log.renamed import current_ids, every_id
from xueji_lib.casebook.log.tables import EVENTS, FILES
from xueji_lib.casebook.log.verification import evidence_file
from xueji_lib.casebook.photo_place import without_place
from xueji_lib.support.errors import StoreError, UsageError
from xueji_lib.support.files import put_file

LIMIT: Final = 20 * 1024 * 1024
"""Bytes."""
_MOST_PIXELS: Final = 100_000_000
_IMAGES: Final = {"JPEG": "image/jpeg", "PNG": "image/png"}


@dataclass(frozen=True, slots=True)
class Evidence:
    """A file attached to a subject. ``about``: kind and subject, as ``finding/<id>`` or
    ``answer/<term>/<school>/<S…>``. ``place_removed``: the photo said where it was taken, and no longer does."""

    sha256: str
    media: str
    size: int
    name: str
    about: str
    who: str
    at: str
    place_removed: bool = False


def media_type(content: bytes) -> str:
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


def attach(desk: Desk, school_id: str, about: str, name: str, content: bytes) -> Evidence:
    """Attach a file to a subject (``Evidence.about``); the same file again changes nothing. Returns its record. A photo
    is kept without the place where it was taken; the digest of what was sent stands in the casebook.

    The bytes are on the disk before the casebook names them. Raises UsageError, StoreError.
    """
    book = desk.book
    may_touch(desk.actor, school_id)
    media = media_type(content)
    sent, content = content, without_place(content)
    sha256 = hashlib.sha256(content).hexdigest()
    file = path(book, sha256)
    if not file.exists():
        try:
            put_file(file, content)
        except UsageError as error:
            raise StoreError(str(error)) from None
    file_name = Path(name.replace("\\", "/")).name.strip()[-100:] or sha256[:8]
    with book.writing() as connection:
        known = {item.sha256: item for item in _of(stored(connection, school_id=school_id, kinds=("evidence",)), about)}
        if sha256 in known:
            return known[sha256]
        remember(connection, sha256, media, len(content))
        body = {"about": about, "sha256": sha256, "media": media, "size": len(content), "name": file_name}
        if content != sent:
            body["sent"] = hashlib.sha256(sent).hexdigest()
        deed = Deed("evidence", f"{about}#{sha256[:32]}", school_id, desk.term, "附证据", body)
        event = book.put(connection, desk.actor, deed)
    return _of([event], about)[0]


def show_as_well(desk: Desk, school_id: str, from_subject: str, to_subject: str) -> None:
    """Attach the files of one subject of a school to another too (``Evidence.about``); what is attached already stays.
    Raises UsageError, StoreError."""
    may_touch(desk.actor, school_id)
    with desk.book.writing() as connection:
        files = _of(stored(connection, school_id=school_id, kinds=("evidence",)))
        known = {file.sha256 for file in files if file.about == to_subject}
        for file in files:
            if file.about != from_subject or file.sha256 in known:
                continue
            plain = {name: getattr(file, name) for name in ("sha256", "media", "size", "name")}
            subject = f"{to_subject}#{file.sha256[:32]}"
            deed = Deed("evidence", subject, school_id, desk.term, "附证据", {"about": to_subject, **plain})
            desk.book.put(connection, desk.actor, deed)


def remember(connection: Connection, sha256: str, media: str, size: int) -> None:
    """Enter a file into the table of files; its bytes are already stored."""
    if not connection.execute(select(FILES.c.sha256).where(FILES.c.sha256 == sha256)).first():
        connection.execute(insert(FILES).values(sha256=sha256, media=media, size=size))


def of_school(book: Casebook, school_id: str, term: str = "") -> dict[str, list[Evidence]]:
    """The school's evidence files by what they are about (``Evidence.about``), oldest first."""
    with book.reading() as connection:
        events = stored(connection, school_id=school_id, term=term, kinds=("evidence",))
        renamed = current_ids(connection, school_id)
    result: dict[str, list[Evidence]] = {}
    for item in _of(events):
        kind, _, subject = item.about.partition("/")
        about = f"{kind}/{renamed[subject]}" if kind == "finding" and subject in renamed else item.about
        result.setdefault(about, []).append(item)
    return result


def about(book: Casebook, subject: str) -> list[Evidence]:
    """The files attached to one subject (``Evidence.about``), oldest first."""
    kind, _, of_kind = subject.partition("/")
    with book.reading() as connection:
        subjects = [f"{kind}/{known}" for known in every_id(connection, kind, of_kind)]
        return [file for known in subjects for file in _of(stored(connection, subject_prefix=f"{known}#"), known)]


def content(book: Casebook, sha256: str) -> bytes:
    """The bytes of a file, checked against their digest. Raises StoreError where they are gone or changed, UsageError
    where the casebook (a principal's: his school's part) names no such file."""
    with book.reading() as connection:
        names_file = EVENTS.c.subject.like(f"%#{_plain_digest(sha256)[:32]}")
        query = select(EVENTS.c.id).where(EVENTS.c.kind == "evidence", names_file).limit(1)
        if connection.execute(query).first() is None:
            raise UsageError("台账里没有这个证据文件")
    return kept(book, sha256)


def kept(book: Casebook, sha256: str) -> bytes:
    """The bytes of a file that an event names, checked against their digest. Raises StoreError where they are gone or
    changed."""
    try:
        file_bytes = path(book, sha256).read_bytes()
    except OSError:
        raise StoreError(f"证据文件 {sha256[:12]}… 不在了。请从备份恢复") from None
    if hashlib.sha256(file_bytes).hexdigest() != sha256:
        raise StoreError(f"证据文件 {sha256[:12]}… 被改动过。请从备份恢复")
    return file_bytes


def _plain_digest(sha256: str) -> str:
    """Raises UsageError for what is no digest: it goes into a query and a path."""
    if len(sha256) != 64 or set(sha256) - set("0123456789abcdef"):
        raise UsageError("台账里没有这个证据文件")
    return sha256


def path(book: Casebook, sha256: str) -> Path:
    """Where the casebook keeps the bytes of a file."""
    return evidence_file(book.folder, sha256)


def _of(events: Sequence[Event], about: str = "") -> list[Evidence]:
    names = ("sha256", "media", "size", "name", "about")
    return [
        Evidence(
            **{name: event.body[name] for name in names}, who=event.who, at=event.at, place_removed="sent" in event.body
        )
        for event in events
        if not about or event.body["about"] == about
    ]
