"""One school of a batch: a task that can cross to another process or machine, be done there, and be done again."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from xueji_lib import audit, pool
from xueji_lib.errors import XuejiError


@dataclass(frozen=True, slots=True)
class Task:
    """One school to do; everything a worker needs, and nothing that cannot cross to another machine.

    ``limit``: seconds it may take, 0 = any; kept by whoever runs the worker.
    """

    store: Path
    school_id: str
    name: str
    term: str
    as_of: dt.date
    out: Path
    judged: str
    fingerprint: str
    engine: str = "warm"
    limit: float = 0.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it went. ``error`` is empty where it went well; never quotes a record. ``stages``: seconds a step."""

    seconds: float
    error: str = ""
    stages: Mapping[str, float] = field(default_factory=dict)


def deliver(task: Task) -> Outcome:
    """One school, in a worker. Never raises but for Ctrl-C: a failure is an outcome."""
    started = time.monotonic()
    stages: dict[str, float] = {}
    given = (task.store, task.school_id, task.term, task.as_of, task.out)
    try:
        audit.run(*given, judged=task.judged, engine=task.engine, stages=stages)
        error = ""
    except XuejiError as failure:
        error = str(failure)
    except OSError as failure:
        error = f"写不了 {failure.filename or task.out}：{failure.strerror or type(failure).__name__}"
    except Exception as failure:  # noqa: BLE001 the others go on; the message may quote a record
        error = f"程序出错（{type(failure).__name__}）"
    return Outcome(round(time.monotonic() - started, 3), error, stages)


def lost(task: Task, how: BaseException) -> Outcome:
    """What became of a school whose worker is gone: its notebook is kept as far as it was told."""
    if not isinstance(how, pool.Lost):
        return Outcome(0.0, f"工作进程没有做成（{type(how).__name__}）")
    why = f"超过 {task.limit:g} 秒没有做完，已停止" if how.slow else "运行它的进程意外退出，可能内存不足"
    given = (task.school_id, task.name, task.term, task.as_of, task.out)
    try:
        error = audit.keep_lost(*given, how.told, why)
    except Exception as failure:  # noqa: BLE001 the school is named all the same
        error = f"{why}（{type(failure).__name__}）"
    return Outcome(task.limit if how.slow else 0.0, error)
