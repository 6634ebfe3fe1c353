"""What people type into the casebook, as it is kept: without the numbers, addresses and birthdays that do not belong
there. An event is never changed afterwards, and goes with every package: so it is masked before it is one.
"""

from __future__ import annotations

from typing import Any, Final

from xueji_lib.register.masking import mask_text

_TYPED: Final = frozenset({"note", "measure", "person", "approver", "name", "origin", "why", "title", "what"})
"""Fields of an event, or of a line of the trail, that hold what somebody typed; the others are the kit's own."""


def masked(content: Any, field: str = "") -> Any:
    """Plain JSON with the texts of ``_TYPED`` masked, wherever they stand."""
    if isinstance(content, dict):
        return {name: masked(value, name) for name, value in content.items()}
    if isinstance(content, list):
        return [masked(value, field) for value in content]
    return mask_text(content) if isinstance(content, str) and field in _TYPED else content
