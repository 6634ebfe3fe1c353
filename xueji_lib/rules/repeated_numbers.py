"""Register rows that hold one 身份证件号: which are a second record, and which only the same list twice (R202)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from xueji_lib.county.kleene import Flags, RowIndexes, Truth, any_of, truth
from xueji_lib.county.rows import Ints, KeyIndex, Keys, Rows, distinct_pairs
from xueji_lib.register.identity import NUMBER_KEYS
from xueji_lib.register.vocabulary import TransferResult
from xueji_lib.rules.common import with_school
from xueji_lib.rules.inquiry import Inquiry
from xueji_lib.rules.one_school import same_school


class RepeatedNumbers(NamedTuple):
    """Per register row. ``repeated``: another row has its number and counts; ``same_list``: every such row is of a
    school whose register and this one's share half of the smaller one's pupils (D14)."""

    repeated: Truth
    same_list: Truth


def repeated_numbers(inquiry: Inquiry) -> RepeatedNumbers:
    """Two rows of different schools of one 中心校 do not count, nor those between which a transfer was agreed whose
    electronic file is not yet due."""
    register = inquiry["register"]
    keys, n = register.key("id_key"), len(register)
    order = np.sort(keys)
    often = np.unique(order[1:][order[1:] == order[:-1]])
    at = np.flatnonzero(np.isin(keys, often[often != 0]))
    left, right = KeyIndex(Keys(keys[at])).join(Keys(keys[at]))
    own, other = at[left], at[right]
    counts: Flags = (own != other) & (
        (register.school[own] == register.school[other])
        | ~same_school(inquiry, register.school[own], register.school[other])
    )
    own, other = own[counts], other[counts]
    counted = ~_moving(inquiry, own, other) & inquiry.county.registry.on_register[other]
    halves = _half_shared(register, register.school[own], register.school[other])
    other_list = any_of(n, own, counted & truth(~halves))
    return RepeatedNumbers(any_of(n, own, counted), ~other_list)


def _moving(inquiry: Inquiry, own: RowIndexes, other: RowIndexes) -> Truth:
    """Per pair of register rows with one number: a transfer of that number between the two schools was agreed and
    confirmed, and its electronic file is not yet due.

    Of the number, not of the row: where a school has it twice, and its ledger names one of the two, the transfer speaks
    for both."""
    register, transfers = inquiry["register"], inquiry["transfers"]
    nothing = truth(np.zeros(len(own), dtype=bool))
    if not len(transfers) or not len(own):
        return nothing
    confirmed = transfers["centre_date"]
    under_way = (
        transfers["result"].eq(TransferResult.APPROVED)
        & confirmed.has_value()
        & ~inquiry.periods.efile_over(confirmed, blank=True)
    )
    link, answer = inquiry.county.link("transfers"), nothing
    numbers = register.key("id_key")
    index = KeyIndex(Keys(numbers[link.right]))
    for here, there in ((own, other), (other, own)):
        pair, at = index.join(Keys(numbers[here]))
        ledger_of_school = register.school[link.right[at]] == register.school[here[pair]]
        pair, row = pair[ledger_of_school], link.left[at[ledger_of_school]]
        apart = truth(register.school[here[pair]] != register.school[there[pair]])
        between = with_school(inquiry, row, register.school[there[pair]]) & apart
        answer = answer | any_of(len(own), pair, under_way[row] & between)
    return answer


def _half_shared(register: Rows, school: Ints, other: Ints) -> Flags:
    """Per pair of schools: their registers share, by number, at least half of the smaller one's pupils. One school with
    itself never does."""
    half: Flags = school != other
    pairs = distinct_pairs(school[half], other[half])
    for pair in zip(*map(np.ndarray.tolist, pairs), strict=True):  # schools that share a pupil: few
        mine, theirs = (np.flatnonzero(register.school == code) for code in pair)
        small, large = (mine, theirs) if len(mine) <= len(theirs) else (theirs, mine)
        shared = np.zeros(len(small), dtype=bool)
        for kind in NUMBER_KEYS:
            keys = register.key(kind)
            shared |= (keys[small] != 0) & np.isin(keys[small], keys[large])
        if 2 * _pupils(register, small[shared]) < len(small):
            half &= ~((school == pair[0]) & (other == pair[1]))
    return half


def _pupils(register: Rows, at: RowIndexes) -> int:
    """How many pupils these rows are: rows that share a number, be it through a third row, are one."""
    pupil = np.arange(len(at))
    while True:
        before = pupil
        for kind in NUMBER_KEYS:
            keys = register.key(kind)[at]
            alone = np.where(keys == 0, -1 - np.arange(len(at)), keys)
            pupil = pd.Series(pupil).groupby(alone).transform("min").to_numpy()
        if (pupil == before).all():
            return len(np.unique(pupil))
