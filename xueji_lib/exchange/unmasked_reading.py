"""The line in the casebook's trail that stands before anybody reads personal values unmasked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from xueji_lib.casebook.log.events import local_actor
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.support.errors import UsageError

__all__ = ["note_reading"]

UNMASKED: Final = "取未遮盖的数据"
"""The action in the casebook's trail."""
SHORTEST_REASON: Final = 4


def note_reading(workplace: Workplace, reason: str, school_id: str, detail: Mapping[str, str]) -> None:
    """Add the line: who reads unmasked data, of whom, and why. Raises UsageError for a reason that is too short."""
    if len(reason.strip()) < SHORTEST_REASON:
        raise UsageError(f"要未遮盖的数据，理由至少写 {SHORTEST_REASON} 个字")
    with workplace.open_casebook() as book:
        book.log(local_actor().name, UNMASKED, school_id, {**detail, "理由": reason.strip()})
