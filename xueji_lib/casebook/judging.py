"""The county judged with what people know: their roll-calls and explanations before, their casebook told after."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from xueji_lib.casebook.book import Casebook
from xueji_lib.casebook.bring import bring
from xueji_lib.casebook.sightings import sync
from xueji_lib.judge import shelf
from xueji_lib.judge.results import Results
from xueji_lib.store import Store
from xueji_lib.support.safe_write import locked

_WAIT: Final = 600.0


@contextmanager
def one_at_a_time(store: Store) -> Iterator[None]:
    """Where many need the county judged anew, one does it and the others find the answer on the shelf."""
    folder = store.root / "results"
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / ".judging", "另一个程序正在核查全县，等了十分钟没有等到。请稍后再试", _WAIT):
        yield


def judged(
    store: Store, term: str, as_of: dt.date, *, edition: str = "", force: bool = False, url: str = ""
) -> Results:
    """The county's answer (``shelf.obtain``, judged apart), of data that includes what people wrote in the casebook,
    and entered there. On a store made from a package the answer that came along stands. Raises UsageError,
    StoreError."""
    if store.is_part:
        return shelf.obtain(store, term, as_of, edition=edition)
    with one_at_a_time(store), Casebook.open(store, url) as book:
        bring(book, store, term)
        answer = shelf.obtain(store, term, as_of, edition=edition, force=force, apart=True)
        sync(book, store, answer)
    return answer
