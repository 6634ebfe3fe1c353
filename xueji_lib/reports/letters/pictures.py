"""Pictures in a letter: put where the template names the field, with what Word needs besides."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from xml.sax.saxutils import quoteattr

from xueji_lib.reports.letters.packed import Packed, pack

_A_MILLIMETRE: Final = 36_000
"""In the unit of drawings (EMU)."""
_ENDINGS: Final = {"image/png": "png", "image/jpeg": "jpeg"}
_TYPES, _RELATIONS = "[Content_Types].xml", "word/_rels/document.xml.rels"
_IMAGE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"
_DRAWING: Final = (
    '<w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{width}" cy="{height}"/>'
    '<wp:docPr id="{number}" name="图 {number}" descr={words}/>'
    '<a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
    '<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture">'
    '<pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture">'
    '<pic:nvPicPr><pic:cNvPr id="{number}" name="{name}"/><pic:cNvPicPr/></pic:nvPicPr>'
    '<pic:blipFill><a:blip xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'r:embed="{relation}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>'
    '<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{width}" cy="{height}"/></a:xfrm>'
    '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline>'
    "</w:drawing>"
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as the value of a letter's field; the same one stands in a letter once. ``media``: image/png or
    image/jpeg; ``width``, ``height``: in mm, on paper; ``words``: what it shows, for who cannot see it."""

    content: bytes
    media: str
    width: float
    height: float
    words: str

    @property
    def digest(self) -> str:
        """SHA-256 of its bytes."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def file(self) -> str:
        """Its name among the letter's parts."""
        return f"{self.digest[:20]}.{_ENDINGS[self.media]}"

    @property
    def relation(self) -> str:
        """By which the text refers to it."""
        return f"rIdPicture{self.digest[:20]}"

    def __html__(self) -> str:
        """The XML in place of a field's text: the text's run ends, and another begins behind the picture."""
        drawing = _DRAWING.format(
            width=round(self.width * _A_MILLIMETRE), height=round(self.height * _A_MILLIMETRE),
            number=int(self.digest[:7], 16) + 1, words=quoteattr(self.words), name=self.file, relation=self.relation,
        )  # fmt: skip
        return f'</w:t></w:r><w:r>{drawing}</w:r><w:r><w:t xml:space="preserve">'


def with_pictures(parts: list[tuple[str, Packed]], values: Mapping[str, Any]) -> list[tuple[str, Packed]]:
    """A letter's parts, with the pictures that are among its values."""
    pictures = {picture.file: picture for picture in _pictures(values)}
    if not pictures:
        return parts
    endings = sorted({_ENDINGS[picture.media] for picture in pictures.values()})
    types = [(f'Extension="{e}"', f'<Default Extension="{e}" ContentType="image/{e}"/>') for e in endings]
    relations = [
        (f'Id="{p.relation}"', f'<Relationship Id="{p.relation}" Type="{_IMAGE}" Target="media/{p.file}"/>')
        for p in pictures.values()
    ]
    added = {_TYPES: ("</Types>", types), _RELATIONS: ("</Relationships>", relations)}
    made = [(name, _with(part, *added[name]) if name in added else part) for name, part in parts]
    return [*made, *((f"word/media/{p.file}", pack(p.content)) for p in pictures.values())]


def _pictures(value: Any) -> Iterator[Picture]:
    if isinstance(value, Picture):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _pictures(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _pictures(part)


def _with(part: Packed, end: str, lines: list[tuple[str, str]]) -> Packed:
    """The part with each line (what is only there where the line is, the line) before its ``end``; none twice."""
    text = zlib.decompress(part.data, -zlib.MAX_WBITS).decode("utf-8-sig")
    first = {line for mark, line in lines if mark not in text}
    before, _, after = text.rpartition(end)
    # Word takes a Default behind the Overrides too.
    return pack(f"{before}{''.join(line for _, line in lines if line in first)}{end}{after}".encode())
