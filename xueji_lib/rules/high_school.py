"""高中: outside compulsory education some findings are only leads. Source: docs/reading-conditions.md, 14."""

from __future__ import annotations

from xueji_lib.county.kleene import RowIndexes, Truth
from xueji_lib.rules.inquiry import Inquiry

_GRADES = (10, 11, 12)


def senior(inquiry: Inquiry, pupils: RowIndexes) -> Truth:
    """Per register row (by index): the pupil is in grade 10 to 12. The ledger of dropouts names no grade."""
    return inquiry["register"]["grade"].isin(_GRADES)[pupils]
