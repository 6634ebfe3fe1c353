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
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import psutil  # type: ignore[import-untyped]

from xueji_lib import audit, paths, pool, results
from xueji_lib.batch_result import BatchResult, Failure, Watch
from xueji_lib.casebook import judging
from xueji_lib.clock import Clock
from xueji_lib.errors import UsageError, XuejiError
from xueji_lib.files import digest_files
from xueji_lib.manifest import Manifest
from xueji_lib.remote import Remote
from xueji_lib.reports import deliverables, tables, verdicts
from xueji_lib.reports.letter_facts import LetterFacts
from xueji_lib.reports.states import CaseStates
from xueji_lib.results import Results
from xueji_lib.safe_write import locked
from xueji_lib.school_task import Task, deliver
from xueji_lib.store import Store

MAX_JOBS: Final = 8
"""A worker takes about 300 MB."""
LIMIT: Final = 600.0
"""Seconds a school may take."""
WARM: Final = ("xueji_lib.warm_up",)
"""What a worker imports before its first school."""


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
    (``notebook_run.execute``). ``limit``: seconds a school may take before its worker is stopped, 0 = any.
    ``progress(done, total, what)`` hears of every school. ``executor``: another pool than local processes (it is
    not shut down); it has to keep the limit itself (``cluster`` does). ``far_store``, ``far_out``: where store and out
    are in truth, if ``store_root`` and ``out`` are only their copies near by (``remote``).

    Raises UsageError for an unknown term or school or ``jobs`` < 1, StoreError where the folder is no store or another
    batch writes there. A school that fails is in the result; Ctrl-C ends the batch when what is in hand is done.
    """
    started = time.monotonic()
    places = default_jobs() if jobs is None else jobs
    if places < 1:
        raise UsageError("--jobs 至少是 1")
    result = BatchResult(f"{far_out}/{term}" if far_out is not None else out / term)
    clock, folder = Clock(result.stages), out / term
    store = Store.open(store_root)
    casebook = os.environ.get("XUEJI_CASEBOOK", "")
    with contextlib.ExitStack() as ends:
        workers = None
        if executor is None:
            workers = ends.enter_context(_Local(places, limit, engine))
            if not results.is_kept(store, term, as_of, edition):  # they get ready while the county is judged
                workers.start(1 if (folder / "manifest.json").is_file() else places)
        answer = judging.judged(store, term, as_of, edition=edition, force=force, url=casebook)
        said = verdicts.snapshot(store, answer, casebook)
        if far_store is not None:  # workers elsewhere read the answer there
            far_store.give(f"results/{term}", "casebook", mirror=True)
        chosen = None if only is None else {audit.find_school(answer.schools, wanted) for wanted in only}
        clock.lap("判定")
        deliverables.check_templates()
        folder.mkdir(parents=True, exist_ok=True)
        ends.enter_context(locked(folder / ".lock", f"另一个批处理正在往 {folder} 里写。等它做完再来一次"))
        _sweep(folder / "schools")
        result.crashed_rules = _crashed(answer)
        manifest = Manifest.open(folder / "manifest.json", answer, result.crashed_rules, far_out)
        todo: list[Task] = []
        urls = (far_store.url if far_store else "", far_out.url if far_out else "")
        given = Task(
            store_root, "", "", answer.term_id, answer.as_of, out, answer.fingerprint, "", engine, limit, *urls
        )
        for task in _tasks(answer, given, said):
            if chosen is not None and task.school_id not in chosen:
                continue
            if not force and manifest.is_done(task.school_id, task.fingerprint):
                result.skipped.append(task.school_id)
            else:
                todo.append(task)
        manifest.begin(task.school_id for task in todo)
        clock.lap("比对")
        county = _County(answer, said, results.earlier(store, term), folder)
        county_due = force or not manifest.has_county(county.mark)
        watch = Watch(result, manifest, progress, len(todo) + len(result.skipped))
        watch.tell("")
        with ThreadPoolExecutor(1) as aside:  # the county's paper is written here, the schools' elsewhere
            writing = aside.submit(county.write) if county_due else None
            try:
                if executor is not None:
                    pool.through(executor, todo, deliver, watch.note, getattr(executor, "at_once", 1000))
                elif workers is not None and todo:
                    workers.places = min(places, len(todo))
                    pool.through(workers, todo, deliver, watch.note, 2 * places)
                elif workers is not None:
                    workers.shutdown(wait=False)
            except KeyboardInterrupt:
                result.interrupted = True
            finally:
                try:
                    if writing is not None:
                        result.stages["全县汇总"] = writing.result()
                        if far_out is not None:
                            far_out.give(*(f"{term}/{name}" for name in manifest.head["outputs"]))
                        manifest.put_county(county.mark)
                except (XuejiError, OSError) as failure:
                    result.failed.append(Failure("", "全县汇总", str(failure)))
                finally:
                    manifest.close()
                    result.trouble = manifest.trouble
                    _sweep(folder / "schools")  # a worker that died in this run left its half too
        clock.lap("各校")
    result.failed.sort(key=lambda failure: failure.school_id)
    result.seconds = time.monotonic() - started
    return result


@dataclass(frozen=True)
class _County:
    """The county's own files."""

    answer: Results
    said: Mapping[str, CaseStates]
    earlier: Sequence[Results]
    folder: Path

    @property
    def mark(self) -> str:
        """A fingerprint of all that they show."""
        states = sorted((school_id, verdicts.mark(states)) for school_id, states in self.said.items())
        shown = [past.fingerprint for past in (*self.earlier, self.answer)]
        return hashlib.sha256(f"{shown} {deliverables_mark()} {states}".encode()).hexdigest()[:16]

    def write(self) -> float:
        """Returns the seconds it took. Raises UsageError where a file is held by another program."""
        started = time.monotonic()
        tables.write_findings_csv(self.answer, self.folder / "findings.csv")
        tables.write_coverage_csv(self.answer, self.folder / "coverage.csv")
        deliverables.write_county(self.answer, LetterFacts.load(), self.folder, self.said, self.earlier)
        return time.monotonic() - started


