"""What is done with 现场检查记录 at the school: the school's word on it, and who signed which content of it.

A signature names the check value of what was signed. Where the record says something else by now, it signs nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from xueji_lib.casebook import evidence, signature_image, signoff
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log.book import Casebook, Deed
from xueji_lib.casebook.log.events import Event, head_ids, heads
from xueji_lib.casebook.states import NOTE_LIMIT
from xueji_lib.register.masking import mask_text
from xueji_lib.support.errors import StoreError, UsageError
from xueji_lib.support.files import put_file

INSPECTOR, HEAD, REGISTRAR = "检查人员", "学校负责人", "学籍管理员"
SIGNERS: Final = (INSPECTOR, HEAD, REGISTRAR)
DRAWN, ON_PAPER, REFUSED, TAKEN_BACK = "手写签名", "纸上手签", "拒绝签字", "撤回"
WAYS: Final = (DRAWN, ON_PAPER, REFUSED, TAKEN_BACK)
AGREES, OBJECTS = "没有异议", "有异议"
OPINIONS: Final = (AGREES, OBJECTS)
NAME_LIMIT: Final = 30
_NO_NAME: Final = re.compile(r"[\d/#\\]")


@dataclass(frozen=True, slots=True)
class Statement:
    """The school's word on the record. ``value``: one of OPINIONS, "" where none was taken down. ``conflict``: two
    people took down different ones."""

    value: str
    note: str
    who: str
    at: str
    seen: tuple[str, ...]
    history: tuple[Event, ...]
    conflict: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    """How a signer signed last. ``of``: the check value of the record's content then. ``sha256``: of the drawing, ""
    where there is none."""

    signer: str
    name: str
    way: str
    note: str
    of: str
    sha256: str
    who: str
    at: str
    seen: tuple[str, ...]
    history: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Signing:
    """What a signer does, as it was asked for. ``of``: the check value of the content on the screen. ``drawing``: the
    PNG, for DRAWN alone. ``note``: why, for REFUSED."""

    signer: str
    name: str
    way: str
    of: str
    note: str = ""
    drawing: bytes = b""


def subject(term: str, school_id: str, signer: str, name: str) -> str:
    """What a signature is about: of the school one each, of inspectors one a person."""
    about = f"{term}/{school_id}/signature/{signer}"
    return f"{about}/{name}" if signer == INSPECTOR else about


# ---- read ----


def statement(book: Casebook, school_id: str, term: str) -> Statement:
    """The school's word on the record."""
    events = book.events(school_id, term, ("statement",))
    last = heads(events)
    if not last:
        return Statement("", "", "", "", (), ())
    newest = last[-1]
    different = len({(event.body["value"], event.body["note"]) for event in last}) > 1
    note = "；".join(dict.fromkeys(str(event.body["note"]) for event in last if event.body["note"]))
    return Statement(
        str(newest.body["value"]), note, newest.who, newest.at, head_ids(events), tuple(events), different
    )  # fmt: skip


def signatures(book: Casebook, school_id: str, term: str) -> list[Signature]:
    """How each signer signed last, in the order of SIGNERS and names; those taken back too."""
    about: dict[str, list[Event]] = {}
    for event in book.events(school_id, term, ("signature",)):
        about.setdefault(event.subject, []).append(event)
    return sorted(map(_signature, about.values()), key=lambda one: (SIGNERS.index(one.signer), one.name))


def _signature(events: Sequence[Event]) -> Signature:
    newest = heads(events)[-1]
    body = newest.body
    return Signature(
        str(body["signer"]), str(body["name"]), str(body["way"]), str(body["note"]), str(body["of"]),
        str(body.get("sha256", "")), newest.who, newest.at, head_ids(events), tuple(events),
    )  # fmt: skip


# ---- written ----


