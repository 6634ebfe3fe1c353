"""Whom a headcount row may mean without saying so (R114): a lead, never a match.

Source: docs/reading-conditions.md, 6.
"""

from __future__ import annotations

import numpy as np

from xueji_lib.county.kleene import Flags, RowIndexes
from xueji_lib.county.registry import Registry
from xueji_lib.county.rows import KeyIndex, Keys, Rows, class_key


def suspected_pairs(
    headcount: Rows, registry: Registry, matched: Flags, registered_matched: Flags
) -> tuple[RowIndexes, RowIndexes]:
    """(headcount row, register row) without a match: of one class, sex not contradicting, similar names, and each the
    other's only candidate. Where both hold 身份证件号 that pass the check and differ, only names that are equal."""
    from xueji_lib.register.names import similar  # pypinyin is slow to import and seldom needed

    register = registry.rows
    keys = class_key(headcount.school, headcount["grade"].values, headcount["class_no"].values)
    left, right = KeyIndex(Keys(np.where(registered_matched, 0, registry.class_keys))).join(
        Keys(np.where(matched, 0, keys))
    )
    sex, own_sex = headcount["sex"], register["sex"]
    clash = sex.known[left] & own_sex.known[right]
    clash &= np.asarray(sex.strings[left] != own_sex.strings[right], dtype=bool)
    left, right = left[~clash], right[~clash]
    candidate, of = KeyIndex(Keys(registry.names.rows + 1)).join(
        Keys(right + 1)
    )  # a candidate once for each name of the pupil
    names, own = headcount.strings("name", left[candidate]), registry.names.texts[1][of]
    alike = similar(names, own)
    equal = np.asarray(names == own, dtype=bool)
    alike &= equal | ~_two_sound_numbers(headcount, register, left[candidate], right[candidate])
    chosen = np.unique(candidate[alike])
    left, right = left[chosen], right[chosen]
    single = (np.bincount(left, minlength=len(headcount))[left] == 1) & (
        np.bincount(right, minlength=len(register))[right] == 1
    )
    return left[single], right[single]


def _two_sound_numbers(headcount: Rows, register: Rows, left: RowIndexes, right: RowIndexes) -> Flags:
    """A flag a pair: both hold an 身份证件号 that passes the check, and they differ."""
    a, b = headcount.key("id_key")[left], register.key("id_key")[right]
    sound = _sound(headcount)[left] & _sound(register)[right]
    return np.asarray(sound & (a != b), dtype=bool)


def _sound(rows: Rows) -> Flags:
    passes: Flags = (rows.key("id_key") != 0) & rows.frame["id_check"].to_numpy(dtype=bool)
    return passes
