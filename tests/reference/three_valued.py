"""Cells and three-valued logic for the reference, as plain as they get.

A cell is a value, BLANK or UNKNOWN. An answer is True, False, None (cannot be decided) or GAP (the working days of
a year are not known): an answer stands where no open part could change it, and a GAP outweighs a None.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final


class _Mark:
    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name

    def __bool__(self) -> bool:
        raise TypeError(f"{self.name} is neither true nor false")


BLANK: Final = _Mark("BLANK")
UNKNOWN: Final = _Mark("UNKNOWN")
GAP: Final = _Mark("GAP")

Answer = Any  # True, False, None or GAP


def all_of(*answers: Answer) -> Answer:
    """且."""
    for worst in (False, GAP, None):
        if any(answer is worst for answer in answers):
            return worst
    return True


def any_of(answers: Iterable[Answer]) -> Answer:
    """或."""
    answers = list(answers)
    for best in (True, GAP, None):
        if any(answer is best for answer in answers):
            return best
    return False


def negate(answer: Answer) -> Answer:
    """非."""
    return answer if answer is None or answer is GAP else not answer


def known(cell: Any) -> bool:
    """The cell holds a value."""
    return cell is not BLANK and cell is not UNKNOWN


def is_blank(cell: Any) -> Answer:
    """为空."""
    return None if cell is UNKNOWN else cell is BLANK


def has_value(cell: Any) -> Answer:
    """有值."""
    return negate(is_blank(cell))


def among(cell: Any, values: Iterable[Any], blank: Any = BLANK) -> Answer:
    """∈. ``blank`` is what a blank stands for, where a blank has a meaning of its own."""
    cell = blank if cell is BLANK else cell
    return cell in set(values) if known(cell) else None


def equals(cell: Any, value: Any, blank: Any = BLANK) -> Answer:
    """=."""
    return among(cell, (value,), blank)


def before(left: Any, right: Any) -> Answer:
    """Left < right; a blank has no place in an order."""
    return left < right if known(left) and known(right) else None


def same_known(left: Any, right: Any) -> bool:
    """Both known and equal: what matching goes by."""
    return known(left) and known(right) and left == right


def differ_known(left: Any, right: Any) -> bool:
    """Both known and different."""
    return known(left) and known(right) and left != right
