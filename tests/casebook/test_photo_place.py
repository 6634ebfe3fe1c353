"""A photo is kept without the place where it was taken; when it was taken, and the picture itself, stay."""

from __future__ import annotations

import io

import pytest
from PIL import Image, PngImagePlugin

from tests.casebook.conftest import Office
from tests.casebook.test_evidence import put
from xueji_lib.casebook import evidence
from xueji_lib.casebook.photo_place import without_place

TAKEN = "2026:11:20 09:15:00"
PLACE = b"36.0125"


def photo(kind: str, **options: object) -> bytes:
    """As a telephone takes it: place, time, turning, the maker's words, XMP."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "手机"
    exif[0x8769] = {0x9003: TAKEN, 0x927C: PLACE}
    exif[0x8825] = {1: "N", 2: (36.0, 0.0, 45.0), 3: "E", 4: (106.0, 15.0, 0.0)}
    if kind == "PNG":
        told = PngImagePlugin.PngInfo()
        told.add_itxt("XML:com.adobe.xmp", f"<x>{PLACE.decode()}</x>")
        options["pnginfo"] = told
    else:
        options["xmp"] = b"<x>" + PLACE + b"</x>"
    out = io.BytesIO()
    Image.effect_noise((64, 48), 60).convert("RGB").save(out, kind, exif=exif, **options)
    return out.getvalue()


@pytest.mark.parametrize(
    ("kind", "options", "behind"),
    [("JPEG", {}, b""), ("JPEG", {"progressive": True}, b""), ("JPEG", {}, b"\xff\xd8" + PLACE), ("PNG", {}, b"")],
)
def test_the_place_goes_and_the_time_stays(
    office: Office, kind: str, options: dict[str, object], behind: bytes
) -> None:
    sent = photo(kind, **options) + behind
    assert PLACE in sent
    kept = put(office, sent)
    content = evidence.content(office.book, kept.sha256)
    with Image.open(io.BytesIO(content)) as after, Image.open(io.BytesIO(sent)) as before:
        exif = after.getexif()
        assert exif.get_ifd(0x8769)[0x9003] == TAKEN and exif[0x0112] == 6
        assert not exif.get_ifd(0x8825) and 0x010F not in exif
        assert after.tobytes() == before.tobytes(), "the picture is the same"
    assert PLACE not in content and kept.place_removed
    assert put(office, sent) == kept, "the same photo again is the same evidence"
    assert office.book.verify().broken == ""


def test_what_tells_no_place_stays_as_it_is() -> None:
    for content in (photo_without(kind) for kind in ("JPEG", "PNG")):
        assert without_place(content) == content
    assert without_place(b"%PDF-1.4") == b"%PDF-1.4"


def photo_without(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, kind)
    return out.getvalue()
