"""One school's part of a store, as a store of its own: what a principal's pages are given to read.

Nothing of another school is in it, so that no mistake in a page can show it. The rules are not run again on it (many
look across schools): it holds the school's rows of the county's kept answers, and the county's middle figures, which
show no single school.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import pandas as pd

from xueji_lib.casebook.closed_findings import apart_ids
from xueji_lib.casebook.judging import judged
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.intake import taught
from xueji_lib.judge import answer_files, results, shelf
from xueji_lib.judge.results import Results
from xueji_lib.judge.school_background import Background, CountyBackground
from xueji_lib.judge.shared_centre import share_centre
from xueji_lib.register.inspection import Inspection
from xueji_lib.register.schema import AT_REST
from xueji_lib.store import MADE_OF, OF_COUNTY, PART, SHARES_CENTRE, Store, check_key
from xueji_lib.support.errors import StoreError, UsageError
from xueji_lib.support.os_reasons import reason_of
from xueji_lib.support.safe_write import write_json

MARK: Final = "school-view.json"
COUNTY: Final = "county.json"
_KEPT_TERMS: Final = 4
_CRASHED_SECONDS: Final = 3600


def owner(store: Store) -> str:
    """The school_id of a school's view; "" for a county's store."""
    return str(_note(store.root).get("school_id", ""))


def background_of(store: Store, term: str) -> Background:
    """What the school's findings of a term are held against, in a view; an empty one where there is no answer."""
    try:
        return Background.of_text((store.root / term / COUNTY).read_text("utf-8"))
    except (OSError, ValueError, TypeError, KeyError):
        return Background()


def stamp(store: Store, today: dt.date) -> str:
    """A short digest that changes whenever a view's content would: with the store's data, the kept results, the version
    of the kit, and the day."""
    terms = store.terms()[-_KEPT_TERMS:]
    states = [[term, store.fingerprint(term), _kept_mark(store, term)] for term in terms]
    text = json.dumps([states, shelf.kit_mark(), today.isoformat()])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def refresh(workplace: Workplace, school_id: str, today: dt.date) -> Store:
    """The school's view, made where there is none or the county's data changed since. Raises UsageError for a school
    that no directory has, StoreError."""
    store = workplace.store
    if not school_id.isalnum():  # it becomes a folder's name
        raise UsageError(f"学校标识码不对：{school_id}")
    mark = stamp(store, today)
    views_folder = store.root / "views" / school_id
    target = views_folder / mark
    if _is_ready(target, mark):
        return Store.open(target)
    if school_id not in _directory(store):
        raise UsageError(f"学校名录里没有 {school_id}")
    terms = store.terms()[-_KEPT_TERMS:]
    answers = _answers(workplace, terms, today)
    mark = stamp(store, today)  # judging may have brought in what people wrote meanwhile
    target = views_folder / mark
    with workplace.open_casebook() as book:
        settled = apart_ids(book, today)
    views_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    aside = Path(tempfile.mkdtemp(prefix=f".{mark}.", dir=views_folder))
    try:
        view = Store(aside)
        for term in terms:
            _copy_term(store, view, term, school_id)
        for term, answer in answers.items():
            earlier = [past for past_term, past in answers.items() if past_term < term]
            _copy_answer(view, term, school_id, answer, earlier, settled)
        check_key.hand_on(store, aside, [school_id])
        taught.hand_on(store.root, aside, school_id)
        grouped = share_centre(store, terms[-1], {school_id})  # the view has no other school to tell it by
        part = {"schools": [school_id], "term": terms[-1], MADE_OF: OF_COUNTY, SHARES_CENTRE: grouped}
        write_json(aside / PART, part)
        write_json(aside / MARK, {"school_id": school_id, "stamp": mark})
        aside.rename(target)
    except OSError as error:  # another kernel's start was quicker, or the disk is full
        if _note(target).get("stamp") != mark:
            raise StoreError(f"准备本校数据时出错（{reason_of(error)}），请稍后再试") from None
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    _forget_old(views_folder, keep=mark)
    return Store.open(target)


