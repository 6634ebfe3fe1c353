"""Judge the county with what people entered: roll-calls and explanations go into the store before, findings into the
casebook after.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from xueji_lib.casebook.entering import must_not_look
from xueji_lib.casebook.false_report import look_again
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.rules_input import write_rules_input
from xueji_lib.casebook.sightings import Synced, sync
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.judge import shelf
from xueji_lib.judge.results import Results
from xueji_lib.register.inspection import Inspection
from xueji_lib.store import Store
from xueji_lib.support.private import make_folder
from xueji_lib.support.safe_write import locked

_WAIT: Final = 600.0


@contextmanager
def one_at_a_time(store: Store) -> Iterator[None]:
    """Hold the lock under which one process judges the county. The others wait and then find its results kept
    (``judge.shelf``). Raises StoreError after ten minutes."""
    folder = store.root / "results"
    make_folder(folder)
    with locked(folder / ".judging", "另一个程序正在核查全县，等了十分钟没有等到。请稍后再试", _WAIT):
        yield


@dataclass(frozen=True, slots=True)
class JudgedCounty:
    """The county's results, and whether they are what the casebook says now. ``look``: why not, as a Chinese sentence;
    "" where they entered, or came with a package."""

    answer: Results
    look: str = ""


def judged(workplace: Workplace, inspection: Inspection) -> Results:
    """The county's results; see ``judged_and_entered``."""
    return judged_and_entered(workplace, inspection).answer


def judged_and_entered(
    workplace: Workplace, inspection: Inspection, *, force: bool = False, standing: bool = False
) -> JudgedCounty:
    """The county's results (``shelf.obtain``, judged in a process of its own), from data that include what people
    wrote in the casebook; the findings are entered there, unless they are only a look (``enter``). A store made from a
    package has the results that came with it. Raises UsageError, StoreError."""
    store = workplace.store
    if store.is_part:
        return JudgedCounty(shelf.obtain(store, inspection))
    with one_at_a_time(store), workplace.open_casebook() as book:
        if standing:
            must_not_look(inspection, book.today())  # before the county is judged
        write_rules_input(book, store, inspection.term_id)
        answer = shelf.obtain(store, inspection, force=force, apart=True)
        return JudgedCounty(answer, enter(book, store, answer, standing=standing).look)


def enter(book: Casebook, store: Store, answer: Results, *, standing: bool = False) -> Synced:
    """Enter results into the casebook, unless they are only a look (``sightings.sync``; so is ``standing``); then what
    people saw at the schools is compared with what they report now. Raises UsageError, StoreError."""
    entered = sync(book, store, answer, standing=standing)
    if not (entered.look or entered.unchanged):
        look_again(book, store, answer)
    return entered
