"""Evidence is what its bytes are, is kept under their digest, and is whole or not there."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from tests.casebook.conftest import INSPECTOR, Office
from xueji_lib.casebook import evidence
from xueji_lib.casebook.log.events import Actor
from xueji_lib.support.errors import StoreError, UsageError

pytestmark = pytest.mark.slow

TERM, BIG = "2026-2027-1", "2164000001"
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def picture(kind: str, color: str = "red") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), color).save(out, kind)
    return out.getvalue()


def put(office: Office, content: bytes, name: str = "照片.jpg", actor: Actor = INSPECTOR) -> evidence.Evidence:
    return evidence.attach(office.desk(actor), BIG, "finding/R102-x", name, content)


@pytest.mark.parametrize(
    ("content", "media"),
    [(picture("JPEG"), "image/jpeg"), (picture("PNG"), "image/png"), (PDF, "application/pdf")],
)
def test_what_it_is_comes_from_the_bytes(office: Office, content: bytes, media: str) -> None:
    kept = put(office, content, "C:\\我的\\..\\脚本.exe")
    assert (kept.media, kept.name) == (media, "脚本.exe")
    assert evidence.content(office.book, kept.sha256) == content
    assert put(office, content) == kept, "the same file again is the same evidence"
    assert evidence.of_school(office.book, BIG, TERM) == {"finding/R102-x": [kept]}
    assert office.book.verify().broken == ""


@pytest.mark.parametrize(
    "content",
    [b"", b"#!/bin/sh\nrm -rf /\n", b"<html><script>alert(1)</script>", b"MZ" + b"\0" * 200, picture("GIF"),
     picture("JPEG")[:200], b"%PDF-1.4 cut", b"\xff\xd8\xff\xe0" + b"<script>" * 50],
)  # fmt: skip
def test_anything_else_is_refused_and_not_kept(office: Office, content: bytes) -> None:
    lines = office.book.verify().lines
    with pytest.raises(UsageError, match="只收照片"):
        put(office, content)
    assert office.book.verify().lines == lines
    assert not (office.book.folder / "evidence").exists()


def test_too_large(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "LIMIT", 1000)
    put(office, PDF + b"\n" * (1000 - len(PDF)))
    with pytest.raises(UsageError, match="太大"):
        put(office, PDF + b"\n" * (1001 - len(PDF)))


def test_a_changed_file_is_noticed(office: Office) -> None:
    kept = put(office, PDF)
    evidence.path(office.book, kept.sha256).write_bytes(PDF + b"x")
    with pytest.raises(StoreError, match="改动过"):
        evidence.content(office.book, kept.sha256)


def test_another_school_s_principal_puts_nothing(office: Office) -> None:
    with pytest.raises(UsageError, match="贵校"):
        put(office, PDF, actor=Actor("李校长", "principal", "2164000002"))
