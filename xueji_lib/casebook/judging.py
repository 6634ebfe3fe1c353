"""The county judged with what people know: their roll-calls and explanations before, their casebook told after."""

from __future__ import annotations

import datetime as dt

from xueji_lib import results
from xueji_lib.casebook.book import Casebook
from xueji_lib.casebook.bring import bring
from xueji_lib.casebook.sightings import sync
from xueji_lib.results import Results
from xueji_lib.store import Store


def judged(
    store: Store, term: str, as_of: dt.date, *, edition: str = "", force: bool = False, url: str = ""
) -> Results:
    """The county's answer (``results.obtain``), of data that includes what people wrote in the casebook, and entered
    there. On a store made from a package the answer that came along stands. Raises UsageError, StoreError."""
    if store.is_part:
        return results.obtain(store, term, as_of, edition=edition)
    with Casebook.open(store, url) as book:
        bring(book, store, term)
        answer = results.obtain(store, term, as_of, edition=edition, force=force)
        sync(book, store, answer)
    return answer
