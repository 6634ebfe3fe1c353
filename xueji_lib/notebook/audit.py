"""One school: what the audit notebook shows, and the notebook run for that school's deliverables.

The notebook calls ``parameters``, ``read`` and the parts of ``Audit``; ``run`` runs the notebook. Nothing
here computes a finding: the county is judged once (``results``) and this reads one school's part.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from xueji_lib.casebook.workplace import Workplace
from xueji_lib.judge import results, school_background, shelf
from xueji_lib.judge.school_background import Background
from xueji_lib.notebook.parameters import NotebookParameters, find_school, parameters
from xueji_lib.register.inspection import Inspection
from xueji_lib.reports import deliverables, verdicts
from xueji_lib.reports.case_states import NOBODY, CaseStates, settled_ids, shown
from xueji_lib.reports.letters import made_letters, unmask
from xueji_lib.reports.office_facts import LetterFacts
from xueji_lib.reports.pages import background_page, school_page
from xueji_lib.reports.pages.piece import HtmlPiece, line
from xueji_lib.store import Store
from xueji_lib.support import paths
from xueji_lib.support.clock import Clock
from xueji_lib.support.errors import XuejiError
from xueji_lib.support.files import put_file, swap_folder

__all__ = [
    "Audit", "AuditFailed", "NotebookParameters", "SchoolRun", "export_unmasked", "find_school", "keep_lost",
    "parameters", "read", "run",
]  # fmt: skip

DELIVERABLES: Final = ("audit.ipynb", "audit.html", *deliverables.SCHOOL_FILES)


class AuditFailed(XuejiError):
    """A cell of the audit notebook failed. The text names the cell and the kind of error, never a record."""


@dataclass(frozen=True, slots=True)
class Audit:
    """One school's report; each method returns a part of it, which a notebook shows."""

    request: NotebookParameters
    school: results.School
    states: CaseStates = NOBODY
    background: Background = field(default_factory=Background)

    def heading(self) -> HtmlPiece:
        """Who the school is, its figures, how many findings."""
        return school_page.heading(self.school, self.request.note)

    def examined(self) -> HtmlPiece:
        """What was examined, and what could not be, and why."""
        return school_page.examined(self.school)

    def overview(self) -> HtmlPiece:
        """The seven violations at a glance."""
        return school_page.overview(self.school)

    def like_schools(self) -> HtmlPiece:
        """The seven violations against the middle of schools like it."""
        return background_page.like_schools(self.background)

    def trend(self) -> HtmlPiece:
        """The terms side by side."""
        return background_page.trend(self.background)

    def findings(self) -> HtmlPiece:
        """The findings with evidence, clause and remedy."""
        return school_page.findings(self.school)

    def classes(self) -> HtmlPiece:
        """Register and headcount compared, class by class."""
        return school_page.classes(self.school)

    def save(self) -> HtmlPiece:
        """Write the school's workbook and letters into the folder asked for, if one was; return the line that says
        so."""
        if self.request.out is None:
            return line("没有指定 out，问题台账和文书没有另存。")
        written = deliverables.write_school(self.school, LetterFacts.load(), self.request.out, self.states)
        return line(f"问题台账和文书：{'、'.join(written)}，与本页在同一文件夹。")


def read(request: NotebookParameters) -> Audit:
    """The report of the school asked for, without what people settled; judges the county first where its data is newer
    than its results."""
    store = request.workplace.store
    answer = shelf.obtain(store, request.inspection, pinned=request.judged)
    school, states = answer.school(request.school_id), verdicts.from_snapshot(answer, request.school_id)
    kept = school_background.from_snapshot(answer, request.school_id) if request.judged else None
    held_against = kept or _held_against(store, answer).of_school(request.school_id)
    return Audit(request, shown(school, states), states, held_against)


def _held_against(store: Store, answer: results.Results) -> school_background.CountyBackground:
    settled = settled_ids(verdicts.from_snapshot(answer, school) for school in answer.schools["school_id"])
    return school_background.of_answer(store, answer, settled)


@dataclass(frozen=True, slots=True)
class SchoolRun:
    """One run of the audit notebook: for which school, in which inspection, and the folder OUT of its deliverables.

    ``school_id`` may be the school's exact name.
    """

    school_id: str
    inspection: Inspection
    out: Path

    @property
    def target(self) -> Path:
        """The folder of the school's deliverables."""
        return self.out / self.inspection.term_id / "schools" / self.school_id

    @property
    def failed(self) -> Path:
        """The file that its notebook is written to where a cell failed."""
        return self.out / self.inspection.term_id / "failed" / f"{self.school_id}.ipynb"


