"""The samples of on-site questions: drawn once, by lot and by strata, kept in the casebook, replaced only for a reason.

The seed is made when the sample is drawn, at the school, not with the plan: who knows the plan cannot know the sample.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from xueji_lib.casebook import signoff
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log.book import Casebook, Deed, stored
from xueji_lib.casebook.log.events import Event, heads
from xueji_lib.register.catalogue import Question
from xueji_lib.register.sampling import sampling
from xueji_lib.support.errors import UsageError
from xueji_lib.visit import lot
from xueji_lib.visit.frame import Candidate, Frame, frame_of
from xueji_lib.visit.visit_plan import trail_place

_RESERVE: Final = 5
"""So many of each stratum stand by, to take the place of who was drawn."""
_NOTE_LIMIT: Final = 200


@dataclass(frozen=True, slots=True)
class DrawnSample:
    """What was drawn for a question. ``items``: in the order of the lot within each stratum, name, place, masked
    ``ref`` and records. ``strata``: how many each has. ``replaced``: who gave way to whom, and why. ``times``: how
    often was drawn for this question."""

    question: str
    unit: str
    against: str
    seed: str
    asked: int
    strata: Mapping[str, int]
    items: tuple[Mapping[str, Any], ...]
    replaced: tuple[Mapping[str, Any], ...]
    absent_tables: tuple[str, ...]
    times: int
    why: str
    who: str
    at: str
    line: int
    check_value: str

    @property
    def frame(self) -> int:
        """From how many was drawn."""
        return sum(self.strata.values())

    @property
    def words(self) -> str:
        """What there was to draw from, in a sentence."""
        lacking = f"没有该校的{'、'.join(self.absent_tables)}（没有交，或没有这类学生）。" if self.absent_tables else ""
        if not self.frame:
            return f"没有可抽的{self.unit}。{lacking}"
        many = "，".join(f"{name} {n}" for name, n in self.strata.items()) if len(self.strata) > 1 else ""
        listed = "不够抽，全部列入。" if self.frame <= self.asked else ""
        return (
            f"从 {self.frame} 个{self.unit}里抽 {len(self.items)} 个{f'（{many}）' if many else ''}。{listed}{lacking}"
        )


def draw(frame: Frame, question: Question, seed: str, about: str) -> dict[str, Any]:
    """What the lot gives, as plain JSON. ``about``: term and school, part of every ticket's purpose."""
    assert question.sample is not None
    asked = sampling(question.id, question.sample)
    strata: dict[str, dict[str, Candidate]] = {}
    for candidate in frame.candidates:
        strata.setdefault(candidate.stratum, {})[candidate.key] = candidate
    sizes = {name: len(strata[name]) for name in sorted(strata)}
    share = lot.shares(sizes, asked.count)
    items, reserve = [], []
    for name in sizes:
        ordered = lot.in_lot_order(seed, f"抽样 {about} {question.id}", strata[name])
        listed = [{**strata[name][key].item, "stratum": name} for key in ordered]
        items += listed[: share[name]]
        reserve += listed[share[name] : share[name] + _RESERVE]
    return {
        "question": question.id, "unit": asked.unit, "against": asked.against, "asked": asked.count, "seed": seed,
        "method": lot.METHOD, "strata": sizes, "items": items, "reserve": reserve, "replaced": [],
        "absent_tables": list(frame.absent_tables), "why": "",
    }  # fmt: skip


def of_school(book: Casebook, school_id: str, term: str) -> dict[str, DrawnSample]:
    """Question → its sample as it stands."""
    about: dict[str, list[Event]] = {}
    for event in book.events(school_id, term, ("draw",)):
        about.setdefault(str(event.body["question"]), []).append(event)
    return {question: _sample(book, events) for question, events in sorted(about.items())}


def take(desk: Desk, school_id: str, question: Question, seed: str = "", again: str = "") -> DrawnSample:
    """The question's sample: as it was drawn before, else drawn now. ``again``: the reason for drawing anew although
    there is one. Raises UsageError: nothing is drawn for the question, the school is signed; StoreError."""
    if question.sample is None:
        raise UsageError(f"{question.id} 不用抽样")
    before = of_school(desk.book, school_id, desk.term).get(question.id)
    if before is not None and not again.strip():
        if seed and seed != before.seed:
            raise UsageError(f"{question.id} 已经抽过（种子 {before.seed}）。要重抽，写明理由（--again）")
        return before
    seed = lot.checked_seed(seed) if seed else lot.fresh_seed()
    frame = frame_of(desk.store, desk.term, school_id, sampling(question.id, question.sample))
    body = draw(frame, question, seed, f"{desk.term} {school_id}") | {"why": _reason(again) if before else ""}
    return _put(desk, school_id, body, f"抽样 {question.id}" if before is None else f"重新抽样 {question.id}")


def replace(desk: Desk, school_id: str, question: str, number: int, why: str) -> DrawnSample:
    """The sample with its item ``number`` (from 1) replaced by the next of the lot in the same stratum. Raises
    UsageError: no reason, no such item, nobody left."""
    with desk.book.reading() as connection:
        events = stored(connection, school_id=school_id, term=desk.term, kinds=("draw",))
    own = [event for event in events if event.body["question"] == question]
    if not own:
        raise UsageError(f"{question} 还没有抽样")
    body = dict(heads(own)[-1].body)
    items, reserve = list(body["items"]), list(body["reserve"])
    if not 1 <= number <= len(items):
        raise UsageError(f"{question} 抽了 {len(items)} 个，没有第 {number} 个")
    old, reason = items[number - 1], _reason(why)
    new = next((item for item in reserve if item["stratum"] == old["stratum"]), None)
    if new is None:
        raise UsageError(f"{question}：同一层里没有可以换的了。请写明第 {number} 个为什么没有查")
    reserve.remove(new)
    items[number - 1] = new
    body |= {
        "items": items,
        "reserve": reserve,
        "replaced": [*body["replaced"], {"old": old, "new": new, "why": reason}],
    }
    return _put(desk, school_id, body, f"抽样换人 {question}")


def _put(desk: Desk, school_id: str, body: Mapping[str, Any], action: str) -> DrawnSample:
    if desk.actor.role not in ("inspector", "director"):
        raise UsageError("抽样由督查人员来做")
    subject = f"{desk.term}/{school_id}/draw/{body['question']}"
    with desk.book.writing() as connection:
        signoff.must_be_open(connection, school_id, desk.term)
        desk.book.put(connection, desk.actor, Deed("draw", subject, school_id, desk.term, action, body))
    return _sample(desk.book, desk.book.about("draw", subject))


def _reason(why: str) -> str:
    text = why.strip()
    if not text or len(text) > _NOTE_LIMIT:
        raise UsageError(f"换下、重抽要写理由（--why、--again），最多 {_NOTE_LIMIT} 字")
    return text


def _sample(book: Casebook, events: Sequence[Event]) -> DrawnSample:
    event = heads(events)[-1]
    body = event.body
    times = len({(old.body["seed"], old.body["why"]) for old in events})
    return DrawnSample(
        str(body["question"]), str(body["unit"]), str(body["against"]), str(body["seed"]), int(body["asked"]),
        dict(body["strata"]), tuple(body["items"]), tuple(body["replaced"]), tuple(body["absent_tables"]), times,
        str(body["why"]), event.who, event.at, *trail_place(book, event.id),
    )  # fmt: skip
