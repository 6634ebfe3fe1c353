"""One school's part of a store, as a store of its own: what a principal's pages are given to read.

Nothing of another school is in it, so that no mistake in a page can show it. The rules are not run again on it (many
look across schools): it holds the school's rows of the county's kept answers, and the county's middle figures, from
which no school can be told.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import pandas as pd

from xueji_lib.casebook.judging import judged
from xueji_lib.judge import results, shelf
from xueji_lib.judge.results import Results
from xueji_lib.judge.standing import county_middle
from xueji_lib.register.schema import AT_REST
from xueji_lib.store import PART, Store
from xueji_lib.support.errors import StoreError, UsageError
from xueji_lib.support.safe_write import write_json

MARK: Final = "school-view.json"
COUNTY: Final = "county.json"
_KEPT_TERMS: Final = 4
_CRASHED_SECONDS: Final = 3600


def owner(store: Store) -> str:
    """The school whose view the store is, "" for a county's store."""
    return str(_note(store.root).get("school_id", ""))


def county_figures(store: Store, term: str) -> Mapping[str, Any]:
    """The county's middle for a term, in a view, as ``standing.county_middle`` makes it: of the schools of its kind, or
    of all where those are too few. Empty where there are too few schools or no answer."""
    try:
        found: Any = json.loads((store.root / term / COUNTY).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def stamp(store: Store, today: dt.date) -> str:
    """Changes exactly where a view would: with the store's data, the kept answers, the kit, and the day."""
    terms = store.terms()[-_KEPT_TERMS:]
    said = [[term, store.fingerprint(term), _kept_mark(store, term)] for term in terms]
    text = json.dumps([said, shelf.kit_mark(), today.isoformat()])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def refresh(store: Store, school_id: str, today: dt.date, url: str = "") -> Store:
    """The school's view, made where there is none or the county's data changed since. ``url``: of the casebook, where
    it is not the store's own. Raises UsageError for a school that no directory has, StoreError."""
    if not school_id.isalnum():  # it becomes a folder's name
        raise UsageError(f"学校标识码不对：{school_id}")
    mark = stamp(store, today)
    place = store.root / "views" / school_id
    target = place / mark
    if _note(target).get("stamp") == mark:
        return Store.open(target)
    if school_id not in _directory(store):
        raise UsageError(f"学校名录里没有 {school_id}")
    terms = store.terms()[-_KEPT_TERMS:]
    answers = _answers(store, terms, today, url)
    mark = stamp(store, today)  # judging may have brought in what people wrote meanwhile
    target = place / mark
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    aside = Path(tempfile.mkdtemp(prefix=f".{mark}.", dir=place))
    try:
        view = Store(aside)
        for term in terms:
            _copy_term(store, view, term, school_id)
        for term, answer in answers.items():
            _copy_answer(view, term, school_id, answer)
        write_json(aside / PART, {"schools": [school_id], "term": terms[-1]})
        write_json(aside / MARK, {"school_id": school_id, "stamp": mark})
        aside.rename(target)
    except OSError as error:  # another kernel's start was quicker, or the disk is full
        if _note(target).get("stamp") != mark:
            raise StoreError(f"准备本校数据时出错（{error.strerror}），请稍后再试") from None
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    _forget_old(place, keep=mark)
    return Store.open(target)


def _note(root: Path) -> dict[str, Any]:
    try:
        found: Any = json.loads((root / MARK).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _forget_old(place: Path, keep: str) -> None:
    """The newest but one stays: a page that is open may still read it."""
    old = sorted((f for f in place.iterdir() if f.name != keep and not f.name.startswith(".")), key=_made)
    left = [f for f in place.iterdir() if f.name.startswith(".") and _made(f) < time.time() - _CRASHED_SECONDS]
    for folder in (*old[:-1], *left):
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


def _copy_answer(view: Store, term: str, school_id: str, answer: Results) -> None:
    """The school's rows of an answer; in a part of a store the answer that came along stands (shelf.obtain)."""
    folder = view.root / "results" / term / answer.as_of.isoformat()
    (folder / answer.fingerprint).mkdir(parents=True)
    for name in results.FRAMES:
        if not (answer.folder / f"{name}.parquet").is_file():  # a kit of an earlier term kept less
            continue
        frame: pd.DataFrame = getattr(answer, name)
        own = frame[frame["school_id"].astype("str") == school_id].reset_index(drop=True)
        own.to_parquet(folder / answer.fingerprint / f"{name}.parquet", index=False)
    note = {"fingerprint": answer.fingerprint, "term": term, "edition": answer.edition}
    write_json(folder / "current.json", note | {"as_of": answer.as_of.isoformat()})
    kinds = answer.schools.set_index("school_id")["school_kind"].to_dict()
    kind = str(kinds.get(school_id, ""))
    write_json(view.root / term / COUNTY, county_middle(answer, kind) or county_middle(answer))


def newest_answer(
    store: Store, term: str, today: dt.date, judge: Callable[[Store, str, dt.date], Results] = shelf.obtain
) -> Results | None:
    """The kept answer of the newest day; where its data changed since, the store's last term is judged anew for today
    (``judge``). In a view it is the answer that came along. None for an earlier term that was never judged, and for a
    view made before the county was. Raises StoreError."""
    newest = shelf.newest(store, term)
    if store.is_part or term != store.terms()[-1] or (newest is not None and shelf.holds(store, newest)):
        return newest
    return judge(store, term, today)


def _answers(store: Store, terms: Sequence[str], today: dt.date, url: str) -> dict[str, Results]:
    """The newest answer of each term, the casebook told of it."""
    found: dict[str, Results | None] = {}
    for term in terms:
        try:
            found[term] = newest_answer(store, term, today, partial(judged, url=url))
        except StoreError:  # someone is taking files in: what was known until then is shown with its day
            found[term] = shelf.newest(store, term)
            if found[term] is None:
                raise
    return {term: answer for term, answer in found.items() if answer is not None}


def _kept_mark(store: Store, term: str) -> list[str]:
    """Which answers lie on the shelf."""
    marks = []
    for note in sorted((store.root / "results" / term).glob("*/current.json")):
        try:
            marks.append(f"{note.parent.name} {note.read_text('utf-8')}")
        except OSError:
            continue
    return marks
