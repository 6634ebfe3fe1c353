"""What people decided, a row a finding that the casebook knows."""

from __future__ import annotations

import datetime as dt
from typing import Final

import pandas as pd

from xueji_lib.casebook import cases
from xueji_lib.casebook.log.book import Casebook

__all__ = ["case_rows"]

_CASES: Final = "finding_id rule_id school_id school grade class student title state who at due present".split()


def case_rows(book: Casebook, day: dt.date) -> pd.DataFrame:
    """What people decided as it holds on a day: columns ``_CASES``."""
    rows = [
        {**case.finding, "state": case.state, "who": case.who, "at": case.at, "due": case.due}
        | {"present": case.sighting.present}
        for case in cases.of_county(book, day)
    ]
    return pd.DataFrame(rows, columns=_CASES)
