"""Findings that need nobody any more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import select

from xueji_lib.casebook import states
from xueji_lib.casebook.cases import Case, of_county
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.log.tables import EVENTS
from xueji_lib.register.vocabulary import CaseState


def closed_ids(book: Casebook, today: dt.date) -> frozenset[str]:
    """The county's findings that people have closed: 不属实, 不是同一人, 豁免, 复核销号."""
    return closed_of(of_county(book, today))


def apart_ids(book: Casebook, today: dt.date) -> frozenset[str]:
    """The county's findings about pupils who were proved to be two (``proved_apart``); none are known quickly."""
    with book.reading() as connection:
        query = select(EVENTS.c.id).where(EVENTS.c.kind == "finding", EVENTS.c.body.contains(CaseState.DIFFERENT))
        if connection.execute(query.limit(1)).first() is None:
            return frozenset()
    return frozenset(case.id for case in of_county(book, today) if case.state == CaseState.DIFFERENT)


def closed_of(cases: Iterable[Case]) -> frozenset[str]:
    """Those of these cases' findings."""
    return frozenset(case.id for case in cases if case.state in states.CLOSED)
