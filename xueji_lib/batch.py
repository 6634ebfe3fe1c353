"""The county's schools → deliverables: judged once, then a notebook a school over any executor.

A school is one task, the same wherever it runs: it writes aside and renames, and can be done again. The manifest
has every school as soon as it is done, so that a killed run goes on where it stopped. A school is skipped where
nothing that its deliverables show has changed and they are still there.
Source: the data contract, 3 and 4.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from xueji_lib import audit, paths, pool, results
from xueji_lib.clock import Clock, add, spoken
from xueji_lib.errors import UsageError, XuejiError
from xueji_lib.files import digest_files
from xueji_lib.manifest import Entry, Manifest
from xueji_lib.reports import county_book, tables
from xueji_lib.results import Results
from xueji_lib.safe_write import locked
from xueji_lib.store import Store

MAX_JOBS: Final = 8
"""A worker takes about 300 MB."""
LIMIT: Final = 600.0
"""Seconds a school may take."""
WARM: Final = ("xueji_lib.warm_up",)
"""What a worker imports before its first school."""


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


@dataclass(frozen=True, slots=True)
class Failure:
    """A school that failed, and why."""

    school_id: str
    name: str
    why: str

    def __str__(self) -> str:
        return f"{self.name}（{self.school_id}）：{self.why}"


@dataclass
class BatchResult:
    """What a batch did; ``done`` and ``skipped`` are school ids."""

    folder: Path
    done: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    crashed_rules: list[str] = field(default_factory=list)
    interrupted: bool = False
    seconds: float = 0.0
    stages: dict[str, float] = field(default_factory=dict)
    school_stages: dict[str, float] = field(default_factory=dict)
    """Seconds of the batch's own steps; and of the schools' steps, all schools and workers together."""

    @property
    def left_out(self) -> bool:
        """Something was left out or failed: exit status 4."""
        return bool(self.failed or self.crashed_rules or self.interrupted)

    def lines(self) -> list[str]:
        """The summary for the screen; which schools failed is in ``failed``."""
        total = f"完成 {len(self.done)} 所，跳过 {len(self.skipped)} 所（没有变化），失败 {len(self.failed)} 所"
        shown = [f"{total}，用时 {spoken(self.seconds)}。成果在 {self.folder}"]
        if self.stages:
            shown.append("各步用时：" + "，".join(f"{name} {spoken(took)}" for name, took in self.stages.items()))
        if self.done and self.school_stages:
            each = "，".join(f"{name} {1000 * took / len(self.done):.0f}" for name, took in self.school_stages.items())
            shown.append(f"平均每校（毫秒）：{each}")
        if self.crashed_rules:
            shown.append(f"有检查出错，没有查成：{'、'.join(self.crashed_rules)}。原因见 coverage.csv")
        if self.interrupted:
            shown.append("中途停止：已完成的都在，再次运行从停下的地方继续")
        return shown


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
    case_marks: Callable[[str], str] | None = None,
) -> BatchResult:
    """Judge the county, write OUT/<term>/{findings,coverage}.csv and county.xlsx, then every school.

    ``only``: ids or exact names; the county's own files are of all schools all the same. ``force``: nothing is
    skipped. ``edition``: the catalogue to judge by (default: that in force). ``engine``: stock or warm
    (``notebook_run.execute``). ``limit``: seconds a school may take before its worker is stopped, 0 = any.
    ``progress(done, total, what)`` hears of every school. ``executor``: another pool than local processes (it is
    not shut down); it has to keep the limit itself (``cluster`` does). ``case_marks(school_id)``: a text that changes
    where the casebook has something new of a school.

    Raises UsageError for an unknown term or school or ``jobs`` < 1, StoreError where the folder is no store or another
    batch writes there. A school that fails is in the result; Ctrl-C ends the batch when what is in hand is done.
    """
    started = time.monotonic()
    places = default_jobs() if jobs is None else jobs
    if places < 1:
        raise UsageError("--jobs 至少是 1")
    result = BatchResult(out / term)
    clock, folder = Clock(result.stages), out / term
    answer = results.obtain(Store.open(store_root), term, as_of, edition=edition, force=force)
    chosen = None if only is None else {audit.find_school(answer.schools, wanted) for wanted in only}
    clock.lap("判定")
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / ".lock", f"另一个批处理正在往 {folder} 里写。等它做完再来一次"):
        _sweep(folder / "schools")
        result.crashed_rules = _crashed(answer)
        manifest = Manifest.open(folder / "manifest.json", answer, result.crashed_rules)
        _write_county(answer, folder)
        clock.lap("全县汇总")
        todo: list[Task] = []
        given = Task(store_root, "", "", answer.term_id, answer.as_of, out, answer.fingerprint, "", engine, limit)
        for task in _tasks(answer, given, case_marks):
            if chosen is not None and task.school_id not in chosen:
                continue
            if not force and manifest.is_done(task.school_id, task.fingerprint):
                result.skipped.append(task.school_id)
            else:
                todo.append(task)
        clock.lap("比对")
        watch = _Watch(result, manifest, progress, len(todo) + len(result.skipped))
        watch.tell("")
        try:
            if executor is not None:
                pool.through(executor, todo, deliver, watch.note)
            elif todo:
                _local(todo, watch.note, places)
        except KeyboardInterrupt:
            result.interrupted = True
        finally:
            manifest.write()
        clock.lap("各校")
    result.failed.sort(key=lambda failure: failure.school_id)
    result.seconds = time.monotonic() - started
    return result


def _local(todo: Sequence[Task], note: pool.Note[Task, Outcome], places: int) -> None:
    """Over processes of this machine."""
    warm = WARM if todo[0].engine == "warm" else ()
    workers = pool.Workers(min(places, len(todo)), todo[0].limit, warm)
    try:
        pool.through(workers, todo, deliver, note, 2 * places)
    finally:
        workers.shutdown(wait=sys.exc_info()[0] in (None, KeyboardInterrupt))


def _write_county(answer: Results, folder: Path) -> None:
    """What is of the whole county."""
    tables.write_findings_csv(answer, folder / "findings.csv")
    tables.write_coverage_csv(answer, folder / "coverage.csv")
    county_book.write(answer, folder / "county.xlsx")


def default_jobs() -> int:
    """As many as processors, at most eight."""
    return max(1, min(os.cpu_count() or 1, MAX_JOBS))


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


def deliverables_mark() -> str:
    """A fingerprint of what makes the deliverables: the kit, its notebook and its templates."""
    files = [(paths.home(), paths.notebooks("school_audit.ipynb"))]
    files += [(paths.home(), file) for file in paths.templates("html").rglob("*") if file.is_file()]
    return digest_files(files, results.kit_mark())


def _tasks(answer: Results, given: Task, case_marks: Callable[[str], str] | None) -> Iterator[Task]:
    """Every school of the directory, with the fingerprint of all that its deliverables show."""
    kit = deliverables_mark()
    for school in answer.each():
        case_mark = case_marks(school.id) if case_marks is not None else ""
        said = f"{school.fingerprint} {kit} {case_mark}"
        mark = hashlib.sha256(said.encode()).hexdigest()[:16]
        yield replace(given, school_id=school.id, name=school.name, fingerprint=mark)


def _sweep(schools: Path) -> None:
    """Take away what runs that were killed left half written."""
    for aside in schools.glob(".*"):
        if not aside.name.endswith(".old") and time.time() - aside.stat().st_mtime > 3600:
            shutil.rmtree(aside, ignore_errors=True)


def _crashed(answer: Results) -> list[str]:
    coverage = answer.coverage
    return sorted(set(coverage.loc[coverage["status"] == "出错", "rule_id"]))


@dataclass
class _Watch:
    """Notes every outcome at once: in the result, in the manifest, to whoever watches."""

    result: BatchResult
    manifest: Manifest
    progress: Callable[[int, int, str], None] | None
    total: int
    started: float = field(default_factory=time.monotonic)

    def note(self, task: Task, outcome: Outcome | BaseException, /) -> None:
        if isinstance(outcome, BaseException):
            outcome = lost(task, outcome)
        if outcome.error:
            self.result.failed.append(Failure(task.school_id, task.name, outcome.error))
        else:
            self.result.done.append(task.school_id)
            add(self.result.school_stages, outcome.stages)
        self.manifest.put(task.school_id, Entry.of(task.name, task.fingerprint, outcome.seconds, outcome.error))
        self.tell(task.name)

    def tell(self, school: str) -> None:
        if self.progress is None:
            return
        made = self.result
        ran = len(made.done) + len(made.failed)
        finished = ran + len(made.skipped)
        said = [school] if school else []
        said += [f"失败 {len(made.failed)}"] if made.failed else []
        said += [f"跳过 {len(made.skipped)}"] if made.skipped else []
        if ran and finished < self.total:
            said.append(f"约剩 {spoken((time.monotonic() - self.started) / ran * (self.total - finished))}")
        self.progress(finished, self.total, "，".join(said))
