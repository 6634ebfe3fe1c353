"""One school of a batch: a task that can cross to another process or machine, be done there, and be done again."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from xueji_lib.batch import failure_words
from xueji_lib.batch.outputs import Written, record
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.judge import answer_files, school_background, shelf
from xueji_lib.notebook import audit
from xueji_lib.register.inspection import Inspection
from xueji_lib.reports.deliverables import WHERE_DUE
from xueji_lib.support.errors import XuejiError
from xueji_lib.support.remote import Remote
from xueji_lib.support.worker_process import WorkerLost

FILES: Final = (*audit.DELIVERABLES, *WHERE_DUE)
"""What a school's folder may hold of the batch."""


@dataclass(frozen=True, slots=True)
class Task:
    """One school to do; everything a worker needs, and nothing that cannot cross to another machine.

    ``limit``: seconds it may take, 0 = any; kept by whoever runs the worker. ``store_url``, ``out_url``: where the
    two are in truth, if not on a disk that every worker sees (``remote``).
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
    store_url: str = ""
    out_url: str = ""

    @property
    def inspection(self) -> Inspection:
        """What was asked of the county."""
        return Inspection(self.term, self.as_of)

    def near_run(self) -> audit.SchoolRun:
        """The run of the notebook on this machine."""
        return audit.SchoolRun(self.school_id, self.inspection, self.near_out())

    def near_out(self) -> Path:
        """The folder that this machine writes to; created where it is a copy."""
        return Remote(self.out_url).make() if self.out_url else self.out

    def near_store(self) -> Path:
        """The store on this machine, with the answer to show in it. Raises StoreError."""
        if not self.store_url:
            return self.store
        far = Remote(self.store_url)
        answer = f"results/{self.term}/{self.as_of.isoformat()}"
        needed = ("xueji-store.json", f"{self.term}/current.json")
        whole = all((far.near / name).is_file() for name in needed)
        if not (whole and shelf.is_whole(far.near, self.inspection, self.judged)):
            for file in answer_files.damaged(far.near / "results"):  # of the right size it would not be fetched again
                file.unlink(missing_ok=True)
            far.bring(*needed, answer)
        else:  # what people said of the school, and its earlier terms, may be newer than the answer
            kept = ("states", school_background.FOLDER)
            far.bring(*(f"{answer}/{self.judged}/{name}/{self.school_id}.json" for name in kept))
        return far.near

    def written(self) -> dict[str, Written]:
        """Size, time and digest of the school's files, as this machine wrote them."""
        return record(self.near_out() / self.term / "schools" / self.school_id, FILES)

    def give(self) -> None:
        """Send what was made to the URL it belongs to, where there is one. Raises StoreError."""
        if not self.out_url:
            return
        folder, failed = f"{self.term}/schools/{self.school_id}", f"{self.term}/failed/{self.school_id}.ipynb"
        known = [*(f"{folder}/{name}" for name in FILES), failed]
        near = self.near_out()
        gone = [name for name in known if not (near / name).is_file()]
        Remote(self.out_url).give(folder, failed, gone=gone)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a task. ``error`` is empty where it went well; never quotes a record. ``stages``: seconds a step;
    ``files``: the deliverables by name, none where it went wrong."""

    seconds: float
    error: str = ""
    stages: Mapping[str, float] = field(default_factory=dict)
    files: Mapping[str, Written] = field(default_factory=dict)


def deliver(task: Task) -> Outcome:
    """Make one school, in a worker. Raises nothing but for Ctrl-C: a failure is an outcome."""
    started = time.monotonic()
    stages: dict[str, float] = {}
    files: Mapping[str, Written] = {}
    has_run = False  # else what lies near is of another day, and must not replace what is there
    try:
        workplace = Workplace.open(task.near_store())
        audit.run(workplace, task.near_run(), judged=task.judged, engine=task.engine, stages=stages)
        files = task.written()
        error, has_run = "", True
    except audit.AuditFailed as failure:
        error, has_run = str(failure), True
    except Exception as failure:  # noqa: BLE001 the others go on
        error = failure_words.failed(failure, task.out)
    try:
        if has_run:
            task.give()
    except XuejiError as failure:
        error = error or str(failure)
    return Outcome(round(time.monotonic() - started, 3), error, stages, {} if error else files)


def outcome_without_worker(task: Task, how: BaseException) -> Outcome:
    """The outcome of a school whose worker died: its notebook is written as far as the worker reported it."""
    if not isinstance(how, WorkerLost):
        return Outcome(0.0, failure_words.never_ran(how))
    why = failure_words.stopped(how, task.limit)
    try:
        error = audit.keep_lost(task.near_run(), task.name, how.messages, why)
        task.give()
    except Exception as failure:  # noqa: BLE001 the school is named all the same
        error = f"{why}（{type(failure).__name__}）"
    return Outcome(task.limit if how.slow else 0.0, error)
