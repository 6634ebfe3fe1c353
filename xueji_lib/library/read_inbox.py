"""An inbox read without a store: its tables as frames, the report, and what the checks would say of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from xueji_lib import intake
from xueji_lib.exchange.masked_tables import analyst_table
from xueji_lib.intake.report import Report
from xueji_lib.judge import engine
from xueji_lib.register import schema
from xueji_lib.register.calendar import Calendar
from xueji_lib.register.inspection import Inspection
from xueji_lib.rules.findings import FINDINGS
from xueji_lib.store import Store
from xueji_lib.store.workroom import workroom
from xueji_lib.support.errors import UsageError

__all__ = ["InboxTables", "read_inbox"]


@dataclass(frozen=True)
class InboxTables:
    """What an inbox holds. ``tables``: table id → its rows, masked, as ``OpenedStore.table``; ``report``: what was read
    and what was not, and why (``report.lines()``); ``findings``, ``coverage``: of the day that was asked for, else
    None."""

    term: str
    tables: dict[str, pd.DataFrame]
    report: Report
    findings: pd.DataFrame | None = None
    coverage: pd.DataFrame | None = None


def read_inbox(folder: str | Path, term: str, as_of: dt.date | None = None) -> InboxTables:
    """The files of a folder, read as ``xueji intake`` reads them; nothing is stored. ``term``: the 学期 they are of;
    ``as_of``: judge them as of this day too. A check that needs a table or a term that is not among the files was not
    made, and ``coverage`` says so. Raises StoreError, UsageError as ``intake.run``.
    """
    calendar = Calendar.load()
    if term not in calendar.terms:
        raise UsageError(f"校历里没有 {term} 学期。有：{'、'.join(sorted(calendar.terms))}")
    with _room() as store:
        report = intake.run(Path(folder).resolve(), store, term, calendar)
        tables = {
            table.id: analyst_table(table, store.read(term, table.id))
            for table in schema.TABLES.values()
            if term in store.terms() and store.has(term, table.id)
        }
        if as_of is None:
            return InboxTables(term, tables, report)
        answer = engine.check(store, Inspection(term, as_of))
        return InboxTables(term, tables, report, answer.findings[FINDINGS], answer.coverage)


@contextmanager
def _room() -> Iterator[Store]:
    with workroom(None, "read") as folder:
        yield Store(folder / "store")
