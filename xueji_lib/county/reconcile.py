"""Register ↔ headcount: one answer for all rules.

在籍不在校: on the register, a matching headcount row says 不在校 and none says 在校.
在校不在籍: a headcount row says 在校 and no register row of the school matches it, firmly or by suspicion.
Source: notice 二(一); docs/reading-conditions.md, 5 and 6.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pandas as pd

from xueji_lib.county.cells import Flags, Places, Truth, maybe, not_no, truth, yes
from xueji_lib.county.registry import Registry
from xueji_lib.county.rows import Ints, KeyIndex, Rows, any_of, class_key, flagged, grade_key, split_class_key


class Reconciled:
    """The headcount rows of all schools against their registers."""

    def __init__(self, registry: Registry, headcount: Rows) -> None:
        self.registry = registry
        self.headcount = headcount
        self._match()

    def _match(self) -> None:
        registry, headcount = self.registry, self.headcount
        left, right = registry.by_number(headcount)
        for level in (self._class_keys, self._grade_keys):
            a, b = self._unique_names(*level, flagged(len(headcount), left), flagged(len(registry.rows), right))
            left, right = np.append(left, a), np.append(right, b)
        self.link = registry.linked(len(headcount), left, right)
        self.matched: Flags = flagged(len(headcount), left)
        self.registered_matched: Flags = flagged(len(registry.rows), right)

    @cached_property
    def _class_keys(self) -> tuple[Ints, Ints]:
        hc = self.headcount
        return class_key(hc.school, hc["grade"].values, hc["class_no"].values), self.registry.class_keys

    @cached_property
    def _grade_keys(self) -> tuple[Ints, Ints]:
        hc, register = self.headcount, self.registry.rows
        return grade_key(hc.school, hc["grade"].values), grade_key(register.school, register["grade"].values)

    def _unique_names(
        self, left_place: Ints, right_place: Ints, left_done: Flags, right_done: Flags
    ) -> tuple[Places, Places]:
        """Pairs whose exact name is unique, on both sides, among the rest of that class (or grade)."""
        room = self.registry.name_room
        names, own = self.registry.name_codes(self.headcount), self.registry.own_name_codes
        a = np.where(~left_done & (left_place != 0) & (names >= 0), left_place * room + names, 0)
        b = np.where(~right_done & (right_place != 0) & (own >= 0), right_place * room + own, 0)
        left, right = KeyIndex(b).join(a)
        once_left = np.bincount(left, minlength=len(a))[left] == 1
        once_right = np.bincount(right, minlength=len(b))[right] == 1
        left, right = left[once_left & once_right], right[once_left & once_right]
        firm = ~self.registry.numbers_differ(self.headcount, left, right)
        return left[firm], right[firm]

    # ---- suspicion (R114) ----

    @cached_property
    def suspected(self) -> tuple[Places, Places]:
        """(headcount row, register row): same class, sex not contradicting, similar names, and each the
        other's only candidate. A lead, never a match."""
        from xueji_lib.register.names import similar  # pypinyin is slow to import and seldom needed

        hc, register = self.headcount, self.registry.rows
        mine, theirs = self._class_keys
        left, right = KeyIndex(np.where(self.registered_matched, 0, theirs)).join(np.where(self.matched, 0, mine))
        sex, own_sex = hc["sex"], register["sex"]
        clash = sex.known[left] & own_sex.known[right]
        clash &= np.asarray(sex.strings[left] != own_sex.strings[right], dtype=bool)
        left, right = left[~clash], right[~clash]
        alike = similar(hc.strings("name", left), register.strings("name", right))
        left, right = left[alike], right[alike]
        single = (np.bincount(left, minlength=len(hc))[left] == 1) & (
            np.bincount(right, minlength=len(register))[right] == 1
        )
        return left[single], right[single]

    @cached_property
    def suspected_headcount(self) -> Flags:
        return flagged(len(self.headcount), self.suspected[0])

    @cached_property
    def suspected_register(self) -> Flags:
        return flagged(len(self.registry.rows), self.suspected[1])

    # ---- who is where ----

    @cached_property
    def present(self) -> Truth:
        """Per headcount row: it says 在校."""
        return self.headcount["presence"].eq("在校")

    @cached_property
    def registered_absent(self) -> Truth:
        """Per register row: 在籍不在校."""
        size, link = len(self.registry.rows), self.link
        says_present = any_of(size, link.right, self.present[link.left])
        says_absent = any_of(size, link.right, ~self.present[link.left])
        return says_absent & ~says_present

    @cached_property
    def present_unregistered(self) -> Truth:
        """Per headcount row: 在校不在籍."""
        return self.present & truth(~self.matched & ~self.suspected_headcount)

    @cached_property
    def stray_absent(self) -> Flags:
        """不在校 rows that match nobody: in neither kind, counted in coverage's reason."""
        return yes(~self.present) & ~self.matched & ~self.suspected_headcount

    @cached_property
    def absent_pairs(self) -> tuple[Places, Places]:
        """(headcount row saying or perhaps saying 不在校, register row that is or may be 在籍不在校)."""
        link = self.link
        keep = (yes(~self.present) | maybe(self.present))[link.left]
        keep &= not_no(self.registered_absent)[link.right]
        return link.left[keep], link.right[keep]

    @cached_property
    def unchecked(self) -> Flags:
        """Register rows, 在读, that no headcount row of the school matches or is suspected to match."""
        return self.registry.enrolled & ~self.registered_matched & ~self.suspected_register

    # ---- class by class ----

    def class_table(self) -> pd.DataFrame:
        """One row a class of the register or the headcount. Columns: school (code), grade, class_no, registered,
        enrolled, headcount_rows, present, absent, registered_absent, present_unregistered, suspected, unchecked."""
        mine, theirs = self._class_keys
        reg, hc = self.registry, np.ones(len(self.headcount), dtype=bool)
        counts = {
            "registered": (theirs, np.ones(len(theirs), dtype=bool)),
            "enrolled": (theirs, reg.enrolled),
            "headcount_rows": (mine, hc),
            "present": (mine, yes(self.present)),
            "absent": (mine, yes(~self.present)),
            "registered_absent": (theirs, yes(self.registered_absent) & ~self.suspected_register),
            "present_unregistered": (mine, yes(self.present_unregistered)),
            "suspected": (mine, self.suspected_headcount),
            "unchecked": (theirs, self.unchecked),
        }
        keys = np.unique(np.append(mine, theirs))
        keys = keys[keys != 0]
        school, grade, class_no = split_class_key(keys)
        table = pd.DataFrame({"school": school, "grade": grade, "class_no": class_no})
        for name, (places, flags) in counts.items():
            wanted = places[flags & (places != 0)]
            table[name] = np.bincount(np.searchsorted(keys, wanted), minlength=len(keys))
        return table
