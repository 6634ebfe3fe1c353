"""Keeps the answers (判定结果) of a county, so that it is judged once and the answer is found again.

``obtain`` runs the engine only where the inputs are new (every term of the store, the figures, the catalogue, the
calendar, the kit itself, the day), and then only for the schools that a change touches (``rejudge``). How an answer
lies on the disk: ``answer_files``.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xueji_lib.judge import answer_files
from xueji_lib.judge.results import FRAMES, FRAMES_OF_0_1_0, Results, plain
from xueji_lib.register.inspection import Inspection
from xueji_lib.register.policy import Policy
from xueji_lib.store.damage import mended_part
from xueji_lib.support import paths, pool
from xueji_lib.support.errors import StoreError, UsageError
from xueji_lib.support.files import digest_files
from xueji_lib.support.version import __version__
from xueji_lib.support.worker_process import WorkerLost

if TYPE_CHECKING:
    from xueji_lib.judge.engine import Check
    from xueji_lib.store import Store


def obtain(
    store: Store, inspection: Inspection, *, force: bool = False, pinned: str = "", apart: bool = False
) -> Results:
    """The county's answer to an inspection, from the shelf where its inputs are the same as then.

    ``force`` judges again all the same. ``pinned`` is the fingerprint of an answer made a moment ago (a batch hands it
    to its notebooks): that one is read, and StoreError is raised where a newer one took its place.
    ``apart``: a whole county is judged in a process of its own, and the memory that takes ends with it.
    Raises UsageError for a term that is not in the store.
    """
    folder = _shelved(store.root, inspection)
    if pinned:
        answer_on_shelf = _kept(folder, inspection, pinned)
        if answer_on_shelf is None:
            raise StoreError("数据在运行中变了，判定结果已经更新。请重新运行")
        return answer_on_shelf
    if inspection.term_id not in store.terms():
        known = "、".join(store.terms()) or "（空）"
        raise UsageError(f"数据仓里没有 {inspection.term_id} 学期的数据。现有：{known}")
    inspection = inspection.settled()
    if store.is_part and (answer_on_shelf := _brought(store, inspection.term_id)) is not None:
        return answer_on_shelf
    mark = inputs_mark(store, inspection)
    if not force and (answer_on_shelf := _kept(folder, inspection, mark)) is not None:
        return answer_on_shelf
    while True:
        wanted = Results(folder / mark, inspection.term_id, inspection.as_of, inspection.edition, mark)
        answer = None if force else _again(store, wanted)
        answer = answer or (_judge_apart if apart else _judge)(store, wanted)
        if answer is not None:
            return answer
        mark = inputs_mark(store, inspection)  # someone took files in meanwhile


def _judge(store: Store, wanted: Results) -> Results | None:
    """The county judged and kept; None where its data changed meanwhile."""
    from xueji_lib.judge import engine  # only here: a notebook that reads a kept answer starts faster without

    state = _state(store)
    check = engine.check(store, wanted.inspection)
    return keep(wanted.folder.parent, check, wanted.fingerprint, state) if holds(store, wanted) else None


def _judge_apart(store: Store, wanted: Results) -> Results | None:
    with pool.Workers(1, warm=("xueji_lib.judge.engine",)) as process:
        try:
            return process.submit(_judge, store, wanted).result()
        except WorkerLost:
            raise StoreError("核查全县的进程意外退出，可能内存不足。请关掉别的程序，再运行一次") from None


def _again(store: Store, wanted: Results) -> Results | None:
    """The answer from the one before and the schools that changed since; None where the county has to be judged."""
    before = answer_files.find(wanted.folder.parent, replace(wanted, fingerprint=""))
    inputs = answer_files.inputs_of(before) if before is not None and before.edition == wanted.edition else None
    if before is None or inputs is None or inputs["kit"] != kit_mark():
        return None
    from xueji_lib.judge import rejudge

    state = _state(store)
    frames = rejudge.rejudged(store, before, inputs["state"])
    if frames is None or not holds(store, wanted):
        return None
    return answer_files.lay(wanted, frames, _inputs(state, wanted.edition))


def _state(store: Store) -> dict[str, Any]:
    """What version of every table is current."""
    return {term: store.tables(term) for term in store.terms()}


def _inputs(state: Mapping[str, Any], edition: str) -> dict[str, Any]:
    """What an answer is made from, as it is kept beside it."""
    policy = Policy.load(edition)
    figures = {name: policy.described(name) for name in policy.figures}
    return {"kit": kit_mark(), "state": state, "figures": figures}


def figures_of(answer: Results) -> dict[str, str] | None:
    """The figures that an answer was judged by: name → what people call it, with its value. None where an earlier kit
    kept none, and for a part of an answer."""
    figures: dict[str, str] | None = (answer_files.inputs_of(answer) or {}).get("figures")
    return figures


def is_kept(store: Store, inspection: Inspection) -> bool:
    """Whether ``obtain`` finds the answer on the shelf and need not judge. A term that is not in the store is not."""
    if inspection.term_id not in store.terms():
        return False
    inspection = inspection.settled()
    return _kept(_shelved(store.root, inspection), inspection, inputs_mark(store, inspection)) is not None


def is_whole(store_root: Path, inspection: Inspection, fingerprint: str) -> bool:
    """Whether this very answer is on the shelf, with all its frames."""
    return _kept(_shelved(store_root, inspection), inspection, fingerprint) is not None


def _shelved(store_root: Path, inspection: Inspection) -> Path:
    """The folder of the answers for a term on a day."""
    return store_root / "results" / inspection.term_id / inspection.as_of.isoformat()


def earlier(store: Store, term_id: str) -> list[Results]:
    """The kept answers of the terms before, oldest first, of each the latest day. For trends: findings, coverage and
    schools can be read, younger frames may be missing."""
    terms = sorted(folder.name for folder in (store.root / "results").glob("*-*-*") if folder.name < term_id)
    answers = (newest(store, term, ("findings", "coverage", "schools")) for term in terms)
    return [answer for answer in answers if answer is not None]


def newest(store: Store, term_id: str, frames: Sequence[str] = FRAMES_OF_0_1_0) -> Results | None:
    """The kept answer of the latest day, whatever changed since; None where none has all of ``frames``."""
    return next(days(store, term_id, frames), None)


def days(store: Store, term_id: str, frames: Sequence[str] = FRAMES_OF_0_1_0) -> Iterator[Results]:
    """The kept answers of a term that have all of ``frames``, one a day (检查基准日), the latest day first."""
    for day in sorted((store.root / "results" / term_id).glob("????-??-??"), reverse=True):
        try:
            wanted = Results(day, term_id, dt.date.fromisoformat(day.name), "", "")
        except ValueError:
            continue
        if (answer := answer_files.find(day, wanted, frames)) is not None:
            yield answer


def holds(store: Store, answer: Results) -> bool:
    """Whether nothing that the answer was made from has changed since."""
    return answer.fingerprint == inputs_mark(store, answer.inspection)


def keep(folder: Path, check: Check, mark: str, state: Mapping[str, Any] | None = None) -> Results:
    """Put an answer on the shelf: written aside, renamed, then named in ``current.json``. ``state``: the versions of
    the tables it was made from (``Store.tables`` by term), so that the next one need not judge all schools."""
    answer = Results(folder / mark, check.term_id, check.as_of, check.edition, mark, dict(check.timings))
    frames = {name: plain(name, getattr(check, name)) for name in FRAMES}
    return answer_files.lay(answer, frames, None if state is None else _inputs(state, check.edition))


def inputs_mark(store: Store, inspection: Inspection) -> str:
    """A fingerprint of everything an answer depends on; ``inspection``: with its edition named."""
    terms = {term: store.fingerprint(term) for term in store.terms()}
    inspection_parts = [inspection.term_id, inspection.as_of.isoformat(), inspection.edition]
    text = json.dumps([*inspection_parts, terms, kit_mark()], sort_keys=True)
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


def _kept(folder: Path, inspection: Inspection, mark: str) -> Results | None:
    return answer_files.find(folder, Results(folder / mark, inspection.term_id, inspection.as_of, "", mark))


def _brought(store: Store, term_id: str) -> Results | None:
    """The answer that came with a package. Some schools cannot be judged without the others, so on a part it stands,
    whatever the day and the data, until the whole county is judged again. Raises StoreError where it is damaged."""
    days = sorted(note.parent for note in (store.root / "results" / term_id).glob(f"*/{answer_files.NOTE}"))
    if not days:
        return None
    wanted = Results(days[0], term_id, dt.date.fromisoformat(days[0].name), "", "")
    answer = answer_files.find(days[0], wanted) or answer_files.find(days[0], wanted, FRAMES_OF_0_1_0)
    if answer is None:
        raise StoreError(f"数据仓里带来的判定结果已损坏（{days[0]}）。{mended_part(store.root)}")
    return answer