def run(
    workplace: Workplace,
    school_run: SchoolRun,
    *,
    judged: str = "",
    engine: str = "stock",
    stages: dict[str, float] | None = None,
) -> Path:
    """Run the audit notebook for one school.

    Returns OUT/<term>/schools/<school_id>/ with audit.ipynb, audit.html, the workbook and the letters: written into
    a folder beside it and put in place together; other files in that folder stay. ``judged``: the fingerprint of an
    answer made a moment ago. ``engine``: see ``runner.execute``. ``stages`` is given the seconds each step took.

    Raises UsageError for an unknown school or term, AuditFailed where a cell fails: then
    OUT/<term>/failed/<school_id>.ipynb shows where, and the school's earlier deliverables are taken away, because
    they would pass for today's.
    """
    from xueji_lib.notebook import runner  # papermill and nbconvert take a second to import; a notebook needs neither

    clock = Clock(stages)
    store, inspection = workplace.store, school_run.inspection
    alone = False
    if judged:  # a batch has done the rest for all its schools
        answer = shelf.obtain(store, inspection, pinned=judged)
    else:
        from xueji_lib.casebook import judging  # as above

        county_judged = judging.judged_and_entered(workplace, inspection)
        answer = county_judged.answer
        decided = verdicts.snapshot(workplace, answer)
        school_background.snapshot(store, answer, settled_ids(decided.values()))
        alone = not county_judged.look
    school_id = find_school(answer.schools, school_run.school_id)
    name, school_run = answer.name(school_id), replace(school_run, school_id=school_id)
    target, failed = school_run.target, school_run.failed
    aside = target.with_name(f".{school_id}.{os.getpid()}")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    arguments = _parameters(school_run) | {"judged": answer.fingerprint}
    arguments |= {"store": str(store.root.resolve()), "out": str(aside.resolve())}
    clock.lap("读取")
    try:
        notebook_run = runner.execute(_notebook(), arguments, _MACHINE, engine)
        clock.lap("笔记本")
        if notebook_run.error:
            _put_failure(notebook_run.text(), failed, target)
            raise AuditFailed(f"{name}（{school_id}）的{notebook_run.error}。停在出错处的笔记本：{failed}")
        (aside / "audit.ipynb").write_text(notebook_run.text(), "utf-8")
        (aside / "audit.html").write_text(notebook_run.page(f"{name} 学籍核查 {inspection.as_of}"), "utf-8")
        clock.lap("网页")
        written = [file.name for file in aside.iterdir()]
        swap_folder(aside, target)
        deliverables.withdraw(target, written)
        if alone:  # a batch remembers the letters of all its schools at once
            states = verdicts.from_snapshot(answer, school_id)
            made_letters.remember_school(workplace, answer.school(school_id), states)
        clock.lap("写入")
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    failed.unlink(missing_ok=True)
    return target


def keep_lost(school_run: SchoolRun, name: str, messages: Iterable[Any], why: str) -> str:
    """Write what ``run`` writes where a cell fails, for a run whose process died, and return the sentence of
    AuditFailed.

    ``name``: of the school. ``messages``: what the process sent while it ran (``runner.NotebookProgress`` among them).
    """
    from xueji_lib.notebook import runner

    steps = [step for step in messages if isinstance(step, runner.NotebookProgress)]
    notebook_run = runner.interrupted(_notebook(), _parameters(school_run), steps, why)
    for aside in school_run.target.parent.glob(f".{school_run.school_id}.*"):
        if not aside.name.endswith(".old"):
            shutil.rmtree(aside, ignore_errors=True)
    _put_failure(notebook_run.text(), school_run.failed, school_run.target)
    return f"{name}（{school_run.school_id}）的{notebook_run.error}。停在出错处的笔记本：{school_run.failed}"


_MACHINE: Final = ("store", "out", "judged")
"""Parameters that belong to this machine and are not kept."""


def _notebook() -> Path:
    return paths.notebooks("school_audit.ipynb")


def _parameters(school_run: SchoolRun) -> dict[str, str]:
    """The notebook's parameters that name school, term and day."""
    inspection = school_run.inspection
    return {"school_id": school_run.school_id, "term": inspection.term_id, "as_of": inspection.as_of.isoformat()}


def export_unmasked(
    workplace: Workplace, school_id: str, inspection: Inspection, folder: Path, request: unmask.Request
) -> list[Path]:
    """The school's unmasked list and letters into ``folder``, under a password, with a line in the casebook's trail
    first. Raises UsageError, StoreError."""
    from xueji_lib.casebook.log.events import local_actor

    store = workplace.store
    school = shelf.obtain(store, inspection).school(school_id)
    with workplace.open_casebook() as book:

        def log(action: str, detail: Mapping[str, Any]) -> None:
            book.log(local_actor().name, action, school_id, detail)

        return unmask.export(store, school, LetterFacts.load(), folder, request, log)


def _put_failure(notebook: str, failed: Path, target: Path) -> None:
    put_file(failed, notebook)
    for name in (*DELIVERABLES, *deliverables.WHERE_DUE):
        (target / name).unlink(missing_ok=True)
