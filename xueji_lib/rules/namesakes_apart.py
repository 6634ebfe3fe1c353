"""Pupils who may be one: on the register of a school and not in its classes, in the classes of another school and not
on its register, of one name, with no number to compare (R117)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from xueji_lib.county.kleene import Flags, RowIndexes, Truth, not_no, open_where, truth, yes
from xueji_lib.county.rows import Ints, KeyIndex, Keys, Rows, flagged, groups
from xueji_lib.register.identity import NUMBER_KEYS
from xueji_lib.rules.common import ENTRY_GRADES, FINAL_GRADES, absent
from xueji_lib.rules.inquiry import Inquiry
from xueji_lib.rules.one_school import same_school, without_register


class NamesakePairs(NamedTuple):
    """A pair at each position: a register row that is 在籍不在校 (``registered``) with its headcount row (``absent``),
    and the headcount row of another school that is 在校不在籍 (``present``); ``alike``: they may be one pupil, and
    neither may be another one."""

    registered: RowIndexes
    absent: RowIndexes
    present: RowIndexes
    alike: Truth


def namesake_pairs(inquiry: Inquiry) -> NamesakePairs:
    """All pairs of the county that may be alike."""
    county, rows, register = inquiry.county, inquiry["headcount"], inquiry["register"]
    hc, reg, away = absent(inquiry)
    strange = county.reconciled.present_unregistered.doubted(without_register(inquiry, rows.school))
    present = np.flatnonzero(not_no(strange))
    left, at = _namesakes(inquiry, rows, present, reg)
    present = present[left]
    apart = ~same_school(inquiry, rows.school[present], register.school[reg[at]])
    present, at = present[apart], at[apart]
    hc, reg, away = hc[at], reg[at], away[at]
    alike = away & strange[present] & ~_clash(inquiry, reg, present) & ~_comparable(inquiry, hc, reg, present)
    chosen = _once_a_pair(hc, reg, present, alike)
    hc, reg, present, alike = hc[chosen], reg[chosen], present[chosen], alike[chosen]
    alike = _single(_pupils(inquiry, register, reg), _pupils(inquiry, rows, present), alike)
    ordinary = ~(county.special[register.school[reg]] | county.special[rows.school[present]])
    return NamesakePairs(reg, hc, present, alike & truth(ordinary) & ~_went_up(inquiry, reg, present))


def _namesakes(inquiry: Inquiry, rows: Rows, present: RowIndexes, reg: RowIndexes) -> tuple[RowIndexes, RowIndexes]:
    """Pairs (position in ``present``, position in ``reg``) where the 姓名, of two or more characters, is a name of
    that pupil."""
    names = inquiry.county.registry.names
    long_enough = [isinstance(name, str) and len(name) >= 2 for name in rows.strings("name", present)]
    codes = np.where(np.array(long_enough, dtype=bool), names.of(rows, present) + 1, 0)
    of_pupil = np.isin(names.rows, reg)
    row, named = KeyIndex(Keys(names.codes[of_pupil] + 1)).join(Keys(codes))
    pair, at = KeyIndex(Keys(reg + 1)).join(Keys(names.rows[of_pupil][named] + 1))
    return row[pair], at


def _once_a_pair(hc: RowIndexes, reg: RowIndexes, present: RowIndexes, alike: Truth) -> RowIndexes:
    """Of the pairs that may be alike, for each two pupils one headcount row of who is away, whatever the order of the
    rows: one by which they certainly are, if there is one."""
    possible = np.flatnonzero(not_no(alike))
    order = possible[np.lexsort([hc[possible], ~yes(alike)[possible], present[possible], reg[possible]])]
    another = (np.diff(reg[order]) != 0) | (np.diff(present[order]) != 0)
    return order[np.append(True, another)] if len(order) else order


def _clash(inquiry: Inquiry, reg: RowIndexes, present: RowIndexes) -> Truth:
    """Per pair: sex or grade contradict."""
    rows, register = inquiry["headcount"], inquiry["register"]
    sex, other_sex = register["sex"].take(reg), rows["sex"].take(present)
    grade, other_grade = register["grade"].take(reg), rows["grade"].take(present)
    clash = sex.known & other_sex.known & np.asarray(sex.strings != other_sex.strings, dtype=bool)
    with np.errstate(invalid="ignore"):
        clash |= grade.known & other_grade.known & (np.abs(grade.values - other_grade.values) > 1)
    return truth(clash)


def _comparable(inquiry: Inquiry, hc: RowIndexes, reg: RowIndexes, present: RowIndexes) -> Truth:
    """Per pair: both sides hold a number of one kind. Who is away has those of the register row, of every headcount
    row that is surely that pupil's, and of ``hc``; a namesake's row that may be that pupil's leaves it open."""
    reconciled, register = inquiry.county.reconciled, inquiry["register"]
    both, size = truth(np.zeros(len(reg), dtype=bool)), len(register)
    if not len(reg):
        return both
    (firm, whose), (perhaps, whose_perhaps) = reconciled.pairs, reconciled.matches.namesakes.pairs
    for kind, numbered in _numbered(inquiry).items():
        surely = (register.key(kind) != 0) | flagged(size, whose[numbered[firm]])
        maybe_so = flagged(size, whose_perhaps[numbered[perhaps]])
        away = truth(surely[reg] | numbered[hc]) | open_where(maybe_so[reg])
        both = both | (away & truth(numbered[present]))
    return both