def _note(root: Path) -> dict[str, Any]:
    try:
        note: Any = json.loads((root / MARK).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return note if isinstance(note, dict) else {}


def _is_ready(target: Path, mark: str) -> bool:
    """The view is there. One that is damaged is taken away, to be made anew."""
    if not target.exists():
        return False
    whole = not Store(target).damaged() and not answer_files.damaged(target / "results")
    if whole and _note(target).get("stamp") == mark:
        return True
    shutil.rmtree(target, ignore_errors=True)
    return False


def _forget_old(views_folder: Path, keep: str) -> None:
    """Delete old views, and what a crash left. The newest of the old ones stays: an open page may still read it."""
    old_views = sorted((f for f in views_folder.iterdir() if f.name != keep and not f.name.startswith(".")), key=_made)
    crashed = [
        f for f in views_folder.iterdir() if f.name.startswith(".") and _made(f) < time.time() - _CRASHED_SECONDS
    ]
    for folder in (*old_views[:-1], *crashed):
        shutil.rmtree(folder, ignore_errors=True)


def _made(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except OSError:
        return 0.0


def _directory(store: Store) -> set[str]:
    terms = store.terms()
    return set(store.directory(terms[-1])["school_id"].astype(str)) if terms else set()


def _copy_term(store: Store, view: Store, term: str, school_id: str) -> None:
    tables = {}
    for name, spec in AT_REST.items():
        if spec.per_county or not store.has(term, name):
            continue
        rows = store.read(term, name, schools=[school_id])
        rows = rows[rows["school_id"].astype("str") == school_id].reset_index(drop=True)
        for column in rows:
            if isinstance(rows[column].dtype, pd.CategoricalDtype):  # other schools' files stay behind as categories
                rows[column] = rows[column].cat.remove_unused_categories()
        tables[name] = rows
    rejected = store.rejected(term)
    view.commit(term, tables, rejected[rejected["school_id"] == school_id], {"time": "", "files": []})


def _copy_answer(
    view: Store, term: str, school_id: str, answer: Results, earlier: Sequence[Results], settled: Collection[str]
) -> None:
    """The school's rows of an answer; in a part of a store the answer that came along stands (shelf.obtain)."""
    folder = view.root / "results" / term / answer.as_of.isoformat() / answer.fingerprint
    # A kit of an earlier term kept less.
    names = [name for name in results.FRAMES if (answer.folder / f"{name}.parquet").is_file()]
    frames: dict[str, pd.DataFrame] = {name: getattr(answer, name) for name in names}
    own = {name: frame[frame["school_id"].astype("str") == school_id] for name, frame in frames.items()}
    answer_files.lay(replace(answer, folder=folder), {name: rows.reset_index(drop=True) for name, rows in own.items()})
    if school_id in set(answer.schools["school_id"]):
        held_against = CountyBackground(answer, earlier, settled).of_school(school_id)
        (view.root / term / COUNTY).write_text(held_against.text(), "utf-8")


def newest_answer(
    store: Store, inspection: Inspection, judge: Callable[[Inspection], Results] | None = None
) -> Results | None:
    """The kept answer of the newest day; where its data changed since, the store's last term is judged anew for the
    inspection's day (``judge``; by default ``shelf.obtain``). In a view it is the answer that came along. None for an
    earlier term that was never judged, and for a view made before the county was. Raises StoreError."""
    newest = shelf.newest(store, inspection.term_id)
    last_term = store.terms()[-1]
    if store.is_part or inspection.term_id != last_term or (newest is not None and shelf.holds(store, newest)):
        return newest
    return judge(inspection) if judge else shelf.obtain(store, inspection)


def _answers(workplace: Workplace, terms: Sequence[str], today: dt.date) -> dict[str, Results]:
    """The newest results of each term; where the county was judged anew, the casebook has the findings."""
    newest: dict[str, Results | None] = {}
    for term in terms:
        try:
            newest[term] = newest_answer(workplace.store, Inspection(term, today), partial(judged, workplace))
        except StoreError:  # someone is taking files in: what was known until then is shown with its day
            newest[term] = shelf.newest(workplace.store, term)
            if newest[term] is None:
                raise
    return {term: answer for term, answer in newest.items() if answer is not None}


def _kept_mark(store: Store, term: str) -> list[str]:
    """Which results are kept for a term: a text for each day that was judged."""
    marks = []
    for note in sorted((store.root / "results" / term).glob("*/current.json")):
        try:
            marks.append(f"{note.parent.name} {note.read_text('utf-8')}")
        except OSError:
            continue
    return marks
