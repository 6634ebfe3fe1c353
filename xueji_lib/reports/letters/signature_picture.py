"""A signature on paper: in the size of one written by hand."""

from __future__ import annotations

import io
from typing import Final

from PIL import Image

from xueji_lib.reports.letters.pictures import Picture

_WIDEST, _HIGHEST = 46.0, 14.0
_A_PIXEL: Final = 0.13
"""Millimetres; a small one is not blown up."""


def signature_picture(content: bytes, name: str) -> Picture:
    """The drawing (a PNG as ``casebook.signature_image`` keeps it) for a letter."""
    with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
        width, height = image.width * _A_PIXEL, image.height * _A_PIXEL
    shrink = min(_WIDEST / width, _HIGHEST / height, 1.0)
    return Picture(content, "image/png", width * shrink, height * shrink, f"{name} 的手写签名")
