"""Runs somebody's own notebook for every school, township or term: only where something changed, each run whole or not
at all, over the workers of the batch.

What a run makes lies in OUT/<term>/notebooks/<notebook>/<key>/, with an index page beside (docs/own-notebooks.md).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from xueji_lib.batch import own_index, own_units
from xueji_lib.batch.half_written import delete_half_written
from xueji_lib.batch.options import BatchOptions
from xueji_lib.batch.own_records import DONE, FAILED, RunRecord, RunRecords
from xueji_lib.batch.own_task import OwnOutcome, OwnTask, deliver_own, own_outcome_without_worker
from xueji_lib.batch.school_makers import school_maker
from xueji_lib.casebook import judging
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.judge import shelf
from xueji_lib.notebook.own_notebook import OwnNotebook
from xueji_lib.register.inspection import Inspection
from xueji_lib.reports import verdicts
from xueji_lib.support.clock import spoken
from xueji_lib.support.errors import UsageError
from xueji_lib.support.safe_write import locked
from xueji_lib.support.version import __version__

FOLDER = "notebooks"
"""Of OUT/<term>: what people's own notebooks make."""


@dataclass(frozen=True, slots=True)
class OwnRequest:
    """``each``: what it is run for; ``values``: parameters that every run gets."""

    notebook: OwnNotebook
    each: str = own_units.SCHOOL
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class OwnResult:
    """What was done. ``done``, ``skipped``: titles; ``failed``: title → why; ``notes``: what else has to be said."""

    folder: Path
    done: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    masked: int = 0
    interrupted: bool = False
    trouble: str = ""
    look: str = ""
    seconds: float = 0.0

    @property
    def left_out(self) -> bool:
        """Whether something was left out or failed: exit status 4."""
        return bool(self.failed or self.interrupted or self.trouble)

    def lines(self) -> list[str]:
        """The summary for the screen; what failed is in ``failed``."""
        total = f"完成 {len(self.done)} 份，跳过 {len(self.skipped)} 份（没有变化），失败 {len(self.failed)} 份"
        lines = [f"{total}，用时 {spoken(self.seconds)}。总表：{self.folder / own_index.FILE}", *self.notes]
        if self.masked:
            lines.append(f"输出里有 {self.masked} 处像是个人号码，已遮盖。笔记本另写的文件没有检查")
        if self.trouble:
            lines.append(f"清单没有写全，再次运行时没记下的会重做。{self.trouble}")
        if self.interrupted:
            lines.append("中途停止：已完成的都在，再次运行从停下的地方继续")
        return lines


