"""The county's schools → deliverables: judged once, then a notebook a school over a pool of processes.

``manifest.json`` is replaced after every school, so that a killed run goes on where it stopped. A school is
skipped where nothing that its deliverables show has changed and they are still there.
Source: the data contract, 3 and 4.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path

from xueji_lib import audit, paths, pool, results
from xueji_lib.errors import XuejiError
from xueji_lib.files import digest_files
from xueji_lib.manifest import Entry, Manifest
from xueji_lib.reports import deliverables, tables, verdicts
from xueji_lib.reports.letter_facts import LetterFacts
from xueji_lib.reports.states import CaseStates
from xueji_lib.results import Results
from xueji_lib.safe_write import locked
from xueji_lib.store import Store

MAX_JOBS = 8
"""A running notebook takes about 300 MB."""


@dataclass(frozen=True, slots=True)
class Task:
    """One school to do; everything a worker needs, and nothing that cannot cross to another machine."""

    store: Path
    school_id: str
    name: str
    term: str
    as_of: dt.date
    out: Path
    judged: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it went. ``error`` is empty where it went well; never quotes a record."""

    seconds: float
    error: str = ""


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

    @property
    def left_out(self) -> bool:
        """Something was left out or failed: exit status 4."""
        return bool(self.failed or self.crashed_rules or self.interrupted)

    def lines(self) -> list[str]:
        """The summary for the screen; which schools failed is in ``failed``."""
        total = f"完成 {len(self.done)} 所，跳过 {len(self.skipped)} 所（没有变化），失败 {len(self.failed)} 所"
        shown = [f"{total}，用时 {_clock(self.seconds)}。成果在 {self.folder}"]
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
    progress: Callable[[int, int, str], None] | None = None,
    executor: Executor | None = None,
) -> BatchResult:
    """Judge the county, write OUT/<term>/{findings,coverage}.csv and the county's paper, then every school.

    ``only``: ids or exact names; the county's own files are of all schools all the same. ``force``: nothing is
    skipped. ``edition``: the catalogue to judge by (default: that in force). ``progress(done, total, what)`` hears
    of every school. ``executor``: another pool than local processes
    (it is not shut down).

    Raises UsageError for an unknown term or school, StoreError where the folder is no store or another batch writes
    there. A school that fails is in the result; Ctrl-C ends the batch when what is in hand is done.
    """
    started = time.monotonic()
    store = Store.open(store_root)
    answer = results.obtain(store, term, as_of, edition=edition, force=force)
    said = verdicts.snapshot(store, answer, os.environ.get("XUEJI_CASEBOOK", ""))
    chosen = None if only is None else {audit.find_school(answer.schools, wanted) for wanted in only}
    folder = out / term
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / ".lock", f"另一个批处理正在往 {folder} 里写。等它做完再来一次"):
        _sweep(folder / "schools")
        tables.write_findings_csv(answer, folder / "findings.csv")
        tables.write_coverage_csv(answer, folder / "coverage.csv")
        deliverables.write_county(answer, LetterFacts.load(), folder, said, results.earlier(store, term))
        result = BatchResult(folder, crashed_rules=_crashed(answer))
        manifest = Manifest.open(folder / "manifest.json", answer, result.crashed_rules)
        todo: list[Task] = []
        for task in _tasks(answer, store_root, out, said):
            if chosen is not None and task.school_id not in chosen:
                continue
            if not force and manifest.is_done(task.school_id, task.fingerprint):
                result.skipped.append(task.school_id)
            else:
                todo.append(task)
        watch = _Watch(result, manifest, progress, len(todo) + len(result.skipped))
        watch.tell("")
        try:
            if executor is not None:
                for task in pool.through(executor, todo, deliver, watch.note):
                    watch.note(task, None)
            else:
                pool.local(todo, deliver, watch.note, jobs or default_jobs())
        except KeyboardInterrupt:
            result.interrupted = True
        finally:
            manifest.write()
    result.failed.sort(key=lambda failure: failure.school_id)
    result.seconds = time.monotonic() - started
    return result


def default_jobs() -> int:
    """As many as processors, at most eight."""
    return max(1, min(os.cpu_count() or 1, MAX_JOBS))


def deliver(task: Task) -> Outcome:
    """One school, in a worker. Never raises but for Ctrl-C: a failure is an outcome."""
    started = time.monotonic()
    try:
        audit.run(task.store, task.school_id, task.term, task.as_of, task.out, judged=task.judged)
        error = ""
    except XuejiError as failure:
        error = str(failure)
    except Exception as failure:  # noqa: BLE001 the others go on; the message may quote a record
        error = f"程序出错（{type(failure).__name__}）"
    return Outcome(round(time.monotonic() - started, 2), error)


def deliverables_mark() -> str:
    """A fingerprint of what makes the deliverables: the kit, its notebook and its templates."""
    files = [(paths.home(), paths.notebooks("school_audit.ipynb"))]
    for folder in (paths.templates("html"), paths.templates("letters"), paths.data("letters.toml")):
        files += [(paths.home(), file) for file in (folder, *folder.rglob("*")) if file.is_file()]
    return digest_files(files, results.kit_mark())


def _tasks(answer: Results, store: Path, out: Path, said: Mapping[str, CaseStates]) -> Iterator[Task]:
    """Every school of the directory, with the fingerprint of all that its deliverables show."""
    kit = deliverables_mark()
    for school in answer.each():
        mark = hashlib.sha256(f"{school.fingerprint} {kit} {verdicts.mark(said.get(school.id))}".encode()).hexdigest()[
            :16
        ]
        yield Task(store, school.id, school.name, answer.term_id, answer.as_of, out, answer.fingerprint, mark)


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

    def note(self, task: Task, outcome: Outcome | None, /) -> None:
        outcome = outcome or Outcome(0.0, "工作进程意外退出，可能内存不足")
        if outcome.error:
            self.result.failed.append(Failure(task.school_id, task.name, outcome.error))
        else:
            self.result.done.append(task.school_id)
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
            said.append(f"约剩 {_clock((time.monotonic() - self.started) / ran * (self.total - finished))}")
        self.progress(finished, self.total, "，".join(said))


def _clock(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 60} 分 {whole % 60} 秒" if whole >= 60 else f"{whole} 秒"
