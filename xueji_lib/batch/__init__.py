"""Makes the deliverables of all schools: the county is judged once, then a notebook is run for each school.

A school is one task, the same wherever it runs: it writes aside and renames, and can be done again. The manifest
has every school as soon as it is done, so that a killed run goes on where it stopped. A school is skipped where
nothing that its deliverables show has changed and they are still what was written.
Source: the data contract, 3 and 4.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from xueji_lib.batch.county_files import CountyFiles, deliverables_mark
from xueji_lib.batch.half_written import delete_half_written
from xueji_lib.batch.manifest import Manifest
from xueji_lib.batch.options import LIMIT, BatchOptions
from xueji_lib.batch.result import ENTERED, BatchResult, OutcomeRecorder
from xueji_lib.batch.school_makers import WARM, default_jobs, school_maker
from xueji_lib.batch.school_task import Task, deliver
from xueji_lib.batch.selection import Selection
from xueji_lib.casebook import judging
from xueji_lib.casebook.closed_findings import closed_ids
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.judge import school_background, shelf
from xueji_lib.judge.results import Results
from xueji_lib.notebook import audit
from xueji_lib.register.inspection import Inspection
from xueji_lib.register.vocabulary import CoverageStatus
from xueji_lib.reports import deliverables, verdicts
from xueji_lib.reports.case_states import CaseStates, settled_ids
from xueji_lib.reports.letters import made_letters
from xueji_lib.support.clock import Clock
from xueji_lib.support.remote import Remote
from xueji_lib.support.safe_write import locked

__all__ = ["LIMIT", "WARM", "BatchOptions", "default_jobs", "run"]


def run(
    workplace: Workplace,
    inspection: Inspection,
    out: Path | Remote,
    options: BatchOptions | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> BatchResult:
    """Judge the county, write OUT/<term>/{findings,coverage}.csv and the county's documents, then every school.

    ``progress(done, total, what)`` is called for every school; before there are any, with 0 of 0, of the judging.
    Raises UsageError for an unknown term or school or fewer than one job, StoreError where another batch writes there.
    A school that fails is in the result; Ctrl-C ends the batch when what is in hand is done.
    """
    started = time.monotonic()
    options = options or BatchOptions()
    jobs, far_store, far_out = options.job_count(), workplace.far, out if isinstance(out, Remote) else None
    out = out.make() if isinstance(out, Remote) else out
    store, term = workplace.store, inspection.term_id
    result = BatchResult(f"{far_out}/{term}" if far_out is not None else out / term)
    clock, folder = Clock(result.stages), out / term
    with contextlib.ExitStack() as ends:
        maker = ends.enter_context(school_maker(options.executor, jobs, options.limit, options.engine))
        if not shelf.is_kept(store, inspection):  # they get ready while the county is judged
            maker.get_ready(1 if (folder / "manifest.json").is_file() else jobs)
            if progress is not None:
                progress(0, 0, "正在逐条核查全县")
        county_judged = judging.judged_and_entered(
            workplace, inspection, force=options.force, standing=options.standing
        )
        answer, result.look = county_judged.answer, county_judged.look
        states = verdicts.snapshot(workplace, answer)
        held_against = school_background.snapshot(store, answer, settled_ids(states.values()))
        with workplace.open_casebook() as book:
            settled = closed_ids(book, answer.as_of)
        if far_store is not None:  # workers elsewhere read the answer there
            far_store.give(f"results/{term}", "casebook", mirror=True)
        chosen = None if options.only is None else {audit.find_school(answer.schools, name) for name in options.only}
        clock.lap("判定")

        deliverables.check_templates()
        folder.mkdir(parents=True, exist_ok=True)
        ends.enter_context(locked(folder / ".lock", f"另一个批处理正在往 {folder} 里写。等它做完再来一次"))
        delete_half_written(folder / "schools")
        result.crashed_rules = _crashed(answer)
        manifest = Manifest.open(folder / "manifest.json", answer, result.crashed_rules, far_out)
        manifest.head["casebook"] = result.look or ENTERED
        result.unreadable = manifest.unreadable
        urls = (far_store.url if far_store else "", far_out.url if far_out else "")
        answer_key = (answer.term_id, answer.as_of, out, answer.fingerprint)
        task_template = Task(store.root, "", "", *answer_key, "", options.engine, options.limit, *urls)
        selection = Selection(chosen, options.force, options.every_byte)
        todo = selection.schools(_tasks(answer, task_template, states, held_against), manifest, result)
        manifest.begin(task.school_id for task in todo)
        clock.lap("比对")

        county = CountyFiles(answer, store, settled, states, shelf.earlier(store, term), folder)
        recorder = OutcomeRecorder(result, manifest, progress, len(todo) + len(result.skipped))
        recorder.tell("")
        try:
            with county.written_aside(manifest, result, selection):
                maker.make(todo, deliver, recorder.note)
        except KeyboardInterrupt:
            result.interrupted = True
        finally:
            manifest.close()
            result.trouble = manifest.trouble
            delete_half_written(folder / "schools")  # a worker that died in this run left its half too
        if not result.look:
            whole = [*result.done, *result.skipped]
            made_letters.remember_county(workplace, answer, states, whole, county=manifest.has_county(county.mark))
        clock.lap("各校")
    result.failed.sort(key=lambda failure: failure.school_id)
    result.seconds = time.monotonic() - started
    return result


def _tasks(
    answer: Results, task_template: Task, states: Mapping[str, CaseStates], held_against: Mapping[str, str]
) -> Iterator[Task]:
    """Every school of the directory, with the fingerprint of all that its deliverables show."""
    kit, look = deliverables_mark(), answer.look
    names = dict(zip(answer.schools["school_id"], answer.schools["school_name"], strict=True))
    for school_id, school_mark in answer.marks().items():
        text = f"{school_mark} {kit} {verdicts.mark(states.get(school_id))} {held_against[school_id]} {look}"
        mark = hashlib.sha256(text.encode()).hexdigest()[:16]
        yield replace(task_template, school_id=school_id, name=names[school_id] or school_id, fingerprint=mark)


def _crashed(answer: Results) -> list[str]:
    coverage = answer.coverage
    return sorted(set(coverage.loc[coverage["status"] == CoverageStatus.CRASHED, "rule_id"]))