def run_own(
    workplace: Workplace,
    inspection: Inspection,
    out: Path,
    request: OwnRequest,
    options: BatchOptions | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> OwnResult:
    """Judge the county where that is needed, then run the notebook for all that changed.

    Raises UsageError where the notebook lacks the parameter that tells its runs apart, or for an unknown name, and
    StoreError where another batch runs the same notebook there. A run that fails is in the result; Ctrl-C ends it when
    what is in hand is done.
    """
    started, options = time.monotonic(), options or BatchOptions()
    notebook, jobs = request.notebook, options.job_count()
    _refuse(request)
    result = OwnResult(out / inspection.term_id / FOLDER / notebook.name)
    result.notes += [f"没有放进网页：{sentence}" for sentence in notebook.refused]
    with contextlib.ExitStack() as ends:
        maker = ends.enter_context(school_maker(options.executor, jobs, options.limit, options.engine))
        if progress is not None and not shelf.is_kept(workplace.store, inspection):
            progress(0, 0, "正在逐条核查全县")
        county = judging.judged_and_entered(workplace, inspection, standing=options.standing)
        answer, result.look = county.answer, county.look
        states = verdicts.snapshot(workplace, answer)
        units = own_units.units(request.each, workplace, answer, states)
        result.folder.mkdir(parents=True, exist_ok=True)
        ends.enter_context(
            locked(result.folder / ".lock", f"另一个批处理正在往 {result.folder} 里写。等它做完再来一次")
        )
        delete_half_written(result.folder)
        head = {"kit": __version__, "notebook": notebook.name, "each": request.each, "term": answer.term_id}
        records = RunRecords.open(result.folder / "manifest.json", head | {"as_of": answer.as_of.isoformat()})
        records.runs = {unit.key: records.runs[unit.key] for unit in units if unit.key in records.runs}
        asked = units
        if options.only is not None:
            asked = own_units.chosen(units, request.each, list(options.only), answer.schools)
        todo = []
        for unit in asked:
            task = _task(unit, request, workplace, answer.as_of.isoformat(), result.folder, options)
            if not options.force and records.is_current(unit.key, task.fingerprint, every_byte=options.every_byte):
                result.skipped.append(unit.title)
            else:
                earlier = records.runs.get(unit.key)
                todo.append(replace(task, earlier=tuple(earlier.files) if earlier else ()))
        noted = _Recorder(result, records, len(asked), progress)
        noted.tell("")
        try:
            maker.make(todo, deliver_own, noted.note)
        except KeyboardInterrupt:
            result.interrupted = True
        finally:
            records.close()
            result.trouble = records.trouble
            delete_half_written(result.folder)
            own_index.write(result.folder, notebook, units, records.runs, answer.as_of)
    result.seconds = time.monotonic() - started
    return result


def _refuse(request: OwnRequest) -> None:
    """Raise UsageError where all runs would be the same, or two would have the same file."""
    needed, name = own_units.NEEDED[request.each], request.notebook.name
    if needed not in request.notebook.defaults:
        raise UsageError(
            f'笔记本的参数格里没有 {needed}，--each {request.each} 时每一份都会一样。请在参数格加一行 {needed} = ""'
        )
    if needed in request.values:
        raise UsageError(f"-p 不能写 {needed}：--each {request.each} 时由程序逐个给")
    if name in ("", "failed") or name.startswith("."):
        raise UsageError(f"笔记本不能叫 {name}.ipynb，请改个名字")


def _task(
    unit: own_units.Unit, request: OwnRequest, workplace: Workplace, as_of: str, folder: Path, options: BatchOptions
) -> OwnTask:
    notebook = request.notebook
    store = {"store": str(workplace.store.root.resolve()), "casebook": workplace.casebook_url}
    asked = {"as_of": as_of, **unit.parameters, **request.values}
    asked = {name: value for name, value in asked.items() if name in notebook.defaults}
    parts = [notebook.digest, json.dumps(asked, ensure_ascii=False, sort_keys=True, default=str), unit.mark, as_of]
    mark = hashlib.sha256("\n".join([*parts, shelf.kit_mark()]).encode()).hexdigest()[:16]
    return OwnTask(
        unit.key,
        unit.title,
        mark,
        notebook.name,
        notebook.text,
        notebook.folder,
        asked | {name: value for name, value in store.items() if name in notebook.defaults},
        "out" in notebook.defaults and "out" not in request.values,
        folder,
        options.engine,
        options.limit,
    )


@dataclass
class _Recorder:
    """Records every outcome as it comes."""

    result: OwnResult
    records: RunRecords
    total: int
    progress: Callable[[int, int, str], None] | None

    def note(self, task: OwnTask, outcome: OwnOutcome | BaseException, /) -> None:
        """Record one run: its outcome, or the exception that took its worker away."""
        if isinstance(outcome, BaseException):
            outcome = own_outcome_without_worker(task, outcome)
        status = FAILED if outcome.error else DONE
        if outcome.error:
            self.result.failed[task.title] = outcome.error
        else:
            self.result.done.append(task.title)
        self.result.masked += outcome.masked
        record = RunRecord(
            task.title, status, task.fingerprint, outcome.seconds, outcome.error, outcome.masked, outcome.files
        )
        self.records.put(task.key, record)
        self.tell(task.title)

    def tell(self, title: str) -> None:
        """Call ``progress`` with the figures so far."""
        if self.progress is not None:
            result = self.result
            finished = len(result.done) + len(result.failed) + len(result.skipped)
            parts = [title] if title else []
            parts += [f"失败 {len(result.failed)}"] if result.failed else []
            self.progress(finished, self.total, "，".join(parts))
