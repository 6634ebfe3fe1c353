"""One school: what the audit notebook shows, and the notebook run for that school's deliverables.

The notebook calls ``parameters``, ``read`` and the pieces of ``Audit``; ``run`` runs the notebook. Nothing
here computes a finding: the county is judged once (``results``) and this reads one school's part.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from xueji_lib.judge import results, shelf
from xueji_lib.notebook.asked import Asked, find_school, parameters
from xueji_lib.reports import deliverables, html, unmask, verdicts
from xueji_lib.reports.html import Shown
from xueji_lib.reports.letter_facts import LetterFacts
from xueji_lib.reports.states import NOBODY, CaseStates
from xueji_lib.store import Store
from xueji_lib.support import paths
from xueji_lib.support.clock import Clock
from xueji_lib.support.errors import XuejiError
from xueji_lib.support.files import put_file, swap_folder

__all__ = ["Asked", "Audit", "AuditFailed", "export_unmasked", "find_school", "parameters", "read", "run"]

DELIVERABLES: Final = ("audit.ipynb", "audit.html", *deliverables.SCHOOL_FILES)


class AuditFailed(XuejiError):
    """A cell of the audit notebook failed. The text names the cell and the kind of error, never a record."""


@dataclass(frozen=True, slots=True)
class Audit:
    """One school's report, piece by piece; each piece shows itself in a notebook."""

    asked: Asked
    school: results.School
    states: CaseStates = NOBODY

    def heading(self) -> Shown:
        return html.heading(self.school, self.asked.note)

    def examined(self) -> Shown:
        return html.examined(self.school)

    def overview(self) -> Shown:
        return html.overview(self.school)

    def findings(self) -> Shown:
        return html.findings(self.school)

    def classes(self) -> Shown:
        return html.classes(self.school)

    def save(self) -> Shown:
        """Write the school's paper into the folder asked for, if one was."""
        if self.asked.out is None:
            return html.line("没有指定 out，问题台账和文书没有另存。")
        written = deliverables.write_school(self.school, LetterFacts.load(), self.asked.out, self.states)
        return html.line(f"问题台账和文书：{'、'.join(written)}，与本页在同一文件夹。")


def read(asked: Asked) -> Audit:
    """The report of the school asked for; judges the county first where its inputs are new."""
    answer = shelf.obtain(asked.store, asked.term, asked.as_of, pinned=asked.judged)
    return Audit(asked, answer.school(asked.school_id), verdicts.kept(answer, asked.school_id))


def run(
    store_root: Path,
    school_id: str,
    term: str,
    as_of: dt.date,
    out: Path,
    *,
    edition: str = "",
    judged: str = "",
    transport: str = "",
    engine: str = "stock",
    stages: dict[str, float] | None = None,
) -> Path:
    """Run the audit notebook for one school.

    Returns OUT/<term>/schools/<school_id>/ with audit.ipynb, audit.html and the paper: written aside and put
    in place together; other files in that folder stay. ``school_id`` may be the exact name. ``edition`` is the
    catalogue to judge by (default: that in force), ``judged`` the fingerprint of an answer made a moment ago.
    ``engine``: see ``runner.execute``. ``stages`` is given the seconds each step took.

    Raises UsageError for an unknown school or term, AuditFailed where a cell fails: then
    OUT/<term>/failed/<school_id>.ipynb shows where, and the school's earlier deliverables are taken away, because
    they would pass for today's.
    """
    from xueji_lib.notebook import runner  # papermill and nbconvert take a second to import; a notebook needs neither

    clock = Clock(stages)
    store = Store.open(store_root)
    if judged:  # a batch has done the rest for all its schools
        answer = shelf.obtain(store, term, as_of, edition=edition, pinned=judged)
    else:
        from xueji_lib.casebook import judging  # as above

        casebook = os.environ.get("XUEJI_CASEBOOK", "")
        answer = judging.judged(store, term, as_of, edition=edition, url=casebook)
        verdicts.snapshot(store, answer, casebook)
    chosen = find_school(answer.schools, school_id)
    name, folder = answer.name(chosen), out / term
    target, failed = _places(folder, chosen)
    aside = target.with_name(f".{chosen}.{os.getpid()}")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    given = {"school_id": chosen, "term": term, "as_of": as_of.isoformat(), "judged": answer.fingerprint}
    given |= {"store": str(store.root.resolve()), "out": str(aside.resolve())}
    clock.lap("读取")
    try:
        done = runner.execute(_notebook(), given, _MACHINE, transport, engine)
        clock.lap("笔记本")
        if done.error:
            _put_failure(done.text(), failed, target)
            raise AuditFailed(f"{name}（{chosen}）的{done.error}。停在出错处的笔记本：{failed}")
        (aside / "audit.ipynb").write_text(done.text(), "utf-8")
        (aside / "audit.html").write_text(done.page(f"{name} 学籍核查 {as_of}"), "utf-8")
        clock.lap("网页")
        written = [file.name for file in aside.iterdir()]
        swap_folder(aside, target)
        deliverables.withdraw(target, written)
        clock.lap("写入")
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    failed.unlink(missing_ok=True)
    return target


def keep_lost(school_id: str, name: str, term: str, as_of: dt.date, out: Path, told: Iterable[Any], why: str) -> str:
    """What ``run`` leaves where a cell fails, for a run whose process is gone. ``told``: what it said of itself
    (``runner.Step``). Returns the sentence of AuditFailed."""
    from xueji_lib.notebook import runner

    target, failed = _places(out / term, school_id)
    given = {"school_id": school_id, "term": term, "as_of": as_of.isoformat()}
    steps = [step for step in told if isinstance(step, runner.Step)]
    done = runner.interrupted(_notebook(), given, steps, why)
    for aside in target.parent.glob(f".{school_id}.*"):
        if not aside.name.endswith(".old"):
            shutil.rmtree(aside, ignore_errors=True)
    _put_failure(done.text(), failed, target)
    return f"{name}（{school_id}）的{done.error}。停在出错处的笔记本：{failed}"


_MACHINE: Final = ("store", "out", "judged")
"""Parameters that belong to this machine and are not kept."""


def _notebook() -> Path:
    return paths.notebooks("school_audit.ipynb")


def _places(folder: Path, school_id: str) -> tuple[Path, Path]:
    """Where a school's deliverables are, and its notebook where it failed."""
    return folder / "schools" / school_id, folder / "failed" / f"{school_id}.ipynb"


def export_unmasked(
    store_root: Path,
    school_id: str,
    term: str,
    as_of: dt.date,
    folder: Path,
    request: unmask.Request,
    *,
    edition: str = "",
) -> list[Path]:
    """The school's unmasked list and letters into ``folder``, under a password, with a line in the casebook's trail
    first. Raises UsageError, StoreError."""
    from xueji_lib.casebook.book import Casebook
    from xueji_lib.casebook.events import local_actor

    store = Store.open(store_root)
    school = shelf.obtain(store, term, as_of, edition=edition).school(school_id)
    with Casebook.open(store, os.environ.get("XUEJI_CASEBOOK", "")) as book:

        def log(action: str, detail: Mapping[str, Any]) -> None:
            book.log(local_actor().name, action, school_id, detail)

        return unmask.export(store, school, LetterFacts.load(), folder, request, log)


def _put_failure(notebook: str, failed: Path, target: Path) -> None:
    put_file(failed, notebook)
    for name in (*DELIVERABLES, *deliverables.WHERE_DUE):
        (target / name).unlink(missing_ok=True)
