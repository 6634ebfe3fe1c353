"""Photos made small for a record: as wide as half a page, so that a record with many of them can still be sent."""

from __future__ import annotations

import io
from typing import Final, NamedTuple

from PIL import Image, ImageOps

_LONG_EDGE: Final = 900
_QUALITY: Final = 62
_DATE_TIME, _PART, _TAKEN = 0x0132, 0x8769, 0x9003


class SmallPhoto(NamedTuple):
    """``content``: a JPEG; ``width``, ``height``: pixels; ``taken``: 2026-11-20 10:32, "" where it does not say."""

    content: bytes
    width: int
    height: int
    taken: str


def small_photo(content: bytes) -> SmallPhoto:
    """The photo, turned as it was taken, in a small JPEG without anything but the picture. Raises OSError for what is
    no picture any more."""
    with Image.open(io.BytesIO(content), formats=["JPEG", "PNG"]) as image:
        exif = image.getexif()
        told = str(exif.get_ifd(_PART).get(_TAKEN) or exif.get(_DATE_TIME) or "")
        image.draft("RGB", (2 * _LONG_EDGE, 2 * _LONG_EDGE))
        turned = ImageOps.exif_transpose(image).convert("RGBA")
    turned = Image.alpha_composite(Image.new("RGBA", turned.size, "white"), turned).convert("RGB")
    turned.thumbnail((_LONG_EDGE, _LONG_EDGE), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    turned.save(out, "JPEG", quality=_QUALITY, optimize=True)
    return SmallPhoto(out.getvalue(), turned.width, turned.height, _moment(told))


def _moment(told: str) -> str:
    """2026:11:20 10:32:05 as cameras write it → 2026-11-20 10:32."""
    day, _, time = told.strip("\0 ").partition(" ")
    parts = [*day.split(":"), *time.split(":")]
    if len(parts) < 5 or not all(part.isdigit() for part in parts[:5]) or not int(parts[0]):
        return ""
    return f"{parts[0]}-{parts[1]}-{parts[2]} {parts[3]}:{parts[4]}"
