"""Whom the judged rows of a check are about, and which rows of the table speak of the same pupil.

Source: docs/reading-conditions.md, 6 (the rows of one pupil's ledger are linked through any number they share).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xueji_lib.county import County
from xueji_lib.county.kleene import Flags, RowIndexes
from xueji_lib.county.rows import Ints, KeyIndex, Keys, Rows, distinct_pairs, groups

Pairs = tuple[RowIndexes, RowIndexes]


@dataclass(frozen=True, slots=True)
class Subjects:
    """A judged row at each position: its row of ``who``, the school code it is charged to, and its subject
    (``Inquiry.judge``). ``plain``: the school is the row's, the subject is the person that the county sees in it."""

    who: Rows
    row_indexes: RowIndexes
    school: Ints
    person: Ints
    plain: bool

    def rows(self, county: County, chosen: RowIndexes) -> Pairs:
        """Pairs: a position in ``chosen`` (judged rows), and a row of ``who`` that speaks of the same pupil, whatever
        the check says of it. All judged rows of a subject have the same rows, and no two subjects of a school share
        one."""
        if self.plain:
            return county.rows_of_persons(self.who).of(self.row_indexes[chosen])
        at, judged = self._of_same_subject(chosen)
        also, row = county.rows_of_persons(self.who).of(self.row_indexes[judged])
        mine = ~self._of_other_subject(chosen[at[also]], row)
        return distinct_pairs(np.append(at, at[also][mine]), np.append(self.row_indexes[judged], row[mine]))

    def _of_same_subject(self, chosen: RowIndexes) -> Pairs:
        """Pairs: a position in ``chosen``, and a judged row of the same school and subject."""
        among = np.flatnonzero(np.isin(self.person, self.person[chosen]))
        subject = groups(self.school[among], self.person[among]) + 1
        left, right = KeyIndex(Keys(subject)).join(Keys(subject[np.searchsorted(among, chosen)]))
        return left, among[right]

    def _of_other_subject(self, judged: RowIndexes, row: RowIndexes) -> Flags:
        """For each pair of a judged row and a row of ``who``: that row is judged, at the same school, and only as
        another subject."""
        among = np.flatnonzero(np.isin(self.row_indexes, row))
        pair, at = KeyIndex(Keys(self.row_indexes[among] + 1)).join(Keys(row + 1))
        other = among[at]
        near = self.school[other] == self.school[judged[pair]]
        same = near & (self.person[other] == self.person[judged[pair]])
        flags = np.zeros((2, len(row)), dtype=bool)
        flags[0, pair[near]] = True
        flags[1, pair[same]] = True
        others: Flags = flags[0] & ~flags[1]
        return others
