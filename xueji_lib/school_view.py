"""One school's part of a store, as a store of its own: what a principal's pages are given to read.

Nothing of another school is in it, so that no mistake in a page can show it. The rules are not run again on it (many
look across schools): it holds the school's rows of the county's kept answers, and the county's middle figures, from
which no school can be told.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pandas as pd

from xueji_lib import results, schema
from xueji_lib.calendar import Calendar
from xueji_lib.errors import StoreError, UsageError
from xueji_lib.policy import in_force
from xueji_lib.safe_write import write_json
from xueji_lib.standing import county_middle
from xueji_lib.store import Store

MARK: Final = "school-view.json"
COUNTY: Final = "county.json"
_KEPT_TERMS: Final = 4


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
    text = json.dumps([said, results.kit_mark(), today.isoformat()])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def refresh(store: Store, school_id: str, today: dt.date) -> Store:
    """The school's view, made where there is none or the county's data changed since. Raises UsageError for a school
    that no directory has, StoreError."""
    mark = stamp(store, today)
    place = store.root / "views" / school_id
    target = place / mark
    if _note(target).get("stamp") == mark:
        return Store.open(target)
    if school_id not in _directory(store):
        raise UsageError(f"学校名录里没有 {school_id}")
    aside = place / f".{mark}.{os.getpid()}"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True, mode=0o700)
    try:
        view = Store(aside)
        terms = store.terms()[-_KEPT_TERMS:]
        for term in terms:
            _copy_term(store, view, term, school_id)
        for term in terms:  # only now: an answer's mark tells of all the terms
            _copy_answer(store, view, term, school_id, today)
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
    for folder in old[:-1]:
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
    for name, spec in schema.AT_REST.items():
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


def _copy_answer(store: Store, view: Store, term: str, school_id: str, today: dt.date) -> None:
    """The school's rows of the newest answer, shelved so that ``results.obtain`` finds them for that day."""
    answer = newest_answer(store, term, today)
    if answer is None:
        return
    folder = view.root / "results" / term / answer.as_of.isoformat()
    mark = results.inputs_mark(view, term, answer.as_of, answer.edition)
    made = folder / mark
    made.mkdir(parents=True)
    for name in results.FRAMES:
        frame: pd.DataFrame = getattr(answer, name)
        own = frame[frame["school_id"].astype("str") == school_id].reset_index(drop=True)
        own.to_parquet(made / f"{name}.parquet", index=False)
    note = {"fingerprint": mark, "term": term, "as_of": answer.as_of.isoformat(), "edition": answer.edition}
    write_json(folder / "current.json", note)
    kind = answer.school(school_id).info["school_kind"] if school_id in set(answer.schools["school_id"]) else ""
    write_json(view.root / term / COUNTY, county_middle(answer, kind) or county_middle(answer))


def newest_answer(store: Store, term: str, today: dt.date) -> results.Results | None:
    """The kept answer of the newest day; where the data changed since, the term's is judged anew for today. None where
    it was never judged and cannot be now (a draft edition, a calendar that lacks the year)."""
    kept = sorted(folder.name for folder in (store.root / "results" / term).glob("*-*-*"))
    edition = in_force(Calendar.load().term(term).start)
    for day in reversed(kept):
        as_of = dt.date.fromisoformat(day)
        found = results.kept(store, term, as_of, results.inputs_mark(store, term, as_of, edition))
        if found is not None:
            return found
    if term != store.terms()[-1]:
        return None  # an earlier term is judged by whoever asks for it
    return results.obtain(store, term, today, edition=edition)


def _kept_mark(store: Store, term: str) -> list[str]:
    """Which answers lie on the shelf."""
    marks = []
    for note in sorted((store.root / "results" / term).glob("*/current.json")):
        try:
            marks.append(f"{note.parent.name} {note.read_text('utf-8')}")
        except OSError:
            continue
    return marks
