"""A printed choice as a form has it: ☑在校 □不在校. Which words are offered, and which of them is ticked."""

from __future__ import annotations

import re
from typing import Final

_SURE: Final = "√✓✔☑✅"
"""Ticks, also of a word that stands alone; the others are ticks only beside an empty box."""
_TICKS: Final = _SURE + "■●☒"
_EMPTY: Final = "□☐○◯×✗✘"
_SIGN: Final = re.compile(f"([{_TICKS}{_EMPTY}])")
_BOX: Final = re.compile(rf"[(\[【]([{_TICKS}{_EMPTY}]?)[)\]】]")
_BETWEEN: Final = "/、,;|:"


def ticked(key: str) -> tuple[str, list[str]] | None:
    """The ticked word of a cell (one width, no white space), and the words left empty; None where not one is ticked."""
    parts = _SIGN.split(_BOX.sub(lambda box: box[1] or "□", key))
    if len(parts) < 3 or bool(parts[0]) == bool(parts[-1]):
        return None
    signs = parts[1::2]
    words = [word.strip(_BETWEEN) for word in (parts[0:-1:2] if parts[0] else parts[2::2])]
    chosen = [word for word, sign in zip(words, signs, strict=True) if sign in _TICKS]
    is_sure = len(words) > 1 or signs[0] in _SURE
    return (chosen[0], [word for word in words if word != chosen[0]]) if len(chosen) == 1 and is_sure else None
