"""A signature drawn on a screen, as it is kept: black on white, no larger than its ink, nothing but the picture."""

from __future__ import annotations

import io
from typing import Final

from PIL import Image, ImageChops, ImageOps, UnidentifiedImageError

from xueji_lib.support.errors import UsageError

SENT_LIMIT: Final = 300_000
"""Bytes that a page may send."""
KEPT_LIMIT: Final = 60_000
"""Bytes that are kept at the most."""
_MOST_PIXELS: Final = 4_000_000
_LARGEST: Final = (600, 240)
_LEAST_INK: Final = 60
"""Dark pixels; less is a slip of the finger."""
_MARGIN: Final = 6


def as_kept(sent: bytes) -> bytes:
    """The drawing as a PNG of its own, at most 600 × 240: what a browser wrote into the file beside the picture is not
    in it, and the same drawing gives the same bytes. Raises UsageError for what is no PNG, too large, or blank."""
    if len(sent) > SENT_LIMIT:
        raise UsageError("签名的图太大，请清除后重签")
    try:
        with Image.open(io.BytesIO(sent), formats=["PNG"]) as image:
            if image.width * image.height > _MOST_PIXELS:
                raise UsageError("签名的图太大，请清除后重签")
            drawn = image.convert("RGBA")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise UsageError("签名没有传完整，请再签一次") from None
    paper = Image.new("RGBA", drawn.size, "white")
    grey = Image.alpha_composite(paper, drawn).convert("L")
    box = ImageChops.invert(grey).point(lambda shade: 255 if shade > 64 else 0).getbbox()
    if box is None or sum(grey.histogram()[:128]) < _LEAST_INK:
        raise UsageError("还没有签名，请在框里签")
    ink = ImageOps.expand(grey.crop(box), _MARGIN, fill=255)
    ink.thumbnail(_LARGEST, Image.Resampling.LANCZOS)
    out = io.BytesIO()
    ink.quantize(16).save(out, "PNG", optimize=True)
    content = out.getvalue()
    if len(content) > KEPT_LIMIT:
        raise UsageError("签名的图太大，请清除后重签")
    return content
