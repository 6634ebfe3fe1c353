"""Texts of a workbook in the plain dialect (``plain_sheet``), as they stand in its XML and as they are meant."""

from __future__ import annotations

import re
from typing import Final

_REFERENCE: Final = re.compile("&(?:(amp|lt|gt|quot|apos)|#([1-9][0-9]{0,6})|#x([0-9A-Fa-f]{1,6}));|&")
_ENTITIES: Final = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_ESCAPED: Final = re.compile("_x[0-9A-Fa-f]{4}_|[\r\0]")
"""Characters in Excel's own writing, and ends of lines, which XML would have us change."""


class NotPlain(Exception):
    """Something is not written in the plain dialect."""


def plain_text(text: str) -> str:
    """A text as it stands in XML, as it is meant. Raises NotPlain where more is in it than entities and characters by
    their numbers."""
    if _ESCAPED.search(text):
        raise NotPlain
    return _REFERENCE.sub(_character, text) if "&" in text else text


def _character(reference: re.Match[str]) -> str:
    entity, decimal, hexadecimal = reference.groups()
    if entity:
        return _ENTITIES[entity]
    code = int(decimal) if decimal else int(hexadecimal or "0", 16)
    if (code < 32 and code not in (9, 10)) or 0xD800 <= code < 0xE000 or code > 0x10FFFF:
        raise NotPlain
    return chr(code)
