"""Findings that need nobody any more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from xueji_lib.casebook import states
from xueji_lib.casebook.cases import Case, of_county
from xueji_lib.casebook.log.book import Casebook


def closed_ids(book: Casebook, today: dt.date) -> frozenset[str]:
    """The county's findings that people have closed: 不属实, 不是同一人, 豁免, 复核销号."""
    return closed_of(of_county(book, today))


def closed_of(cases: Iterable[Case]) -> frozenset[str]:
    """Those of these cases' findings."""
    return frozenset(case.id for case in cases if case.state in states.CLOSED)