def _numbered(inquiry: Inquiry) -> dict[str, Flags]:
    """By kind of number a flag a headcount row: the row has one, or carries one from the register, or another row of
    the school does that numbers link with it: they speak of one pupil."""
    county, rows = inquiry.county, inquiry["headcount"]
    somebody = groups(rows.school, county.persons(rows))
    held = {kind: somebody[county.reconciled.numbers.of_kind(kind)[0]] for kind in NUMBER_KEYS}
    return {kind: flagged(len(rows), of)[somebody] for kind, of in held.items()}


def _went_up(inquiry: Inquiry, reg: RowIndexes, present: RowIndexes) -> Truth:
    """Per pair: 起始年级 there, and the register here in 6 or 9."""
    there = inquiry["headcount"]["grade"].take(present).isin(ENTRY_GRADES)
    return there & inquiry["register"]["grade"].take(reg).isin(FINAL_GRADES[:2])


def _pupils(inquiry: Inquiry, rows: Rows, at: RowIndexes) -> Ints:
    """An integer a row, equal for rows of one school that numbers link; rows without a number are pupils of their
    own."""
    numbered = (rows.key("id_key") != 0) | (rows.key("register_key") != 0)
    return groups(rows.school[at], inquiry.county.persons(rows)[at], np.where(numbered[at], -1, at))


def _single(first: Ints, second: Ints, alike: Truth) -> Truth:
    """Pairs that are the only one of both their pupils: a second that is certain forbids it, one that is possible
    leaves it open."""
    frame = pd.DataFrame({"first": first, "second": second, "sure": yes(alike)})
    pairs = frame.groupby(["first", "second"], as_index=False)["sure"].max()
    sure, all_of = pairs[pairs["sure"]], pairs
    others_sure = np.zeros(len(frame), dtype=np.int64)
    others = np.zeros(len(frame), dtype=np.int64)
    own = frame.merge(pairs, on=["first", "second"], how="left")["sure_y"].to_numpy(dtype=bool)
    for side in ("first", "second"):
        others_sure += frame[side].map(sure[side].value_counts()).fillna(0).to_numpy(dtype=np.int64) - own
        others += frame[side].map(all_of[side].value_counts()).fillna(0).to_numpy(dtype=np.int64) - 1
    none_beside = truth(others == 0, (others > 0) & (others_sure == 0))
    return alike & none_beside
