"""One school: what the audit notebook shows, and the notebook run for that school's deliverables.

The notebook calls ``parameters``, ``read`` and the pieces of ``Audit``; ``run`` runs the notebook. Nothing
here computes a finding: the county is judged once (``results``) and this reads one school's part.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd
from rapidfuzz import fuzz, process

from xueji_lib import paths, results
from xueji_lib.errors import UsageError, XuejiError
from xueji_lib.files import put_file, swap_folder
from xueji_lib.reports import deliverables, html, unmask, verdicts
from xueji_lib.reports.html import Shown
from xueji_lib.reports.letter_facts import LetterFacts
from xueji_lib.reports.states import NOBODY, CaseStates
from xueji_lib.store import Store

DELIVERABLES: Final = ("audit.ipynb", "audit.html", *deliverables.SCHOOL_FILES)


class AuditFailed(XuejiError):
    """A cell of the audit notebook failed. The text names the cell and the kind of error, never a record."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Checked parameters. ``note`` says what was chosen where nothing was given."""

    school_id: str
    term: str
    as_of: dt.date
    store: Store
    out: Path | None
    judged: str
    note: str


def parameters(
    school_id: object = "",
    term: object = "",
    as_of: object = "",
    store: object = "",
    out: object = "",
    judged: object = "",
) -> Asked:
    """Check the notebook's parameters; blank ones get sensible values.

    Raises UsageError (Chinese: which parameter, what it is, what it should be) for a wrong type, a term or
    school that is not there or a date that is none; StoreError where the folder is no store.
    """
    opened = Store.open(Path(_text("store", store) or os.environ.get("XUEJI_STORE") or "xueji-store"))
    terms = opened.terms()
    if not terms:
        raise UsageError(f"数据仓 {opened.root} 里还没有数据。请先用 xueji intake 导入")
    chosen, notes = _text("term", term) or terms[-1], []
    if chosen not in terms:
        raise UsageError(f"term：数据仓里没有 {chosen} 学期的数据。现有：{'、'.join(terms)}")
    directory = opened.directory(chosen)
    wanted = _text("school_id", school_id)
    if wanted:
        found = find_school(directory, wanted)
    elif len(directory):
        found = str(directory["school_id"].iloc[0])
        notes.append("没有指定学校，这里是名录里的第一所。要看别的学校，在开头的参数格填 school_id")
    else:
        raise UsageError(f"数据仓 {opened.root} 里没有学校名录。请把名录放进收件文件夹再导入")
    folder = _text("out", out)
    return Asked(
        found, chosen, _date(as_of), opened, Path(folder) if folder else None, _text("judged", judged), "；".join(notes)
    )


def find_school(directory: pd.DataFrame, wanted: str) -> str:
    """The id of the school with this id or exact name. Raises UsageError naming close ones."""
    names = dict(zip(directory["school_id"].astype(str), directory["school_name"].astype(str), strict=True))
    if wanted in names:
        return wanted
    same = [school_id for school_id, name in names.items() if name == wanted]
    if len(same) == 1:
        return same[0]
    choices = {school_id: f"{school_id} {name}" for school_id, name in names.items()}
    close = process.extract(wanted, choices, scorer=fuzz.partial_ratio, limit=10, score_cutoff=50)
    listed = [text for text, _, _ in close] or list(choices.values())[:10]
    raise UsageError(f"学校名录里没有 {wanted}。相近的：{'；'.join(listed) or '（名录是空的）'}")


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
    answer = results.obtain(asked.store, asked.term, asked.as_of, pinned=asked.judged)
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
) -> Path:
    """Run the audit notebook for one school.

    Returns OUT/<term>/schools/<school_id>/ with audit.ipynb, audit.html and the paper: written aside and put
    in place together; other files in that folder stay. ``school_id`` may be the exact name. ``edition`` is the
    catalogue to judge by (default: that in force), ``judged`` the fingerprint of an answer made a moment ago.

    Raises UsageError for an unknown school or term, AuditFailed where a cell fails: then
    OUT/<term>/failed/<school_id>.ipynb shows where, and the school's earlier deliverables are taken away, because
    they would pass for today's.
    """
    from xueji_lib import notebook_run  # papermill and nbconvert take a second to import; a notebook needs neither

    asked = parameters(school_id, term, as_of, str(store_root), "", judged)
    answer = results.obtain(asked.store, asked.term, asked.as_of, edition=edition, pinned=judged)
    if not judged:  # a batch has done it for all its schools
        verdicts.snapshot(asked.store, answer, os.environ.get("XUEJI_CASEBOOK", ""))
    school, folder = answer.school(asked.school_id), out / asked.term
    target, failed = folder / "schools" / school.id, folder / "failed" / f"{school.id}.ipynb"
    aside = target.with_name(f".{school.id}.{os.getpid()}")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    here = {"store": asked.store.root, "out": aside}
    given = {"school_id": school.id, "term": asked.term, "as_of": asked.as_of.isoformat(), "judged": answer.fingerprint}
    given |= {name: str(path.resolve()) for name, path in here.items()}
    try:
        done = notebook_run.execute(paths.notebooks("school_audit.ipynb"), given, ("store", "out", "judged"), transport)
        if done.error:
            _put_failure(done.text(), failed, target)
            raise AuditFailed(f"{school.name}（{school.id}）的{done.error}。停在出错处的笔记本：{failed}")
        (aside / "audit.ipynb").write_text(done.text(), "utf-8")
        (aside / "audit.html").write_text(done.page(f"{school.name} 学籍核查 {asked.as_of}"), "utf-8")
        written = [file.name for file in aside.iterdir()]
        swap_folder(aside, target)
        deliverables.withdraw(target, written)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    failed.unlink(missing_ok=True)
    return target


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
    school = results.obtain(store, term, as_of, edition=edition).school(school_id)
    with Casebook.open(store, os.environ.get("XUEJI_CASEBOOK", "")) as book:

        def log(action: str, detail: Mapping[str, Any]) -> None:
            book.log(local_actor().name, action, school_id, detail)

        return unmask.export(store, school, LetterFacts.load(), folder, request, log)


def _put_failure(notebook: str, failed: Path, target: Path) -> None:
    put_file(failed, notebook)
    for name in (*DELIVERABLES, *deliverables.WHERE_DUE):
        (target / name).unlink(missing_ok=True)


def _text(name: str, value: object) -> str:
    if not isinstance(value, str | Path):
        raise UsageError(f'{name} 应是文字（加引号，如 {name} = "…"），现在是 {value!r}（{type(value).__name__}）')
    return str(value).strip()


def _date(value: Any) -> dt.date:
    if isinstance(value, dt.date):
        return value.date() if isinstance(value, dt.datetime) else value
    text = _text("as_of", value)
    if not text:
        return dt.datetime.now().date()
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise UsageError(f'as_of 应是日期，如 "2026-11-20"，现在是 {text}') from None
