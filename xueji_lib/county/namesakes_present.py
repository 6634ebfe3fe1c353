"""Whether a pupil whom nothing tells from a namesake is in class. Source: docs/reading-conditions.md, 6."""

from __future__ import annotations

import numpy as np

from xueji_lib.county.kleene import Truth, not_no, open_where, truth, yes
from xueji_lib.county.matching import Lookalikes, Pairs
from xueji_lib.county.rows import flagged


def namesakes_present(namesakes: Lookalikes, present: Truth, size: int, suspected: Pairs) -> Truth:
    """Per register row (``size`` of them): of rows that may be that pupil's or a namesake's one says 在校; for certain,
    where they go into the namesakes one to one and all of them do. ``present``: per headcount row; one that is
    ``suspected`` to be a pupil is no other's."""
    left, right = namesakes.pairs
    apart = ~(flagged(len(present), suspected[0])[left] | flagged(size, suspected[1])[right])
    perhaps = flagged(size, right[apart & not_no(present)[left]])
    group, says_so = namesakes.left_group, yes(present)[namesakes.left]
    everyone = np.bincount(group[says_so], minlength=len(namesakes.odd)) == namesakes.n_left
    surely = (everyone & ~namesakes.odd)[namesakes.right_group]
    return truth(flagged(size, namesakes.right[surely])) | open_where(perhaps)
