"""Whether a pupil is anywhere in the county's schools this term, by number: on a register, or in a class.

Who is on a register as departed counts as found. Source: docs/reading-conditions.md, 5 and 6.
"""

from __future__ import annotations

import numpy as np

from xueji_lib.county.kleene import RowIndexes, Truth, any_of, truth
from xueji_lib.county.rows import Ints, flagged
from xueji_lib.register.identity import NUMBER_KEYS
from xueji_lib.rules.inquiry import Inquiry
from xueji_lib.rules.ledger_numbers import own_numbers, same_numbers

Numbers = dict[str, tuple[RowIndexes, Ints]]
"""By kind, rows and their numbers, a pair at each position."""


def nowhere(inquiry: Inquiry, size: int, numbers: Numbers) -> Truth:
    """Per row of a table of ``size`` rows with these ``numbers``: its pupil is on no register of the county and in no
    class. Undecided where nobody is found and the row has no number, or some school has no register."""
    county = inquiry.county
    listed = flagged(size, same_numbers(numbers, own_numbers(inquiry["register"]))[0])
    listed |= flagged(size, same_numbers(numbers, own_numbers(county.departed))[0])
    reconciled = county.reconciled
    seen_by, seen_at = same_numbers(numbers, {kind: reconciled.numbers.of_kind(kind) for kind in NUMBER_KEYS})
    seen = any_of(size, seen_by, reconciled.present[seen_at])
    numbered = flagged(size, np.concatenate([numbers[kind][0] for kind in NUMBER_KEYS]))
    blind = ~numbered | (not county.schools_with("register")[: county.n_schools].all())
    return truth(~listed, ~listed & blind) & ~seen