def state(desk: Desk, school_id: str, value: str, note: str, seen: Sequence[str] | None = None) -> None:
    """Take down the school's word on the record. Raises Conflict, UsageError, StoreError."""
    _by_inspector(desk)
    text = note.strip()
    if value not in OPINIONS:
        raise UsageError(f"学校陈述意见：选{'或'.join(OPINIONS)}")
    if value == OBJECTS and not text:
        raise UsageError("有异议的，写明学校怎样说")
    if len(text) > NOTE_LIMIT:
        raise UsageError(f"陈述意见最多 {NOTE_LIMIT} 字")
    with desk.book.writing() as connection:
        signoff.must_be_open(connection, school_id, desk.term)
        about, body = f"{desk.term}/{school_id}/statement", {"value": value, "note": text}
        desk.book.put(
            connection, desk.actor, Deed("statement", about, school_id, desk.term, f"学校陈述意见 {value}", body, seen)
        )


def sign(desk: Desk, school_id: str, signing: Signing, seen: Sequence[str] | None = None) -> None:
    """Record that somebody signed, refused to, signs on paper, or that this was a mistake. A drawing is on the disk
    before the casebook names it. Raises Conflict, UsageError, StoreError."""
    _by_inspector(desk)
    name, note = checked_name(signing.name), signing.note.strip()
    if fault := fault_of(signing.signer, signing.way, note, has_drawing=bool(signing.drawing)):
        raise UsageError(fault)
    if len(note) > NOTE_LIMIT:
        raise UsageError(f"情况最多写 {NOTE_LIMIT} 字")
    body: dict[str, Any] = {
        "signer": signing.signer, "name": name, "way": signing.way, "note": note, "of": signing.of
    }  # fmt: skip
    if signing.drawing:
        body |= _kept(desk.book, signature_image.as_kept(signing.drawing))
    about = subject(desk.term, school_id, signing.signer, name)
    action = f"现场检查记录 {signing.signer} {signing.way}"
    with desk.book.writing() as connection:
        if signing.drawing:
            evidence.remember(connection, body["sha256"], body["media"], body["size"])
        desk.book.put(connection, desk.actor, Deed("signature", about, school_id, desk.term, action, body, seen))


def content_of(signing: Signing) -> dict[str, str]:
    """What the event of this signing would say: to know a message that comes twice. Raises UsageError."""
    digest = hashlib.sha256(signature_image.as_kept(signing.drawing)).hexdigest() if signing.drawing else ""
    return {
        "signer": signing.signer, "name": checked_name(signing.name), "way": signing.way,
        "note": mask_text(signing.note.strip()), "of": signing.of, "sha256": digest,
    }  # fmt: skip


def checked_name(name: str) -> str:
    """A signer's name. Raises UsageError where it is none that could stand on paper."""
    text = " ".join(name.split())
    if not 0 < len(text) <= NAME_LIMIT or not text.isprintable() or _NO_NAME.search(text) or mask_text(text) != text:
        raise UsageError(f"签字的要写姓名，最多 {NAME_LIMIT} 字，不写数字")
    return text


def fault_of(signer: str, way: str, note: str, *, has_drawing: bool) -> str:
    """What is wrong with a signing, in a Chinese sentence; "" where nothing is."""
    if signer not in SIGNERS or way not in WAYS:
        return "签字的人或签法不认识"
    if way == REFUSED and signer == INSPECTOR:
        return "检查人员没有拒绝签字这一项"
    if way == REFUSED and not note.strip():
        return "拒绝签字的，写明情况和在场人"
    if (way == DRAWN) != has_drawing:
        return "手写签名要有签名的图，别的签法没有"
    return ""


def _kept(book: Casebook, content: bytes) -> dict[str, Any]:
    sha256 = hashlib.sha256(content).hexdigest()
    file = evidence.path(book, sha256)
    if not file.exists():
        try:
            put_file(file, content)
        except UsageError as error:
            raise StoreError(str(error)) from None
    return {"sha256": sha256, "media": "image/png", "size": len(content)}


def _by_inspector(desk: Desk) -> None:
    if desk.actor.role not in ("inspector", "director"):
        raise UsageError("现场检查记录由督查人员来做")
