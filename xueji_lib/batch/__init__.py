"""The county's schools → deliverables: judged once, then a notebook a school over any executor.

A school is one task, the same wherever it runs: it writes aside and renames, and can be done again. The manifest
has every school as soon as it is done, so that a killed run goes on where it stopped. A school is skipped where
nothing that its deliverables show has changed and they are still there.
Source: the data contract, 3 and 4.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path
from typing import Final

from xueji_lib.batch.county_files import CountyFiles, deliverables_mark
from xueji_lib.batch.leftovers import sweep
from xueji_lib.batch.manifest import Manifest
from xueji_lib.batch.places import WARM, default_jobs, places
from xueji_lib.batch.result import BatchResult, Watch
from xueji_lib.batch.school_task import Task
from xueji_lib.casebook import judging
from xueji_lib.judge import shelf
from xueji_lib.judge.results import Results
from xueji_lib.notebook import audit
from xueji_lib.reports import deliverables, verdicts
from xueji_lib.reports.states import CaseStates
from xueji_lib.store import Store
from xueji_lib.support.clock import Clock
from xueji_lib.support.errors import UsageError
from xueji_lib.support.remote import Remote
from xueji_lib.support.safe_write import locked

__all__ = ["LIMIT", "WARM", "default_jobs", "run"]

LIMIT: Final = 600.0
"""Seconds a school may take."""


def run(
    store_root: Path,
    term: str,
    as_of: dt.date,
    out: Path,
    jobs: int | None = None,
    only: Sequence[str] | None = None,
    force: bool = False,
    *,
    edition: str = "",
    engine: str = "warm",
    limit: float = LIMIT,
    progress: Callable[[int, int, str], None] | None = None,
    executor: Executor | None = None,
    far_store: Remote | None = None,
    far_out: Remote | None = None,
) -> BatchResult:
    """Judge the county, write OUT/<term>/{findings,coverage}.csv and the county's paper, then every school.

    ``only``: ids or exact names; the county's own files are of all schools all the same. ``force``: nothing is
    skipped. ``edition``: the catalogue to judge by (default: that in force). ``engine``: stock or warm
    (``runner.execute``). ``limit``: seconds a school may take before its worker is stopped, 0 = any.
    ``progress(done, total, what)`` hears of every school; before there are any, with 0 of 0, of the judging.
    ``executor``: another pool than local processes (it is not shut down); it has to keep the limit itself (``cluster``
    does). ``far_store``, ``far_out``: where store and out are in truth, if ``store_root`` and ``out`` are only their
    copies near by (``remote``).

    Raises UsageError for an unknown term or school or ``jobs`` < 1, StoreError where the folder is no store or another
    batch writes there. A school that fails is in the result; Ctrl-C ends the batch when what is in hand is done.
    """
    started = time.monotonic()
    jobs = default_jobs() if jobs is None else jobs
    if jobs < 1:
        raise UsageError("--jobs 至少是 1")
    result = BatchResult(f"{far_out}/{term}" if far_out is not None else out / term)
    clock, folder = Clock(result.stages), out / term
    store = Store.open(store_root)
    casebook = os.environ.get("XUEJI_CASEBOOK", "")
    with contextlib.ExitStack() as ends:
        makers = ends.enter_context(places(executor, jobs, limit, engine))
        if not shelf.is_kept(store, term, as_of, edition):  # they get ready while the county is judged
            makers.get_ready(1 if (folder / "manifest.json").is_file() else jobs)
            if progress is not None:
                progress(0, 0, "正在逐条核查全县")
        answer = judging.judged(store, term, as_of, edition=edition, force=force, url=casebook)
        said = verdicts.snapshot(store, answer, casebook)
        if far_store is not None:  # workers elsewhere read the answer there
            far_store.give(f"results/{term}", "casebook", mirror=True)
        chosen = None if only is None else {audit.find_school(answer.schools, wanted) for wanted in only}
        clock.lap("判定")

        deliverables.check_templates()
        folder.mkdir(parents=True, exist_ok=True)
        ends.enter_context(locked(folder / ".lock", f"另一个批处理正在往 {folder} 里写。等它做完再来一次"))
        sweep(folder / "schools")
        result.crashed_rules = _crashed(answer)
        manifest = Manifest.open(folder / "manifest.json", answer, result.crashed_rules, far_out)
        urls = (far_store.url if far_store else "", far_out.url if far_out else "")
        day = answer.as_of
        given = Task(store_root, "", "", answer.term_id, day, out, answer.fingerprint, "", engine, limit, *urls)
        todo: list[Task] = []
        for task in _tasks(answer, given, said):
            if chosen is not None and task.school_id not in chosen:
                continue
            if not force and manifest.is_done(task.school_id, task.fingerprint):
                result.skipped.append(task.school_id)
            else:
                todo.append(task)
        manifest.begin(task.school_id for task in todo)
        clock.lap("比对")

        county = CountyFiles(answer, said, shelf.earlier(store, term), folder)
        watch = Watch(result, manifest, progress, len(todo) + len(result.skipped))
        watch.tell("")
        try:
            with county.written_aside(manifest, result, force=force):
                makers.make(todo, watch.note)
        except KeyboardInterrupt:
            result.interrupted = True
        finally:
            manifest.close()
            result.trouble = manifest.trouble
            sweep(folder / "schools")  # a worker that died in this run left its half too
        clock.lap("各校")
    result.failed.sort(key=lambda failure: failure.school_id)
    result.seconds = time.monotonic() - started
    return result


def _tasks(answer: Results, given: Task, said: Mapping[str, CaseStates]) -> Iterator[Task]:
    """Every school of the directory, with the fingerprint of all that its deliverables show."""
    kit = deliverables_mark()
    names = dict(zip(answer.schools["school_id"], answer.schools["school_name"], strict=True))
    for school_id, shown in answer.marks().items():
        text = f"{shown} {kit} {verdicts.mark(said.get(school_id))}"
        mark = hashlib.sha256(text.encode()).hexdigest()[:16]
        yield replace(given, school_id=school_id, name=names[school_id] or school_id, fingerprint=mark)


def _crashed(answer: Results) -> list[str]:
    coverage = answer.coverage
    return sorted(set(coverage.loc[coverage["status"] == "出错", "rule_id"]))