class _Local(pool.Workers):
    """Processes of this machine for a batch; what a batch that ends in an error left running ends at once."""

    def __init__(self, places: int, limit: float, engine: str) -> None:
        super().__init__(places, limit, WARM if engine == "warm" else ())

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        self.shutdown(wait=kind in (None, KeyboardInterrupt))


def default_jobs() -> int:
    """As many as processors, at most eight."""
    return max(1, min(os.cpu_count() or 1, MAX_JOBS))


def deliverables_mark() -> str:
    """A fingerprint of what makes the deliverables: the kit, its notebook and its templates."""
    files = [(paths.home(), paths.notebooks("school_audit.ipynb"))]
    for folder in (paths.templates("html"), paths.templates("letters"), paths.data("letters.toml")):
        files += [(paths.home(), file) for file in (folder, *folder.rglob("*")) if file.is_file()]
    return digest_files(files, results.kit_mark())


def _tasks(answer: Results, given: Task, said: Mapping[str, CaseStates]) -> Iterator[Task]:
    """Every school of the directory, with the fingerprint of all that its deliverables show."""
    kit = deliverables_mark()
    names = dict(zip(answer.schools["school_id"], answer.schools["school_name"], strict=True))
    for school_id, shown in answer.marks().items():
        text = f"{shown} {kit} {verdicts.mark(said.get(school_id))}"
        mark = hashlib.sha256(text.encode()).hexdigest()[:16]
        yield replace(given, school_id=school_id, name=names[school_id] or school_id, fingerprint=mark)


def _sweep(schools: Path) -> None:
    """Take away what runs that were killed left half written: folders named for a process that is gone. One on
    another machine cannot be asked; an hour is enough for it."""
    for aside in schools.glob(".*.*"):
        owner = aside.name.rpartition(".")[2]
        if not owner.isdigit():
            continue
        with contextlib.suppress(OSError):
            if not psutil.pid_exists(int(owner)) or time.time() - aside.stat().st_mtime > 3600:
                shutil.rmtree(aside, ignore_errors=True)


def _crashed(answer: Results) -> list[str]:
    coverage = answer.coverage
    return sorted(set(coverage.loc[coverage["status"] == "出错", "rule_id"]))
