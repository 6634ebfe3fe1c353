"""``xueji doctor``: each check looks at one thing of the installation and says what to do where it is wrong.

A check reads and changes nothing. A new one is a function that yields lines (``diagnosis.Diagnosis``), and a row in
``examine``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from xueji_lib.casebook.workplace import Workplace
from xueji_lib.doctor.batch_files import Batches
from xueji_lib.doctor.casebook_state import backup, casebook
from xueji_lib.doctor.diagnosis import Diagnosis, Health, to_do
from xueji_lib.doctor.figures import calendar, unconfirmed
from xueji_lib.doctor.kept_results import results
from xueji_lib.doctor.kit import versions
from xueji_lib.doctor.leftovers import leftovers
from xueji_lib.doctor.machine import clock, disk, rights
from xueji_lib.doctor.served import served
from xueji_lib.doctor.store_files import opened, records, tables
from xueji_lib.store import Store
from xueji_lib.support.crash import record_crash
from xueji_lib.support.errors import XuejiError
from xueji_lib.support.remote import Remote

__all__ = ["Health", "Patient", "examine"]


@dataclass(frozen=True, slots=True)
class Patient:
    """What is checked. ``named``: the store as the user named it, "" where he did not; ``out``: a folder of
    deliverables; ``casebook_url``: as in ``Workplace``; ``url``: where the pages are opened, "" where that is not
    checked."""

    store: Path
    out: Path | Remote
    named: str = ""
    casebook_url: str = ""
    url: str = ""


def examine(patient: Patient, now: dt.datetime) -> Iterator[Diagnosis]:
    """The diagnoses of all checks, one after the other. A check that fails itself gives one too, and the others go
    on."""
    today = now.astimezone().date()
    store, line = opened(patient.store)
    terms = store.terms() if store is not None else []
    near = None if isinstance(patient.out, Remote) else patient.out
    checks: list[tuple[str, Callable[[], Iterable[Diagnosis]]]] = [
        ("版本", versions),
        ("数据仓", lambda: [line]),
        *(_of_store(store, near, patient.casebook_url, now) if store is not None else ()),
        ("校历", partial(calendar, terms, today)),
        ("待确认的数字", partial(unconfirmed, terms, today)),
        ("成果", Batches(patient.out, patient.named).lines),
        ("半成品", partial(leftovers, store, near)),
        ("网页", partial(served, patient.url, now)),
    ]
    for subject, check in checks:
        try:
            yield from check()
        except XuejiError as error:
            yield to_do(f"{subject}查不成", str(error))
        except Exception as error:  # noqa: BLE001 the others go on
            home = store.root if store is not None else Path.cwd()
            reference = record_crash(home / "logs", error)
            yield to_do(f"{subject}查不成（程序出错）", f"请把 {home / 'logs' / reference}.txt 交给维护人员")


def _of_store(
    store: Store, out: Path | None, casebook_url: str, now: dt.datetime
) -> list[tuple[str, Callable[[], Iterable[Diagnosis]]]]:
    """What is checked of a store that can be used."""
    workplace = Workplace(store, casebook_url)
    return [
        ("磁盘", partial(disk, store, out)),
        ("时钟", partial(clock, store, now)),
        ("权限", partial(rights, store, out)),
        ("表册", partial(tables, store)),
        ("索引和收件记录", partial(records, store)),
        ("判定结果", partial(results, store)),
        ("核查台账", partial(casebook, workplace)),
        ("备份", partial(backup, workplace, now)),
    ]
