"""Who came to a school, or left it: transfers of the term, and new pupils (or graduates) beside them. Source: R715."""

from __future__ import annotations

import numpy as np
import pandas as pd

from xueji_lib.county.kleene import Flags, Truth, any_of, maybe, not_no, yes
from xueji_lib.county.rows import Ints, flagged, groups
from xueji_lib.rules.inquiry import Inquiry
from xueji_lib.rules.pupils_of_register import PupilsOfRegister


class Movers:
    """Counts by school: ``surely_moved`` by a transfer; ``low`` and ``high``, with those who count as new (or
    graduated) beside them, at least and at most. ``named``: a flag a pupil of the register, a transfer speaks of him.

    A pupil who perhaps is a transfer, and else counts as new, counts once whatever the unreadable cell says.
    """

    def __init__(self, inquiry: Inquiry, pupils: PupilsOfRegister, moved: Truth, base: Truth) -> None:
        rows, county, size = inquiry["transfers"], inquiry.county, len(inquiry.county.school_ids)
        n = len(inquiry["schools"])
        mover = groups(rows.school, county.persons(rows))
        many = int(mover.max()) + 1 if len(mover) else 0
        answer = any_of(many, mover, moved)
        school = np.zeros(many, dtype=np.int64)
        school[mover] = rows.school
        link = county.link("transfers") if pupils.registry is county.registry else pupils.registry.link(rows)
        counts = not_no(moved)[link.left]
        pairs = pd.DataFrame({"mover": mover[link.left[counts]], "pupil": pupils.of_row[link.right[counts]]})
        pairs = pairs.drop_duplicates().sort_values(["mover", "pupil"])
        self.named: Flags = flagged(len(pupils), pairs["pupil"].to_numpy(dtype=np.int64))

        def movers(where: Flags) -> Ints:
            return np.bincount(school[where], minlength=size)[:n].astype(np.int64)

        self.surely_moved = movers(yes(answer))
        taken = pairs["pupil"].isin(pairs.loc[yes(answer)[pairs["mover"]], "pupil"])
        of_doubtful = pairs[maybe(answer)[pairs["mover"]] & ~taken.to_numpy(dtype=bool)].drop_duplicates("pupil")
        each = pd.DataFrame({
            "mover": of_doubtful["mover"],
            "low": yes(base)[of_doubtful["pupil"]],
            "high": not_no(base)[of_doubtful["pupil"]],
        }).groupby("mover").sum().reindex(np.flatnonzero(maybe(answer)), fill_value=0)  # fmt: skip
        places = school[each.index.to_numpy(dtype=np.int64)]

        def sums(values: pd.Series) -> Ints:
            return np.bincount(places, weights=values.to_numpy(dtype=float), minlength=size)[:n].astype(np.int64)

        free = ~self.named
        self.low: Ints = self.surely_moved + pupils.tally(yes(base) & free, n) + sums(each["low"].clip(upper=1))
        self.high: Ints = self.surely_moved + pupils.tally(not_no(base) & free, n) + sums(each["high"].clip(lower=1))
