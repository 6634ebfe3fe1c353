"""A transfer as one school sees it: what its own side did, what the other did, and what standing a 转入 has."""

from __future__ import annotations

import numpy as np

from xueji_lib.county.cells import Cells
from xueji_lib.county.kleene import Truth, any_of, truth, yes
from xueji_lib.register.vocabulary import Direction, TransferResult
from xueji_lib.rules.common import students_in
from xueji_lib.rules.inquiry import Inquiry


def own_side(inquiry: Inquiry, receiving: Truth, giving: Truth) -> Truth:
    """Per transfer: ``receiving`` where the school takes the pupil in, ``giving`` where it lets him go; where the
    direction is not known, what both say alike."""
    direction = inquiry["transfers"]["direction"]
    incoming, outgoing = direction.eq(Direction.IN), direction.eq(Direction.OUT)
    return (incoming & receiving) | (outgoing & giving) | (receiving & giving)


def own_opinion(inquiry: Inquiry) -> Cells:
    """Per transfer, 意见日期 of this school's side, as evidence shows it."""
    rows = inquiry["transfers"]
    incoming = yes(rows["direction"].eq(Direction.IN))
    return rows["to_opinion_date"].choose(incoming, rows["from_opinion_date"])


def standing_transfer_in(inquiry: Inquiry) -> Truth:
    """Per headcount row: the school's 转学台账 has the pupil as 转入, 同意 or 办理中. A ledger that is not there has
    nobody (缺台账视为没有)."""
    rows, transfers = inquiry["headcount"], inquiry["transfers"]
    if not len(transfers):
        return truth(np.zeros(len(rows), dtype=bool))
    standing = transfers["result"].isin((TransferResult.APPROVED, TransferResult.PENDING))
    incoming = transfers["direction"].eq(Direction.IN) & standing
    who, ledger = students_in(inquiry, rows, "transfers")
    return any_of(len(rows), who, incoming[ledger])
