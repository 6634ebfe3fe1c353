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

from xueji_lib.doctor.batch_files import Batches
from xueji_lib.doctor.diagnosis import Diagnosis, Health, to_do
from xueji_lib.doctor.figures import calendar, unconfirmed
from xueji_lib.doctor.kept_results import results
from xueji_lib.doctor.kit import versions
from xueji_lib.doctor.leftovers import leftovers
from xueji_lib.doctor.store_files import opened, records, tables
from xueji_lib.store import Store
from xueji_lib.support.crash import record_crash
from xueji_lib.support.errors import XuejiError
from xueji_lib.support.remote import Remote

__all__ = ["Health", "Patient", "examine"]


@dataclass(frozen=True, slots=True)
class Patient:
    """What is checked. ``named``: the store as the user named it, "" where he did not; ``out``: a folder of
    deliverables."""

    store: Path
    out: Path | Remote
    named: str = ""


def examine(patient: Patient, today: dt.date) -> Iterator[Diagnosis]:
    """The diagnoses of all checks, one after the other. A check that fails itself gives one too, and the others go
    on."""
    store, line = opened(patient.store)
    terms = store.terms() if store is not None else []
    near = None if isinstance(patient.out, Remote) else patient.out
    checks: list[tuple[str, Callable[[], Iterable[Diagnosis]]]] = [
        ("版本", versions),
        ("数据仓", lambda: [line]),
        *(_of_store(store) if store is not None else ()),
        ("校历", partial(calendar, terms, today)),
        ("待确认的数字", partial(unconfirmed, terms, today)),
        ("成果", Batches(patient.out, patient.named).lines),
        ("半成品", partial(leftovers, store, near)),
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


def _of_store(store: Store) -> list[tuple[str, Callable[[], Iterable[Diagnosis]]]]:
    """What is checked of a store that can be used."""
    checks = {"表册": tables, "索引和收件记录": records, "判定结果": results}
    return [(subject, partial(check, store)) for subject, check in checks.items()]
