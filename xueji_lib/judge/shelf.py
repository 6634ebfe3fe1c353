"""The shelf of answers: judged once, found again.

``obtain`` runs the engine only where the inputs are new (every term of the store, the figures, the catalogue, the
calendar, the kit itself, the day), and then only for the schools that a change touches (``rejudge``). It keeps the
answer as Parquet under ``STORE/results/<term>/<as_of>/<fingerprint>/``; ``current.json`` beside it names the one that
counts and is replaced as the last step, so that a kill at any moment leaves the old answer whole.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from xueji_lib import __version__
from xueji_lib.judge.results import FRAMES, Results, plain
from xueji_lib.register.calendar import Calendar
from xueji_lib.register.policy import in_force
from xueji_lib.support import paths, pool
from xueji_lib.support.errors import StoreError, UsageError
from xueji_lib.support.files import digest_files, put_file
from xueji_lib.support.worker_process import Lost

if TYPE_CHECKING:
    from xueji_lib.judge.engine import Check
    from xueji_lib.store import Store


def obtain(
    store: Store,
    term_id: str,
    as_of: dt.date,
    *,
    edition: str = "",
    force: bool = False,
    pinned: str = "",
    apart: bool = False,
) -> Results:
    """The county's answer for a term on a day, from the shelf where its inputs are the same as then.

    ``edition``: the catalogue to judge by; without one, that in force when the term began. ``force`` judges again all
    the same. ``pinned`` is the fingerprint of an answer made a moment ago (a batch hands it to its notebooks): that
    one is read, and StoreError is raised where a newer one took its place.
    ``apart``: a whole county is judged in a process of its own, and the memory that takes ends with it.
    Raises UsageError for a term that is not in the store.
    """
    folder = store.root / "results" / term_id / as_of.isoformat()
    if pinned:
        found = _kept(folder, term_id, as_of, pinned)
        if found is None:
            raise StoreError("数据在运行中变了，判定结果已经更新。请重新运行")
        return found
    if term_id not in store.terms():
        raise UsageError(f"数据仓里没有 {term_id} 学期的数据。现有：{'、'.join(store.terms()) or '（空）'}")
    edition = edition or in_force(Calendar.load().term(term_id).start)
    if store.is_part and (found := _brought(folder.parent, term_id)) is not None:
        return found
    mark = inputs_mark(store, term_id, as_of, edition)
    if not force and (found := _kept(folder, term_id, as_of, mark)) is not None:
        return found
    while True:
        wanted = Results(folder / mark, term_id, as_of, edition, mark)
        answer = None if force else _again(store, wanted)
        answer = answer or (_judge_apart if apart else _judge)(store, wanted)
        if answer is not None:
            return answer
        mark = inputs_mark(store, term_id, as_of, edition)  # someone took files in meanwhile


def _judge(store: Store, wanted: Results) -> Results | None:
    """The county judged and kept; None where its data changed meanwhile."""
    from xueji_lib.judge import engine  # only here: a notebook that reads a kept answer starts faster without

    state = _state(store)
    check = engine.check(store, wanted.term_id, wanted.as_of, edition=wanted.edition)
    return keep(wanted.folder.parent, check, wanted.fingerprint, state) if holds(store, wanted) else None


def _judge_apart(store: Store, wanted: Results) -> Results | None:
    with pool.Workers(1, warm=("xueji_lib.judge.engine",)) as process:
        try:
            return process.submit(_judge, store, wanted).result()
        except Lost:
            raise StoreError("核查全县的进程意外退出，可能内存不足。请关掉别的程序，再运行一次") from None


def _again(store: Store, wanted: Results) -> Results | None:
    """The answer from the one before and the schools that changed since; None where the county has to be judged."""
    folder = wanted.folder.parent
    try:
        note: Any = json.loads((folder / "current.json").read_text("utf-8"))
        before = _kept(folder, wanted.term_id, wanted.as_of, str(note["fingerprint"]))
        if before is None or before.edition != wanted.edition:
            return None
        inputs: Any = json.loads((before.folder / "inputs.json").read_text("utf-8"))
        if inputs["kit"] != kit_mark():
            return None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    from xueji_lib.judge import rejudge

    state = _state(store)
    frames = rejudge.rejudged(store, before, inputs["state"])
    return _put(folder, wanted, frames, state) if frames is not None and holds(store, wanted) else None


def _state(store: Store) -> dict[str, Any]:
    """What version of every table is current."""
    return {term: store.tables(term) for term in store.terms()}


def is_kept(store: Store, term_id: str, as_of: dt.date, edition: str = "") -> bool:
    """``obtain`` will find the answer on the shelf. A term that is not in the store is not."""
    folder = store.root / "results" / term_id / as_of.isoformat()
    if term_id not in store.terms():
        return False
    edition = edition or in_force(Calendar.load().term(term_id).start)
    return _kept(folder, term_id, as_of, inputs_mark(store, term_id, as_of, edition)) is not None


def is_whole(store_root: Path, term_id: str, as_of: dt.date, fingerprint: str) -> bool:
    """This very answer is on the shelf, with all its frames."""
    folder = store_root / "results" / term_id / as_of.isoformat()
    return _kept(folder, term_id, as_of, fingerprint) is not None


def earlier(store: Store, term_id: str) -> list[Results]:
    """The kept answers of the terms before, oldest first, of each the latest day. For trends: findings, coverage and
    schools can be read, younger frames may be missing."""
    terms = sorted(folder.name for folder in (store.root / "results").glob("*-*-*") if folder.name < term_id)
    found = (newest(store, term, ("findings", "coverage", "schools")) for term in terms)
    return [answer for answer in found if answer is not None]


def newest(store: Store, term_id: str, frames: Sequence[str] = FRAMES) -> Results | None:
    """The kept answer of the latest day, whatever changed since; None where none has all of ``frames``."""
    for day in sorted((store.root / "results" / term_id).glob("????-??-??"), reverse=True):
        try:
            note: Any = json.loads((day / "current.json").read_text("utf-8"))
            mark, edition = str(note["fingerprint"]), str(note["edition"])
            as_of = dt.date.fromisoformat(day.name)
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if all((day / mark / f"{name}.parquet").is_file() for name in frames):
            return Results(day / mark, term_id, as_of, edition, mark)
    return None


def holds(store: Store, answer: Results) -> bool:
    """Nothing that the answer was made from has changed since."""
    return answer.fingerprint == inputs_mark(store, answer.term_id, answer.as_of, answer.edition)


def keep(folder: Path, check: Check, mark: str, state: Mapping[str, Any] | None = None) -> Results:
    """Put an answer on the shelf: written aside, renamed, then named in ``current.json``. ``state``: the versions of
    the tables it was made from (``Store.tables`` by term), so that the next one need not judge all schools."""
    answer = Results(folder / mark, check.term_id, check.as_of, check.edition, mark, dict(check.timings))
    return _put(folder, answer, {name: plain(name, getattr(check, name)) for name in FRAMES}, state)


def _put(folder: Path, answer: Results, frames: Mapping[str, pd.DataFrame], state: Mapping[str, Any] | None) -> Results:
    mark = answer.fingerprint
    aside = folder / f".{mark}.{os.getpid()}"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    for name in FRAMES:
        frames[name].to_parquet(aside / f"{name}.parquet", index=False, row_group_size=4096)
    if state is not None:
        (aside / "inputs.json").write_text(json.dumps({"kit": kit_mark(), "state": state}), "utf-8")
    target = folder / mark
    if target.exists():
        _remove(target)
    try:
        aside.rename(target)
    except OSError:  # a second process was quicker, or Windows holds a file of it: its answer is the same
        shutil.rmtree(aside, ignore_errors=True)
    note = {"fingerprint": mark, "term": answer.term_id, "as_of": answer.as_of.isoformat(), "edition": answer.edition}
    put_file(folder / "current.json", json.dumps(note, indent=1) + "\n")
    for old in folder.iterdir():
        if old.is_dir() and old.name != mark and not old.name.startswith("."):
            _remove(old)
    return answer


def inputs_mark(store: Store, term_id: str, as_of: dt.date, edition: str) -> str:
    """A fingerprint of everything an answer depends on."""
    terms = {term: store.fingerprint(term) for term in store.terms()}
    text = json.dumps([term_id, as_of.isoformat(), edition, terms, kit_mark()], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def kit_mark() -> str:
    """A fingerprint of the kit: version, code (the demonstration's apart), figures, catalogue, a county's own checks,
    calendar, code sets."""
    digest = hashlib.sha256(__version__.encode())
    package = Path(__file__).resolve().parent.parent
    files = [(package, file) for file in package.rglob("*.py") if "demo" not in file.relative_to(package).parts]
    for name in ("policy", "catalogue", "calendar", "codes", "rules_local"):
        files += [(paths.home(), file) for file in paths.data(name).rglob("*") if file.is_file()]
    return digest_files(files, digest.hexdigest())


def _kept(folder: Path, term_id: str, as_of: dt.date, mark: str) -> Results | None:
    try:
        note: Any = json.loads((folder / "current.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    whole = all((folder / mark / f"{name}.parquet").is_file() for name in FRAMES)
    if not whole or not isinstance(note, dict) or note.get("fingerprint") != mark:
        return None
    return Results(folder / mark, term_id, as_of, str(note.get("edition", "")), mark)


def _brought(folder: Path, term_id: str) -> Results | None:
    """The answer that came with a package. Some schools cannot be judged without the others, so on a part it stands,
    whatever the day and the data, until the whole county is judged again."""
    for day in sorted(file.parent.name for file in folder.glob("*/current.json")):
        note = json.loads((folder / day / "current.json").read_text("utf-8"))
        return _kept(folder / day, term_id, dt.date.fromisoformat(day), str(note["fingerprint"]))
    return None


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
